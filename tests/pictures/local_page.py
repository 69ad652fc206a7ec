"""Pictures of the page of the local server: a canary in its bake, and one that was rolled back."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pictures.browser import Browser, Screen
from shipped import ROOT

DOCS: Final = ROOT / "docs"
COMMAND: Final = (
    sys.executable,
    "-m",
    "bluegreen_cli",
    "demo",
    "--port",
    "0",
    "--speed",
    "60",
    "--no-browser",
)
DESK: Final = Screen(1280, 800)
PHONE: Final = Screen(390, 844, phone=True)
NIGHT: Final = Screen(1280, 800, dark=True)
BAKES: Final = "document.getElementById('state').textContent === 'BAKING'"
BREAK: Final = "document.getElementById('break').click()"
SAID_NOTHING: Final = "document.getElementById('said').textContent === ''"
ROLLED_BACK: Final = "ROLLED BACK (ALARM)"
FILES: Final = ("page.png", "page-dark.png", "page-phone.png")


@contextmanager
def demo() -> Iterator[str]:
    """A demo that runs until the end of the block; its address."""
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stdout is not None
    try:
        yield next(word for word in process.stdout.readline().split() if "://" in word)
    finally:
        process.terminate()
        process.wait(timeout=30)


def shoot(view: Browser) -> Iterator[str]:
    """Write the pictures; what is wrong with the page, in words."""
    with demo() as address:
        view.show(address, NIGHT)
        view.await_true(BAKES)
        yield from _taken(view, NIGHT, "page-dark.png")
        view.value(BREAK)
        view.await_text(ROLLED_BACK)
        for screen, name in ((DESK, "page.png"), (PHONE, "page-phone.png")):
            view.show(address, screen)
            view.await_text(ROLLED_BACK)
            yield from _taken(view, screen, name)
        view.show("about:blank", DESK)  # which asks no server that has gone


def _taken(view: Browser, screen: Screen, name: str) -> Iterator[str]:
    view.await_true(SAID_NOTHING)
    (DOCS / name).write_bytes(view.picture())
    yield from (f"{name}: the console says {said}" for said in view.heard)
    yield from (f"{name}: a {role} has no name" for role in view.unnamed())
    width = view.value("document.documentElement.scrollWidth")
    if width > screen.width:
        yield f"{name}: the page is {width} pixels wide"
