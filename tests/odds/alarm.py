"""An alarm as the embedded AWS evaluates it, minute by minute, until it goes off.

The expression is the one that the alarm is made with, read and computed by the simulator's metric
math; the state is that of its rule for the evaluation range.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bluegreen.contract.aws_shapes import MetricQueryShape
from bluegreen.guardrails.alarm import queries_of
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen_simulator.rules.alarms.evaluation import Datapoint, evaluate
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule
from bluegreen_simulator.rules.metrics.math.functions import Scope
from bluegreen_simulator.rules.metrics.math.parser import Expression, parse
from bluegreen_simulator.rules.metrics.math.values import Point, TimeSeries
from odds.draws import MINUTE, Deployment

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When a datapoint is makes no difference to the state."""

CLOSE: Final = 1e-6

COUNTS: Final = {
    ("Invocations", True): ("green", "green"),
    ("Invocations", False): ("both", "both"),
    ("Invocation5XXErrors", True): ("green5", "green"),
    ("Invocation5XXErrors", False): ("both5", "both"),
    ("Invocation4XXErrors", True): ("green4", "green"),
    ("Invocation4XXErrors", False): ("both4", "both"),
    ("ModelLatency", True): ("answered", "answered"),
}
"""By a metric, and whether it is green's: what its sum is, and without what it has no data."""

Sums = tuple[int, ...]
"""Of a period, the sum of each count that an alarm needs."""

Suspect = Sequence[tuple[int, Sums]]
"""Periods that may be over the limit, by their last minutes."""


@dataclass(frozen=True)
class Feed:
    """Where the datapoints of one query come from."""

    id: str
    count: str
    there: str
    is_rank: bool

    def of(self, sums: Mapping[str, int]) -> float | None:
        """The datapoint of a period; None without data."""
        if not sums[self.there]:
            return None
        if self.is_rank:
            return 100.0 * (1 - sums["slow"] / sums["answered"])
        return float(sums[self.count])


@dataclass
class Watch:
    """A guardrail's alarm; `zero`: a missing datapoint counts as 0 beside a scalar too.

    `counts` are those that it needs, what it watches last. `every`: its expression is computed of
    each period, also of those in which nothing is suspect. What was computed is kept.
    """

    guardrail: Guardrail
    expression: Expression
    feeds: tuple[Feed, ...]
    counts: tuple[str, ...]
    rule: Rule
    zero: bool = False
    every: bool = False
    known: dict[Sums, Point] = field(default_factory=dict)

    def trips(self, deployment: Deployment, lag: int, suspect: Suspect | None = None) -> int | None:
        """The minute with whose end it goes off; None if it never does in time."""
        state, over, points = AlarmState.OK, 0, dict[int, Point]()
        for end, sums in self.suspect(deployment, lag) if suspect is None else suspect:
            points[end] = value = self._value(sums)
            over += value is not None and self.rule.breaches(value)
            if over >= self.rule.datapoints_to_alarm:
                in_range = self._in_range(deployment, points, end)
                state = evaluate(self.rule, in_range, state).state
            if state is AlarmState.ALARM:
                return end
        return None

    def suspect(self, deployment: Deployment, lag: int) -> Iterator[tuple[int, Sums]]:
        """The periods in which the alarm's value may be over the limit, by their last minutes.

        They are those in which green's rate is, be it by chance. In others nothing is computed:
        the value is not over the limit, or there is none.
        """
        columns = [getattr(deployment, name) for name in self.counts]
        green, bad, width = columns[0], columns[-1], self.rule.minutes
        both = columns[1]
        limit, expected = self.guardrail.limit, self.guardrail.expected
        if self.guardrail.by_config:
            expected = 0.0
        for end in deployment.ends(lag):
            deployment.look(end)
            last, first = end + 1, end + 1 - width
            of_green = green[last] - green[first]
            of_blue = both[last] - both[first] - of_green
            allowed = limit * of_green + expected * of_blue
            if self.every or (of_green and bad[last] - bad[first] > allowed - CLOSE):
                yield end, tuple(column[last] - column[first] for column in columns)

    def learn(self, of: Iterable[Sums]) -> None:
        """Compute the expression of many periods at once, as of one time series."""
        new = sorted(set(of) - self.known.keys())
        named = [dict(zip(self.counts, sums, strict=True)) for sums in new]
        data = {
            feed.id: TimeSeries(tuple(self._filled(feed.of(sums)) for sums in named))
            for feed in self.feeds
        }
        value = self.expression.compute(Scope(len(new), data.__getitem__, lambda: data))
        assert isinstance(value, TimeSeries)
        self.known.update(zip(new, value.points, strict=True))

    def _value(self, sums: Sums) -> Point:
        if sums not in self.known:
            self.learn([sums])
        return self.known[sums]

    def _filled(self, value: float | None) -> float | None:
        return 0.0 if value is None and self.zero else value

    def _sums(self, deployment: Deployment, end: int) -> Sums:
        columns = [getattr(deployment, name) for name in self.counts]
        return tuple(column[end + 1] - column[end + 1 - self.rule.minutes] for column in columns)

    def _in_range(
        self, deployment: Deployment, points: Mapping[int, Point], end: int
    ) -> Sequence[Datapoint | None]:
        width = self.rule.minutes
        ends = range(end - width * (self.rule.range_periods - 1), end + 1, width)
        values = [self._at(deployment, points, each) for each in ends]
        return [None if value is None else Datapoint(AT, value, None) for value in values]

    def _at(self, deployment: Deployment, points: Mapping[int, Point], end: int) -> Point:
        """The value of a period; before green's first request there is none over the limit."""
        if end in points:
            return points[end]
        is_there = self.zero or (end >= self.rule.minutes and any(self._sums(deployment, end)))
        return 0.0 if is_there else None


def watch_of(guardrail: Guardrail, *, zero: bool = False, every: bool = False) -> Watch:
    """The alarm of a guardrail, by the queries that it is made with."""
    *metrics, result = queries_of(guardrail, "endpoint", "green")
    rule = Rule(
        statistic=None,
        minutes=guardrail.period_seconds // MINUTE,
        evaluation_periods=guardrail.periods,
        datapoints_to_alarm=guardrail.periods,
        comparison=COMPARISONS["GreaterThanThreshold"],
        threshold=guardrail.limit,
        missing_data=MissingData.NOT_BREACHING,
    )
    feeds = tuple(_feed(metric) for metric in metrics)
    counts = tuple("slow" if feed.is_rank else feed.count for feed in feeds)
    return Watch(guardrail, parse(result["Expression"]), feeds, counts, rule, zero, every)


def _feed(query: MetricQueryShape) -> Feed:
    stat = query["MetricStat"]
    dimensions = {each["Name"] for each in stat["Metric"]["Dimensions"]}
    count, there = COUNTS[stat["Metric"]["MetricName"], "EndpointConfigName" in dimensions]
    return Feed(query["Id"], count, there, stat["Stat"].startswith("PR("))
