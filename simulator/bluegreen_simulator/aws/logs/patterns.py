"""CloudWatch Logs: which messages a filter pattern means.

CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter
log events, and Live Tail". Modelled are terms (`ERROR`, `"two words"`, `-not`, `?either ?or`) and
JSON (`{ $.level = "ERROR" && $.count > 3 }`); regular expressions and space-delimited patterns are
refused by name.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

Matches = Callable[[str], bool]
"""Whether a message is meant."""

TERM: Final = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|([\w.:/@$#-]+))(?:\s+|$)')
TOKEN: Final = re.compile(
    r'\s*(?:(&&|\|\||\(|\)|!=|<=|>=|=|<|>)|(\$(?:\.[\w-]+|\[\d+\]|\.?\["[^"]*"\])+)'
    r'|"((?:[^"\\]|\\.)*)"|([\w.*:/@+-]+))'
)
STEP: Final = re.compile(r'\.([\w-]+)|\[(\d+)\]|\.?\["([^"]*)"\]')
COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
CONSTANTS: Final = {"NULL": None, "TRUE": True, "FALSE": False}


class PatternRefused(Exception):
    """A pattern that is no pattern, or that is not modelled; in words for who gave it."""


_ABSENT: Final = object()


def compiled(pattern: str) -> Matches:
    """The pattern as a question of a message; an empty one means every message."""
    text = pattern.strip()
    if text.startswith("["):
        raise _not_modelled("A space-delimited filter pattern")
    if "%" in text:
        raise _not_modelled("A regular expression in a filter pattern")
    return _Json(text).compiled() if text.startswith("{") else _terms(text)


def _not_modelled(what: str) -> PatternRefused:
    return PatternRefused(f"{what} is not modelled in the embedded AWS.")


def _terms(text: str) -> Matches:
    found: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        match = TERM.match(text, at)
        if match is None:
            raise PatternRefused(f"Invalid character(s) in term '{text[at:]}'")
        sign, quoted, plain = match.groups()
        found[sign].append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = match.end()
    return partial(_has_terms, found)


def _has_terms(found: Mapping[str, list[str]], message: str) -> bool:
    """Optional terms count where there are no others, as the guide says."""
    if found["?"] and not found[""] and not found["-"]:
        return any(term in message for term in found["?"])
    return all(t in message for t in found[""]) and not any(t in message for t in found["-"])


class _Json:
    """A JSON pattern, read from left to right; `&&` binds more strongly than `||`."""

    def __init__(self, text: str) -> None:
        if not text.endswith("}"):
            raise PatternRefused(f"Invalid filter pattern '{text}'")
        self._text = text
        self._tokens = self._split(text[1:-1].strip())

    def compiled(self) -> Matches:
        """Every token of it has its place."""
        condition = self._any()
        if self._tokens:
            raise self._wrong()
        return lambda message: condition(_document(message))

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, at = [], 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise self._wrong()
            operator_, path, quoted, word = match.groups()
            kind = "operator" if operator_ else "path" if path else "word" if word else "text"
            tokens.append((kind, operator_ or path or word or quoted or ""))
            at = match.end()
        return tokens

    def _wrong(self) -> PatternRefused:
        return PatternRefused(f"Invalid filter pattern '{self._text}'")

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._wrong()
        return self._tokens.pop(0)

    def _takes(self, token: str) -> bool:
        found = bool(self._tokens) and self._tokens[0] == ("operator", token)
        if found:
            self._tokens.pop(0)
        return found

    def _any(self) -> Callable[[Any], bool]:
        parts = [self._all()]
        while self._takes("||"):
            parts.append(self._all())
        return lambda document: any(part(document) for part in parts)

    def _all(self) -> Callable[[Any], bool]:
        parts = [self._one()]
        while self._takes("&&"):
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Callable[[Any], bool]:
        if self._takes("("):
            inner = self._any()
            if not self._takes(")"):
                raise self._wrong()
            return inner
        kind, path = self._next()
        if kind != "path":
            raise self._wrong()
        holds = self._condition()
        return lambda document: holds(_selected(document, path))

    def _condition(self) -> Callable[[Any], bool]:
        kind, word = self._next()
        if kind == "operator":
            return self._comparison(word)
        follows = self._next()[1].upper()
        if word.upper() == "NOT" and follows == "EXISTS":
            return lambda value: value is _ABSENT
        if word.upper() == "IS" and follows in CONSTANTS:
            return lambda value: value is CONSTANTS[follows]
        raise self._wrong()

    def _comparison(self, sign: str) -> Callable[[Any], bool]:
        kind, given = self._next()
        if kind not in {"text", "word"} or sign not in {"=", "!=", *COMPARED}:
            raise self._wrong()
        if sign == "=":
            return lambda value: _is(value, given)
        if sign == "!=":
            return lambda value: value is not _ABSENT and not _is(value, given)
        number = _number(given)
        if number is None:
            raise self._wrong()
        return lambda value: _is_number(value) and COMPARED[sign](value, number)


def _document(message: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(message)
    except ValueError:
        return _ABSENT


def _selected(document: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    for name, index, quoted in STEP.findall(path):
        try:
            document = document[int(index)] if index else document[name or quoted]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return document


def _is(value: Any, given: str) -> bool:  # noqa: ANN401 - any JSON
    """Whether a text is as given, in which `*` is any text, or a number is that number."""
    if _is_number(value):
        return bool(value == _number(given))
    wanted = ".*".join(map(re.escape, given.split("*")))
    return isinstance(value, str) and re.fullmatch(wanted, value, re.DOTALL) is not None


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
