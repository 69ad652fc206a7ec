"""From an approval in the model registry to a deployed package, and back to the registry."""

from typing import Any

import pytest

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import (
    Death,
    EventFault,
    FaultPlan,
    Provisioning,
    Window,
)
from heavy import sampled
from registry_account import FAILING, ROLE, Registry, policy_of, running_registry

PACKAGE_EVENT = "SageMaker Model Package State Change"


def versions(registry: Registry, arn: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """What the registry says of a package: approval, life cycle, our properties."""
    found = registry.package(arn)
    return (
        found["ModelApprovalStatus"],
        found.get("ModelLifeCycle", {}),
        found.get("CustomerMetadataProperties", {}),
    )


def test_an_approved_version_is_served_and_a_failing_one_is_rejected_and_a_third_is_served() -> (
    None
):
    with running_registry("churn") as registry:
        second = registry.register("churn", CustomerMetadataProperties={"team": "growth"})
        registry.approve(second, ApprovalDescription="AUC 0.91")
        registry.sleep()

        assert registry.served("churn") == second
        approval, cycle, properties = versions(registry, second)
        assert approval == "Approved"
        assert (cycle["Stage"], cycle["StageStatus"]) == ("Deployment", "Deployed")
        assert properties["team"] == "growth"
        assert properties["bluegreen:endpoint"] == "churn"
        live = registry.sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"]
        assert properties["bluegreen:endpoint-config"] == live
        (execution,) = registry.executions()
        assert properties["bluegreen:deployment-id"] == execution["name"]
        assert execution["name"].startswith("churn-2-20260105T")
        record = registry.record(execution["executionArn"])
        assert record["Request"]["Reason"] == "AUC 0.91"
        assert [s["TrafficPercent"] for s in record["Stages"] if s["Stage"] == "BAKING"] == [
            25,
            100,
        ]

        third = registry.register("churn", FAILING)
        registry.approve(third)
        registry.sleep()

        assert registry.served("churn") == second
        approval, cycle, properties = versions(registry, third)
        assert approval == "Rejected"
        assert cycle["StageStatus"] == "RolledBack"
        assert "churn-5xx" in registry.package(third)["ApprovalDescription"]
        assert properties["bluegreen:tripped-alarms"] == "churn-5xx"
        assert versions(registry, second)[0] == "Approved"

        fourth = registry.register("churn")
        registry.approve(fourth)
        registry.sleep()

        assert registry.served("churn") == fourth
        assert registry.ended() == [
            "DEPLOYMENT_SUCCEEDED",
            "DEPLOYMENT_ROLLED_BACK",
            "DEPLOYMENT_SUCCEEDED",
        ]
        assert len(registry.executions()) == 3


def test_a_second_and_a_late_event_of_an_approval_start_nothing_more() -> None:
    plan = FaultPlan(events=(EventFault(PACKAGE_EVENT, duplicate=3),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep()
        assert registry.served("churn") == second
        assert len(registry.executions()) == 1
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"]
        assert len(registry.calls("StartExecution")) == 3


@pytest.mark.slow
def test_an_event_that_comes_a_day_late_deploys_the_approval_that_stands() -> None:
    plan = FaultPlan(events=(EventFault(PACKAGE_EVENT, delay=80_000),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(79_000)
        assert registry.executions() == []
        registry.sleep(8_200)
        assert registry.served("churn") == second


@pytest.mark.slow
@pytest.mark.parametrize("delay", sampled([19, 20], 2))
def test_reordered_events_of_one_package_start_one_deployment_of_what_stands_at_the_end(
    delay: float,
) -> None:
    """Approved, withdrawn, approved again; both events come after the last change, in each order.

    The first one is sent at 100 s and comes a second after its delay, the last one at 120.5 s.
    """
    late = EventFault(PACKAGE_EVENT, delay=delay, window=Window(100, 101))
    with running_registry("churn", faults=Faults(FaultPlan(events=(late,)))) as registry:
        second = registry.register("churn")
        registry.sleep(100)
        registry.approve(second)
        registry.sleep(10)
        registry.approve(second, "PendingManualApproval")
        registry.sleep(9.5)
        registry.approve(second)
        registry.sleep()
        assert registry.served("churn") == second
        assert len(registry.executions()) == 1
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"]
        starts = registry.aws.journal.of_kind("lambda_invoked")
        name = registry.stack.resources["RelayApprovalEventFunction"]
        assert len([entry for entry in starts if entry.data["function"] == name]) >= 2


@pytest.mark.slow
def test_edits_of_an_approved_package_and_our_own_do_not_deploy_it_again() -> None:
    with running_registry("churn") as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep()
        third = registry.register("churn")
        registry.approve(third)
        registry.sleep()
        for edit in (
            {"CustomerMetadataProperties": {"reviewed": "yes"}},
            {"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"}},
            {"ApprovalDescription": "fine"},
        ):
            registry.sagemaker.update_model_package(ModelPackageArn=second, **edit)
            registry.sleep(600)
        assert registry.served("churn") == third
        assert len(registry.executions()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("fields", sampled([None, []], 2))
def test_an_event_that_does_not_say_what_changed_deploys_only_the_first_time(
    fields: list[str] | None,
) -> None:
    with running_registry("churn") as registry:
        arn = registry.register("churn", ModelApprovalStatus="Approved")
        registry.sleep()
        assert registry.served("churn") == arn
        second = registry.register("churn", ModelApprovalStatus="Approved")
        registry.sleep()
        event = {"ModelPackageArn": arn, "LastModifiedTime": "2026-01-06T09:00:00Z"}
        registry.send_approval(
            event | ({} if fields is None else {"UpdatedModelPackageFields": []})
        )
        registry.sleep()
        assert registry.served("churn") == second
        assert len(registry.executions()) == 2


@pytest.mark.slow
def test_a_stack_answers_the_groups_that_have_a_policy_under_its_own_path() -> None:
    with running_registry("churn", PolicyPath="/team-b/policies") as registry:
        second = registry.register("churn", FAILING)
        registry.approve(second)
        registry.sleep()
        assert registry.ended() == ["DEPLOYMENT_ROLLED_BACK"]
        assert versions(registry, second)[0] == "Rejected"
        text = registry.ssm.get_parameter(Name="/team-b/policies/churn")["Parameter"]["Value"]
        registry.ssm.delete_parameter(Name="/team-b/policies/churn")
        registry.ssm.put_parameter(Name="/bluegreen/policies/churn", Value=text, Type="String")
        registry.approve(registry.register("churn"))
        registry.sleep(60)
        assert len(registry.executions()) == 1
        assert [body["Event"] for body in registry.notifications()][-1] == "POLICY_MISSING"


def test_a_missing_policy_is_told_to_nobody_where_the_stack_says_so() -> None:
    with running_registry("churn", TellPolicyMissing="false") as registry:
        registry.ssm.delete_parameter(Name="/bluegreen/policies/churn")
        registry.approve(registry.register("churn"))
        registry.sleep(60)
        registry.put_policy("churn", "{}")
        registry.approve(registry.register("churn"))
        registry.sleep(60)
        assert [body["Event"] for body in registry.notifications()] == ["POLICY_INVALID"]


@pytest.mark.slow
def test_an_approval_from_the_future_swallows_no_later_one() -> None:
    """By a clock that is wrong, or by an event that somebody made up."""
    with running_registry("churn") as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep()
        changed = {"UpdatedModelPackageFields": ["ModelApprovalStatus"]}
        for _ in range(2):
            future = {"ModelPackageArn": second, "LastModifiedTime": "2099-01-01T00:00:00Z"}
            registry.send_approval(future | changed)
            registry.sleep(600)
        (row,) = (row for row in registry.rows() if row["pk"] == f"PACKAGE#{second}")
        assert row["CoveredUntil"] < "2026-01-06"
        third = registry.register("churn")
        registry.approve(third)
        registry.sleep()
        registry.approve(second, "PendingManualApproval")
        registry.approve(second)
        registry.sleep()
        assert registry.served("churn") == second
        assert len(registry.executions()) == 4  # one of them for both copies from the future


@pytest.mark.slow
def test_a_package_that_was_rejected_can_be_approved_again() -> None:
    with running_registry("churn") as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep()
        registry.approve(registry.register("churn"))
        registry.sleep()
        registry.approve(second, "PendingManualApproval")
        registry.approve(second)
        registry.sleep()
        assert registry.served("churn") == second
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"] * 3


@pytest.mark.slow
def test_a_burst_of_twenty_approvals_across_five_groups() -> None:
    groups = ["churn", "fraud", "price", "spam", "rank"]
    with running_registry(*groups) as registry:
        packages = {g: [registry.register(g) for _ in range(4)] for g in groups}
        for n in range(4):
            for group in groups:
                registry.approve(packages[group][n])
        registry.sleep()
        assert registry.ended().count("DEPLOYMENT_SUCCEEDED") == 5
        assert registry.ended().count("DEPLOYMENT_REJECTED") == 15
        assert len(registry.executions()) == 20
        rejected = {
            body["ModelPackageArn"]: body["Message"]
            for body in registry.told("DEPLOYMENT_REJECTED")
        }
        for group in groups:
            live = registry.served(group)
            for arn in packages[group]:
                approval, cycle, _ = versions(registry, arn)
                assert approval == "Approved"
                assert cycle.get("StageStatus") == ("Deployed" if arn == live else None)
                assert (arn in rejected) == (arn != live)
        for arn, message in rejected.items():
            name = "/".join(arn.split("/")[-2:])
            assert f"The model package {name} was not deployed. To try again, set" in message


def test_an_approval_while_a_deployment_runs_is_rejected_and_says_how_to_start_it_again() -> None:
    with running_registry("churn") as registry:
        second, third = registry.register("churn"), registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        registry.approve(third)
        registry.sleep()
        assert registry.served("churn") == second
        (told,) = registry.told("DEPLOYMENT_REJECTED")
        assert told["ModelPackageArn"] == third
        assert "Deployment churn-2-" in told["Message"]
        assert "The model package churn/3 was not deployed." in told["Message"]
        assert (
            "set the model package to PendingManualApproval and then to Approved" in told["Message"]
        )
        registry.approve(third, "PendingManualApproval")
        registry.approve(third)
        registry.sleep()
        assert registry.served("churn") == third


def test_an_approval_that_was_withdrawn_before_its_event_came_starts_nothing() -> None:
    plan = FaultPlan(events=(EventFault(PACKAGE_EVENT, delay=60),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        before = registry.served("churn")
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(10)
        registry.approve(second, "PendingManualApproval")
        registry.sleep()
        assert registry.executions() == []
        assert registry.notifications() == []
        assert registry.served("churn") == before


@pytest.mark.parametrize(
    "state", sampled(["StartUpdate", "ValidatePolicy", "AcquireEndpointLock"], 3)
)
def test_an_approval_that_is_withdrawn_before_the_update_deploys_nothing(state: str) -> None:
    with running_registry("churn") as registry:
        before = registry.served("churn")
        second = registry.register("churn")

        def withdraw(entry: Entry) -> None:
            if entry.kind == "state_entered" and entry.data["state"] == state:
                registry.approve(second, "PendingManualApproval")

        registry.aws.journal.listeners.append(withdraw)
        registry.approve(second)
        registry.sleep()
        assert registry.served("churn") == before
        assert registry.ended() == ["DEPLOYMENT_REJECTED"]
        (told,) = registry.told("DEPLOYMENT_REJECTED")
        assert (
            "The model package churn/2 is PendingManualApproval, not Approved." in told["Message"]
        )
        assert registry.calls("CreateModel") == []
        assert registry.calls("UpdateEndpoint") == []


@pytest.mark.parametrize(
    ("roles", "id_"),
    [
        ("arn:aws:iam::123456789012:role/other", "role-not-listed"),
        ("", "model-packages-not-permitted"),
    ],
)
def test_a_role_that_is_not_listed_and_a_stack_that_lists_none(roles: str, id_: str) -> None:
    with running_registry("churn", ModelExecutionRoleArns=roles) as registry:
        registry.approve(registry.register("churn"))
        registry.sleep()
        (execution,) = registry.executions()
        findings = registry.record(execution["executionArn"])["Findings"]
        assert [f["Id"] for f in findings if f["Severity"] == "ERROR"] == [id_]
        (told,) = registry.told("DEPLOYMENT_REJECTED")
        assert "ModelExecutionRoleArns" in told["Message"]
        assert registry.calls("CreateModel") == registry.calls("UpdateEndpoint") == []


WISHES = [
    # OnRollback, approval after an alarm rolled it back, life cycle's status
    ("REJECT_MODEL_PACKAGE", "Rejected", "RolledBack"),
    ("ANNOTATE", "Approved", "RolledBack"),
    ("NONE", "Approved", None),
    (None, "Rejected", "RolledBack"),
]


@pytest.mark.parametrize(("wish", "approval", "status"), sampled(WISHES, 2))
def test_what_the_registry_is_told_of_a_package_that_an_alarm_rolled_back(
    wish: str | None, approval: str, status: str | None
) -> None:
    with running_registry("churn") as registry:
        policy = policy_of("churn") | {"OnRollback": wish}
        registry.put_policy("churn", {name: value for name, value in policy.items() if value})
        second = registry.register("churn", FAILING)
        registry.approve(second, ApprovalDescription="AUC 0.91")
        registry.sleep()
        found, cycle, _ = versions(registry, second)
        assert (found, cycle.get("StageStatus")) == (approval, status)
        said = registry.package(second)["ApprovalDescription"]
        assert ("churn-5xx" in said) == (approval == "Rejected")
        (told,) = registry.told("DEPLOYMENT_ROLLED_BACK")
        assert ("ModelRegistry" in told) == (status is not None)


def direct(package: str, alarm: str, **more: Any) -> dict[str, Any]:
    """A request of a person for a package, with one alarm of their choice."""
    policy = {name: value for name, value in policy_of("churn").items() if name != "OnRollback"}
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}}
    config = policy["DeploymentConfig"] | rollback
    return {**policy, "DeploymentConfig": config, "ModelPackageArn": package, **more}


REJECT = {"OnRollback": "REJECT_MODEL_PACKAGE"}
DIRECT = [
    # the alarm, more of the request, the approval afterwards, how the answer ends
    ("mine", {}, "Approved", "set to Deployment / RolledBack."),
    ("mine", REJECT, "Approved", "does not name the alarm that tripped."),
    ("churn-5xx", {}, "Approved", "set to Deployment / RolledBack."),
    ("churn-5xx", REJECT, "Rejected", "the reason as its ApprovalDescription."),
]


@pytest.mark.slow
def test_a_person_has_a_package_rejected_only_by_an_alarm_that_its_groups_policy_names() -> None:
    with running_registry("churn") as registry:
        registry.make_alarm("churn", "mine", "Invocation5XXErrors", 0.05)
        for number, (alarm, more, approval, words) in enumerate(DIRECT):
            package = registry.register("churn", FAILING, ModelApprovalStatus="Approved")
            record = registry.start(f"direct-{number}", direct(package, alarm, **more))
            assert (record["Trigger"], record["TrippedAlarms"]) == ("ALARM", [alarm])
            assert versions(registry, package)[0] == approval
            assert registry.told("DEPLOYMENT_ROLLED_BACK")[-1]["ModelRegistry"].endswith(words)


CHANGED: list[tuple[dict[str, Any] | None, str]] = [
    ({"EndpointName": "other"}, "names another endpoint."),
    ({"OnRollback": "ANNOTATE"}, "does not say REJECT_MODEL_PACKAGE."),
    ({"EndpointName": ["churn"]}, "is invalid."),
    (None, "its group has no deployment policy."),
]


@pytest.mark.slow
def test_a_policy_that_changes_while_its_deployment_runs_does_not_have_a_package_rejected() -> None:
    with running_registry("churn") as registry:
        for changes, words in CHANGED:
            registry.put_policy("churn", policy_of("churn"))
            package = registry.register("churn", FAILING)
            registry.approve(package)
            registry.sleep(300)
            if changes is None:
                registry.ssm.delete_parameter(Name="/bluegreen/policies/churn")
            else:
                registry.put_policy("churn", policy_of("churn") | changes)
            registry.sleep()
            approval, cycle, _ = versions(registry, package)
            assert (approval, cycle["StageStatus"]) == ("Approved", "RolledBack")
            assert registry.told("DEPLOYMENT_ROLLED_BACK")[-1]["ModelRegistry"].endswith(words)


def test_a_package_whose_instances_never_come_up_is_not_rejected() -> None:
    plan = FaultPlan(provisioning=Provisioning.NO_CAPACITY)
    with running_registry("churn", faults=Faults(plan)) as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep()
        assert registry.told("DEPLOYMENT_ROLLED_BACK")[0]["Trigger"] == "PROVISIONING"
        assert versions(registry, second)[0] == "Approved"
        assert versions(registry, second)[1]["StageStatus"] == "RolledBack"


@pytest.mark.slow
def test_what_a_person_decided_meanwhile_stands() -> None:
    """The package is rejected by hand while its deployment runs, for a reason of its own."""
    with running_registry("churn") as registry:
        second = registry.register("churn", FAILING)
        registry.approve(second)
        registry.sleep(360)
        registry.approve(second, "Rejected", ApprovalDescription="a slip")
        registry.sleep()
        assert registry.package(second)["ApprovalDescription"] == "a slip"
        assert versions(registry, second)[1]["StageStatus"] == "RolledBack"


@pytest.mark.slow
def test_a_registry_that_refuses_keeps_no_deployment_from_being_concluded() -> None:
    with running_registry("churn") as registry:
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep(600)
        registry.sagemaker.delete_model_package(ModelPackageName=second)
        registry.sleep()
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"]
        (told,) = registry.told("DEPLOYMENT_SUCCEEDED")
        assert told["ModelRegistry"] == (
            "the model package no longer exists, so it was not updated."
        )


def test_a_clone_keeps_all_that_the_live_config_and_the_live_model_have() -> None:
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://captured/churn",
        "KmsKeyId": "alias/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    with running_registry() as registry:
        registry.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        first = registry.register("churn")
        registry.make_model(
            "churn-one",
            first,
            VpcConfig=network,
            EnableNetworkIsolation=True,
            Tags=[{"Key": "cost", "Value": "12"}],
        )
        registry.make_endpoint(
            "churn", consent="churn", KmsKeyId="alias/volumes", DataCaptureConfig=capture
        )
        for alarm in ("churn-5xx", "churn-latency"):
            registry.make_alarm("churn", alarm, "Invocation5XXErrors", 0.05)
        registry.put_policy("churn", policy_of("churn"))
        second = registry.register("churn")
        registry.approve(second)
        registry.sleep()
        assert registry.served("churn") == second
        live = registry.sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"]
        old, new = registry.config("churn-one"), registry.config(live)
        assert (new["KmsKeyId"], new["DataCaptureConfig"]) == ("alias/volumes", capture)
        assert "MetricsConfig" not in old  # made in January 2026
        assert new["MetricsConfig"] == {"EnableDetailedObservability": False}
        (before,), (after,) = old["ProductionVariants"], new["ProductionVariants"]
        assert after == before | {"ModelName": live}
        model = registry.sagemaker.describe_model(ModelName=live)
        assert (model["VpcConfig"], model["EnableNetworkIsolation"]) == (network, True)
        assert registry.tags(new["EndpointConfigArn"])["team"] == "growth"
        assert registry.tags(model["ModelArn"])["cost"] == "12"
        assert registry.tags(model["ModelArn"])["bluegreen:stack"] == "bluegreen"


UNWATCHED = {"AllowFindings": ["variant-unwatched"]}
"""One of two variants has no alarm, which is not what this is about."""


@pytest.mark.slow
def test_of_several_variants_the_policy_names_the_one_whose_model_is_replaced() -> None:
    with running_registry() as registry:
        registry.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        first = registry.register("churn")
        registry.make_model("churn-one", first)
        variant = {"ModelName": "churn-one", "InitialInstanceCount": 2}
        variants = [
            {"VariantName": name, "InstanceType": "ml.m5.xlarge", **variant}
            for name in ("main", "other")
        ]
        registry.make_endpoint("churn", consent="churn", ProductionVariants=variants)
        for alarm in ("churn-5xx", "churn-latency"):
            registry.make_alarm("churn", alarm, "Invocation5XXErrors", 0.05)
        registry.put_policy("churn", policy_of("churn") | UNWATCHED)
        registry.approve(registry.register("churn"))
        registry.sleep()
        assert (
            "has 2 variants, and the request does not say which one gets the new model"
            in registry.notifications()[-1]["Message"]
        )
        registry.put_policy("churn", policy_of("churn") | {"VariantName": "other"} | UNWATCHED)
        registry.approve(registry.register("churn"))
        registry.sleep()
        assert registry.ended() == ["DEPLOYMENT_REJECTED", "DEPLOYMENT_SUCCEEDED"]
        live = registry.sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"]
        models = {
            v["VariantName"]: v["ModelName"] for v in registry.config(live)["ProductionVariants"]
        }
        assert models == {"main": "churn-one", "other": live}


CREATION = {
    "EndpointName": "churn",
    "EndpointConfigName": "churn-one",
    "AllowFindings": ["endpoint-will-be-created"],
}


def test_an_endpoint_that_is_not_there_yet_is_created_with_its_config() -> None:
    with running_registry() as registry:
        registry.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        registry.make_model("churn-one", registry.register("churn"))
        variant = {"VariantName": "main", "ModelName": "churn-one", "InitialInstanceCount": 2}
        registry.sagemaker.create_endpoint_config(
            EndpointConfigName="churn-one",
            ProductionVariants=[variant | {"InstanceType": "ml.m5.xlarge"}],
        )
        record = registry.start("first", CREATION)
        assert (record["Verdict"], record["LiveEndpointConfigName"]) == ("SUCCEEDED", "churn-one")
        assert [(f["Severity"], f["Id"]) for f in record["Findings"]] == [
            ("WARNING", "no-policy"),
            ("WARNING", "endpoint-will-be-created"),
        ]
        assert [stage["Stage"] for stage in record["Stages"]] == ["PROVISIONING"]
        assert [body["Event"] for body in registry.notifications()] == [
            "DEPLOYMENT_STARTED",
            "STAGE_CHANGED",
            "DEPLOYMENT_SUCCEEDED",
        ]
        assert (
            "The creation of endpoint churn with churn-one started"
            in registry.notifications()[0]["Message"]
        )
        accepted = [body["AcceptedFindings"] for body in registry.notifications()]
        assert accepted == [["endpoint-will-be-created"]] * 3
        again = registry.start("again", CREATION)
        assert again["Verdict"] == "REJECTED"


def test_an_endpoint_whose_name_is_misspelt_is_not_created() -> None:
    with running_registry("churn") as registry:
        request = {"EndpointName": "chrun", "EndpointConfigName": "churn-one"}
        record = registry.start("first", request)
        assert record["Verdict"] == "REJECTED"
        assert record["Reason"].startswith('There is no endpoint "chrun" in this account and')
        assert registry.calls("CreateEndpoint") == []
        assert [body["Event"] for body in registry.notifications()] == ["DEPLOYMENT_REJECTED"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "times"), [("CreateEndpoint", 1), ("UpdateItem", 1), ("DescribeEndpoint", 3)]
)
def test_a_creation_survives_deaths(operation: str, times: int) -> None:
    deaths = tuple(Death("StartUpdate", operation, 1 + n) for n in range(times))
    with running_registry(faults=Faults(FaultPlan(deaths=deaths))) as registry:
        registry.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        registry.make_model("churn-one", registry.register("churn"))
        variant = {"VariantName": "main", "ModelName": "churn-one", "InitialInstanceCount": 2}
        registry.sagemaker.create_endpoint_config(
            EndpointConfigName="churn-one",
            ProductionVariants=[variant | {"InstanceType": "ml.m5.xlarge"}],
        )
        record = registry.start("first", CREATION)
        assert record["Verdict"] == "SUCCEEDED"
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"]


@pytest.mark.slow
def test_an_endpoint_whose_creation_fails_ends_failed() -> None:
    with running_registry() as registry:
        registry.sagemaker.create_model(
            ModelName="churn-one",
            ExecutionRoleArn=ROLE,
            PrimaryContainer={
                "Image": "model:1",
                "Environment": {"SIMULATED_PROVISIONING_ERROR": "InsufficientInstanceCapacity"},
            },
        )
        variant = {"VariantName": "main", "ModelName": "churn-one", "InitialInstanceCount": 2}
        registry.sagemaker.create_endpoint_config(
            EndpointConfigName="churn-one",
            ProductionVariants=[variant | {"InstanceType": "ml.m5.xlarge"}],
        )
        record = registry.start("first", CREATION)
        assert record["Verdict"] == "FAILED"
        assert "has the status Failed." in record["Reason"]
