"""What moto's server has no place for is refused by its name, as AWS refuses: no page, no crash."""

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request as AwsRequest
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FORM: Final = "application/x-www-form-urlencoded"
NOT_IMPLEMENTED: Final = 501
QUERY_ERROR: Final = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>NotImplemented</Code>"
    "<Message>{}</Message></Error></ErrorResponse>"
)


def aws_application() -> Application:
    """The application that serves every API which moto knows, and refuses every other."""
    dispatcher: Application = DomainDispatcherApplication(_application)
    return dispatcher


def _application(backend: str | None) -> Application:
    if backend is None:
        return lambda environ, start: refusal(Request(environ))(environ, start)
    moto: Application = create_backend_app(backend)

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        response = Response.from_app(moto, environ)
        if backend == "s3":  # which says of a bucket that is not there what a page would say
            return response(environ, start)
        if response.status_code == NotFound.code and response.mimetype == "text/html":
            response = refusal(Request(environ))
        return response(environ, start)

    return answer


def refusal(request: Request) -> Response:
    """The error in the protocol of the request: XML for a form, else JSON."""
    service = _service(request)
    message = f"{_operation(request, service)} of {service} is not modelled in the embedded AWS."
    if request.mimetype == FORM:
        body = QUERY_ERROR.format(escape(message))
        return Response(body, NOT_IMPLEMENTED, content_type="text/xml")
    body = json.dumps({"__type": "NotImplemented", "message": message})
    headers = {"x-amzn-errortype": "NotImplemented"}
    return Response(body, NOT_IMPLEMENTED, headers, content_type="application/json")


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
