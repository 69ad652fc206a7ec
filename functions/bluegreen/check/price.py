"""What a deployment costs above doing nothing: instance-hours, and USD where prices are known.

Billing: SageMaker Developer Guide, "Blue/Green Deployments": both fleets while both are there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.contract.plan import PriceDocument
from bluegreen.sagemaker.deployment_config import ROLLING
from bluegreen.sagemaker.schedule import HOUR

UNKNOWN: Final = "an unknown instance type"


@dataclass(frozen=True)
class Price:
    """Instance-hours beyond blue's own, and their price; None unless all prices are known.

    `missing` are the instance types whose price nobody gave: none is ever made up.
    """

    extra_instance_hours: float
    extra_usd: float | None
    missing: tuple[str, ...] = ()

    def to_json(self) -> PriceDocument:
        """The price as it stands in a plan."""
        price = PriceDocument(ExtraInstanceHours=round(self.extra_instance_hours, 2))
        if self.extra_usd is not None:
            price["ExtraUsd"] = round(self.extra_usd, 2)
        if self.missing:
            price["PricesMissing"] = list(self.missing)
        return price


def price_of(forecast: Forecast) -> Price:
    """What the deployment costs by its schedule, if all goes well: an upper bound."""
    hours: dict[str, float] = {}
    for type_, more in _extra_hours(forecast):
        hours[type_] = hours.get(type_, 0.0) + more
    prices = forecast.situation.prices
    missing = tuple(sorted(type_ or UNKNOWN for type_ in hours if type_ not in prices))
    usd = None if missing else sum(prices[type_] * count for type_, count in hours.items())
    return Price(forecast.schedule.extra_instance_hours, usd, missing)


def _extra_hours(forecast: Forecast) -> Iterator[tuple[str, float]]:
    """The instance-hours of green, and in a rolling update those that blue has no more."""
    types = {variant.name: variant.instance_type for variant in forecast.requested.variants}
    live = forecast.situation.live.variants if forecast.situation.live else ()
    schedule = forecast.schedule
    if forecast.policy.mode != ROLLING or forecast.creates:
        for variant in forecast.requested.variants:
            if not variant.serverless:
                yield variant.instance_type, forecast.green[variant.name] * schedule.seconds / HOUR
        return
    blue, green = schedule.instance_hours
    yield next(iter(types.values()), ""), green
    old = next((variant.instance_type for variant in live), next(iter(types.values()), ""))
    yield old, blue - schedule.blue * schedule.seconds / HOUR
