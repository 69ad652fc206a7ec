"""CloudFormation: its API's errors, by the codes that its clients know."""

from typing import Final

from moto.cloudformation.exceptions import (
    AlreadyExistsException,
    CloudFormationError,
    ValidationError,
)
from moto.core.exceptions import _RESTError

__all__ = [
    "AlreadyExistsException",
    "ChangeSetNotFound",
    "InsufficientCapabilities",
    "InvalidChangeSetStatus",
    "NotModelled",
    "invalid",
    "no_stack",
]

NO_CHANGES: Final = "No updates are to be performed."


class InsufficientCapabilities(CloudFormationError):  # type: ignore[misc] # moto has no types
    """The template makes what the caller has not acknowledged."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(CloudFormationError):  # type: ignore[misc] # likewise
    """There is no such change set."""

    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(CloudFormationError):  # type: ignore[misc] # likewise
    """A change set that cannot be executed."""

    code = "InvalidChangeSetStatus"


class NotModelled(_RESTError):  # type: ignore[misc] # likewise
    """What AWS can do and the embedded AWS cannot; it never skips in silence."""

    code = 501

    def __init__(self, message: str) -> None:
        super().__init__("NotImplemented", message)


def invalid(message: str) -> ValidationError:
    """A ValidationError with this message."""
    return ValidationError(message=message)


def no_stack(name: str) -> ValidationError:
    """The ValidationError for a stack that is not there, in the words that clients look for."""
    return ValidationError(message=f"Stack with id {name} does not exist")
