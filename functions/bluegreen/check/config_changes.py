"""What an update changes besides the model: the live endpoint config beside the requested one.

Every member counts that DescribeEndpointConfig shows, so one that AWS adds tomorrow does too. Left
out are names, ARNs and times; the instance counts, which have findings of their own; and variants
that only one of the two configs has, likewise.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import NOT_KNOWN, START_TIMEOUTS, Config, ConfigVariant, Settings
from bluegreen.contract.plan import ConfigChangeDocument
from bluegreen.contract.text import QUOTE_LENGTH, plain

WEIGHT: Final = "InitialVariantWeight"
JUDGED_ELSEWHERE: Final = frozenset({"InitialInstanceCount", WEIGHT})
DATA_CAPTURE: Final = "DataCaptureConfig"
SHADOWS: Final = "ShadowProductionVariants"

NO_LOSS: Final = frozenset({"InstanceType", "InstancePools", "AcceleratorType", "EnableSSMAccess"})
"""What a variant without them does not lack: one kind of capacity takes the place of another, and
without EnableSSMAccess nobody can log in."""

BETTER_LARGE: Final = frozenset({"VolumeSizeInGB", "InitialSamplingPercentage", *START_TIMEOUTS})
"""Numbers of which less is weaker: room, a share of the requests, patience."""

SAME_SHARE: Final = 0.0005
"""Shares of the traffic that differ by less are the same."""


@dataclass(frozen=True)
class ConfigChange:
    """A member in which the requested config is not as the live one; `member` is its path.

    A value is None where a config does not set the member. `loses`: green lacks, or has less of,
    what blue has. `ignored`: the endpoint keeps what it has, whatever the requested config says.
    """

    member: str
    live: object
    requested: object
    variant: str = ""
    loses: bool = False
    ignored: bool = False

    @property
    def name(self) -> str:
        """The name of the member itself, without its path."""
        return self.member.rpartition(".")[2]

    def to_json(self) -> ConfigChangeDocument:
        """The change as it stands in a plan."""
        body = ConfigChangeDocument(Member=plain(self.member, QUOTE_LENGTH), Loses=self.loses)
        if self.variant:
            body["VariantName"] = plain(self.variant, QUOTE_LENGTH)
        if self.live is not None:
            body["Live"] = in_short(self.live, QUOTE_LENGTH)
        if self.requested is not None:
            body["Requested"] = in_short(self.requested, QUOTE_LENGTH)
        return body


def in_short(value: object, length: int) -> str:
    """A value of a setting in one line: a text as it is, anything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return plain(text, length)


def config_changes(forecast: Forecast) -> list[ConfigChange]:
    """What the update changes, what is lost first; empty where the live config is not known."""
    live = forecast.situation.live
    if live is None or forecast.creates:
        return []
    found = [*_changes(live, forecast.requested), *_weight_changes(forecast, live)]
    return sorted(found, key=lambda change: (not change.loses, change.ignored))


def changed_variants(live: Config | None, requested: Config) -> tuple[str, ...]:
    """The variants that an update gives another model, or another setting than count and weight.

    All of them where none differs, as where only the config itself does, or nobody knows blue's.
    """
    old = {variant.name: variant for variant in live.variants} if live else {}
    of_both = [(old.get(variant.name), variant) for variant in requested.variants]
    changed = [new.name for before, new in of_both if before is None or _is_another(before, new)]
    return tuple(changed or (variant.name for variant in requested.variants))


def _is_another(live: ConfigVariant, requested: ConfigVariant) -> bool:
    return live.model != requested.model or any(_of_variant(live, requested))


def _changes(live: Config, requested: Config) -> Iterator[ConfigChange]:
    yield from _of_config(_by_name(live.settings), _by_name(requested.settings))
    new = {variant.name: variant for variant in requested.variants}
    for variant in live.variants:
        if variant.name in new:
            yield from _of_variant(variant, new[variant.name])


def _of_config(live: Settings, requested: Settings) -> Iterator[ConfigChange]:
    captures = _captures(live)
    for path, old, new in _differences(live, requested):
        loses = _loses(path, old, new) and (captures or not path.startswith(DATA_CAPTURE))
        yield ConfigChange(path, old, new, loses=loses)


def _captures(settings: Settings) -> bool:
    """Whether a config captures data; it does unless it says no (API, DataCaptureConfig)."""
    capture = settings.get(DATA_CAPTURE)
    return isinstance(capture, Mapping) and capture.get("EnableCapture") is not False


def _of_variant(live: ConfigVariant, requested: ConfigVariant) -> Iterator[ConfigChange]:
    found = list(_differences(_without_counts(live.settings), _without_counts(requested.settings)))
    networks = live.model_network, requested.model_network
    if networks[0] is not None and networks[1] is not None:
        found += _differences(networks[0], networks[1], "Model.")
    for path, old, new in found:
        yield ConfigChange(path, old, new, live.name, _loses(path, old, new))


def _without_counts(settings: Settings) -> Settings:
    return {name: value for name, value in settings.items() if name not in JUDGED_ELSEWHERE}


def _by_name(settings: Settings) -> Settings:
    """Settings with the shadow variants by their names, without their models."""
    shadows = settings.get(SHADOWS)
    if not isinstance(shadows, list):
        return settings
    named = {shadow["VariantName"]: _without_model(shadow) for shadow in shadows}
    return {**settings, SHADOWS: named}


def _without_model(variant: Settings) -> Settings:
    names = ("VariantName", "ModelName")
    return {name: value for name, value in variant.items() if name not in names}


# ---- Members ---------------------------------------------------------------------------------

Difference = tuple[str, object, object]
"""A path, what stands there in the live config, and in the requested one."""


def _differences(live: Settings, requested: Settings, path: str = "") -> Iterator[Difference]:
    """Yield where two structures differ, as deep as both have one; of lists as a whole."""
    for name in sorted(live.keys() | requested.keys()):
        old, new = live.get(name), requested.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{path}{name}.")
        elif NOT_KNOWN in (old, new) or not _same(name, old, new):
            yield f"{path}{name}", old, new


def _same(name: str, live: object, requested: object) -> bool:
    """Whether two values ask for the same; one that asks for nothing is as good as none.

    EnableCapture is the only flag whose default is true (API, DataCaptureConfig).
    """
    if name == "EnableCapture":
        return (live is not False) == (requested is not False)
    if _asks_nothing(live) or _asks_nothing(requested):
        return _asks_nothing(live) and _asks_nothing(requested)
    if isinstance(live, list) and isinstance(requested, list):
        return _sorted(live) == _sorted(requested)
    return live == requested


def _asks_nothing(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_asks_nothing, value.values()))
    return value is None or value is False or value in ("", [])


def _sorted(items: list[object]) -> list[str]:
    """The items of a list whose order means nothing, as all of an endpoint config do."""
    return sorted(json.dumps(item, sort_keys=True, default=str) for item in items)


def _loses(path: str, live: object, requested: object) -> bool:
    name = path.rpartition(".")[2]
    if name in NO_LOSS or _asks_nothing(live):
        return False
    if _asks_nothing(requested):
        return True
    if isinstance(live, list) and isinstance(requested, list):
        return set(_sorted(requested)) < set(_sorted(live))
    if isinstance(live, int | float) and isinstance(requested, int | float):
        return name in BETTER_LARGE and requested < live
    return False


# ---- Weights ---------------------------------------------------------------------------------


def _weight_changes(forecast: Forecast, live: Config) -> Iterator[ConfigChange]:
    """Yield the weights that change, or that the requested config changes in vain.

    Weights are shares of their sum. Those that somebody moved on the endpoint, as in an A/B test,
    are lost where they go back to what a config says.
    """
    configured = {variant.name: variant.weight for variant in live.variants}
    served = configured | _served_weights(forecast)
    wanted = {variant.name: variant.weight for variant in forecast.requested.variants}
    retained = forecast.retains_weights
    if served.keys() != wanted.keys() or not _differ(served, wanted):
        return
    if retained and not _differ(configured, wanted):
        return
    for name in _differing(served, wanted):
        old, new = _in_shares(name, served), _in_shares(name, wanted)
        moved = not retained and _differ(served, configured)
        yield ConfigChange(WEIGHT, old, new, name, loses=moved, ignored=retained)


def _served_weights(forecast: Forecast) -> dict[str, float]:
    variants = forecast.situation.endpoint.variants
    return {variant.name: variant.weight for variant in variants if variant.weight is not None}


def _differ(some: Mapping[str, float], others: Mapping[str, float]) -> bool:
    return some.keys() != others.keys() or bool(_differing(some, others))


def _differing(some: Mapping[str, float], others: Mapping[str, float]) -> list[str]:
    return [name for name in some if abs(_share(name, some) - _share(name, others)) > SAME_SHARE]


def _share(name: str, weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return weights[name] / total if total else 0.0


def _in_shares(name: str, weights: Mapping[str, float]) -> str:
    return f"{weights[name]:g} ({100 * _share(name, weights):.3g} %)"
