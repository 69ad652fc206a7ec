"""What moto's DynamoDB does with items again and again: sizes, plain values."""

from functools import cache
from typing import Final

from moto.dynamodb import responses
from moto.dynamodb.models import utilities
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LARGEST: Final = 405_000
"""Bytes of an item: as moto has it, where AWS's limit is 400 KB."""

BYTES_OF_CHARACTER: Final = 4
"""At most, in UTF-8."""


@replaces(
    LimitedSizeDict,
    "__setitem__",
    restores="nothing of AWS: an item that is small at any rate is not measured to the byte",
    original="d979580fdbe1",
)
def _set_attribute(self: Untyped, key: str, value: Untyped) -> None:
    if _at_most(self.items()) + _at_most([(key, value)]) > LARGEST:
        ORIGINALS[LimitedSizeDict, "__setitem__"](self, key, value)
    else:
        dict.__setitem__(self, key, value)


def _at_most(attributes: Untyped) -> int:
    """What so many attributes may have in bytes, and surely no more."""
    return sum(BYTES_OF_CHARACTER * len(name) + _most_of(value) for name, value in attributes)


def _most_of(value: Untyped) -> int:
    if type(value) is DynamoType:
        value = value.value
    kind = type(value)
    if kind is str or kind is bytes:
        return BYTES_OF_CHARACTER * len(value)
    if kind is bool:
        return 1
    if kind is list:
        return sum(map(_most_of, value))
    return _at_most(value.items()) if kind is dict else LARGEST + 1


@replaces(
    DynamoType,
    "size",
    restores="nothing of AWS: text in ASCII has as many bytes as characters",
    original="f7c111fca25b",
)
def _size(self: Untyped) -> Untyped:
    value = self.value
    if type(value) is str and self.type in {"S", "N"} and value.isascii():
        return len(value)
    return ORIGINALS[DynamoType, "size"](self)


@replaces(
    Item,
    "size",
    restores="nothing of AWS: likewise",
    original="9bc6ada96d33",
)
def _size_of_item(self: Untyped) -> Untyped:
    return sum(map(_bytes, self.attrs)) + sum(map(_size, self.attrs.values()))


@cache
def _bytes(name: str) -> int:
    return len(name.encode())


def _as_plain(value: Untyped) -> Untyped:
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is DynamoType and value.type not in {"B", "BS"}:
        return {value.type: _as_plain(value.value)}
    if kind is dict or kind is LimitedSizeDict:
        return {name: _as_plain(each) for name, each in value.items()}
    if kind is list:
        return [_as_plain(each) for each in value]
    return ORIGINALS[utilities, "dynamo_to_dict"](value)


for _module in (utilities, responses):
    replaces(
        _module,
        "dynamo_to_dict",
        restores="nothing of AWS: what is text, a list or a map is not asked what else it can do",
        original="80f600124c13",
    )(_as_plain)
