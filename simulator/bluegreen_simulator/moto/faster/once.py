"""What moto reads, parses and searches at each call is read, parsed and searched once."""

import json
from base64 import b64encode
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
import botocore.session
from botocore.loaders import Loader, instance_cache
from moto.core import responses, utils
from moto.core.base_backend import AccountSpecificBackend
from moto.core.loaders import create_loader
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.responses import DynamoHandler

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

ABOUT_ITEMS: Final = frozenset({"GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem"})
HEADERS: Final = {"Content-Type": "application/x-amz-json-1.0"}


@cache
def _method_names(clazz: type[object]) -> list[str]:
    names: list[str] = ORIGINALS[responses, "method_names_from_class"](clazz)
    return names


replaces(
    responses,
    "method_names_from_class",
    restores="nothing of AWS: a class is searched for its methods once, not at each call",
    original="9dbac89d082b",
)(_method_names)


class _Loader(Loader):
    """Finds botocore's models, and remembers them."""

    @instance_cache
    def list_available_services(self, type_name: str) -> list[str]:
        """The services with a model, of whatever type: botocore looks into 400 folders for each."""
        del type_name
        folders = [Path(path) for path in self.search_paths if Path(path).is_dir()]
        return sorted({path.name for folder in folders for path in folder.iterdir()})


LOADER: Final = _Loader()


@cache
def session() -> boto3.Session:
    """The session of all clients, and moto's: each model is loaded once in a process."""
    core = botocore.session.get_session()
    core.register_component("data_loader", LOADER)
    return boto3.Session(botocore_session=core)


replaces(
    AccountSpecificBackend,
    "get_session",
    restores="nothing of AWS: the list of regions is read once",
    original="ff565ab3a09c",
)(staticmethod(session))


@replaces(
    utils,
    "_load_service_model",
    restores="nothing of AWS: a model is loaded once, for the client and for moto",
    original="f3e61be0fc70",
)
def _load_service_model(service_name: str, model_name: str) -> dict[str, Any]:
    """From moto's own loader where moto has something to add to the model."""
    moto = create_loader()
    version = LOADER.determine_latest_version(service_name, model_name)
    if any(moto._find_extras(service_name, model_name, version)):  # noqa: SLF001 - moto's
        return dict(ORIGINALS[utils, "_load_service_model"](service_name, model_name))
    return dict(LOADER.load_service_model(service_name, model_name))


@replaces(
    DynamoHandler,
    "serialized",
    restores="nothing of AWS: items are written as they are; moto tries ten names per attribute",
    original="af486a0ef132",
)
def _serialized(self: Any, action_result: Any) -> Any:  # noqa: ANN401 - moto has no types
    result = action_result.result
    if not isinstance(result, dict) or self._get_action() not in ABOUT_ITEMS:
        return ORIGINALS[DynamoHandler, "serialized"](self, action_result)
    body = json.dumps(result, default=_in_json)
    return 200, HEADERS | self.response_headers, body


def _in_json(value: Any) -> Any:  # noqa: ANN401 - moto has no types
    return b64encode(value).decode() if isinstance(value, bytes) else DynamoType.to_json(value)


@replaces(
    DynamoType,
    "__deepcopy__",
    restores="nothing of AWS: a string or a number is copied without asking what it holds",
    original="9b2947b28c81",
)
def _copy_value(self: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - moto has no types
    if not isinstance(self.value, str):
        return ORIGINALS[DynamoType, "__deepcopy__"](self, memo)
    copied = DynamoType.__new__(DynamoType)
    copied.type, copied.value = self.type, self.value
    return copied


@replaces(
    Item,
    "__deepcopy__",
    restores="nothing of AWS: each value of an item is copied at once",
    original="7621d16ad7ce",
)
def _copy_item(self: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - moto has no types
    copied = object.__new__(Item)  # moto keeps every other one until the next reset
    copied.hash_key = deepcopy(self.hash_key, memo)
    copied.range_key = deepcopy(self.range_key, memo)
    copied.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
    for name, value in self.attrs.items():
        dict.__setitem__(copied.attrs, name, _copy_value(value, memo))
    return copied


@replaces(
    Table,
    "all_items",
    restores="nothing of AWS: items are sorted by what their keys hold, read once for each item",
    original="c80d2ee3c896",
)
def _all_items(self: Any) -> list[Any]:  # noqa: ANN401 - moto has no types
    if not self.range_key_attr:
        return sorted(self.items.values(), key=lambda item: item.hash_key.cast_value)
    items = [item for items in self.items.values() for item in items.values()]
    return sorted(items, key=lambda item: (item.hash_key.cast_value, item.range_key.cast_value))


@cache
def _parse_update(expression: str) -> Any:  # noqa: ANN401 - moto has no types
    return ORIGINALS[UpdateExpressionParser, "make"].__func__(UpdateExpressionParser, expression)


replaces(
    UpdateExpressionParser,
    "make",
    restores="nothing of AWS: an expression is parsed once; moto works on copies of the result",
    original="2c00ed96d6e1",
)(staticmethod(_parse_update))
