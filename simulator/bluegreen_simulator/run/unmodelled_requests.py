"""Refuses what moto's server does not have, by its name and as AWS does: no HTML page, no crash."""

import io
from collections.abc import Callable, Iterable
from typing import Any, Final

from botocore.exceptions import ClientError, UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as WerkzeugResponse

from bluegreen.contract.text import plain
from bluegreen_simulator.run.error_answers import (
    NOT_IMPLEMENTED,
    Response,
    error_answer,
    internal_failure,
    is_in_cbor,
    refusal,
    service_of,
)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

REDIRECT: Final = 300
BAD_REQUEST: Final = 400
NOT_IN_RANGE: Final = 416
NOWHERE: Final = (NotFound.code, MethodNotAllowed.code)
MOTOS_OWN: Final = ("moto_api", "moto_api._internal")
"""By both names that moto gives its own interface, which resets, seeds, records and configures."""

NO_CBOR: Final = "The protocol RPC v2 CBOR is spoken with no service here; JSON is."

PAGE: Final = b"<!doctype html>"
"""How a page of werkzeug's begins, which only people can read."""

werkzeug_app.DISABLE_GLOBAL_CORS = True  # moto would let every web page read every answer


def aws_application() -> Application:
    """The application that serves every API which moto knows, and refuses every other."""
    dispatcher: Application = DomainDispatcherApplication(_application)
    return dispatcher


def _application(backend: str | None) -> Application:
    if backend is None:
        return lambda environ, start: refusal(Request(environ))(environ, start)
    if backend in MOTOS_OWN:
        return lambda environ, start: _motos_own(Request(environ))(environ, start)
    moto: Application = create_backend_app(backend)

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return _answer(moto, environ)(environ, start)

    return answer


def _answer(moto: Application, environ: dict[str, Any]) -> WerkzeugResponse:
    """What moto answers, or the error that it has no form for."""
    body = io.BytesIO(environ["wsgi.input"].read())
    if is_in_cbor(request := _again(environ, body)):
        return refusal(request, NO_CBOR)
    try:
        response = Response.from_app(moto, environ)
    except ClientError as error:  # of a call that this one makes by boto3
        return _passed_on(_again(environ, body), error)
    except (OperationNotFoundError, UnknownServiceError):
        return refusal(_again(environ, body))
    except NotImplementedError as error:
        return refusal(_again(environ, body), plain(str(error)))
    return _readable(response, _again(environ, body))


def _again(environ: dict[str, Any], body: io.BytesIO) -> Request:
    """The request, whose body is to be read once more."""
    body.seek(0)
    environ["wsgi.input"] = body
    return Request(environ)


def _passed_on(request: Request, error: ClientError) -> Response:
    said, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", BAD_REQUEST)
    return error_answer(request, status, said["Code"], said["Message"])


def _readable(response: WerkzeugResponse, request: Request) -> WerkzeugResponse:
    """The answer, in whose place there is an error where it is a page of werkzeug's."""
    status, is_untyped = response.status_code, "Content-Type" not in response.headers
    if response.mimetype == "text/html" and status >= REDIRECT and _is_page(response):
        if status in NOWHERE:
            return refusal(request)
        if status == NOT_IN_RANGE:
            return error_answer(request, status, "InvalidRange", "The range is not satisfiable.")
        return internal_failure(request, plain(response.get_data(as_text=True)))
    if is_untyped and status == NotFound.code and service_of(request) != "s3":
        return refusal(request)
    return response


def _is_page(response: WerkzeugResponse) -> bool:
    return response.get_data().startswith(PAGE)


def _motos_own(request: Request) -> Response:
    asked = plain(f"{request.method} {request.path}")
    message = (
        f"{asked} is not served: moto's own interface could wipe "
        "or change the stack that was deployed. To begin anew, start `bluegreen local` again."
    )
    return error_answer(request, NOT_IMPLEMENTED, "NotImplemented", message)
