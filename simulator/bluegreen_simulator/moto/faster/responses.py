"""How moto reads a request whose body is JSON, and what it looks up anew at each of them."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final, cast
from urllib.parse import parse_qs, parse_qsl, urlparse

from moto.core import responses
from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.core.utils import utcnow
from moto.iam.models import mark_account_as_visited
from moto.utilities.utils import get_partition
from werkzeug.http import http_date

from bluegreen_simulator.moto.faster.requests import KEPT
from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

URLS: Final = 1024
"""URLs that are remembered; those of S3 and Lambda have names of objects and functions in them."""

_parsed: Final[Callable[[str], Any]] = lru_cache(URLS)(urlparse)
_http_date: Final[Callable[[datetime], str]] = lru_cache(URLS)(http_date)
_of_region: Final[Callable[[str], Any]] = lru_cache(URLS)(BaseResponse.region_regex.search)


replaces(
    responses,
    "camelcase_to_underscores",
    restores="nothing of AWS: what a call is named in Python is made up once",
    original="084cdc5bab92",
)(cache(responses.camelcase_to_underscores))


@replaces(
    BaseResponse,
    "setup_class",
    restores="nothing of AWS: a body that is JSON is no form, and is not searched for one",
    original="0045fc77574a",
)
def _setup_class(
    self: Untyped,
    request: Untyped,
    full_url: str | None = None,
    headers: Untyped = None,
    use_raw_body: bool | None = None,  # noqa: FBT001 - moto's own parameter
) -> None:
    if type(request) is not Request or KEPT not in vars(request) or not full_url:
        original = ORIGINALS[BaseResponse, "setup_class"]
        original(self, request, full_url, headers, use_raw_body)
        return
    raw = self.use_raw_body if use_raw_body is None else use_raw_body
    self.is_werkzeug_request, self.normalized_request = request.from_wsgi_server, request
    self.form_data, self.headers = request.form, request.headers
    self.raw_body = request.data
    self.body = self.raw_body if raw else self.raw_body.decode("utf-8")
    self.uri, self.parsed_url = full_url, _parsed(full_url)
    self.path, self.raw_path = self.parsed_url.path, request.raw_path
    self.querystring = self.data = _members(self, headers, raw=raw)
    self.method, self.region = request.method, _region(self, request, full_url)
    self.partition, self.uri_match = get_partition(self.region), {}
    self.response_headers = {"server": "amazon.com"}
    if not self.is_werkzeug_request:
        self.response_headers["date"] = _http_date(utcnow().replace(microsecond=0))
    if self.automated_parameter_parsing and self._get_action():
        self.parse_parameters(request)
    self.access_key, self.current_account = self.get_access_key(), self.get_current_account()
    mark_account_as_visited(
        account_id=self.current_account,
        access_key=self.access_key,
        service=self.service_name,
        region=self.region,
    )


def _enrich(headers: Untyped, body: Untyped) -> Untyped:
    original = ORIGINALS[BaseResponse, "_enrich_response"].__func__
    if isinstance(body, str) and "<RequestId>" not in body:
        return original(headers, "")[0], body
    return original(headers, body)


replaces(
    BaseResponse,
    "_enrich_response",
    restores="nothing of AWS: only what has an id of the request in it is searched for its place",
    original="86cd4a4051dd",
)(cast("Any", staticmethod(_enrich)))


def _members(self: Untyped, headers: Untyped, *, raw: bool) -> dict[str, Any]:
    """What moto takes for a query: the URL's, or else what it finds of one in the body."""
    members: dict[str, Any] = OrderedDict(parse_qs(self.parsed_url.query, keep_blank_values=True))
    if not members and self.body and not raw:
        members.update(
            (name, [value]) for name, value in parse_qsl(self.body, keep_blank_values=True)
        )
    if not members:
        members.update(self.headers if headers is None else headers)
    decoded: dict[str, Any] = responses._decode_dict(members)  # noqa: SLF001 - moto's own access
    return decoded


def _region(self: Untyped, request: Untyped, url: str) -> str:
    found = _of_region(url)
    region: str = found.group(1) if found else self.get_region_from_url(request, url)
    return region
