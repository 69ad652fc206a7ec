"""Look at reports, chat and page in a browser, and write docs/'s pictures: `make screenshots`.

It fails where a page says something on the console, where what a reader has to know first is not
on the first screen, where a page is wider than a phone, or where a picture has no name.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pictures import chat, local_page
from pictures.browser import Browser, NoBrowserError, Screen, browser
from reports.write import path_of
from shipped import ROOT

DOCS: Final = ROOT / "docs"
DESK: Final = Screen(1280, 800)
PHONE: Final = Screen(390, 844, phone=True)
NIGHT: Final = Screen(1280, 800, dark=True)


@dataclass(frozen=True)
class Shot:
    """A picture of a page on a screen; without a `file` it is looked at only."""

    page: Path
    screen: Screen
    file: str = ""


SHOTS: Final = (
    Shot(path_of("rolled-back"), DESK, "report-rolled-back.png"),
    Shot(path_of("rolled-back"), PHONE, "report-phone.png"),
    Shot(path_of("rolled-back"), NIGHT, "report-dark.png"),
    Shot(path_of("succeeded"), DESK, "report-succeeded.png"),
    Shot(path_of("succeeded"), PHONE),
    Shot(path_of("succeeded"), NIGHT),
)

LEFT_RIGHT: Final = "document.documentElement.scrollWidth"
HEADER_ENDS: Final = "document.querySelector('header').getBoundingClientRect().bottom"
TIMELINE_ENDS: Final = "document.querySelector('.picture').getBoundingClientRect().bottom"
TEXT: Final = "document.body.innerText"


def shoot(shot: Shot, view: Browser) -> Iterator[str]:
    """Write the picture; what is wrong with the page, in words."""
    view.open(shot.page, shot.screen)
    if shot.file:
        (DOCS / shot.file).write_bytes(view.picture())
    text = view.value(TEXT)
    yield from (f"the console says {said}" for said in view.heard)
    yield from (f"a {role} has no name" for role in view.unnamed())
    width, header = view.value(LEFT_RIGHT), view.value(HEADER_ENDS)
    if width > shot.screen.width:
        yield f"the page is {width} pixels wide"
    if header > shot.screen.height or (shot.screen == DESK and _cut(shot, view)):
        yield "what a reader has to know first is not on the first screen"
    if not view.paper().startswith(b"%PDF"):
        yield "it cannot be printed"
    view.open(shot.page, shot.screen, scripts=False)
    if view.value(TEXT) != text:
        yield "it says something else with scripts off"


def _cut(shot: Shot, view: Browser) -> bool:
    timeline: float = view.value(TIMELINE_ENDS)
    return timeline > shot.screen.height


def main() -> int:
    """Make every picture; 1 where something is wrong, or where there is no browser."""
    wrong = 0
    try:
        with browser() as view:
            for shot in SHOTS:
                for words in shoot(shot, view):
                    sys.stderr.write(f"{shot.page.name} on {shot.screen}: {words}\n")
                    wrong += 1
            for words in (*chat.shoot(view), *local_page.shoot(view)):
                sys.stderr.write(f"{words}\n")
                wrong += 1
    except NoBrowserError as error:
        sys.stderr.write(f"make screenshots needs Chromium. {error}\n")
        return 1
    others = [*chat.FILES, *local_page.FILES]
    files = [shot.file for shot in SHOTS if shot.file] + others
    looks = len(SHOTS) + len(others)
    written = ", ".join(f"docs/{file}" for file in files)
    sys.stdout.write(f"{looks} pages were looked at, {wrong} faults. Written: {written}.\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
