"""The series of gates as they are kept: of every few minutes the value that is worst, in 32 KB."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.series import GateSeries, KeptSeries, Pairs
from bluegreen.contract.text import plain
from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.gate import Gate, Points

LARGEST: Final = 32_768
"""Bytes of JSON; a row of the table takes 400 KB, of which the record is the rest."""

BEFORE: Final = timedelta(minutes=15)
"""How long before the update the series begin, to show what blue was like."""

STEPS: Final = (60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Seconds that one datapoint may stand for; the first with which everything fits is taken."""

DIGITS: Final = 4
"""Significant digits of a value."""


def series_start(deployment: Deployment) -> datetime | None:
    """When the series of a deployment begin; None where it was not updated."""
    requested_at = deployment.update_requested_at
    return requested_at and (requested_at - BEFORE).replace(second=0, microsecond=0)


def kept_series(gates: Sequence[Gate], start: datetime) -> KeptSeries:
    """The series from `start` on, as fine as they fit; without datapoints if they never do."""
    for seconds in STEPS:
        kept = _kept(gates, start, seconds)
        if len(json.dumps(kept)) <= LARGEST:
            return kept
    return _kept([_without_points(gate) for gate in gates], start, STEPS[-1])


def _kept(gates: Iterable[Gate], start: datetime, seconds: int) -> KeptSeries:
    series = [_series(gate, start, seconds) for gate in gates]
    return KeptSeries(StartedAt=to_text(start), Seconds=seconds, Gates=series)


def _without_points(gate: Gate) -> Gate:
    return Gate(gate.alarm, gate.metric, gate.comparison, gate.limit)


def _series(gate: Gate, start: datetime, seconds: int) -> GateSeries:
    series = GateSeries(AlarmName=plain(gate.alarm))
    if gate.metric:
        series["Metric"] = gate.metric
    if gate.comparison:
        series["Comparison"] = gate.comparison
    if gate.limit is not None and math.isfinite(gate.limit):
        series["Limit"] = gate.limit
    lowest = gate.comparison.startswith("LessThan")
    if gate.watched is not None:
        series["Watched"] = _pairs(gate.watched, start, seconds, lowest=lowest)
    if gate.green is not None:
        series["Green"] = _pairs(gate.green, start, seconds, lowest=lowest)
    if gate.blue is not None:
        series["Blue"] = _pairs(gate.blue, start, seconds, lowest=lowest)
    return series


def _pairs(points: Points, start: datetime, seconds: int, *, lowest: bool) -> Pairs:
    """Of each span of so many seconds the value that is nearest to tripping its alarm."""
    worst: dict[int, float] = {}
    for at, value in _offsets(points, start):
        span = at // seconds * seconds
        better = min if lowest else max
        worst[span] = better(worst.get(span, value), value)
    return [(span, float(f"{value:.{DIGITS}g}")) for span, value in worst.items()]


def _offsets(points: Points, start: datetime) -> Iterator[tuple[int, float]]:
    for moment, value in points:
        if moment >= start and math.isfinite(value):
            yield int((moment - start).total_seconds()), value
