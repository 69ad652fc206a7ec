"""What an alarm sees of a deployment: the green fleet, the blue one, both, or none of it.

SageMaker Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch": endpoint metrics
have the dimensions EndpointName and VariantName; "Auto-Rollback Configuration and Monitoring":
with EndpointConfigName beside them, a metric is of that config's fleet alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bluegreen.check.situation import Alarm, Config, Metric, MetricKey, metric_key
from bluegreen.sagemaker.metrics import (
    FLEET,
    FLEET_OF_CONFIG,
    Standing,
    dimension_sets_of,
    standing_of,
)


class AlarmScope(StrEnum):
    """What an alarm, or one metric of it, sees."""

    GREEN = "GREEN"
    BLUE = "BLUE"
    BOTH = "BOTH"
    ENDPOINT = "ENDPOINT"
    NO_VARIANT = "NO_VARIANT"
    NOT_PUBLISHED = "NOT_PUBLISHED"
    OTHER_ACCOUNT = "OTHER_ACCOUNT"
    OTHER_ENDPOINT = "OTHER_ENDPOINT"
    OTHER_VARIANT = "OTHER_VARIANT"
    OTHER_CONFIG = "OTHER_CONFIG"
    UNKNOWN = "UNKNOWN"


SEES_NOTHING_OF_GREEN: Final = frozenset(
    {
        AlarmScope.NO_VARIANT,
        AlarmScope.NOT_PUBLISHED,
        AlarmScope.OTHER_ACCOUNT,
        AlarmScope.OTHER_ENDPOINT,
        AlarmScope.OTHER_VARIANT,
        AlarmScope.OTHER_CONFIG,
        AlarmScope.BLUE,
    }
)
"""Scopes in which an alarm sees nothing that green does."""

_MOST_SEEN_FIRST: Final = (
    AlarmScope.UNKNOWN,
    AlarmScope.GREEN,
    AlarmScope.BOTH,
    AlarmScope.ENDPOINT,
    AlarmScope.BLUE,
    AlarmScope.OTHER_CONFIG,
    AlarmScope.OTHER_VARIANT,
    AlarmScope.NO_VARIANT,
    AlarmScope.NOT_PUBLISHED,
    AlarmScope.OTHER_ENDPOINT,
    AlarmScope.OTHER_ACCOUNT,
)


@dataclass(frozen=True)
class ComparedFleets:
    """The two fleets: of which endpoint, from which live config, and of the requested config.

    `shown` are metrics that have data, whatever the catalogue says.
    """

    endpoint_name: str
    live_config: str
    requested: Config
    shown: frozenset[MetricKey] = frozenset()

    @property
    def variants(self) -> frozenset[str]:
        """The variants of the requested config."""
        return frozenset(variant.name for variant in self.requested.variants)

    def shows(self, metric: Metric) -> bool:
        """Whether a metric has data; of green's, whether blue's has, since green is yet to come."""
        return metric_key(metric.namespace, metric.name, self.of_blue(metric)) in self.shown

    def of_blue(self, metric: Metric) -> dict[str, str]:
        """The dimensions of a metric; of one that is of green alone, those of blue's like it."""
        dimensions = dict(metric.dimensions)
        if dimensions.get("EndpointConfigName") == self.requested.name:
            dimensions["EndpointConfigName"] = self.live_config
        return dimensions


@dataclass(frozen=True)
class Sight:
    """What one metric of an alarm shows.

    `standing`: how sure it is that there is such a metric, None where nothing is known of its
    namespace. `variants` are those of the requested config that it is about.
    """

    metric: Metric
    scope: AlarmScope
    standing: Standing | None
    variants: frozenset[str]

    @property
    def of_green(self) -> bool:
        """Whether what green does is in it."""
        return self.scope in (AlarmScope.GREEN, AlarmScope.BOTH, AlarmScope.ENDPOINT)


def scope_of(alarm: Alarm, fleets: ComparedFleets) -> AlarmScope:
    """What an alarm sees; of an expression, the most that one of its metrics sees."""
    seen = [sight.scope for sight in sights_of(alarm, fleets)]
    if alarm.open_ended or not seen:
        return AlarmScope.UNKNOWN
    return min(seen, key=_MOST_SEEN_FIRST.index)


def sights_of(alarm: Alarm, fleets: ComparedFleets) -> list[Sight]:
    """What each of its metrics shows."""
    return [_sight_of(metric, fleets) for metric in alarm.metrics]


def variant_seen(alarm: Alarm, fleets: ComparedFleets) -> str:
    """The variant whose fleet an alarm is about; the first one of several, empty if of none."""
    return next(_variants_named(alarm, fleets), "")


def _variants_named(alarm: Alarm, fleets: ComparedFleets) -> Iterator[str]:
    for metric in alarm.metrics:
        name = metric.dimensions.get("VariantName")
        if name in fleets.variants:
            yield name


def doubted(alarms: Iterable[Alarm], fleets: ComparedFleets) -> list[Metric]:
    """The metrics of which the catalogue alone cannot say that there are such, each once."""
    sights = [sight for alarm in alarms for sight in sights_of(alarm, fleets)]
    doubts = (Standing.UNCERTAIN, Standing.NEVER)
    found = {
        metric_key(m.namespace, m.name, fleets.of_blue(m)): m
        for m in (sight.metric for sight in sights if sight.standing in doubts)
        if not m.account_id
    }
    return list(found.values())


def sees(alarm: Alarm, variant: str, fleets: ComparedFleets) -> bool | None:
    """Whether an alarm sees what green does in a variant; None: nobody knows."""
    sights = sights_of(alarm, fleets)
    if any(sight.of_green and variant in sight.variants for sight in sights):
        return True
    unknown = any(sight.scope is AlarmScope.UNKNOWN for sight in sights)
    return None if unknown or alarm.open_ended or not sights else False


def _sight_of(metric: Metric, fleets: ComparedFleets) -> Sight:
    standing = _standing(metric, fleets)
    scope = _scope_of_metric(metric, standing, fleets)
    named = metric.dimensions.get("VariantName")
    variants = fleets.variants if named is None else fleets.variants & {named}
    return Sight(metric, scope, standing, variants)


def _standing(metric: Metric, fleets: ComparedFleets) -> Standing | None:
    if fleets.shows(metric):
        return Standing.DOCUMENTED
    asynchronous = fleets.requested.asynchronous
    names = metric.dimensions.keys()
    return standing_of(metric.namespace, metric.name, names, asynchronous=asynchronous)


def _scope_of_metric(
    metric: Metric, standing: Standing | None, fleets: ComparedFleets
) -> AlarmScope:
    names = frozenset(metric.dimensions)
    if metric.account_id:
        return AlarmScope.OTHER_ACCOUNT
    if standing is None:
        return AlarmScope.UNKNOWN
    if metric.dimensions.get("EndpointName", fleets.endpoint_name) != fleets.endpoint_name:
        return AlarmScope.OTHER_ENDPOINT
    if standing is Standing.NEVER:
        return _scope_of_nothing(metric, names)
    if "EndpointName" not in names:
        return AlarmScope.UNKNOWN  # an inference component, which may be of this endpoint
    return _scope_of_variant(metric, names, fleets)


def _scope_of_nothing(metric: Metric, names: frozenset[str]) -> AlarmScope:
    lacks_variant = names | {"VariantName"} in {FLEET, FLEET_OF_CONFIG} and "EndpointName" in names
    published = FLEET in dimension_sets_of(metric.namespace, metric.name)
    if lacks_variant and "VariantName" not in names and published:
        return AlarmScope.NO_VARIANT
    return AlarmScope.NOT_PUBLISHED


def _scope_of_variant(metric: Metric, names: frozenset[str], fleets: ComparedFleets) -> AlarmScope:
    if "VariantName" not in names:
        return AlarmScope.ENDPOINT
    if metric.dimensions["VariantName"] not in fleets.variants:
        return AlarmScope.OTHER_VARIANT
    if not names <= FLEET_OF_CONFIG:
        return AlarmScope.UNKNOWN  # an instance, or a container, of either fleet
    return _scope_of_config(metric, fleets)


def _scope_of_config(metric: Metric, fleets: ComparedFleets) -> AlarmScope:
    config = metric.dimensions.get("EndpointConfigName")
    if config is None:
        return AlarmScope.BOTH
    if config == fleets.requested.name:
        return AlarmScope.GREEN
    return AlarmScope.BLUE if config == fleets.live_config else AlarmScope.OTHER_CONFIG
