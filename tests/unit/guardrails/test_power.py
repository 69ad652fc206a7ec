"""What counts prove, against draws that know nothing of the formulas."""

import random

import pytest

from bluegreen.guardrails.chance import most_errors, most_slow
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.power import (
    ENOUGH,
    Minute,
    bake_needed,
    planned_power,
    power,
    traffic_needed,
)

ERRORS = Guardrail("a", "main", "Invocation5XXErrors", "5xx", 0.02, 0.2, 300)
LATENCY = Guardrail("a", "main", "ModelLatency", "latency-p90", 0.1, 0.5, 120, 3, limit_ms=300)


def with_blue(rate: float, *, by_config: bool = False) -> Guardrail:
    return Guardrail(
        "a",
        "main",
        "Invocation5XXErrors",
        "5xx",
        limit=rate + 0.02,
        defect=0.2,
        period_seconds=300,
        expected=rate,
        blue_rate=rate,
        by_config=by_config,
    )


def drawn(chance: random.Random, mean: float) -> int:
    """A Poisson count, by its arrivals."""
    at, count = chance.expovariate(1), 0
    while at < mean:
        at, count = at + chance.expovariate(1), count + 1
    return count


@pytest.mark.parametrize(
    ("rate", "share", "green"),
    [
        (0.0, 0.10, 60),
        (0.0, 1.00, 60),
        (0.005, 0.25, 79),
        (0.005, 0.50, 71),
        (0.02, 0.25, 144),
        (0.02, 0.10, 245),
    ],
)
def test_so_many_requests_to_green_in_one_period_are_enough(
    rate: float, share: float, green: float
) -> None:
    guardrail, both = with_blue(rate), green / share
    assert power(guardrail, [Minute(both / 5, green / 5)] * 5) >= 0.945
    fewer = green * 0.93
    assert power(guardrail, [Minute(fewer / share / 5, fewer / 5)] * 5) < ENOUGH


@pytest.mark.parametrize("both", [60, 80, 200])
def test_it_is_no_more_than_what_draws_find(both: float) -> None:
    guardrail = with_blue(0.005)
    chance = random.Random(both)  # noqa: S311 - no secret
    claimed = power(guardrail, [Minute(both, both * 0.25)] * 10)
    found = 0
    for _ in range(2000):
        bad = [drawn(chance, both * (0.75 * 0.005 + 0.25 * 0.2)) for _ in range(10)]
        bound = most_errors(5 * both * (0.005 + 0.25 * 0.02))
        found += any(sum(bad[i : i + 5]) > bound for i in range(6))
    assert claimed <= found / 2000 + 0.015


def test_slow_requests_must_be_found_in_three_periods_in_a_row() -> None:
    chance, found = random.Random(5), 0  # noqa: S311 - no secret
    for _ in range(2000):
        slow = [sum(chance.random() < 0.5 for _ in range(24)) for _ in range(3)]
        found += all(count > most_slow(2.4) for count in slow)
    claimed = power(LATENCY, [Minute(48, 12)] * 6)
    assert found / 2000 - 0.1 < claimed <= found / 2000 + 0.01
    assert power(LATENCY, [Minute(48, 12)] * 5) == 0


def test_what_blue_does_by_chance_is_not_counted_on() -> None:
    bursty = Guardrail("a", "m", "Invocation5XXErrors", "5xx", 0.12, 0.2, 300, expected=0.1)
    steady = Guardrail(
        "a", "m", "Invocation5XXErrors", "5xx", 0.12, 0.2, 300, expected=0.1, blue_rate=0.1
    )
    minutes = [Minute(1000, 500)] * 5
    assert power(bursty, minutes) < power(steady, minutes)


def test_of_green_alone_fewer_requests_are_enough() -> None:
    minutes = [Minute(100, 20)] * 5
    assert power(with_blue(0.02), minutes) < power(with_blue(0.02, by_config=True), minutes)


def test_periods_that_do_not_overlap_are_counted_together() -> None:
    one, two = [Minute(60, 15)] * 5, [Minute(60, 15)] * 10
    assert power(ERRORS, two) == pytest.approx(1 - (1 - power(ERRORS, one)) ** 2)


@pytest.mark.parametrize("minutes", [[], [Minute(60, 15)] * 4, [Minute(60, 0)] * 20])
def test_nothing_is_proved_by_nothing(minutes: list[Minute]) -> None:
    assert power(ERRORS, minutes) == 0


def test_the_best_place_of_the_periods_counts() -> None:
    quiet, busy = [Minute(1, 0)] * 2, [Minute(400, 100)] * 5
    assert power(ERRORS, [*quiet, *busy, *quiet]) > 0.999


def test_the_last_two_minutes_of_a_bake_come_too_late() -> None:
    assert planned_power(ERRORS, 400, 0.25, 419) == 0
    assert planned_power(ERRORS, 400, 0.25, 420) > 0.999


def test_the_traffic_that_would_do_is_the_least() -> None:
    needed = traffic_needed(ERRORS, 0.25, 600)
    assert needed is not None
    assert planned_power(ERRORS, needed, 0.25, 600) >= ENOUGH
    assert planned_power(ERRORS, needed - 1, 0.25, 600) < ENOUGH
    assert traffic_needed(ERRORS, 0.25, 300) is None


def test_the_bake_that_would_do_is_the_shortest() -> None:
    needed = bake_needed(ERRORS, 30, 0.25)
    assert needed is not None
    assert planned_power(ERRORS, 30, 0.25, needed) >= ENOUGH
    assert planned_power(ERRORS, 30, 0.25, needed - 60) < ENOUGH
    assert bake_needed(ERRORS, 0.1, 0.25) is None
