"""Names of operations, members and moments: moto looks at each letter of them at each call."""

import re
from functools import lru_cache
from typing import Any, Final

import xmltodict
from botocore import utils
from moto.core.responses import BaseResponse
from moto.sqs import models as sqs

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

NAMES: Final = 4096
"""Names that are remembered: those of the models that are used, and keys of people's tags."""

MOMENTS: Final = 1024
"""Moments that are remembered."""

IN_FULL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
"""A moment that leaves nothing to the day or the zone in which it is read."""

OPERATION: Final = "the operation that bluegreen has found"


replaces(
    sqs,
    "camelcase_to_underscores",
    restores="nothing of AWS: what an attribute of a queue is called is made up once",
    original="084cdc5bab92",
)(lru_cache(NAMES)(sqs.camelcase_to_underscores))


@lru_cache(NAMES)
def _valid(value: str, kind: str) -> None:
    ORIGINALS[xmltodict, "_validate_name"](value, kind)


@replaces(
    xmltodict,
    "_validate_name",
    restores="nothing of AWS: whether XML takes a name is looked at once",
    original="f8fa0a9b1ebc",
)
def _validate_name(value: Untyped, kind: str) -> None:
    check: Any = _valid if type(value) is str else ORIGINALS[xmltodict, "_validate_name"]
    check(value, kind)


@replaces(
    BaseResponse,
    "_get_action_from_method_and_request_uri",
    restores="nothing of AWS: the operation of a request is looked for once, not four times",
    original="2642f0e466dc",
)
def _operation(self: Untyped, request: Untyped) -> Untyped:
    kept = vars(request)
    found = kept.get(OPERATION)
    if found is None:
        original = ORIGINALS[BaseResponse, "_get_action_from_method_and_request_uri"]
        name = original(self, request)
        if name is not None:
            kept[OPERATION] = (self.boto3_service_name, name, self.uri_match)
        return name
    service, name, self.uri_match = found
    assert service == self.boto3_service_name
    return name


@lru_cache(MOMENTS)
def _moment(text: str, zone: Untyped) -> Untyped:
    return ORIGINALS[utils, "_parse_timestamp_with_tzinfo"](text, zone)


@replaces(
    utils,
    "_parse_timestamp_with_tzinfo",
    restores="nothing of AWS: a moment written in full is read once",
    original="dc76511bfbc4",
)
def _read_moment(value: Untyped, tzinfo: Untyped) -> Untyped:
    in_full = type(value) is str and IN_FULL.fullmatch(value)
    read = _moment if in_full else ORIGINALS[utils, "_parse_timestamp_with_tzinfo"]
    return read(value, tzinfo)
