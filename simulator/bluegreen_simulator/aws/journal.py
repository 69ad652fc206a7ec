"""What happened in the embedded AWS, in order: the source of every view and every assertion."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

CHANGES: Final = {"state_entered", "execution_ended", "endpoint", "alarm", "notification"}
"""The kinds of entries that tell of more than that somebody looked, or tried."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when (virtual time), what kind, and its particulars."""

    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass
class Journal:
    """An append-only list of entries; listeners are told of each as it happens.

    `changed_at` is when something changed last.
    """

    entries: list[Entry] = field(default_factory=list)
    listeners: list[Callable[[Entry], None]] = field(default_factory=list)
    changed_at: datetime | None = None

    def write(self, at: datetime, kind: str, **data: Any) -> None:  # noqa: ANN401 - particulars
        """Append an entry and tell the listeners."""
        entry = Entry(at, kind, data)
        self.entries.append(entry)
        if kind in CHANGES:
            self.changed_at = at
        for listener in self.listeners:
            listener(entry)

    def of_kind(self, kind: str) -> Iterator[Entry]:
        """The entries of one kind, oldest first."""
        return (entry for entry in self.entries if entry.kind == kind)
