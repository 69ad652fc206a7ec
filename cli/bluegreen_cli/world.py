"""A situation from a file: what the AWS CLI prints, put together, and read strictly.

botocore checks the file against its own models of the services, so a misspelt member is found.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from botocore.loaders import create_loader
from botocore.model import ListShape, NoShapeFoundError, Shape, ShapeResolver
from botocore.validate import ParamValidator, ValidationErrors

from bluegreen.aws.sagemaker.unknown_members import says_detailed
from bluegreen.aws.situation.situation_shapes import situation_of
from bluegreen.check.situation import Situation
from bluegreen.contract.text import quoted
from bluegreen.request.request import Request
from bluegreen_cli.steady_weeks import RATES, steady_weeks

OF_AWS: Final = {
    "Endpoint": ("sagemaker", "DescribeEndpointOutput"),
    "EndpointConfigs": ("sagemaker", "DescribeEndpointConfigOutput"),
    "Models": ("sagemaker", "DescribeModelOutput"),
    "ModelPackages": ("sagemaker", "DescribeModelPackageOutput"),
    "MetricAlarms": ("cloudwatch", "MetricAlarm"),
    "CompositeAlarms": ("cloudwatch", "CompositeAlarm"),
    "LogAlarms": ("cloudwatch", "LogAlarm"),
    "Metrics": ("cloudwatch", "Metric"),
    "ScalableTargets": ("application-autoscaling", "ScalableTarget"),
}
"""Member to the service and the shape of its items; `Endpoint` is one, the others are lists."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "DescribeEndpointOutput": ("EndpointName", "EndpointStatus"),
    "PendingDeploymentSummary": ("EndpointConfigName",),
    "ProductionVariantSummary": ("VariantName",),
    "PendingProductionVariantSummary": ("VariantName",),
    "ProductionVariantStatus": ("Status",),
    "DescribeEndpointConfigOutput": ("EndpointConfigName", "ProductionVariants"),
    "ProductionVariant": ("VariantName",),
    "DescribeModelOutput": ("ModelName",),
    "DescribeModelPackageOutput": ("ModelPackageArn",),
    "MetricAlarm": ("AlarmName",),
    "CompositeAlarm": ("AlarmName",),
    "LogAlarm": ("AlarmName",),
    "Metric": ("Namespace", "MetricName"),
    "MetricStat": ("Metric", "Stat"),
    "Dimension": ("Name", "Value"),
    "ScalableTarget": ("ResourceId",),
}
"""What a structure of AWS cannot do without here; AWS gives more than that."""

CLOSED: Final = frozenset(
    {"EndpointStatus", "VariantStatus", "StateValue", "ComparisonOperator", "Statistic"}
)
"""Enumerations whose every word has a meaning here; others grow with AWS."""

FOUND_BY_ARN: Final = {
    "Endpoint": "EndpointArn",
    "EndpointConfigs": "EndpointConfigArn",
    "Models": "ModelArn",
}
"""What has tags that count for a model package, and an account that has to be the package's."""

PERCENTILE: Final = re.compile(r"p[5-9]\d(\.\d+)?")
ARN: Final = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
NUMBERS: Final = frozenset({"integer", "long", "double", "float"})
MOMENTS: Final = frozenset({"AlarmConfigurationUpdatedTimestamp", "LastModifiedTime", "StartTime"})
"""Members that are points in time and of use here."""

OF_THE_CALL: Final = "ResponseMetadata"
"""What boto3 puts beside every answer."""

WORDS: Final = {
    "<class 'dict'>": "an object",
    "<class 'list'>": "a list",
    "<class 'str'>": "a text",
    "<class 'int'>": "a whole number",
    "<class 'float'>": "a number",
    "<class 'bool'>": "true or false",
    "<class 'datetime.datetime'>": "a time with its offset from UTC, or seconds since 1970",
}
"""The types that botocore wants, in words."""


def _map_of(shape: str) -> Any:  # noqa: ANN401 - botocore's stubs want shapes
    return {"type": "map", "key": {"shape": "Text"}, "value": {"shape": shape}}


def _list_of(shape: str) -> Any:  # noqa: ANN401 - as above
    return {"type": "list", "member": {"shape": shape}}


def _structure(**members: str) -> Any:  # noqa: ANN401 - as above
    shapes = {name: {"shape": shape} for name, shape in members.items()}
    return {"type": "structure", "required": [*members], "members": shapes}


OURS: Final = {
    "Traffic": _map_of("Mean"),
    "Quotas": _map_of("Quota"),
    "RolesMayDescribeAlarms": _map_of("Flag"),
    "Prices": _map_of("Number"),
    "MissingModels": _list_of("Text"),
    "Tags": _map_of("TagList"),
    "Unknown": _map_of("Text"),
}
"""Members that are not of AWS's own."""

OUR_SHAPES: Final = ShapeResolver(
    OURS
    | {
        "Mean": _structure(
            MeanPerMinute="Number",
            LowestPerMinute="Number",
            HighestPerMinute="Number",
            Rate5XX="Number",
            Rate4XX="Number",
            LatencyMilliseconds="Percentiles",
        )
        | {"required": ["MeanPerMinute"]},
        "Percentiles": _map_of("Number"),
        "Quota": _structure(Allowed="Count", Running="Count"),
        "TagList": _list_of("Tag"),
        "Tag": _structure(Key="Text", Value="Text"),
        "Text": {"type": "string"},
        "Flag": {"type": "boolean"},
        "Number": {"type": "double", "min": 0},
        "Count": {"type": "integer", "min": 0},
    }
)


@dataclass(frozen=True)
class World:
    """What stands in a file, or in an account: a request's situation, and prices."""

    situation: Situation
    prices: Mapping[str, float]


class WorldError(ValueError):
    """A file holds what cannot be; the message names the member and what may stand there."""


def read_world(body: object, request: Request) -> World:
    """The situation of a request in a file's body.

    Members are those of `situation_of`, and `Prices` in USD an instance-hour by instance type.
    Times are datetimes, ISO 8601 texts or seconds since 1970. WorldError for a member that is
    not known, of another type, or without what is needed of it.
    """
    if not isinstance(body, dict):
        raise WorldError(f"The world is {quoted(body)}. Allowed: an object.")
    for name, value in body.items():
        if name not in OF_AWS | OURS:
            allowed = ", ".join(OF_AWS | OURS)
            raise WorldError(f"The world has the unknown member {name}. Allowed: {allowed}.")
        _require(name, value)
    for variant, traffic in body.get("Traffic", {}).items():
        _require_week(traffic, f"Traffic.{variant}")
    if request.model_package_arn:
        _require_arns(body)
    creation = _shapes_of("sagemaker").get_shape_by_name("CreateEndpointConfigInput")
    shapes = {**_with_moments(body), "SaysDetailed": says_detailed(creation)}
    situation = situation_of(shapes, request)
    weeks = steady_weeks(shapes, situation.shown)
    return World(replace(situation, weeks=weeks), body.get("Prices", {}))


def _require(name: str, value: object) -> None:
    try:
        _Validator().require(value, _shape_of(name), name)
    except NoShapeFoundError as error:
        raise WorldError(f"The installed boto3 does not know {name} yet. Update boto3.") from error


def _require_week(traffic: Mapping[str, Any], path: str) -> None:
    """WorldError for parts above 1, and for what is no percentile."""
    for member in RATES:
        if traffic.get(member, 0) > 1:
            raise WorldError(f"{path}.{member} is {quoted(traffic[member])}. Allowed: 0 to 1.")
    for name in traffic.get("LatencyMilliseconds", {}):
        if not PERCENTILE.fullmatch(name):
            where = f"{path}.LatencyMilliseconds"
            raise WorldError(f"{where} has the unknown member {name}. Allowed: p50 to p99.9.")


def _require_arns(body: Mapping[str, Any]) -> None:
    for name, member in FOUND_BY_ARN.items():
        items = body.get(name, [])
        for index, item in enumerate([items] if isinstance(items, dict) else items):
            arn = item.get(member)
            if arn is None or not ARN.fullmatch(arn):
                path = name if item is items else f"{name}[{index}]"
                found = "is missing" if arn is None else f"is {quoted(arn)}"
                raise WorldError(f"{path}.{member} {found}. Allowed: an ARN.")


# ---- Shapes ----------------------------------------------------------------------------------


def _shape_of(member: str) -> Shape:
    if member in OURS:
        return OUR_SHAPES.get_shape_by_name(member)
    service, name = OF_AWS[member]
    shapes = _shapes_of(service)
    if member == "Endpoint":
        return shapes.get_shape_by_name(name)
    return ListShape(member, _list_of(name), shapes)


@cache
def _shapes_of(service: str) -> ShapeResolver:
    """The shapes of a service, which ask for no more than is needed here."""
    shapes = create_loader().load_service_model(service, "service-2")["shapes"]
    return ShapeResolver({name: _loosened(name, shape) for name, shape in shapes.items()})


def _loosened(name: str, shape: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    """Without least lengths: AWS itself shows lists and texts that are shorter."""
    kept = {key: value for key, value in shape.items() if key != "min" or shape["type"] in NUMBERS}
    return {**kept, "required": NEEDED.get(name, ())}


class _Report(ValidationErrors):
    """What botocore finds wrong, in plain words."""

    def _format_error(self, error: tuple[str, str, Any]) -> str:
        reason, name, found = error
        if reason == "missing required field":
            return f"{name}.{found['required_name']} is missing."
        if reason == "unknown field":
            known = ", ".join(found["valid_names"])
            return f"{name} has the unknown member {found['unknown_param']}. Allowed: {known}."
        if reason == "invalid range":
            allowed = f"{found['min_allowed']} or more"
        else:
            allowed = WORDS.get(found["valid_types"][0], found["valid_types"][0])
        return f"{name} is {quoted(found['param'])}. Allowed: {allowed}."


class _Validator(ParamValidator):
    """botocore's own check, and what it does not look at: closed enumerations, times, NaN."""

    def require(self, value: object, shape: Shape, name: str) -> None:
        """WorldError unless the value is of that shape."""
        errors = _Report()
        self._validate(value, shape, errors, name)
        if errors.has_errors():
            raise WorldError(errors.generate_report())

    def _validate(self, params: Any, shape: Shape, errors: ValidationErrors, name: str) -> None:  # noqa: ANN401 - any JSON
        words: list[str] = getattr(shape, "enum", []) if shape.name in CLOSED else []
        if isinstance(params, dict):
            params = {key: value for key, value in params.items() if key != OF_THE_CALL}
        if words and params not in words:
            errors.report(name, "invalid type", param=params, valid_types=[" or ".join(words)])
        elif shape.type_name in NUMBERS and _is_no_number(params):
            errors.report(name, "invalid type", param=params, valid_types=["a number"])
        else:
            super()._validate(params, shape, errors, name)  # type: ignore[misc] # botocore has no types

    def _type_check_datetime(self, value: Any) -> bool:  # noqa: ANN401 - any JSON
        """Whether it is a time with its offset, or seconds."""
        try:
            return not isinstance(value, bool) and moment_of(value).tzinfo is not None
        except (TypeError, ValueError, OverflowError, OSError):
            return False


def _is_no_number(value: object) -> bool:
    """Whether it is a flag, NaN, infinite, or a whole number beyond what a float can be."""
    try:
        finite = not isinstance(value, int | float) or math.isfinite(value)
    except OverflowError:
        finite = False
    return isinstance(value, bool) or not finite


# ---- Times -----------------------------------------------------------------------------------


def moment_of(value: datetime | str | float) -> datetime:
    """A point in time as boto3, the AWS CLI's version 2 or its version 1 gives it."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(value, UTC)


def _with_moments(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A body of AWS with its points in time as datetimes."""
    if isinstance(value, Mapping):
        return {
            name: moment_of(member) if name in MOMENTS else _with_moments(member)
            for name, member in value.items()
        }
    return [_with_moments(item) for item in value] if isinstance(value, list) else value
