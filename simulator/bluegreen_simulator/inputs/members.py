"""What the members of a scenario may be; a refusal names the member, its value and the allowed."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.contract.record import Trigger, Verdict
from bluegreen.contract.text import is_nested_deeper, quoted
from bluegreen.sagemaker.observation import Stage
from bluegreen_simulator.rules.alarms.evaluation import NewestMinute
from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead, MetricsByConfig
from bluegreen_simulator.rules.fleet.behavior import (
    LONGEST_LATENCY_MS,
    LONGEST_PROVISIONING_SECONDS,
    LONGEST_SLOW_START_SECONDS,
    SLOWEST_START,
    WIDEST_SPREAD,
    ProvisioningError,
)
from bluegreen_simulator.rules.metrics.math.values import MissingBesideScalar
from bluegreen_simulator.rules.traffic.chance import GREATEST_SEED

MOST_DAYS: Final = 15
"""For so long CloudWatch keeps data by the minute."""

MOST_INSTANCES: Final = 1000
MOST_LEVELS: Final = 1000
MOST_REQUESTS_PER_SECOND: Final = 1_000_000
STAGE_IN_WORDS: Final = re.compile(rf"({'|'.join(Stage)}) \d+ \d+(\.\d+)?")


class ScenarioError(Exception):
    """A scenario that cannot be run; the text names the member."""


@dataclass(frozen=True)
class Rule:
    """What a member may be, in words and as a test; `items` says it of each item of a list."""

    words: str
    holds: Callable[[Any], bool]
    items: "Rule | None" = None


def shallow(text: str) -> str:
    """The YAML text itself; ValueError where it is nested so deeply that reading takes minutes."""
    if is_nested_deeper(text, MOST_LEVELS):
        raise ValueError("it is nested too deeply")
    return text


def require(value: object, rule: Rule, path: str) -> None:
    """ScenarioError unless the member at `path` is as the rule says."""
    if not rule.holds(value):
        raise ScenarioError(f"{path} is {_shown(value)}. Allowed: {rule.words}.")
    if rule.items and isinstance(value, list):
        for place, item in enumerate(value):
            require(item, rule.items, f"{path}[{place}]")


def require_members(part: Mapping[Any, Any], rules: Mapping[str, Rule], path: str) -> None:
    """ScenarioError unless every member is known and as its rule says."""
    for name, value in part.items():
        place = f"{path}.{name}" if path else str(name)
        if name not in rules:
            raise ScenarioError(f"{quoted(place)} is not known. Allowed: {', '.join(rules)}.")
        require(value, rules[name], place)


def require_known(body: object) -> None:
    """ScenarioError unless the body of a file has only members that are known and sound."""
    if not isinstance(body, dict):
        raise ScenarioError("A scenario is a mapping with the members name, given, when, expect.")
    for place, rules in MEMBERS.items():
        require_members(_part(body, place), rules, place)


def _part(body: Mapping[str, Any], place: str) -> Mapping[Any, Any]:
    part = body
    for name in filter(None, place.split(".")):
        part = part.get(name, {})
    return part


def _shown(value: object) -> str:
    return "empty" if value is None else quoted(value)


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any YAML
    try:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value)
    except OverflowError:  # a whole number beyond what a float can be
        return False


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(least: int, most: int) -> Rule:
    """A number within bounds."""
    words = f"a number from {least} to {most}"
    return Rule(words, lambda value: _is_number(value) and least <= value <= most)


def whole(least: int, most: int) -> Rule:
    """A whole number within bounds."""
    words = f"a whole number from {least} to {most}"
    return Rule(words, lambda value: _is_whole(value) and least <= value <= most)


def one_of(values: Iterable[str]) -> Rule:
    """One of these texts."""
    allowed = list(values)
    return Rule(", ".join(allowed), lambda value: value in allowed)


def list_of(items: Rule, words: str) -> Rule:
    """A list, each of whose items is as a rule says."""
    return Rule(words, lambda value: isinstance(value, list), items)


ANYTHING: Final = Rule("anything", lambda _value: True)
TEXT: Final = Rule("a text", lambda value: isinstance(value, str) and bool(value))
FLAG: Final = Rule("true or false", lambda value: isinstance(value, bool))
MAPPING: Final = Rule("a mapping", lambda value: isinstance(value, dict))
NUMBER: Final = Rule("a number", _is_number)
WHOLE: Final = Rule("a whole number", _is_whole)
TEXTS: Final = list_of(TEXT, "a list of texts")


def in_words(pattern: str, words: str) -> Rule:
    """A text of this pattern."""
    return Rule(
        words, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None
    )


STAGE: Final = Rule(
    "a stage, green's share in percent and seconds, as in BAKING 25 600",
    lambda value: isinstance(value, str) and STAGE_IN_WORDS.fullmatch(value) is not None,
)
INSTANCES: Final = whole(1, MOST_INSTANCES)
BEHAVIOR: Final = {
    "error_rate": number(0, 1),
    "latency_ms": number(0, LONGEST_LATENCY_MS),
    "provisioning_seconds": whole(0, LONGEST_PROVISIONING_SECONDS),
    "provisioning_error": one_of(ProvisioningError),
    "client_error_rate": number(0, 1),
    "latency_spread": number(0, WIDEST_SPREAD),
    "slow_start_seconds": number(0, LONGEST_SLOW_START_SECONDS),
    "slow_start_factor": number(1, SLOWEST_START),
}
MEMBERS: Final[Mapping[str, Mapping[str, Rule]]] = {
    "": {"name": TEXT, "given": MAPPING, "when": MAPPING, "expect": MAPPING},
    "given": {
        "instances": INSTANCES,
        "blue": MAPPING,
        "green": MAPPING,
        "past": MAPPING,
        "alarms": list_of(MAPPING, "a list of alarms"),
        "alarms_read": one_of(AlarmsRead),
        "requests_per_second": number(0, MOST_REQUESTS_PER_SECOND),
        "seed": whole(0, GREATEST_SEED),
        "metrics_by_config": one_of(MetricsByConfig),
        "missing_beside_scalar": one_of(MissingBesideScalar),
        "newest_minute": one_of(NewestMinute),
        "faults": MAPPING,
    },
    "given.blue": BEHAVIOR,
    "given.green": {**BEHAVIOR, "instances": INSTANCES},
    "given.past": {
        "days": number(0, MOST_DAYS),
        "error_rate": number(0, 1),
        "changed_minutes": whole(0, MOST_DAYS * 1440),
    },
    "when": {"request": ANYTHING, "changes": MAPPING},
    "expect": {
        "Verdict": one_of(Verdict),
        "Trigger": one_of(Trigger),
        "LiveEndpointConfigName": TEXT,
        "TrippedAlarms": TEXTS,
        "Stages": list_of(STAGE, "a list of stages"),
        "Notifications": TEXTS,
        "Reason": TEXT,
    },
}
"""The members of each part of a scenario; a part stands after the part that it is in."""


def unserializable(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Each part of a request that has no place in JSON: dates, sets, NaN, keys that are no text."""
    if isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(name, str):
                yield path, name
            yield from unserializable(part, f"{path}.{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from unserializable(part, f"{path}[{place}]")
    elif not (value is None or isinstance(value, str | bool) or _is_number(value)):
        yield path, value


def with_ints(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same with whole numbers as int: in JSON and YAML, 600.0 is the whole number 600."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: with_ints(part) for name, part in value.items()}
    return [with_ints(part) for part in value] if isinstance(value, list) else value
