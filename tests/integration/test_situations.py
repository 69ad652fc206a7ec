"""Situations read from the embedded AWS: all of them, what is denied, and what is not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, allow, make_role
from bluegreen.aws.account import Account as Adapters
from bluegreen.aws.situation.account_reads import MOST_ENDPOINTS
from bluegreen.aws.situation.situations import Situations
from bluegreen.check.situation import (
    Config,
    ConfigVariant,
    LastPolicy,
    Quota,
    Situation,
    Traffic,
    metric_key,
)
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.guardrails.asked import Asked
from bluegreen.guardrails.guardrail import alarm_name
from bluegreen.request.request import Request
from bluegreen.settings import Settings
from bluegreen_simulator.aws.lambda_.process import running
from bluegreen_simulator.aws.lambda_.runtime import Invocation
from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan
from bluegreen_simulator.run.embedded import ENVIRONMENT
from bluegreen_simulator.run.stack import deploy
from builders import canary_request, log_alarm
from integration.service_model import of_response
from sagemaker_account import Account, policy, running_account
from shipped import ROOT

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricDatumTypeDef,
        TagTypeDef,
    )
    from mypy_boto3_sagemaker.type_defs import (
        DeploymentConfigTypeDef,
        InferenceSpecificationTypeDef,
        ProductionVariantTypeDef,
    )

ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/model"
SAGEMAKER: Final = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
TYPE: Final = "ml.g5.xlarge"
EVERYTHING: Final = "*"


def request(
    config: str = "green", alarms: tuple[str, ...] = ("errors", "any", "absent")
) -> Request:
    asked = Request.from_json(canary_request(EndpointName="churn-api", EndpointConfigName=config))
    return replace(asked, policy=replace(asked.policy, alarms=alarms))


COPIED: Final = ("DescribeEndpointConfig", "DescribeModel")
"""Shows the live config and its models, of which a package's are copies."""

OF_PACKAGE: Final = replace(request(), model_package_arn=f"{SAGEMAKER}:model-package/churn/1")


@pytest.fixture
def account() -> Iterator[Account]:
    """A canary of `churn-api` as people set it up: alarms, traffic, auto scaling, a quota."""
    with running_account() as made:
        make_role(made.aws, "model", allow("cloudwatch:DescribeAlarms", EVERYTHING))
        made.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")
        made.aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId="endpoint/churn-api/variant/main",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=8,
        )
        service.set_quota(TYPE, 6)
        yield made


def put_invocations(account: Account, minutes_ago: float, count: float) -> None:
    dimensions = {"EndpointName": "churn-api", "VariantName": "main"}
    datum: MetricDatumTypeDef = {
        "MetricName": "Invocations",
        "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
        "Timestamp": account.world.clock.now() - timedelta(minutes=minutes_ago),
        "Value": count,
    }
    account.cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])


@contextmanager
def in_function(account: Account, *statements: Any, role: str = "", **environment: str) -> Any:
    """In a function whose role allows what the statements say, and nothing else."""
    clock, written = account.world.clock, list[str]()
    arn = role or make_role(account.aws, "function", *statements)
    deadline = clock.now() + timedelta(seconds=50)
    own = {"STACK_NAME": "bluegreen", "ABORT_ALARM": "true", "GUARDRAIL_ALARMS": "OnRequest"}
    variables = {**ENVIRONMENT, **own, **environment}
    with running(Invocation("Validate", arn, variables, written.append, deadline)):
        yield


def read(account: Account, asked: Request | None = None) -> Situation:
    """As the function that checks requests reads it."""
    return Adapters(Settings(), account.world.clock, print).situations.of(asked or request())


def situations(account: Account, **clients: Any) -> Situations:
    """As somebody with every client reads it."""
    client = account.aws.client
    made = {
        "sagemaker": client("sagemaker"),
        "cloudwatch": client("cloudwatch"),
        "scaling": client("application-autoscaling"),
        "quotas": client("service-quotas"),
        "iam": client("iam"),
    }
    return Situations(account.world.clock, **{**made, **clients})


NEEDED: Final = (
    allow("sagemaker:DescribeEndpoint", f"{SAGEMAKER}:endpoint/*"),
    allow("sagemaker:DescribeEndpointConfig", f"{SAGEMAKER}:endpoint-config/*"),
)


# ---- Metrics in doubt ------------------------------------------------------------------------


@pytest.mark.parametrize(("days_ago", "shown"), [(13, True), (15, False)])
def test_a_metric_in_doubt_that_had_data_in_the_last_two_weeks_is_there(
    account: Account, days_ago: int, shown: bool
) -> None:
    dimensions = {"EndpointName": "churn-api", "VariantName": "main"}
    listed: list[DimensionTypeDef] = [{"Name": n, "Value": v} for n, v in dimensions.items()]
    account.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/SageMaker",
        MetricName="5XXError",
        Dimensions=listed,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    at = account.world.clock.now() - timedelta(days=days_ago)
    datum: MetricDatumTypeDef = {
        "MetricName": "5XXError",
        "Dimensions": listed,
        "Timestamp": at,
        "Value": 1,
    }
    account.cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])
    situation = situations(account).of(request())
    key = metric_key("AWS/SageMaker", "5XXError", dimensions)
    assert (key in situation.shown) is shown


def test_metrics_that_aws_documents_are_not_asked_for(account: Account) -> None:
    asked = situations(account).of(replace(request(), policy=replace(request().policy, alarms=())))
    assert asked.shown == frozenset()
    assert "metrics" not in asked.unknown


# ---- All of it -------------------------------------------------------------------------------


def test_the_situation_of_a_canary(account: Account) -> None:
    put_invocations(account, 1, 30)
    put_invocations(account, 1, 20)
    put_invocations(account, 1439, 22)
    put_invocations(account, 1441, 1000)
    situation = situations(account).of(request())
    variant = ConfigVariant(
        "main",
        4,
        TYPE,
        "green-model",
        marketplace=False,
        role_arn=ROLE,
        model_exists=True,
        settings={"InitialInstanceCount": 4, "InstanceType": TYPE},
        model_network={},
    )
    assert situation.endpoint.status == "InService"
    assert situation.live
    assert situation.live.name == "blue"
    assert situation.requested == Config("green", (variant,))
    assert situation.alarms
    assert list(situation.alarms) == ["errors", "any"]
    assert situation.alarms["errors"].missing_data == "ignore"
    assert situation.alarms["any"].composite
    assert situation.traffic == {"main": Traffic(72 / 1440, 0, 50)}
    assert situation.scalable == frozenset({"main"})
    assert situation.quotas == {TYPE: Quota(6, 4)}
    assert situation.roles_may_describe_alarms == {ROLE: True}
    assert situation.unknown == {}


def test_the_alarms_of_a_policy_that_is_retained_are_those_of_the_endpoint(
    account: Account,
) -> None:
    service.set_quota(TYPE, 100)
    asked = replace(request(alarms=()), retains_policy=True)
    reader = replace(situations(account), stack_name="two")
    none = reader.of(asked)
    assert (none.last_policy, none.alarms, none.abort_alarm) == (None, {}, "two-abort-churn-api")
    account.update()
    account.sleep_until(7200)
    found = reader.of(asked)
    assert found.last_policy == LastPolicy(account.look()["LastDeploymentConfig"])
    assert found.alarms is not None
    assert list(found.alarms) == ["errors"]


def test_what_was_asked_of_guardrails_is_read_from_the_tags_of_their_alarms(
    account: Account,
) -> None:
    asked = replace(request(alarms=()), retains_policy=True)
    reader = replace(situations(account), stack_name="two")
    service.set_quota(TYPE, 100)
    texts = {"two": "Default", "other": "Strict", "bare": ""}
    names = [make_guardrail(account, stack, text) for stack, text in texts.items()]
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in names]}}
    account.update(cast("DeploymentConfigTypeDef", {**policy(), **alarms}))
    account.sleep_until(7200)
    found = reader.of(asked)
    assert found.guardrail_texts == {"two-guardrail-churn-api/main/5xx": "Default"}
    assert (found.stack_name, found.unknown) == ("two", {})
    # A request that says what it asks for need not know.
    assert reader.of(replace(asked, asked=Asked.named("None"))).guardrail_texts == {}
    # One that names its alarms is not about those of guardrails.
    named = replace(request(), policy=replace(request().policy, alarms=tuple(names)))
    assert reader.of(named).guardrail_texts == {}
    # A fault that passes does not tell that nothing was asked for.
    for method in ("describe_alarms", "list_tags_for_resource"):
        throttled = ClientError({"Error": {"Code": "Throttling"}}, method)
        failing = Mock(wraps=account.cloudwatch, **{f"{method}.side_effect": throttled})
        with pytest.raises(ObservationUnavailable):
            replace(reader, cloudwatch=failing).of(asked)


def make_guardrail(account: Account, stack: str, text: str) -> str:
    """An alarm that has the name of one, with what was asked for in its tag."""
    name = alarm_name(stack, "churn-api", "main", "5xx")
    tags: list[TagTypeDef] = [{"Key": "bluegreen:stack", "Value": stack}]
    tags += [{"Key": "bluegreen:guardrail", "Value": text}] if text else []
    account.make_alarm(name)
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
    account.cloudwatch.tag_resource(ResourceARN=arn, Tags=tags)
    return name


def test_both_fleets_of_every_endpoint_run(account: Account) -> None:
    service.set_quota(TYPE, 100)
    account.sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="blue")
    account.update()
    situation = situations(account).of(request())
    assert situation.quotas == {TYPE: Quota(100, 4 + 4 + 4)}


@pytest.mark.parametrize(
    ("statements", "alarms", "may"),
    [
        ([], ("errors",), False),
        (
            [allow("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:*:*:alarm:errors")],
            ("errors",),
            True,
        ),
        (
            [allow("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:*:*:alarm:errors")],
            ("errors", "any"),
            False,
        ),
        (
            [allow("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:*:*:alarm:errors")],
            ("errors", "tracebacks"),
            False,
        ),
        (
            [allow("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:*:*:alarm:tracebacks")],
            ("tracebacks",),
            True,
        ),
        (
            [allow("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:*:*:alarm:other")],
            ("errors",),
            False,
        ),
        (
            [
                allow("cloudwatch:DescribeAlarms", EVERYTHING),
                allow("cloudwatch:*", EVERYTHING, "Deny"),
            ],
            ("errors",),
            False,
        ),
    ],
)
def test_a_role_may_describe_the_alarms_if_it_may_describe_each(
    statements: list[Any], alarms: tuple[str, ...], may: bool
) -> None:
    with running_account() as account:
        make_role(account.aws, "model", *statements)
        account.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")
        account.cloudwatch.put_log_alarm(**log_alarm())
        situation = situations(account).of(request(alarms=alarms))
        assert situation.roles_may_describe_alarms == {ROLE: may}


def test_without_alarms_there_is_nothing_to_describe(account: Account) -> None:
    situation = situations(account).of(request(alarms=()))
    assert (situation.alarms, situation.roles_may_describe_alarms) == ({}, {})


def test_a_role_that_is_not_there_is_unknown(account: Account) -> None:
    account.aws.client("iam").delete_role_policy(RoleName="model", PolicyName="p")
    account.aws.client("iam").delete_role(RoleName="model")
    situation = situations(account).of(request())
    assert situation.roles_may_describe_alarms is None
    assert "NoSuchEntity" in situation.unknown["roles"]


# ---- Models and packages ---------------------------------------------------------------------


def make_packaged(account: Account, config: str, **package: Any) -> str:
    specification: InferenceSpecificationTypeDef = {
        "Containers": [{"Image": "registry/a:1"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    arn = account.sagemaker.create_model_package(InferenceSpecification=specification, **package)[
        "ModelPackageArn"
    ]
    account.sagemaker.create_model(
        ModelName=f"{config}-model",
        Containers=[{"Image": "registry/b:1"}, {"ModelPackageName": arn}],
        ExecutionRoleArn=ROLE,
    )
    account.make_config_of_model(config)
    return arn


@pytest.mark.parametrize("certified", [True, False])
def test_a_package_tells_whether_it_is_of_marketplace(account: Account, certified: bool) -> None:
    make_packaged(account, "packed", ModelPackageName="p", CertifyForMarketplace=certified)
    situation = situations(account).of(request("packed"))
    assert situation.requested
    assert situation.requested.variants[0].marketplace is certified
    assert "packages" not in situation.unknown


def test_another_accounts_package_is_not_even_asked_for(account: Account) -> None:
    package = "arn:aws:sagemaker:eu-central-1:999999999999:model-package/seller-model"
    account.sagemaker.create_model(
        ModelName="sold-model",
        PrimaryContainer={"ModelPackageName": package},
        ExecutionRoleArn=ROLE,
    )
    account.make_config_of_model("sold")
    situation = situations(account).of(request("sold"))
    assert situation.requested
    assert situation.requested.variants[0].marketplace is True
    assert "packages" not in situation.unknown


# ---- What is not there -----------------------------------------------------------------------


def test_an_endpoint_that_is_not_there(account: Account) -> None:
    asked = replace(request(), endpoint_name="nobody")
    situation = situations(account).of(asked)
    assert not situation.exists
    assert situation.live is None
    assert situation.requested
    assert (situation.traffic, situation.scalable) == (None, None)
    assert situation.alarms


def test_a_config_that_is_not_there(account: Account) -> None:
    situation = situations(account).of(request("nothing"))
    assert situation.requested is None
    assert situation.live
    assert situation.exists


def test_a_live_config_that_is_not_there_any_more(account: Account) -> None:
    account.sagemaker.delete_endpoint_config(EndpointConfigName="blue")
    situation = situations(account).of(request())
    assert situation.live is None
    assert situation.unknown["live"] == "the endpoint config no longer exists"
    assert situation.traffic == {"main": Traffic(0, 0, 0)}


def test_a_model_that_is_not_there(account: Account) -> None:
    account.sagemaker.delete_model(ModelName="green-model")
    situation = situations(account).of(request())
    assert situation.requested
    (variant,) = situation.requested.variants
    assert (variant.model_exists, variant.marketplace, variant.role_arn) == (False, None, "")
    assert "models" not in situation.unknown


def test_an_endpoint_on_the_requested_config_has_one_config(account: Account) -> None:
    situation = situations(account).of(request("blue"))
    assert situation.live == situation.requested


def test_while_it_is_created_an_endpoint_has_the_variants_of_its_config(account: Account) -> None:
    service.set_quota(TYPE, 100)
    account.sagemaker.create_endpoint(EndpointName="new", EndpointConfigName="blue")
    situation = situations(account).of(replace(request(), endpoint_name="new"))
    assert situation.traffic == {"main": Traffic(0, 0, 0)}


def test_asynchronous_endpoints_do_not_count_their_invocations(account: Account) -> None:
    variant: ProductionVariantTypeDef = {
        "VariantName": "main",
        "ModelName": "green-model",
        "InitialInstanceCount": 1,
        "InstanceType": TYPE,
    }
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="async",
        ProductionVariants=[variant],
        AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/"}},
    )
    situation = situations(account).of(request("async"))
    assert situation.requested
    assert situation.requested.asynchronous
    assert situation.traffic is None
    assert situation.unknown["traffic"] == (
        "SageMaker does not publish the invocations of asynchronous endpoints"
    )


# ---- What is denied --------------------------------------------------------------------------


def test_with_no_more_than_is_needed_the_rest_is_unknown_and_nothing_fails(
    account: Account,
) -> None:
    with in_function(account, *NEEDED, CHECKS="quotas,roles"):
        situation = read(account)
    assert situation.requested
    assert situation.live
    assert situation.requested.variants[0].model_exists is None
    assert situation.alarms is None
    assert situation.traffic is None
    assert situation.scalable is None
    assert situation.quotas is None
    assert situation.roles_may_describe_alarms is None
    assert situation.unknown.keys() == {
        "models", "alarms", "traffic", "scaling", "quotas", "roles"
    }  # fmt: skip
    refused = {what: why for what, why in situation.unknown.items() if what != "roles"}
    assert {why.partition(":")[0] for why in refused.values()} == {"AWS denied access"}
    assert situation.unknown["roles"] == "the alarms could not be read"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (NEEDED[1], "AWS denied access: .* sagemaker:DescribeEndpoint "),
        (NEEDED[0], "AWS denied access: .* sagemaker:DescribeEndpointConfig "),
    ],
)
def test_an_endpoint_or_config_that_our_role_may_not_see_is_refused(
    account: Account, statement: Any, message: str
) -> None:
    with in_function(account, statement), pytest.raises(RequestRejected, match=message):
        read(account)


def test_a_live_config_that_our_role_may_not_see_is_unknown(account: Account) -> None:
    only_green = allow("sagemaker:DescribeEndpointConfig", f"{SAGEMAKER}:endpoint-config/green")
    with in_function(account, NEEDED[0], only_green):
        situation = read(account)
    assert situation.live is None
    assert situation.unknown["live"].startswith("AWS denied access: ")


@pytest.mark.parametrize("operation", COPIED)
def test_what_a_package_needs_copied_and_our_role_may_not_see_is_refused(
    account: Account, operation: str
) -> None:
    break_down(account, "sagemaker", operation, ApiError.DENIED)
    with in_function(account, ALL), pytest.raises(RequestRejected, match="AWS denied access: "):
        read(account, OF_PACKAGE)


def test_a_package_that_our_role_may_not_see_is_unknown(account: Account) -> None:
    make_packaged(account, "packed", ModelPackageName="p")
    models = allow("sagemaker:DescribeModel", f"{SAGEMAKER}:model/*")
    with in_function(account, *NEEDED, models):
        situation = read(account, request("packed"))
    assert situation.requested
    assert situation.requested.variants[0].marketplace is None
    assert situation.requested.variants[0].model_exists is True
    assert situation.unknown["packages"].startswith("AWS denied access: ")


def test_whoever_may_not_see_every_alarm_sees_none_since_composite_ones_are_asked_for_too(
    account: Account,
) -> None:
    one = allow("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:errors")
    with in_function(account, *NEEDED, one):
        situation = read(account)
    assert situation.alarms is None
    assert "cloudwatch:DescribeAlarms on resource: *" in situation.unknown["alarms"]


# ---- As it is deployed -----------------------------------------------------------------------


def deployed_role(account: Account, checks: str) -> str:
    parameters = {f"Check{word.title()}": "true" for word in checks.split(",") if word}
    stack = deploy(account.world, ROOT / "template.yaml", parameters)
    name = stack.resources["ValidatePolicyFunction"]
    config = account.aws.client("lambda").get_function_configuration(FunctionName=name)
    assert config["Environment"]["Variables"]["CHECKS"] == checks
    role: str = config["Role"]
    return role


@pytest.mark.parametrize(
    ("checks", "unknown"),
    [
        ("", {"quotas", "roles"}),
        ("quotas", {"roles"}),
        ("roles", {"quotas"}),
        ("quotas,roles", set()),
    ],
)
def test_the_role_of_the_template_may_read_what_was_asked_for(
    account: Account, checks: str, unknown: set[str]
) -> None:
    make_packaged(account, "packed", ModelPackageName="p")
    role = deployed_role(account, checks)
    with in_function(account, role=role, CHECKS=checks):
        situation = read(account, request("packed"))
    assert situation.unknown.keys() == unknown
    assert set(situation.unknown.values()) <= {"it was not asked for"}
    assert (situation.quotas is not None) == ("quotas" in checks)


@pytest.mark.parametrize("asked", ["", "quotas", "roles"])
def test_the_role_of_the_template_may_do_no_more_than_was_asked_for(
    account: Account, asked: str
) -> None:
    role = deployed_role(account, asked)
    with in_function(account, role=role, CHECKS="quotas,roles"):
        situation = read(account)
    others = {"quotas", "roles"} - {asked}
    assert {w for w, why in situation.unknown.items() if "AWS denied access" in why} == others


# ---- What does not answer --------------------------------------------------------------------

ALL: Final = allow("*", EVERYTHING)


def break_down(account: Account, service_name: str, operation: str, error: ApiError) -> None:
    fault = ApiFault(service_name, error, operation)
    account.world.faults.add(FaultPlan(apis=(fault,)), account.world.clock.now())


@pytest.mark.parametrize("error", ApiError)
@pytest.mark.parametrize(
    ("service_name", "operation", "what"),
    [
        ("cloudwatch", "DescribeAlarms", "alarms"),
        ("cloudwatch", "GetMetricData", "traffic"),
        ("sagemaker", "DescribeModel", "models"),
        ("application-autoscaling", "DescribeScalableTargets", "scaling"),
    ],
)
def test_an_optional_read_without_an_answer_is_unknown(
    account: Account, service_name: str, operation: str, what: str, error: ApiError
) -> None:
    break_down(account, service_name, operation, error)
    with in_function(account, ALL):
        situation = read(account)
    besides = {"metrics"} if what == "traffic" else set()  # both read data of metrics
    assert situation.unknown.keys() == {what, "quotas", "roles", *besides}
    assert situation.unknown[what].startswith("AWS ")


@pytest.mark.parametrize("error", sorted(set(ApiError) - {ApiError.DENIED, ApiError.KEY_DISABLED}))
@pytest.mark.parametrize("operation", ["DescribeEndpoint", "DescribeEndpointConfig"])
def test_a_needed_read_without_an_answer_is_no_observation(
    account: Account, operation: str, error: ApiError
) -> None:
    break_down(account, "sagemaker", operation, error)
    with in_function(account, ALL), pytest.raises(ObservationUnavailable):
        read(account)


@pytest.mark.parametrize("error", sorted(set(ApiError) - {ApiError.DENIED, ApiError.KEY_DISABLED}))
@pytest.mark.parametrize("operation", COPIED)
def test_what_a_package_needs_copied_is_asked_for_again_where_it_has_no_answer(
    account: Account, operation: str, error: ApiError
) -> None:
    """It is not as if it were deleted: the request would be rejected for a passing fault."""
    break_down(account, "sagemaker", operation, error)
    with in_function(account, ALL), pytest.raises(ObservationUnavailable):
        read(account, OF_PACKAGE)


def test_reads_that_hang_leave_time_for_the_function_to_answer(account: Account) -> None:
    for name in ("cloudwatch", "application-autoscaling", "service-quotas", "iam"):
        break_down(account, name, "", ApiError.TIMEOUT)
    began = account.world.clock.now()
    with in_function(account, ALL, CHECKS="quotas,roles"):
        situation = read(account)
    assert account.world.clock.now() - began < timedelta(seconds=50)
    assert situation.unknown["quotas"] == "the check ran out of time"
    assert situation.unknown["alarms"].startswith("AWS did not answer: ")


# ---- Quotas ----------------------------------------------------------------------------------


def test_pages_of_quotas_fit_the_service_model_and_end(account: Account) -> None:
    client = account.aws.client("service-quotas")
    pages = list(client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker"))
    assert [
        p for page in pages for p in of_response("service-quotas", "ListServiceQuotas", page)
    ] == []
    quotas = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    assert len(pages) > 1
    assert len(quotas) == sum(len(page["Quotas"]) for page in pages)
    assert quotas["ml.g5.xlarge for endpoint usage"] == 6
    assert quotas["ml.m5.xlarge for endpoint usage"] == 1000


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("region", "members"),
    [
        (REGION, {"ServiceCode": "ec2"}),
        (REGION, {"ServiceCode": "sagemaker", "QuotaCode": "L-1"}),
        ("us-east-1", {"ServiceCode": "sagemaker"}),
    ],
)
def test_other_quotas_are_refused_by_name(region: str, members: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="is not modelled"):
        boto3.client("service-quotas", region_name=region).list_service_quotas(**members)


def test_no_page_is_read_beyond_the_last_type_that_is_needed(account: Account) -> None:
    asked: list[Any] = []

    def paginate(**members: Any) -> Iterator[Any]:
        asked.append(members)
        for name in ("ml.a", TYPE, "ml.z"):
            asked.append(name)
            yield {"Quotas": [{"QuotaName": f"{name} for endpoint usage", "Value": 9.0}]}

    client = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    situation = situations(account, quotas=client).of(request())
    assert situation.quotas == {TYPE: Quota(9, 4)}
    assert asked[1:] == ["ml.a", TYPE]


def test_a_type_without_a_quota_is_unknown(account: Account) -> None:
    client = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: [{"Quotas": []}])
    )
    situation = situations(account, quotas=client).of(request())
    assert situation.quotas is None
    assert situation.unknown["quotas"] == f"Service Quotas lists no quota for {TYPE}"


def test_too_many_endpoints_are_not_counted(account: Account) -> None:
    client = account.aws.client("sagemaker")
    names = [{"EndpointName": f"e{n}"} for n in range(MOST_ENDPOINTS + 1)]

    class Crowded:
        meta = client.meta

        def __getattr__(self, name: str) -> Any:
            return getattr(client, name)

        def get_paginator(self, _: str) -> Any:
            return SimpleNamespace(paginate=lambda **_: [{"Endpoints": names}])

    situation = situations(account, sagemaker=Crowded()).of(request())
    assert situation.quotas is None
    assert situation.unknown["quotas"] == (
        "the account has more than 100 endpoints, too many to count"
    )


# ---- Roles -----------------------------------------------------------------------------------


def test_a_simulation_of_a_policy_fits_the_service_model(account: Account) -> None:
    iam = account.aws.client("iam")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ROLE,
        ActionNames=["cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"],
        ResourceArns=["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:a", "*"],
    )
    assert of_response("iam", "SimulatePrincipalPolicy", answer) == []
    decisions = [result["EvalDecision"] for result in answer["EvaluationResults"]]
    assert decisions == ["allowed", "implicitDeny"]
    assert len(answer["EvaluationResults"][0]["ResourceSpecificResults"]) == 2


@pytest.mark.parametrize(
    "members",
    [
        {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/somebody"},
        {"CallerArn": f"arn:aws:iam::{ACCOUNT}:user/somebody"},
    ],
)
def test_other_simulations_are_refused_by_name(account: Account, members: dict[str, str]) -> None:
    call = {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], **members}
    with pytest.raises(ClientError, match="is not modelled"):
        account.aws.client("iam").simulate_principal_policy(**call)


# ---- The setting -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, set()), ("", set()), ("quotas", {"quotas"}), ("roles, quotas", {"roles", "quotas"})],
)
def test_the_checks_that_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, value: str | None, expected: set[str]
) -> None:
    monkeypatch.delenv("CHECKS", raising=False)
    if value is not None:
        monkeypatch.setenv("CHECKS", value)
    assert Settings().checks == expected


def test_a_check_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS", "quotas,money")
    with pytest.raises(RuntimeError, match=r"values: money\. Allowed: quotas, roles"):
        assert Settings().checks
