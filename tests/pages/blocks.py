"""The marked blocks of the pages for people: sessions, what they end with, what commands print.

A mark is a comment of HTML on the line above a fenced block, so that nobody sees it who reads the
page: `<!-- session -->`, `<!-- ends with -->`, or `<!-- printed: NAME -->`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shipped import ROOT

BLOCK: Final = re.compile(
    r"<!-- (session|ends with|printed: [\w-]+) -->\n```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
FIRST: Final = ROOT / "docs/local.md"
"""The page with the session after which every other one begins."""

ANYTHING: Final = "…"
"""Stands in an end for what differs from run to run."""


def pages() -> list[Path]:
    """Every page for people, the README first."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    more = [ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
    return [*found, *more, ROOT / "events/scenarios/README.md", ROOT / "tests/releases/README.md"]


@dataclass(frozen=True)
class Session:
    """Commands as they stand on a page, and the last lines that they print there."""

    page: str
    commands: str
    end: tuple[str, ...]

    def ends_as_told(self, printed: str) -> bool:
        """Whether the last lines of what was printed are those of the page."""
        last = printed.splitlines()[-len(self.end) :]
        return re.fullmatch(self._pattern(), "\n".join(last)) is not None

    def _pattern(self) -> str:
        parts = "\n".join(self.end).split(ANYTHING)
        return ".*".join(map(re.escape, parts))


def sessions(page: Path) -> list[Session]:
    """The sessions of a page, each with its end; ValueError where one has none."""
    name = str(page.relative_to(ROOT))
    return [Session(name, commands, end) for commands, end in _pairs(name, page)]


def all_sessions() -> list[Session]:
    """The sessions of all pages, in an order in which they can be run in one shell."""
    others = [page for page in pages() if page != FIRST]
    return [session for page in (FIRST, *others) for session in sessions(page)]


def _pairs(name: str, page: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    marked = [m for m in BLOCK.findall(page.read_text("utf-8")) if not m[0].startswith("printed")]
    if [mark for mark, _, _ in marked] != ["session", "ends with"] * (len(marked) // 2):
        raise ValueError(f"{name}: each session needs one block that it ends with, and no other.")
    for (_, _, commands), (_, _, end) in zip(marked[::2], marked[1::2], strict=True):
        yield commands, tuple(end.splitlines())


def printed(page: Path) -> dict[str, str]:
    """What commands print by a page: the blocks by their names."""
    blocks = BLOCK.findall(page.read_text("utf-8"))
    return {m.removeprefix("printed: "): text for m, _, text in blocks if m.startswith("printed")}


def replaced(text: str, name: str, printed: str) -> str:
    """The text of a page with another content of the block of this name."""
    mark = re.escape(f"<!-- printed: {name} -->\n```\n")
    block = re.compile(rf"({mark}).*?(^```$)", re.DOTALL | re.MULTILINE)
    if len(block.findall(text)) != 1:
        raise ValueError(f"There is not one block with the mark printed: {name}.")
    return block.sub(lambda found: f"{found[1]}{printed}{found[2]}", text)
