"""What the update drops or changes besides the model, in one finding; the plan has all of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bluegreen.check.config_changes import (
    DATA_CAPTURE,
    WEIGHT,
    ConfigChange,
    config_changes,
    in_short,
)
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import NOT_KNOWN
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import plain, quoted

MOST_TOLD: Final = 4
ROOM: Final = 300
"""Characters for what is told of the changes."""

LONGEST_VALUE: Final = 30
LONGEST_PATH: Final = 70


def check_config_changes(forecast: Forecast) -> Iterator[Finding]:
    """Yield one finding on all changes: a WARNING where green loses something that blue has."""
    changes = config_changes(forecast)
    if not changes:
        return
    name = quoted(forecast.requested.name)
    message = f"The endpoint config {name} changes more than the model: {_told(changes)}."
    captures = [change for change in changes if change.member.startswith(DATA_CAPTURE)]
    if captures and forecast.request.retain_all_variant_properties:
        message += " AWS does not document that RetainAllVariantProperties keeps data capture."
    lost = [change for change in changes if change.loses]
    fix = _fix(lost or changes, forecast)
    yield Finding("config-differs", "WARNING" if lost else "INFO", message, fix)


def _told(changes: Sequence[ConfigChange]) -> str:
    """The first changes in words, as many as there is room for."""
    told: list[str] = []
    for change in changes[:MOST_TOLD]:
        words = _in_words(change)
        if told and len("; ".join([*told, words])) > ROOM:
            break
        told.append(words)
    more = len(changes) - len(told)
    return "; ".join([*told, f"{more} more, in the plan"] if more else told)


def _in_words(change: ConfigChange) -> str:
    what = plain(change.member, LONGEST_PATH)
    if change.variant:
        what = f"{what} of variant {quoted(change.variant)}"
    live, requested = _value(change.live), _value(change.requested)
    if NOT_KNOWN in (change.live, change.requested):
        return f"{what} is not known to the AWS SDK in use, and was not compared"
    if change.ignored:
        return f"{what} stays {live}, and the {requested} of the new config is not used"
    if change.requested is None:
        return f"{what} is dropped{f' (was {live})' if live else ''}"
    if change.live is None:
        return f"{what} is added{f' ({requested})' if requested else ''}"
    return f"{what} goes from {live} to {requested}" if live and requested else f"{what} changes"


def _value(value: object) -> str:
    """A number, a flag or a text; nothing of what is longer than that."""
    return in_short(value, LONGEST_VALUE) if isinstance(value, str | int | float) else ""


def _fix(changes: Sequence[ConfigChange], forecast: Forecast) -> str:
    """How to keep what is lost; where nothing is lost, what to compare."""
    fixes = []
    weights = [change for change in changes if change.member == WEIGHT]
    if any(change.loses for change in weights):
        fixes.append(
            "To keep the weights, set RetainAllVariantProperties to true and do not exclude"
            " DesiredWeight."
        )
    elif any(change.ignored for change in weights):
        fixes.append(
            "To use the new weights, add DesiredWeight to ExcludeRetainedVariantProperties."
        )
    if len(weights) < len(changes):
        fixes.append(
            "If that is not meant, make the new config from what `aws sagemaker"
            f" describe-endpoint-config --endpoint-config-name {_live_name(forecast)}` shows, with"
            " the new ModelName alone."
        )
    return " ".join(fixes) or "If that is not meant, write the old weights into the new config."


def _live_name(forecast: Forecast) -> str:
    live = forecast.situation.live
    return plain(live.name, LONGEST_PATH) if live else ""
