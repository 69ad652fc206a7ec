"""What every request to the embedded CloudWatch must comply with, and its errors.

Operations on metrics have errors of their own in the API's model (PutMetricData,
GetMetricStatistics, ListMetrics): InvalidParameterValue, MissingParameter. All others say
ValidationError. The words are AWS's as seen in public reports.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, Shape, StructureShape
from moto.cloudwatch.exceptions import (
    CloudWatchException,
    InvalidParameterValue,
    ValidationError,
)
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.utils import get_service_model

from bluegreen_simulator.moto.constraints import summary, violations

OF_METRICS: Final = frozenset({"GetMetricStatistics", "ListMetrics", "PutMetricData"})


class InvalidNextToken(CloudWatchException):  # type: ignore[misc] # moto has no types
    """The answer to a NextToken that no page has given out."""

    code = "InvalidNextToken"


class MissingParameter(CloudWatchException):  # type: ignore[misc] # moto has no types
    """The answer to a request, or to data, that lacks something."""

    code = "MissingParameter"


def not_modelled(what: str) -> ValidationError:
    """The error for what AWS can do and the simulator cannot; it never skips in silence."""
    return ValidationError(f"{what} is not modelled yet by the simulator.")


def params_of(
    response: CloudWatchResponse, operation: str, region: str, refused: Collection[str] = ()
) -> dict[str, Any]:
    """The members of a request, unless it breaks the limits of the API or asks for too much.

    `refused` are members of the operation that are not modelled.
    """
    params: dict[str, Any] = response._get_params()  # noqa: SLF001 - moto's own access
    if response.region != region:
        raise not_modelled(f"{operation} outside of {region}")
    refuse(operation, params, refused)
    check_limits(operation, params)
    return params


def refuse(operation: str, params: Mapping[str, Any], refused: Collection[str]) -> None:
    """Refuse members that are not modelled, by their names."""
    found = sorted(name for name in params if name in refused)
    if found:
        raise not_modelled(f"{operation} with {', '.join(found)}")


def check_limits(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse what breaks the limits of the API's own model."""
    shape = get_service_model("cloudwatch").operation_model(operation).input_shape
    lacking = next((name for name in shape.required_members if name not in params), None)
    broken = violations("cloudwatch", operation, params)
    if operation in OF_METRICS:
        _check_of_metrics(lacking, [*_outside_their_sets(shape, params, ""), *broken])
    elif lacking:
        raise ValidationError(summary([_null(lacking)]))
    elif broken:
        raise ValidationError(summary(broken))


def _check_of_metrics(lacking: str | None, broken: list[str]) -> None:
    if lacking:
        raise MissingParameter(f"The parameter {lacking} is required.")
    if broken:
        raise InvalidParameterValue(broken[0])


def _null(name: str) -> str:
    path = name[0].lower() + name[1:]
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _outside_their_sets(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any
    """What is no value of its enum, by its place in a request of the query protocol."""
    if isinstance(shape, StructureShape):
        for name in value:
            if name in shape.members:
                inner = f"{path}.{name}".lstrip(".")
                yield from _outside_their_sets(shape.members[name], value[name], inner)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from _outside_their_sets(shape.member, item, f"{path}.member.{number}")
    elif "enum" in shape.metadata and value not in shape.metadata["enum"]:
        allowed = ", ".join(shape.metadata["enum"])
        yield f"The parameter {path} must be a value in the set [ {allowed} ]."


def page_of[T](items: list[T], token: str | None, size: int) -> tuple[list[T], str | None]:
    """A page of items, and the token of the next; a token is the number of items before it."""
    if token is None:
        first = 0
    elif token.isdecimal() and 0 < int(token) < len(items):
        first = int(token)
    else:
        raise InvalidNextToken("The NextToken is invalid.")
    rest = first + size
    return items[first:rest], str(rest) if rest < len(items) else None


def aware(at: datetime) -> datetime:
    """A moment of a request, which moto reads as UTC without saying so."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
