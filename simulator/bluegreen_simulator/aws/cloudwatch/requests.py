"""What every request to the embedded CloudWatch must comply with, and its errors."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import CloudWatchException, ValidationError
from moto.cloudwatch.responses import CloudWatchResponse

from bluegreen_simulator.moto.constraints import summary, violations


class InvalidNextToken(CloudWatchException):  # type: ignore[misc] # moto has no types
    """The answer to a NextToken that no page has given out."""

    code = "InvalidNextToken"


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
    broken = violations("cloudwatch", operation, params)
    if broken:
        raise ValidationError(summary(broken))


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
