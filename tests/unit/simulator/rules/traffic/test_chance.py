"""What is drawn with a seed has the distribution that it should have; within four sigmas of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp, factorial, log, sqrt
from statistics import NormalDist, fmean, pvariance

import pytest

from bluegreen_simulator.aws.sagemaker.meters import Meters
from bluegreen_simulator.rules.fleet.serving import Fleet
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.rules.traffic.chance import poisson
from bluegreen_simulator.rules.traffic.counts import Minute
from bluegreen_simulator.rules.traffic.latencies import Latencies, bins_of
from bluegreen_simulator.rules.traffic.meter import Answer, Meter
from bluegreen_simulator.rules.traffic.metrics import Dimensions
from bluegreen_simulator.run.chance import seeded
from bluegreen_simulator.time.clock import VirtualClock

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTES = 3000
SIGMAS = 4
BLUE = Fleet("blue", "main", 0.75, 0.02, 5.0, client_error_rate=0.1)
GREEN = Fleet("green", "main", 0.25, 0.2, 5.0)
ALIKE = Fleet("blue", "main", 0.5, 0.02, 5.0)


class Traffic:
    """The requests of an endpoint, whose time goes on as it is told."""

    def __init__(self, seed: int | None, *fleets: Fleet) -> None:
        self.now = START
        self.fleets = list(fleets)
        chance = None if seed is None else seeded(seed)
        self.meter = Meter(lambda: self.now, lambda: self.fleets, chance)

    def shift(self, *fleets: Fleet) -> None:
        self.fleets = list(fleets)
        self.meter.fleets_changed()

    def minutes(self, count: int, per_minute: float, *, looks: int = 1) -> list[list[Minute]]:
        """What each fleet answered in each minute, in the order of the fleets."""
        self.meter.begin_traffic(per_minute / 60)
        return [self.minute(looks) for _ in range(count)]

    def minute(self, looks: int = 1) -> list[Minute]:
        for _ in range(looks):
            self.now += timedelta(seconds=60) / looks
            self.meter.fleets_changed()
        answered = self.meter.close_minute()
        return [
            sum((m for model, m in answered.items() if model.config == fleet.config), Minute())
            for fleet in self.fleets
        ]

    def calls(self, count: int) -> list[tuple[str, Answer]]:
        return [self.call() for _ in range(count)]

    def call(self) -> tuple[str, Answer]:
        fleet = self.meter.next_fleet()
        assert fleet
        return fleet.config, self.meter.answer(fleet)


def near(found: float, wanted: float, sigma: float) -> bool:
    return abs(found - wanted) < SIGMAS * sigma


def is_poisson(counts: Sequence[int], mean: float) -> bool:
    """By mean and variance, whose own variances follow from the moments of the distribution."""
    number = len(counts)
    spread = sqrt((mean + 2 * mean**2) / number)
    return near(fmean(counts), mean, sqrt(mean / number)) and near(pvariance(counts), mean, spread)


def is_part(counts: Sequence[int], of: Sequence[int], rate: float) -> bool:
    """Whether they are binomial, by their sum and by how far each is from its own mean."""
    expected = rate * (1 - rate)
    off = [(c - n * rate) ** 2 / (n * expected) for c, n in zip(counts, of, strict=True)]
    fourth = fmean([2 + (1 - 6 * expected) / (n * expected) for n in of])
    return near(sum(counts), sum(of) * rate, sqrt(sum(of) * expected)) and near(
        fmean(off), 1, sqrt(fourth / len(counts))
    )


def correlation(some: Sequence[float], others: Sequence[float]) -> float:
    a, b = fmean(some), fmean(others)
    both = fmean([(x - a) * (y - b) for x, y in zip(some, others, strict=True)])
    return both / sqrt(pvariance(some) * pvariance(others))


@pytest.mark.parametrize("mean", [0.3, 7, 11.9, 12.1, 40, 100, 1000, 6000])
def test_arrivals_have_the_mean_and_the_variance_of_a_poisson_distribution(mean: float) -> None:
    source = seeded(1)("arrivals")
    assert is_poisson([poisson(source, mean) for _ in range(MINUTES)], mean)


@pytest.mark.parametrize("mean", [0.5, 5, 14, 25])
def test_each_number_of_arrivals_is_as_likely_as_it_should_be(mean: float) -> None:
    source, draws = seeded(2)("arrivals"), 20_000
    found = [poisson(source, mean) for _ in range(draws)]
    for count in range(int(mean + 3 * sqrt(mean)) + 1):
        likely = exp(-mean) * mean**count / factorial(count)
        sigma = sqrt(likely * (1 - likely) / draws)
        assert near(found.count(count) / draws, likely, sigma + 1 / draws), count


def test_where_nothing_is_due_nothing_comes_and_nothing_is_drawn() -> None:
    source, other = seeded(3)("arrivals"), seeded(3)("arrivals")
    assert [poisson(source, 0.0) for _ in range(5)] == [0] * 5
    assert source.random() == other.random()


@pytest.mark.parametrize("per_minute", [10, 60, 1000, 6000])
def test_minutes_of_traffic_are_poisson_and_their_errors_binomial(per_minute: int) -> None:
    minutes = Traffic(7, BLUE, GREEN).minutes(MINUTES, per_minute)
    for place, fleet in enumerate((BLUE, GREEN)):
        own = [minute[place] for minute in minutes]
        requests = [minute.requests for minute in own]
        assert is_poisson(requests, per_minute * fleet.share)
        some = [minute for minute in own if minute.requests]
        came = [minute.requests for minute in some]
        assert is_part([minute.server_errors for minute in some], came, fleet.error_rate)
        if fleet.client_error_rate:
            refused = [minute.client_errors for minute in some]
            assert is_part(refused, came, fleet.client_error_rate)


@pytest.mark.parametrize("fleets", [(BLUE, GREEN), (ALIKE, replace(ALIKE, config="green"))])
def test_what_fleets_get_in_a_minute_is_no_matter_of_each_other_nor_of_the_minute_before(
    fleets: tuple[Fleet, Fleet],
) -> None:
    minutes = Traffic(8, *fleets).minutes(MINUTES, 60)
    blue = [minute[0].requests for minute in minutes]
    green = [minute[1].requests for minute in minutes]
    for some, others in ((blue, green), (blue[1:], blue[:-1]), (green[1:], green[:-1])):
        assert near(correlation(some, others), 0, 1 / sqrt(MINUTES))


def test_how_often_somebody_looks_changes_nothing() -> None:
    seldom = Traffic(9, BLUE, GREEN).minutes(50, 100)
    assert Traffic(9, BLUE, GREEN).minutes(50, 100, looks=12) == seldom


def test_two_endpoints_on_one_config_have_traffic_of_their_own() -> None:
    clock, requests = VirtualClock(START), dict[str, list[float]]()

    def keep(_space: str, name: str, those: Dimensions, _at: datetime, found: Statistics) -> None:
        if name == "Invocations" and "EndpointConfigName" not in dict(those):
            requests.setdefault(dict(those)["EndpointName"], []).append(found.sum)

    with clock.running():
        meters = Meters(clock, lambda _: [BLUE], lambda _: {}, keep, seeded(1))
        for endpoint in ("one", "other"):
            meters.begin_traffic(endpoint, 10)
        clock.sleep(301)
    assert [len(counts) for counts in requests.values()] == [5, 5]
    assert requests["one"] != requests["other"]


def test_what_another_fleet_does_changes_nothing() -> None:
    def blue(other: Fleet) -> list[Minute]:
        return [minute[0] for minute in Traffic(9, BLUE, other).minutes(50, 100)]

    broken = Fleet("green", "main", 0.25, 1.0, 500.0, latency_spread=1.0)
    assert blue(GREEN) == blue(broken)


def test_calls_change_nothing_of_the_traffic_beside_them() -> None:
    alone, beside = Traffic(9, BLUE, GREEN), Traffic(9, BLUE, GREEN)
    for traffic in (alone, beside):
        traffic.meter.begin_traffic(10)
    for _ in range(20):
        refused = beside.fleets[1]
        called = beside.calls(5)
        beside.meter.refuse(refused)
        both = [sum(m.requests for m in traffic.minute()) for traffic in (alone, beside)]
        assert both[1] - both[0] == len(called) + 1


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_same_seed_gives_the_same_and_another_one_another(seed: int) -> None:
    slow = Fleet("green", "main", 0.25, 0.2, 80.0, latency_spread=0.5)

    def run(seed: int) -> tuple[object, object]:
        traffic = Traffic(seed, BLUE, slow)
        return traffic.minutes(20, 300), traffic.calls(20)

    assert run(seed) == run(seed)
    assert run(seed)[0] != run(seed + 1)[0]
    assert run(seed)[1] != run(seed + 1)[1]


def test_calls_are_answered_by_chance() -> None:
    calls = Traffic(4, BLUE, GREEN).calls(20_000)
    shares = [config == "green" for config, _ in calls]
    assert near(fmean(shares), 0.25, sqrt(0.25 * 0.75 / len(calls)))
    for fleet in (BLUE, GREEN):
        own = [answer for config, answer in calls if config == fleet.config]
        rates = ((fleet.error_rate, "failed"), (fleet.client_error_rate, "refused"))
        for rate, what in rates:
            found = fmean([getattr(answer, what) for answer in own])
            assert near(found, rate, sqrt(rate * (1 - rate) / len(own)) + 1e-9)
        assert not any(answer.failed and answer.refused for answer in own)


def test_a_burst_is_drawn_by_the_rate_that_holds_then() -> None:
    calm, burst = (Fleet("blue", "main", 1.0, rate, 5.0) for rate in (0.0, 0.5))
    traffic = Traffic(5, calm)
    traffic.meter.begin_traffic(100)
    errors = []
    for minute in range(30):
        traffic.shift(burst if minute % 3 == 0 else calm)
        errors.append(traffic.minute()[0].server_errors)
    bursts = [count for minute, count in enumerate(errors) if minute % 3 == 0]
    assert sum(errors) == sum(bursts)
    assert near(fmean(bursts), 3000, sqrt(3000 / len(bursts)))


def test_without_a_seed_refusals_are_as_exact_as_failures() -> None:
    fleet = Fleet("blue", "main", 1.0, 0.2, 5.0, client_error_rate=0.4)
    minutes = [minute for (minute,) in Traffic(None, fleet).minutes(3, 15)]
    assert [minute.requests for minute in minutes] == [15] * 3
    assert [minute.server_errors for minute in minutes] == [3] * 3
    assert [minute.client_errors for minute in minutes] == [6] * 3
    answers = [answer for _, answer in Traffic(None, fleet).calls(15)]
    assert sum(answer.failed for answer in answers) == 3
    assert sum(answer.refused for answer in answers) == 6


@pytest.mark.parametrize("seed", [None, 1])
def test_where_all_fail_none_is_refused_and_no_request_is_two_errors(seed: int | None) -> None:
    for error_rate, client_error_rate, errors in ((1.0, 1.0, 0), (0.5, 1.0, None)):
        fleet = Fleet("blue", "main", 1.0, error_rate, 5.0, client_error_rate=client_error_rate)
        (minute,) = Traffic(seed, fleet).minutes(1, 600)[0]
        assert minute.server_errors + minute.client_errors == minute.requests
        assert errors is None or minute.client_errors == errors


def of_many(seed: int | None, requests: int, at_once: int) -> dict[float, int]:
    found: dict[float, int] = {}
    latencies = Latencies(80.0, 0.5, None if seed is None else seeded(seed)("latencies"))
    for _ in range(requests // at_once):
        for length, count in latencies.of(at_once).items():
            found[length] = found.get(length, 0) + count
    return found


@pytest.mark.parametrize("at_once", [1, 7, 1000])
@pytest.mark.parametrize(
    ("seed", "off"), [(6, lambda part, n: SIGMAS * sqrt(part * (1 - part) / n)), (None, None)]
)
def test_lengths_are_those_of_a_log_normal(
    seed: int | None, off: Callable[[float, int], float] | None, at_once: int
) -> None:
    number = 14_000
    found = of_many(seed, number, at_once)
    assert sum(found.values()) == number
    for sigmas in (-2, -1, -0.3, 0, 0.3, 1, 1.28, 2, 3):
        limit, part = 80 * exp(0.5 * sigmas), NormalDist().cdf(sigmas)
        below = sum(count for length, count in found.items() if length < limit) / number
        half_a_bin = 0.015 / 2 / 0.5 * 0.4
        assert abs(below - part) < (off(part, number) if off else 0.002) + half_a_bin


def test_a_minute_of_many_requests_has_few_different_lengths() -> None:
    assert len(bins_of(80.0, 0.5).lengths) == 301
    assert len(Latencies(80.0, 0.5, seeded(1)("x")).of(6000)) < 301
    lengths = bins_of(80.0, 1.0).lengths
    assert max(log(after / before) for before, after in pairwise(lengths)) < 0.016


def test_without_a_seed_lengths_come_in_the_same_order_each_time() -> None:
    assert of_many(None, 70, 7) == of_many(None, 70, 7)
    some = Latencies(80.0, 0.5, None)
    assert [next(iter(some.of(1))) for _ in range(4)] == [92.947, 55.814, 135.237, 77.636]


def test_all_answers_take_as_long_without_a_spread() -> None:
    assert Latencies(80.0, 0.0, seeded(1)("x")).of(600) == {80.0: 600}


@pytest.mark.parametrize("seed", [None, 1])
def test_a_fleet_is_slow_from_when_it_first_gets_traffic(seed: int | None) -> None:
    green = Fleet("green", "main", 0.5, 0.0, 10.0, slow_start_seconds=90, slow_start_factor=5)
    blue = Fleet("blue", "main", 1.0, 0.0, 10.0)
    traffic = Traffic(seed, blue)
    traffic.meter.begin_traffic(100)
    traffic.minute()
    traffic.shift(Fleet("blue", "main", 0.5, 0.0, 10.0), green)
    (_, first), (_, second), (_, third) = (
        traffic.minute(),
        traffic.minute(looks=4),
        traffic.minute(),
    )
    assert set(first.lengths) == {50.0}
    assert set(second.lengths) == {50.0, 10.0}
    assert abs(second.lengths[50.0] - 1500) < SIGMAS * sqrt(1500) * (seed is not None) + 1
    assert set(third.lengths) == {10.0}
    traffic.shift(blue)
    traffic.minute()
    traffic.shift(Fleet("blue", "main", 0.5, 0.0, 10.0), green)
    assert set(traffic.minute()[1].lengths) == {50.0}


def test_calls_are_slow_from_the_start_too() -> None:
    green = Fleet("green", "main", 1.0, 0.0, 10.0, slow_start_seconds=90, slow_start_factor=5)
    traffic = Traffic(None, green)
    assert traffic.call()[1].latency_ms == 50.0
    traffic.now += timedelta(seconds=89)
    assert traffic.meter.refuse(green).latency_ms == 50.0
    traffic.now += timedelta(seconds=1)
    assert traffic.call()[1].latency_ms == 10.0
