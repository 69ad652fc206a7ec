"""Guardrails of deployments for tests, and what their metrics had by the minute."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bluegreen.deployment.deployment import Deployment
from bluegreen.guardrails.asked import Asked
from bluegreen.guardrails.guardrail import Guardrail, alarm_name
from bluegreen.guardrails.outcome import Counts
from builders import at, deployment


def guardrail(key: str, variant: str = "main", **changes: Any) -> Guardrail:
    """One of `Default` for a variant: blue fails in 0.5 %, and has its p90 at 200 ms."""
    alarm = alarm_name("bluegreen", "churn", variant, key)
    return replace(replace(_DEFAULT[key], alarm=alarm, variant=variant), **changes)


_DEFAULT: Final[Mapping[str, Guardrail]] = {
    "5xx": Guardrail(
        alarm="",
        variant="",
        metric="Invocation5XXErrors",
        key="5xx",
        limit=0.025,
        defect=0.2,
        period_seconds=300,
        expected=0.005,
        blue_rate=0.005,
    ),
    "4xx": Guardrail(
        alarm="",
        variant="",
        metric="Invocation4XXErrors",
        key="4xx",
        limit=0.1,
        defect=0.5,
        period_seconds=300,
    ),
    "latency-p90": Guardrail(
        alarm="",
        variant="",
        metric="ModelLatency",
        key="latency-p90",
        limit=0.1,
        defect=0.5,
        period_seconds=120,
        periods=3,
        percentile=90,
        limit_ms=300,
        blue_ms=200,
    ),
}
ERRORS: Final = guardrail("5xx")
REFUSALS: Final = guardrail("4xx")
LATENCY: Final = guardrail("latency-p90")
ALL: Final = (ERRORS, REFUSALS, LATENCY)


def guarded(
    *guardrails: Guardrail, not_enough_data: str = "WARN", alarms: Sequence[str] = (), **more: Any
) -> Deployment:
    """The deployment of `builders` with these guardrails, and no alarm but those that are named."""
    found = deployment(**more)
    request = replace(
        found.request,
        policy=replace(found.request.policy, alarms=tuple(alarms)),
        asked=Asked.named("Default"),
        not_enough_data=not_enough_data,
        guardrails=guardrails,
    )
    return replace(found, request=request)


def by_minute(start: float, *values: float) -> dict[datetime, float]:
    """Values of the minutes from `start` on, in seconds after the deployment's."""
    return {at(start) + timedelta(minutes=number): value for number, value in enumerate(values)}


def counts(
    start: float, minutes: int, green: float, bad: float = 0, both: float | None = None
) -> Counts:
    """As many minutes from `start` on, all alike; green has a quarter of requests if not said."""
    both = 4 * green if both is None else both
    series = (by_minute(start, *[each] * minutes) for each in (green, bad, both))
    return Counts(*series)


def together(first: Counts, second: Counts) -> Counts:
    """The minutes of both."""
    return Counts(
        {**first.green, **second.green},
        {**first.bad, **second.bad},
        {**first.both, **second.both},
    )
