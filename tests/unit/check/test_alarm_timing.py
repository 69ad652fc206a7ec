"""When alarms trip at the earliest and at the latest, by hand.

Green's first request comes 320 seconds after UpdateEndpoint, at any second of CloudWatch's
minute: the earliest is right before a minute's end and 5 seconds later, the latest right after
one's beginning and 120 seconds later. A canary on four instances has 25 % of the requests for
620 seconds, the bake and the shift after it, and then all of them.
"""

from collections.abc import Sequence

import pytest

from bluegreen.check.alarm_scope import AlarmScope
from bluegreen.check.alarm_timing import ASYNCHRONOUS, REAL_TIME, AlarmTiming, breaches, timing_of
from bluegreen.check.situation import Alarm, Traffic
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.schedule import schedule_of
from situations import alarm, all_at_once, canary, case_of, count, errors, linear, percent, rolling

GTE = "GreaterThanOrEqualToThreshold"
HOST = "/aws/sagemaker/Endpoints"
BUSY = Traffic(600)
NEVER = (None, None)


def reach(
    watched: Alarm,
    scope: AlarmScope,
    policy: Policy,
    shares: Sequence[float],
    instances: int,
    traffic: Traffic | None = BUSY,
) -> tuple[int | None, int | None]:
    fleet = {"main": instances}
    found = timing_of(watched, scope, schedule_of(policy, fleet, fleet), shares, traffic)
    return found.earliest, found.latest


def canary_reach(
    watched: Alarm, scope: AlarmScope, traffic: Traffic | None = BUSY
) -> tuple[int | None, int | None]:
    return reach(watched, scope, canary(), [0.25, 1.0], 4, traffic)


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (alarm(), (326, 500)),  # 1 + 5; 60 + 120
        (alarm(points=2), (386, 560)),
        (alarm(points=3), (446, 620)),
        (alarm(points=2, of=3), (386, 560)),
        (alarm(points=2, of=5), (386, 560)),
        (alarm(period=300), (326, 500)),  # the last five minutes, evaluated every minute
        (alarm(period=120), (326, 500)),
        (alarm(period=300, points=2), (626, 800)),  # 301 + 5; 360 + 120
        (alarm(period=600, points=2), (926, 1100)),  # 601 + 5; 660 + 120
        (alarm(period=30), (325, None)),  # in other grains than minutes: not judged
        (alarm(period=10, points=2), (325, None)),
        (alarm(threshold=479_999_999), (326, 500)),
        (alarm(threshold=60_000_000, comparison=GTE), (326, 500)),
        (alarm(threshold=480_000_000), NEVER),
        (alarm(statistic="Minimum"), (326, 500)),
        (alarm(statistic="p50"), (326, 500)),
        (errors(0.99), (326, 500)),
        (errors(1), NEVER),
    ],
)
def test_an_alarm_on_green_alone_sees_its_worst_from_the_first_request_on(
    watched: Alarm, expected: tuple[int | None, int | None]
) -> None:
    assert canary_reach(watched, AlarmScope.GREEN) == expected


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        # The rate is k x 25 % / 60 after k seconds: more than 2 % after 5.
        (errors(0.02), (330, 504)),  # 5 + 5; 64 + 120
        (errors(0.25, comparison=GTE), (385, 559)),  # a full minute: 60 + 5; 119 + 120
        (errors(0.2499), (385, 559)),
        (errors(0.25), (946, 1120)),  # one second of all requests: 621 + 5; 680 + 120
        (errors(1, comparison=GTE), (1005, 1179)),  # a full minute of them: 680 + 5; 739 + 120
        (errors(1), NEVER),
        (errors(0.25, comparison=GTE, points=2), (445, 619)),
        (errors(0.25, comparison=GTE, points=2, of=3), (445, 619)),
        (errors(0.02, period=300), (350, 524)),  # 25 seconds of 300: 25 + 5; 84 + 120
        (errors(0.25, period=300, comparison=GTE), (625, 799)),
        # Latency of 480 s in a part of the requests.
        (alarm(), (326, 500)),
        (alarm(threshold=120_000_000, comparison=GTE), (385, 559)),
        (alarm(threshold=120_000_000), (946, 1120)),
        (alarm(statistic="Maximum"), (326, 500)),
        (alarm(statistic="Minimum"), (1005, 1179)),
        # Percentiles: green has to have that part of the period's requests.
        (alarm(statistic="p75"), (385, 559)),
        (alarm(statistic="p74"), (946, 1120)),
        (alarm(statistic="p90"), (349, 523)),  # 24 x 25 % / 60 = 10 %: 24 + 5; 83 + 120
        (alarm(statistic="p95"), (337, 511)),  # 12 x 25 % / 60 = 5 %: 12 + 5; 71 + 120
        (alarm(statistic="p99.5"), (326, 501)),  # a second has at most 3 of 600; 2 have 0.8 %
        (alarm(statistic="p50"), (965, 1139)),  # 40 of 60 s at 25 %, 20 at 100 %: 640 + 5
    ],
)
def test_an_alarm_on_both_fleets_sees_green_diluted(
    watched: Alarm, expected: tuple[int | None, int | None]
) -> None:
    assert canary_reach(watched, AlarmScope.BOTH) == expected


@pytest.mark.parametrize(
    ("watched", "per_minute", "expected"),
    [
        # Of 4 a minute 1 is green's at 25 %: none or 2 may be. 25 % of 40 are 10, and no few.
        (errors(0.3), 4, (385, 1124)),
        (errors(0.3), 40, (950, 1124)),
        (errors(0.49), 4, (385, 1139)),
        (errors(0.5), 4, (965, 1140)),
        (errors(0.25, comparison=GTE), 4, (326, 559)),
        (alarm(statistic="Minimum"), 1, (326, 1179)),
    ],
)
def test_of_few_requests_green_may_get_one_more_than_its_share(
    watched: Alarm, per_minute: float, expected: tuple[int, int]
) -> None:
    assert canary_reach(watched, AlarmScope.BOTH, Traffic(per_minute)) == expected


@pytest.mark.parametrize("scope", [AlarmScope.BOTH, AlarmScope.GREEN])
@pytest.mark.parametrize(
    ("threshold", "traffic", "expected"),
    [
        (100, BUSY, (326, 539)),  # enough may come; 600 a minute are 2.5 a second at 25 %: 41 s
        (299, BUSY, (326, 1139)),  # not before green has all: 20 s of that in a minute
        (300, BUSY, (326, 1140)),
        (600, BUSY, (326, None)),  # more than come on the mean
        (1200, None, (326, 500)),  # nobody knows how many come
        (0, Traffic(0), (326, None)),
    ],
)
def test_a_sum_may_trip_by_enough_requests_and_does_by_the_mean_of_them(
    scope: AlarmScope,
    threshold: float,
    traffic: Traffic | None,
    expected: tuple[int | None, int | None],
) -> None:
    assert canary_reach(errors(threshold, "Sum"), scope, traffic) == expected


@pytest.mark.parametrize(
    "watched",
    [
        Alarm("either", composite=True),
        alarm(expression=True),
        alarm(comparison="LessThanThreshold"),
        alarm(statistic="SampleCount", threshold=1e9),
        alarm(metric="Invocations", statistic="Sum", threshold=1e9),
        alarm(metric="CPUUtilization", namespace=HOST, threshold=1e9),
        alarm(namespace="Churn", threshold=1e9),
    ],
)
def test_what_cannot_be_judged_may_trip_at_once(watched: Alarm) -> None:
    assert canary_reach(watched, AlarmScope.UNKNOWN) == (326, 500)


@pytest.mark.parametrize(
    ("policy", "shares", "instances", "green", "all_of_it"),
    [
        # The alarm on green alone; and Average >= 1 of the errors of both fleets.
        (all_at_once(300), [1.0], 3, (326, 500), (385, 559)),
        (all_at_once(0), [1.0], 3, (326, 500), NEVER),  # 30 s, in which blue is deleted
        (canary(wait=0), [0.25, 1.0], 4, (326, 500), (405, 579)),  # from 20 s on
        (linear(percent(33), 180, 120), [1 / 3, 2 / 3, 1], 3, (326, 500), (785, 959)),
        (rolling(percent(33), 180), [1 / 3, 2 / 3, 1], 3, (326, 500), (1445, 1619)),
        (rolling(count(2), 60), [0.5, 1], 4, (326, 500), (795, 969)),  # from 410 s on
    ],
)
def test_each_mode(
    policy: Policy,
    shares: Sequence[float],
    instances: int,
    green: tuple[int | None, int | None],
    all_of_it: tuple[int | None, int | None],
) -> None:
    assert reach(alarm(), AlarmScope.GREEN, policy, shares, instances) == green
    assert reach(errors(1, comparison=GTE), AlarmScope.BOTH, policy, shares, instances) == all_of_it


def test_a_third_of_the_requests_is_a_third() -> None:
    third = errors(0.333333, comparison=GTE)
    policy = canary(count(1), 600, 600)
    assert reach(third, AlarmScope.BOTH, policy, [1 / 3, 1.0], 3) == (385, 559)
    assert case_of(policy, 3, alarms=[errors(0.333)]).timings["errors"] == AlarmTiming(385, 559)


def test_without_a_stage_nothing_is_reached() -> None:
    empty = schedule_of(canary(), {}, {})
    assert timing_of(alarm(), AlarmScope.GREEN, empty, [1.0], None) == AlarmTiming(326, 500)


# ---- Whether a datapoint breaches ------------------------------------------------------------


@pytest.mark.parametrize(
    ("watched", "part", "requests", "expected"),
    [
        (errors(0.5), 0.5, None, False),
        (errors(0.5), 0.51, None, True),
        (errors(0.5, comparison=GTE), 0.5, None, True),
        (errors(0.5, "Maximum"), 0.01, None, True),
        (errors(0.5, "Maximum"), 0.0, None, False),
        (errors(0.5, "Minimum"), 1.0, None, True),
        (errors(0.5, "Minimum"), 0.99, None, False),
        (errors(0.5, "p95"), 0.05, None, True),
        (errors(0.5, "p95"), 0.049, None, False),
        (errors(0.5, "p99"), 0.01, None, True),
        (errors(0.5, "p99"), 0.0099, None, False),
        (errors(0.5, "p90"), 0.1, None, True),
        (errors(5, "Sum"), 0.5, 10, False),
        (errors(5, "Sum"), 0.6, 10, True),
        (errors(5, "Sum"), 0.6, None, None),
        (errors(5, "SampleCount"), 1.0, 10, None),
        (errors(5, "tm90"), 1.0, 10, None),
        (errors(0.5, metric="InvocationModelErrors"), 0.6, None, True),
        (errors(0.5, metric="Invocations"), 1.0, None, None),
        (errors(0.5, comparison="LessThanThreshold"), 1.0, None, None),
        (errors(0.5, namespace="Churn"), 1.0, None, None),
        (errors(0.5, expression=True), 1.0, None, None),
        (alarm(threshold=240_000_000), 0.5, None, False),
        (alarm(threshold=239_999_999), 0.5, None, True),
        (alarm(metric="OverheadLatency", threshold=480_000_000), 1.0, None, None),
        (alarm(metric="MemoryUtilization", threshold=100, namespace=HOST), 1.0, None, False),
        (
            alarm(metric="MemoryUtilization", statistic="Sum", threshold=320, namespace=HOST),
            1.0,
            None,
            None,
        ),
        (alarm(metric="MemoryUtilization", namespace=HOST, threshold=100), 1.0, None, False),
        (alarm(metric="MemoryUtilization", namespace=HOST, threshold=99), 1.0, None, None),
        (
            alarm(metric="DiskUtilization", namespace=HOST, threshold=100, comparison=GTE),
            1.0,
            None,
            None,
        ),
        (alarm(metric="CPUUtilization", namespace=HOST, threshold=800), 1.0, None, None),
        (Alarm("either", composite=True), 1.0, None, None),
    ],
)
def test_whether_a_datapoint_of_the_worst_green_breaches(
    watched: Alarm, part: float, requests: float | None, expected: bool | None
) -> None:
    assert breaches(watched, part, REAL_TIME, requests) is expected


@pytest.mark.parametrize(
    ("threshold", "real_time", "asynchronous"),
    [
        (479_999_999, True, True),
        (480_000_000, False, True),
        (3_599_999_999, False, True),
        (3_600_000_000, False, False),
    ],
)
def test_an_asynchronous_request_may_take_an_hour_and_a_streamed_answer_eight_minutes(
    threshold: float, real_time: bool, asynchronous: bool
) -> None:
    late = alarm(threshold=threshold)
    assert breaches(late, 1.0, REAL_TIME) is real_time
    assert breaches(late, 1.0, ASYNCHRONOUS) is asynchronous


def test_a_threshold_that_only_a_streamed_answer_reaches_may_trip_and_need_not() -> None:
    timing = case_of(alarms=[alarm(threshold=70_000_000)]).timings["latency"]
    assert (timing.earliest, timing.latest) == (326, None)
