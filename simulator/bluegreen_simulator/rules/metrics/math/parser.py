"""Reads an expression of metric math into a function that computes it; nothing is ever executed.

Source: CloudWatch User Guide, "Metric math syntax and functions". The page leaves open which
operator binds more strongly: here OR, AND, comparisons, + and -, * and /, unary minus, ^, the
last to the right (assumed). AWS's words for what is wrong with an expression are not published.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from bluegreen_simulator.rules.metrics.math.error import MathError
from bluegreen_simulator.rules.metrics.math.functions import (
    LINEAR,
    REPEAT,
    Argument,
    Scope,
    Word,
    function_of,
)
from bluegreen_simulator.rules.metrics.math.values import Array, Value, combined, negated
from bluegreen_simulator.rules.metrics.tokens import END, Token, TokenReader, tokens_of

TOKEN: Final = re.compile(
    r"\d+(?:\.\d+)?|\.\d+|[A-Za-z_]\w*|\"[^\"]*\"|'[^']*'|==|!=|<=|>=|&&|\|\||\S", re.ASCII
)
"""A number, a word, a text in quotes or a sign; what else there is, is never expected."""

LEVELS: Final = (
    ("OR",),
    ("AND",),
    ("==", "!=", "<=", ">=", "<", ">"),
    ("+", "-"),
    ("*", "/"),
)
"""The operators between two values, from the weakest."""

SAME: Final = {"&&": "AND", "||": "OR"}
CLOSED_BY: Final = {"(": ")", "[": "]"}
DEEPEST: Final = 50
"""How deep parentheses and the like may lie in each other."""

Node = Callable[[Scope], Value]
ArgumentNode = Callable[[Scope], Argument]


@dataclass(frozen=True)
class Expression:
    """A parsed expression: which names it has, whether it asks for METRICS(), how to compute it."""

    names: frozenset[str]
    all_metrics: bool
    compute: Node


@cache
def parse(text: str) -> Expression:
    """The expression; MathError says what is wrong with it."""
    if re.match(r"\s*SELECT\b", text):
        raise MathError("A Metrics Insights query (SELECT) is not modelled yet by the simulator")
    return _Parser(text).expression()


class _Parser(TokenReader):
    def __init__(self, text: str) -> None:
        tokens = [Token(SAME.get(t.text, t.text), t.at) for t in tokens_of(text, TOKEN)]
        super().__init__(tokens, DEEPEST)
        self._names: set[str] = set()
        self._functions: set[str] = set()

    def expression(self) -> Expression:
        node = self._operators(0)
        self._expect(END)
        return Expression(frozenset(self._names), "METRICS" in self._functions, node)

    def _operators(self, level: int) -> Node:
        if level == len(LEVELS):
            return self._signed()
        first, rest = self._operators(level + 1), []
        while self._next() in LEVELS[level]:
            rest.append((self._take(), self._operators(level + 1)))
        return _chain(first, rest) if rest else first

    def _signed(self) -> Node:
        if self._next() != "-":
            return self._power()
        self._take()
        operand = self._nested(self._signed)
        return lambda scope: negated(operand(scope))

    def _power(self) -> Node:
        base = self._operand()
        if self._next() != "^":
            return base
        return _chain(base, [(self._take(), self._nested(self._signed))])

    def _operand(self) -> Node:
        token = self._next()
        if not token.isascii():
            raise self._unexpected("a value")
        if token in CLOSED_BY:
            return self._enclosed(CLOSED_BY[token])
        if token[:1].isdigit() or token[:1] == ".":
            return _constant(float(self._take()))
        if token[:1].islower():
            self._names.add(self._take())
            return lambda scope: scope.value_of(token)
        if token.isidentifier() and self._tokens[self._at + 1].text == "(":
            return self._nested(lambda: self._call(self._take()))
        raise self._unexpected("a value")

    def _enclosed(self, closing: str) -> Node:
        self._take()
        node = self._nested(self._array if closing == "]" else lambda: self._operators(0))
        self._expect(closing)
        return node

    def _array(self) -> Node:
        nodes = self._separated(lambda: self._operators(0), ",")
        return lambda scope: _flat([node(scope) for node in nodes])

    def _call(self, name: str) -> Node:
        function = function_of(name)
        self._functions.add(name)
        self._expect("(")
        arguments = [] if self._next() == ")" else self._separated(self._argument, ",")
        self._expect(")")
        _check_count(name, function, len(arguments))
        return lambda scope: function(scope, *(argument(scope) for argument in arguments))

    def _argument(self) -> ArgumentNode:
        token = self._next()
        if token in {REPEAT, LINEAR} or (token[:1] in {'"', "'"} and len(token) > 1):
            word = Word(self._take().strip("\"'"))
            return lambda _scope: word
        return self._operators(0)

    def _unexpected(self, allowed: str) -> MathError:  # noqa: ARG002 - AWS's words are not known
        found = self._next()
        return MathError(f"Unexpected '{found}'" if found else "Unexpected end of the expression")

    def _too_deep(self) -> MathError:
        return MathError("The expression is nested too deeply")


def _constant(number: float) -> Node:
    return lambda _scope: number


def _chain(first: Node, rest: list[tuple[str, Node]]) -> Node:
    """Operators of one level, from left to right; a loop, for an expression may be long."""

    def compute(scope: Scope) -> Value:
        value = first(scope)
        for sign, node in rest:
            value = combined(sign, value, node(scope), scope.missing_beside_scalar)
        return value

    return compute


def _flat(values: list[Value]) -> Array:
    """An array of time series; arrays in it are taken apart."""
    array: Array = []
    for value in values:
        if isinstance(value, float):
            raise MathError("An array holds time series, no scalars")
        array.extend(value if isinstance(value, list) else [value])
    return array


def _check_count(name: str, function: Callable[..., Value], count: int) -> None:
    arguments = list(inspect.signature(function).parameters.values())[1:]
    least = sum(argument.default is argument.empty for argument in arguments)
    if not least <= count <= len(arguments):
        allowed = f"{least}" if least == len(arguments) else f"{least} to {len(arguments)}"
        raise MathError(f"{name} takes {allowed} arguments, not {count}")
