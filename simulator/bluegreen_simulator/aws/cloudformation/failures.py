"""CloudFormation: why a resource failed, in the words of its events.

A refusal by the API stands there as AWS's own handlers report it (User Guide, "Handler error
codes"; the form was seen in public reports): message, service, status, request and handler code.
"""

import uuid
from collections.abc import Mapping
from typing import Final

from botocore.exceptions import ClientError, ParamValidationError
from moto.cloudformation.exceptions import CloudFormationError

from bluegreen_simulator.aws.cloudformation.base_type import Unsettled

HANDLER_CODES: Final[Mapping[str, str]] = {
    "AlreadyExist": "AlreadyExists",
    "AlreadyOwned": "AlreadyExists",
    "ResourceConflict": "AlreadyExists",
    "ResourceInUse": "AlreadyExists",
    "NotFound": "NotFound",
    "NoSuch": "NotFound",
    "NonExistent": "NotFound",
    "DoesNotExist": "NotFound",
    "AccessDenied": "AccessDenied",
    "LimitExceeded": "ServiceLimitExceeded",
    "Throttl": "Throttling",
    "Validation": "InvalidRequest",
    "Invalid": "InvalidRequest",
    "Malformed": "InvalidRequest",
}
"""A part of an API's error code, and what a handler makes of it."""

NOT_FOUND: Final = "NotFound"


class Failed(Exception):
    """A resource could not be made, changed or deleted; the message is what its event says."""


class AlreadyThere(Exception):
    """There is a resource of that name already, which is not this stack's."""


def reason_of(error: Exception, logical_id: str, type_name: str) -> str:  # noqa: PLR0911 - one for each kind
    """What the event of a resource says that failed with `error`."""
    match error:
        case ClientError() if _code(error) == "NotImplemented":
            return str(error.response["Error"]["Message"])
        case ClientError():
            return _handled(_by_api(error, type_name), handler_code(error))
        case ParamValidationError():
            problem = str(error).partition("Parameter validation failed:\n")[2]
            return f"Properties validation failed for resource {logical_id} with message: {problem}"
        case NotImplementedError():
            return str(error) or f"{logical_id} is not modelled in the embedded AWS."
        case CloudFormationError():
            return str(error.message)
        case Unsettled():
            return _handled(str(error), "NotStabilized")
        case AlreadyThere():
            return _handled(str(error), "AlreadyExists")
    return _handled(repr(error), "InternalFailure")


def handler_code(error: ClientError) -> str:
    """The code by which a handler would report an error of the API."""
    code = _code(error)
    if "already exist" in error.response["Error"].get("Message", ""):
        return "AlreadyExists"
    found = [ours for part, ours in HANDLER_CODES.items() if part in code]
    return found[0] if found else "GeneralServiceException"


def is_not_found(error: ClientError) -> bool:
    """Whether what is to be deleted is not there any more, which is as good."""
    says = error.response["Error"].get("Message", "")
    return handler_code(error) == NOT_FOUND or "Could not find" in says or "does not exist" in says


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code", ""))


def _by_api(error: ClientError, type_name: str) -> str:
    answer = error.response["ResponseMetadata"]
    service = type_name.split("::")[1]
    return (
        f"{error.response['Error'].get('Message', '')} (Service: {service}, Status Code: "
        f"{answer.get('HTTPStatusCode')}, Request ID: {_token(str(error))})"
    )


def _handled(message: str, code: str) -> str:
    token = _token(message)
    return (
        f'Resource handler returned message: "{message}" (RequestToken: {token}, '
        f"HandlerErrorCode: {code})"
    )


def _token(of: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, of))
