"""The alarms of a scenario: the members of PutMetricAlarm, with Dimensions as a mapping."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import ListShape, Shape, StructureShape
from botocore.validate import ParamValidator
from moto.cloudwatch.exceptions import ValidationError
from moto.core.utils import get_service_model

from bluegreen.contract.text import plain
from bluegreen_simulator.aws.cloudwatch.alarm_checks import (
    MODELLED,
    OF_OTHERS,
    REQUIRED,
    check_alarm,
)
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
    "structure": MAPPING,
}
OF_EACH: Final = ("AlarmName", "ComparisonOperator", "EvaluationPeriods", "Threshold")
"""What every alarm on metrics needs; the API's own model has alarms that need less."""

MAPPINGS: Final = list_of(MAPPING, "a list of mappings")


def require_alarm(alarm: Mapping[str, Any], path: str) -> None:
    """ScenarioError unless the embedded CloudWatch takes the alarm."""
    shape = get_service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
    _refuse_unmodelled(alarm, shape, path)
    require_members(alarm, _rules(shape), path)
    for name in _required(alarm):
        if name not in alarm:
            raise ScenarioError(f"{path}.{name} is missing.")
    report = ParamValidator().validate(as_request(alarm), shape).generate_report()
    if report:
        raise ScenarioError(f"{path}: {plain(report)}.")
    try:
        check_alarm(as_request(alarm))
    except ValidationError as error:
        raise ScenarioError(f"{path}: {plain(error.message)}") from error


def as_request(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The alarm as PutMetricAlarm wants it: its dimensions, and those of its Metrics, as a list."""
    return {name: _as_in_request(name, value) for name, value in alarm.items()}


def _as_in_request(name: str, value: Any) -> Any:  # noqa: ANN401 - any part of an alarm
    if isinstance(value, list):
        return [_as_in_request("", item) for item in value]
    if not isinstance(value, dict):
        return value
    if name == "Dimensions":
        return [{"Name": key, "Value": text} for key, text in value.items()]
    return as_request(value)


def _refuse_unmodelled(alarm: Mapping[str, Any], shape: StructureShape, path: str) -> None:
    for name in alarm:
        if name in shape.members and name not in MODELLED | OF_OTHERS:
            raise ScenarioError(f"{path}.{name} is not modelled by the simulator yet.")


def _required(alarm: Mapping[str, Any]) -> list[str]:
    """What an alarm needs; one with Metrics has its metric, statistic and period in there."""
    if "Metrics" in alarm:
        return list(OF_EACH)
    found = "ExtendedStatistic" if "ExtendedStatistic" in alarm else "Statistic"
    return [*OF_EACH, *(name for name in REQUIRED if name != "Statistic"), found]


def _rules(shape: StructureShape) -> dict[str, Rule]:
    """What the members may be that the embedded CloudWatch takes, by their shapes."""
    taken = sorted(MODELLED | OF_OTHERS)
    return {name: _rule(shape.members[name]) for name in taken} | {"Dimensions": DIMENSIONS}


def _rule(shape: Shape) -> Rule:
    if isinstance(shape, ListShape):
        return TEXTS if shape.member.type_name == "string" else MAPPINGS
    return RULES[shape.type_name]
