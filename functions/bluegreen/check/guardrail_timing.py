"""When a guardrail trips if every request to green is bad at once, by its own rule.

As of any alarm: green's first request may come at any second of its minute, and the traffic is
that of the last day. How many requests a period gets, and how many of blue's fail, is chance.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from bluegreen.check.alarm_timing import MINUTE, AlarmTiming, Evaluation, GreenTraffic, timing_by
from bluegreen.check.situation import Traffic
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.power import ENOUGH, MOST_PER_MINUTE, chance_in_period
from bluegreen.sagemaker.schedule import Schedule

ALL: Final = 1.0
"""The part of green's requests that is bad."""

SELDOM: Final = 0.01
"""A chance so small that what has a smaller one is left out."""


def timing_of_guardrail(
    guardrail: Guardrail, schedule: Schedule, shares: Sequence[float], traffic: Traffic | None
) -> AlarmTiming:
    """When it trips; `shares` are green's of its variant after each shift.

    At the earliest it does so with a chance of 1 %, on the most traffic of a minute, and at the
    latest with one of 95 %, on the mean; where the traffic is not known, nobody knows the latest.
    """
    bad = replace(guardrail, defect=ALL)
    blue_is_worst = replace(bad, blue_rate=bad.expected)
    mean = traffic.mean_per_minute if traffic else 0.0
    may = _evaluation(blue_is_worst, _most(traffic), SELDOM)
    return timing_by(schedule, shares, may, _evaluation(bad, mean, ENOUGH))


def _most(traffic: Traffic | None) -> float:
    """The most requests of a minute; enough of them where nobody knows."""
    if traffic is None:
        return MOST_PER_MINUTE
    highest = traffic.highest_per_minute
    return traffic.mean_per_minute if highest is None else highest


def _evaluation(guardrail: Guardrail, per_minute: float, surely: float) -> Evaluation:
    """Whether it trips with such a chance at the end of a minute, by its periods before that."""
    seconds, periods = guardrail.period_seconds, guardrail.periods
    both = per_minute * seconds / MINUTE
    each: float = surely ** (1 / periods)

    @cache
    def breaching(share: float) -> bool:
        return chance_in_period(guardrail, both, both * share) >= each

    def in_alarm(green_traffic: GreenTraffic, second: int, minute: int) -> bool:
        end = minute * MINUTE - second
        spans = ((end - (n + 1) * seconds, end - n * seconds) for n in range(periods))
        return all(breaching(green_traffic.share(*span)) for span in spans)

    return in_alarm
