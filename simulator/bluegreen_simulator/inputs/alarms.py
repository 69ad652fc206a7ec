"""The alarms of a scenario: the members of PutMetricAlarm, with Dimensions as a mapping."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import StructureShape
from moto.cloudwatch.exceptions import ValidationError
from moto.core.utils import get_service_model

from bluegreen.contract.text import plain
from bluegreen_simulator.aws.cloudwatch.alarm_checks import ACTIONS, MODELLED, REQUIRED, check_alarm
from bluegreen_simulator.inputs.members import (
    FLAG,
    MAPPING,
    NUMBER,
    TEXT,
    TEXTS,
    WHOLE,
    Rule,
    ScenarioError,
    list_of,
    require_members,
)

DIMENSIONS: Final = Rule(
    "a mapping of names to texts",
    lambda value: isinstance(value, dict) and all(map(TEXT.holds, [*value, *value.values()])),
)
RULES: Final = {
    "string": TEXT,
    "integer": WHOLE,
    "double": NUMBER,
    "boolean": FLAG,
    "list": list_of(MAPPING, "a list of mappings"),
}


def require_alarm(alarm: Mapping[str, Any], path: str) -> None:
    """ScenarioError unless the embedded CloudWatch takes the alarm."""
    shape = get_service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
    require_members(alarm, _rules(shape), path)
    for name in (*shape.required_members, *REQUIRED):
        if name not in alarm:
            raise ScenarioError(f"{path}.{name} is missing.")
    try:
        check_alarm(as_request(alarm))
    except ValidationError as error:
        raise ScenarioError(f"{path}: {plain(error.message)}") from error


def as_request(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The alarm as PutMetricAlarm wants it."""
    dimensions = alarm.get("Dimensions", {})
    return {**alarm, "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]}


def _rules(shape: StructureShape) -> dict[str, Rule]:
    modelled = sorted(MODELLED - {"Dimensions", "Tags"})
    rules = {name: RULES[shape.members[name].type_name] for name in modelled}
    return {**rules, **dict.fromkeys(ACTIONS, TEXTS), "Dimensions": DIMENSIONS}
