"""Errors in the protocol of the request that they answer, in the words of its service."""

import json
from collections.abc import Iterable
from html import escape
from typing import Final
from urllib.parse import parse_qs

from moto.core.request import Request as AwsRequest
from moto.core.routing import get_service_router
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as WerkzeugResponse

from bluegreen.contract.text import plain
from bluegreen_simulator.aws.api_faults import FAILURES, FAILURES_OF
from bluegreen_simulator.rules.faults.kinds import ApiError

FORM: Final = "application/x-www-form-urlencoded"
CBOR: Final = "rpc-v2-cbor"
"""As the header `smithy-protocol` names it."""

SERVICES: Final = {
    "monitoring": "cloudwatch",
    "s3-object-lambda": "s3",
    "s3express": "s3",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
}
"""Services by the names that requests are signed for, where SDKs call them otherwise."""

NOT_IMPLEMENTED: Final = 501

QUERY_ERROR: Final = (
    "<ErrorResponse><Error><Type>{type}</Type><Code>{code}</Code><Message>{message}</Message>"
    "</Error><RequestId>{id}</RequestId></ErrorResponse>"
)
EC2_ERROR: Final = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{id}</RequestID></Response>"
)
S3_ERROR: Final = (
    "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
)
REST_XML: Final = ("cloudfront", "route53")
REQUEST_ID: Final = "00000000-0000-0000-0000-000000000000"
"""Of every error that is ours: nobody could look it up."""


class Response(WerkzeugResponse):
    """An answer that has no type where nobody says of what type it is."""

    default_mimetype = None


def error_answer(request: Request, status: int, code: str, message: str) -> Response:
    """An error in the protocol of the request (Smithy, "AWS protocols").

    RPC v2 CBOR where its header says so; XML for a form or a query, each of EC2, S3 and the
    others in its own shape; else JSON.
    """
    if is_in_cbor(request):
        return _in_cbor(status, code, message)
    service = service_of(request)
    if service == "s3" or service in REST_XML or _is_query(request):
        return _in_xml(service, status, code, message)
    return _in_json(request, status, code, message)


def refusal(request: Request, more: str = "") -> Response:
    """The error of a call that is not modelled; `more` is what else is known about it."""
    message = f"{asked(request)} is not modelled in the embedded AWS. {more}".strip()
    return error_answer(request, NOT_IMPLEMENTED, "NotImplemented", message)


def internal_failure(request: Request, reason: str) -> Response:
    """The error of a call that broke what answers it, as its service words that."""
    kind = ApiError.INTERNAL
    failure = FAILURES_OF.get((service_of(request), kind)) or FAILURES[kind]
    message = f"{asked(request)} failed inside the embedded AWS: {reason}"
    return error_answer(request, failure.status, failure.code, message)


def service_of(request: Request) -> str:
    """The service that the request is signed for, in its header or its query."""
    signature = request.headers.get("Authorization", "").partition("Credential=")[2]
    scope = (signature or request.args.get("X-Amz-Credential", "")).split("/")
    if len(scope) < 4:  # noqa: PLR2004 - key, date, Region, service
        return "a service"
    name = plain(scope[3])
    if name == "sagemaker" and request.path.startswith("/endpoints/"):
        return "sagemaker-runtime"
    return SERVICES.get(name, name)


def asked(request: Request) -> str:
    """The call in words: its operation and service, or else its method and path."""
    service = service_of(request)
    return f"{_operation(request, service)} of {service}"


def is_in_cbor(request: Request) -> bool:
    """Whether it is sent by the protocol RPC v2 CBOR."""
    return request.headers.get("smithy-protocol") == CBOR


def _is_query(request: Request) -> bool:
    return request.mimetype == FORM or "Action" in request.args


def _in_xml(service: str, status: int, code: str, message: str) -> Response:
    form = {"s3": S3_ERROR, "ec2": EC2_ERROR}.get(service, QUERY_ERROR)
    fault = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - whose fault it is, as HTTP says
    body = form.format(type=fault, code=code, message=escape(message), id=REQUEST_ID)
    return Response(body, status, content_type="text/xml")


def _in_json(request: Request, status: int, code: str, message: str) -> Response:
    is_rpc = request.mimetype.startswith("application/x-amz-json-")
    kind = request.mimetype if is_rpc else "application/json"
    body = json.dumps({"__type": code, "message": message})
    return Response(body, status, {"x-amzn-errortype": code}, content_type=kind)


def _in_cbor(status: int, code: str, message: str) -> Response:
    members = [("__type", code), ("message", message)]
    body = bytes([0xA0 + len(members)]) + b"".join(_cbor(text) for pair in members for text in pair)
    headers = {"smithy-protocol": CBOR}
    return Response(body, status, headers, content_type="application/cbor")


def _cbor(text: str) -> bytes:
    """A text of at most 65,535 bytes (RFC 8949, major type 3)."""
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded


# ---- What is asked -------------------------------------------------------------------------


def _operation(request: Request, service: str) -> str:
    named = next(filter(None, _named(request)), "") or _routed(request, service)
    return plain(named or f"{request.method} {request.path}")


def _named(request: Request) -> Iterable[str]:
    """The operation as each of the protocols names it that has one name for it."""
    yield request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if is_in_cbor(request):
        yield request.path.rpartition("/operation/")[2]
    yield request.args.get("Action", "")
    if request.mimetype == FORM:
        yield parse_qs(request.get_data().decode(errors="replace")).get("Action", [""])[0]


def _routed(request: Request, service: str) -> str:
    """The operation with this method and path."""
    try:
        operation, _ = get_service_router(service).match(AwsRequest(request.environ))
    except Exception:  # noqa: BLE001 - whatever has no place has no name
        return ""
    return str(operation.name)
