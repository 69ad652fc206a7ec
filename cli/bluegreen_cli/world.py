"""A situation from a file: what the AWS CLI prints, put together, and read strictly.

The shapes of AWS are those of botocore's own service models, so that a misspelt member is found.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, ShapeResolver, StructureShape

from bluegreen.aws.situation.situation_shapes import situation_of
from bluegreen.check.situation import Situation
from bluegreen.contract.text import quoted
from bluegreen.request.request import Request

OF_AWS: Final = {
    "Endpoint": ("sagemaker", "DescribeEndpointOutput"),
    "EndpointConfigs": ("sagemaker", "DescribeEndpointConfigOutput"),
    "Models": ("sagemaker", "DescribeModelOutput"),
    "ModelPackages": ("sagemaker", "DescribeModelPackageOutput"),
    "MetricAlarms": ("cloudwatch", "MetricAlarm"),
    "CompositeAlarms": ("cloudwatch", "CompositeAlarm"),
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
    "MetricStat": ("Metric", "Stat"),
    "Dimension": ("Name", "Value"),
    "ScalableTarget": ("ResourceId",),
    "Traffic": ("MeanPerMinute",),
    "Quota": ("Allowed", "Running"),
    "Tag": ("Key", "Value"),
}
"""What a structure cannot do without here; AWS gives more than that."""

FOUND_BY_ARN: Final = {
    "Endpoint": "EndpointArn",
    "EndpointConfigs": "EndpointConfigArn",
    "Models": "ModelArn",
}
"""What has tags that count for a model package, and an account that has to be the package's."""

ARN: Final = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")

TIMES: Final = frozenset({"LastModifiedTime", "StartTime"})
"""Members that are points in time and of use here."""

CLOSED: Final = frozenset(
    {
        "EndpointStatus",
        "VariantStatus",
        "StateValue",
        "ComparisonOperator",
        "Statistic",
    }
)
"""Enumerations whose every word has a meaning here; others grow with AWS."""

_OURS: Final[dict[str, Any]] = {
    "Traffics": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Traffic"}},
    "Traffic": {
        "type": "structure",
        "members": {"MeanPerMinute": {"shape": "Number"}},
    },
    "Quotas": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Quota"}},
    "Quota": {
        "type": "structure",
        "members": {"Allowed": {"shape": "Count"}, "Running": {"shape": "Count"}},
    },
    "Flags": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Flag"}},
    "Prices": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Number"}},
    "TagsByArn": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Tags"}},
    "Tags": {"type": "list", "member": {"shape": "Tag"}},
    "Tag": {
        "type": "structure",
        "members": {"Key": {"shape": "Text"}, "Value": {"shape": "Text"}},
    },
    "Texts": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    "Names": {"type": "list", "member": {"shape": "Text"}},
    "Text": {"type": "string"},
    "Flag": {"type": "boolean"},
    "Number": {"type": "double", "min": 0},
    "Count": {"type": "integer", "min": 0},
}
OURS: Final = ShapeResolver(_OURS)
OF_OURS: Final = {
    "Traffic": "Traffics",
    "Quotas": "Quotas",
    "RolesMayDescribeAlarms": "Flags",
    "Prices": "Prices",
    "MissingModels": "Names",
    "Tags": "TagsByArn",
    "Unknown": "Texts",
}
"""Members that are not of AWS's own, and their shapes."""

OF_THE_CALL: Final = "ResponseMetadata"
"""What boto3 puts beside every answer."""


@dataclass(frozen=True)
class World:
    """What stands in a file, or in an account: a request's situation, and prices."""

    situation: Situation
    prices: Mapping[str, float]


class WorldError(ValueError):
    """A file holds what cannot be: `member` is its path, `allowed` what may stand there."""

    def __init__(self, member: str, problem: str, allowed: str) -> None:
        super().__init__(f"{member} {problem}. Allowed: {allowed}.")
        self.member = member
        self.allowed = allowed


def read_world(body: object, request: Request) -> World:
    """The situation of a request in a file's body.

    Members are those of `situation_of`, and `Prices` in USD an instance-hour by instance type.
    Times are datetimes, ISO 8601 texts or seconds since 1970.
    WorldError for one that is not known, of another type, or without what is needed of it.
    """
    if not isinstance(body, dict):
        raise WorldError("The world", f"is {quoted(body)}", "an object")
    members = [*OF_AWS, *OF_OURS]
    for name, value in body.items():
        if name not in members:
            raise WorldError(str(name), "is not known", ", ".join(members))
        _check_member(name, value)
    if request.model_package_arn:
        _check_arns(body)
    return World(situation_of(with_moments(body), request), body.get("Prices", {}))


def moment_of(value: datetime | str | float) -> datetime:
    """A point in time as boto3, the AWS CLI's version 2 or its version 1 gives it."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(value, UTC)


def with_moments(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A body of AWS with its points in time as datetimes."""
    if isinstance(value, Mapping):
        return {
            name: moment_of(member) if name in TIMES else with_moments(member)
            for name, member in value.items()
        }
    return [with_moments(item) for item in value] if isinstance(value, list) else value


def _check_arns(body: Mapping[str, Any]) -> None:
    for name in (name for name in FOUND_BY_ARN if name in body):
        for path, item in _items_of(name, body[name]):
            arn = item.get(FOUND_BY_ARN[name])
            if arn is None or not ARN.fullmatch(arn):
                problem = "is missing" if arn is None else f"is {quoted(arn)}"
                raise WorldError(f"{path}.{FOUND_BY_ARN[name]}", problem, "an ARN")


def _check_member(name: str, value: object) -> None:
    if name in OF_OURS:
        _check(OURS.get_shape_by_name(OF_OURS[name]), value, name)
        return
    service, shape_name = OF_AWS[name]
    shape = _model(service).shape_for(shape_name)
    for path, item in _items_of(name, value):
        _check(shape, item, path)


def _items_of(name: str, value: Any) -> Iterable[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """What stands in a member of AWS's own, each with its path; `Endpoint` is one alone."""
    return [(name, value)] if name == "Endpoint" else _items(value, name)


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def _items(value: object, path: str) -> Iterator[tuple[str, object]]:
    if not isinstance(value, list):
        raise WorldError(path, f"is {quoted(value)}", "a list")
    return ((f"{path}[{index}]", item) for index, item in enumerate(value))


def _check(shape: Shape, value: object, path: str) -> None:
    if isinstance(shape, StructureShape):
        _check_structure(shape, value, path)
    elif isinstance(shape, ListShape):
        for place, item in _items(value, path):
            _check(shape.member, item, place)
    elif isinstance(shape, MapShape):
        for name, item in _object(value, path).items():
            _check(shape.value, item, f"{path}[{quoted(name)}]")
    else:
        _check_scalar(shape, value, path)


def _object(value: object, path: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise WorldError(path, f"is {quoted(value)}", "an object")
    return value


def _check_structure(shape: StructureShape, value: object, path: str) -> None:
    body = _object(value, path)
    for name, item in body.items():
        if name in shape.members:
            _check(shape.members[name], item, f"{path}.{name}")
        elif name != OF_THE_CALL:
            raise WorldError(f"{path}.{name}", "is not known", ", ".join(shape.members))
    for name in NEEDED.get(shape.name, ()):
        if name not in body:
            raise WorldError(f"{path}.{name}", "is missing", _words(shape.members[name]))


def _check_scalar(shape: Shape, value: object, path: str) -> None:
    enum = getattr(shape, "enum", []) if shape.name in CLOSED else []
    least = shape.metadata.get("min")
    short = least is not None and isinstance(value, int | float) and value < least
    if not _fits(shape.type_name, value) or (enum and value not in enum) or short:
        raise WorldError(path, f"is {quoted(value)}", _words(shape))


def _fits(type_name: str, value: object) -> bool:
    """Whether a value from JSON, YAML or boto3 is of a type of botocore's models."""
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name in {"integer", "long"}:
        return isinstance(value, int) and not isinstance(value, bool)
    if type_name in {"double", "float"}:
        return _is_finite(value)
    if type_name == "timestamp":
        return _is_moment(value)
    return isinstance(value, str)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_moment(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, datetime | str | int | float):
        return False
    try:
        return moment_of(value).tzinfo is not None
    except (ValueError, OverflowError, OSError):
        return False


def _words(shape: Shape) -> str:
    """What may stand there, in words."""
    enum = getattr(shape, "enum", []) if shape.name in CLOSED else []
    if enum:
        return " or ".join(enum)
    least = shape.metadata.get("min")
    bound = f" of at least {least}" if least is not None and _is_number(shape) else ""
    return _WORDS.get(shape.type_name, "a text") + bound


def _is_number(shape: Shape) -> bool:
    return shape.type_name in {"integer", "long", "double", "float"}


_WORDS: Final = {
    "structure": "an object",
    "map": "an object",
    "list": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "long": "a whole number",
    "double": "a number",
    "float": "a number",
    "timestamp": "a time with its offset from UTC, or seconds since 1970",
}
