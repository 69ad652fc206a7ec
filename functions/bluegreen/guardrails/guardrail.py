"""A guardrail: what must hold of one variant of the green fleet, in numbers, and its alarm."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bluegreen.contract.request import GuardrailDocument
from bluegreen.guardrails.asked import LATENCY

LONGEST_ALARM_NAME: Final = 255
"""Characters (API, PutMetricAlarm)."""

LONGEST_END: Final = 40

MICROSECONDS: Final = 1000
"""Of a millisecond; ModelLatency is in microseconds."""

METRICS: Final = 3
"""That the alarm of a guardrail watches, each of which CloudWatch bills."""


@dataclass(frozen=True)
class Guardrail:
    """What must hold, and how its alarm looks at it.

    `limit` is the greatest part of green's requests that may be bad, 0 to 1, and the alarm's
    threshold; `defect` is the part with which green must be found. A bad request is an error, or
    of latency one that is slower than `limit_ms`. The alarm goes off when `periods` periods of
    `period_seconds` in a row are over the limit by more than chance.

    `expected` is the part of blue's requests that may end in the error by chance or in bursts,
    `blue_rate` how many surely do; `by_config`: errors are counted of green alone. `blue_ms` is
    blue's latency at `percentile`, where it is known. `key` is that of what was asked for.
    """

    alarm: str
    variant: str
    metric: str
    key: str
    limit: float
    defect: float
    period_seconds: int
    periods: int = 1
    expected: float = 0.0
    blue_rate: float = 0.0
    by_config: bool = False
    percentile: float = 0.0
    limit_ms: float = 0.0
    blue_ms: float | None = None

    @property
    def of_latency(self) -> bool:
        """Whether it is about slow requests, and not about errors."""
        return self.metric == LATENCY

    @property
    def limit_microseconds(self) -> float:
        """The limit of latency as its metric has it."""
        return self.limit_ms * MICROSECONDS

    def to_json(self) -> GuardrailDocument:
        """It as plans and normalised requests have it."""
        body = GuardrailDocument(
            AlarmName=self.alarm,
            VariantName=self.variant,
            Metric=self.metric,
            Key=self.key,
            Limit=self.limit,
            Defect=self.defect,
            PeriodSeconds=self.period_seconds,
            Periods=self.periods,
        )
        if self.of_latency:
            body["Percentile"], body["LimitMilliseconds"] = self.percentile, self.limit_ms
            if self.blue_ms is not None:
                body["BlueMilliseconds"] = self.blue_ms
            return body
        body["ExpectedRate"], body["BlueRate"] = self.expected, self.blue_rate
        body["ByEndpointConfig"] = self.by_config
        return body

    @classmethod
    def from_json(cls, body: GuardrailDocument) -> "Guardrail":
        """Read what `to_json` wrote."""
        return cls(
            alarm=body["AlarmName"],
            variant=body["VariantName"],
            metric=body["Metric"],
            key=body["Key"],
            limit=body["Limit"],
            defect=body["Defect"],
            period_seconds=body["PeriodSeconds"],
            periods=body["Periods"],
            expected=body.get("ExpectedRate", 0.0),
            blue_rate=body.get("BlueRate", 0.0),
            by_config=body.get("ByEndpointConfig", False),
            percentile=body.get("Percentile", 0.0),
            limit_ms=body.get("LimitMilliseconds", 0.0),
            blue_ms=body.get("BlueMilliseconds"),
        )


def alarm_prefix(stack_name: str, endpoint_name: str) -> str:
    """How the names of an endpoint's guardrail alarms begin; no endpoint's name has a slash.

    SageMaker ignores the case of endpoint names.
    """
    return f"{stack_name}-guardrail-{endpoint_name.lower()}/"


def is_of_guardrail(alarm: str, endpoint_name: str) -> bool:
    """Whether an alarm's name is that of a guardrail of the endpoint, of whichever stack."""
    stack, _, rest = alarm.partition(alarm_prefix("", endpoint_name))
    return bool(stack and rest)


def alarm_name(stack_name: str, endpoint_name: str, variant: str, key: str) -> str:
    """The name of a guardrail's alarm, which never changes; one that is too long ends in a hash."""
    prefix, end = alarm_prefix(stack_name, endpoint_name), f"{variant}/{key}"
    if len(prefix) + len(end) <= LONGEST_ALARM_NAME:
        return prefix + end
    return f"{prefix}{end[: LONGEST_END - 9]}-{sha256(end.encode()).hexdigest()[:8]}"
