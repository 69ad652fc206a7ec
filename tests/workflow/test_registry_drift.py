"""The registry says what is so: what was replaced, rejected meanwhile, or approved for nothing."""

import json
from typing import Any

import pytest

from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import Death, EventFault, FaultPlan
from heavy import sampled
from registry_account import CONSENT, FAILING, Registry, policy_of, running_registry

PACKAGE_EVENT = "SageMaker Model Package State Change"
NOT_DEPLOYED, START_AGAIN = "bluegreen:not-deployed", "bluegreen:start-again"
AGAIN = "set this version to PendingManualApproval and then to Approved."


def status(registry: Registry, arn: str) -> str | None:
    """The StageStatus of a package."""
    found: str | None = registry.package(arn).get("ModelLifeCycle", {}).get("StageStatus")
    return found


def properties(registry: Registry, arn: str) -> dict[str, str]:
    found: dict[str, str] = registry.package(arn).get("CustomerMetadataProperties", {})
    return found


def deployed(registry: Registry, group: str = "churn", **more: Any) -> str:
    """A new version, approved and served; its ARN."""
    arn = registry.register(group, **more)
    registry.approve(arn)
    registry.sleep()
    assert registry.served(group) == arn
    return arn


def begin(registry: Registry, name: str, request: dict[str, Any]) -> None:
    machine = registry.stack.outputs["StateMachineArn"]
    registry.states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(request))


def of_package(arn: str, endpoint: str = "churn", **changes: Any) -> dict[str, Any]:
    """A request of a person for a package."""
    return policy_of(endpoint) | {"ModelPackageArn": arn} | changes


def going_to(config: str) -> dict[str, Any]:
    """A request of a person for a config that is there."""
    policy = {name: value for name, value in policy_of("churn").items() if name != "OnRollback"}
    return policy | {"EndpointConfigName": config}


def consent(registry: Registry, endpoint: str, group: str) -> None:
    """The endpoint takes the packages of the group too."""
    arn = registry.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    registry.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": CONSENT, "Value": group}])


# ---- What was replaced -----------------------------------------------------------------------


def test_a_version_that_was_replaced_is_not_deployed_any_more() -> None:
    with running_registry("churn") as registry:
        second = deployed(registry)
        before = properties(registry, second)
        third = deployed(registry)
        cycle = registry.package(second)["ModelLifeCycle"]
        assert (cycle["Stage"], cycle["StageStatus"]) == ("Deployment", "Replaced")
        assert "on endpoint churn by model package churn/3" in cycle["StageDescription"]
        assert registry.package(second)["ModelApprovalStatus"] == "Approved"
        assert properties(registry, second) == before
        assert status(registry, third) == "Deployed"
        assert len(registry.executions()) == 2


@pytest.mark.slow
def test_a_version_that_was_not_replaced_after_all_stays_deployed() -> None:
    with running_registry("churn") as registry:
        second = deployed(registry)
        third = registry.register("churn", FAILING)
        registry.approve(third)
        registry.sleep()
        assert (status(registry, second), status(registry, third)) == ("Deployed", "RolledBack")


@pytest.mark.slow
def test_a_version_that_another_endpoint_serves_stays_deployed() -> None:
    with running_registry("churn", "fraud") as registry:
        consent(registry, "fraud", "churn")
        second = deployed(registry)
        assert registry.start("other", of_package(second, "fraud"))["Verdict"] == "SUCCEEDED"
        third = deployed(registry)
        assert status(registry, second) == status(registry, third) == "Deployed"
        assert registry.start("third-too", of_package(third, "fraud"))["Verdict"] == "SUCCEEDED"
        assert (status(registry, second), status(registry, third)) == ("Replaced", "Deployed")


@pytest.mark.slow
def test_a_version_that_another_endpoint_is_just_given_stays_deployed() -> None:
    with running_registry("churn", "fraud") as registry:
        consent(registry, "fraud", "churn")
        second = deployed(registry)
        third = registry.register("churn")
        registry.approve(third)
        registry.sleep(900)
        begin(registry, "other", of_package(second, "fraud"))
        registry.sleep(900)
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"] * 2  # and the other one still runs
        assert status(registry, second) == "Deployed"
        registry.sleep()
        assert (registry.served("churn"), registry.served("fraud")) == (third, second)
        assert status(registry, second) == "Deployed"


@pytest.mark.slow
def test_going_back_to_an_earlier_config_is_told_of_both_versions() -> None:
    with running_registry("churn") as registry:
        second = deployed(registry)
        config = properties(registry, second)["bluegreen:endpoint-config"]
        third = deployed(registry)
        assert registry.start("back", going_to(config))["Verdict"] == "SUCCEEDED"
        assert registry.served("churn") == second
        assert (status(registry, second), status(registry, third)) == ("Deployed", "Replaced")
        assert registry.start("to-one", going_to("churn-one"))["Verdict"] == "SUCCEEDED"
        assert status(registry, second) == status(registry, third) == "Replaced"


@pytest.mark.slow
def test_what_is_kept_no_more_leaves_its_package_alone() -> None:
    with running_registry("churn") as registry:
        second = deployed(registry)
        function = registry.stack.resources["ForgetEndpointFunction"]
        registry.aws.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"EndpointName": "churn"})
        )
        deployed(registry)
        assert status(registry, second) == "Deployed"


@pytest.mark.slow
def test_a_life_cycle_that_a_team_has_set_since_is_left_alone() -> None:
    with running_registry("churn") as registry:
        second = deployed(registry)
        own = {"Stage": "Production", "StageStatus": "Live"}
        registry.sagemaker.update_model_package(ModelPackageArn=second, ModelLifeCycle=own)
        deployed(registry)
        assert registry.package(second)["ModelLifeCycle"] == own


@pytest.mark.slow
def test_a_policy_that_keeps_life_cycles_has_none_written() -> None:
    own = {"Stage": "Staging", "StageStatus": "Approved"}
    with running_registry("churn") as registry:
        registry.put_policy("churn", policy_of("churn") | {"KeepModelLifeCycle": True})
        second = deployed(registry, ModelLifeCycle=own)
        assert registry.package(second)["ModelLifeCycle"] == own
        assert properties(registry, second)["bluegreen:verdict"] == "SUCCEEDED"
        (told,) = registry.told("DEPLOYMENT_SUCCEEDED")
        assert "was left alone" in told["ModelRegistry"]
        third = deployed(registry)
        assert "ModelLifeCycle" not in registry.package(third)
        assert registry.package(second)["ModelLifeCycle"] == own


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "nths"), [("UpdateModelPackage", (3,)), ("Query", (3, 4, 5, 6))]
)
def test_a_death_while_it_is_told_keeps_no_deployment_from_its_end(
    operation: str, nths: tuple[int, ...]
) -> None:
    deaths = tuple(Death("ConcludeDeployment", operation, nth) for nth in nths)
    with running_registry("churn", faults=Faults(FaultPlan(deaths=deaths))) as registry:
        deployed(registry)
        third = deployed(registry)
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"] * 2
        assert status(registry, third) == "Deployed"
        assert {one["status"] for one in registry.executions()} == {"SUCCEEDED"}


# ---- Our own edits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields", sampled([None, ["ModelLifeCycle"], [], ["CustomerMetadataProperties"]], 4)
)
def test_an_edit_of_ours_starts_nothing_though_no_approval_was_heard_of(
    fields: list[str] | None,
) -> None:
    """A person deployed both versions; no event told the stack that they were approved."""
    plan = FaultPlan(events=(EventFault(PACKAGE_EVENT, drop=True),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        second = registry.register("churn", ModelApprovalStatus="Approved")
        third = registry.register("churn", ModelApprovalStatus="Approved")
        for name, package in (("second", second), ("third", third)):
            assert registry.start(name, of_package(package))["Verdict"] == "SUCCEEDED"
        assert (status(registry, second), status(registry, third)) == ("Replaced", "Deployed")
        for package in (second, third):
            event: dict[str, Any] = {"ModelPackageArn": package}
            event |= {} if fields is None else {"UpdatedModelPackageFields": fields}
            _invoke(registry, event)
            registry.sleep(900)
        assert registry.served("churn") == third
        assert len(registry.executions()) == 2


@pytest.mark.slow
def test_an_approval_that_is_named_counts_after_an_edit_of_ours() -> None:
    plan = FaultPlan(events=(EventFault(PACKAGE_EVENT, drop=True),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        second = registry.register("churn", ModelApprovalStatus="Approved")
        third = registry.register("churn", ModelApprovalStatus="Approved")
        for name, package in (("second", second), ("third", third)):
            registry.start(name, of_package(package))
        changed = ["ModelApprovalStatus"]
        _invoke(registry, {"ModelPackageArn": second, "UpdatedModelPackageFields": changed})
        registry.sleep()
        assert registry.served("churn") == second
        assert (status(registry, second), status(registry, third)) == ("Deployed", "Replaced")


def _invoke(registry: Registry, detail: dict[str, Any]) -> None:
    """Hand an event to the function, which no event of EventBridge reaches here."""
    event = {
        "source": "aws.sagemaker",
        "detail-type": PACKAGE_EVENT,
        "account": "123456789012",
        "time": f"{registry.aws.clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "detail": {"ModelApprovalStatus": "Approved", **detail},
    }
    name = registry.stack.resources["RelayApprovalEventFunction"]
    registry.aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))


# ---- What was rejected meanwhile -------------------------------------------------------------

REJECTION = {"ApprovalDescription": "biased, stop it"}


def test_a_package_that_is_rejected_in_the_bake_is_told_at_once_and_at_the_end() -> None:
    with running_registry("churn") as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        registry.approve(second, "Rejected", **REJECTION)
        registry.sleep(30)
        (told,) = registry.told("PACKAGE_REJECTED")
        assert told["Severity"] == "WARNING"
        rejected = 'churn/2 was set to Rejected (ApprovalDescription "biased, stop it").'
        assert rejected in told["Message"]
        assert any("bluegreen abort churn" in line for line in told["Lines"])
        registry.sleep()
        (ended,) = registry.told("DEPLOYMENT_SUCCEEDED")
        assert ended["Severity"] == "WARNING"
        assert rejected in ended["Message"]
        (execution,) = registry.executions()
        record = registry.record(execution["executionArn"])
        assert record["ModelApprovalStatus"] == "Rejected"
        assert rejected in record["Reason"]
        cycle = registry.package(second)["ModelLifeCycle"]
        assert cycle["StageStatus"] == "Deployed"
        assert rejected in cycle["StageDescription"]
        assert registry.package(second)["ModelApprovalStatus"] == "Rejected"


@pytest.mark.slow
def test_without_events_a_withdrawal_is_told_at_the_end() -> None:
    with running_registry("churn", faults=Faults(FaultPlan(drop_events=True))) as registry:
        second = registry.register("churn", ModelApprovalStatus="Approved")
        begin(registry, "direct", of_package(second, OnRejection="ABORT"))
        registry.sleep(600)
        registry.approve(second, "PendingManualApproval")
        registry.sleep(4800)
        assert registry.told("PACKAGE_REJECTED") == []
        (ended,) = registry.told("DEPLOYMENT_SUCCEEDED")
        assert "was set to PendingManualApproval." in ended["Message"]


def test_a_policy_that_asks_for_it_has_the_deployment_of_a_rejected_package_aborted() -> None:
    plan = FaultPlan(events=(EventFault(PACKAGE_EVENT, duplicate=3),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        registry.put_policy("churn", policy_of("churn") | {"OnRejection": "ABORT"})
        before = registry.served("churn")
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        registry.approve(second, "Rejected", **REJECTION)
        registry.sleep()
        assert registry.served("churn") == before
        (aborted,) = registry.told("DEPLOYMENT_ABORTED")
        assert "The model package of this deployment was rejected." in aborted["Message"]
        (ended,) = registry.told("DEPLOYMENT_ROLLED_BACK")
        assert ended["Trigger"] == "ABORT"
        why = 'because its model package was rejected with the reason "biased, stop it"'
        assert why in ended["Message"]
        assert "Meanwhile" not in ended["Message"]
        assert registry.told("PACKAGE_REJECTED") == []
        assert status(registry, second) == "RolledBack"
        left = [row for row in registry.rows() if row["pk"] == f"PACKAGE#{second}"]
        assert [row["sk"] for row in left] == ["APPROVAL"]


@pytest.mark.slow
@pytest.mark.parametrize("undone", [True, False])
def test_a_rejection_that_does_not_stand_aborts_nothing(*, undone: bool) -> None:
    """It was taken back before its event came, or the event was made up."""
    with running_registry("churn") as registry:
        registry.put_policy("churn", policy_of("churn") | {"OnRejection": "ABORT"})
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        if undone:
            registry.approve(second, "Rejected")
            registry.approve(second)
        else:
            event = {"ModelPackageArn": second, "ModelApprovalStatus": "Rejected"}
            registry.send_approval(event)
        registry.sleep()
        assert registry.served("churn") == second
        assert registry.told("DEPLOYMENT_ABORTED") == []


def test_the_rejection_of_a_package_that_nobody_deploys_is_nothing() -> None:
    with running_registry("churn") as registry:
        second = registry.register("churn")
        registry.approve(second, "Rejected")
        registry.sleep(60)
        assert registry.notifications() == []
        function = registry.stack.resources["RelayApprovalEventFunction"]
        assert registry.operations_of(function)[-1:] == ["Query"]


# ---- Properties that do not fit --------------------------------------------------------------


def test_properties_that_do_not_fit_are_told() -> None:
    own = {f"metric-{n}": str(n) for n in range(48)}
    with running_registry("churn") as registry:
        second = deployed(registry, CustomerMetadataProperties=own)
        assert properties(registry, second) == own
        assert status(registry, second) == "Deployed"
        (told,) = registry.told("DEPLOYMENT_SUCCEEDED")
        assert "Its 48 customer metadata properties leave no room" in told["ModelRegistry"]
        (execution,) = registry.executions()
        assert registry.record(execution["executionArn"])["ModelRegistry"] == told["ModelRegistry"]


# ---- Approvals that deploy nothing -----------------------------------------------------------


@pytest.mark.slow
def test_an_approval_that_was_rejected_says_why_in_the_package_until_it_is_deployed() -> None:
    with running_registry("churn") as registry:
        second, third = registry.register("churn"), registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        registry.approve(third)
        registry.sleep()
        said = properties(registry, third)
        assert said[NOT_DEPLOYED].startswith("REJECTED at 2026-")
        assert "churn-2-" in said[NOT_DEPLOYED]
        assert said[START_AGAIN] == f"To start again {AGAIN}"
        assert status(registry, third) is None
        assert len(registry.executions()) == 2
        registry.approve(third, "PendingManualApproval")
        registry.approve(third)
        registry.sleep()
        assert registry.served("churn") == third
        assert not properties(registry, third).keys() & {NOT_DEPLOYED, START_AGAIN}


@pytest.mark.slow
def test_where_the_policy_says_none_a_rejected_approval_leaves_nothing() -> None:
    with running_registry("churn") as registry:
        registry.put_policy("churn", policy_of("churn") | {"OnRollback": "NONE"})
        second, third = registry.register("churn"), registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        registry.approve(third)
        registry.sleep()
        assert registry.told("DEPLOYMENT_REJECTED")
        assert properties(registry, third) == {}


def test_a_request_of_a_person_that_was_rejected_writes_into_no_package() -> None:
    """Or whoever may start executions could write into every package of the account."""
    with running_registry("churn") as registry:
        second = registry.register("churn")
        at = "2026-01-05T09:00:00.000Z"
        record = registry.start("direct", of_package(second, ApprovedAt=at))
        assert record["Verdict"] == "REJECTED"
        assert properties(registry, second) == {}


def test_an_approval_without_a_policy_and_one_with_a_bad_policy_say_so_in_the_package() -> None:
    with running_registry("churn") as registry:
        registry.put_policy("churn", "{}")
        second, third = registry.register("churn"), registry.register("churn")
        registry.approve(second)
        registry.sleep(60)
        assert "is invalid" in properties(registry, second)[NOT_DEPLOYED]
        registry.ssm.delete_parameter(Name="/bluegreen/policies/churn")
        registry.approve(third)
        registry.sleep(60)
        said = properties(registry, third)
        assert "no deployment policy: SSM parameter /bluegreen/policies/churn" in said[NOT_DEPLOYED]
        assert said[START_AGAIN].endswith(AGAIN)
        told = [body["Event"] for body in registry.notifications()]
        assert told == ["POLICY_INVALID", "POLICY_MISSING"]
        assert registry.executions() == []


@pytest.mark.slow
def test_a_stack_that_tells_no_missing_policies_writes_nothing_of_them_either() -> None:
    with running_registry("churn", TellPolicyMissing="false") as registry:
        registry.ssm.delete_parameter(Name="/bluegreen/policies/churn")
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(60)
        assert properties(registry, second) == {}


def test_a_stack_that_deploys_no_packages_writes_into_none() -> None:
    with running_registry("churn", ModelExecutionRoleArns="") as registry:
        registry.approve(registry.register("churn"))
        registry.sleep()
        registry.ssm.delete_parameter(Name="/bluegreen/policies/churn")
        registry.approve(registry.register("churn"))
        registry.sleep(60)
        assert registry.told("POLICY_MISSING")
        assert [c for c in registry.calls("UpdateModelPackage") if c.data["function"]] == []


def test_a_secure_string_is_named_as_that() -> None:
    with running_registry("churn") as registry:
        name = "/bluegreen/policies/churn"
        registry.ssm.delete_parameter(Name=name)
        text = json.dumps(policy_of("churn"))
        registry.ssm.put_parameter(Name=name, Value=text, Type="SecureString")
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(60)
        (told,) = registry.told("POLICY_INVALID")
        assert [finding["Id"] for finding in told["Findings"]] == ["policy-encrypted"]
        assert "SecureString" in properties(registry, second)[NOT_DEPLOYED]


# ---- Policies that only rehearse -------------------------------------------------------------


def test_an_approval_that_is_only_rehearsed_is_told_to_people_and_to_the_package() -> None:
    with running_registry("churn") as registry:
        registry.put_policy("churn", policy_of("churn") | {"DryRun": True})
        before = registry.served("churn")
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(120)
        (execution,) = registry.executions()
        output = registry.record(execution["executionArn"])
        assert execution["status"] == "SUCCEEDED"
        assert (output["DryRun"], output["WouldBeRejected"]) == (True, False)
        assert output.keys() == {"DryRun", "WouldBeRejected", "Findings", "Plan"}
        (told,) = registry.notifications()
        assert (told["Event"], told["Severity"]) == ("DRY_RUN_ENDED", "INFO")
        assert "A deployment would start." in told["Message"]
        said = properties(registry, second)
        assert said[NOT_DEPLOYED].startswith("Only rehearsed")
        assert "Take DryRun out of" in said[START_AGAIN]
        assert status(registry, second) is None
        assert registry.served("churn") == before


def test_what_would_be_rejected_is_a_warning_with_what_was_found() -> None:
    with running_registry("churn") as registry:
        alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "none-such"}]}}
        config = policy_of("churn")["DeploymentConfig"] | alarms
        changes = {"DryRun": True, "DeploymentConfig": config, "OnRollback": "NONE"}
        registry.put_policy("churn", policy_of("churn") | changes)
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(120)
        (told,) = registry.notifications()
        assert (told["Event"], told["Severity"]) == ("DRY_RUN_ENDED", "WARNING")
        assert "would be REJECTED" in told["Message"]
        assert "alarm-missing" in [finding["Id"] for finding in told["Findings"]]
        assert properties(registry, second) == {}


@pytest.mark.slow
def test_a_dry_run_of_a_person_tells_nobody() -> None:
    with running_registry("churn") as registry:
        second = registry.register("churn")
        more = {"DryRun": True, "ApprovedAt": "2026-01-05T09:00:00.000Z"}
        for name, changes in (("plain", {"DryRun": True}), ("made-up", more)):
            assert registry.start(name, of_package(second, **changes))["DryRun"] is True
        assert registry.notifications() == []
        assert properties(registry, second) == {}


# ---- Approvals of another account ------------------------------------------------------------


def test_a_forwarded_approval_of_another_account_is_told_once() -> None:
    with running_registry("churn") as registry:
        foreign = registry.register("churn").replace("123456789012", "210987654321")
        event = {"ModelPackageArn": foreign, "LastModifiedTime": "2026-01-05T09:04:00.000Z"}
        changed = {"UpdatedModelPackageFields": ["ModelApprovalStatus"]}
        for more in (changed, changed, {}, {"LastModifiedTime": "2026-01-05T09:04:30.000Z"}):
            registry.send_approval(event | more)
            registry.sleep(60)
        (told,) = registry.notifications()
        assert (told["Event"], told["Severity"]) == ("APPROVAL_FOREIGN", "INFO")
        assert "of account 210987654321 in eu-central-1" in told["Message"]
        assert "forwarded to account 123456789012" in told["Message"]
        assert registry.executions() == []
