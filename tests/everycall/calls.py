"""The list of all calls at which something goes wrong.

`PYTHONPATH=tests python -m everycall.calls` writes it to calls.txt, a line for each call: scene,
function, service, operation, its number, and its number among those that AWS did not refuse. A
test compares it with what the scenes make.
"""

from pathlib import Path
from typing import Final

from everycall.kinds import Call
from everycall.scenes import SCENES
from everycall.trial import rehearsal_of

LIST: Final = Path(__file__).with_name("calls.txt")


def read() -> list[tuple[str, Call]]:
    """Each scene with each of its calls."""
    return [_parsed(line) for line in LIST.read_text(encoding="utf-8").splitlines()]


def lines_of(scene: str) -> list[str]:
    """The lines of a scene, as it goes now."""
    calls = rehearsal_of(scene).calls
    return [f"{scene} {call} {call.succeeded}" for call in calls]


def write() -> None:
    """Write the list anew."""
    lines = [line for scene in SCENES for line in lines_of(scene)]
    LIST.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _parsed(line: str) -> tuple[str, Call]:
    scene, function, service, operation, nth, succeeded = line.split()
    return scene, Call(function, service, operation, int(nth), int(succeeded))


if __name__ == "__main__":
    write()
