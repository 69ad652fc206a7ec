"""Which packages are said to be Replaced, or Deployed again: where it is known, and no others."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.actions.tell_replaced import tell_replaced
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.clone import name_of_clone
from bluegreen.registry.feedback import Feedback
from bluegreen.registry.model_package import ModelPackage
from bluegreen.registry.retention import CreatedResource
from bluegreen.sagemaker.package_name import PackageName
from builders import PACKAGE, START

TWO, THREE = (PACKAGE.replace("/7", f"/{number}") for number in (2, 3))
REFUSED = RequestRejected("AWS denied access: not allowed")


@dataclass
class Account:
    """An account in which packages were deployed; what it does to packages is noted in order."""

    cycles: dict[str, tuple[str, str]]
    refuses: bool = False
    made: list[CreatedResource] = field(default_factory=list)
    records: dict[DeploymentKey, DeploymentRecord] = field(default_factory=dict)
    last: dict[str, DeploymentRecord] = field(default_factory=dict)
    done: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.created = self.deployments = self.registry = self.approvals = self
        self.settings = SimpleNamespace(model_execution_roles=("arn:aws:iam::1:role/r",))

    def all(self) -> list[CreatedResource]:
        return self.made

    def of_endpoint(self, endpoint: str) -> list[CreatedResource]:
        return [each for each in self.made if each.endpoint_name == endpoint]

    def record_of(self, key: DeploymentKey) -> DeploymentRecord | None:
        return self.records.get(key)

    def last_update(self, endpoint: str) -> DeploymentRecord | None:
        return self.last.get(endpoint)

    def find(self, arn: str) -> ModelPackage | None:
        if self.refuses:
            raise REFUSED
        return ModelPackage(arn, life_cycle=self.cycles[arn]) if arn in self.cycles else None

    def cover(self, arn: str) -> None:
        self.done.append(("cover", arn))

    def update(self, feedback: Feedback, package: ModelPackage) -> None:
        self.done.append((feedback.stage_status, package.arn))

    def log_error(self, phrase: str, **fields: str) -> None:
        self.done.append((phrase, *fields.values()))

    def begins(self, package: str, endpoint: str = "churn") -> CreatedResource:
        """A deployment of the package has made its config, and runs."""
        key = DeploymentKey(endpoint, f"deploy-{len(self.made)}", START)
        name = PackageName.of(package)
        assert name is not None
        config = name_of_clone(name, endpoint, key)
        one = CreatedResource(config, endpoint, key.deployment_id, START)
        self.made.append(one)
        return one

    def deploys(self, package: str, endpoint: str = "churn", **more: Any) -> DeploymentRecord:
        """The package is deployed; the record, which is the endpoint's last."""
        made = self.begins(package, endpoint)
        request = {"ModelPackageArn": package, **more}
        return self.records.setdefault(made.key, self.goes_to(made.name, endpoint, request))

    def goes_to(self, config: str, endpoint: str = "churn", request: Any = None) -> Any:
        """The endpoint is given a config; the record, which is its last."""
        last = self.last.get(endpoint)
        before = last.get("LiveEndpointConfigName") if last else "by-hand"
        record = {
            "DeploymentId": "deploy",
            "EndpointName": endpoint,
            "Verdict": "SUCCEEDED",
            "EndedAt": "2026-01-05T10:00:00.000Z",
            "PreviousEndpointConfigName": before,
            "RequestedEndpointConfigName": config,
            "LiveEndpointConfigName": config,
            "Request": request or {"EndpointConfigName": config},
        }
        self.last[endpoint] = cast("DeploymentRecord", record)
        return record


DEPLOYED, REPLACED = ("Deployment", "Deployed"), ("Deployment", "Replaced")


def tell(record: DeploymentRecord, account: Account) -> list[tuple[str, ...]]:
    """What is done after that record."""
    theirs: Any = account
    tell_replaced(record, theirs)
    return account.done


def test_what_another_package_replaced_is_said_to_be_and_the_edit_is_covered_first() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.deploys(TWO)
    assert tell(account.deploys(THREE), account) == [("cover", TWO), ("Replaced", TWO)]


def test_what_another_endpoint_serves_stays_deployed_until_it_does_not() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.deploys(TWO)
    account.deploys(TWO, "fraud")
    assert tell(account.deploys(THREE), account) == []
    assert tell(account.deploys(THREE, "fraud"), account) == [("cover", TWO), ("Replaced", TWO)]


def test_what_another_endpoint_is_just_given_stays_deployed() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.deploys(TWO)
    account.goes_to("of-somebody", "fraud")
    account.begins(TWO, "fraud")
    assert tell(account.deploys(THREE), account) == []


def test_of_an_endpoint_whose_records_are_gone_nothing_is_known() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.deploys(TWO)
    account.deploys(TWO, "fraud")
    del account.last["fraud"]
    assert tell(account.deploys(THREE), account) == []


def test_going_back_to_the_config_of_a_package_makes_it_deployed_again() -> None:
    account = Account({TWO: REPLACED, THREE: DEPLOYED})
    account.deploys(TWO)
    account.deploys(THREE)
    assert tell(account.goes_to(account.made[0].name), account) == [
        *(("cover", THREE), ("Replaced", THREE)),
        *(("cover", TWO), ("Deployed", TWO)),
    ]


@pytest.mark.parametrize("cycle", [("Production", "Live"), ("Deployment", "RolledBack"), ("", "")])
def test_a_life_cycle_that_is_not_what_bluegreen_has_set_is_left_alone(
    cycle: tuple[str, str],
) -> None:
    account = Account({TWO: cycle, THREE: DEPLOYED})
    account.deploys(TWO)
    assert tell(account.deploys(THREE), account) == []


def test_of_a_package_that_is_gone_nothing_is_said() -> None:
    account = Account({THREE: DEPLOYED})
    account.deploys(TWO)
    assert tell(account.deploys(THREE), account) == []


def test_a_policy_that_keeps_life_cycles_has_none_written() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.deploys(TWO)
    assert tell(account.deploys(THREE, KeepModelLifeCycle=True), account) == []


def test_what_did_not_succeed_has_replaced_nothing() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.deploys(TWO)
    record: Any = {**account.deploys(THREE), "Verdict": "ROLLED_BACK"}
    assert tell(record, account) == []


def test_a_stack_that_deploys_no_packages_writes_into_none() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED})
    account.settings.model_execution_roles = ()
    account.deploys(TWO)
    assert tell(account.deploys(THREE), account) == []


def test_a_registry_that_refuses_is_logged() -> None:
    account = Account({TWO: DEPLOYED, THREE: DEPLOYED}, refuses=True)
    account.deploys(TWO)
    said = ("registry not told what was replaced", str(REFUSED))
    assert tell(account.deploys(THREE), account) == [said]
