"""The shape of JSON input, as data: what is allowed where, and the finding when it is not so."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeIs

from bluegreen.contract.findings import Finding
from bluegreen.contract.text import QUOTE_LENGTH, quoted

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half of a character, which JSON can hold and nothing that is sent or stored can."""


@dataclass(frozen=True)
class Text:
    """A string of at most `longest` characters; `pattern` must match all of it.

    `words` say what is allowed where the length alone does not.
    """

    longest: int
    pattern: str = ".*"
    words: str = ""

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if not isinstance(value, str):
            yield wrong_type(path, value, "a string")
        elif len(value) > self.longest:
            yield _out_of_bounds(path, f"has {len(value)} characters", self._allowed)
        elif not re.fullmatch(self.pattern, value, re.DOTALL) or _LONE_SURROGATE.search(value):
            yield not_allowed(path, value, self._allowed)

    @property
    def _allowed(self) -> str:
        return self.words or f"a string of at most {self.longest} characters"


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    values: tuple[str, ...]

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if value not in self.values or not isinstance(value, str):
            yield not_allowed(path, value, one_of(self.values))


def is_whole(value: object) -> TypeIs[int | float]:
    """Whether a value is a whole number; JSON and JSON Schema count 600.0 as one, too."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class Whole:
    """A whole number in a range, in figures or as 600.0; `most` None is no limit."""

    least: int
    most: int | None = None
    unit: str = ""

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if not is_whole(value):
            yield wrong_type(path, value, f"a whole number {self._range()}")
        elif value < self.least or (self.most is not None and value > self.most):
            yield not_allowed(path, value, f"a whole number {self._range()}")

    def _range(self) -> str:
        bounds = (
            f"of at least {self.least}"
            if self.most is None
            else f"from {self.least} to {self.most}"
        )
        return f"{bounds} {self.unit}".strip()


@dataclass(frozen=True)
class Number:
    """A number in a range, whole or not."""

    least: float
    most: float
    unit: str = ""

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield wrong_type(path, value, self._allowed)
        elif not self.least <= value <= self.most:
            yield not_allowed(path, value, self._allowed)

    @property
    def _allowed(self) -> str:
        return f"a number from {self.least:g} to {self.most:g} {self.unit}".strip()


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if not isinstance(value, bool):
            yield wrong_type(path, value, "true or false")


@dataclass(frozen=True)
class ListOf:
    """A list with a number of items in a range, all of one shape."""

    item: "Shape"
    least: int
    most: int

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if not isinstance(value, list):
            yield wrong_type(path, value, f"a list of {self.least} to {self.most} items")
            return
        if not self.least <= len(value) <= self.most:
            allowed = f"{self.least} to {self.most} items"
            yield _out_of_bounds(path, f"has {_counted(value)}", allowed)
            return
        for index, item in enumerate(value):
            yield from self.item.check(item, f"{path}[{index}]")


@dataclass(frozen=True)
class Structure:
    """An object with known members.

    `what` names the whole of it at the beginning of a sentence, where there is no path.
    """

    members: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()
    what: str = "The request"

    def check(self, value: object, path: str = "") -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if not isinstance(value, dict):
            yield wrong_type(path or self.what, value, "an object")
            return
        for name, content in value.items():
            place = f"{path}.{name}" if path else str(name)
            if name not in self.members:
                yield self._unknown(place)
            else:
                yield from self.members[name].check(content, place)
        for name in self.required:
            if name not in value:
                yield missing(f"{path}.{name}" if path else name)

    def _unknown(self, place: str) -> Finding:
        shown = place if len(place) <= QUOTE_LENGTH else f"…{place[1 - QUOTE_LENGTH :]}"
        fix = f"Allowed here: {', '.join(self.members)}."
        return Finding("unknown-member", "ERROR", f"Unknown member {quoted(shown)}.", fix)


@dataclass(frozen=True)
class WordOrList:
    """One of a few words, or a list."""

    word: Choice
    items: ListOf

    def check(self, value: object, path: str) -> Iterator[Finding]:
        """Yield a finding for each fault of `value`, which stands at `path`."""
        if isinstance(value, list):
            yield from self.items.check(value, path)
        elif isinstance(value, str):
            yield from self._check_word(value, path)
        else:
            yield wrong_type(path, value, self._allowed)

    def _check_word(self, value: str, path: str) -> Iterator[Finding]:
        if value not in self.word.values:
            yield not_allowed(path, value, self._allowed)

    @property
    def _allowed(self) -> str:
        words = ", ".join(self.word.values)
        return f"{words}, or a list of {self.items.least} to {self.items.most} items"


Shape = Text | Choice | Whole | Number | Flag | ListOf | Structure | WordOrList


def with_whole_numbers(value: object, shape: Shape) -> object:
    """`value` with an int wherever its shape wants a whole number: boto3 refuses 600.0."""
    match shape:
        case Whole() if is_whole(value):
            return int(value)
        case WordOrList(items=items) if isinstance(value, list):
            return with_whole_numbers(value, items)
        case ListOf(item=item) if isinstance(value, list):
            return [with_whole_numbers(each, item) for each in value]
        case Structure(members=members) if isinstance(value, dict):
            return {
                name: with_whole_numbers(content, members[name]) if name in members else content
                for name, content in value.items()
            }
    return value


def wrong_type(path: str, value: object, allowed: str) -> Finding:
    """`path` holds a value of another type."""
    message = f"{path} is {quoted(value)}, which has the wrong type."
    return Finding("wrong-type", "ERROR", message, f"Allowed: {allowed}.")


def not_allowed(path: str, value: object, allowed: str) -> Finding:
    """`path` holds a value of the right type that is not allowed."""
    return _out_of_bounds(path, f"is {quoted(value)}", allowed)


def _out_of_bounds(path: str, found: str, allowed: str) -> Finding:
    message = f"{path} {found}, which is not allowed."
    return Finding("value-not-allowed", "ERROR", message, f"Allowed: {allowed}.")


def missing(path: str, why: str = "") -> Finding:
    """`path` has to be there, and is not."""
    return Finding("missing-member", "ERROR", f"{path} is missing{why}.", f"Add {path}.")


def one_of(values: Sequence[str]) -> str:
    """Words to choose from: `A`, `A or B`, `A, B or C`."""
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last


def _counted(items: Sequence[object]) -> str:
    return "1 item" if len(items) == 1 else f"{len(items)} items"
