"""What moto's DynamoDB does with items and expressions again and again: sizes, copies, walks."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, Final

from moto.dynamodb import responses
from moto.dynamodb.models import utilities
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ABSENT, ORIGINALS, replaces

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
    Node,
    "__deepcopy__",
    restores="nothing of AWS: a node is copied member by member, as Python would do by detours",
    original=ABSENT,
)
def _copy_node(self: Untyped, memo: dict[int, Any]) -> Untyped:
    copied = object.__new__(type(self))
    memo[id(self)] = copied
    for name, value in vars(self).items():
        plain = value is None or type(value) is str
        copied.__dict__[name] = value if plain else deepcopy(value, memo)
    return copied


_is_a: Final[Callable[[Any, Any], bool]] = cache(issubclass)


@replaces(
    DepthFirstTraverser,
    "traverse_node_recursively",
    restores="nothing of AWS: what kind of node one is, is asked once for each class",
    original="d7f01d9b45cf",
)
def _traverse(self: Untyped, node: Untyped, child_id: int = -1) -> Untyped:
    if not _is_a(type(node), Node):
        return node
    parent = node.parent
    for index, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, index)
        self.traverse_node_recursively(child, index)
    if _is_a(type(node), self.nodes_to_be_processed()):
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


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
