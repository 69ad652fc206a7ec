"""How likely each guardrail finds its defect in each bake, going by the traffic of the last day."""

from dataclasses import dataclass
from math import floor
from typing import Final, cast

from bluegreen.check.forecast import Forecast
from bluegreen.contract.plan import PlannedGuardrailDocument
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.power import ENOUGH, bake_needed, planned_power, traffic_needed

PRECISION: Final = 10_000
"""Of chances in a plan, which are rounded down, and never 1: chance is never certain."""


@dataclass(frozen=True)
class BakePower:
    """A bake, green's share of the variant's requests in it, 0 to 1, and what is found in it."""

    seconds: int
    share: float
    power: float


@dataclass(frozen=True)
class Powers:
    """What a guardrail finds with so many requests a minute to its variant, bake by bake."""

    guardrail: Guardrail
    per_minute: float
    bakes: tuple[BakePower, ...]

    @property
    def best(self) -> BakePower:
        """The first of those bakes in which most is found."""
        return max(self.bakes, key=lambda bake: bake.power)

    @property
    def enough(self) -> bool:
        """Whether there is a bake after which HEALTHY can be said of it."""
        return self.best.power >= ENOUGH

    @property
    def traffic_needed(self) -> int | None:
        """The requests a minute with which one of its bakes would be enough."""
        needed = (traffic_needed(self.guardrail, b.share, b.seconds) for b in self.bakes)
        return min((rate for rate in needed if rate is not None), default=None)

    @property
    def largest_share(self) -> float:
        """The largest part of the variant's requests that green gets in a bake."""
        return max(bake.share for bake in self.bakes)

    @property
    def bake_needed(self) -> int | None:
        """The seconds of a bake, with green's largest share, that would be enough."""
        return bake_needed(self.guardrail, self.per_minute, self.largest_share)


def planned_guardrails(forecast: Forecast) -> list[PlannedGuardrailDocument]:
    """The guardrails of a deployment as they stand in its plan."""
    return [_planned(guardrail, forecast) for guardrail in forecast.request.guardrails]


def _planned(guardrail: Guardrail, forecast: Forecast) -> PlannedGuardrailDocument:
    body = cast("PlannedGuardrailDocument", guardrail.to_json())
    powers = powers_of(guardrail, forecast)
    if powers:
        body["RequestsPerMinute"] = round(powers.per_minute, 2)
        body["PlannedPower"] = _never_certain(powers.best.power)
    return body


def _never_certain(power: float) -> float:
    return min(floor(power * PRECISION), PRECISION - 1) / PRECISION


def powers_of(guardrail: Guardrail, forecast: Forecast) -> Powers | None:
    """The powers of a guardrail; None where the traffic of its variant is not known."""
    traffic = forecast.traffic_to(guardrail.variant)
    if traffic is None:
        return None
    rate = traffic.mean_per_minute
    leading = max(map(forecast.steps, forecast.green), key=len)
    steps = zip(forecast.shares(guardrail.variant), leading, strict=True)
    bakes = [(step.bake_seconds, share) for share, step in steps if step.bake_seconds]
    return Powers(
        guardrail,
        rate,
        tuple(BakePower(s, share, planned_power(guardrail, rate, share, s)) for s, share in bakes),
    )
