"""What the keys do on the screen of a deployment: quit, and abort after a reason and a yes."""

from collections.abc import Callable
from enum import Enum
from typing import Final

from rich.text import Text

from bluegreen.contract.text import plain

LONGEST_REASON: Final = 512
SHOWN: Final = 24
"""Characters of the reason that are shown while it is written: its end."""

ENTER: Final = frozenset("\r\n")
BACKSPACE: Final = frozenset("\x7f\b")
ESCAPE: Final = "\x1b"

Abort = Callable[[str], str]
"""Asks for the abort with a reason; what came of it, in words."""


class Asking(Enum):
    """What the next key answers."""

    WHAT = "what to do"
    WHY = "why it is to be aborted"
    SURE = "whether it is to be aborted"
    DOING = "nothing, while the abort is asked for"


class Dialog:
    """Takes one key after the other."""

    def __init__(self, abort: Abort | None) -> None:
        self._abort = abort
        self._asking = Asking.WHAT
        self._reason = ""
        self._said = ""
        self._quits = False

    def type(self, keys: str) -> None:
        """Take what was typed."""
        for key in keys:
            self._take(key)

    def _take(self, key: str) -> None:
        if self._asking is Asking.WHAT:
            self._choose(key)
        elif self._asking is Asking.WHY:
            self._write(key)
        elif self._asking is Asking.SURE:
            self._asking = Asking.DOING if key in "yY" else Asking.WHAT

    def _choose(self, key: str) -> None:
        self._quits = self._quits or key in "qQ"
        if key in "aA" and self._abort is not None:
            self._asking, self._reason, self._said = Asking.WHY, "", ""

    def _write(self, key: str) -> None:
        if key == ESCAPE:
            self._asking = Asking.WHAT
        elif key in ENTER:
            self._asking = Asking.SURE if self._reason.strip() else Asking.WHY
        elif key in BACKSPACE:
            self._reason = self._reason[:-1]
        elif key.isprintable():
            self._reason = (self._reason + key)[:LONGEST_REASON]

    def goes_on(self) -> bool:
        """Do what was decided, which may take seconds; False where the person has had enough."""
        if self._asking is Asking.DOING and self._abort is not None:
            self._said = plain(self._abort(self._reason.strip()))
            self._asking = Asking.WHAT
        return not self._quits

    @property
    def footer(self) -> list[Text]:
        """What was answered last, and what may be typed now."""
        said = [Text(self._said, "bold")] if self._said else []
        return [*said, self._hint]

    @property
    def _hint(self) -> Text:
        if self._asking is Asking.WHY:
            return Text(f"Why abort? {self._reason[-SHOWN:]}_  (Enter; Esc: not at all)")
        if self._asking is Asking.SURE:
            return Text("Have it rolled back? y: yes, any other key: no", "bold")
        if self._asking is Asking.DOING:
            return Text("Asking for the abort ...", "bold")
        abort = (("a", "bold"), " abort   ") if self._abort is not None else ()
        return Text.assemble(*abort, ("q", "bold"), " quit (it goes on)")
