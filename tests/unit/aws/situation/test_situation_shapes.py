"""AWS's own shapes, as the CLI prints them, in our words."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.aws.situation.situation_shapes import situation_of
from bluegreen.check.situation import (
    Alarm,
    Config,
    ConfigVariant,
    Metric,
    Quota,
    Situation,
    Traffic,
)
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation, PendingDeployment, Variant, VariantStatus
from builders import CANARY, at

REQUEST = Request("churn", "green", CANARY)
ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/model"
OWN, FOREIGN = f"{ARN}:model-package", "arn:aws:sagemaker:eu-central-1:999999999999:model-package"
VARIANT = {
    "VariantName": "main",
    "ModelName": "m",
    "InitialInstanceCount": 4,
    "InstanceType": "ml.m5.xlarge",
}
DIMENSIONS = [{"Name": "EndpointName", "Value": "churn"}]
METRIC = {
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation5XXErrors",
    "Dimensions": DIMENSIONS,
}


def config(name: str = "green", **variant: Any) -> dict[str, Any]:
    return {"EndpointConfigName": name, "ProductionVariants": [VARIANT | variant]}


def variant_of(shapes: dict[str, Any], **variant: Any) -> ConfigVariant:
    situation = situation_of({"EndpointConfigs": [config(**variant)], **shapes}, REQUEST)
    assert situation.requested
    return situation.requested.variants[0]


def alarm_of(**body: Any) -> Alarm:
    (alarm,) = (situation_of({"MetricAlarms": [body]}, REQUEST).alarms or {}).values()
    return alarm


# ---- Endpoint and configs --------------------------------------------------------------------


def test_of_nothing_nothing_is_known_and_there_is_no_endpoint() -> None:
    assert situation_of({}, REQUEST) == Situation(Observation("Gone"))
    assert not situation_of({}, REQUEST).exists


def test_an_endpoint_in_the_middle_of_an_update() -> None:
    statuses = [{"Status": "Baking", "StartTime": at(320)}]
    green = {"VariantName": "main", "DesiredInstanceCount": 4, "VariantStatus": statuses}
    pending = {
        "EndpointConfigName": "green",
        "StartTime": at(1),
        "ProductionVariants": [green],
    }
    endpoint = {
        "EndpointName": "churn",
        "EndpointStatus": "Updating",
        "EndpointConfigName": "blue",
        "LastModifiedTime": at(2),
        "ProductionVariants": [{"VariantName": "main", "CurrentInstanceCount": 3}],
        "PendingDeploymentSummary": pending,
    }
    assert situation_of({"Endpoint": endpoint}, REQUEST).endpoint == Observation(
        status="Updating",
        live_config="blue",
        last_modified=at(2),
        variants=(Variant("main", 3),),
        pending=PendingDeployment(
            "green", (Variant("main", None, 4, (VariantStatus("Baking", at(320)),)),), at(1)
        ),
        name="churn",
    )


def test_the_live_config_is_the_one_that_the_endpoint_names() -> None:
    endpoint = {
        "EndpointName": "churn",
        "EndpointStatus": "InService",
        "EndpointConfigName": "blue",
    }
    shapes = {
        "Endpoint": endpoint,
        "EndpointConfigs": [config("blue"), config("green"), config("x")],
    }
    situation = situation_of(shapes, REQUEST)
    assert situation.live
    assert situation.requested
    assert (situation.live.name, situation.requested.name) == ("blue", "green")
    assert situation_of({**shapes, "EndpointConfigs": []}, REQUEST).live is None


def test_a_config_with_all_that_its_variants_may_have() -> None:
    serverless = {
        "VariantName": "s",
        "ModelName": "m",
        "ServerlessConfig": {"MemorySizeInMB": 1024},
    }
    components = {
        "VariantName": "c",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.g5.xlarge",
    }
    body = {
        "EndpointConfigName": "green",
        "ProductionVariants": [
            VARIANT | {"AcceleratorType": "ml.eia2.medium"},
            serverless,
            components,
        ],
        "AsyncInferenceConfig": {"OutputConfig": {}},
    }
    requested = situation_of({"EndpointConfigs": [body]}, REQUEST).requested
    assert requested
    without_settings = [replace(variant, settings={}) for variant in requested.variants]
    assert replace(requested, variants=tuple(without_settings)) == Config(
        "green",
        (
            ConfigVariant("main", 4, "ml.m5.xlarge", "m", accelerator="ml.eia2.medium"),
            ConfigVariant("s", 0, "", "m", serverless=True),
            ConfigVariant("c", 1, "ml.g5.xlarge", ""),
        ),
        asynchronous=True,
        settings={"AsyncInferenceConfig": {"OutputConfig": {}}},
    )


def test_the_settings_of_a_config_are_all_that_it_says_but_names_and_times() -> None:
    body = {
        **config(VolumeSizeInGB=64, EnableSSMAccess=False, InstancePools=[]),
        "EndpointConfigArn": f"{ARN}:endpoint-config/green",
        "CreationTime": at(0),
        "ResponseMetadata": {"RetryAttempts": 0},
        "KmsKeyId": "",
        "ShadowProductionVariants": [],
        "MetricsConfig": {"EnableEnhancedMetrics": True, "Empty": []},
        "OfTomorrow": {"A": [1]},
        "UnknownMembers": ["OfTomorrow", "ProductionVariants[0].New"],
    }
    requested = situation_of({"EndpointConfigs": [body]}, REQUEST).requested
    assert requested
    assert requested.settings == {
        "MetricsConfig": {"EnableEnhancedMetrics": True},
        "OfTomorrow": {"A": [1]},
        "ProductionVariants[].New": "set, but not known to this AWS SDK",
    }
    assert requested.variants[0].settings == {
        "InitialInstanceCount": 4,
        "InstanceType": "ml.m5.xlarge",
        "VolumeSizeInGB": 64,
        "EnableSSMAccess": False,
    }


def test_weight_and_start_timeouts_of_a_variant() -> None:
    plain = variant_of({})
    assert (plain.weight, plain.start_timeouts, plain.start_seconds) == (1.0, {}, 0)
    timeouts = {
        "VariantInstanceProvisionTimeoutInSeconds": 300,
        "ModelDataDownloadTimeoutInSeconds": 60,
        "ContainerStartupHealthCheckTimeoutInSeconds": 900,
    }
    slow = variant_of({}, InitialVariantWeight=0.0, **timeouts)
    assert (slow.weight, slow.start_timeouts, slow.start_seconds) == (0.0, timeouts, 1260)


def test_of_a_model_the_network_is_kept_and_nothing_of_one_that_nobody_knows() -> None:
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    model = {
        "ModelName": "m",
        "ExecutionRoleArn": ROLE,
        "VpcConfig": vpc,
        "Containers": [{"Environment": {"TOKEN": "secret"}}],
    }
    assert variant_of({"Models": [model]}).model_network == {"VpcConfig": vpc}
    assert variant_of({"Models": [{"ModelName": "m"}]}).model_network == {}
    assert variant_of({}).model_network is None


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"CurrentWeight": 1.0, "DesiredWeight": 3.0}, 3.0),
        ({"CurrentWeight": 1.0}, 1.0),
        ({"DesiredWeight": 0.0}, 0.0),
        ({}, None),
    ],
)
def test_the_weight_that_is_wanted_counts_before_the_one_that_is_there(
    weights: dict[str, float], expected: float | None
) -> None:
    endpoint = {
        "EndpointName": "churn",
        "EndpointStatus": "InService",
        "ProductionVariants": [{"VariantName": "main", **weights}],
    }
    (variant,) = situation_of({"Endpoint": endpoint}, REQUEST).endpoint.variants
    assert variant.weight == expected


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        (["ml.m5.xlarge", "ml.g5.xlarge"], ""),
        (["ml.m5.xlarge", "ml.inf1.xlarge"], "ml.inf1.xlarge"),
    ],
)
def test_of_pools_neither_type_nor_count_is_known_but_an_excluded_one_is_seen(
    pools: list[str], expected: str
) -> None:
    pooled = {
        "VariantName": "main",
        "ModelName": "m",
        "InstancePools": [{"InstanceType": type_} for type_ in pools],
    }
    shadow = [{**pooled, "VariantName": "shadow"}]
    body = {
        "EndpointConfigName": "green",
        "ProductionVariants": [pooled],
        "ShadowProductionVariants": shadow,
    }
    requested = situation_of({"EndpointConfigs": [body]}, REQUEST).requested
    assert requested
    (variant,) = requested.variants
    assert replace(variant, settings={}) == ConfigVariant("main", 0, expected, "m")
    assert requested.shadows == 1


# ---- Models ----------------------------------------------------------------------------------


def test_a_model_that_is_known_missing_or_neither() -> None:
    known = {"Models": [{"ModelName": "m", "ExecutionRoleArn": ROLE}]}
    assert variant_of(known).model_exists is True
    assert variant_of(known).role_arn == ROLE
    assert variant_of({"MissingModels": ["m"]}).model_exists is False
    assert variant_of({"Models": [], "MissingModels": ["other"]}).model_exists is None


OF_MARKETPLACE = {"ModelPackageArn": f"{OWN}/p", "CertifyForMarketplace": True}
OF_THE_REGISTRY = {"ModelPackageArn": f"{OWN}/churn/3", "ModelPackageName": "churn/3"}


@pytest.mark.parametrize(
    ("containers", "packages", "expected"),
    [
        ([{"Image": "i"}], [], False),
        ([], [], False),
        ([{"ModelPackageName": f"{OWN}/p"}], [OF_MARKETPLACE], True),
        ([{"ModelPackageName": f"{OWN}/churn/3"}], [OF_THE_REGISTRY], False),
        ([{"ModelPackageName": "churn/3"}], [OF_THE_REGISTRY], False),
        ([{"ModelPackageName": f"{OWN}/p"}], [], None),
        ([{"ModelPackageName": "p"}], [], None),
        ([{"ModelPackageName": f"{FOREIGN}/seller-model"}], [], True),
        ([{"ModelPackageName": "p"}], [{"ModelPackageArn": f"{FOREIGN}/p"}], None),
        (
            [{"ModelPackageName": "p"}],
            [{"ModelPackageArn": f"{FOREIGN}/p", "ModelPackageName": "p"}],
            True,
        ),
        ([{"ModelPackageName": f"{FOREIGN}/churn/3"}], [], None),
        ([{"Image": "i"}, {"ModelPackageName": f"{OWN}/p"}], [OF_MARKETPLACE], True),
        ([{"ModelPackageName": "x"}, {"ModelPackageName": f"{OWN}/p"}], [OF_MARKETPLACE], True),
        ([{"ModelPackageName": "x"}, {"Image": "i"}], [], None),
    ],
)
def test_whether_a_container_comes_from_marketplace(
    containers: list[dict[str, Any]], packages: list[dict[str, Any]], expected: bool | None
) -> None:
    model = {"ModelName": "m", "ModelArn": f"{ARN}:model/m", "Containers": containers}
    assert variant_of({"Models": [model], "ModelPackages": packages}).marketplace is expected
    if len(containers) == 1:
        model = {k: v for k, v in model.items() if k != "Containers"}
        one = {"Models": [model | {"PrimaryContainer": containers[0]}], "ModelPackages": packages}
        assert variant_of(one).marketplace is expected


def test_whose_package_it_is_cannot_be_told_without_the_models_arn() -> None:
    containers = [{"ModelPackageName": f"{FOREIGN}/p"}]
    model = {"ModelName": "m", "Containers": containers}
    assert variant_of({"Models": [model]}).marketplace is None


# ---- Alarms ----------------------------------------------------------------------------------


def test_an_alarm_on_a_metric_with_all_its_members() -> None:
    alarm = alarm_of(
        AlarmName="a",
        StateValue="ALARM",
        **METRIC,
        Statistic="Sum",
        Period=300,
        Unit="Count",
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        Threshold=5,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )
    metric = Metric(
        "AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": "churn"}, "Sum", 300, "Count"
    )
    assert alarm == Alarm("a", "ALARM", (metric,), "LessThanThreshold", 5.0, 3, 2, "breaching")
    assert alarm.metric == metric


def test_what_an_alarm_does_not_say() -> None:
    alarm = alarm_of(AlarmName="a", **METRIC, EvaluationPeriods=3)
    assert (alarm.period_seconds, alarm.missing_data) == (60, "missing")
    assert (alarm.evaluation_periods, alarm.datapoints_to_alarm) == (3, 3)


def test_an_alarm_on_a_percentile() -> None:
    alarm = alarm_of(AlarmName="a", **METRIC, ExtendedStatistic="p95")
    assert alarm.metric
    assert alarm.metric.statistic == "p95"


def stat(id_: str, statistic: str = "Sum", **more: Any) -> dict[str, Any]:
    return {"Id": id_, "MetricStat": {"Metric": METRIC, "Stat": statistic, "Period": 120}, **more}


ERRORS = Metric("AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": "churn"}, "Sum", 120)


@pytest.mark.parametrize(
    ("queries", "metrics", "expression"),
    [
        ([stat("m")], 1, False),
        ([stat("m"), stat("n", ReturnData=False)], 1, False),
        ([stat("m", ReturnData=False), {"Id": "e", "Expression": "m / 2"}], 1, True),
        (
            [
                stat("m", ReturnData=False),
                stat("n", ReturnData=False),
                {"Id": "e", "Expression": "m / n", "ReturnData": True},
            ],
            2,
            True,
        ),
        ([stat("m"), {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m)"}], 1, True),
        ([{"Id": "q", "Expression": "SELECT SUM(x) FROM y"}], 0, True),
    ],
    ids=["one", "one of two", "math", "math of two", "anomaly band", "query"],
)
def test_an_alarm_with_queries(
    queries: list[dict[str, Any]], metrics: int, expression: bool
) -> None:
    alarm = alarm_of(AlarmName="a", Metrics=queries)
    assert alarm.metrics == (ERRORS,) * metrics
    assert alarm.expression is expression
    assert (alarm.metric is None) is expression


def test_an_alarm_on_something_else_is_an_expression() -> None:
    alarm = alarm_of(AlarmName="a", EvaluationCriteria={"PromQLCriteria": {}})
    assert (alarm.metrics, alarm.expression) == ((), True)


def test_composite_alarms_beside_metric_alarms() -> None:
    composite = {"AlarmName": "any", "StateValue": "INSUFFICIENT_DATA", "AlarmRule": 'ALARM("a")'}
    shapes = {"MetricAlarms": [{"AlarmName": "a", **METRIC}], "CompositeAlarms": [composite]}
    alarms = situation_of(shapes, REQUEST).alarms
    assert alarms
    assert list(alarms) == ["a", "any"]
    assert alarms["any"] == Alarm("any", "INSUFFICIENT_DATA", composite=True)


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [({}, None), ({"MetricAlarms": []}, {}), ({"CompositeAlarms": []}, {})],
)
def test_no_alarms_are_something_else_than_unknown_ones(
    shapes: dict[str, Any], expected: dict[str, Alarm] | None
) -> None:
    assert situation_of(shapes, REQUEST).alarms == expected


# ---- The account -----------------------------------------------------------------------------


def test_what_is_ours_is_taken_as_it_is() -> None:
    situation = situation_of(
        {
            "Traffic": {"main": {"MeanPerMinute": 1}},
            "Quotas": {"ml.m5.xlarge": {"Allowed": 8, "Running": 4}},
            "RolesMayDescribeAlarms": {ROLE: False},
            "Unknown": {"scaling": "AWS denied access: no"},
        },
        REQUEST,
    )
    assert situation.traffic == {"main": Traffic(1.0)}
    assert situation.quotas == {"ml.m5.xlarge": Quota(8, 4)}
    assert situation.roles_may_describe_alarms == {ROLE: False}
    assert situation.unknown == {"scaling": "AWS denied access: no"}
    assert situation.scalable is None


def target(resource_id: str, dimension: str = "sagemaker:variant:DesiredInstanceCount") -> Any:
    return {"ResourceId": resource_id, "ScalableDimension": dimension}


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([], set()),
        ([target("endpoint/churn/variant/main")], {"main"}),
        ([target("endpoint/Churn/variant/main")], {"main"}),
        ([{"ResourceId": "endpoint/churn/variant/main"}], {"main"}),
        ([target("endpoint/other/variant/main")], set()),
        (
            [target("endpoint/churn/variant/s", "sagemaker:variant:DesiredProvisionedConcurrency")],
            {"s"},
        ),
        (
            [target("inference-component/churn", "sagemaker:inference-component:DesiredCopyCount")],
            set(),
        ),
    ],
)
def test_scalable_are_the_endpoints_own_variants(
    targets: list[dict[str, str]], expected: set[str]
) -> None:
    endpoint = {"EndpointName": "churn", "EndpointStatus": "InService"}
    situation = situation_of({"Endpoint": endpoint, "ScalableTargets": targets}, REQUEST)
    assert situation.scalable == frozenset(expected)
