"""What the check says of alarms by what SageMaker publishes, by traffic, variant and defect.

Each row is what differs from the healthy case, and exactly what is found then.
"""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.protection import Defect, Seen, Watch, protection_of
from bluegreen.check.situation import Alarm, Metric, Traffic, metric_key
from bluegreen.sagemaker.observation import Observation, Variant
from builders import BLUE, at
from situations import (
    BLUE_FLEET,
    BOTH_FLEETS,
    GREEN_FLEET,
    alarm,
    canary,
    checked,
    config,
    errors,
    in_words,
    variant,
)

Row = tuple[dict[str, Any], list[str]]

HOST = "/aws/sagemaker/Endpoints"
ENDPOINT = {"EndpointName": "churn"}
ASYNCHRONOUS = config(asynchronous=True)
GTE, LESS = "GreaterThanOrEqualToThreshold", "LessThanThreshold"

NEVER = "ERROR alarm-metric-not-published"
BARE = "ERROR bake-unprotected"
LOW, FEW = "ERROR alarm-low-samples", "WARNING alarm-low-samples"
SURE, ORDINARY = "ERROR alarm-trips-on-traffic", "WARNING alarm-trips-on-traffic"
CANNOT, MISS = "WARNING alarm-cannot-trip-in-bake", "WARNING alarm-may-miss-bake"
NOT_KNOWN = "WARNING protection-not-known"
UNSEEN = "WARNING defect-unseen"
NOT_JUDGED, BOTH = "INFO alarm-not-judged", "INFO alarm-sees-both-fleets"


def given(**changes: Any) -> dict[str, Any]:
    return changes


def host(metric: str, threshold: float, **more: Any) -> Alarm:
    """An alarm on the instances of both fleets."""
    return alarm("m", metric, "Average", threshold, BOTH_FLEETS, namespace=HOST, **more)


# ---- What SageMaker publishes ----------------------------------------------------------------
# The catalogue (sagemaker/metrics.py): only what no source has is never published. What had data
# in the last two weeks is there, whatever the catalogue says. CloudWatch User Guide, "Percentile-
# based CloudWatch alarms and low data samples": p99 wants 1,000 samples.


def seen_as(metric: str, dimensions: dict[str, str]) -> dict[str, Any]:
    return {"shown": frozenset({metric_key("AWS/SageMaker", metric, dimensions)})}


def p99(**more: Any) -> Alarm:
    return alarm("p99", statistic="p99", ignores_low_samples=True, **more)


def rate(*metrics: Metric) -> Alarm:
    return Alarm("rate", metrics=metrics, expression=True, missing_data="notBreaching")


def of(metric: str, **dimensions: str) -> Metric:
    return Metric("AWS/SageMaker", metric, {**BOTH_FLEETS, **dimensions}, "Sum")


STRANGE = alarm("x", "5XXError", dimensions=BOTH_FLEETS)
ABROAD = Metric("AWS/SageMaker", "ModelLatency", BOTH_FLEETS, account_id="999999999999")
PUBLISHED: list[Row] = [
    (given(beside=STRANGE), [NEVER]),
    (given(alarms=[STRANGE]), [NEVER, BARE]),
    (given(alarms=[STRANGE], **seen_as("5XXError", BOTH_FLEETS)), [BOTH, UNSEEN]),
    (given(beside=alarm("x", "invocation5XXErrors", dimensions=BOTH_FLEETS)), [NEVER]),
    (given(beside=alarm("x", "CPUUtilization", dimensions=BOTH_FLEETS)), [NEVER]),
    (given(beside=host("Invocation5XXErrors", 0.1)), [NEVER]),
    (given(beside=alarm("x", "ApproximateBacklogSize", dimensions=ENDPOINT)), [NEVER]),
    (
        given(
            requested=ASYNCHRONOUS,
            beside=alarm("x", "ApproximateBacklogSize", dimensions=ENDPOINT),
        ),
        [],
    ),
    # An expression fills in what it lacks, perhaps; one of nothing else has no data for sure.
    (
        given(beside=rate(of("5XXError"), of("Invocations"))),
        ["WARNING alarm-metric-not-published", NOT_JUDGED, BOTH],
    ),
    (given(beside=rate(of("5XXError"))), [NEVER, NOT_JUDGED]),
    (
        given(alarms=[rate(of("Invocation5XXErrors"), of("Invocations"))]),
        [NOT_JUDGED, BOTH, UNSEEN],
    ),
    (
        given(beside=Alarm("abroad", metrics=(ABROAD,), threshold=5e5)),
        ["ERROR alarm-other-account"],
    ),
    (given(beside=rate(ABROAD)), ["ERROR alarm-other-account", NOT_JUDGED]),
    (given(alarms=[replace(rate(), open_ended=True)]), [NOT_JUDGED, NOT_KNOWN]),
    # An instance may be blue's, a component another endpoint's: that protects nobody for sure.
    (
        given(alarms=[alarm("x", dimensions={**BOTH_FLEETS, "InstanceId": "i"})]),
        [NOT_JUDGED, NOT_KNOWN, "WARNING alarm-metric-unproven"],
    ),
    (
        given(alarms=[alarm("x", dimensions={"InferenceComponentName": "c"})]),
        [NOT_JUDGED, NOT_KNOWN],
    ),
    # Namespaces are told apart by case and by their first slash.
    (
        given(alarms=[host("CPUUtilization", 9), alarm(namespace="AWS/Sagemaker")]),
        [BOTH, NOT_JUDGED],
    ),
    (given(alarms=[alarm(namespace="AWS/Sagemaker")]), [NOT_JUDGED, NOT_KNOWN]),
    # p99 of 60 s wants 1,000 requests: surely too few even if twice as many came as in the most
    # of the last day, perhaps too few on its mean.
    (given(alarms=[p99()], traffic={"main": Traffic(400, 300, 499)}), [LOW, BARE]),
    (
        given(alarms=[p99()], traffic={"main": Traffic(400, 300, 500)}),
        [FEW, UNSEEN],
    ),
    (given(alarms=[p99()], traffic={"main": Traffic(999)}), [FEW, UNSEEN]),
    (given(alarms=[p99()], traffic={"main": Traffic(20_000)}), [UNSEEN]),
    (
        given(alarms=[replace(p99(), ignores_low_samples=False)], traffic={"main": Traffic(60)}),
        [UNSEEN],
    ),
    (given(alarms=[alarm(ignores_low_samples=True)], traffic={"main": Traffic(60)}), [UNSEEN]),
    # The guide counts the samples "during the evaluation period": all periods together, perhaps.
    (given(alarms=[p99(points=3)], traffic={"main": Traffic(100, 90, 166)}), [LOW, BARE]),
    (
        given(alarms=[p99(points=3)], traffic={"main": Traffic(100, 90, 167)}),
        [FEW, UNSEEN],
    ),
    # Its state.
    (
        given(alarms=[alarm(state="INSUFFICIENT_DATA", warms_up_until=at(3600))], now=at(0)),
        ["WARNING alarm-warming-up", UNSEEN],
    ),
    (  # green's first request comes after 320 s
        given(alarms=[alarm(state="INSUFFICIENT_DATA", warms_up_until=at(320))], now=at(0)),
        ["INFO alarm-insufficient-data", UNSEEN],
    ),
    (
        given(alarms=[alarm(state="INSUFFICIENT_DATA", warms_up_until=at(-3600))]),
        ["WARNING alarm-warming-up", UNSEEN],  # nobody knows what time it is
    ),
    (given(alarms=[alarm(warms_up_until=at(3600))], now=at(0)), [UNSEEN]),  # it is over early
    (given(beside=alarm("x", fails_to_evaluate=True)), ["WARNING alarm-not-evaluated"]),
    (given(beside=Alarm("logs", log=True)), ["WARNING alarm-on-logs"]),
    (given(alarms=[Alarm("logs", log=True)]), ["WARNING alarm-on-logs"]),
    (given(beside=alarm("x", by_the_clock=True)), [NOT_JUDGED]),
]


# ---- Ordinary traffic ------------------------------------------------------------------------
# Sure only of what counts requests, at the least and at the most of the last day's minutes, in the
# first bake; of an alarm on both fleets not while the same traffic leaves it OK.


def count_of(threshold: float, comparison: str = GTE, **more: Any) -> dict[str, Any]:
    wanted = alarm("count", "Invocations", "Sum", threshold, comparison=comparison, **more)
    return {"beside": wanted}


STEADY = {"main": Traffic(600, 400, 800)}
ORDINARILY: list[Row] = [
    (given(**count_of(100), traffic=STEADY), [SURE]),  # 25 % of 400 to 800
    (given(**count_of(101), traffic=STEADY), [ORDINARY]),
    (given(**count_of(200), traffic=STEADY), [ORDINARY]),
    (given(**count_of(201), traffic=STEADY), []),
    (given(**count_of(150)), [ORDINARY]),  # only the mean is known
    (given(**count_of(151)), []),
    (given(**count_of(10), traffic=None), []),
    (given(**count_of(201, LESS), traffic=STEADY), [SURE]),
    (given(**count_of(100, LESS), traffic=STEADY), []),
    (given(**count_of(400, dimensions=BOTH_FLEETS), traffic=STEADY), [ORDINARY, BOTH]),
    (
        given(**count_of(400, dimensions=BOTH_FLEETS, state="INSUFFICIENT_DATA"), traffic=STEADY),
        [SURE, BOTH, "WARNING alarm-insufficient-data"],
    ),
    (given(**count_of(100, period=300, points=3), traffic=STEADY), [ORDINARY, CANNOT, MISS]),
    # In time for sure: 60 s of data, 59 s until they begin, 120 s for CloudWatch.
    (given(**count_of(100), traffic=STEADY, policy=canary(wait=240)), [SURE]),
    (given(**count_of(100), traffic=STEADY, policy=canary(wait=239)), [ORDINARY]),
    # A period without a request has no datapoint, and requests are whole: 2 or 3 of 2.5.
    (given(**count_of(1, LESS), traffic={"main": Traffic(1, 0, 2)}), [ORDINARY]),
    (given(**count_of(2.4), traffic={"main": Traffic(10, 10, 10)}), [ORDINARY]),
    (given(**count_of(2), traffic={"main": Traffic(10, 10, 10)}), [SURE]),
    # What has no data is not tripped by traffic; what perhaps has none, only perhaps.
    (given(**count_of(100, unit="Percent"), traffic=STEADY), ["ERROR alarm-unit-unmatched"]),
    (
        given(**count_of(100, unit="Count"), traffic=STEADY),
        [ORDINARY, "WARNING alarm-unit-unmatched"],
    ),
]


# ---- Each variant, and each defect -----------------------------------------------------------


def seen(variant: str, *defects: str) -> list[Alarm]:
    """An alarm on both fleets of a variant for each of `errors`, `late` and `refused`."""
    metrics = {"errors": "Invocation5XXErrors", "refused": "Invocation4XXErrors"}
    fleet = {**BOTH_FLEETS, "VariantName": variant}
    return [
        alarm(f"late-{variant}", dimensions=fleet)
        if defect == "late"
        else errors(0.05, name=f"{defect}-{variant}", metric=metrics[defect], dimensions=fleet)
        for defect in defects
    ]


def two(*alarms: Alarm, **more: Any) -> dict[str, Any]:
    """Two variants, and traffic of which nobody asked."""
    return {"instances": {"main": 4, "second": 4}, "alarms": alarms, "traffic": None, **more}


def weighing(weight: float) -> dict[str, Any]:
    """The endpoint gives the second variant that weight."""
    variants = (Variant("main", 4, 4, weight=1.0), Variant("second", 4, 4, weight=weight))
    return {"endpoint": Observation("InService", BLUE, at(-86400), variants=variants)}


def in_new_config(weight: float) -> dict[str, Any]:
    """The requested config gives the second variant that weight."""
    second = variant("second", settings={"InitialVariantWeight": weight})
    return {"requested": replace(config(), variants=(variant(), second))}


WATCHED = [*seen("main", "errors", "late")]
EACH = [*WATCHED, *seen("second", "errors", "late")]
UNWATCHED = "ERROR variant-unwatched"
EVERY = rate(of("Invocation5XXErrors"), of("Invocation5XXErrors", VariantName="second"))
IGNORED = "INFO config-differs"  # the new weight, which is not used
CONFIGURED = {"asking": {"retain_all_variant_properties": False}}
COVERED: list[Row] = [
    (two(*EACH), [BOTH]),
    (two(*WATCHED), [UNWATCHED, BOTH]),
    (two(*WATCHED, *seen("second", "errors")), [UNSEEN, BOTH]),
    (two(*WATCHED, *seen("second", "late")), [UNSEEN, BOTH]),
    (two(*WATCHED, *seen("second", "refused")), [UNSEEN, BOTH]),
    # Each metric of an expression counts for its own variant.
    (two(*seen("main", "late"), *seen("second", "late"), EVERY), [BOTH, NOT_JUDGED]),
    (two(*WATCHED, rate(of("Invocations"))), [UNWATCHED, BOTH, NOT_JUDGED]),
    # What is not known may see it, and is not said to.
    (
        two(*WATCHED, Alarm("either", composite=True)),
        ["WARNING variant-unwatched", "WARNING alarm-composite", BOTH],
    ),
    (
        two(*WATCHED, Alarm("logs", log=True)),
        ["WARNING variant-unwatched", "WARNING alarm-on-logs", BOTH],
    ),
    (
        two(*WATCHED, alarm("own", namespace="Churn")),
        ["WARNING variant-unwatched", NOT_JUDGED, BOTH],
    ),
    (two(*WATCHED, STRANGE), [UNWATCHED, NEVER, BOTH]),
    # No request goes to a variant of weight 0: the endpoint's now, or the new config's.
    (two(*WATCHED, **weighing(0.0)), ["INFO variant-unwatched", BOTH]),
    (two(*WATCHED, **weighing(0.1)), [UNWATCHED, BOTH]),
    (two(*WATCHED, **weighing(0.1), **in_new_config(0.0)), [UNWATCHED, BOTH, IGNORED]),
    (
        two(*WATCHED, **weighing(0.1), **in_new_config(0.0), **CONFIGURED),
        ["INFO variant-unwatched", BOTH, "WARNING config-differs"],
    ),
    # One variant: what its alarms leave unseen.
    (given(alarms=seen("main", "errors", "late")), [BOTH]),
    (given(alarms=seen("main", "errors")), [UNSEEN, BOTH]),
    (given(alarms=seen("main", "late")), [UNSEEN, BOTH]),
    (given(alarms=seen("main", "refused")), [UNSEEN, BOTH]),
    (given(alarms=[*seen("main", "errors"), alarm()]), [BOTH]),
    (given(alarms=[*seen("main", "errors"), host("CPUUtilization", 90)]), [UNSEEN, BOTH]),
    (given(alarms=[*seen("main", "errors"), alarm("own", namespace="Churn")]), [NOT_JUDGED, BOTH]),
    (given(alarms=[host("CPUUtilization", 90)]), [UNSEEN, BOTH]),
]

GROUPS = {"published": PUBLISHED, "ordinarily": ORDINARILY, "covered": COVERED}
TABLE = [
    pytest.param(*row, id=f"{group}-{number}")
    for group, rows in GROUPS.items()
    for number, row in enumerate(rows, 1)
]


@pytest.mark.parametrize(("changes", "expected"), TABLE)
def test_exactly_these_findings(changes: dict[str, Any], expected: list[str]) -> None:
    found = in_words(checked(**changes).findings)
    assert found == sorted(expected)


# ---- What is said to be seen -----------------------------------------------------------------
# Yes only where the defect takes what the alarm looks at over its threshold, in time, on steady
# traffic. A request counts once however it ends; a minute may have none of green's few.


def watch(watched: Alarm, defect: Defect = Defect.ERRORS, **changes: Any) -> Watch:
    forecast = checked(alarms=[watched], **changes).forecast
    assert forecast
    (found,) = [each for each in protection_of(forecast) if each.defect is defect]
    return found


def of_both(statistic: str = "Average", threshold: float = 0.05, **more: Any) -> Alarm:
    return errors(threshold, statistic, **more)


LATE = alarm(dimensions=BOTH_FLEETS)
EXPRESSION = rate(of("Invocation5XXErrors"), of("Invocations"))


@pytest.mark.parametrize(
    ("watched", "defect", "expected"),
    [
        (of_both(), Defect.ERRORS, Seen.YES),
        (of_both(), Defect.LATENCY, Seen.NO),
        (LATE, Defect.LATENCY, Seen.YES),
        (LATE, Defect.ERRORS, Seen.NO),
        (of_both("SampleCount", 1), Defect.ERRORS, Seen.NO),
        (replace(LATE, comparison=LESS), Defect.LATENCY, Seen.NO),
        (of_both(comparison=LESS), Defect.ERRORS, Seen.NO),
        (of_both(unit="Count"), Defect.ERRORS, Seen.PERHAPS),
        (of_both(unit="Percent"), Defect.ERRORS, Seen.NO),
        (EXPRESSION, Defect.ERRORS, Seen.PERHAPS),
        (Alarm("either", composite=True), Defect.ERRORS, Seen.NOT_KNOWN),
        (host("CPUUtilization", 90), Defect.ERRORS, Seen.NO),
    ],
)
def test_whether_a_defect_is_seen(watched: Alarm, defect: Defect, expected: Seen) -> None:
    assert watch(watched, defect).seen is expected


def test_of_the_part_of_the_samples_below_a_latency_less_is_bad() -> None:
    part = alarm(statistic="PR(:100000)", comparison=LESS, threshold=90, dimensions=BOTH_FLEETS)
    assert watch(part, Defect.LATENCY).seen is Seen.PERHAPS


@pytest.mark.parametrize(
    ("statistic", "latest"),
    [("p80", 548), ("p76", 557), ("p75", 1120), ("p50", 1140), ("p49", 1140)],
)
def test_which_one_a_percentile_is_of_just_as_many_is_not_known(
    statistic: str, latest: int
) -> None:
    late = alarm(statistic=statistic, dimensions=BOTH_FLEETS)
    found = watch(late, Defect.LATENCY)
    assert found.timing is not None
    assert found.timing.latest == latest


def test_nor_of_few() -> None:
    late = alarm(statistic="p75", dimensions=BOTH_FLEETS)  # 1 of 4, then all
    found = watch(late, Defect.LATENCY, traffic={"main": Traffic(4)})
    assert found.timing is not None
    assert found.timing.latest == 1139


def test_one_of_greens_own_is_one() -> None:
    one = errors(1, "Sum", comparison=GTE, dimensions=GREEN_FLEET)
    shown = frozenset({metric_key("AWS/SageMaker", "Invocation5XXErrors", BLUE_FLEET)})
    found = watch(one, traffic={"main": Traffic(4)}, shown=shown)
    assert (found.seen, found.timing and found.timing.latest) == (Seen.YES, 559)


@pytest.mark.parametrize("dimensions", [GREEN_FLEET, BOTH_FLEETS])
@pytest.mark.parametrize(
    ("per_minute", "expected"),
    [
        (4, (Seen.YES, 559)),  # 25 % are one a minute
        (3.9, (Seen.YES, 1120)),  # a minute may have none, until green has all
        (0.9, (Seen.PERHAPS, None)),
    ],
)
def test_a_minute_may_have_none_of_the_few_requests_that_green_gets(
    per_minute: float, dimensions: dict[str, str], expected: tuple[Seen, int | None]
) -> None:
    late, traffic = alarm(dimensions=dimensions), {"main": Traffic(per_minute)}
    found = watch(late, Defect.LATENCY, traffic=traffic)
    assert (found.seen, found.timing and found.timing.latest) == expected


def test_new_weights_change_the_traffic_on_which_a_sum_rests() -> None:
    sums = of_both("Sum", 100, name="sums", dimensions=BOTH_FLEETS)
    two_variants = two(sums, **weighing(1.0), **in_new_config(3.0), **CONFIGURED)
    forecast = checked(**{**two_variants, "traffic": {"main": Traffic(600, 600, 600)}}).forecast
    assert forecast
    assert forecast.traffic_of(sums) == Traffic(300, 300, 600)  # a half becomes a quarter
    kept = checked(**{**two(sums, **weighing(1.0)), "traffic": {"main": Traffic(600)}}).forecast
    assert kept
    assert kept.traffic_of(sums) == Traffic(600)


def test_no_request_is_sure_to_come_to_a_variant_that_has_no_weight_yet() -> None:
    fleet = {**BOTH_FLEETS, "VariantName": "second"}
    sums = of_both("Sum", 100, name="sums", dimensions=fleet)
    changes = two(sums, **weighing(0.0), **in_new_config(3.0), **CONFIGURED)
    forecast = checked(**{**changes, "traffic": {"second": Traffic(0)}}).forecast
    assert forecast
    assert forecast.traffic_of(sums) == Traffic(0)
    late = checked(**{**changes, "alarms": [alarm(dimensions=fleet)]}).forecast
    assert late
    rows = [row for row in protection_of(late) if row.variant == "second"]
    assert [row.seen for row in rows] == [Seen.NO, Seen.PERHAPS]


# ---- One finding of a kind -------------------------------------------------------------------


def told(id_: str, **changes: Any) -> str:
    (finding,) = [f for f in checked(**changes).findings if f.id == id_]
    return f"{finding.message} {finding.fix}"


def test_ten_alarms_with_one_fault_are_one_finding_that_lists_them() -> None:
    ten = [alarm(f"a{number}", state="ALARM") for number in range(10)]
    assert told("alarm-in-alarm", alarms=ten) == (
        'The alarm "a0" is already in ALARM, so SageMaker would roll back in the first bake. The'
        ' same holds for "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8" and "a9". Fix the cause, or'
        " remove the alarm from the request."
    )


def test_where_the_figures_differ_it_says_so() -> None:
    both = [alarm("a", period=300, points=2), alarm("b", period=300, points=3)]
    message = told("alarm-may-miss-bake", alarms=both, policy=canary(wait=700))
    assert message.endswith(
        'Much the same holds for "b". Bake for longer, or use a shorter Period, fewer'
        " datapoints or a lower threshold."
    )


def test_alarms_that_are_not_judged_for_different_reasons_are_not_said_to_be_alike() -> None:
    both = [alarm("a", expression=True), alarm("b", namespace="Churn")]
    found = [f.message for f in checked(alarms=both).findings if f.id == "alarm-not-judged"]
    assert len(found) == 2


def test_another_fault_of_the_same_alarm_is_another_finding() -> None:
    both = [
        alarm("a", statistic="Minimum", comparison=LESS),
        alarm("b", statistic="Minimum", comparison=LESS),
    ]
    found = [f.fix for f in checked(alarms=both).findings if f.id == "alarm-statistic-unfit"]
    assert len(found) == 2
    assert "Reverse its comparison." in found


# ---- In words --------------------------------------------------------------------------------

ON_MISSING_DATA = errors(1, missing_data="breaching")
WORDS = [
    (  # a minute without a request trips it
        "alarm-threshold-unreachable",
        given(alarms=[ON_MISSING_DATA]),
        (
            'The alarm "errors" can trip only on missing data: it wants Average of'
            " Invocation5XXErrors > 1, but each request counts 0 or 1. Lower its threshold: an"
            " error rate of 2 % is an Average of 0.02."
        ),
    ),
    (
        "bake-unprotected",
        given(alarms=[ON_MISSING_DATA]),
        (
            "No alarm can trip because of green in the bakes of 600 s at 25 % and 600 s at 100 % of"
            " the traffic, however badly the green fleet fails. Mend the alarms, or name others, on"
            " Invocation5XXErrors and ModelLatency."
        ),
    ),
    (  # and one on blue trips when blue's traffic ends
        "bake-unprotected",
        given(alarms=[alarm(dimensions=BLUE_FLEET)], policy=canary(wait=45, termination=45)),
        (
            "No alarm can trip because of green in the bakes of 45 s at 25 % and 45 s at 100 % of"
            " the traffic, however badly the green fleet fails. Mend the alarms, or name others, on"
            " Invocation5XXErrors and ModelLatency."
        ),
    ),
    (
        "alarm-cannot-trip-in-bake",
        given(beside=errors(0.3, missing_data="breaching")),
        (
            'The alarm "errors" can trip only on missing data in the bake of 600 s at 25 % of the'
            " traffic. It needs 1 of 1 datapoints of 60 s with Average of Invocation5XXErrors >"
            " 0.3, and at first green has 25 % of the requests. Even if green fails all of them,"
            " the alarm trips 630 s after green's first request at the earliest. Use a shorter"
            " Period, fewer datapoints, a lower threshold or a longer bake."
        ),
    ),
    (
        "alarm-metric-not-published",
        given(beside=STRANGE),
        (
            'The alarm "x" watches "5XXError", but SageMaker publishes no such metric in'
            ' "AWS/SageMaker": it never has data. Perhaps Invocation5XXErrors was meant.'
        ),
    ),
    (
        "alarm-metric-not-published",
        given(beside=alarm("x", "CPUUtilization", dimensions=BOTH_FLEETS)),
        (
            'The alarm "x" watches "CPUUtilization", but SageMaker publishes no such metric in'
            ' "AWS/SageMaker": it never has data. Set its namespace to /aws/sagemaker/Endpoints.'
        ),
    ),
    (
        "alarm-metric-not-published",
        given(beside=alarm("x", dimensions={**BOTH_FLEETS, "Region": "x"})),
        (
            'The alarm "x" watches "ModelLatency" with the dimensions EndpointName, Region and'
            " VariantName, with which SageMaker never publishes it. Use the dimensions EndpointName"
            " and VariantName or EndpointConfigName, EndpointName and VariantName."
        ),
    ),
    (
        "alarm-metric-not-published",
        given(beside=alarm("x", "ApproximateBacklogSize", dimensions=ENDPOINT)),
        (
            'The alarm "x" watches "ApproximateBacklogSize", which only asynchronous endpoints'
            " publish. Use ModelLatency or Invocation5XXErrors."
        ),
    ),
    (
        "alarm-not-judged",
        given(beside=alarm("x", namespace="aws/sagemaker/Endpoints")),
        (
            'Whether the alarm "x" can trip in a bake was not checked, because its namespace'
            ' "aws/sagemaker/Endpoints" is not known; SageMaker\'s is "/aws/sagemaker/Endpoints". '
        ),
    ),
    (
        "protection-not-known",
        given(alarms=[alarm("own", namespace="Churn"), alarm("two", namespace="Churn")]),
        (
            'Whether any alarm can trip in a bake is not known: it is not known whether what "own"'
            ' and "two" watch shows green. Name an alarm on Invocation5XXErrors and one on'
            " ModelLatency of this endpoint beside it."
        ),
    ),
    (
        "alarm-trips-on-traffic",
        given(**count_of(100), traffic=STEADY),
        (
            'The alarm "count" counts requests, and trips at exactly or more than 100 in 60 s.'
            " Going by the last day, it counts 100 to 200 of them in the first bake, so it may roll"
            " back however well green does. Watch errors or latency instead, or check its"
            " comparison."
        ),
    ),
    (
        "defect-unseen",
        given(alarms=seen("main", "refused")),
        (
            'No alarm would see a green fleet of the variant "main" that answers every request with'
            " a 5XX at once, nor one that answers well but far too late. Name an alarm on"
            " Invocation5XXErrors and one on ModelLatency as well."
        ),
    ),
    (
        "variant-unwatched",
        two(*WATCHED),
        (
            'No alarm sees the variant "second": a green fleet there that fails every request would'
            " not be rolled back. Let one alarm watch an expression over all variants, such as"
            ' MAX([m1, m2]) with a metric of each, "second" included.'
        ),
    ),
]


@pytest.mark.parametrize(("id_", "changes", "words"), WORDS)
def test_in_words(id_: str, changes: dict[str, Any], words: str) -> None:
    assert told(id_, **changes) == words


def test_the_arn_of_an_alarm_is_told_as_that() -> None:
    arn = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:latency"
    assert told("alarm-missing", names=[arn], alarms=[alarm()]) == (
        f'"{arn}" is the ARN of an alarm, but SageMaker wants its name. Name it "latency".'
    )
