"""What a deployment costs above doing nothing: instance-hours, alarms, USD where prices are known.

Billing: SageMaker Developer Guide, "Blue/Green Deployments": both fleets while both are there.
Prices are those that the user gives, then those of the Price List API.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Situation
from bluegreen.guardrails.guardrail import METRICS
from bluegreen.sagemaker.deployment_config import ROLLING
from bluegreen.sagemaker.schedule import HOUR

PRICES_REGION: Final = "us-east-1"
"""One of the few Regions that have the Price List API; it knows the prices of all."""

USD_A_METRIC: Final = 0.10
"""Of each metric of an alarm at standard resolution, a month (CloudWatch, "Pricing"); the first ten
alarm metrics of an account are free, which is not counted."""

UNKNOWN: Final = "an unknown instance type"

Prices = Mapping[str, float]
"""USD an instance-hour, by instance type."""

Body = Mapping[str, Any]


class PriceDocument(TypedDict):
    """What a deployment costs beyond what runs anyway."""

    ExtraInstanceHours: float
    """Instance-hours beyond those of the blue fleet."""
    ExtraUsd: NotRequired[float]
    """Their price in US dollars; absent unless all prices are known."""
    PricesMissing: NotRequired[list[str]]
    """The instance types whose price is not known; absent if there are none."""
    GuardrailMetrics: NotRequired[int]
    """How many metrics the alarms of its guardrails watch; absent where there are none."""
    GuardrailsUsdAMonth: NotRequired[float]
    """What these cost in US dollars a month while the alarms are there; absent likewise."""


@dataclass(frozen=True)
class Price:
    """Instance-hours beyond blue's own, and their price; None unless all prices are known.

    `missing` are the instance types whose price nobody gave: none is ever made up.
    `guardrail_metrics` are those that the alarms of its guardrails watch.
    """

    extra_instance_hours: float
    extra_usd: float | None
    missing: tuple[str, ...] = ()
    guardrail_metrics: int = 0

    @property
    def guardrails_usd_a_month(self) -> float:
        """What CloudWatch bills for the alarms of its guardrails."""
        return USD_A_METRIC * self.guardrail_metrics

    def to_json(self) -> PriceDocument:
        """The price as `bluegreen plan --json` prints it."""
        price = PriceDocument(ExtraInstanceHours=round(self.extra_instance_hours, 2))
        if self.extra_usd is not None:
            price["ExtraUsd"] = round(self.extra_usd, 2)
        if self.missing:
            price["PricesMissing"] = list(self.missing)
        if self.guardrail_metrics:
            price["GuardrailMetrics"] = self.guardrail_metrics
            price["GuardrailsUsdAMonth"] = round(self.guardrails_usd_a_month, 2)
        return price


def price_of(forecast: Forecast, prices: Prices) -> Price:
    """What the deployment costs by its schedule, if all goes well: an upper bound."""
    hours: dict[str, float] = {}
    for type_, more in _extra_hours(forecast):
        hours[type_] = hours.get(type_, 0.0) + more
    missing = tuple(sorted(type_ or UNKNOWN for type_ in hours if type_ not in prices))
    usd = None if missing else sum(prices[type_] * count for type_, count in hours.items())
    watched = METRICS * len(forecast.request.guardrails)
    return Price(forecast.schedule.extra_instance_hours, usd, missing, watched)


def types_in(situation: Situation) -> set[str]:
    """The instance types whose prices may count: those of both fleets."""
    configs = (situation.requested, situation.live)
    variants = (variant for config in configs if config for variant in config.variants)
    return {variant.instance_type for variant in variants} - {""}


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


class PriceList:
    """USD an hour of an instance that hosts, by the Price List API; `client` is of us-east-1."""

    def __init__(self, client: Any, region: str) -> None:  # noqa: ANN401 - no stubs
        self._client = client
        self._region = region

    def of(self, types: Iterable[str]) -> dict[str, float]:
        """The prices of those instance types that have one; none where the API does not answer.

        Who may not ask it, or asks in an account without it, plans without prices.
        """
        try:
            found = {type_: self._of(type_) for type_ in sorted(types)}
        except (ClientError, BotoCoreError):
            return {}
        return {type_: price for type_, price in found.items() if price is not None}

    def _of(self, type_: str) -> float | None:
        """Newer records name the type in `instanceName`, older ones in `instanceType`."""
        for field, value in (("instanceName", type_), ("instanceType", f"{type_}-Hosting")):
            found = [price for item in self._items(field, value) for price in _hourly(item)]
            if found:
                return max(found)
        return None

    def _items(self, field: str, value: str) -> Iterator[Body]:
        """Shape: `GetProductsResponse` (Price List API), whose items are JSON as text."""
        wanted = {"regionCode": self._region, field: value}
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode="AmazonSageMaker",
            FormatVersion="aws_v1",
            Filters=[{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()],
        )
        for page in pages:
            yield from map(json.loads, page["PriceList"])


def _hourly(item: Body) -> Iterator[float]:
    """The on-demand prices of an item that is an instance of a real-time endpoint."""
    usage: str = item.get("product", {}).get("attributes", {}).get("usagetype", "")
    if "Host:" not in usage:
        return
    for offer in item.get("terms", {}).get("OnDemand", {}).values():
        for dimension in offer.get("priceDimensions", {}).values():
            price = float(dimension.get("pricePerUnit", {}).get("USD", 0))
            if price > 0 and dimension.get("unit") == "Hrs":
                yield price
