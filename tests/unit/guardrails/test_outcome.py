"""What became of a guardrail, by what its metrics had in each minute of each bake."""

from dataclasses import replace

import pytest

from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import (
    Bake,
    Counts,
    Outcome,
    Result,
    counts_of,
    power_in,
    power_to_come,
    requests_in,
    result_of,
)
from bluegreen.guardrails.power import ENOUGH, Minute, power
from builders import at
from guarded_deployments import ALL, ERRORS, LATENCY, REFUSALS, by_minute, counts, together

FIRST = Bake(at(0), at(600))
LATER = Bake(at(1200), at(1800))
LONG_ENOUGH = 8
"""Minutes of a bake of 600 s that are judged in time."""


def result(
    counted: Counts | None,
    *bakes: Bake,
    guardrail: Guardrail = ERRORS,
    tripped: bool = False,
) -> Result:
    return result_of(guardrail, counted, bakes, tripped=tripped)


@pytest.mark.parametrize("guardrail", ALL, ids=lambda each: each.key)
def test_with_requests_enough_it_is_healthy_and_with_few_nothing_is_known(
    guardrail: Guardrail,
) -> None:
    plenty = result(counts(0, 10, 100, bad=0), FIRST, guardrail=guardrail)
    few = result(counts(0, 10, 1, bad=0), FIRST, guardrail=guardrail)
    assert (plenty.outcome, plenty.requests) == (Outcome.HEALTHY, 1000)
    assert (few.outcome, few.requests) == (Outcome.NOT_ENOUGH_DATA, 10)
    assert plenty.power is not None
    assert few.power is not None
    assert few.power < ENOUGH <= plenty.power <= 1


@pytest.mark.parametrize("green", range(1, 40))
def test_it_is_never_healthy_below_95_percent(green: int) -> None:
    for guardrail in ALL:
        found = result(counts(0, 10, green), FIRST, guardrail=guardrail)
        minutes = [Minute(4 * green, green)] * LONG_ENOUGH
        assert found.power == power(guardrail, minutes)
        assert (found.outcome is Outcome.HEALTHY) == (power(guardrail, minutes) >= ENOUGH)


def test_an_alarm_that_tripped_is_said_whatever_the_counts_prove() -> None:
    for counted in (counts(0, 10, 100), counts(0, 10, 1), None):
        assert result(counted, FIRST, tripped=True).outcome is Outcome.TRIPPED


def test_what_cannot_be_read_is_not_known_and_never_healthy() -> None:
    assert result(None, FIRST) == Result(Outcome.NOT_ENOUGH_DATA)
    assert result(None, FIRST, tripped=True) == Result(Outcome.TRIPPED)


def test_without_a_bake_nothing_was_judged() -> None:
    assert result(counts(0, 10, 100)) == Result(Outcome.NOT_ENOUGH_DATA, 0, None, 0.0)


def test_one_bake_that_says_enough_is_enough_and_its_requests_are_told() -> None:
    few, many = counts(0, 10, 1), counts(1200, 10, 90)
    both = together(few, many)
    found = result(both, FIRST, LATER)
    assert (found.outcome, found.requests) == (Outcome.HEALTHY, 900)
    assert result(both, LATER, FIRST) == found
    # two bakes that say little do not add up
    assert result(few, FIRST, LATER).outcome is Outcome.NOT_ENOUGH_DATA


@pytest.mark.parametrize(
    ("bake", "minutes"),
    [
        (Bake(at(0), at(600)), 8),
        (Bake(at(0), at(599)), 7),
        (Bake(at(20), at(620)), 8),  # the first minute in part, as the alarm has it
        (Bake(at(59), at(659)), 8),
        (Bake(at(0), at(180)), 1),
        (Bake(at(0), at(179)), 0),
        (Bake(at(0), at(0)), 0),
    ],
)
def test_the_last_minute_that_counts_begins_three_minutes_before_the_end(
    bake: Bake, minutes: int
) -> None:
    guardrail = replace(ERRORS, period_seconds=60)
    counted = counts(0, 20, 20)
    assert power_in(guardrail, counted, bake) == power(guardrail, [Minute(80, 20)] * minutes)


def test_minutes_outside_the_bakes_and_minutes_without_data_count_for_nothing() -> None:
    assert result(counts(600, 20, 100), FIRST) == Result(Outcome.NOT_ENOUGH_DATA, 0, None, 0.0)
    assert result(Counts({}), FIRST).power == 0
    gap = replace(counts(0, 10, 100), green=by_minute(0, 60, 0, 0, 0, 0, 0, 0, 0, 60, 60))
    assert result(gap, FIRST).requests == 180


@pytest.mark.parametrize(
    ("guardrail", "counted", "rate"),
    [
        (REFUSALS, counts(0, 10, 100, bad=21), 0.21),
        (ERRORS, counts(0, 10, 100, bad=21.5), 0.2),  # 300 of blue's, of which 0.5 % may fail
        (ERRORS, counts(0, 10, 100, bad=1), 0.0),  # fewer than blue's alone may be
        (ERRORS, counts(0, 10, 100, bad=150), 1.0),  # more than green's requests: blue fails too
        (replace(ERRORS, by_config=True), Counts(by_minute(0, 100), by_minute(0, 20)), 0.2),
        (LATENCY, Counts(by_minute(0, 100), by_minute(0, 34)), 0.34),
        (ERRORS, counts(0, 10, 0, bad=3, both=100), None),
    ],
)
def test_the_rate_of_green_alone(guardrail: Guardrail, counted: Counts, rate: float | None) -> None:
    assert result(counted, FIRST, guardrail=guardrail).rate == pytest.approx(rate)


def test_the_rate_is_of_all_bakes_and_only_of_them() -> None:
    series = by_minute(0, *[100.0] * 40)
    bad = by_minute(0, *[0.0] * 10, *[50.0] * 10, *[10.0] * 10, *[50.0] * 10)
    found = result(Counts(series, bad), FIRST, LATER, guardrail=REFUSALS)
    assert found.rate == pytest.approx(0.05)


def test_of_errors_by_config_none_are_taken_for_blues() -> None:
    counts = Counts(by_minute(0, 100), by_minute(0, 10), by_minute(0, 400))
    of_green = replace(ERRORS, expected=0.02, by_config=True)
    assert result(counts, FIRST, guardrail=of_green).rate == pytest.approx(0.1)
    of_both = replace(of_green, by_config=False)
    assert result(counts, FIRST, guardrail=of_both).rate == pytest.approx(0.04)


def test_the_counts_in_the_metrics_of_an_alarm() -> None:
    green, both, errors = by_minute(0, 10), by_minute(0, 40), by_minute(0, 3)
    series = {"green": green, "both": both, "errors": errors}
    assert counts_of(ERRORS, series) == Counts(green, errors, both)


def test_of_latency_a_minute_without_its_ranks_says_nothing() -> None:
    green = by_minute(0, 10, 20, 30)
    fast = by_minute(0, 90, 75)
    found = counts_of(LATENCY, {"green": green, "fast": fast})
    assert found.green == by_minute(0, 10, 20)
    assert found.bad == pytest.approx(by_minute(0, 1, 5))


# ---- While a bake runs -----------------------------------------------------------------------


def test_the_minutes_to_come_are_taken_to_be_as_those_that_were_seen() -> None:
    as_it_came = power_in(ERRORS, counts(0, 10, 15), FIRST)
    assert power_to_come(ERRORS, counts(0, 10, 15), FIRST, at(360)) == as_it_came
    # what is published later than two minutes after its end is not waited for
    half = Counts(*(by_minute(0, *[each] * 4) for each in (15.0, 0.0, 60.0)))
    assert power_to_come(ERRORS, half, FIRST, at(360)) == as_it_came


def test_the_first_minute_is_not_taken_for_the_others() -> None:
    bake = Bake(at(50), at(650))
    counted = Counts(by_minute(0, 2, 12, 12, 12), {}, by_minute(0, 48, 48, 48, 48))
    whole = [Minute(48, 2), *[Minute(48, 12)] * 7]
    assert power_to_come(ERRORS, counted, bake, at(410)) == power(ERRORS, whole)
    assert power_to_come(ERRORS, counted, bake, at(200)) == power(ERRORS, [Minute(48, 2)] * 8)


def test_before_a_minute_was_seen_nothing_is_to_come() -> None:
    assert power_to_come(ERRORS, counts(0, 10, 100), FIRST, at(100)) == 0
    assert requests_in(counts(0, 3, 100), FIRST) == 300
