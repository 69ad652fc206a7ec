"""The AlarmRule of a composite alarm: which states of which alarms make it go to ALARM.

Source: API reference, `PutCompositeAlarm`; CloudWatch User Guide, "Creating a composite alarm".
AWS's words for an error are as seen in public reports. Assumed: AND binds more strongly than OR,
and what stands in the place of a token where the rule ends.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from bluegreen_simulator.rules.alarms.rule import AlarmState
from bluegreen_simulator.rules.metrics.tokens import END, TokenReader, tokens_of

MOST_CHILDREN: Final = 100
MOST_ELEMENTS: Final = 500
DEEPEST: Final = 100
TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|[^\s()"]+|\S')
START: Final = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"
ARN: Final = re.compile(r"arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(.+)")

States = Mapping[str, str]
Node = Callable[[States], bool]


class AlarmRuleError(ValueError):
    """A rule that CloudWatch refuses."""


@dataclass(frozen=True)
class AlarmRule:
    """A parsed rule: the alarms or ARNs in it, in their order, and whether it holds."""

    references: tuple[str, ...]
    holds: Node


@cache
def parse_rule(text: str) -> AlarmRule:
    """The rule; AlarmRuleError says what is wrong, NotImplementedError what is not modelled."""
    if text != text.strip():
        raise AlarmRuleError("AlarmRule must not contain leading or trailing whitespace or be null")
    return _Parser(text).rule()


def name_in(reference: str) -> str:
    """The name of the alarm that a reference means, which may be an ARN."""
    found = ARN.fullmatch(reference)
    return found[1] if found else reference


class _Parser(TokenReader):
    def __init__(self, text: str) -> None:
        super().__init__(tokens_of(text, TOKEN), DEEPEST)
        self._elements = 0
        self._references: dict[str, None] = {}

    def rule(self) -> AlarmRule:
        node = self._any()
        if self._next() != END:
            raise self._unexpected("'AND' or 'OR'")
        if len(self._references) > MOST_CHILDREN:
            raise AlarmRuleError(f"AlarmRule must not have more than {MOST_CHILDREN} child alarms")
        if self._elements > MOST_ELEMENTS:
            raise AlarmRuleError(f"AlarmRule must not have more than {MOST_ELEMENTS} elements")
        return AlarmRule(tuple(self._references), node)

    def _any(self) -> Node:
        nodes = self._separated(self._all, "OR")
        return lambda states: any(node(states) for node in nodes)

    def _all(self) -> Node:
        nodes = self._separated(self._negated, "AND")
        return lambda states: all(node(states) for node in nodes)

    def _negated(self) -> Node:
        if self._next() != "NOT":
            return self._operand()
        self._take()
        node = self._nested(self._negated)
        return lambda states: not node(states)

    def _operand(self) -> Node:
        token = self._next()
        self._elements += 1
        if token == "(":  # noqa: S105 - a parenthesis
            self._take()
            node = self._nested(self._any)
            self._expect(")")
            return node
        if token.upper() in {"TRUE", "FALSE"}:
            return _constant(self._take().upper() == "TRUE")
        if token in list(AlarmState):
            return self._state(self._take())
        if token == "AT_LEAST":  # noqa: S105 - a function
            raise NotImplementedError("AT_LEAST in an AlarmRule")
        raise self._unexpected(START)

    def _state(self, state: str) -> Node:
        self._expect("(")
        reference = self._next()
        if reference in {END, "(", ")", '"'}:
            raise self._unexpected("an alarm name or ARN")
        name = _unquoted(self._take())
        self._expect(")")
        self._references[name] = None
        return lambda states: states[name_in(name)] == state

    def _unexpected(self, allowed: str) -> AlarmRuleError:
        token = self._tokens[self._at]
        found = f"'{token.text or '<end>'}' at char {token.at}"
        return AlarmRuleError(f"Error in AlarmRule [Unsupported token {found}, must be: {allowed}]")

    def _too_deep(self) -> AlarmRuleError:
        return AlarmRuleError("AlarmRule is nested too deeply")


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[0] == '"' else token


def _constant(value: bool) -> Node:  # noqa: FBT001 - the value itself
    return lambda _states: value
