"""When an alarm could trip at the earliest and at the latest, if green fails as badly as it can.

The worst green: every request ends in an error, as late as SageMaker allows. Traffic is taken to
come steadily, and blue to work well. CloudWatch keeps minutes; an alarm looks at the last full
minutes, so many periods back (CloudWatch User Guide, "Alarm evaluation"). How a deployment's
first request lies in its minute is chance: the earliest and the latest go over every second.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate
from math import ceil, floor
from typing import Final

from bluegreen.check.alarm_scope import AlarmScope
from bluegreen.check.situation import Alarm, Traffic
from bluegreen.sagemaker.deployment_config import LONGEST_MAXIMUM_SECONDS
from bluegreen.sagemaker.metrics import ERRORS, FLEET, FLEET_OF_CONFIG, HOST, INVOCATION
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.schedule import Schedule

MINUTE: Final = 60
FEW: Final = 10
"""Requests of a period, of which a fraction of one matters."""

ALMOST: Final = 1e-6
"""Of a request: what lacks to a whole one because parts of fleets are not exact."""

LEAST_PART: Final = 1e-8
"""Of all requests: what sets apart two shares that are not the same."""

LEAST_LAG_SECONDS: Final = 5
"""Assumed: an alarm is evaluated no sooner than this after a minute's end."""

MOST_LAG_SECONDS: Final = 120
"""AWS publishes and evaluates within a minute or two; documented nowhere to the second.

In its sample event (CloudWatch User Guide, "Alarm events and EventBridge") an alarm saw a minute 65
seconds after its end.
"""

LONGEST_ANSWER_MICROSECONDS: Final = 60_000_000.0
"""A container must answer within 60 seconds (API of InvokeEndpoint)."""

LONGEST_STREAM_MICROSECONDS: Final = 480_000_000.0
"""A streamed answer may take 8 minutes (Developer Guide, "Model Hosting FAQs")."""

LONGEST_ASYNCHRONOUS_MICROSECONDS: Final = 3_600_000_000.0
"""An asynchronous request has an hour (API of InvokeEndpointAsync, InvocationTimeoutSeconds)."""

_ERROR: Final = dict.fromkeys(ERRORS, 1.0)
REAL_TIME: Final = _ERROR | {"ModelLatency": LONGEST_STREAM_MICROSECONDS}
ASYNCHRONOUS: Final = _ERROR | {"ModelLatency": LONGEST_ASYNCHRONOUS_MICROSECONDS}
"""The worst that a request adds to a metric, for endpoints of either kind."""

Worst = Mapping[str, float]

_CEILINGS: Final = {"MemoryUtilization": 100.0, "DiskUtilization": 100.0}
"""What metrics of instances cannot be above, in percent, whatever green does."""

_HIGHER: Final = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
}


@dataclass(frozen=True)
class AlarmTiming:
    """Seconds after UpdateEndpoint at which an alarm is in ALARM; None: not while it bakes.

    `earliest` holds for the luckiest second and evaluation, `latest` for the unluckiest; that is
    None where it need not trip at all.
    """

    earliest: int | None
    latest: int | None


def breaches(
    alarm: Alarm, green_part: float, worst: Worst, requests: float | None = None
) -> bool | None:
    """Whether a datapoint can breach of which green answered `green_part` of the requests.

    `requests` is how many there are in a period, None if nobody knows. None: cannot be said.
    """
    metric, higher = alarm.metric, _HIGHER.get(alarm.comparison)
    if metric is None or higher is None or metric.namespace not in (INVOCATION, HOST):
        return None
    if frozenset(metric.dimensions) not in (FLEET, FLEET_OF_CONFIG):
        return None  # a part of the fleet, or several of them
    if metric.name in _CEILINGS and metric.statistic not in ("Sum", "SampleCount"):
        return None if higher(_CEILINGS[metric.name], alarm.threshold) else False
    if metric.name not in worst:
        return None
    value = _worst_value(metric.statistic, worst[metric.name], green_part, requests)
    return None if value is None else higher(value, alarm.threshold)


def _worst_value(
    statistic: str, worst: float, green_part: float, requests: float | None
) -> float | None:
    if statistic == "Average":
        return green_part * worst
    if statistic == "Maximum":
        return worst if green_part > 0 else 0.0
    if statistic == "Minimum":
        return worst if green_part >= 1 else 0.0
    if statistic == "Sum" and requests is not None:
        return green_part * worst * requests
    if (part := percentile_of(statistic)) is not None:
        return worst if green_part >= round(1 - part, 9) else 0.0  # 1 - 0.95 is more than 0.05
    return None


def percentile_of(statistic: str) -> float | None:
    """The part of the samples below a percentile such as `p95`; None: it is none."""
    if not statistic.startswith("p") or not statistic[1:].replace(".", "", 1).isdigit():
        return None
    return float(statistic[1:]) / 100


def samples_needed(alarm: Alarm) -> float:
    """The samples a period without which the alarm keeps its state; 0: it takes any number.

    CloudWatch User Guide, "Percentile-based CloudWatch alarms and low data samples": 10/(1-p) for
    p from 0.5 to 1, 10/p below.
    """
    part = percentile_of(alarm.metric.statistic) if alarm.metric else None
    if part is None or not alarm.ignores_low_samples:
        return 0
    rarer = min(part, 1 - part)
    return 10 / rarer if rarer > 0 else float("inf")


def timing_of(  # noqa: PLR0913 - all of these decide when
    alarm: Alarm,
    scope: AlarmScope,
    schedule: Schedule,
    shares: Sequence[float],
    traffic: Traffic | None,
    *,
    worst: Worst = REAL_TIME,
    whole: bool = False,
) -> AlarmTiming:
    """When the alarm trips on the worst green; `shares` are green's after each shift.

    What cannot be judged may breach. A Sum depends on the traffic: at the earliest it trips as if
    enough requests came, at the latest with the mean of the last day, where that is known; so do
    percentiles that want many samples. Of few requests green may get one more than its share;
    `whole`: and, at the latest, no more than the whole ones. Where a window follows the clock,
    nobody knows the latest.
    """
    green_traffic, period = GreenTraffic.of(schedule, shares), alarm.period_seconds
    if not green_traffic.minutes:
        return AlarmTiming(None, None)
    if period < MINUTE:  # such metrics come in other grains than minutes, and are not judged
        return AlarmTiming(green_traffic.start + LEAST_LAG_SECONDS, None)
    requests = traffic.mean_per_minute * period / MINUTE if traffic else None
    less = 0.0 if scope is AlarmScope.GREEN else LEAST_PART
    least = partial(_at_least, less, requests) if whole else partial(_steadily, requests)
    may = _first(green_traffic, _evaluation(alarm, scope, worst, partial(_at_most, requests)))
    must = _first(green_traffic, _evaluation(alarm, scope, worst, least))
    sure = not alarm.by_the_clock and (requests is not None or not samples_needed(alarm))
    return _between(green_traffic, may, must if sure else None)


def timing_by(
    schedule: Schedule, shares: Sequence[float], may: "Evaluation", must: "Evaluation"
) -> AlarmTiming:
    """When an alarm trips that `may`, and `must`, be in ALARM by what comes to green."""
    green_traffic = GreenTraffic.of(schedule, shares)
    return _between(green_traffic, _first(green_traffic, may), _first(green_traffic, must))


def _between(
    green_traffic: "GreenTraffic", may: tuple[int, int] | None, must: tuple[int, int] | None
) -> AlarmTiming:
    start = green_traffic.start
    return AlarmTiming(
        None if may is None else start + _luckiest(*may) + LEAST_LAG_SECONDS,
        None if must is None else start + _unluckiest(*must) + MOST_LAG_SECONDS,
    )


def _first(green_traffic: "GreenTraffic", in_alarm: "Evaluation") -> tuple[int, int] | None:
    """The first minute at whose end it can be in ALARM, and the last second that is early enough.

    Of a start at a later second of its minute the same holds a minute later.
    """
    minutes = range(1, len(green_traffic.minutes))
    first = next((minute for minute in minutes if in_alarm(green_traffic, 0, minute)), None)
    if first is None:
        return None
    return first, _last_second(lambda second: in_alarm(green_traffic, second, first))


def _luckiest(minute: int, second: int) -> int:
    return minute * MINUTE - second


def _unluckiest(minute: int, second: int) -> int:
    if second == MINUTE - 1:
        return minute * MINUTE
    return max(minute * MINUTE, (minute + 1) * MINUTE - (second + 1))


def _last_second(holds: Callable[[int], bool]) -> int:
    """The last second of the minute at which it still holds; it holds at 0, and up to some one."""
    low, high = 0, MINUTE - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


@dataclass(frozen=True)
class GreenTraffic:
    """Green's part of the traffic by the second from its first request on, summed up.

    It ends where SageMaker's longest maximum execution time does, however long the policy is.
    """

    start: int
    sums: tuple[float, ...]

    @classmethod
    def of(cls, schedule: Schedule, shares: Sequence[float]) -> "GreenTraffic":
        """That of a deployment; `shares` are green's after each shift."""
        parts: list[float] = []
        start, share, following = 0, 0.0, iter(shares)
        for stage in schedule.stages:
            if stage.stage is Stage.SHIFTING:
                parts += [share] * (stage.seconds if share else 0)
                share, start = next(following), start if share else stage.ends_after
            elif share:
                parts += [share] * stage.seconds
            if len(parts) > LONGEST_MAXIMUM_SECONDS:
                break
        return cls(start, tuple(accumulate(parts, initial=0.0)))

    @property
    def minutes(self) -> range:
        """The minutes that there are, and one more, which a late start reaches into."""
        return range(-(-(len(self.sums) - 1) // MINUTE) + 1) if len(self.sums) > 1 else range(0)

    def share(self, begin: int, end: int) -> float:
        """Green's part of the requests of a span in seconds, those before its first included."""
        last = len(self.sums) - 1
        inside = self.sums[min(max(end, 0), last)] - self.sums[min(max(begin, 0), last)]
        return round(inside / (end - begin), 9)  # sums of thirds are not exact


Evaluation = Callable[[GreenTraffic, int, int], bool]
"""Whether the alarm can be in ALARM at the end of a minute, if the first request came at a second
of minute 0."""


def _steadily(requests: float | None, share: float) -> tuple[float, float | None]:
    """Green's part of a period and the requests in it, if all come as steadily as can be."""
    return share, requests


def _at_most(requests: float | None, share: float) -> tuple[float, float | None]:
    """Likewise, if green gets one more than its share where that is few; enough may come."""
    if requests is None or requests * share >= FEW:
        return share, None
    of_green, of_both = floor(requests * share + ALMOST) + 1, floor(requests + ALMOST)
    return min(1.0, of_green / max(1, of_both)), None


def _at_least(less: float, requests: float | None, share: float) -> tuple[float, float | None]:
    """Likewise, if green gets only what is whole of its share where that is few, and `less` of it.

    Where just as many are bad as a percentile leaves, nobody knows which of them it is.
    """
    part, of_both = share, requests
    if requests is not None and requests * share < FEW:
        of_both = ceil(requests - ALMOST)
        part = floor(requests * share + ALMOST) / max(1, of_both)
    return part - less if share < 1 else part, of_both


def _evaluation(
    alarm: Alarm,
    scope: AlarmScope,
    worst: Worst,
    period_of: Callable[[float], tuple[float, float | None]],
) -> Evaluation:
    """`period_of`: what came in a period, by green's share. What cannot be judged may breach."""
    green_only, period = scope is AlarmScope.GREEN, alarm.period_seconds
    needed = samples_needed(alarm)

    @cache
    def breaching(share: float) -> bool:
        part, seen = period_of(share) if share > 0 else (0.0, None)
        if part <= 0:
            return False
        if green_only:
            part, seen = 1.0, None if seen is None else seen * part
        if seen is not None and seen < needed:
            return False
        return breaches(alarm, part, worst, seen) is not False

    def in_alarm(green_traffic: GreenTraffic, second: int, minute: int) -> bool:
        end = minute * MINUTE - second
        if (alarm.datapoints_to_alarm - 1) * period > end:
            return False
        windows = (
            green_traffic.share(end - (n + 1) * period, end - n * period)
            for n in range(alarm.evaluation_periods)
        )
        return sum(map(breaching, windows)) >= alarm.datapoints_to_alarm

    return in_alarm
