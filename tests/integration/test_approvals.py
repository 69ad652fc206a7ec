"""What an event on a model package starts, tells or aborts, with the row of its approval."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.aws.dynamodb.approvals import Approvals
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.events import approval_event
from bluegreen.events.approval_event import relay_approval, relay_rejection
from bluegreen.registry.approval import approval_in
from bluegreen.registry.feedback import NOT_DEPLOYED, Feedback
from bluegreen.registry.group_policy import StoredPolicy
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from bluegreen_simulator.run.embedded import EmbeddedAws
from builders import CANARY, GREEN, KEY, PACKAGE, at, canary_request, deployment
from scripted_account import MACHINE, make_table

FOREIGN = PACKAGE.replace("123456789012", "210987654321")
POLICY = {"EndpointName": "churn", "DeploymentConfig": canary_request()["DeploymentConfig"]}
STARTED, HANDLED = "deployment started", "the approval was handled before"


@dataclass
class Account:
    """A stack with the policy of a group, and one version of it that was approved at 100 s."""

    approvals: Approvals
    package: ModelPackage
    policy: str | None = json.dumps(POLICY)
    tells: bool = True
    running: list[Deployment] = field(default_factory=list)
    started: list[tuple[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    edits: list[Any] = field(default_factory=list)
    aborted: list[DeploymentKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.registry = self.deployments = self.workflow = self
        self.group_policies = SimpleNamespace(
            find=lambda _: None if self.policy is None else StoredPolicy(self.policy),
            name_of=lambda group: f"/bluegreen/policies/{group}",
        )

    @property
    def settings(self) -> Any:
        return SimpleNamespace(
            tells_policy_missing=self.tells, stack_name="bluegreen", model_execution_roles=("r",)
        )

    def find(self, what: Any) -> Any:
        if isinstance(what, DeploymentKey):
            return next((each for each in self.running if each.key == what), None)
        return self.package if what == self.package.arn else None

    def update(self, feedback: Feedback, package: ModelPackage) -> None:
        self.edits.append(feedback.to_shape(package))

    def start(self, machine: str, name: str, document: Any) -> bool:
        assert machine == MACHINE
        new = name not in [known for known, _ in self.started]
        self.started.append((name, document))
        return new

    def deploying(self, arn: str) -> list[DeploymentKey]:
        assert arn == PACKAGE
        return [each.key for each in self.running]

    def modified(self, second: float, approval: str = "Approved") -> None:
        """The package was last modified then."""
        self.package = replace(self.package, approval=approval, last_modified=at(second))

    def hears(self, second: float, *, arn: str = PACKAGE, now: float = 5000, **detail: Any) -> str:
        """An event of a change at that second; what comes of it."""
        body: Any = {"ModelPackageArn": arn, "LastModifiedTime": _milliseconds(at(second))}
        event: Any = {"time": "2026-01-05T09:00:00Z", "detail": body | detail}
        approval = approval_in(event, at(now))
        assert approval is not None
        theirs: Any = self
        return relay_approval(approval, MACHINE, theirs)

    def hears_of_a_rejection(self, arn: str = PACKAGE) -> str:
        theirs: Any = self
        return relay_rejection(arn, MACHINE, theirs)


def _milliseconds(moment: datetime) -> float:
    return moment.timestamp() * 1000


NAMED: dict[str, Any] = {"UpdatedModelPackageFields": ["ModelApprovalStatus"]}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with EmbeddedAws() as aws:
        package = ModelPackage(
            PACKAGE, "churn", "Completed", "Approved", last_modified=at(100), modified_by="ana"
        )
        account = Account(Approvals(make_table(aws)), package)

        ids = set[str]()

        def announce(those: Any, _: object) -> None:
            """Each once, as its claim has it."""
            account.told.extend(each.event for each in those if each.id not in ids)
            ids.update(each.id for each in those)

        monkeypatch.setattr(approval_event, "announce_in_order", announce)
        monkeypatch.setattr(approval_event, "announce", lambda one, _: announce([one], _))
        monkeypatch.setattr(
            approval_event, "abort_rejected", lambda one, *_: account.aborted.append(one.key)
        )
        yield account


# ---- Which events start a deployment ---------------------------------------------------------


@pytest.mark.parametrize("detail", [NAMED, {}, {"UpdatedModelPackageFields": []}])
def test_however_often_the_event_of_an_approval_comes_it_starts_one_deployment(
    account: Account, detail: dict[str, Any]
) -> None:
    said = [account.hears(100, **detail) for _ in range(3)]
    assert said == [STARTED, *["the deployment was started before"] * 2]
    (name, request), *others = account.started
    assert {other for other, _ in others} == {name}
    assert request["ModelPackageArn"] == PACKAGE
    assert (request["ApprovedAt"], request["RequestedBy"]) == ("2026-01-05T09:01:40.000Z", "ana")
    assert account.approvals.has_started(PACKAGE, name)
    assert not account.approvals.has_started(PACKAGE, "another")


@pytest.mark.parametrize("detail", [{}, {"UpdatedModelPackageFields": []}])
def test_an_event_that_does_not_say_what_changed_starts_nothing_more(
    account: Account, detail: dict[str, Any]
) -> None:
    account.hears(100, **NAMED)
    account.modified(900)
    assert account.hears(900, **detail) == HANDLED
    assert len(account.started) == 1


def test_what_is_approved_again_is_deployed_again(account: Account) -> None:
    account.hears(100, **NAMED)
    account.modified(900)
    assert account.hears(900, **NAMED) == STARTED
    assert len({name for name, _ in account.started}) == 2


def test_an_approval_that_was_read_already_by_an_earlier_event_starts_nothing_more(
    account: Account,
) -> None:
    """Approved, withdrawn and approved again, before the first event came."""
    account.modified(120)
    assert account.hears(100, **NAMED) == STARTED
    assert account.hears(120, **NAMED) == HANDLED


def test_events_of_one_package_in_the_other_order_start_one_deployment(account: Account) -> None:
    account.modified(120)
    assert account.hears(120, **NAMED) == STARTED
    assert account.hears(100, **NAMED) == HANDLED


def test_after_an_edit_of_ours_only_an_approval_that_is_named_counts(account: Account) -> None:
    account.approvals.cover(PACKAGE)
    account.approvals.cover(PACKAGE)
    account.modified(200)
    assert account.hears(200) == HANDLED
    assert account.hears(100, **NAMED) == STARTED
    account.approvals.cover(PACKAGE)  # which leaves what was acted on
    assert account.approvals.has_started(PACKAGE, account.started[0][0])


def test_an_approval_from_the_future_swallows_no_later_one(account: Account) -> None:
    account.hears(9_000_000, now=200, **NAMED)
    account.modified(900)
    assert account.hears(900, now=901, **NAMED) == STARTED
    assert len({name for name, _ in account.started}) == 2


@pytest.mark.parametrize("changes", [{"approval": "Rejected"}, {"status": "Failed"}])
def test_what_is_approved_no_more_is_not_deployed_and_may_be_later(
    account: Account, changes: dict[str, Any]
) -> None:
    whole, account.package = account.package, replace(account.package, **changes)
    assert account.hears(100).startswith("the model package is no longer Approved")
    account.package = whole
    assert account.hears(100) == STARTED


# ---- What nothing comes of, and who is told --------------------------------------------------


def test_without_a_policy_people_and_the_package_are_told(account: Account) -> None:
    account.policy = None
    assert account.hears(100, **NAMED) == "the group has no deployment policy"
    assert (account.told, account.started) == (["POLICY_MISSING"], [])
    (edit,) = account.edits
    assert "no deployment policy" in edit["CustomerMetadataProperties"][NOT_DEPLOYED]


def test_a_stack_that_tells_no_missing_policies_tells_neither(account: Account) -> None:
    account.policy, account.tells = None, False
    assert account.hears(100, **NAMED) == "the group has no deployment policy"
    assert account.hears(100, arn=FOREIGN) == "the model package is in another account or Region"
    assert (account.told, account.edits, account.started) == ([], [], [])


def test_a_bad_policy_is_told_to_people_and_to_the_package(account: Account) -> None:
    account.policy, account.tells = "{}", False
    assert account.hears(100, **NAMED) == "the group's deployment policy is invalid"
    assert (account.told, account.started) == (["POLICY_INVALID"], [])
    (edit,) = account.edits
    assert "is invalid" in edit["CustomerMetadataProperties"][NOT_DEPLOYED]


def test_an_approval_of_another_account_is_told_once(account: Account) -> None:
    for second in (100, 100, 90):
        account.hears(second, arn=FOREIGN, **NAMED)
    assert (account.told, account.edits) == (["APPROVAL_FOREIGN"], [])


# ---- Rejections ------------------------------------------------------------------------------


def running(on_rejection: str = "TELL", **more: Any) -> Deployment:
    request = Request("churn", GREEN, CANARY, model_package_arn=PACKAGE, on_rejection=on_rejection)
    return deployment(request=request, **more)


def test_a_rejection_is_told_or_aborts_as_each_deployment_asks(account: Account) -> None:
    other = DeploymentKey("fraud", "deploy-2", at(10))
    account.running = [running("ABORT"), running(key=other)]
    account.modified(400, "Rejected")
    assert account.hears_of_a_rejection() == "2 deployments of it run"
    assert (account.aborted, account.told) == ([KEY], ["PACKAGE_REJECTED"])


@pytest.mark.parametrize("approval", ["Approved", "PendingManualApproval"])
def test_a_rejection_that_does_not_stand_is_nothing(account: Account, approval: str) -> None:
    account.running = [running("ABORT"), running()]
    account.modified(400, approval)
    account.hears_of_a_rejection()
    assert (account.aborted, account.told) == ([], [])


def test_what_has_ended_is_neither_aborted_nor_told_of(account: Account) -> None:
    account.running = [running("ABORT", concluded=True)]
    account.modified(400, "Rejected")
    account.hears_of_a_rejection()
    assert (account.aborted, account.told) == ([], [])


def test_a_rejection_of_another_account_is_nothing(account: Account) -> None:
    account.running = [running("ABORT")]
    account.modified(400, "Rejected")
    said = account.hears_of_a_rejection(FOREIGN)
    assert said == "the model package is in another account or Region"
    assert account.aborted == []
