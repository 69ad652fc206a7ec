"""How errors of AWS calls become errors of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.text import plain

SERVER_ERROR: Final = 500
THROTTLED: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

LEFT_OUT: Final = "AWS's message is left out, because it may quote what was sent."

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})


@contextmanager
def passing_faults_as_unavailable() -> Iterator[None]:
    """Raise ObservationUnavailable where AWS throttles, times out or fails; let the rest pass."""
    try:
        yield
    except ClientError as error:
        if is_passing(error):
            raise ObservationUnavailable(plain(str(error))) from error
        raise
    except (HTTPClientError, BotoConnectionError) as error:
        raise ObservationUnavailable(plain(str(error))) from error


@contextmanager
def denials_as_rejections() -> Iterator[None]:
    """Raise RequestRejected where our role may not look, and likewise ObservationUnavailable."""
    with passing_faults_as_unavailable():
        try:
            yield
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            raise RequestRejected(f"AWS denied access: {message_of(error)}") from error


@contextmanager
def refusals_as_rejections(what: str) -> Iterator[None]:
    """Raise RequestRejected where AWS refuses, and ObservationUnavailable where a fault passes.

    `what` is the beginning of the sentence: what cannot be done.
    """
    with passing_faults_as_unavailable():
        try:
            yield
        except ClientError as error:
            if is_passing(error):
                raise
            raise RequestRejected(f"{what}: {message_of(error)}") from error


@contextmanager
def unsent_as_rejections(operation: str) -> Iterator[None]:
    """Raise RequestRejected where the AWS SDK cannot make a call, so that nothing was sent.

    For example, its model of the API lacks a member, or there are no credentials. Whatever goes
    wrong after that, botocore raises as an HTTPClientError or a ConnectionError: these pass, since
    the call may have had its effect.
    """
    try:
        yield
    except (HTTPClientError, BotoConnectionError):
        raise
    except BotoCoreError as error:
        message = f"The AWS SDK could not send {operation}: {plain(str(error))}"
        raise RequestRejected(message) from error


def without_words(error: ClientError) -> ClientError:
    """The same error without AWS's message, which may quote what was sent: a task token, a request.

    Whatever a function raises stands in its log.
    """
    bare: Any = {**error.response, "Error": {"Code": code_of(error), "Message": LEFT_OUT}}
    return type(error)(bare, error.operation_name)


def is_passing(error: ClientError) -> bool:
    """Whether the same call may well succeed later."""
    return code_of(error) in THROTTLED or status_of(error) >= SERVER_ERROR


def code_of(error: ClientError) -> str:
    """The error's code, `ValidationException` for example."""
    return error.response.get("Error", {}).get("Code", "")


def status_of(error: ClientError) -> int:
    """The HTTP status of the answer."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def message_of(error: ClientError) -> str:
    """AWS's own words, in one line, bounded."""
    return plain(error.response.get("Error", {}).get("Message", str(error)))


def words_of(error: BotoCoreError | ClientError) -> str:
    """Why a call failed, in one line, whatever it failed of."""
    return message_of(error) if isinstance(error, ClientError) else plain(str(error))
