"""Expressions of moto's DynamoDB: read once for each text, checked once, walked directly."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, Final

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing.ast_nodes import (
    DepthFirstTraverser,
    Node,
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
)
from moto.dynamodb.parsing.validators import (
    ActionCountValidator,
    ExpressionAttributeResolvingProcessor,
    OverlappingPathsValidator,
    UpdateHashRangeKeyValidator,
    Validator,
)

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ABSENT, ORIGINALS, replaces

OF_TEXT: Final = (ActionCountValidator, OverlappingPathsValidator, UpdateHashRangeKeyValidator)
"""Moto's first steps of a check, which change nothing: text, names and keys decide them alone."""

ACTIONS: Final = (
    UpdateExpressionSetAction,
    UpdateExpressionRemoveAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionAddAction,
)
"""Of whose children the first says where, and the others what."""

MOST_CONDITIONS: Final = 1000
"""How many conditions are remembered, each with its values, before all are forgotten."""

_passed: Final[set[tuple[Any, ...]]] = set()
_conditions: Final[dict[tuple[str, str, str], Any]] = {}
_is_a: Final[Callable[[Any, Any], bool]] = cache(issubclass)


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
        if value is None or type(value) is str:
            copied.__dict__[name] = value
        elif type(value) is list:
            copied.__dict__[name] = [_copy_member(each, memo) for each in value]
        else:
            copied.__dict__[name] = _copy_member(value, memo)
    return copied


def _copy_member(value: Untyped, memo: dict[int, Any]) -> Untyped:
    if value is None or type(value) is str:
        return value
    known = memo.get(id(value))
    if known is not None:
        return known
    return _copy_node(value, memo) if _is_a(type(value), Node) else deepcopy(value, memo)


@replaces(
    Validator,
    "__init__",
    restores="nothing of AWS: beside the copy to work on, the expression itself stays known",
    original="9489b532dd0f",
)
def _begin(self: Untyped, expression: Untyped, *more: Untyped, **named: Untyped) -> None:
    self.expression = expression
    ORIGINALS[Validator, "__init__"](self, expression, *more, **named)


@replaces(
    Validator,
    "validate",
    restores="nothing of AWS: what the text of an expression decides is checked once for each text",
    original="5a99f0d36c7b",
)
def _validate(self: Untyped) -> Untyped:
    names = tuple((self.expression_attribute_names or {}).items())
    of_text = (self.expression, names, tuple(self.table.table_key_attrs))
    node = self.node_to_validate
    for processor in self.processors:
        if of_text not in _passed or type(processor) not in OF_TEXT:
            node = processor.traverse(node)
    _passed.add(of_text)
    return node


@replaces(
    ExpressionAttributeResolvingProcessor,
    "pre_processing_of_child",
    restores="nothing of AWS: likewise",
    original="09b25132a241",
)
def _begin_child(self: Untyped, parent_node: Untyped, child_id: int) -> None:
    clazz: Any = type(parent_node)
    if _first(clazz, ACTIONS) is not None:
        self.resolving = child_id != 0


@replaces(
    DepthFirstTraverser,
    "traverse_node_recursively",
    restores="nothing of AWS: what is to be done with a kind of node is asked once for each kind",
    original="d7f01d9b45cf",
)
def _traverse(self: Untyped, node: Untyped, child_id: int = -1) -> Untyped:
    if not _is_a(type(node), Node):
        return node
    steps = self._processing_map()
    hook = "pre_processing_of_child"
    own = getattr(type(self), hook) is not getattr(DepthFirstTraverser, hook)
    return _walk(node, child_id, steps, tuple(steps), getattr(self, hook) if own else None)


def _walk(
    node: Untyped,
    child_id: int,
    steps: dict[Any, Callable[[Any], Any]],
    kinds: tuple[Any, ...],
    before: Callable[[Any, int], None] | None,
) -> Untyped:
    parent = node.parent
    for index, child in enumerate(node.children or ()):
        if before is not None:
            before(node, index)
        if _is_a(type(child), Node):
            _walk(child, index, steps, kinds, before)
    clazz: Any = type(node)
    kind = _first(clazz, kinds)
    if kind is not None:
        node = steps[kind](node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@cache
def _first(clazz: Any, kinds: tuple[Any, ...]) -> Any:  # noqa: ANN401 - classes of moto's
    """The first of the kinds that a class is of; None where it is of none."""
    return next((kind for kind in kinds if issubclass(clazz, kind)), None)


@replaces(
    ConditionExpressionParser,
    "parse",
    restores="nothing of AWS: moto reads the condition of one call up to five times",
    original="5c9b63c5f49e",
)
def _parse(self: Untyped) -> Untyped:
    names, values = self.expression_attribute_names, self.expression_attribute_values
    text = (self.condition_expression or "", repr(names or {}), repr(values or {}))
    if text not in _conditions:
        if len(_conditions) >= MOST_CONDITIONS:
            _conditions.clear()
        _conditions[text] = _parsed(text[0], names, deepcopy(values))
    condition, names_found, values_found = _conditions[text]
    self.expr_attr_names_found.extend(names_found)
    self.expr_attr_values_found.extend(values_found)
    return condition


def _parsed(expression: str, names: Untyped, values: Untyped) -> Untyped:
    """A condition, which never changes, and the names and values in it; the values are its own."""
    parser = ConditionExpressionParser(expression, names, values)
    condition = ORIGINALS[ConditionExpressionParser, "parse"](parser)
    return condition, [*parser.expr_attr_names_found], [*parser.expr_attr_values_found]
