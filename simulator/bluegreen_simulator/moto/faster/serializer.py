"""How moto writes an answer by the model of its service: member by member, each by its shape."""

from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from moto.core.serialize import (
    DEFAULT_ALIAS_PROVIDERS,
    AttributePickerContext,
    BaseJSONSerializer,
    ResponseSerializer,
    TimestampSerializer,
    XFormedAttributePicker,
)

from bluegreen_simulator.moto.faster.client import MOST_MOMENTS
from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

NAMES: Final = "_names_in_a_dict"
"""Where they are kept with a shape, as botocore keeps its members."""

AS_IT_IS: Final[dict[str, Any]] = {
    "string": str,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}
"""Kinds of shapes, and what a value is that JSON has as it is."""


@replaces(
    ResponseSerializer,
    "get_value",
    restores="nothing of AWS: the names that an attribute may have in a dict are made up once",
    original="5ac16904b91c",
)
def _get_value(self: Untyped, value: Untyped, key: str, shape: Untyped) -> Untyped:
    picker = self._value_picker
    if type(value) is not dict or not _is_plain(picker):
        return ORIGINALS[ResponseSerializer, "get_value"](self, value, key, shape)
    names = shape.__dict__.get(NAMES)
    if names is None:
        context = AttributePickerContext(value, key, shape, self.operation_model)
        names = shape.__dict__[NAMES] = [*picker.get_possible_keys(context)]
    for name in names:
        if name in value:
            return value[name]
    return None


def _is_plain(picker: Untyped) -> bool:
    """Whether it makes up names as moto does for most services, and takes values as they are."""
    return (
        type(picker) is XFormedAttributePicker
        and not picker.response_transformers
        and picker.alias_providers is DEFAULT_ALIAS_PROVIDERS
    )


@replaces(
    ResponseSerializer,
    "_serialize",
    restores="nothing of AWS: text and numbers go into JSON as they are",
    original="4eccca5bf025",
)
def _serialize(
    self: Untyped, serialized: Untyped, value: Untyped, shape: Untyped, key: str
) -> None:
    serializer: Any = type(self)
    kind = shape.type_name
    if kind in AS_IT_IS and type(value) is AS_IT_IS[kind] and _is_json(serializer):
        serialized[shape.serialization.get("name", key)] = value
    else:
        ORIGINALS[ResponseSerializer, "_serialize"](self, serialized, value, shape, key)


@cache
def _is_json(serializer: Any) -> bool:  # noqa: ANN401 - a class of moto's
    """Whether it writes text and numbers as moto does in JSON."""
    kinds = [f"_serialize_type_{kind}" for kind in AS_IT_IS]
    names = ("_default_serialize", "get_serialized_name", *kinds)
    return all(getattr(serializer, name) is getattr(BaseJSONSerializer, name) for name in names)


@lru_cache(MOST_MOMENTS)
def _written(moment: datetime, format_: str) -> Any:  # noqa: ANN401 - text or a number
    original = ORIGINALS[TimestampSerializer, "_convert_timestamp_to_str"]
    return original(TimestampSerializer(format_), moment, format_)


@replaces(
    TimestampSerializer,
    "_convert_timestamp_to_str",
    restores="nothing of AWS: a moment that comes again and again is written once",
    original="b96950ef0449",
)
def _convert(self: Untyped, value: Untyped, timestamp_format: str) -> Untyped:
    if type(value) is datetime and type(self) is TimestampSerializer:
        return _written(value, timestamp_format)
    original = ORIGINALS[TimestampSerializer, "_convert_timestamp_to_str"]
    return original(self, value, timestamp_format)
