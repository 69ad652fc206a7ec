"""Write the screens, and a picture of one: `PYTHONPATH=tests python -m frames.write`."""

import io
import re
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group
from rich.text import Text

from bluegreen_cli.show.dialog import Dialog
from bluegreen_cli.show.screen import draw
from frames.moments import FRAMES, NEAR, Frame
from shipped import ROOT

PAGE: Final = Path(__file__).parent / "frames.md"
PICTURE: Final = ROOT / "docs/watch.svg"
HEAD: Final = """# The screen of a deployment

As the code draws it, moment by moment; `PYTHONPATH=tests python -m frames.write` writes this page.
"""
FOREIGN: Final = re.compile(r"<!--.*?-->\s*|@font-face \{\{.*?\}\}\s*", re.DOTALL)
"""What a picture would load or name from elsewhere."""


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


def picture() -> str:
    """A bake in which a gate is near its limit, as a terminal shows it."""
    console = Console(record=True, width=100, height=24, file=io.StringIO(), force_terminal=True)
    console.print(Group(*lines_of(Frame("", NEAR, 100, 24))))
    form = FOREIGN.sub("", CONSOLE_SVG_FORMAT)
    svg = console.export_svg(title="bluegreen watch churn", code_format=form, unique_id="watch")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
