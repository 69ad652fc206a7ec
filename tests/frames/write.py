"""Write the screens as they are now: `PYTHONPATH=tests python -m frames.write`."""

from pathlib import Path
from typing import Final

from rich.text import Text

from bluegreen_cli.show.dialog import Dialog
from bluegreen_cli.show.screen import draw
from frames.moments import FRAMES, Frame

PAGE: Final = Path(__file__).parent / "frames.md"
HEAD: Final = """# The screen of a deployment

As the code draws it, moment by moment; `PYTHONPATH=tests python -m frames.write` writes this page.
"""


def lines_of(frame: Frame) -> list[Text]:
    """The lines of a frame, with the footer of somebody who has not typed anything."""
    return draw(frame.moment, frame.width, frame.height, Dialog(lambda _: "").footer)


def block(frame: Frame) -> str:
    """A frame under its name; the lines that are left empty for the footer are one."""
    lines = [line.plain.rstrip() for line in lines_of(frame)]
    shown = [line for number, line in enumerate(lines) if line or lines[number - 1]]
    title = f"## {frame.name[0].upper()}{frame.name[1:]} ({frame.width} x {frame.height})"
    return "\n".join([title, "", "```", *shown, "```", ""])


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *map(block, FRAMES)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
