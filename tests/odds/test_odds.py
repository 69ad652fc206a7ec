"""What is drawn is what was meant, and an alarm goes off when the embedded AWS's own does."""

import math
import statistics
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bluegreen.guardrails.alarm import RESULT, queries_of
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen_simulator.aws.cloudwatch.queries import metric_key, read_queries
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.rules.alarms.rule import AlarmState
from bluegreen_simulator.rules.metrics.series import Series
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from heavy import sampled
from odds.alarm import AT, _feed, watch_of
from odds.blue import guardrails
from odds.cells import LINEAR, Blue, Cell, Green
from odds.chance import count, percentile_90, seeded, total
from odds.counts import FOUND_LAG, STOPPED_LAG, counted
from odds.draws import BEFORE, Deployment
from odds.intervals import interval

# ---- That what is computed is what the embedded AWS does ---------------------------------------

UNCERTAIN = (
    Cell(Green.SERVER, 0.05, Blue.HALF, 0.5),
    Cell(Green.SERVER, 0.2, Blue.HALF, 0.25, 10),
    Cell(Green.SERVER, 0.2, Blue.TWO, 0.25, 60, by_config=True),
    Cell(Green.CLIENT, 0.5, Blue.HALF, 0.1, 10),
    Cell(Green.HEALTHY, 0.0, Blue.BURSTS, 0.25, 60),
)


def deployments(cell: Cell, draws: int) -> Iterator[tuple[Guardrail, Deployment]]:
    chance = seeded(cell.name)
    for _ in range(draws):
        of = guardrails(cell, 0, by_config=cell.by_config)
        latency = of["latency-p90"] if "latency-p90" in cell.keys else None
        deployment = Deployment(cell, latency, chance)
        for key in cell.keys:
            yield of[key], deployment


@pytest.mark.parametrize("cell", UNCERTAIN, ids=lambda cell: cell.name)
def test_an_alarm_goes_off_when_the_simulator_s_own_does(cell: Cell) -> None:
    ends = set[int | None]()
    for guardrail, deployment in deployments(cell, 10):
        if not guardrail.of_latency:
            end = watch_of(guardrail).trips(deployment, FOUND_LAG)
            assert end == as_simulated(guardrail, deployment)
            ends.add(end)
    assert len(ends) > 1 or cell.is_healthy


def as_simulated(guardrail: Guardrail, deployment: Deployment) -> int | None:
    """The same by the simulator's alarm, that is given the metrics of each minute."""
    queries = queries_of(guardrail, "endpoint", "green")
    alarm = MetricAlarm(read_queries(queries, "123456789012"), RESULT, watch_of(guardrail).rule)
    data = series_of(queries, deployment)
    for end in deployment.ends(FOUND_LAG):
        now = AT + timedelta(minutes=end + 1, seconds=5)
        until = {key: before(series, end) for key, series in data.items()}
        if alarm.evaluate(until, now, AlarmState.OK).state is AlarmState.ALARM:
            return end
    return None


def series_of(queries: Any, deployment: Deployment) -> dict[Any, list[Statistics | None]]:
    deployment.look(deployment.ends(FOUND_LAG)[-1])
    watch = {feed.id: feed for feed in feeds(queries)}
    data = {}
    for query in queries[:-1]:
        metric, feed = query["MetricStat"]["Metric"], watch[query["Id"]]
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        key = metric_key(metric["Namespace"], metric["MetricName"], dimensions)
        data[key] = by_minute(getattr(deployment, feed.count), getattr(deployment, feed.there))
    return data


def feeds(queries: Any) -> Iterable[Any]:
    return map(_feed, queries[:-1])


def by_minute(count: list[int], there: list[int]) -> list[Statistics | None]:
    minutes = zip(count, count[1:], there, there[1:], strict=False)
    return [
        Statistics(float(c1 - c0), float(n1 - n0), 0.0, 1.0) if n1 > n0 else None
        for c0, c1, n0, n1 in minutes
    ]


def before(minutes: list[Statistics | None], end: int) -> Series:
    series = Series()
    for number, statistics_ in enumerate(minutes[: end + 1]):
        if statistics_:
            series.add(AT + timedelta(minutes=number), statistics_)
    return series


@pytest.mark.parametrize(
    "cell",
    [*UNCERTAIN, Cell(Green.SLOWER, 2.0, rate=10, share=1.0), Cell(Green.HEALTHY, rate=10)],
    ids=lambda cell: cell.name,
)
@pytest.mark.parametrize("zero", sampled([True, False], 2))
def test_what_is_not_suspect_changes_nothing(cell: Cell, *, zero: bool) -> None:
    lag = STOPPED_LAG if cell.is_healthy else FOUND_LAG
    for guardrail, deployment in deployments(cell, 15):
        quick = watch_of(guardrail, zero=zero).trips(deployment, lag)
        assert quick == watch_of(guardrail, zero=zero, every=True).trips(deployment, lag)


def test_the_more_bakes_there_are_the_more_blue_may_do() -> None:
    one, two, ten = (
        guardrails(Cell(Green.HEALTHY, 0.0, Blue.BURSTS, share), 0)["5xx"].limit
        for share in (1.0, 0.25, LINEAR)
    )
    assert one < two < ten


# ---- Chance ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [0.3, 7.0, 150.0, 6000.0])
def test_counts_have_their_mean_and_spread(mean: float) -> None:
    chance = seeded("1")
    found = [count(chance, mean) for _ in range(4000)]
    assert statistics.mean(found) == pytest.approx(mean, abs=4 * math.sqrt(mean / 4000))
    assert statistics.variance(found) == pytest.approx(mean, rel=0.12)


def test_percentiles_and_sums_are_those_of_log_normal_values() -> None:
    chance = seeded("2")
    drawn = [sorted(chance.lognormvariate(0, 0.5) for _ in range(60)) for _ in range(1500)]
    ranks = [percentile_90(chance, 60, 0.5) for _ in range(1500)]
    assert statistics.mean(ranks) == pytest.approx(
        statistics.mean(values[53] for values in drawn), rel=0.02
    )
    sums = [total(chance, 60, 1.0, 0.5) for _ in range(1500)]
    assert statistics.mean(sums) == pytest.approx(60 * math.exp(0.125), rel=0.01)
    assert statistics.stdev(sums) == pytest.approx(statistics.stdev(map(sum, drawn)), rel=0.1)


@pytest.mark.parametrize("share", [0.25, 1.0, LINEAR])
def test_a_deployment_has_its_shares(share: float) -> None:
    cell = Cell(Green.HEALTHY, share=share, rate=6000)
    deployment = Deployment(cell, guardrails(cell, 0)["latency-p90"], seeded("3"))
    deployment.look(deployment.ends(0)[-1])
    assert deployment.green[BEFORE] == 0
    for number, step in enumerate(cell.steps):
        minutes = deployment.of_bake(number)
        green, both = (
            sum(each) for each in zip(*((m.green, m.both) for m in minutes), strict=True)
        )
        assert green / both == pytest.approx(step, abs=0.01)
        assert len(minutes) == (8 if deployment.shift == 0 else 7)


def test_figures_hold_only_together_with_all_others() -> None:
    assert interval(0, 3000, 3000).high == pytest.approx(0.0066, abs=0.001)
    assert not interval(30, 3000, 3000).meets(interval(60, 300, 3000))
    assert interval(30, 3000, 3000).meets(interval(3, 300, 3000))


def test_the_same_seed_gives_the_same_counts() -> None:
    cell = Cell(Green.SERVER, 0.2)
    assert counted([cell], 20) == counted([cell], 20)
    assert counted([cell], 20) != counted([cell], 20, 1)
