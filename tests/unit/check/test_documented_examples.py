"""AWS's own examples, as documented: what the check says of each, worked out by hand.

The developer guide's pages on the traffic shifting modes and on auto-rollback, and the notebooks
"Update a SageMaker inference endpoint using canary / linear / rolling deployment", which update
three ml.m5.xlarge.
"""

from typing import Any

import pytest

from bluegreen.check.situation import Alarm, Traffic
from bluegreen.contract.request import RequestDocument
from bluegreen.request.request import Request, check
from bluegreen.sagemaker.deployment_config import Policy
from builders import GREEN
from situations import (
    BOTH_FLEETS,
    alarm,
    all_at_once,
    canary,
    checked,
    count,
    errors,
    in_words,
    linear,
    percent,
    rolling,
)

GTE = "GreaterThanOrEqualToThreshold"
TIGHT = "WARNING maximum-tight"
ROUNDED = "INFO share-rounded"
CANNOT = "WARNING alarm-cannot-trip-in-bake"
MISS = "WARNING alarm-may-miss-bake"
BOTH = "INFO alarm-sees-both-fleets"
BARE = "ERROR bake-unprotected"
UNSEEN = "WARNING defect-unseen"

# ---- The guide's policies --------------------------------------------------------------------


def written(policy: dict[str, Any]) -> Policy:
    """A policy as it stands on a page, through the request's own check."""
    alarms = {"Alarms": [{"AlarmName": "latency"}]}
    config = {**policy, "AutoRollbackConfiguration": alarms}
    body = RequestDocument(EndpointName="churn", EndpointConfigName=GREEN, DeploymentConfig=config)
    assert check(body) == []
    return Request.from_json(body).policy


CANARY_PAGE = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 30},
            "WaitIntervalInSeconds": 600,
        },
        "TerminationWaitInSeconds": 600,
        "MaximumExecutionTimeoutInSeconds": 1800,
    }
}
LINEAR_PAGE = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "LINEAR",
            "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 20},
            "WaitIntervalInSeconds": 300,
        },
        "TerminationWaitInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": 3600,
    }
}
ALL_AT_ONCE_PAGE = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE"},
        "TerminationWaitInSeconds": 600,
        "MaximumExecutionTimeoutInSeconds": 1800,
    }
}


@pytest.mark.parametrize(
    ("page", "instances", "expected"),
    [
        # Waits of 1,200 s, and 3,070 s with a fleet that takes half an hour to be made. 30 % of
        # 10 instances are 3, of 4 and of 3 they are 1: 25 and 33 %.
        pytest.param(CANARY_PAGE, 10, [TIGHT], id="canary, 10"),
        pytest.param(CANARY_PAGE, 4, [ROUNDED, TIGHT], id="canary, 4"),
        pytest.param(CANARY_PAGE, 3, [ROUNDED, TIGHT], id="canary, 3"),
        pytest.param(CANARY_PAGE, 1, ["ERROR fleet-of-one", TIGHT], id="canary, 1"),
        # Five steps: 1,800 + 5 x 20 + 5 x 300 + 30 = 3,430 s. 20 % of 3 instances are 1: 33 %.
        pytest.param(LINEAR_PAGE, 10, [], id="linear, 10"),
        pytest.param(LINEAR_PAGE, 5, [], id="linear, 5"),
        pytest.param(LINEAR_PAGE, 3, [ROUNDED], id="linear, 3"),
        pytest.param(LINEAR_PAGE, 1, ["ERROR fleet-of-one"], id="linear, 1"),
        # 1,800 + 20 + 600 + 30 = 2,450 s. The page gives no WaitIntervalInSeconds.
        pytest.param(ALL_AT_ONCE_PAGE, 3, [TIGHT], id="all at once, 3"),
        pytest.param(ALL_AT_ONCE_PAGE, 1, [TIGHT], id="all at once, 1"),
    ],
)
def test_the_policies_of_the_guide(
    page: dict[str, Any], instances: int, expected: list[str]
) -> None:
    assert in_words(checked(written(page), instances).findings) == sorted(expected)


def test_the_rolling_page_spells_a_type_that_the_api_does_not_have() -> None:
    size = {"Type": "CAPACITY_PERCENTAGE", "Value": 50}
    body = {
        "EndpointName": "churn",
        "EndpointConfigName": GREEN,
        "DeploymentConfig": {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": size,
                "WaitIntervalInSeconds": 300,
                "MaximumExecutionTimeoutInSeconds": 3600,
            }
        },
    }
    (finding,) = check(body)
    assert finding.message == (
        'DeploymentConfig.RollingUpdatePolicy.MaximumBatchSize.Type is "CAPACITY_PERCENTAGE", which'
        " is not allowed."
    )
    assert finding.fix == "Allowed: INSTANCE_COUNT or CAPACITY_PERCENT."


@pytest.mark.parametrize(
    ("value", "instances", "expected"),
    [
        # "Between 5 % and 50 %"; two batches, each of 1,800 + 20 + 300 + 30 s, over 3,600 s.
        (50, 4, [TIGHT]),
        (50, 2, [TIGHT]),
        (50, 1, ["ERROR fleet-of-one"]),  # one batch, 2,150 s
    ],
)
def test_the_rolling_page_with_the_type_of_the_api(
    value: int, instances: int, expected: list[str]
) -> None:
    policy = rolling(percent(value), wait=300, maximum_seconds=3600)
    assert in_words(checked(policy, instances).findings) == sorted(expected)


# ---- The notebooks ---------------------------------------------------------------------------
# Two endpoint-wide alarms, period 60, 1 of 1: Average of Invocation5XXErrors >= 1, in the words
# of the notebook an error rate of 1 %, and Average of ModelLatency >= 10,000 microseconds.

NOTEBOOK_ERRORS = errors(1, comparison=GTE)
NOTEBOOK_LATENCY = alarm(threshold=10_000, dimensions=BOTH_FLEETS, comparison=GTE)
NOTEBOOK_ALARMS = [NOTEBOOK_ERRORS, NOTEBOOK_LATENCY]
CANARY_NOTEBOOK = canary(count(1), 300, 120, maximum_seconds=1800)
LINEAR_NOTEBOOK = linear(percent(33), 180, 120, maximum_seconds=1800)
ROLLING_NOTEBOOK = rolling(percent(33), 180, maximum_seconds=1800)

# The errors can be 1 only while green has all of the traffic: 1,800 s are a tight maximum too.
# An alarm of one minute takes up to 180 s: the errors and the latency may miss the last bake of
# 120 s; the latency also misses a first bake of exactly 180 s.
NOTEBOOK_FINDINGS = [TIGHT, BOTH, CANNOT, MISS]


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(CANARY_NOTEBOOK, id="canary"),
        pytest.param(LINEAR_NOTEBOOK, id="linear"),
        pytest.param(ROLLING_NOTEBOOK, id="rolling"),
    ],
)
def test_the_notebooks(policy: Policy) -> None:
    findings = checked(policy, 3, alarms=NOTEBOOK_ALARMS).findings
    assert in_words(findings) == sorted(NOTEBOOK_FINDINGS)


@pytest.mark.parametrize(
    ("policy", "waits", "wanted"),
    [
        (CANARY_NOTEBOOK, 420, 2290),  # 1,800 + 2 x 20 + 300 + 120 + 30
        (LINEAR_NOTEBOOK, 480, 2370),  # 1,800 + 3 x 20 + 2 x 180 + 120 + 30
        (ROLLING_NOTEBOOK, 540, 6090),  # 3 x (1,800 + 20 + 180 + 30)
    ],
)
def test_the_maximum_of_the_notebooks(policy: Policy, waits: int, wanted: int) -> None:
    findings = checked(policy, 3, alarms=NOTEBOOK_ALARMS).findings
    (tight,) = [f for f in findings if f.id == "maximum-tight"]
    assert f"is 1800 and the waits take {waits} seconds, " in tight.message
    assert tight.fix == f"Set it to {wanted} or more, or remove it."


@pytest.mark.parametrize(
    ("policy", "lost", "missed", "after"),
    [
        # Canary: all of the traffic from second 320 on, a full minute of it at 380, and 5 more.
        (CANARY_NOTEBOOK, "bake of 300 s at 33 %", "bake of 120 s at 100 %", 385),
        # Linear: from 180 + 20 + 180 + 20 on.
        (
            LINEAR_NOTEBOOK,
            "bakes of 180 s at 33 % and 180 s at 67 %",
            "bake of 120 s at 100 %",
            465,
        ),
        # Rolling: from 2 x (180 + 30 + 300 + 20) on.
        (
            ROLLING_NOTEBOOK,
            "bakes of 180 s at 33 % and 180 s at 67 %",
            "bake of 180 s at 100 %",
            1125,
        ),
    ],
)
def test_the_errors_of_the_notebooks_are_seen_when_green_has_all_of_the_traffic(
    policy: Policy, lost: str, missed: str, after: int
) -> None:
    findings = checked(policy, 3, alarms=NOTEBOOK_ALARMS).findings
    told = {f.id: f.message for f in findings if '"errors"' in f.message}
    assert f"cannot trip in the {lost} of the traffic. " in told["alarm-cannot-trip-in-bake"]
    assert f" trips {after} s after green's first request" in told["alarm-cannot-trip-in-bake"]
    assert f"may trip too late for the {missed} of the traffic. " in told["alarm-may-miss-bake"]


@pytest.mark.parametrize(
    ("policy", "missed"),
    [
        (CANARY_NOTEBOOK, "bake of 120 s at 100 %"),
        (LINEAR_NOTEBOOK, "bakes of 180 s at 33 % and 120 s at 100 %"),
        (ROLLING_NOTEBOOK, "bake of 180 s at 33 %"),
    ],
)
def test_the_latency_of_the_notebooks_is_seen_from_the_first_request_on(
    policy: Policy, missed: str
) -> None:
    findings = checked(policy, 3, alarms=[NOTEBOOK_LATENCY]).findings
    told = {f.id: f.message for f in findings}
    assert "alarm-cannot-trip-in-bake" not in told
    assert f"may trip too late for the {missed} of the traffic. " in told["alarm-may-miss-bake"]


def test_without_its_second_alarm_the_notebook_has_bakes_that_nothing_protects() -> None:
    findings = checked(CANARY_NOTEBOOK, 3, alarms=[NOTEBOOK_ERRORS]).findings
    assert in_words(findings) == sorted([TIGHT, BOTH, CANNOT, MISS, BARE, UNSEEN])


# ---- The guide's alarms ----------------------------------------------------------------------
# "Auto-Rollback Configuration and Monitoring": Invocation4XXErrors, Average > 1, 2 x 600 s, in
# which the Average is 1 at most; ModelLatency, Average > 100,000, 2 x 300 s, of the new fleet.


def guide_errors(**more: Any) -> Alarm:
    return errors(1, metric="Invocation4XXErrors", period=600, points=2, **more)


GUIDE_LATENCY = alarm(threshold=100_000, period=300, points=2)
UNREACHABLE = "ERROR alarm-threshold-unreachable"


@pytest.mark.parametrize(
    ("alarms", "policy", "expected"),
    [
        pytest.param([guide_errors()], canary(), [UNREACHABLE, BOTH, BARE], id="errors"),
        # Alone it needs 300 + 1 + 5 s, and by its rule 2 x 300 + 120 s, more than any bake here.
        pytest.param([GUIDE_LATENCY], canary(), [MISS, UNSEEN], id="latency"),
        pytest.param(
            [guide_errors(), GUIDE_LATENCY], canary(), [UNREACHABLE, BOTH, MISS, UNSEEN], id="both"
        ),
        pytest.param([GUIDE_LATENCY], canary(wait=720, termination=720), [UNSEEN], id="long bakes"),
        pytest.param(
            [GUIDE_LATENCY], all_at_once(termination=306), [CANNOT, BARE, UNSEEN], id="306 s"
        ),
        pytest.param([GUIDE_LATENCY], all_at_once(termination=307), [MISS, UNSEEN], id="307 s"),
    ],
)
def test_the_alarms_of_the_guide(alarms: list[Alarm], policy: Policy, expected: list[str]) -> None:
    assert in_words(checked(policy, alarms=alarms).findings) == sorted(expected)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (CANARY_PAGE, [ROUNDED, TIGHT, UNREACHABLE, BOTH, MISS, UNSEEN]),
        # The first bakes are 300 s long, and the latency takes 306: nothing protects the first.
        (LINEAR_PAGE, [ROUNDED, UNREACHABLE, BOTH, CANNOT, MISS, BARE, UNSEEN]),
        (ALL_AT_ONCE_PAGE, [TIGHT, UNREACHABLE, BOTH, MISS, UNSEEN]),
    ],
    ids=["canary", "linear", "all at once"],
)
def test_the_policies_of_the_guide_with_its_alarms(
    page: dict[str, Any], expected: list[str]
) -> None:
    alarms = [guide_errors(), GUIDE_LATENCY]
    names = [one.name for one in alarms]
    findings = checked(written(page), 3, alarms=alarms, names=names).findings
    assert in_words(findings) == sorted(expected)


def test_the_trap_of_the_guides_error_rate_is_told_with_what_to_give_instead() -> None:
    findings = checked(alarms=[guide_errors()]).findings
    (told,) = [f for f in findings if f.id == "alarm-threshold-unreachable"]
    assert told.message == (
        'The alarm "errors" can never trip: it wants Average of Invocation4XXErrors > 1, but each'
        " request counts 0 or 1."
    )
    assert told.fix == "Lower its threshold: an error rate of 2 % is an Average of 0.02."


def test_an_alarm_on_the_endpoint_alone_finds_no_metric() -> None:
    lone = errors(0.1, dimensions={"EndpointName": "churn"})
    findings = checked(alarms=[lone], traffic={"main": Traffic(600)}).findings
    assert in_words(findings) == ["ERROR alarm-without-variant", BARE]
