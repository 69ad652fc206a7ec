"""Refuses what moto's server does not have, by its name and as AWS does: no HTML page, no crash."""

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request as AwsRequest
from moto.core.routing import get_service_router
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from bluegreen.contract.text import plain

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FORM: Final = "application/x-www-form-urlencoded"
NOT_IMPLEMENTED: Final = 501
MOTOS_OWN: Final = ("moto_api", "moto_api._internal")
"""By both names that moto gives its own interface, which resets, seeds, records and configures."""

ERROR: Final = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code>"
    "<Message>{}</Message></Error></ErrorResponse>"
)

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
        response = Response.from_app(moto, environ)
        if backend == "s3":  # which says of a bucket that is not there what a page would say
            return response(environ, start)
        if response.status_code == NotFound.code and response.mimetype == "text/html":
            response = refusal(Request(environ))
        return response(environ, start)

    return answer


def _motos_own(request: Request) -> Response:
    asked = plain(f"{request.method} {request.path}")
    message = (
        f"{asked} is not served: moto's own interface could wipe "
        "or change the stack that was deployed. To begin anew, start `bluegreen local` again."
    )
    return error_answer(request, NOT_IMPLEMENTED, "NotImplemented", message)


def refusal(request: Request) -> Response:
    """The error of a call that is not modelled."""
    service = _service(request)
    message = f"{_operation(request, service)} of {service} is not modelled in the embedded AWS."
    return error_answer(request, NOT_IMPLEMENTED, "NotImplemented", message)


def error_answer(request: Request, status: int, code: str, message: str) -> Response:
    """An error in the protocol of the request: XML for a form and for S3, else JSON."""
    if request.mimetype == FORM or _service(request) == "s3":
        return Response(ERROR.format(code, escape(message)), status, content_type="text/xml")
    body = json.dumps({"__type": code, "message": message})
    headers = {"x-amzn-errortype": code}
    return Response(body, status, headers, content_type="application/json")


def _service(request: Request) -> str:
    """The service that the request is signed for."""
    scope = request.headers.get("Authorization", "").partition("Credential=")[2].split("/")
    return scope[3] if len(scope) > 3 else "a service"  # noqa: PLR2004 - key, date, Region, service


def _operation(request: Request, service: str) -> str:
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    action = parse_qs(request.get_data(as_text=True)).get("Action", [""])[0]
    return target or action or _routed(request, service) or f"{request.method} {request.path}"


def _routed(request: Request, service: str) -> str:
    """The operation with this method and path."""
    try:
        operation, _ = get_service_router(service).match(AwsRequest(request.environ))
    except (NotFound, NotImplementedError, UnknownServiceError):
        return ""
    return str(operation.name)
