"""What the readers of metric math and of alarm rules share: tokens, and a place among them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

END: Final = ""


@dataclass(frozen=True)
class Token:
    """A piece of a text and where it begins, counted from 0; the text's end is an empty one."""

    text: str
    at: int


def tokens_of(text: str, pattern: re.Pattern[str]) -> list[Token]:
    """The tokens of a text, and its end; what lies between matches of the pattern is no token."""
    found = [Token(match[0], match.start()) for match in pattern.finditer(text)]
    return [*found, Token(END, len(text))]


class TokenReader(ABC):
    """Goes through tokens from left to right, no deeper than `deepest`."""

    def __init__(self, tokens: list[Token], deepest: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._deepest = deepest

    def _next(self) -> str:
        return self._tokens[self._at].text

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1].text

    def _expect(self, text: str) -> None:
        if self._next() != text:
            raise self._unexpected(f"'{text}'")
        self._take()

    def _separated[T](self, read: Callable[[], T], by: str) -> list[T]:
        items = [read()]
        while self._next() == by:
            self._take()
            items.append(read())
        return items

    def _nested[T](self, read: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > self._deepest:
            raise self._too_deep()
        result = read()
        self._depth -= 1
        return result

    @abstractmethod
    def _unexpected(self, allowed: str) -> ValueError:
        """What is wrong with the next token, in the words of the language."""

    @abstractmethod
    def _too_deep(self) -> ValueError:
        """That what is read lies too deep, likewise."""
