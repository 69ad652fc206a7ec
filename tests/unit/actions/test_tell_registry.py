"""What is done to a package after its deployment, or in place of one, and how that is said."""

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.actions.tell_registry import tell_registry
from bluegreen.actions.tell_rehearsal import tell_rehearsal
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.record import record_of, record_of_update
from bluegreen.deployment.verdict import Decision
from bluegreen.registry.feedback import NOT_DEPLOYED, START_AGAIN, Feedback
from bluegreen.registry.group_policy import StoredPolicy
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from builders import BLUE, CANARY, KEY, PACKAGE, at, canary_request, deployment, settled

APPROVED = ModelPackage(PACKAGE, "churn", "Completed", "Approved")
POLICY = {
    "EndpointName": "churn",
    "DeploymentConfig": canary_request()["DeploymentConfig"],
    "OnRollback": "REJECT_MODEL_PACKAGE",
}
REQUEST = Request("churn", "churn-v7-0123456789", CANARY, model_package_arn=PACKAGE)


@dataclass
class Account:
    """An account with one package, whose approval has `started` a deployment, and its policy."""

    package: ModelPackage | None = APPROVED
    started: str = KEY.deployment_id
    policy: str | None = json.dumps(POLICY)
    refuses: str = ""
    roles: tuple[str, ...] = ("arn:aws:iam::1:role/r",)
    done: list[Any] = field(default_factory=list)
    told: list[Notification] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.registry = self.approvals = self
        self.settings = SimpleNamespace(model_execution_roles=self.roles, stack_name="bluegreen")
        self.group_policies = SimpleNamespace(
            find=lambda _: None if self.policy is None else StoredPolicy(self.policy),
            name_of=lambda group: f"/bluegreen/policies/{group}",
        )

    def find(self, arn: str) -> ModelPackage | None:
        assert arn == PACKAGE
        if self.refuses:
            raise RequestRejected(self.refuses)
        return self.package

    def has_started(self, arn: str, execution_name: str) -> bool:
        return (arn, execution_name) == (PACKAGE, self.started)

    def cover(self, arn: str) -> None:
        self.done.append(("cover", arn))

    def update(self, feedback: Feedback, package: ModelPackage) -> None:
        self.done.append(feedback.to_shape(package))


def tell(record: DeploymentRecord, account: Account, *read: ModelPackage) -> str:
    theirs: Any = account
    return tell_registry(KEY, record, theirs, *read)


def rolled_back(wish: str = "REJECT_MODEL_PACKAGE", alarm: str = "churn-5xx") -> DeploymentRecord:
    decision = Decision(Verdict.ROLLED_BACK, "It tripped.", Trigger.ALARM, (alarm,))
    given = deployment(request=replace(REQUEST, on_rollback=wish))
    return record_of_update(given, settled(BLUE), decision, at(2000))


def rejected(**request: Any) -> DeploymentRecord:
    body: Any = {"EndpointName": "churn", "ModelPackageArn": PACKAGE, **request}
    return record_of(KEY, "arn", Decision(Verdict.REJECTED, "Busy."), [], at(9), request=body)


def test_a_package_that_an_alarm_of_its_policy_rolled_back_is_rejected_with_the_reason() -> None:
    account = Account()
    said = tell(rolled_back(), account)
    assert (
        said == "the model package was set to Rejected, with the reason as its ApprovalDescription."
    )
    covered, edit = account.done
    assert covered == ("cover", PACKAGE)
    assert edit["ModelApprovalStatus"] == "Rejected"
    assert edit["ApprovalDescription"].endswith("It tripped.")


def test_a_package_that_was_read_with_the_record_is_neither_read_nor_covered_again() -> None:
    account = Account(refuses="not read")
    tell(rolled_back(), account, APPROVED)
    (edit,) = account.done
    assert edit["ModelApprovalStatus"] == "Rejected"


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (None, "its group has no deployment policy"),
        ("{}", "the deployment policy of its group is invalid"),
        (json.dumps(POLICY | {"EndpointName": "other"}), "names another endpoint"),
        (json.dumps(POLICY | {"OnRollback": "ANNOTATE"}), "does not say REJECT_MODEL_PACKAGE"),
    ],
)
def test_a_package_is_not_rejected_against_the_policy_of_its_group_as_it_is_now(
    policy: str | None, why: str
) -> None:
    account = Account(policy=policy)
    said = tell(rolled_back(), account)
    assert said.endswith(f"{why}.")
    assert "It was not set to Rejected, because " in said
    (edit,) = account.done[1:]
    assert edit["ModelLifeCycle"]["StageStatus"] == "RolledBack"
    assert "ModelApprovalStatus" not in edit


def test_an_alarm_that_the_policy_does_not_name_has_no_package_rejected() -> None:
    account = Account()
    said = tell(rolled_back(alarm="mine"), account)
    assert said.endswith("does not name the alarm that tripped.")
    assert "ModelApprovalStatus" not in account.done[1]


@pytest.mark.parametrize("approval", ["Rejected", "PendingManualApproval"])
def test_what_a_person_decided_meanwhile_stands(approval: str) -> None:
    account = Account(replace(APPROVED, approval=approval), policy=None)
    said = tell(rolled_back(), account)
    assert said == "the life cycle of the model package was set to Deployment / RolledBack."
    assert not account.done[1].keys() & {"ModelApprovalStatus", "ApprovalDescription"}


def test_a_package_that_is_gone_or_may_not_be_read_keeps_nothing_from_its_end() -> None:
    gone, denied = Account(None), Account(refuses="AWS denied access: not allowed")
    assert tell(rolled_back(), gone) == (
        "the model package no longer exists, so it was not updated."
    )
    assert tell(rolled_back(), denied) == (
        "the model package could not be updated. AWS denied access: not allowed"
    )
    assert gone.done == denied.done == []


# ---- Approvals that deploy nothing -----------------------------------------------------------


def test_an_approval_that_was_rejected_says_why_in_the_package() -> None:
    account = Account()
    said = tell(rejected(), account)
    assert said == (
        "the metadata of the model package says why it was not deployed, and what to do."
    )
    covered, edit = account.done
    assert covered == ("cover", PACKAGE)
    assert edit.keys() == {"ModelPackageArn", "CustomerMetadataProperties"}
    properties = edit["CustomerMetadataProperties"]
    assert properties[NOT_DEPLOYED] == "REJECTED at 2026-01-05T09:00:09.000Z. Busy."
    assert properties[START_AGAIN].startswith("To start again")


@pytest.mark.parametrize(
    ("account", "request_"),
    [
        (Account(started="another"), {}),
        (Account(), {"OnRollback": "NONE"}),
        (Account(roles=()), {}),
    ],
    ids=["a person's", "the policy says none", "a stack that deploys no packages"],
)
def test_others_leave_nothing_in_the_package(account: Account, request_: dict[str, str]) -> None:
    assert tell(rejected(**request_), account) == ""
    assert account.done == []


# ---- Policies that only rehearse -------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Notification]:
    told = list[Notification]()
    announce = "bluegreen.actions.tell_rehearsal.announce_in_order"
    monkeypatch.setattr(announce, lambda those, _: told.extend(those))
    return told


def rehearse(account: Account, **request: Any) -> str:
    theirs: Any = account
    state = cast("Any", {"Request": {"ModelPackageArn": PACKAGE, **request}})
    return tell_rehearsal(KEY, "arn:aws:states:eu-central-1:1:execution:m:d", state, theirs)


def test_a_dry_run_that_an_approval_started_is_told_to_people_and_to_the_package(
    told: list[Notification],
) -> None:
    account = Account()
    rehearse(account)
    assert [each.event for each in told] == ["DRY_RUN_ENDED"]
    properties = account.done[1]["CustomerMetadataProperties"]
    assert properties[NOT_DEPLOYED].startswith("Only rehearsed")


def test_to_the_package_it_is_not_told_where_the_policy_says_none(
    told: list[Notification],
) -> None:
    account = Account()
    assert rehearse(account, OnRollback="NONE") == "told"
    assert ([each.event for each in told], account.done) == (["DRY_RUN_ENDED"], [])


def test_a_dry_run_of_a_person_tells_nobody(told: list[Notification]) -> None:
    account = Account(started="another")
    assert rehearse(account) == "no approval started it"
    assert told == account.done == []
