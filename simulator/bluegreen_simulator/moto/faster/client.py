"""What botocore does for each call and need not: signing with made-up keys, finding the endpoint.

The request that comes out is the same, header for header; a client that signs, or to whose
requests somebody listens, goes botocore's own way.
"""

import time
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final

from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.endpoint import Endpoint
from botocore.handlers import (  # type: ignore[attr-defined] # the first is there
    _set_auth_scheme_preference_signer,
    add_retry_headers,
    set_operation_specific_signer,
)
from botocore.hooks import EventAliaser
from botocore.parsers import BaseJSONParser
from botocore.regions import EndpointRulesetResolver
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from moto.core.parse import BaseJSONParser as MotosJSONParser

from bluegreen_simulator.moto.faster.headers import key_of
from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

OF_REQUESTS: Final = {
    RequestSigner.handler,
    UserAgentString.rebuild_and_replace_user_agent_handler,
    add_retry_headers,
}
OF_SIGNERS: Final = {set_operation_specific_signer, _set_auth_scheme_preference_signer}
"""Who listens to a request of every client: botocore's own."""

SCALARS: Final = ("string", "integer", "long", "float", "double", "boolean")
"""The kinds of shapes that have nothing in them, but for moments and bytes."""

MOST_MOMENTS: Final = 4096
"""How many moments are remembered."""

EMITTER: Final[Any] = EventAliaser


class _Bare:
    """As much of an AWSRequest as botocore's own listeners touch, but for the signer."""

    class Headers(dict[str, Any]):
        """Those of a request; each has one value."""

        def replace_header(self, name: str, value: str) -> None:
            """Put another value in its place."""
            self[name] = value

    def __init__(self, params: Untyped) -> None:
        self.headers, self.context = _Bare.Headers(params["headers"]), params["context"]


@replaces(
    Endpoint,
    "create_request",
    restores="nothing of AWS: a request that is not signed is made in one go",
    original="3896032f73c0",
)
def _create_request(self: Untyped, params: Untyped, operation_model: Untyped = None) -> Untyped:
    original = ORIGINALS[Endpoint, "create_request"]
    if operation_model is None or type(params["body"]) is not bytes or params["method"] != "POST":
        return original(self, params, operation_model)
    name = f"{operation_model.service_model.service_id.hyphenize()}.{operation_model.name}"
    others = _others(self._event_emitter, name)
    if others is None or params["context"].get("auth_type") not in {None, "none"}:
        return original(self, params, operation_model)
    bare = _Bare(params)
    for listener in others:
        listener(request=bare, operation_name=operation_model.name)
    return AWSPreparedRequest(
        "POST",
        params["url"],
        _headers(bare.headers, params["body"]),
        params["body"] or None,
        operation_model.has_streaming_output or operation_model.has_event_stream_output,
        bare.context,
    )


def _headers(given: dict[str, Any], body: bytes) -> Untyped:
    headers: Any = HeadersDict()
    by_key = headers._dict  # noqa: SLF001 - MutableMapping makes a key for each look
    for name, value in given.items():
        by_key[key_of(name)] = value.encode() if isinstance(value, str) else value
    if key_of("Transfer-Encoding") not in by_key:
        by_key.setdefault(key_of("Content-Length"), str(len(body)))
    return headers


def _others(emitter: Untyped, name: str) -> Untyped:
    """Who is to be told of a new request, beside the signer; None where it must be signed.

    Where the emitter keeps its listeners by event, which it forgets when it gets another one.
    """
    if type(emitter) is not EMITTER:
        return None
    core, key = emitter._emitter, ("requests that are not signed", name)  # noqa: SLF001
    if key not in core._lookup_cache:  # noqa: SLF001
        others = _unless_signed(emitter, name)
        core._lookup_cache[key] = others  # noqa: SLF001
    return core._lookup_cache[key]  # noqa: SLF001


def _unless_signed(emitter: Untyped, name: str) -> Untyped:
    def listeners(event: str) -> list[Any]:
        return list(_listeners(emitter, f"{event}.{name}"))

    created = listeners("request-created")
    signers = [each for each in created if _function(each) is RequestSigner.handler]
    ours = {*map(_function, created)} <= OF_REQUESTS and not listeners("before-sign")
    ours = ours and {*map(_function, listeners("choose-signer"))} <= OF_SIGNERS
    if not ours or any(each.__self__._signature_version is not UNSIGNED for each in signers):  # noqa: SLF001
        return None
    return [each for each in created if each not in signers]


def _function(listener: Untyped) -> Untyped:
    return getattr(listener, "__func__", listener)


@replaces(
    EndpointRulesetResolver,
    "construct_endpoint",
    restores="nothing of AWS: the endpoint of the same parameters is the same, and is found once",
    original="fea12b203344",
)
def _construct_endpoint(
    self: Untyped,
    operation_model: Untyped,
    call_args: Untyped,
    request_context: Untyped,
) -> Untyped:
    find = ORIGINALS[EndpointRulesetResolver, "construct_endpoint"]
    given = operation_model.context_parameters
    by_path = operation_model.operation_context_parameters
    if len(given) > 1 or by_path or _listens(self._event_emitter, operation_model):
        return find(self, operation_model, call_args, request_context)
    deciding = [(call_args or {}).get(parameter.member_name) for parameter in given]
    account = [value() for value in self._builtins.values() if callable(value)]
    key = ("construct_endpoint", operation_model.name, *deciding, *account)
    if key not in self._instance_cache:
        found = find(self, operation_model, call_args, request_context)
        self._instance_cache[key] = found
    return self._instance_cache[key]


def _listens(emitter: Untyped, operation_model: Untyped) -> bool:
    service = operation_model.service_model.service_id.hyphenize()
    return type(emitter) is not EMITTER or bool(
        _listeners(emitter, f"before-endpoint-resolution.{service}")
    )


def _listeners(emitter: Untyped, event: str) -> Untyped:
    """Who listens to the event, as botocore itself finds and remembers them."""
    core, name = emitter._emitter, emitter._alias_event_name(event)  # noqa: SLF001
    if name not in core._lookup_cache:  # noqa: SLF001
        core._lookup_cache[name] = core._handlers.prefix_search(name)  # noqa: SLF001
    return core._lookup_cache[name]  # noqa: SLF001


def _members(shape: Untyped) -> list[tuple[str, str, Any]]:
    """The names of a structure's members, their names in JSON, and their shapes.

    Kept with the shape, as botocore keeps its `members`, until somebody adds to these.
    """
    found: list[tuple[str, str, Any]] | None = shape.__dict__.get("_members_in_json")
    if found is None or len(found) != len(shape.members):
        found = [(name, m.serialization.get("name", name), m) for name, m in shape.members.items()]
        shape.__dict__["_members_in_json"] = found
    return found


def _parsed(parser: Untyped, shape: Untyped, value: Untyped, reader: str) -> dict[str, Any]:
    """The members that are there, in the order of the model."""
    clazz: Any = type(parser)
    parse, plain = parser._parse_shape, _plain(clazz, reader)  # noqa: SLF001
    return {
        name: value[in_json] if member.type_name in plain else parse(member, value[in_json])
        for name, in_json, member in _members(shape)
        if in_json in value and value[in_json] is not None
    }


@cache
def _plain(parser: type[Any], reader: str) -> frozenset[str]:
    """The kinds of shapes whose values a parser takes as they are: nothing of it reads them."""
    return frozenset(kind for kind in SCALARS if not hasattr(parser, f"{reader}{kind}"))


@cache
def _handler(parser: type[Any], kind: str) -> str | None:
    """The name of what reads such a shape; None where a value is taken as it is."""
    name = f"_handle_{kind}"
    return name if hasattr(parser, name) else None


@replaces(
    BaseJSONParser,
    "_parse_shape",
    restores="nothing of AWS: text and numbers are taken as they are without looking for a reader",
    original="448f05949c38",
)
def _parse_shape(self: Untyped, shape: Untyped, node: Untyped) -> Untyped:
    parser: Any = type(self)
    handler = _handler(parser, shape.type_name)
    return node if handler is None else getattr(self, handler)(shape, node)


@lru_cache(MOST_MOMENTS)
def _moment(parse: Callable[[Any], Any], seconds: float, zone: Untyped) -> Untyped:
    del zone  # a moment is told in the zone of the process, which may become another
    return parse(seconds)


@replaces(
    BaseJSONParser,
    "_handle_timestamp",
    restores="nothing of AWS: a moment that comes again and again is read once",
    original="eceae544e4ee",
)
def _handle_timestamp(self: Untyped, _: Untyped, value: Untyped) -> Untyped:
    if type(value) is not float and type(value) is not int:
        return self._timestamp_parser(value)
    return _moment(self._timestamp_parser, value, (time.tzname, time.timezone, time.altzone))


@replaces(
    BaseJSONParser,
    "_handle_list",
    restores="nothing of AWS: likewise, of a whole list",
    original="7e734103cb64",
)
def _handle_list(self: Untyped, shape: Untyped, node: Untyped) -> Untyped:
    parser: Any = type(self)
    if shape.member.type_name in _plain(parser, "_handle_"):
        return [*node]
    return ORIGINALS[BaseJSONParser, "_handle_list"](self, shape, node)


@replaces(
    BaseJSONParser,
    "_handle_structure",
    restores="nothing of AWS: how a structure's members are called in JSON is looked up once",
    original="c0149450e982",
)
def _handle_structure(self: Untyped, shape: Untyped, value: Untyped) -> Untyped:
    if not isinstance(value, dict) or shape.is_document_type or shape.is_tagged_union:
        return ORIGINALS[BaseJSONParser, "_handle_structure"](self, shape, value)
    return _parsed(self, shape, value, "_handle_")


@replaces(
    MotosJSONParser,
    "_parse_structure",
    restores="nothing of AWS: how a structure's members are called in JSON is looked up once",
    original="2de165721ba4",
)
def _parse_structure(self: Untyped, shape: Untyped, value: Untyped) -> Untyped:
    if self.MAP_TYPE is not dict or not isinstance(value, dict) or shape.is_document_type:
        return ORIGINALS[MotosJSONParser, "_parse_structure"](self, shape, value)
    return _parsed(self, shape, value, "_parse_")
