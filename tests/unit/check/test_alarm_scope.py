"""What an alarm sees of a deployment, by its dimensions.

Developer Guide, "Monitor SageMaker AI with CloudWatch" and "Auto-Rollback Configuration".
"""

from collections.abc import Mapping

import pytest

from bluegreen.check.alarm_scope import AlarmScope, ComparedFleets, scope_of, variant_seen
from bluegreen.check.situation import Alarm, Metric
from builders import BLUE, GREEN
from situations import BLUE_FLEET, BOTH_FLEETS, GREEN_FLEET, alarm, config

HOST = "/aws/sagemaker/Endpoints"
FLEETS = ComparedFleets("churn", BLUE, config())
TWO = ComparedFleets("churn", BLUE, config(instances={"main": 4, "second": 2}))


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        (GREEN_FLEET, AlarmScope.GREEN),
        (BLUE_FLEET, AlarmScope.BLUE),
        (BOTH_FLEETS, AlarmScope.BOTH),
        ({"EndpointName": "churn"}, AlarmScope.NO_VARIANT),
        ({"EndpointName": "churn", "EndpointConfigName": GREEN}, AlarmScope.NO_VARIANT),
        ({"VariantName": "main"}, AlarmScope.NOT_PUBLISHED),
        ({"EndpointConfigName": GREEN}, AlarmScope.NOT_PUBLISHED),
        ({**GREEN_FLEET, "EndpointName": "other"}, AlarmScope.OTHER_ENDPOINT),
        ({**GREEN_FLEET, "EndpointName": "Churn"}, AlarmScope.OTHER_ENDPOINT),
        ({**BOTH_FLEETS, "VariantName": "AllTraffic"}, AlarmScope.OTHER_VARIANT),
        ({**GREEN_FLEET, "VariantName": "AllTraffic"}, AlarmScope.OTHER_VARIANT),
        ({**BOTH_FLEETS, "EndpointConfigName": "older"}, AlarmScope.OTHER_CONFIG),
        ({**BOTH_FLEETS, "InferenceComponentName": "one"}, AlarmScope.NOT_PUBLISHED),
        ({**BOTH_FLEETS, "InstanceId": "i"}, AlarmScope.UNKNOWN),
        ({**BOTH_FLEETS, "EndpointName": "other", "InstanceId": "i"}, AlarmScope.OTHER_ENDPOINT),
        ({"FunctionName": "churn"}, AlarmScope.NOT_PUBLISHED),
        ({}, AlarmScope.NOT_PUBLISHED),
    ],
)
@pytest.mark.parametrize(
    ("namespace", "metric"), [("AWS/SageMaker", "ModelLatency"), (HOST, "CPUUtilization")]
)
def test_by_dimensions(
    dimensions: Mapping[str, str], expected: AlarmScope, namespace: str, metric: str
) -> None:
    watched = alarm(dimensions=dimensions, namespace=namespace, metric=metric)
    assert scope_of(watched, FLEETS) is expected


@pytest.mark.parametrize(
    ("namespace", "metric", "expected"),
    [
        ("AWS/SageMaker", "Invocations", AlarmScope.GREEN),
        ("AWS/SageMaker", "InvocationsPerInstance", AlarmScope.GREEN),
        ("AWS/SageMaker", "Invocation4XXErrors", AlarmScope.GREEN),
        ("AWS/SageMaker", "Invocation5XXErrors", AlarmScope.GREEN),
        ("AWS/SageMaker", "InvocationModelErrors", AlarmScope.GREEN),
        ("AWS/SageMaker", "ModelLatency", AlarmScope.GREEN),
        ("AWS/SageMaker", "OverheadLatency", AlarmScope.GREEN),
        ("AWS/SageMaker", "ModelSetupTime", AlarmScope.GREEN),
        ("AWS/SageMaker", "ApproximateBacklogSize", AlarmScope.NOT_PUBLISHED),
        ("AWS/SageMaker", "5XXError", AlarmScope.NOT_PUBLISHED),
        ("AWS/SageMaker", "CPUUtilization", AlarmScope.NOT_PUBLISHED),
        (HOST, "Invocation5XXErrors", AlarmScope.NOT_PUBLISHED),
        ("aws/sagemaker/Endpoints", "CPUUtilization", AlarmScope.UNKNOWN),
        ("AWS/Sagemaker", "ModelLatency", AlarmScope.UNKNOWN),
        (HOST, "CPUUtilization", AlarmScope.GREEN),
        (HOST, "GPUMemoryUtilization", AlarmScope.GREEN),
        ("AWS/Lambda", "Errors", AlarmScope.UNKNOWN),
        ("Churn", "Invocation5XXErrors", AlarmScope.UNKNOWN),
    ],
)
def test_by_metric(namespace: str, metric: str, expected: AlarmScope) -> None:
    assert scope_of(alarm(namespace=namespace, metric=metric), FLEETS) is expected


def metric(dimensions: Mapping[str, str], namespace: str = "AWS/SageMaker") -> Metric:
    return Metric(namespace, "Invocation5XXErrors", dimensions)


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ([GREEN_FLEET, BOTH_FLEETS], AlarmScope.GREEN),
        ([BOTH_FLEETS, GREEN_FLEET], AlarmScope.GREEN),
        ([BOTH_FLEETS, BLUE_FLEET], AlarmScope.BOTH),
        ([{"EndpointName": "churn"}, BLUE_FLEET], AlarmScope.BLUE),
        ([{}, GREEN_FLEET], AlarmScope.GREEN),
        (
            [{"EndpointName": "churn", "VariantName": "main", "InstanceId": "i"}, GREEN_FLEET],
            AlarmScope.UNKNOWN,
        ),
        ([{**BOTH_FLEETS, "EndpointName": "x"}, {"EndpointName": "churn"}], AlarmScope.NO_VARIANT),
    ],
)
def test_an_expression_sees_the_most_of_what_its_metrics_see(
    metrics: list[Mapping[str, str]], expected: AlarmScope
) -> None:
    both = Alarm("rate", metrics=tuple(map(metric, metrics)), expression=True)
    assert scope_of(both, FLEETS) is expected


def test_a_composite_alarm_sees_what_nobody_knows() -> None:
    assert scope_of(Alarm("either", composite=True), FLEETS) is AlarmScope.UNKNOWN


def test_without_a_live_config_nothing_is_blues() -> None:
    assert (
        scope_of(alarm(dimensions=BLUE_FLEET), ComparedFleets("churn", "", config()))
        is AlarmScope.OTHER_CONFIG
    )


def test_the_config_that_is_served_already_is_green() -> None:
    assert scope_of(alarm(), ComparedFleets("churn", GREEN, config())) is AlarmScope.GREEN


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        (BOTH_FLEETS, "main"),
        ({**BOTH_FLEETS, "VariantName": "second"}, "second"),
        ({**BOTH_FLEETS, "VariantName": "third"}, ""),
        ({"EndpointName": "churn"}, ""),
        ({}, ""),
    ],
)
def test_the_variant_that_an_alarm_is_about(dimensions: Mapping[str, str], expected: str) -> None:
    assert variant_seen(alarm(dimensions=dimensions), TWO) == expected


def test_the_variant_of_an_expression_is_the_first_that_there_is() -> None:
    queries: tuple[Mapping[str, str], ...] = (
        {},
        {"VariantName": "third"},
        {"VariantName": "second"},
        {"VariantName": "main"},
    )
    both = Alarm("rate", metrics=tuple(map(metric, queries)), expression=True)
    assert variant_seen(both, TWO) == "second"


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (alarm(), "ModelLatency"),
        (alarm(expression=True), None),
        (Alarm("either", composite=True), None),
    ],
)
def test_only_an_alarm_on_one_metric_has_that_metric(watched: Alarm, expected: str | None) -> None:
    assert (watched.metric and watched.metric.name) == expected


def test_the_period_of_an_alarm_is_its_longest() -> None:
    queries = (metric({}), Metric("AWS/SageMaker", "Invocations", {}, "Sum", 300))
    assert Alarm("rate", metrics=queries, expression=True).period_seconds == 300
    assert Alarm("either", composite=True).period_seconds == 60
