"""StartUpdate dies, hangs or loses an answer while it makes a green config: one is made."""

import pytest

from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.clone import named
from bluegreen.request.request import Request
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    FaultPlan,
    LambdaTimeout,
)
from builders import CANARY
from heavy import sampled
from registry_account import Registry, running_registry

CALLS = [
    "DescribeEndpoint",
    "GetItem",  # the deployment, as AcquireEndpointLock began it
    "PutMetricAlarm",  # the abort alarm
    "PutMetricData",
    "DescribeAlarms",
    "UpdateItem",  # the package leads to the deployment, if it is rejected
    "DescribeEndpoint",
    "DescribeEndpointConfig",
    "DescribeModel",
    "DescribeModelPackage",
    "ListTags",  # of the endpoint
    "ListTags",  # of the live config
    "ListTags",  # of the live model
    "UpdateItem",  # what is about to be made is noted
    "CreateModel",
    "CreateEndpointConfig",
    "TransactWriteItems",  # the update is about to be asked for, its alarms find it
    "UpdateEndpoint",
    "UpdateItem",  # that SageMaker took it is noted
    "DescribeEndpoint",
    "TransactWriteItems",  # the first stage is recorded, its facts are claimed
    "Publish",
    "UpdateItem",
    "Publish",
    "UpdateItem",
]
"""What StartUpdate calls, in this order."""

EACH = [(operation, CALLS[: n + 1].count(operation)) for n, operation in enumerate(CALLS)]
WRITES = ("CreateModel", "CreateEndpointConfig", "UpdateEndpoint")


def deploy(registry: Registry) -> str:
    """Approve version 2 and let everything come to its end; its ARN."""
    arn = registry.register("churn")
    registry.approve(arn)
    registry.sleep()
    return arn


def assert_one_of_each(registry: Registry, arn: str) -> None:
    assert registry.served("churn") == arn
    assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"]
    configs = registry.sagemaker.list_endpoint_configs()["EndpointConfigs"]
    models = registry.sagemaker.list_models()["Models"]
    made = {c["EndpointConfigName"] for c in configs} - {"churn-one"}
    assert made == {m["ModelName"] for m in models} - {"churn-one"}
    assert len(made) == 1
    assert registry.updates("churn") == 1


def test_these_are_the_calls_of_start_update() -> None:
    with running_registry("churn") as registry:
        deploy(registry)
        name = registry.stack.resources["StartUpdateFunction"]
        assert registry.operations_of(name) == CALLS


@pytest.mark.parametrize(("operation", "nth"), sampled(EACH, 12))
def test_a_death_after_each_call(operation: str, nth: int) -> None:
    plan = FaultPlan(deaths=(Death("StartUpdate", operation, nth),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        assert_one_of_each(registry, deploy(registry))
        errors = [e.data["error"] for e in registry.aws.journal.of_kind("lambda_invoked")]
        assert "Runtime.ExitError" in errors


ERRORS = (ApiError.TIMEOUT, ApiError.INTERNAL, ApiError.THROTTLING)


@pytest.mark.parametrize(
    ("operation", "error", "carried_out"),
    sampled([(o, e, carried) for e in ERRORS for carried in (True, False) for o in WRITES], 9),
)
def test_an_answer_that_is_lost(operation: str, error: ApiError, *, carried_out: bool) -> None:
    fault = ApiFault("sagemaker", error, operation, "StartUpdate", carried_out=carried_out, times=1)
    with running_registry("churn", faults=Faults(FaultPlan(apis=(fault,)))) as registry:
        assert_one_of_each(registry, deploy(registry))


@pytest.mark.slow
@pytest.mark.parametrize("operation", sampled(WRITES, 3))
def test_a_function_that_hangs_after_a_call(operation: str) -> None:
    plan = FaultPlan(lambda_timeouts=(LambdaTimeout("StartUpdate", operation),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        assert_one_of_each(registry, deploy(registry))


DEATHS = [
    ("RelayApprovalEvent", "DescribeModelPackage", 1),
    ("RelayApprovalEvent", "UpdateItem", 1),
    ("RelayApprovalEvent", "GetParameter", 1),
    ("RelayApprovalEvent", "StartExecution", 1),
    ("ConcludeDeployment", "DescribeModelPackage", 1),
    ("ConcludeDeployment", "UpdateModelPackage", 1),
    ("ConcludeDeployment", "TransactWriteItems", 2),  # what it was told is kept, with the claim
]


@pytest.mark.parametrize(("function", "operation", "nth"), sampled(DEATHS, 4))
def test_a_death_of_the_starter_and_of_who_tells_the_registry(
    function: str, operation: str, nth: int
) -> None:
    plan = FaultPlan(deaths=(Death(function, operation, nth),))
    with running_registry("churn", faults=Faults(plan)) as registry:
        arn = deploy(registry)
        assert_one_of_each(registry, arn)
        assert registry.package(arn)["ModelLifeCycle"]["StageStatus"] == "Deployed"


@pytest.mark.parametrize(
    ("service", "error"),
    sampled(
        [
            (service, error)
            for error in (ApiError.THROTTLING, ApiError.TIMEOUT, ApiError.UNAVAILABLE)
            for service in ("sagemaker", "ssm", "stepfunctions", "dynamodb")
        ],
        7,
    ),
)
def test_an_aws_that_does_not_answer_the_starter_for_a_minute(
    service: str, error: ApiError
) -> None:
    fault = ApiFault(service, error, function="RelayApprovalEvent", times=3)
    with running_registry("churn", faults=Faults(FaultPlan(apis=(fault,)))) as registry:
        assert_one_of_each(registry, deploy(registry))


@pytest.mark.slow
def test_a_live_model_that_is_not_shown_for_a_moment_has_no_approval_rejected() -> None:
    """What the clone is made of counted as deleted, where all tries of a read had failed."""
    fault = ApiFault(
        "sagemaker", ApiError.UNAVAILABLE, "DescribeModel", function="ValidatePolicy", times=3
    )
    with running_registry("churn", faults=Faults(FaultPlan(apis=(fault,)))) as registry:
        assert_one_of_each(registry, deploy(registry))


def test_a_name_that_somebody_else_took_is_refused_and_left_alone() -> None:
    with running_registry("churn") as registry:
        before = registry.served("churn")
        arn, taken = registry.register("churn"), registry.register("churn")

        def take(entry: Entry) -> None:
            if entry.kind == "state_entered" and entry.data["state"] == "StartUpdate":
                key = DeploymentKey("churn", entry.data["execution"], entry.at)
                request = named(Request("churn", "", CANARY, model_package_arn=arn), key)
                registry.make_model(request.endpoint_config_name, taken)

        registry.aws.journal.listeners.append(take)
        registry.approve(arn)
        registry.sleep()
        assert registry.ended() == ["DEPLOYMENT_REJECTED"]
        (told,) = registry.told("DEPLOYMENT_REJECTED")
        assert "already exists, with different settings: Containers." in told["Message"]
        assert registry.served("churn") == before
