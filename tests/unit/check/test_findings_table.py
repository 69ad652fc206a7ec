"""What differs from the healthy case, and exactly what the check then finds beyond it: nothing.

Each row's expectation is worked out by hand from the page that its heading names. The canary of
the healthy case bakes twice for 600 seconds; its alarm sees a failure 6 to 180 seconds after
green's first request, which comes 320 seconds after UpdateEndpoint. Endpoint-wide alarms see a
failure of all of green's requests, in the first bake, as 25 % of all.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.check.situation import Alarm, Config, LastPolicy, Quota, Traffic
from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.findings import Finding, to_list
from bluegreen.guardrails.asked import CLIENT_ERRORS
from bluegreen.registry.clone import CONSENT_TAG, CloneSource
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.observation import Observation
from builders import BLUE, GREEN, PACKAGE, settled
from situations import (
    BLUE_FLEET,
    BOTH_FLEETS,
    ENDPOINT_ARN,
    GREEN_FLEET,
    ROLE,
    TYPE,
    alarm,
    all_at_once,
    canary,
    checked,
    config,
    count,
    endpoint,
    errors,
    guarded,
    in_words,
    linear,
    live_config,
    live_model,
    live_variant,
    max_latency,
    max_rate,
    package,
    percent,
    rolling,
    source,
    variant,
    week,
)
from unit.check.test_alarm_findings import GROUPS as ALARM_GROUPS

UNSEEN = "WARNING defect-unseen"
"""What an alarm that stands alone leaves unseen is not what most rows are about."""

NEVER = "ERROR alarm-metric-not-published"
NOT_JUDGED = "INFO alarm-not-judged"
NOT_KNOWN = "WARNING protection-not-known"
UNPROVEN = "WARNING alarm-metric-unproven"
CANNOT, MISS, BARE = (
    "WARNING alarm-cannot-trip-in-bake",
    "WARNING alarm-may-miss-bake",
    "ERROR bake-unprotected",
)
ORDINARY = "WARNING alarm-trips-on-traffic"
BOTH, DILUTED = "INFO alarm-sees-both-fleets", "WARNING alarm-diluted"
HOST = "/aws/sagemaker/Endpoints"
ALARM_ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"

Row = tuple[dict[str, Any], list[str]]
LAST = LastPolicy(canary(alarms=("latency",)).to_json())
GUARDED = LastPolicy(canary(alarms=("latency", "bluegreen-guardrail-churn/main/5xx")).to_json())


def given(**changes: Any) -> dict[str, Any]:
    return changes


def refused(what: str, **changes: Any) -> dict[str, Any]:
    """Something was asked for, and could not be read."""
    return {**changes, "unknown": {what: "the role may not ask"}}


def allowing(*ids: str) -> dict[str, Any]:
    return {"asking": {"allow_findings": ids}}


def on(instances: int, policy: Policy) -> dict[str, Any]:
    return {"instances": instances, "policy": policy}


def test_the_healthy_case_has_no_finding() -> None:
    assert checked().findings == []


@pytest.mark.parametrize("instances", range(2, 51))
def test_a_canary_of_one_instance_is_healthy_on_every_fleet_that_it_is_half_of_or_less(
    instances: int,
) -> None:
    assert checked(canary(count(1)), instances).findings == []


def host(metric: str, threshold: float, **more: Any) -> Alarm:
    """An alarm on the instances of both fleets."""
    return alarm("m", metric, "Average", threshold, BOTH_FLEETS, namespace=HOST, **more)


def two_variants(live: int = 4, more: int = 4, **changes: Any) -> dict[str, Any]:
    return {"instances": {"main": live, "second": more}, **changes}


def slow(download: int | None = 3600, startup: int | None = 3600) -> Config:
    """A config whose containers may take long to come up."""
    timeouts = {
        "ModelDataDownloadTimeoutInSeconds": download,
        "ContainerStartupHealthCheckTimeoutInSeconds": startup,
    }
    return config(settings={name: value for name, value in timeouts.items() if value})


def starting(requested: Config, **changes: Any) -> dict[str, Any]:
    """An update to a config whose start timeouts are those of the live one."""
    return {**changes, "live": replace(requested, name=BLUE), "requested": requested}


# ---- Parts of the fleet ----------------------------------------------------------------------
# Developer Guide, "Use canary traffic shifting": at most 50 % of the green fleet; "Use linear
# traffic shifting": each step 10 to 50 %; API, RollingUpdatePolicy: batches of 5 to 50 %.
# A percentage is the nearest count of instances, halves down, never none (assumed); what comes out
# under the least that AWS allows is a WARNING.

FLEET: list[Row] = [
    (on(10, canary(count(5))), []),
    (on(10, canary(count(6))), ["ERROR canary-out-of-bounds"]),
    (on(10, canary(count(10))), ["ERROR canary-out-of-bounds"]),
    (on(11, canary(count(5))), []),
    (on(11, canary(count(6))), ["ERROR canary-out-of-bounds"]),  # 54.5 %
    (on(3, canary(count(1))), []),
    (on(3, canary(count(2))), ["ERROR canary-out-of-bounds"]),
    (on(2, canary(count(1))), []),
    (on(2, canary(count(2))), ["ERROR canary-out-of-bounds"]),
    (on(10, linear(count(1))), []),
    (on(11, linear(count(1))), ["ERROR step-out-of-bounds"]),  # 9.1 %
    (on(11, linear(count(2))), []),
    (on(10, linear(count(5))), []),
    (on(10, linear(count(6))), ["ERROR step-out-of-bounds"]),
    (on(20, linear(count(2))), []),
    (on(20, linear(count(1))), ["ERROR step-out-of-bounds"]),
    (on(3, linear(count(1))), []),
    (on(3, linear(count(2))), ["ERROR step-out-of-bounds"]),
    # Twenty batches may take 20 x 1,800 s to be made, more than 28,800 s, the longest maximum.
    (on(20, rolling(count(1))), ["WARNING maximum-tight"]),
    (on(21, rolling(count(1))), ["ERROR batch-out-of-bounds", "WARNING maximum-tight"]),  # 4.8 %
    (on(21, rolling(count(2), wait=300)), []),
    (on(20, rolling(count(10))), []),
    (on(20, rolling(count(11))), ["ERROR batch-out-of-bounds"]),
    (on(3, rolling(count(1))), []),
    (on(3, rolling(count(2))), ["ERROR batch-out-of-bounds"]),
    # One instance has no half.
    (on(1, canary(count(1))), ["ERROR fleet-of-one"]),
    (on(1, canary(percent(50))), ["ERROR fleet-of-one"]),
    (on(1, linear(percent(10))), ["ERROR fleet-of-one"]),
    (on(1, rolling(percent(50))), ["ERROR fleet-of-one"]),
    (on(1, all_at_once()), []),
    # Percentages in whole instances: in truth 33, 25, 50, 20, 10 and 9 %.
    (on(3, canary(percent(33))), []),
    (on(3, canary(percent(34))), ["INFO share-rounded"]),
    (given(requested=replace(config(), shadows=1)), ["WARNING shadow-variants"]),
    (
        given(asking={"retain_all_variant_properties": False}, requested=config(instances=0)),
        ["WARNING fleet-size-unknown"],
    ),
    (given(endpoint=replace(endpoint(), status="Failed")), ["ERROR endpoint-not-updatable"]),
    (given(endpoint=replace(endpoint(), status="Deleting")), ["ERROR endpoint-not-updatable"]),
    (
        given(endpoint=replace(endpoint(), status="OutOfService")),
        ["WARNING endpoint-out-of-service"],
    ),
    (
        given(endpoint=replace(endpoint(), status="UpdateRollbackFailed")),
        ["WARNING endpoint-rollback-failed"],
    ),
    (given(endpoint=replace(endpoint(), status="RollingBack")), ["INFO endpoint-busy"]),
    (on(3, canary(percent(30))), ["INFO share-rounded"]),
    (on(3, canary(percent(42))), ["INFO share-rounded"]),
    (on(3, canary(percent(43))), ["INFO share-rounded"]),
    (on(3, canary(percent(50))), ["INFO share-rounded"]),
    (on(3, canary(percent(24))), ["INFO share-rounded"]),
    (on(3, canary(percent(23))), ["INFO share-rounded"]),
    (on(4, canary(percent(25))), []),
    (on(2, canary(percent(50))), []),
    (on(2, canary(percent(40))), ["INFO share-rounded"]),
    (on(2, canary(percent(41))), ["INFO share-rounded"]),
    (on(10, canary(percent(30))), []),
    (on(10, canary(percent(25))), ["INFO share-rounded"]),  # 2.5 instances are 2
    (on(10, linear(percent(10))), []),
    (on(11, linear(percent(10))), ["WARNING share-rounded"]),  # 9 %, under what is allowed
    (on(5, linear(percent(20))), []),
    (on(10, rolling(percent(5))), ["INFO share-rounded"]),
    (on(3, rolling(percent(33))), []),
    # API, RollingUpdatePolicy.RollbackMaximumBatchSize: up to the whole fleet.
    (on(4, rolling(count(1), rollback_size=count(4))), []),
    (on(4, rolling(count(1), rollback_size=count(5))), ["ERROR rollback-batch-out-of-bounds"]),
    (on(4, rolling(count(1), rollback_size=percent(100))), []),
    # A count is measured against each variant (assumed).
    (two_variants(10, 10, policy=canary(count(5))), []),
    (two_variants(10, 8, policy=canary(count(5))), ["ERROR canary-out-of-bounds"]),
    (two_variants(8, 8, policy=canary(count(5))), ["ERROR canary-out-of-bounds"]),  # once
    (two_variants(4, 1), ["ERROR fleet-of-one"]),
]

# ---- Counts ----------------------------------------------------------------------------------
# API, UpdateEndpoint: RetainAllVariantProperties, ExcludeRetainedVariantProperties; ours is true
# by default.

COUNTS: list[Row] = [
    (given(requested=config(instances=2)), ["WARNING instance-count-retained"]),
    (given(requested=config(instances=5)), ["WARNING instance-count-retained"]),
    (given(requested=config(instances=4)), []),
    (
        given(
            requested=config(instances=2),
            asking={"retain_all_variant_properties": False},
        ),
        ["WARNING instance-count-reset"],
    ),
    (
        given(
            requested=config(instances=2),
            asking={"exclude_retained": ("DesiredInstanceCount",)},
        ),
        ["WARNING instance-count-reset"],
    ),
    (
        given(requested=config(instances=2), asking={"exclude_retained": ("DesiredWeight",)}),
        ["WARNING instance-count-retained"],
    ),
    (given(asking={"retain_all_variant_properties": False}), []),
    # A fleet of ten that shrinks to two has no canary of three.
    (
        given(
            instances=10,
            policy=canary(count(3)),
            requested=config(instances=2),
            asking={"retain_all_variant_properties": False},
        ),
        ["ERROR canary-out-of-bounds", "WARNING instance-count-reset"],
    ),
    (
        given(instances=10, policy=canary(count(3)), requested=config(instances=2)),
        ["WARNING instance-count-retained"],
    ),
    # The rest of the config: what is lost, and what is only other (`test_config_changes`).
    (given(live=config(BLUE, settings={"VolumeSizeInGB": 64})), ["WARNING config-differs"]),
    (given(requested=config(settings={"VolumeSizeInGB": 64})), ["INFO config-differs"]),
]

# ---- Times -----------------------------------------------------------------------------------
# API, BlueGreenUpdatePolicy: the maximum has to be longer than the waits; facts B1: the bakes of
# each mode, and that provisioning may take half an hour. The canary's waits are 1,200 s, and all
# of it takes 300 + 2 x 20 + 1,200 + 30 = 1,570 s, with a slow fleet 3,070 s.

TIMES: list[Row] = [
    (given(policy=canary(maximum_seconds=1199)), ["ERROR maximum-too-short"]),
    (given(policy=canary(maximum_seconds=1200)), ["ERROR maximum-too-short"]),
    (given(policy=canary(maximum_seconds=1201)), ["WARNING maximum-tight"]),
    (given(policy=canary(maximum_seconds=3069)), ["WARNING maximum-tight"]),
    (given(policy=canary(maximum_seconds=3070)), []),
    (given(policy=all_at_once(maximum_seconds=600)), ["ERROR maximum-too-short"]),
    (given(policy=all_at_once(maximum_seconds=601)), ["WARNING maximum-tight"]),
    (given(policy=all_at_once(maximum_seconds=2449)), ["WARNING maximum-tight"]),
    (given(policy=all_at_once(maximum_seconds=2450)), []),  # 1,800 + 20 + 600 + 30
    # LINEAR, one of four: 3 x 600 + 600; 1,800 + 4 x 20 + 2,400 + 30.
    (given(policy=linear(maximum_seconds=2400)), ["ERROR maximum-too-short"]),
    (given(policy=linear(maximum_seconds=2401)), ["WARNING maximum-tight"]),
    (given(policy=linear(maximum_seconds=4309)), ["WARNING maximum-tight"]),
    (given(policy=linear(maximum_seconds=4310)), []),
    # ROLLING, two of four: 2 x 600, the last batch bakes too; 2 x (1,800 + 20 + 600 + 30).
    (given(policy=rolling(count(2), maximum_seconds=1200)), ["ERROR maximum-too-short"]),
    (given(policy=rolling(count(2), maximum_seconds=1201)), ["WARNING maximum-tight"]),
    (given(policy=rolling(count(2), maximum_seconds=4899)), ["WARNING maximum-tight"]),
    (given(policy=rolling(count(2), maximum_seconds=4900)), []),
    # The variant with most steps decides: eight of them wait 7 x 600 + 600.
    (
        two_variants(4, 8, policy=linear(maximum_seconds=4800)),
        ["ERROR maximum-too-short"],
    ),
    (two_variants(4, 8, policy=linear(maximum_seconds=4801)), ["WARNING maximum-tight"]),
    # API, ProductionVariant: the timeouts of a start come one after the other. They count where
    # they are more than half an hour: 7,200 + 2 x 20 + 1,200 + 30.
    (starting(slow(), policy=canary(maximum_seconds=8469)), ["WARNING maximum-tight"]),
    (starting(slow(), policy=canary(maximum_seconds=8470)), []),
    (starting(slow(), policy=canary(maximum_seconds=1200)), ["ERROR maximum-too-short"]),
    (starting(slow(900, 900), policy=canary(maximum_seconds=3070)), []),
    (starting(slow(901, 900), policy=canary(maximum_seconds=3070)), ["WARNING maximum-tight"]),
    (starting(slow(None, 3600), policy=canary(maximum_seconds=4870)), []),
    (starting(slow(None, 3600), policy=canary(maximum_seconds=4869)), ["WARNING maximum-tight"]),
    # A batch at a time: 2 x (7,200 + 20 + 600 + 30).
    (starting(slow(), policy=rolling(count(2), maximum_seconds=15699)), ["WARNING maximum-tight"]),
    (starting(slow(), policy=rolling(count(2), maximum_seconds=15700)), []),
    # What is sent by default covers them, as far as there is a maximum that does.
    (starting(slow(), policy=canary()), []),
    (starting(slow(), policy=rolling(count(2))), []),
    (starting(slow(), policy=rolling(count(1))), ["WARNING maximum-tight"]),
    # Bakes without a length.
    (given(policy=all_at_once(termination=0)), ["WARNING no-bake"]),
    (given(policy=all_at_once(termination=300)), []),
    (given(policy=canary(wait=0, termination=0)), ["WARNING no-bake"]),
    (given(policy=linear(wait=0, termination=0)), ["WARNING no-bake"]),
    (given(policy=rolling(wait=0)), ["WARNING no-bake"]),
    (given(policy=canary(wait=0)), ["WARNING bake-of-zero"]),
    (given(policy=canary(termination=0)), ["WARNING bake-of-zero"]),
    (given(policy=linear(wait=0)), ["WARNING bake-of-zero"]),
    (given(policy=linear(termination=0)), ["WARNING bake-of-zero"]),
    (given(policy=rolling(wait=600)), []),
]

# ---- Which alarms there are ------------------------------------------------------------------
# API, AutoRollbackConfig: 1 to 10 alarms. Facts B3: without one a bake is a pause; one that is
# in ALARM rolls back; missing, composite: not documented.

TEN = [alarm(f"latency-{number}") for number in range(10)]
COMPOSITE = Alarm("either", composite=True, missing_data="notBreaching")

PRESENT: list[Row] = [
    (given(alarms=()), ["ERROR no-alarms"]),
    (given(alarms=TEN[1:]), []),
    (given(alarms=TEN), ["WARNING no-room-for-abort"]),  # API, AutoRollbackConfig: at most ten
    (given(names=["nowhere"], alarms=()), ["ERROR alarm-missing"]),
    (given(names=["latency", "nowhere"], alarms=[alarm()]), ["ERROR alarm-missing"]),
    (given(names=["nowhere", "elsewhere"], alarms=()), ["ERROR alarm-missing"]),  # once
    (given(names=[f"{ALARM_ARN}latency"], alarms=[alarm()]), ["ERROR alarm-missing"]),
    (given(names=["latency"], alarms=(), beside=None), ["ERROR alarm-missing"]),
    (given(alarms=[alarm(state="ALARM")]), ["ERROR alarm-in-alarm"]),
    (
        given(beside=errors(0.1, state="ALARM")),
        ["ERROR alarm-in-alarm", "INFO alarm-sees-both-fleets"],
    ),
    (given(alarms=[alarm(state="OK")]), []),
    (given(alarms=[alarm(state="INSUFFICIENT_DATA")]), ["INFO alarm-insufficient-data"]),
    (
        given(alarms=[alarm(dimensions=BOTH_FLEETS, state="INSUFFICIENT_DATA")]),
        ["WARNING alarm-insufficient-data", "INFO alarm-sees-both-fleets"],
    ),
    # Facts E4: breaching on a metric of the green fleet fires before its traffic.
    (given(alarms=[alarm(missing_data="breaching")]), ["ERROR alarm-breaching-before-traffic"]),
    (given(alarms=[alarm(missing_data="missing")]), []),
    (given(alarms=[alarm(missing_data="ignore")]), []),
    (
        given(alarms=[alarm(dimensions=BOTH_FLEETS, missing_data="breaching")]),
        ["INFO alarm-sees-both-fleets"],
    ),
    (given(alarms=[COMPOSITE]), ["WARNING alarm-composite"]),
    (given(alarms=[alarm(namespace="Churn")]), [NOT_JUDGED, NOT_KNOWN]),
    (given(alarms=[alarm(dimensions={})]), [NEVER, BARE]),
    (given(alarms=[alarm(metric="NoCapacityInvocationFailures")]), [NEVER, BARE]),
    (
        given(alarms=[alarm(dimensions={**GREEN_FLEET, "InferenceComponentName": "one"})]),
        [NEVER, BARE],
    ),
    (given(alarms=[alarm(expression=True)]), ["INFO alarm-not-judged"]),
    (
        given(alarms=[errors(0.1, expression=True)]),
        ["INFO alarm-not-judged", "INFO alarm-sees-both-fleets"],
    ),
]

# ---- What they see ---------------------------------------------------------------------------
# Developer Guide, "Monitor SageMaker AI with CloudWatch": EndpointName and VariantName, and
# nothing under EndpointName alone; "Auto-Rollback Configuration and Monitoring": with the new
# EndpointConfigName of the green fleet only; an endpoint-wide alarm of the old fleet ends the
# deployment as well. A bake in which no alarm can trip has no protection.


SEEN: list[Row] = [
    (given(beside=alarm("wide", dimensions=BOTH_FLEETS)), ["INFO alarm-sees-both-fleets"]),
    (
        given(beside=alarm("x", dimensions={"EndpointName": "churn"})),
        ["ERROR alarm-without-variant"],
    ),
    (
        given(alarms=[alarm(dimensions={"EndpointName": "churn"})]),
        ["ERROR alarm-without-variant", "ERROR bake-unprotected"],
    ),
    (
        given(beside=alarm("x", dimensions={**BOTH_FLEETS, "EndpointName": "other"})),
        ["ERROR alarm-other-endpoint"],
    ),
    (given(beside=alarm("x", dimensions={"VariantName": "main"})), [NEVER]),
    (
        given(beside=alarm("x", dimensions={**BOTH_FLEETS, "VariantName": "AllTraffic"})),
        ["ERROR alarm-other-variant"],
    ),
    (
        given(beside=alarm("x", dimensions={**BOTH_FLEETS, "EndpointConfigName": "churn-older"})),
        ["ERROR alarm-old-config"],
    ),
    (given(beside=alarm("x", dimensions=BLUE_FLEET)), ["ERROR alarm-sees-only-blue"]),
    (
        given(alarms=[alarm(dimensions=BLUE_FLEET)]),
        ["ERROR alarm-sees-only-blue", "ERROR bake-unprotected"],
    ),
    (
        given(live=None, beside=alarm("x", dimensions=BLUE_FLEET)),
        ["ERROR alarm-sees-only-blue", "WARNING live-config-not-checked"],
    ),
    (
        given(
            beside=alarm(
                "cpu",
                "CPUUtilization",
                threshold=90,
                dimensions=BOTH_FLEETS,
                namespace="/aws/sagemaker/Endpoints",
            )
        ),
        ["INFO alarm-sees-both-fleets"],
    ),
    (
        given(alarms=[alarm("a", dimensions=BOTH_FLEETS), alarm("b", dimensions=BOTH_FLEETS)]),
        ["INFO alarm-sees-both-fleets"],  # once
    ),
    # Facts E4: whether error metrics carry EndpointConfigName is not documented. With an alarm on
    # the errors of both fleets beside it, which can trip, one is safe either way.
    (
        given(alarms=[errors(0.05, name="green", dimensions=GREEN_FLEET), errors(0.05)]),
        ["INFO alarm-metric-unproven", "INFO alarm-sees-both-fleets"],
    ),
    (
        given(alarms=[errors(0.05, name="green", dimensions=GREEN_FLEET), errors(1)]),
        [UNPROVEN, "ERROR alarm-threshold-unreachable", "INFO alarm-sees-both-fleets"],
    ),
    (
        given(
            alarms=[
                errors(0.05, name="green", dimensions=GREEN_FLEET),
                alarm(dimensions=BOTH_FLEETS),
            ]
        ),
        [UNPROVEN, "INFO alarm-sees-both-fleets"],
    ),
    (
        two_variants(
            alarms=[
                errors(0.05, name="green", dimensions=GREEN_FLEET),
                errors(0.05, dimensions={**BOTH_FLEETS, "VariantName": "second"}),
            ]
        ),
        [UNPROVEN, "INFO alarm-sees-both-fleets"],
    ),
    (given(alarms=[alarm(), errors(0.05, dimensions=GREEN_FLEET)]), [UNPROVEN]),
    (given(beside=errors(0.05, dimensions=GREEN_FLEET)), []),  # blue's had data
    (
        given(alarms=[errors(0.05, metric="InvocationModelErrors", dimensions=GREEN_FLEET)]),
        [UNPROVEN],
    ),
    (
        given(beside=errors(0.05, metric="InvocationModelErrors", dimensions=GREEN_FLEET)),
        ["INFO alarm-metric-unproven"],
    ),
]

# ---- Thresholds and units --------------------------------------------------------------------
# Developer Guide, "Monitor SageMaker AI with CloudWatch": an error counts 1, a success 0, so an
# Average is from 0 to 1; latencies are in microseconds. API, InvokeEndpoint: an answer within 60
# seconds. "GTE" is ">=", all others are ">".

GTE = "GreaterThanOrEqualToThreshold"

THRESHOLDS: list[Row] = [
    (
        given(beside=errors(1, dimensions=GREEN_FLEET, comparison=GTE)),
        [],
    ),
    (given(beside=errors(0.99, dimensions=GREEN_FLEET)), []),
    (
        given(beside=errors(1, dimensions=GREEN_FLEET)),
        ["ERROR alarm-threshold-unreachable"],
    ),
    (
        given(beside=errors(1.01, dimensions=GREEN_FLEET, comparison=GTE)),
        ["ERROR alarm-threshold-unreachable"],
    ),
    (
        given(beside=errors(1, "Maximum", dimensions=GREEN_FLEET)),
        ["ERROR alarm-threshold-unreachable"],
    ),
    (
        given(beside=errors(1, "p99", dimensions=GREEN_FLEET)),
        ["ERROR alarm-threshold-unreachable", "INFO alarm-metric-unproven"],
    ),
    (given(beside=errors(100, "Sum", dimensions=GREEN_FLEET)), []),
    (given(alarms=[alarm(threshold=480_000_000, comparison=GTE)]), []),
    (given(alarms=[alarm(threshold=479_999_999)]), []),
    (
        given(beside=alarm("late", threshold=480_000_000)),
        ["ERROR alarm-threshold-unreachable"],
    ),
    (
        given(alarms=[alarm(threshold=480_000_000)]),
        ["ERROR alarm-threshold-unreachable", "ERROR bake-unprotected"],
    ),
    (
        given(beside=alarm("late", statistic="p95", threshold=480_000_001, comparison=GTE)),
        ["ERROR alarm-threshold-unreachable"],
    ),
    (given(beside=host("MemoryUtilization", 100)), ["ERROR alarm-threshold-unreachable", BOTH]),
    (given(beside=host("MemoryUtilization", 100, comparison=GTE)), [BOTH]),
    (given(beside=host("DiskUtilization", 100)), ["ERROR alarm-threshold-unreachable", BOTH]),
    # CPUUtilization goes up to 100 % for each virtual CPU.
    (given(beside=host("CPUUtilization", 350)), [BOTH]),
    (given(alarms=[alarm(threshold=1000)]), []),
    (given(alarms=[alarm(threshold=999)]), ["WARNING latency-in-microseconds"]),
    (given(alarms=[alarm(statistic="p95", threshold=100)]), ["WARNING latency-in-microseconds"]),
    (
        given(beside=alarm("o", "OverheadLatency", threshold=50)),
        ["INFO alarm-metric-unproven", "WARNING latency-in-microseconds"],
    ),
    (given(alarms=[alarm(unit="Microseconds")]), []),
    (given(beside=alarm("ms", unit="Milliseconds")), ["ERROR alarm-unit-unmatched"]),
    (given(alarms=[alarm(unit="Milliseconds", namespace="Churn")]), [NOT_JUDGED, NOT_KNOWN]),
    (
        given(alarms=[alarm(unit="Milliseconds")]),
        ["ERROR alarm-unit-unmatched", "ERROR bake-unprotected"],
    ),
    (
        given(beside=errors(0.1, unit="Count")),  # so says an older page of AWS
        ["WARNING alarm-unit-unmatched", "INFO alarm-sees-both-fleets"],
    ),
    (given(beside=errors(0.1, unit="None")), ["INFO alarm-sees-both-fleets"]),
]

# ---- Metrics and statistics ------------------------------------------------------------------
# Developer Guide, "Monitor asynchronous endpoint": no Invocations and no OverheadLatency there.
# Facts E1: the statistics that say something; every minute without MetricsConfig (facts E3).

ASYNCHRONOUS = config(asynchronous=True)

FITNESS: list[Row] = [
    (given(requested=ASYNCHRONOUS), []),
    # API, InvokeEndpointAsync: a request may take an hour.
    (given(requested=ASYNCHRONOUS, alarms=[alarm(threshold=3_599_999_999)]), []),
    (
        given(requested=ASYNCHRONOUS, beside=alarm("late", threshold=3_600_000_000)),
        ["ERROR alarm-threshold-unreachable"],
    ),
    (
        given(requested=ASYNCHRONOUS, beside=alarm("o", "OverheadLatency")),
        ["ERROR alarm-metric-not-published"],
    ),
    (
        given(requested=ASYNCHRONOUS, beside=alarm("i", "Invocations", "Sum", 9)),
        ["ERROR alarm-metric-not-published"],
    ),
    (
        given(requested=ASYNCHRONOUS, beside=alarm("i", "InvocationsPerInstance", "Sum", 9)),
        ["ERROR alarm-metric-not-published"],
    ),
    (given(beside=alarm("o", "OverheadLatency")), ["INFO alarm-metric-unproven"]),
    (
        given(beside=alarm("o", "OverheadLatency", dimensions=BOTH_FLEETS)),
        ["INFO alarm-sees-both-fleets"],
    ),
    (given(beside=alarm("i", "Invocations", "Sum", 1000)), []),
    (given(beside=alarm("i", "Invocations", "Average", 9)), ["WARNING alarm-statistic-unfit"]),
    (given(beside=alarm("i", "Invocations", "Minimum", 9)), ["WARNING alarm-statistic-unfit"]),
    (given(beside=alarm("i", "Invocations", "Maximum", 9)), ["WARNING alarm-statistic-unfit"]),
    (
        given(beside=alarm("i", "Invocations", "p90", 9)),
        ["WARNING alarm-statistic-unfit", "INFO alarm-metric-unproven"],
    ),
    (
        given(
            beside=alarm("i", "InvocationsPerInstance", "Average", 9, dimensions=BOTH_FLEETS),
        ),
        ["WARNING alarm-statistic-unfit", "INFO alarm-sees-both-fleets"],
    ),
    (given(beside=alarm("l", statistic="Minimum")), ["WARNING alarm-statistic-unfit"]),
    (given(beside=alarm("l", statistic="Sum")), ["WARNING alarm-statistic-unfit"]),
    (given(beside=alarm("l", statistic="SampleCount")), ["WARNING alarm-statistic-unfit"]),
    (given(beside=alarm("l", statistic="Maximum")), []),
    (given(beside=alarm("l", statistic="p95")), []),
    (given(beside=alarm("l", statistic="p50")), []),
    (
        given(beside=errors(0.1, "SampleCount", dimensions=GREEN_FLEET)),
        ["WARNING alarm-statistic-unfit", ORDINARY],
    ),
    (
        given(beside=errors(0.1, "Minimum", dimensions=GREEN_FLEET)),
        ["WARNING alarm-statistic-unfit"],
    ),
    (
        given(beside=errors(0.1, dimensions=GREEN_FLEET, comparison="LessThanThreshold")),
        ["WARNING alarm-statistic-unfit"],
    ),
    (
        given(beside=alarm("l", comparison="LessThanOrEqualToThreshold")),
        ["WARNING alarm-statistic-unfit"],
    ),
    (given(alarms=[alarm(period=60)]), []),
    (given(alarms=[alarm(period=30)]), ["WARNING alarm-period-too-short"]),
    (given(alarms=[alarm(period=10)]), ["WARNING alarm-period-too-short"]),
]

# ---- Whether they trip in a bake -------------------------------------------------------------
# CloudWatch User Guide, "Evaluating an alarm": so many periods back, by full minutes; 5 to 120
# seconds until it shows (assumed). Developer Guide, auto-rollback: alarms count in bakes only.
# One datapoint of a minute may take 1 + 5 seconds, and 60 + 120.


BAKES: list[Row] = [
    (given(policy=canary(wait=181)), []),
    (given(policy=canary(wait=180)), [MISS]),
    (given(policy=canary(wait=7)), [MISS]),
    (given(policy=canary(wait=6)), [BARE, CANNOT]),
    (given(policy=canary(termination=180)), []),
    (given(policy=canary(termination=179)), [MISS]),
    (given(policy=canary(termination=1)), [MISS]),
    (given(policy=all_at_once(termination=181)), []),
    (given(policy=all_at_once(termination=180)), [MISS]),
    (given(policy=all_at_once(termination=6)), [BARE, CANNOT]),
    (given(policy=linear(wait=181)), []),
    (given(policy=linear(wait=180)), [MISS]),
    (given(policy=rolling(wait=181)), []),
    (given(policy=rolling(wait=180)), [MISS]),
    (given(policy=rolling(wait=6)), [BARE, CANNOT, MISS]),
    # Three of three minutes: 1 + 120 + 5 seconds at the earliest, 180 + 120 at the latest.
    (given(policy=canary(wait=301), alarms=[alarm(points=3)]), []),
    (given(policy=canary(wait=300), alarms=[alarm(points=3)]), [MISS]),
    (given(policy=canary(wait=127), alarms=[alarm(points=3)]), [MISS]),
    (given(policy=canary(wait=126), alarms=[alarm(points=3)]), [BARE, CANNOT]),
    # Two of five minutes: 1 + 60 + 5 seconds at the earliest, 120 + 120 at the latest.
    (given(policy=canary(wait=241), alarms=[alarm(points=2, of=5)]), []),
    (given(policy=canary(wait=240), alarms=[alarm(points=2, of=5)]), [MISS]),
    (given(policy=canary(wait=67), alarms=[alarm(points=2, of=5)]), [MISS]),
    (given(policy=canary(wait=66), alarms=[alarm(points=2, of=5)]), [BARE, CANNOT]),
    # Two of two periods of five minutes: 300 + 1 + 5 seconds at the earliest; in words 720.
    (given(alarms=[alarm(period=300, points=2)]), [MISS]),
    (given(policy=canary(wait=720, termination=720), alarms=[alarm(period=300, points=2)]), []),
    (given(policy=canary(wait=307), alarms=[alarm(period=300, points=2)]), [MISS]),
    (
        given(policy=canary(wait=306, termination=720), alarms=[alarm(period=300, points=2)]),
        [BARE, CANNOT],
    ),
    # A quicker one beside it: the bake is protected.
    (given(beside=alarm("slow", period=300, points=3)), [CANNOT, MISS]),
    # Endpoint-wide, in the first bake green's failures are 25 % of all requests.
    (given(alarms=[errors(0.25)]), [BARE, CANNOT, BOTH]),
    (given(beside=errors(0.25)), [CANNOT, BOTH]),
    (given(alarms=[errors(0.25, comparison=GTE)]), [BOTH, DILUTED]),
    (given(alarms=[errors(0.24)]), [BOTH, DILUTED]),
    (given(alarms=[errors(0.125)]), [BOTH, DILUTED]),
    (given(alarms=[errors(0.125, comparison=GTE)]), [BOTH]),
    (given(alarms=[errors(0.12)]), [BOTH]),
    (given(alarms=[errors(0.24)], policy=all_at_once()), [BOTH]),
    # 33 % of the requests: one of three instances.
    (on(3, canary(percent(33))) | given(alarms=[errors(0.34)]), [BARE, CANNOT, BOTH]),
    (on(3, canary(percent(33))) | given(alarms=[errors(0.33)]), [BOTH, DILUTED]),
    (on(3, canary(percent(33))) | given(alarms=[errors(0.16)]), [BOTH]),
    # The whole fleet at once: all of the requests, and an error rate of 100 %.
    (given(policy=all_at_once(), alarms=[errors(1, comparison=GTE)]), [BOTH]),
    (given(policy=all_at_once(), alarms=[errors(0.99)]), [BOTH]),
    # Latency of up to 480 s in 25 % of the requests: an Average of 120,000,000 microseconds.
    (given(alarms=[alarm(dimensions=BOTH_FLEETS, threshold=120_000_000)]), [BARE, CANNOT, BOTH]),
    (given(alarms=[alarm(dimensions=BOTH_FLEETS, threshold=119_999_999)]), [BOTH]),
    # A percentile sees green where green has that part of the requests; Minimum not before all.
    (given(alarms=[alarm(statistic="p75", dimensions=BOTH_FLEETS)]), [BOTH]),
    (given(alarms=[alarm(statistic="p74", dimensions=BOTH_FLEETS)]), [BARE, CANNOT, BOTH]),
    (given(alarms=[errors(0.5, "p75")]), [BOTH, UNPROVEN]),  # only ModelLatency has percentiles
    (given(alarms=[errors(0.5, "Maximum")]), [BOTH]),
    (
        given(alarms=[errors(0.5, "Minimum")]),
        [BARE, CANNOT, BOTH, "WARNING alarm-statistic-unfit"],
    ),
    # The Sum of the errors depends on the traffic: of 600 requests a minute 150 are green's.
    (given(alarms=[errors(149, "Sum")]), [BOTH]),
    (given(alarms=[errors(150, "Sum")]), [MISS, BOTH]),
    (given(beside=errors(149, "Sum", dimensions=GREEN_FLEET)), []),
    (given(beside=errors(150, "Sum", dimensions=GREEN_FLEET)), [MISS]),
    (given(alarms=[errors(1200, "Sum", dimensions=GREEN_FLEET)]), [MISS, UNPROVEN]),
    (
        given(traffic={"main": Traffic(0)}, alarms=[errors(1, "Sum")]),
        [MISS, BOTH, "WARNING alarm-too-little-traffic"],
    ),
    # What fills gaps by itself is not said to trip on them; a name that comes twice is one.
    (
        given(
            alarms=[replace(alarm(), expression=True, missing_data="breaching")],
        ),
        ["INFO alarm-not-judged"],
    ),
    (given(names=["latency", "latency"], alarms=[alarm()]), ["WARNING alarm-named-twice"]),
]

# ---- Traffic ---------------------------------------------------------------------------------
# Facts E4: a canary without traffic proves nothing. 25 % of the requests of ten minutes.


def requests(mean: float) -> dict[str, Any]:
    return {"traffic": {"main": Traffic(mean)}}


LITTLE = "WARNING alarm-too-little-traffic"

TRAFFIC: list[Row] = [
    (given(**requests(0.4)), []),  # one request
    (given(**requests(0.39)), [LITTLE]),
    (given(**requests(0)), [LITTLE]),
    (given(policy=all_at_once(), **requests(0.1)), []),
    (given(policy=all_at_once(), **requests(0.09)), [LITTLE]),
    # Without an interval the first bake is the last one, of all of the requests.
    (given(policy=canary(wait=0), **requests(0.1)), ["WARNING bake-of-zero"]),
    (given(policy=canary(wait=0), **requests(0.09)), ["WARNING bake-of-zero", LITTLE]),
    (given(alarms=[alarm(points=3)], **requests(1.2)), []),
    (given(alarms=[alarm(points=3)], **requests(1.19)), [LITTLE]),
    (given(alarms=[alarm(points=2, of=3)], **requests(0.8)), []),
    (given(alarms=[alarm(points=2, of=3)], **requests(0.79)), [LITTLE]),
    (given(traffic={}), []),
    (refused("traffic", traffic=None), ["INFO traffic-not-checked"]),
    (given(traffic=None), []),
    (given(traffic=None, alarms=()), ["ERROR no-alarms"]),
    (
        refused("traffic", traffic=None, alarms=[errors(2000, "Sum")]),
        [BOTH, "INFO traffic-not-checked"],
    ),
]

# ---- Exclusions ------------------------------------------------------------------------------
# Developer Guide, "Exclusions" of deployment guardrails (facts C): all at once and without a
# bake, silently; a rolling update takes one variant.


def both_with(**members: Any) -> dict[str, Any]:
    return {"requested": config(**members), "live": config(BLUE, **members)}


EXCLUSIONS: list[Row] = [
    (given(requested=config(instance_type="ml.inf1.xlarge")), ["ERROR excluded-inf1"]),
    (given(live=config(BLUE, instance_type="ml.inf1.xlarge")), ["ERROR excluded-inf1"]),
    (given(**both_with(instance_type="ml.inf1.xlarge")), ["ERROR excluded-inf1"] * 2),
    (given(**both_with(instance_type="ml.inf2.xlarge")), []),
    (given(requested=config(accelerator="ml.eia2.medium")), ["ERROR excluded-accelerator"]),
    (given(requested=config(serverless=True)), ["ERROR excluded-serverless"]),
    (given(live=config(BLUE, serverless=True)), ["ERROR excluded-serverless"]),
    (given(requested=config(marketplace=True)), ["ERROR excluded-marketplace"]),
    (given(requested=config(marketplace=None)), ["INFO marketplace-not-checked"]),
    (given(live=config(BLUE, marketplace=None)), ["INFO marketplace-not-checked"]),
    (given(**both_with(marketplace=None)), ["INFO marketplace-not-checked"]),
    (given(live=None), ["WARNING live-config-not-checked"]),
    (two_variants(policy=rolling()), ["ERROR rolling-several-variants"]),
    (two_variants(), []),
    (two_variants(policy=linear()), []),
]

# ---- Contents --------------------------------------------------------------------------------
# Developer Guide, "Exclusions": the same variant names in both configs. API,
# UpdateInferenceComponent: what has no model is updated there.

TWO = {"main": 4, "second": 4}

CONTENTS: list[Row] = [
    (given(requested=config(model_exists=False)), ["ERROR model-missing"]),
    (given(requested=config(model_exists=None)), []),
    (given(requested=config(model="", model_exists=None)), ["ERROR inference-components"]),
    (
        given(requested=config(instances=TWO)),
        ["ERROR variant-unwatched", "ERROR variants-differ"],
    ),
    (
        given(instances=TWO, requested=config()),
        ["ERROR alarm-other-variant", "ERROR variants-differ"],
    ),
    (given(instances=TWO), []),
    (given(endpoint=settled(GREEN), live=config(GREEN)), ["ERROR same-config"]),
    (given(requested=None), ["ERROR endpoint-config-missing"]),
    (
        given(endpoint=Observation("Gone"), requested=None),
        ["ERROR endpoint-config-missing", "ERROR endpoint-missing"],
    ),
    (given(endpoint=endpoint(live=""), live=None), ["ERROR no-live-config"]),
    # RetainDeploymentConfig (API, UpdateEndpoint): the endpoint's LastDeploymentConfig.
    ({"asking": {"retains_policy": True}, "last_policy": LAST, "alarms": [alarm()]}, []),
    ({"asking": {"retains_policy": True}}, ["ERROR no-last-deployment-config"]),
    (
        {"asking": {"retains_policy": True}, "last_policy": replace(LAST, unknown_members=("a",))},
        ["ERROR last-deployment-config-unfit"],
    ),
    # Guardrails of the last update, of which nobody knows what was asked: their alarms are gone.
    (
        {"asking": {"retains_policy": True}, "last_policy": GUARDED, "alarms": [alarm()]},
        ["ERROR guardrails-not-retained"],
    ),
]

# ---- An endpoint that is not there -----------------------------------------------------------
# Ours: it is created with the requested config, at once, if the requester accepts it: no policy and
# no alarm guard that.

GONE: dict[str, Any] = {"endpoint": Observation("Gone"), "live": None}
CREATED = "ERROR endpoint-will-be-created"
PACKAGED: dict[str, Any] = {"asking": {"model_package_arn": PACKAGE, "variant_name": "main"}}

CREATION: list[Row] = [
    (given(**GONE), [CREATED]),
    (given(**GONE, alarms=()), [CREATED]),
    (given(**GONE, alarms=[alarm(state="ALARM")]), [CREATED]),
    (given(**GONE, names=["nowhere"], alarms=()), [CREATED]),
    (given(**GONE, policy=canary(wait=6, maximum_seconds=600)), [CREATED]),
    (given(**GONE, policy=canary(count(4))), [CREATED]),
    (given(**GONE, policy=rolling(), requested=config(instances=TWO)), [CREATED]),
    (given(**GONE, requested=config(serverless=True)), [CREATED]),
    (given(**GONE, roles_may_describe_alarms=None, scalable=None, traffic=None), [CREATED]),
    (given(**GONE, requested=config(model_exists=False)), [CREATED, "ERROR model-missing"]),
    (given(**GONE, requested=config(model="")), [CREATED, "ERROR inference-components"]),
    (given(**GONE, quotas=None), [CREATED]),
    (refused("quotas", **GONE, quotas=None), [CREATED, "INFO quota-not-checked"]),
    (given(**GONE, quotas={TYPE: Quota(4, 0)}), [CREATED]),
    (given(**GONE, quotas={TYPE: Quota(4, 1)}), [CREATED, "WARNING quota-too-small"]),
    # All of it at once, whatever the batches of later updates.
    (
        given(**GONE, policy=rolling(), quotas={TYPE: Quota(4, 1)}),
        [CREATED, "WARNING quota-too-small"],
    ),
    (given(**GONE) | allowing("endpoint-will-be-created"), ["WARNING endpoint-will-be-created"]),
    (allowing("endpoint-will-be-created"), ["INFO waiver-unused"]),
    # Of what there is no live config to clone.
    (given(**GONE, **PACKAGED, requested=None), ["ERROR endpoint-missing"]),
    (given(**GONE, **PACKAGED), ["ERROR endpoint-missing"]),
    (given(**GONE, **PACKAGED, requested=None, source=CloneSource()), ["ERROR endpoint-missing"]),
]

# ---- Made from a model package ---------------------------------------------------------------
# Facts F: what may be deployed, what a clone takes and what it would lose. Ours: the owner's
# consent, the account and Region of the endpoint, the roles that may be passed on.

BARE_NAME = ENDPOINT_ARN.replace("123456789012", "999999999999")


def made_from(*models: Any, asking: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "asking": {"model_package_arn": PACKAGE, **(asking or {})},
        "source": source(*models, **changes),
    }


def of_package(**changes: Any) -> dict[str, Any]:
    return made_from(package=package(**changes))


def tagged(arn: str, count: int) -> dict[str, Any]:
    return {"tags": {arn: {f"k{number}": "v" for number in range(count)}}}


MODEL_ARN, CONFIG_ARN = live_model()["ModelArn"], live_config()["EndpointConfigArn"]
HAS, HAS_NOT = {"EnableDetailedObservability": True}, {"EnableDetailedObservability": False}
TWO_LIVE = live_config(live_variant("main"), live_variant("second"))
BOTH_MODELS = (live_model("main"), live_model("second"))
NO_CONSENT = "ERROR endpoint-without-consent"

SOURCE: list[Row] = [
    (made_from(), []),
    (made_from(asking={"variant_name": "main"}), []),
    (of_package(approval="PendingManualApproval"), ["ERROR package-not-approved"]),
    (of_package(approval="Rejected"), ["ERROR package-not-approved"]),
    (of_package(approval=""), ["ERROR package-not-approved"]),
    (of_package(approval="approved"), ["ERROR package-not-approved"]),
    (of_package(status="InProgress"), ["ERROR package-not-completed"]),
    (of_package(status="Failed"), ["ERROR package-not-completed"]),
    (
        of_package(status="Pending", approval="Rejected"),
        ["ERROR package-not-approved", "ERROR package-not-completed"],
    ),
    (of_package(registration=""), []),
    (of_package(registration="Logged"), ["ERROR package-not-registered"]),
    (of_package(containers=0), ["ERROR package-without-containers"]),
    (of_package(containers=15), []),
    (made_from(package=None), ["ERROR package-missing"]),
    (made_from(package=None, tags={ENDPOINT_ARN: {}}), ["ERROR package-missing"]),
    (made_from(tags={ENDPOINT_ARN: {}}), [NO_CONSENT]),
    (made_from(tags={ENDPOINT_ARN: {CONSENT_TAG: "fraud"}}), [NO_CONSENT]),
    (made_from(tags={ENDPOINT_ARN: {CONSENT_TAG: "Churn"}}), [NO_CONSENT]),
    (made_from(tags={ENDPOINT_ARN: {CONSENT_TAG: ""}}), [NO_CONSENT]),
    (made_from(tags={ENDPOINT_ARN: {CONSENT_TAG: "*"}}), [NO_CONSENT]),
    (made_from(tags={CONFIG_ARN: {CONSENT_TAG: "churn"}, ENDPOINT_ARN: {}}), [NO_CONSENT]),
    (of_package(group="fraud"), [NO_CONSENT]),
    # Another account or Region: nothing of the package is known then, nor are its tags.
    (
        made_from(endpoint_arn=BARE_NAME, package=None),
        ["ERROR package-missing", "ERROR package-of-another-account"],
    ),
    (
        made_from(
            endpoint_arn=ENDPOINT_ARN.replace("eu-central-1", "eu-west-1"),
            package=None,
        ),
        ["ERROR package-missing", "ERROR package-of-another-account"],
    ),
    # The live config and its variants.
    (made_from(config=None), ["ERROR live-config-unknown"]),
    (made_from(models={}), ["ERROR live-config-unknown"]),
    (made_from(live_model("other")), ["ERROR live-config-unknown"]),
    (made_from(asking={"variant_name": "other"}), ["ERROR variant-missing"]),
    (made_from(asking={"variant_name": "Main"}), ["ERROR variant-missing"]),
    (
        made_from(*BOTH_MODELS, config=TWO_LIVE) | {"instances": TWO},
        ["ERROR variant-not-named"],
    ),
    (
        made_from(*BOTH_MODELS, config=TWO_LIVE, asking={"variant_name": "second"})
        | {"instances": TWO},
        [],
    ),
    (
        made_from(config=TWO_LIVE, asking={"variant_name": "second"}) | {"instances": TWO},
        ["ERROR live-config-unknown"],
    ),
    # Inference components: no model to put another in the place of.
    (
        made_from(config=live_config({"VariantName": "main"})),
        ["ERROR inference-components"],
    ),
    # What a clone would lose.
    (made_from(config=live_config(UnknownMembers=["New"])), ["ERROR members-not-known"]),
    (made_from(live_model(UnknownMembers=["New"])), ["ERROR members-not-known"]),
    (made_from(live_model(NewOne={"On": True})), ["ERROR members-not-known"]),
    (made_from(live_model(NewOne=None, NewTwo=[])), []),
    (
        made_from(live_model(UnknownMembers=["A"]), config=live_config(UnknownMembers=["B"])),
        ["ERROR members-not-known"] * 2,
    ),
    (
        made_from(
            live_model("main"),
            live_model("second", UnknownMembers=["New"]),
            config=TWO_LIVE,
            asking={"variant_name": "main"},
        )
        | {"instances": TWO},
        [],  # that model stays as it is
    ),
    (made_from(config=live_config(UnknownMembers=[])), []),
    (made_from(config=live_config(ShadowProductionVariants=[])), []),
    (
        made_from(config=live_config(ShadowProductionVariants=[live_variant("shadow")])),
        ["ERROR shadow-variants-not-cloned"],
    ),
    (
        made_from(live_model(Containers=[{"ModelPackageName": PACKAGE}])),
        ["ERROR same-package"],
    ),
    (
        made_from(live_model(Containers=[], PrimaryContainer={"ModelPackageName": PACKAGE})),
        ["ERROR same-package"],
    ),
    (
        made_from(
            live_model(Containers=[{"ModelPackageName": PACKAGE}]), serves_mixture=True
        ),  # the clone is the way back
        [],
    ),
    (
        made_from(
            live_model("main"),
            live_model("second", Containers=[{"ModelPackageName": PACKAGE}]),
            config=TWO_LIVE,
            asking={"variant_name": "main"},
        )
        | {"instances": TWO},
        [],  # the other variant serves it
    ),
    # Environment variables of the live model, and of the package.
    (
        made_from(live_model(PrimaryContainer={"Environment": {"A": "1"}})),
        ["WARNING environment-not-kept"],
    ),
    (
        made_from(live_model(Containers=[{"Environment": {"A": "1"}}, {"Environment": {}}])),
        ["WARNING environment-not-kept"],
    ),
    (
        made_from(
            live_model(PrimaryContainer={"Environment": {"A": "1"}}),
            package=package(environment=frozenset({"A", "B"})),
        ),
        [],
    ),
    (
        made_from(
            live_model(PrimaryContainer={"Environment": {"A": "1", "C": "1"}}),
            package=package(environment=frozenset({"A", "B"})),
        ),
        ["WARNING environment-not-kept"],
    ),
    (of_package(environment=frozenset({"A"})), []),
    # Detailed observability, which a config has that does not say no since June 2026.
    (made_from(config=live_config(MetricsConfig=HAS_NOT)), []),
    (made_from(config=live_config(MetricsConfig=HAS)), []),
    (made_from(says_detailed=False), ["WARNING observability-differs"]),
    (
        made_from(says_detailed=False, config=live_config(MetricsConfig=HAS_NOT)),
        ["WARNING observability-differs"],
    ),
    (
        made_from(says_detailed=False, config=live_config(MetricsConfig={"NewOne": 1})),
        ["WARNING observability-differs"],
    ),
    (made_from(says_detailed=False, config=live_config(MetricsConfig=HAS)), []),
    (made_from(says_detailed=False, config=None), ["ERROR live-config-unknown"]),
    # What the package says that it runs on.
    (of_package(instance_types=frozenset({TYPE, "ml.c5.large"})), []),
    (
        of_package(instance_types=frozenset({"ml.c5.large"})),
        ["WARNING instance-type-not-supported"],
    ),
    (
        made_from(
            config=live_config(live_variant(InstanceType="")),
            package=package(instance_types=frozenset({"ml.c5.large"})),
        ),
        [],
    ),
    (
        made_from(
            config=live_config({"VariantName": "main", "ModelName": "model-main"}),
            package=package(instance_types=frozenset({"ml.c5.large"})),
        ),
        [],
    ),
    # API, CreateModel and CreateEndpointConfig: at most 50 tags; three are ours.
    (made_from(**tagged(CONFIG_ARN, 47)), []),
    (made_from(**tagged(CONFIG_ARN, 48)), ["ERROR no-room-for-tags"]),
    (made_from(**tagged(MODEL_ARN, 47)), []),
    (made_from(**tagged(MODEL_ARN, 48)), ["ERROR no-room-for-tags"]),
    (made_from(**tagged(ENDPOINT_ARN, 50)), [NO_CONSENT]),  # those are not cloned
    (
        made_from(
            tags={
                MODEL_ARN: {f"k{number}": "v" for number in range(47)}
                | {"aws:a": "v", "bluegreen:stack": "s", "bluegreen:endpoint": "e"}
            }
        ),
        [],
    ),
    # Roles that may be given to SageMaker.
    (made_from(passable_roles=None), []),
    (made_from(passable_roles=()), ["ERROR model-packages-not-permitted"]),
    (made_from(passable_roles=(f"{ROLE}-2",)), ["ERROR role-not-listed"]),
    (made_from(passable_roles=(ROLE[:-1],)), ["ERROR role-not-listed"]),
    (made_from(passable_roles=(f"{ROLE}-2", ROLE)), []),
    (made_from(passable_roles=("arn:aws:iam::123456789012:role/*",)), []),
    (made_from(passable_roles=("arn:aws:iam::?23456789012:role/mode?",)), []),
    (
        made_from(passable_roles=("arn:aws:iam::123456789012:role/mode?l",)),
        ["ERROR role-not-listed"],
    ),
    (
        made_from(passable_roles=("arn:aws:iam::12345678901.:role/model",)),
        ["ERROR role-not-listed"],
    ),
    (made_from(passable_roles=("*other*",)), ["ERROR role-not-listed"]),
    (
        made_from(config=live_config(ExecutionRoleArn=f"{ROLE}-config")),
        ["ERROR role-not-listed"],
    ),
    (
        made_from(
            live_model(ExecutionRoleArn=f"{ROLE}-a"),
            config=live_config(ExecutionRoleArn=f"{ROLE}-b"),
        ),
        ["ERROR role-not-listed"] * 2,
    ),
    (
        made_from(
            live_model(ExecutionRoleArn=f"{ROLE}-a"),
            config=live_config(ExecutionRoleArn=f"{ROLE}-a"),
        ),
        ["ERROR role-not-listed"],  # once
    ),
    (
        made_from({"ModelName": "model-main", "ModelArn": MODEL_ARN}, passable_roles=("other",)),
        [],  # a model without a role
    ),
    # All of it at once, and none of it can be waived.
    (
        made_from(
            live_model(UnknownMembers=["New"]),
            package=package(approval="Rejected", registration="Logged"),
            tags={ENDPOINT_ARN: {}},
            passable_roles=(),
        ),
        [
            "ERROR endpoint-without-consent",
            "ERROR members-not-known",
            "ERROR model-packages-not-permitted",
            "ERROR package-not-approved",
            "ERROR package-not-registered",
        ],
    ),
    (
        made_from(
            tags={ENDPOINT_ARN: {}},
            asking={"allow_findings": ("endpoint-without-consent",)},
        ),
        [NO_CONSENT, "INFO waiver-unused"],
    ),
]

# ---- The account -----------------------------------------------------------------------------
# Developer Guide, "Auto-Rollback Configuration": the role needs DescribeAlarms; "Blue/Green
# Deployments": both fleets at once, N more instances, one batch in a rolling update (facts G);
# "Update endpoints that use auto scaling": blocked meanwhile, and a scalable target keeps its
# instance type.

OTHER_TYPE = config(instance_type="ml.g5.xlarge")
ROOM = {"ml.g5.xlarge": Quota(100, 0)}

ACCOUNT: list[Row] = [
    (refused("roles", roles_may_describe_alarms=None), ["WARNING role-not-checked"]),
    (refused("roles", roles_may_describe_alarms={}), ["WARNING role-not-checked"]),
    (given(roles_may_describe_alarms=None), []),
    (given(roles_may_describe_alarms={}), []),
    # Roles are asked about alarms that exist; where nobody knows which do, the role counts.
    (
        refused("roles", roles_may_describe_alarms={}, names=["nowhere"], alarms=()),
        ["ERROR alarm-missing"],
    ),
    (
        given(roles_may_describe_alarms={ROLE: False}, knowing={"alarms": None}),
        ["WARNING alarms-not-checked", "WARNING role-may-not-describe-alarms"],
    ),
    (given(roles_may_describe_alarms={ROLE: False}), ["WARNING role-may-not-describe-alarms"]),
    (given(roles_may_describe_alarms={ROLE: False}, alarms=()), ["ERROR no-alarms"]),
    (given(roles_may_describe_alarms={}, requested=config(role_arn="")), []),
    (given(quotas={TYPE: Quota(8, 4)}), []),
    (given(quotas={TYPE: Quota(7, 4)}), ["WARNING quota-too-small"]),
    (given(quotas={TYPE: Quota(8, 5)}), ["WARNING quota-too-small"]),
    (given(policy=rolling(count(1)), quotas={TYPE: Quota(5, 4)}), []),
    (given(policy=rolling(count(1)), quotas={TYPE: Quota(4, 4)}), ["WARNING quota-too-small"]),
    (given(policy=rolling(count(2)), quotas={TYPE: Quota(6, 4)}), []),
    (given(policy=rolling(count(2)), quotas={TYPE: Quota(5, 4)}), ["WARNING quota-too-small"]),
    (
        given(instances=3, policy=rolling(count(2)), quotas={TYPE: Quota(4, 3)}),
        ["ERROR batch-out-of-bounds", "WARNING quota-too-small"],
    ),
    (two_variants(quotas={TYPE: Quota(16, 8)}), []),
    (two_variants(quotas={TYPE: Quota(15, 8)}), ["WARNING quota-too-small"]),
    (given(quotas={"ml.c5.large": Quota(0, 0)}), []),
    (refused("quotas", requested=config(instance_type=""), quotas=None), []),
    (given(quotas=None), []),
    (refused("quotas", quotas=None), ["INFO quota-not-checked"]),
    (given(scalable=None), []),
    (refused("scaling", scalable=None), ["INFO autoscaling-not-checked"]),
    (given(scalable=frozenset({"main"})), ["INFO autoscaling-blocked"]),
    (given(requested=OTHER_TYPE, quotas=ROOM), []),
    (
        given(requested=OTHER_TYPE, quotas=ROOM, scalable=frozenset({"main"})),
        ["INFO autoscaling-blocked", "WARNING scalable-variant-changes"],
    ),
    (
        given(instances=TWO, requested=config(), scalable=frozenset({"second"})),
        [
            "ERROR alarm-other-variant",
            "ERROR variants-differ",
            "INFO autoscaling-blocked",
            "WARNING scalable-variant-changes",
        ],
    ),
]

# ---- Guardrails ------------------------------------------------------------------------------
# Blue has 600 requests a minute unless a row says otherwise; green of a canary of one in four gets
# 150 of them. Periods: half of the shortest bake of 600 s for errors, a fifth for latency.

WITHOUT_ALARMS: dict[str, Any] = {"alarms": ()}
ONLY_STACK = {"knowing": {"guardrail_alarms": "Default"}, **WITHOUT_ALARMS}
NO_WEEK: dict[str, Any] = {"weeks": None, "unknown": {"guardrails": "the role may not ask"}}
FEW = {"traffic": {"main": Traffic(5)}}
IDLE = {"InitialVariantWeight": 0}
IMPOSSIBLE = "ERROR guardrails-impossible"
COMPONENTS = "ERROR inference-components"

GUARDRAILS: list[Row] = [
    (guarded(), []),
    (guarded("Strict"), []),
    (guarded("None", knowing=NO_WEEK), []),
    (guarded(max_rate(0.01)), []),
    # The stack's parameter.
    (guarded(knowing={"guardrail_alarms": "OnRequest"}), []),
    (guarded(knowing={"guardrail_alarms": "Default"}), []),
    (guarded(knowing={"guardrail_alarms": "Never"}), ["ERROR guardrails-not-allowed"]),
    (guarded("None", knowing={"guardrail_alarms": "Never"}), []),
    (guarded(None, knowing={"guardrail_alarms": "Never"}), []),
    (guarded(None, knowing={"guardrail_alarms": "Default"}), []),
    # Nothing to count.
    (guarded(policy=all_at_once(0)), [IMPOSSIBLE, "WARNING no-bake"]),
    # One instance takes all of the traffic at once, and the wait between shifts never comes.
    (
        guarded(policy=linear(termination=0), instances=1),
        ["ERROR fleet-of-one", IMPOSSIBLE, "WARNING bake-of-zero"],
    ),
    (
        guarded(knowing={"requested": config(serverless=True)}),
        ["ERROR excluded-serverless", IMPOSSIBLE],
    ),
    (guarded(knowing={"requested": config(model="")}), [IMPOSSIBLE, COMPONENTS]),
    (
        guarded(None, **ONLY_STACK, policy=all_at_once(0)),
        ["ERROR no-alarms", "WARNING guardrails-impossible", "WARNING no-bake"],
    ),
    (
        guarded(knowing={"live": config(BLUE, settings=IDLE), "requested": config(settings=IDLE)}),
        ["WARNING guardrails-impossible"],
    ),
    # Blue's week is not known.
    (guarded(knowing=NO_WEEK), ["ERROR guardrails-not-known"]),
    (
        guarded(None, knowing={**NO_WEEK, "guardrail_alarms": "Default"}, alarms=()),
        ["ERROR no-alarms", "WARNING guardrails-not-known"],
    ),
    # A guardrail that cannot be.
    (guarded(blue=week(minutes=1439)), ["WARNING guardrail-not-made"]),
    (guarded(blue=week(minutes=1440)), []),
    (guarded(max_latency(MaxMilliseconds=300), blue=week(minutes=1439)), []),
    (guarded(blue=week(latency_ms={})), ["WARNING guardrail-not-made"]),
    (guarded(max_rate(0.9), blue=week(0, minutes=0)), ["WARNING guardrail-not-made"]),
    # What blue itself passes.
    (guarded(max_rate(0.02), blue=week(server=0.02)), []),
    (guarded(max_rate(0.02), blue=week(server=0.021)), ["WARNING guardrail-below-blue"]),
    (guarded(max_rate(0.02, CLIENT_ERRORS), blue=week(server=0.021)), []),
    (
        guarded(max_rate(0.02, CLIENT_ERRORS), blue=week(client=0.021)),
        ["WARNING guardrail-below-blue"],
    ),
    (guarded(blue=week(server=0.1, client=0.2)), []),
    (guarded(max_latency(MaxMilliseconds=80)), []),
    (guarded(max_latency(MaxMilliseconds=79)), ["WARNING guardrail-below-blue"]),
    (guarded(max_latency(MaxRatioToBlue=1)), []),
    # Three errors that nobody has seen may come in an hour of few requests; but blue had none.
    (guarded(max_rate(0.01), blue=week(1, minutes=200)), []),
    (
        guarded(max_rate(0.01), blue=week(1, server=0.02, minutes=200)),
        ["WARNING guardrail-below-blue"],
    ),
    # What it could find.
    (guarded(max_rate(0.01), knowing=FEW), ["WARNING guardrail-little-data"]),
    (guarded(knowing={"traffic": None}), []),
]

# ---- Waivers ---------------------------------------------------------------------------------


WAIVERS: list[Row] = [
    (on(10, canary(count(6))) | allowing("canary-out-of-bounds"), ["WARNING canary-out-of-bounds"]),
    (allowing("canary-out-of-bounds"), ["INFO waiver-unused"]),
    (
        on(10, canary(count(6))) | allowing("step-out-of-bounds"),
        ["ERROR canary-out-of-bounds", "INFO waiver-unused"],
    ),
    (
        given(alarms=[errors(0.25)]) | allowing("bake-unprotected"),
        ["WARNING bake-unprotected", CANNOT, BOTH],
    ),
]

GROUPS = {
    "fleet": FLEET,
    "counts": COUNTS,
    "times": TIMES,
    "present": PRESENT,
    "seen": SEEN,
    "thresholds": THRESHOLDS,
    "fitness": FITNESS,
    "bakes": BAKES,
    "traffic": TRAFFIC,
    "exclusions": EXCLUSIONS,
    "contents": CONTENTS,
    "creation": CREATION,
    "source": SOURCE,
    "account": ACCOUNT,
    "guardrails": GUARDRAILS,
    "waivers": WAIVERS,
}
TABLE = [
    pytest.param(*row, id=f"{group}-{number}")
    for group, rows in GROUPS.items()
    for number, row in enumerate(rows, 1)
]


@pytest.mark.parametrize(("changes", "expected"), TABLE)
def test_exactly_these_findings(changes: dict[str, Any], expected: list[str]) -> None:
    found = in_words(checked(**changes).findings)
    if UNSEEN not in expected and "alarms" in changes:
        found = [each for each in found if each != UNSEEN]
    assert found == sorted(expected)


# ---- The numbers in the messages -------------------------------------------------------------

MESSAGES = [
    (
        starting(slow(), policy=canary(maximum_seconds=3600)),
        "maximum-tight",
        (
            (
                "MaximumExecutionTimeoutInSeconds is 3600 and the waits take 1200 seconds, which"
                ' leaves little time to start the green instances. Variant "main" allows the'
                " instances 7200 seconds to come up (ModelDataDownloadTimeoutInSeconds 3600,"
                " ContainerStartupHealthCheckTimeoutInSeconds 3600). SageMaker rolls back when"
                " time is up."
            ),
            "Set it to 8470 or more, or remove it.",
        ),
    ),
    (
        starting(slow(), policy=canary(maximum_seconds=1200)),
        "maximum-too-short",
        (
            (
                "MaximumExecutionTimeoutInSeconds is 1200, but the waits alone take 1200 seconds."
                ' Variant "main" allows the instances 7200 seconds to come up'
                " (ModelDataDownloadTimeoutInSeconds 3600,"
                " ContainerStartupHealthCheckTimeoutInSeconds 3600)."
            ),
            "Set it to 8470 or more, or remove it.",
        ),
    ),
    (
        starting(slow(), policy=rolling(count(1))),
        "maximum-tight",
        (
            (
                "MaximumExecutionTimeoutInSeconds is 28800 and the waits take 2400 seconds, which"
                ' leaves little time to start the green instances. Variant "main" allows the'
                " instances of each batch 7200 seconds to come up"
                " (ModelDataDownloadTimeoutInSeconds 3600,"
                " ContainerStartupHealthCheckTimeoutInSeconds 3600). SageMaker rolls back when"
                " time is up."
            ),
            (
                "It can be 28800 at most: use larger batches or shorter waits or start timeouts no"
                " longer than the containers need."
            ),
        ),
    ),
    (
        on(10, canary(count(6))),
        "canary-out-of-bounds",
        (
            (
                'CanarySize is 6 instances, 60 % of the 10 instances of variant "main". Allowed:'
                " 1 to 50 %."
            ),
            "Use 1 to 5 instances.",
        ),
    ),
    (
        on(3, canary(count(2))),
        "canary-out-of-bounds",
        (
            (
                'CanarySize is 2 instances, 66.7 % of the 3 instances of variant "main".'
                " Allowed: 1 to 50 %."
            ),
            "Use 1 instance.",
        ),
    ),
    (
        on(11, linear(count(1))),
        "step-out-of-bounds",
        (
            (
                'LinearStepSize is 1 instance, 9.09 % of the 11 instances of variant "main".'
                " Allowed: 10 to 50 %."
            ),
            "Use 2 to 5 instances.",
        ),
    ),
    (
        on(21, rolling(count(1))),
        "batch-out-of-bounds",
        (
            (
                'MaximumBatchSize is 1 instance, 4.76 % of the 21 instances of variant "main".'
                " Allowed: 5 to 50 %."
            ),
            "Use 2 to 10 instances.",
        ),
    ),
    (
        on(4, rolling(count(1), rollback_size=count(5))),
        "rollback-batch-out-of-bounds",
        (
            'RollbackMaximumBatchSize is 5, but variant "main" has only 4 instances.',
            "Use 1 to 4 instances, or remove it.",
        ),
    ),
    (
        on(1, linear(percent(20))),
        "fleet-of-one",
        (
            (
                'Variant "main" has only 1 instance, which cannot be split: LinearStepSize is at'
                " most half of the fleet."
            ),
            "Use ALL_AT_ONCE, or scale the variant to 2 or more instances first.",
        ),
    ),
    (
        on(3, canary(percent(50))),
        "share-rounded",
        (
            'CanarySize of variant "main": 50 % of 3 instances rounds to 1 (33 %).',
            "Set it to 33 %, or use more instances.",
        ),
    ),
    (
        on(10, canary(percent(25))),
        "share-rounded",
        (
            'CanarySize of variant "main": 25 % of 10 instances rounds to 2 (20 %).',
            "Set it to 20 %, or use more instances.",
        ),
    ),
    (
        given(requested=config(instances=2)),
        "instance-count-retained",
        (
            (
                'Variant "main" keeps its 4 instances. The InitialInstanceCount of 2 in the new'
                " config is not used."
            ),
            "To go to 2, add DesiredInstanceCount to ExcludeRetainedVariantProperties.",
        ),
    ),
    (
        given(
            requested=config(instances=2), asking={"exclude_retained": ("DesiredInstanceCount",)}
        ),
        "instance-count-reset",
        (
            'Variant "main" goes from 4 instances to 2, the count in the new config.',
            (
                "To keep 4, set RetainAllVariantProperties to true and do not exclude"
                " DesiredInstanceCount."
            ),
        ),
    ),
    (
        given(policy=canary(maximum_seconds=1200)),
        "maximum-too-short",
        (
            "MaximumExecutionTimeoutInSeconds is 1200, but the waits alone take 1200 seconds.",
            "Set it to 3070 or more, or remove it.",
        ),
    ),
    (
        given(policy=canary(maximum_seconds=1800)),
        "maximum-tight",
        (
            (
                "MaximumExecutionTimeoutInSeconds is 1800 and the waits take 1200 seconds, which"
                " leaves little time to start the green instances. SageMaker rolls back when"
                " time is up."
            ),
            "Set it to 3070 or more, or remove it.",
        ),
    ),
    (
        given(beside=errors(1, name="never")),
        "alarm-threshold-unreachable",
        (
            (
                'The alarm "never" can never trip: it wants Average of Invocation5XXErrors > 1,'
                " but each request counts 0 or 1."
            ),
            "Lower its threshold: an error rate of 2 % is an Average of 0.02.",
        ),
    ),
    (
        given(beside=alarm("never", threshold=48e7)),
        "alarm-threshold-unreachable",
        (
            (
                'The alarm "never" can never trip: it wants Average of ModelLatency >'
                " 480,000,000, but an answer takes at most 480,000,000 microseconds."
            ),
            "Lower its threshold.",
        ),
    ),
    (
        given(beside=alarm("ms", unit="Milliseconds")),
        "alarm-unit-unmatched",
        (
            (
                'The alarm "ms" wants ModelLatency in Milliseconds, but SageMaker publishes it'
                " in Microseconds, so the alarm never has data."
            ),
            "Remove Unit from the alarm.",
        ),
    ),
    (
        given(alarms=[alarm(threshold=250)]),
        "latency-in-microseconds",
        (
            (
                'The alarm "latency" has the threshold 250. ModelLatency is in microseconds, so'
                " that is 0.25 ms."
            ),
            "If you meant milliseconds, multiply by 1,000: 100 ms is 100,000.",
        ),
    ),
    (
        given(beside=alarm("x", dimensions=BLUE_FLEET)),
        "alarm-sees-only-blue",
        (
            (
                'The alarm "x" watches only the blue fleet, because its EndpointConfigName is'
                " the live one. Its dimensions: EndpointConfigName=churn-blue,"
                " EndpointName=churn, VariantName=main."
            ),
            (
                "Set them to EndpointName=churn and VariantName=main. Add"
                " EndpointConfigName=churn-green to watch the green fleet alone."
            ),
        ),
    ),
    (
        given(beside=alarm("wide", dimensions=BOTH_FLEETS)),
        "alarm-sees-both-fleets",
        (
            (
                'The alarm "wide" watches both fleets together, so errors of the blue fleet also'
                " roll back."
            ),
            (
                "Add the requested EndpointConfigName to the dimensions, or accept that blue's"
                " errors also roll back."
            ),
        ),
    ),
    (
        given(alarms=[errors(0.05), alarm(dimensions=BOTH_FLEETS)]),
        "alarm-sees-both-fleets",
        (
            (
                'The alarms "errors" and "latency" watch both fleets together, so errors of the'
                " blue fleet also roll back."
            ),
            (
                "Add the requested EndpointConfigName to the dimensions, or accept that blue's"
                " errors also roll back."
            ),
        ),
    ),
    (
        given(alarms=[errors(0.05, name="green", dimensions=GREEN_FLEET), errors(0.05)]),
        "alarm-metric-unproven",
        (
            (
                'The alarm "green" watches Average of Invocation5XXErrors with EndpointConfigName,'
                " EndpointName and VariantName. AWS does not document that SageMaker publishes"
                " that: if it does not, the alarm never trips."
            ),
            'Keep the alarm "errors", which does not depend on it.',
        ),
    ),
    (
        given(alarms=[alarm(), errors(0.05, dimensions=GREEN_FLEET)]),
        "alarm-metric-unproven",
        (
            (
                'The alarm "errors" watches Average of Invocation5XXErrors with EndpointConfigName,'
                " EndpointName and VariantName. AWS does not document that SageMaker publishes"
                " that: if it does not, the alarm never trips."
            ),
            ("Name a second alarm on Invocation5XXErrors with EndpointName and VariantName alone."),
        ),
    ),
    (
        on(11, linear(percent(10))),
        "share-rounded",
        (
            (
                'LinearStepSize of variant "main": 10 % of 11 instances rounds to 1 (9 %).'
                " Allowed: 10 to 50 %."
            ),
            "Set it to 14 % or more.",
        ),
    ),
    (
        given(alarms=[errors(150, "Sum")]),
        "alarm-may-miss-bake",
        (
            (
                'The alarm "errors" may trip too late for the bake of 600 s at 25 % of the'
                " traffic. It needs 1 of 1 datapoints of 60 s with Sum of Invocation5XXErrors >"
                " 150, which takes up to 180 s with CloudWatch's delay. At the latest it trips"
                " 800 s after green's first request."
            ),
            "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold.",
        ),
    ),
    (
        given(alarms=[errors(1200, "Sum", dimensions=GREEN_FLEET)]),
        "alarm-may-miss-bake",
        (
            (
                'The alarm "errors" may trip too late for the bakes of 600 s at 25 % and 600 s'
                " at 100 % of the traffic. It needs 1 of 1 datapoints of 60 s with Sum of"
                " Invocation5XXErrors > 1,200, which takes up to 180 s with CloudWatch's delay."
                " Going by the last day, green gets too few requests for that Sum."
            ),
            "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold.",
        ),
    ),
    (
        given(requested=config(serverless=True, instance_type=""), scalable=frozenset({"main"})),
        "scalable-variant-changes",
        (
            (
                'Variant "main" has auto scaling and changes its instance type from ml.m5.xlarge'
                " to none. SageMaker would fail the update."
            ),
            (
                "Call DeleteScalingPolicy and DeregisterScalableTarget before the update, and make"
                " both again afterwards."
            ),
        ),
    ),
    (
        given(alarms=[errors(0.25)]),
        "alarm-cannot-trip-in-bake",
        (
            (
                'The alarm "errors" cannot trip in the bake of 600 s at 25 % of the traffic.'
                " It needs 1 of 1 datapoints of 60 s with Average of Invocation5XXErrors > 0.25,"
                " and at first green has 25 % of the requests. Even if green fails all of them,"
                " the alarm trips 626 s after green's first request at the earliest."
            ),
            "Use a shorter Period, fewer datapoints, a lower threshold or a longer bake.",
        ),
    ),
    (
        given(beside=errors(0.02, points=30)),
        "alarm-cannot-trip-in-bake",
        (
            (
                'The alarm "errors" cannot trip in the bakes of 600 s at 25 % and 600 s at 100 %'
                " of the traffic. It needs 30 of 30 datapoints of 60 s with Average of"
                " Invocation5XXErrors > 0.02, and at first green has 25 % of the requests. Even"
                " if green fails all of them, the alarm never trips in a bake."
            ),
            "Use a shorter Period, fewer datapoints, a lower threshold or a longer bake.",
        ),
    ),
    (
        given(policy=canary(wait=180), alarms=[alarm()]),
        "alarm-may-miss-bake",
        (
            (
                'The alarm "latency" may trip too late for the bake of 180 s at 25 % of the'
                " traffic. It needs 1 of 1 datapoints of 60 s with Average of ModelLatency >"
                " 100,000, which takes up to 180 s with CloudWatch's delay."
            ),
            "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold.",
        ),
    ),
    (
        given(alarms=[errors(0.25)]),
        "bake-unprotected",
        (
            (
                "No alarm can trip in the bake of 600 s at 25 % of the traffic, however badly"
                " the green fleet fails."
            ),
            "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold.",
        ),
    ),
    (
        on(10, linear(count(1), wait=6, termination=600)) | given(alarms=[alarm()]),
        "alarm-may-miss-bake",
        (
            (
                'The alarm "latency" may trip too late for the bakes of 6 s at 20 %, 6 s at 30'
                " %, 6 s at 40 %, 6 s at 50 % and 4 more. It needs 1 of 1 datapoints of 60 s"
                " with Average of ModelLatency > 100,000, which takes up to 180 s with"
                " CloudWatch's delay."
            ),
            "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold.",
        ),
    ),
    (
        on(6, linear(count(1), wait=6, termination=600)) | given(alarms=[alarm()]),
        "alarm-may-miss-bake",
        (
            (
                'The alarm "latency" may trip too late for the bakes of 6 s at 33 %, 6 s at 50'
                " %, 6 s at 67 % and 6 s at 83 % of the traffic. It needs 1 of 1 datapoints of"
                " 60 s with Average of ModelLatency > 100,000, which takes up to 180 s with"
                " CloudWatch's delay."
            ),
            "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold.",
        ),
    ),
    (
        given(beside=errors(0.2)),
        "alarm-diluted",
        (
            (
                'The alarm "errors" does not notice a green fleet that fails half of its'
                " requests: at 25 % of the traffic that is an error rate of 12.5 %, and the"
                " threshold is 20 %."
            ),
            "Lower the threshold, or watch the green fleet alone.",
        ),
    ),
    (
        given(**requests(0.2), alarms=[alarm()]),
        "alarm-too-little-traffic",
        (
            (
                "Going by the last day, green gets about 0.5 requests in the bake of 600 s at 25"
                ' % of the traffic, but the alarm "latency" needs 1 datapoint. It treats missing'
                " data as notBreaching."
            ),
            "Send requests of your own during the bakes, or bake for longer.",
        ),
    ),
    (
        given(quotas={TYPE: Quota(7, 4)}),
        "quota-too-small",
        (
            (
                "The deployment needs 4 more ml.m5.xlarge at the same time, but the quota"
                ' "ml.m5.xlarge for endpoint usage" is 7 and 4 are running already.'
            ),
            (
                "Ask Service Quotas for 8 or more, or use a RollingUpdatePolicy with a"
                " MaximumBatchSize of 2 instances or fewer."
            ),
        ),
    ),
    (
        refused("quotas", policy=rolling(count(2)), quotas=None),
        "quota-not-checked",
        (
            (
                "The deployment needs 2 more ml.m5.xlarge at the same time. The quota is not"
                " known: the role may not ask."
            ),
            'Compare with "ml.m5.xlarge for endpoint usage" in Service Quotas.',
        ),
    ),
    (
        given(
            instances=TWO,
            requested=Config(
                GREEN, (variant("main", 4), variant("second", 4, instance_type="ml.g5.xlarge"))
            ),
            quotas=None,
            unknown={"quotas": "the role may not ask"},
        ),
        "quota-not-checked",
        (
            (
                "The deployment needs 4 more ml.m5.xlarge and 4 more ml.g5.xlarge at the same"
                " time. The quota is not known: the role may not ask."
            ),
            (
                'Compare with "ml.m5.xlarge for endpoint usage", "ml.g5.xlarge for endpoint'
                ' usage" in Service Quotas.'
            ),
        ),
    ),
    (
        given(quotas=None, unknown={"quotas": "the role may not ask"}),
        "quota-not-checked",
        (
            (
                "The deployment needs 4 more ml.m5.xlarge at the same time. The quota is not"
                " known: the role may not ask."
            ),
            'Compare with "ml.m5.xlarge for endpoint usage" in Service Quotas.',
        ),
    ),
    (
        given(scalable=frozenset({"main"})),  # 1,570 seconds
        "autoscaling-blocked",
        (
            'Auto scaling of "main" is paused while the update runs, for about 27 minutes.',
            "If the load may grow in that time, scale out first.",
        ),
    ),
    (
        given(requested=OTHER_TYPE, quotas=ROOM, scalable=frozenset({"main"})),
        "scalable-variant-changes",
        (
            (
                'Variant "main" has auto scaling and changes its instance type from ml.m5.xlarge'
                " to ml.g5.xlarge. SageMaker would fail the update."
            ),
            (
                "Call DeleteScalingPolicy and DeregisterScalableTarget before the update, and make"
                " both again afterwards."
            ),
        ),
    ),
    (
        two_variants(policy=rolling()),
        "rolling-several-variants",
        (
            "A rolling update works with one production variant, but the new config has 2.",
            "Use a BlueGreenUpdatePolicy, which works with several.",
        ),
    ),
    (
        allowing("canary-out-of-bounds"),
        "waiver-unused",
        (
            "AllowFindings accepts canary-out-of-bounds, but the check did not find it.",
            "Remove it from AllowFindings.",
        ),
    ),
]


@pytest.mark.parametrize(
    ("changes", "id_", "texts"),
    [pytest.param(*row, id=f"{row[1]}-{n}") for n, row in enumerate(MESSAGES)],
)
def test_the_numbers_in_a_message(
    changes: dict[str, Any], id_: str, texts: tuple[str, str]
) -> None:
    findings = checked(**changes).findings
    assert [(f.message, f.fix) for f in findings if f.id == id_] == [texts]


def advice(id_: str, **changes: Any) -> str:
    (fix,) = {found.fix for found in checked(**changes).findings if found.id == id_}
    return fix


ANOTHER_TYPE = "or use another instance type in the new config."


@pytest.mark.parametrize(
    ("changes", "fix"),
    [
        # Batches are 5 to 50 % of the one variant that a rolling update takes, and fit the quota.
        (on(4, canary()) | {"quotas": {TYPE: Quota(5, 4)}}, "MaximumBatchSize of 1 instance."),
        (on(4, canary()) | {"quotas": {TYPE: Quota(7, 4)}}, "of 2 instances or fewer."),
        (on(4, rolling(count(2))) | {"quotas": {TYPE: Quota(5, 4)}}, "of 1 instance."),
        (on(4, canary()) | {"quotas": {TYPE: Quota(4, 4)}}, ANOTHER_TYPE),
        (on(4, rolling(count(1))) | {"quotas": {TYPE: Quota(4, 4)}}, ANOTHER_TYPE),
        (on(1, all_at_once()) | {"quotas": {TYPE: Quota(1, 1)}}, ANOTHER_TYPE),
        (on(1, rolling()) | {"quotas": {TYPE: Quota(1, 1)}}, ANOTHER_TYPE),
        (on(40, canary()) | {"quotas": {TYPE: Quota(41, 40)}}, ANOTHER_TYPE),  # 2 of 40 at least
        (on(40, canary()) | {"quotas": {TYPE: Quota(42, 40)}}, "of 2 instances or fewer."),
        (two_variants(quotas={TYPE: Quota(15, 8)}), ANOTHER_TYPE),
        (given(**GONE, quotas={TYPE: Quota(6, 4)}), ANOTHER_TYPE),  # it is yet to be created
    ],
)
def test_no_rolling_update_is_advised_that_has_no_room_either(
    changes: dict[str, Any], fix: str
) -> None:
    assert advice("quota-too-small", **changes).endswith(fix)


def test_the_quota_that_is_enough_is_named() -> None:
    fix = advice("quota-too-small", **on(1, all_at_once()), quotas={TYPE: Quota(1, 1)})
    assert fix == (
        "Ask Service Quotas for 2 or more, or use another instance type in the new config."
    )


RESET = {"retain_all_variant_properties": False}


def test_who_keeps_no_counts_is_not_told_to_scale_first() -> None:
    one = given(requested=config(instances=1), asking=RESET)
    assert advice("fleet-of-one", **one) == (
        "Use ALL_AT_ONCE, or an InitialInstanceCount of 2 or more in the new config."
    )
    scaling = given(scalable=frozenset({"main"}), asking=RESET)
    assert advice("autoscaling-blocked", **scaling) == (
        "If the load may grow in that time, raise InitialInstanceCount in the new config: the"
        " counts of now are not kept."
    )


def test_a_variant_that_goes_is_not_registered_again() -> None:
    gone = given(
        instances={"main": 4, "second": 2}, requested=config(), scalable=frozenset({"second"})
    )
    assert advice("scalable-variant-changes", **gone) == (
        "Call DeleteScalingPolicy and DeregisterScalableTarget before the update."
    )


def test_a_count_is_advised_that_fits_all_variants_or_none_is() -> None:
    assert advice("canary-out-of-bounds", **two_variants(10, 8, policy=canary(count(5)))) == (
        "Use 1 to 4 instances."
    )
    apart = two_variants(2, 40, policy=linear(count(1)))
    assert advice("step-out-of-bounds", **apart) == (
        "No count fits all variants. Use CAPACITY_PERCENT."
    )
    assert "step-out-of-bounds" not in [
        found.id for found in checked(**{**apart, "policy": linear(percent(50))}).findings
    ]


@pytest.mark.parametrize(("asked", "fleet"), [(10, 11), (10, 13), (10, 14), (10, 12)])
def test_the_percentage_that_is_advised_is_large_enough(asked: int, fleet: int) -> None:
    fix = advice("share-rounded", **on(fleet, linear(percent(asked))))
    advised = int(fix.removeprefix("Set it to ").removesuffix(" % or more."))
    again = checked(linear(percent(advised)), fleet).findings
    assert [found for found in again if found.severity == "WARNING"] == []


def test_a_percentage_is_advised_that_comes_out_for_all_variants_or_none_is() -> None:
    even = two_variants(4, 2, policy=canary(percent(25)))  # 50 % comes out for both
    assert advice("share-rounded", **even) == "Set it to 50 %, or use more instances."
    odd = two_variants(4, 3, policy=canary(percent(25)))
    assert advice("share-rounded", **odd) == (
        "Accept it, or use more instances: the other variants would round that percentage."
    )
    large = two_variants(11, 13, policy=linear(percent(10)))
    assert advice("share-rounded", **large) == "Set it to 14 % or more."


def test_who_moves_away_from_what_is_excluded_is_told_the_one_way_there_is() -> None:
    away = given(live=config(BLUE, instance_type="ml.inf1.xlarge"))
    assert advice("excluded-inf1", **away) == (
        "Call UpdateEndpoint yourself to move away from it: nothing guards that update."
    )
    shadowed = given(live=replace(config(BLUE), shadows=1))
    assert advice("shadow-variants", **shadowed) == (
        "The new config has none. Accept that nobody knows what the update does with them, or call"
        " UpdateEndpoint yourself first, with a copy of the live config without them."
    )


def test_the_maximum_that_is_sent_covers_the_start_timeouts() -> None:
    sent = checked(**starting(slow())).to_send.policy
    assert sent.maximum_seconds == 1200 + 7200 + 1800
    assert checked().to_send.policy.maximum_seconds == 1200 + 3600


def test_larger_parts_are_advised_only_where_there_are_larger_ones() -> None:
    half = starting(slow(), policy=rolling(count(1), wait=3600), instances=3)
    assert advice("maximum-tight", **half) == (
        "It can be 28800 at most: use shorter waits or start timeouts no longer than the"
        " containers need."
    )


@pytest.mark.parametrize(
    ("what", "lacking", "id_", "message"),
    [
        (
            "alarms",
            "alarms",
            "alarms-not-checked",
            "Whether the alarms exist and can trip is not known: no right to see.",
        ),
        (
            "roles",
            "roles_may_describe_alarms",
            "role-not-checked",
            (
                f'Whether the role "{ROLE}" may call cloudwatch:DescribeAlarms is not known:'
                " no right to see. If it may not, no alarm rolls back."
            ),
        ),
        (
            "scaling",
            "scalable",
            "autoscaling-not-checked",
            "Whether a variant has auto scaling is not known: no right to see.",
        ),
        (
            "traffic",
            "traffic",
            "traffic-not-checked",
            (
                "How many requests come is not known: no right to see. The check assumes steady"
                " traffic."
            ),
        ),
    ],
)
def test_what_could_not_be_read_is_told_with_its_reason(
    what: str, lacking: str, id_: str, message: str
) -> None:
    knowing = {lacking: None, "unknown": {what: "no right to see"}}
    findings = checked(knowing=knowing).findings
    assert [(f.id, f.message) for f in findings] == [(id_, message)]


@pytest.mark.parametrize(
    ("unknown", "why"),
    [
        ({}, "the models do not tell"),
        ({"models": "no right to see models"}, "no right to see models"),
        ({"packages": "no right to see packages"}, "no right to see packages"),
        ({"models": "no models", "packages": "no packages"}, "no packages"),
    ],
)
def test_why_it_is_not_known_whether_a_container_comes_from_the_marketplace(
    unknown: dict[str, str], why: str
) -> None:
    (found,) = checked(requested=config(marketplace=None), unknown=unknown).findings
    assert found.message == (
        f"Whether a container comes from AWS Marketplace is not known: {why}. Such a fleet is"
        " updated without guardrails."
    )


def test_why_the_live_config_is_not_known() -> None:
    (found,) = checked(live=None, unknown={"live": "no right to see configs"}).findings
    assert found.message == (
        "The live endpoint config is not known: no right to see configs. Its fleet may be one that"
        " SageMaker updates without guardrails, and what the update changes besides the model is"
        " not known."
    )
    assert found.fix == "If it still exists, allow sagemaker:DescribeEndpointConfig on it."


def test_the_name_of_somebodys_metric_is_told_in_one_line_and_cut() -> None:
    strange = alarm(metric="a\n" + 300 * "b", namespace="AWS/SageMaker")
    findings = checked(alarms=[strange]).findings
    (told,) = [f.message for f in findings if f.id == "alarm-metric-not-published"]
    assert f'watches "a {77 * "b"}…", but SageMaker publishes no such metric' in told


def test_without_an_endpoint_to_clone_there_is_no_forecast_and_no_plan() -> None:
    lacking = checked(**GONE, **PACKAGED)
    assert (lacking.forecast, lacking.plan) == (None, None)
    assert checked(**GONE).forecast is not None


def test_alarms_that_nobody_could_read_are_not_called_missing() -> None:
    assert in_words(checked(knowing={"alarms": None}).findings) == ["WARNING alarms-not-checked"]


def test_findings_on_the_request_alone_come_first() -> None:
    told = Finding("no-policy", "WARNING", "The request names no policy.")
    assert checked(alarms=(), found=[told]).findings[0] == told


def test_the_last_of_fifty_findings_says_how_many_more_there_were() -> None:
    several = [Finding("alarm-missing", "ERROR", "There is none.")] * 52
    listed = to_list(several)
    assert len(listed) == 50
    assert listed[-1] == {
        "Id": "more-findings",
        "Severity": "INFO",
        "Message": "3 more findings are not shown.",
        "Fix": "Fix those that are shown, then check again.",
    }
    assert to_list(several[:50]) == [several[0].to_json()] * 50


# ---- That no finding is left out of here -----------------------------------------------------

REQUESTS, DOCUMENTS, GUARDRAIL_RULES = (
    (Path(__file__).parents[1] / f"{what}.py").read_text()
    for what in (
        "request/test_request",
        "registry/test_group_policy",
        "check/test_guardrail_protection",
    )
)
ELSEWHERE = {
    "alarms-not-checked",
    "check-failed",
    "guardrails-assumed",
    "more-findings",
    "not-permitted",
    "policy-encrypted",
    "policy-rehearses",
    "supersede-not-allowed",
}
"""Above, in the tests of what is there and of guardrails, and in those of the states and the
workflow."""


def test_each_finding_of_the_catalogue_is_found_somewhere_in_each_of_its_severities() -> None:
    rows = [*GROUPS.values(), *ALARM_GROUPS.values()]
    in_table = {words for group in rows for _, row in group for words in row}
    elsewhere = {
        id_ for id_ in CATALOGUE if f'"{id_}"' in REQUESTS + DOCUMENTS + GUARDRAIL_RULES
    } | ELSEWHERE
    kinds = (kind for kind in CATALOGUE.values() if kind.id not in elsewhere)
    wanted = {f"{severity} {kind.id}" for kind in kinds for severity in kind.severities}
    assert wanted - in_table == set()
