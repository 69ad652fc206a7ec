"""The way of a call from botocore to moto's handler: where it leads is looked up once.

Each piece gives what moto's own gives; what is out of the ordinary goes moto's own way.
"""

import re
import sys
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl, urlparse

from moto import backends
from moto.backend_index import backend_url_patterns
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import passthrough_service, passthrough_url, service_whitelisted
from moto.core.exceptions import HTTPException
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    normalize_request,
)
from moto.core.utils import get_equivalent_url_in_aws_domain
from moto.moto_api import recorder
from moto.utilities.constants import JSON_TYPES
from werkzeug import formparser
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import EnvironBuilder

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

Environ = dict[str, Any]
PLACES: Final = 1024
"""URLs that are remembered; those of S3 and Lambda have names of objects and functions in them."""

FORMS: Final = 256
"""Forms that are remembered: more than a simulation sends."""

KEPT: Final = "_body_is_json"
"""The mark of a request whose body is JSON, and kept."""


class Place(NamedTuple):
    """Where a URL leads: the handler, and the backend that moto makes before it asks for it."""

    handler: Callable[..., Any]
    accounts: Untyped
    region: str


@lru_cache(PLACES)
def _place(url: str) -> Place | None:
    """The place of a URL without its query; None where moto answers without a handler."""
    parsed, _ = get_equivalent_url_in_aws_domain(url)
    clean = f"{parsed.scheme}://{parsed.netloc}{parsed.path}"
    for service, pattern in backend_url_patterns:
        if pattern.match(clean):
            if passthrough_service(service) or not service_whitelisted(service):
                return None
            accounts: Untyped = backends.get_backend(service)
            region = _first_region(accounts)
            for address, handler in accounts[DEFAULT_ACCOUNT_ID][region].urls.items():
                if re.match(address, clean):
                    return Place(handler, accounts, region)
    return None


def _first_region(accounts: Untyped) -> str:
    return "us-east-1" if "us-east-1" in accounts[DEFAULT_ACCOUNT_ID] else "aws"


@replaces(
    BotocoreStubber,
    "process_request",
    restores="nothing of AWS: which handler answers a URL is searched for once",
    original="f79a1a778c7e",
)
def _process(self: Untyped, request: Untyped) -> Untyped:
    url, _, query = request.url.partition("?")
    place = None if passthrough_url(url) else _place(url)
    if place is None:
        return ORIGINALS[BotocoreStubber, "process_request"](self, request)
    _ = place.accounts[DEFAULT_ACCOUNT_ID][place.region]
    normalized = normalize_request(request)
    address = normalized.raw_url if "Host" in request.headers else _raw_url(url, query)
    try:
        recorder._record_request(normalized)  # noqa: SLF001 - moto's own access
        return place.handler(normalized, address, normalized.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def _raw_url(url: str, query: str) -> str:
    return f"{_root(url)}?{query}" if query else _root(url)


@lru_cache(PLACES)
def _root(url: str) -> str:
    parsed = urlparse(url)
    address: str = Request(_environ(f"{parsed.scheme}://{parsed.netloc}", parsed.path)).raw_url
    return address


@lru_cache(PLACES)
def _environ(base_url: str, path: str) -> Environ:
    """What werkzeug makes of a URL, for a request without headers and body."""
    return EnvironBuilder(path=path, base_url=base_url, query_string="").get_environ()


@lru_cache(FORMS)
def _pairs(text: str, **how: Untyped) -> list[tuple[str, str]]:
    """What each simulation sends again, such as the template, is long and has many `%`."""
    return cast("list[tuple[str, str]]", parse_qsl(text, **how))


replaces(
    formparser,
    "parse_qsl",
    restores="nothing of AWS: a form that is sent again is read once",
    original="c6184006164e",
)(_pairs)


def _from_primitives(
    cls: Untyped, method: str, url: str, headers: Untyped, body: Untyped = None
) -> Untyped:
    if not isinstance(body, bytes) or not body or any("_" in name for name in headers):
        original = ORIGINALS[Request, "from_primitives"].__func__
        return original(cls, method, url, headers, body)
    parsed = urlparse(url)
    environ = _environ(f"{parsed.scheme}://{parsed.netloc}", parsed.path) | {
        "REQUEST_METHOD": method,
        "QUERY_STRING": parsed.query.encode().decode("latin1"),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        **_headers(headers, str(len(body))),
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }
    request = cls(environ)
    if environ.get("CONTENT_TYPE") in JSON_TYPES and "HTTP_CONTENT_ENCODING" not in environ:
        _keep(request, body)
    return request


replaces(
    Request,
    "from_primitives",
    restores="nothing of AWS: what werkzeug makes of a URL is made once",
    original="4cfb35d5fb26",
)(cast("Any", classmethod(_from_primitives)))


def _headers(headers: Untyped, length: str) -> Environ:
    """As WSGI has them, in werkzeug's order: what the body is stands first."""
    found: Environ = {"CONTENT_TYPE": None, "CONTENT_LENGTH": length}
    for name, value in headers.items():
        text = value.decode() if isinstance(value, bytes) else value
        key = _environ_key(name)
        if key not in found or found[key] is None:
            found[key] = text
        elif key.startswith("HTTP_"):
            found[key] = f"{found[key]}, {text}"
    if found["CONTENT_TYPE"] is None:
        del found["CONTENT_TYPE"]
    found.pop("HTTP_TRANSFER_ENCODING", None)
    return found


@lru_cache(PLACES)
def _environ_key(name: str) -> str:
    key: str = environ_key_for_header(name)
    return key


def _keep(request: Untyped, body: bytes) -> None:
    """As when it had been read: a body that is JSON is no form and has no files."""
    nothing: ImmutableMultiDict[str, Untyped] = ImmutableMultiDict()
    request.__dict__.update(form=nothing, files=nothing, data=body, _cached_data=body)
    request.__dict__[KEPT] = True
