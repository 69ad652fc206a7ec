"""Makes names, values and messages that people or AWS wrote safe to print."""

import re
from collections.abc import Sequence
from typing import Final

QUOTE_LENGTH: Final = 80
SENTENCE_LENGTH: Final = 500
MOST_LINES: Final = 20
LINES_LENGTH: Final = 2000
_IN_JSON: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
"""Texts, and what opens and closes lists and objects between them."""


def plain(text: str, length: int = SENTENCE_LENGTH) -> str:
    """`text` in one line without control characters, cut to `length` characters."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return cut(" ".join(printable.split()), length)


def cut(text: str, length: int) -> str:
    """At most `length` characters of `text`; an ellipsis marks a cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def first_of(lines: Sequence[str]) -> list[str]:
    """The first 20 of some lines, as far as 2,000 characters reach."""
    return cut("\n".join(lines[:MOST_LINES]), LINES_LENGTH).split("\n") if lines else []


def quoted(value: object) -> str:
    """A name or value for a message: bounded, in one line, in quotes if it is text."""
    text = plain(value if isinstance(value, str) else _shown(value), QUOTE_LENGTH)
    return f'"{text}"' if isinstance(value, str) else text


def _shown(value: object) -> str:
    """Python shows no number of more than 4,300 digits, and nothing that is nested too deeply."""
    try:
        return repr(value)
    except (RecursionError, ValueError):
        return "a number of too many digits" if isinstance(value, int) else "too much to show"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names for a message: the first of them, and how many more there are."""
    shown = [quoted(name) for name in names[:most]]
    rest = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join(shown + rest)


def and_listed(names: Sequence[str], most: int = 9) -> str:
    """Names within a sentence: `"a", "b" and "c"`, or the first of them and how many more."""
    shown = [quoted(name) for name in names[:most]]
    rest = f"{len(names) - most} more" if len(names) > most else shown.pop()
    return f"{', '.join(shown)} and {rest}" if shown else rest


def is_nested_deeper(text: str, most: int) -> bool:
    """Whether a JSON text opens more than `most` lists and objects within each other."""
    depth = 0
    for mark in _IN_JSON.findall(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0)
        if depth > most:
            return True
    return False


def in_figures(value: float) -> str:
    """A number as people write it: with thousands separators, and without powers of ten."""
    return f"{value:,.10g}"
