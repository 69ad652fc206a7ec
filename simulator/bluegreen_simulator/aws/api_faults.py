"""Calls that fail on demand, and calls that are not modelled, with errors as AWS returns them."""

import warnings
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from botocore.exceptions import ReadTimeoutError
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.s3.responses import S3Response

from bluegreen_simulator.aws.lambda_ import runtime as lambda_runtime
from bluegreen_simulator.aws.lambda_.process import running_function
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.moto.unmodelled_calls import NOT_IMPLEMENTED
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault

UNANSWERED_SECONDS: Final = 60
"""How long a client over HTTP waits for an answer that never comes: boto3's own read timeout."""


class NoAnswer(BaseException):
    """The connection is to be closed without an answer."""


class RefusedCall(ServiceException):  # type: ignore[misc] # moto has no types
    """An error of this module: moto looks for a service where an error is at home."""


class Failure(NamedTuple):
    """An error as a service words it: its code and the HTTP status."""

    code: str
    status: int


FAILURES: Final = {
    ApiError.THROTTLING: Failure("ThrottlingException", 400),
    ApiError.INTERNAL: Failure("InternalFailure", 500),
    ApiError.UNAVAILABLE: Failure("ServiceUnavailable", 503),
    ApiError.DENIED: Failure("AccessDeniedException", 400),
    ApiError.KEY_DISABLED: Failure("KMSDisabled", 400),
}
"""Where a service has no word of its own (botocore's retry rules; AWS's common errors)."""

FAILURES_OF: Final = {
    ("lambda", ApiError.THROTTLING): Failure("TooManyRequestsException", 429),
    ("lambda", ApiError.INTERNAL): Failure("ServiceException", 500),
    ("lambda", ApiError.DENIED): Failure("AccessDeniedException", 403),
    ("dynamodb", ApiError.INTERNAL): Failure("InternalServerError", 500),
    ("sns", ApiError.THROTTLING): Failure("Throttling", 400),
    ("sns", ApiError.INTERNAL): Failure("InternalError", 500),
    ("sns", ApiError.DENIED): Failure("AuthorizationError", 403),
    ("sqs", ApiError.DENIED): Failure("AccessDenied", 403),
    ("s3", ApiError.THROTTLING): Failure("SlowDown", 503),
    ("s3", ApiError.INTERNAL): Failure("InternalError", 500),
    ("s3", ApiError.DENIED): Failure("AccessDenied", 403),
    ("cloudwatch", ApiError.THROTTLING): Failure("Throttling", 400),
    ("cloudwatch", ApiError.INTERNAL): Failure("InternalServiceFault", 500),
    ("cloudwatch", ApiError.DENIED): Failure("AccessDenied", 403),
}
"""The services' own words (their service models)."""

OF_OBJECTS: Final = {"GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
"""The calls about an object, by their method; S3 has others, which nobody makes here."""

MESSAGES: Final = {
    ApiError.THROTTLING: "Rate exceeded",
    ApiError.INTERNAL: "The request processing has failed because of an internal error.",
    ApiError.UNAVAILABLE: "The request has failed due to a temporary failure of the server.",
    ApiError.DENIED: "User is not authorized to perform this action",
    ApiError.KEY_DISABLED: "The key that the topic is encrypted with is disabled.",
}


class _State:
    world: World


def install(world: World) -> None:
    """Strike in this world."""
    _State.world = world


@replaces(
    BaseResponse,
    "_dispatch",
    restores="what moto lacks is refused by its name; a fault may strike a call",
    original="446e22484251",
)
def _dispatch(self: Any, request: Any, full_url: Any = None, headers: Any = None) -> Any:  # noqa: ANN401 - moto
    self.setup_class(request, full_url, headers)
    operation = self._get_action() or ""
    return _unless_struck(self, request, operation, lambda: _answer(self))


@replaces(
    S3Response,
    "_key_response",
    restores="a fault may strike a call about an object; moto answers those of S3 by other ways",
    original="eb67586ff76b",
)
def _key_response(self: Any, request: Any, full_url: str) -> Any:  # noqa: ANN401 - moto has no types
    original = ORIGINALS[S3Response, "_key_response"]
    operation = OF_OBJECTS.get(request.method, "")
    return _unless_struck(self, request, operation, lambda: original(self, request, full_url))


def _unless_struck(
    response: Any,  # noqa: ANN401 - moto has no types
    request: Any,  # noqa: ANN401
    operation: str,
    answer: Callable[[], Any],
) -> Any:  # noqa: ANN401
    over_http = getattr(request, "from_wsgi_server", False)
    fault = _fault(response, operation, over_http=over_http)
    if fault is None:
        return answer()
    if fault.carried_out:
        answer()
    if fault.error == ApiError.TIMEOUT:
        _leave_unanswered(request.url, over_http=over_http)
    failure = FAILURES_OF.get((fault.service, fault.error)) or FAILURES[fault.error]
    return error_of(response, failure, MESSAGES[fault.error])


def _fault(response: Any, operation: str, *, over_http: bool) -> ApiFault | None:  # noqa: ANN401 - moto has no types
    """The fault that hits the call; those of nobody in particular in this process are spared."""
    world, function = _State.world, running_function()
    if not world.faults.apis:
        return None
    service = response.boto3_service_name
    if service == "lambda":
        name = unquote(response.path)
    elif function or over_http:
        name = function.name if function else ""
    else:
        return None
    fault = world.faults.on_call(service, operation, name, world.clock.now())
    if fault:
        _write_down(fault, operation)
    return fault


def _write_down(fault: ApiFault, operation: str) -> None:
    world = _State.world
    world.journal.write(
        world.clock.now(),
        "fault",
        what="ApiFault",
        service=fault.service,
        operation=operation,
        error=str(fault.error),
    )


def _answer(response: Any) -> Any:  # noqa: ANN401 - moto has no types
    try:
        return response.call_action()
    except NotImplementedError as error:
        service, operation = response.boto3_service_name, response._get_action()  # noqa: SLF001 - as above
        message = f"{operation} of {service} is not modelled in the embedded AWS. {error}"
        return error_of(response, Failure("NotImplemented", NOT_IMPLEMENTED), message)


def error_of(response: Any, failure: Failure, message: str) -> tuple[int, dict[str, str], Any]:  # noqa: ANN401 - moto
    """The answer with an error, in the protocol of the request."""
    error = ActionResult(RefusedCall(failure.code, message))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto: such an error is not in the service's model
        _, headers, body = response.serialized(error)
    headers, body = response._enrich_response(headers, body)  # noqa: SLF001 - the id of the request
    return failure.status, headers, body


def _leave_unanswered(url: str, *, over_http: bool) -> None:
    """Let the one who called wait until it has waited long enough."""
    if over_http:
        _State.world.clock.sleep(UNANSWERED_SECONDS)
        raise NoAnswer
    lambda_runtime.sleep(_read_timeout())
    raise ReadTimeoutError(endpoint_url=url)


def _read_timeout() -> float:
    function = running_function()
    assert isinstance(function, lambda_runtime.Invocation)
    return function.read_timeout
