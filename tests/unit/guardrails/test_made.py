"""What guardrails come to in numbers, and where they cannot be made."""

from typing import Any

import pytest

from bluegreen.guardrails.asked import DEFAULT, LATENCY, STRICT, Asked
from bluegreen.guardrails.blue import Week
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.made import Made, WhyNot, guardrails_of

WEEK = 7 * 1440
STEADY = Week(
    [100.0] * WEEK,
    [1.0] * WEEK,
    [2.0] * WEEK,
    {90.0: [200.0] * 5040, 99.0: [400.0] * 5040},
    by_config=frozenset({"Invocation4XXErrors"}),
)


def made(asked: Any = DEFAULT, week: Week = STEADY, bake: int = 600) -> Made:
    weeks = {"main": week}
    return guardrails_of(Asked.from_json(asked), weeks, bake, lambda v, k: f"{v}/{k}")


def one(asked: dict[str, Any], week: Week = STEADY, bake: int = 600) -> Guardrail:
    (guardrail,) = made([asked], week, bake).guardrails
    return guardrail


def test_default_allows_a_little_more_than_blue_does() -> None:
    server, client, latency = made(DEFAULT).guardrails
    assert (server.expected, server.limit, server.defect) == (0.01, 0.03, 0.2)
    assert (client.expected, client.limit, client.defect) == (0.02, 0.12, 0.5)
    assert (latency.blue_ms, latency.limit_ms, latency.limit, latency.defect) == (
        200,
        300,
        0.1,
        0.5,
    )


def test_strict_allows_less() -> None:
    server, client, latency = made(STRICT).guardrails
    assert (server.limit, server.defect) == (0.015, 0.05)
    assert (client.limit, client.defect) == (0.07, 0.2)
    assert (latency.limit_ms, latency.limit, latency.defect) == (250, 0.1, 0.25)


def test_where_blue_fails_often_green_must_be_found_at_twice_its_limit() -> None:
    failing = Week([100.0] * WEEK, [30.0] * WEEK, [60.0] * WEEK)
    server, client = made(DEFAULT, failing).guardrails
    assert (server.limit, server.defect) == (0.32, 0.64)
    assert (client.limit, client.defect) == (0.7, 1.0)


def test_each_variant_has_its_own() -> None:
    found = guardrails_of(
        Asked.named(DEFAULT), {"a": STEADY, "b": STEADY}, 600, lambda v, k: f"{v}/{k}"
    )
    assert [g.alarm for g in found.guardrails] == [
        *("a/5xx", "a/4xx", "a/latency-p90"),
        *("b/5xx", "b/4xx", "b/latency-p90"),
    ]


def test_errors_are_counted_of_green_alone_where_that_metric_has_been_seen() -> None:
    assert [g.by_config for g in made().guardrails[:2]] == [False, True]


@pytest.mark.parametrize(
    ("bake", "errors", "latency"),
    [
        (300, 120, 60),
        (600, 300, 120),
        (900, 420, 180),
        (1800, 900, 300),
        (3600, 900, 300),
    ],
)
def test_periods_fit_into_the_bake(bake: int, errors: int, latency: int) -> None:
    periods = [(g.period_seconds, g.periods) for g in made(bake=bake).guardrails]
    assert periods == [(errors, 1), (errors, 1), (latency, 3)]


def test_blue_is_looked_at_for_as_long_as_all_bakes_together() -> None:
    errors = [60.0 if minute % 2400 == 1200 else 0.0 for minute in range(WEEK)]
    bursts = Week([100.0] * WEEK, errors, [0.0] * WEEK)

    def limit(watched: int) -> float:
        asked, weeks = Asked.named(DEFAULT), {"main": bursts}
        found = guardrails_of(asked, weeks, 600, lambda v, k: f"{v}/{k}", watched)
        return found.guardrails[0].limit

    assert limit(0) == limit(600) < 0.03  # such a burst is in every 240th bake
    assert limit(6000) > 0.05


def test_ones_own_limits_are_taken_as_they_are() -> None:
    assert one({"Metric": "Invocation5XXErrors", "MaxRate": 0.05}).limit == 0.05
    own = one({"Metric": LATENCY, "Percentile": 99, "MaxMilliseconds": 1500})
    assert (own.limit_ms, own.limit, own.defect, own.percentile) == (1500, 0.01, 0.05, 99)
    assert one({"Metric": LATENCY, "Percentile": 99, "MaxRatioToBlue": 2}).limit_ms == 800


def test_a_limit_is_never_nearer_to_blue_than_ten_milliseconds() -> None:
    fast = Week([100.0] * WEEK, latency_ms={90.0: [4.0] * 5040})
    assert one({"Metric": LATENCY, "MaxRatioToBlue": 1.5}, fast).limit_ms == 14


@pytest.mark.parametrize(
    ("week", "bake", "why"),
    [
        (Week([100.0] * 1439, latency_ms={90.0: [200.0] * 700}), 600, WhyNot.BLUE_IS_NOT_KNOWN),
        (Week([100.0] * WEEK), 600, WhyNot.BLUE_IS_NOT_KNOWN),
        (STEADY, 299, WhyNot.SHORT_BAKE),
    ],
)
def test_there_is_no_latency_to_hold_where_blues_is_not_known_or_the_bake_is_short(
    week: Week, bake: int, why: WhyNot
) -> None:
    found = made([{"Metric": LATENCY, "MaxRatioToBlue": 1.5}], week, bake)
    assert found.guardrails == ()
    assert [(n.variant, n.why) for n in found.not_made] == [("main", why)]


def test_a_limit_in_milliseconds_needs_no_blue() -> None:
    own = one({"Metric": LATENCY, "MaxMilliseconds": 300}, Week())
    assert (own.limit_ms, own.blue_ms) == (300, None)


def test_there_is_no_limit_where_everything_may_fail() -> None:
    found = made(DEFAULT, Week([1.0] * 100, [1.0] * 100, [0.0] * 100))
    assert [(n.asked.key, n.why) for n in found.not_made] == [
        ("5xx", WhyNot.LIMIT_OF_ALL),
        ("latency-p90", WhyNot.BLUE_IS_NOT_KNOWN),
    ]
    assert [g.key for g in found.guardrails] == ["4xx"]


def test_none_asks_for_none() -> None:
    assert made("None") == Made()
