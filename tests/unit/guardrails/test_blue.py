"""Blue's rates: its mean, its bursts, its last minutes; checked by looking at each stretch."""

import random

import pytest

from bluegreen.guardrails.blue import Rates, Week, latency_of, rates_of
from bluegreen.guardrails.chance import most_errors

WEEK = 7 * 1440
DAY = 1440


def part_of_stretches_passed(
    requests: list[float], errors: list[float], rate: float, period: int, bake: int
) -> float:
    """In how many of the stretches that are as long as a bake blue itself passes that rate."""
    passed = [
        sum(errors[end - period : end]) > most_errors(rate * sum(requests[end - period : end]))
        for end in range(period, len(requests) + 1)
    ]
    width = bake - period + 1
    stretches = [any(passed[i : i + width]) for i in range(len(passed) - width + 1)]
    return sum(stretches) / len(stretches)


def bursts(every: int, length: int, rate: float, base: float = 0.0) -> list[float]:
    return [100 * (rate if minute % every < length else base) for minute in range(WEEK)]


def test_of_a_steady_blue_the_mean_is_expected() -> None:
    rates = rates_of([100.0] * WEEK, [2.0] * WEEK, 5, 10)
    assert rates == Rates(surely=0.02, expected=0.02)


def test_of_a_blue_without_errors_nothing_is_expected() -> None:
    assert rates_of([100.0] * WEEK, [0.0] * WEEK, 5, 10) == Rates(0, 0)


def test_bursts_are_expected_as_often_as_they_come_and_no_more() -> None:
    requests, errors = [100.0] * WEEK, bursts(360, 5, 0.2)
    rates = rates_of(requests, errors, 5, 10)
    assert sum(errors) / sum(requests) == pytest.approx(0.00278, abs=1e-4)  # the mean
    assert rates.expected == pytest.approx(0.1449, abs=1e-4)
    within = part_of_stretches_passed(requests, errors, rates.expected + 1e-9, 5, 10)
    below = part_of_stretches_passed(requests, errors, rates.expected - 1e-4, 5, 10)
    assert within <= 0.005 < below


def test_what_comes_more_seldom_than_in_every_two_hundredth_stretch_is_not_expected() -> None:
    errors = [0.0] * WEEK
    errors[5000:5010] = [20.0] * 10
    assert rates_of([100.0] * WEEK, errors, 5, 10).expected == pytest.approx(200 / 100 / WEEK)


@pytest.mark.parametrize("seed", range(5))
def test_blue_passes_what_is_expected_of_it_in_a_two_hundredth_of_its_stretches_at_most(
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    requests = [float(chance.randint(0, 200)) for _ in range(3000)]
    errors = [
        float(sum(chance.random() < (0.3 if i % 400 < 7 else 0.01) for _ in range(int(n))))
        for i, n in enumerate(requests)
    ]
    rates = rates_of(requests, errors, 7, 20)
    assert part_of_stretches_passed(requests, errors, rates.expected + 1e-9, 7, 20) <= 0.005
    assert rates.surely < 0.02  # what bursts add is not sure


def test_a_blue_that_fails_now_is_expected_to() -> None:
    errors = [0.0] * (WEEK - 15) + [30.0] * 15
    assert rates_of([100.0] * WEEK, errors, 5, 10).expected == 0.3


def test_a_blue_that_failed_an_hour_ago_is_not() -> None:
    errors = [0.0] * (WEEK - 60) + [30.0] * 30 + [0.0] * 30
    assert rates_of([100.0] * WEEK, errors, 5, 10).expected < 0.01


def test_under_a_day_three_more_errors_are_expected() -> None:
    rates = rates_of([10.0] * (DAY - 1), [0.0] * (DAY - 1), 5, 10)
    assert rates.expected == pytest.approx(3 / 14390)
    assert rates_of([10.0] * DAY, [0.0] * DAY, 5, 10).expected == 0
    assert rates_of([2.0] * 10, [1.0] * 10, 5, 10).expected == pytest.approx(13 / 20)


@pytest.mark.parametrize("requests", [[], [0.0] * 100])
def test_of_a_blue_without_requests_everything_may_fail(requests: list[float]) -> None:
    assert rates_of(requests, [0.0] * len(requests), 5, 10) == Rates(0, 1)


def test_a_rate_is_never_more_than_one() -> None:
    assert rates_of([1.0] * 100, [1.0] * 100, 5, 10).expected == 1


def test_the_latency_is_what_a_two_hundredth_of_the_periods_passes() -> None:
    assert latency_of([100.0] * 995 + [500.0] * 5) == 100
    assert latency_of([100.0] * 994 + [500.0] * 6) == 500


def test_a_week_is_short_until_it_is_a_day() -> None:
    assert Week([1.0] * (DAY - 1)).is_short
    assert not Week([1.0] * DAY).is_short
