"""AWS's documented example alarms, on the same draws.

Those of the SageMaker Developer Guide, "Auto-Rollback Configuration and Monitoring", and of the
notebooks of aws/amazon-sagemaker-examples, as `tests/corpus/aws_examples.yaml` has them. Both
compare the Average of an error metric, which is 1 for a request that failed and else 0, with 1;
beside them stands what they may have meant, 1 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random
from typing import Final

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, evaluate
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule
from odds.alarm import AT
from odds.blue import MEDIAN_MS, STEADY
from odds.cells import Blue, Cell, Green
from odds.chance import count, seeded, total
from odds.draws import Deployment

EARLIER: Final = 15
"""Minutes before those that are drawn; with them there are two of the guide's periods."""

TIMES_AT_START: Final = 10.0
"""How many times slower instances are that have just begun."""

SHARES: Final = (0.1, 0.25, 1.0)
SEEN: Final = {
    (Green.HEALTHY, 0.0),
    (Green.QUICK, 0.0),
    (Green.SERVER, 0.2),
    (Green.SERVER, 1.0),
    (Green.CLIENT, 1.0),
    (Green.SLOWER, 2.0),
    (Green.SLOWER, 10.0),
}


def are_about(cell: Cell) -> bool:
    """Whether they are tried on a cell's draws."""
    usual = Cell(cell.green, cell.size, Blue.HALF, cell.share, cell.rate)
    return cell == usual and cell.share in SHARES and (cell.green, cell.size) in SEEN


@dataclass(frozen=True)
class Average:
    """An alarm on the Average of errors or latencies, over `minutes`, so many times in a row.

    `key` is that of the guardrail that is about the same; `of_green`: by endpoint config.
    Latencies are compared in milliseconds.
    """

    key: str
    comparison: str
    threshold: float
    minutes: int
    periods: int
    of_green: bool = False

    def trips(self, cell: Cell, deployment: Deployment, lag: int) -> int | None:
        """The minute with whose end it goes off; None if it never does in time."""
        rule = Rule(
            statistic="Average",
            minutes=self.minutes,
            evaluation_periods=self.periods,
            datapoints_to_alarm=self.periods,
            comparison=COMPARISONS[self.comparison],
            threshold=self.threshold,
            missing_data=MissingData.NOT_BREACHING,
        )
        ends = deployment.ends(lag)
        deployment.look(ends[-1])
        sums, samples = _earlier(self, cell, deployment)
        state = AlarmState.OK
        for end in ends:
            last = EARLIER + end + 1
            firsts = [last - n * rule.minutes for n in range(rule.range_periods, 0, -1)]
            averages = [
                _average(sums, samples, max(0, first), max(0, first + rule.minutes))
                for first in firsts
            ]
            if averages[-1] is None or not rule.breaches(averages[-1]):
                continue
            points = [None if each is None else Datapoint(AT, each, None) for each in averages]
            state = evaluate(rule, points, state).state
            if state is AlarmState.ALARM:
                return end
        return None


@dataclass(frozen=True)
class Example:
    """Alarms that stand together in one policy."""

    alarms: tuple[Average, ...]

    def trips(
        self, cell: Cell, deployment: Deployment, lag: int, tried: dict[Average, int | None]
    ) -> int | None:
        """Seconds after the first shift until the first that the cell is about has gone off."""
        about = [alarm for alarm in self.alarms if alarm.key in cell.keys]
        for alarm in about:
            if alarm not in tried:
                tried[alarm] = alarm.trips(cell, deployment, lag)
        ends = [tried[alarm] for alarm in about]
        found = [end for end in ends if end is not None]
        return deployment.after(min(found), lag) if found else None


def _average(
    sums: Sequence[float], samples: Sequence[float], first: int, last: int
) -> float | None:
    there = samples[last] - samples[first]
    return (sums[last] - sums[first]) / there if there else None


def _earlier(
    alarm: Average, cell: Cell, deployment: Deployment
) -> tuple[Sequence[float], Sequence[float]]:
    """What the metric's samples come to before each minute, and how many they are."""
    drawn = f"{deployment.shift} {deployment.both[-1]} {deployment.green[-1]}"
    chance = seeded(f"{cell.name} {drawn}")
    rate, failing = cell.per_minute, STEADY[cell.blue]
    if alarm.key == "latency-p90":
        return _latencies(alarm, cell, deployment, chance)
    errors = deployment.both5 if alarm.key == "5xx" else deployment.both4
    before = [count(chance, rate * failing) for _ in range(EARLIER)]
    well = [count(chance, rate * (1 - failing)) for _ in range(EARLIER)]
    both = [bad + good for bad, good in zip(before, well, strict=True)]
    return _joined(before, errors), _joined(both, deployment.both)


def _latencies(
    alarm: Average, cell: Cell, deployment: Deployment, chance: Random
) -> tuple[Sequence[float], Sequence[float]]:
    """Milliseconds of green's answers, or of all; those of instances that begin are slower."""
    times = cell.size if cell.green is Green.SLOWER else 1.0
    answered, new = _each(deployment.answered), _each(deployment.new)
    green = [
        total(chance, all_ - slow, MEDIAN_MS * times, cell.sigma)
        + total(chance, slow, MEDIAN_MS * TIMES_AT_START, cell.sigma)
        for all_, slow in zip(answered, new, strict=True)
    ]
    if alarm.of_green:
        nothing = [0] * EARLIER
        return _sums([*nothing, *green]), _sums([*nothing, *answered])
    blue = [n - g for n, g in zip(_each(deployment.both), _each(deployment.green), strict=True)]
    blue = [*(count(chance, cell.per_minute) for _ in range(EARLIER)), *blue]
    of_blue = [total(chance, n, MEDIAN_MS, cell.sigma) for n in blue]
    ms = [a + b for a, b in zip(of_blue, [*[0.0] * EARLIER, *green], strict=True)]
    both = [a + b for a, b in zip(blue, [*[0] * EARLIER, *answered], strict=True)]
    return _sums(ms), _sums(both)


def _joined(before: Sequence[int], until: Sequence[int]) -> Sequence[float]:
    return _sums([*before, *_each(until)])


def _each(until: Sequence[int]) -> list[int]:
    return [later - before for before, later in pairwise(until)]


def _sums(values: Sequence[float]) -> Sequence[float]:
    return [0.0, *accumulate(values)]


def _guide(threshold: float) -> Example:
    return Example(
        (
            Average("4xx", "GreaterThanThreshold", threshold, 10, 2),
            Average("latency-p90", "GreaterThanThreshold", 100.0, 5, 2, of_green=True),
        )
    )


def _notebook(threshold: float) -> Example:
    """Its 10 ms are for a model that takes a tenth of ours, so 100 ms here."""
    return Example(
        (
            Average("5xx", "GreaterThanOrEqualToThreshold", threshold, 1, 1),
            Average("latency-p90", "GreaterThanOrEqualToThreshold", 100.0, 1, 1),
        )
    )


EXAMPLES: Final = {
    "guide": _guide(1.0),
    "guide, 1 %": _guide(0.01),
    "notebook": _notebook(1.0),
    "notebook, 1 %": _notebook(0.01),
}
