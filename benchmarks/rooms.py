"""The import graph as text: the modules and lines of each room, the arrows between rooms.

`make rooms` prints it. A room is a folder right under one of the packages; what stands beside the
rooms counts as a room of its own. An arrow's number counts the imports of modules, and the last
line is the longest chain of modules of which each imports the next, or a circle if there is one.
"""

from collections import Counter
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import grimp
from rich.console import Console

PACKAGES: Final = ("bluegreen", "bluegreen_simulator", "bluegreen_cli", "bluegreen_smoke")
TREES: Final = {
    "bluegreen": "functions",
    "bluegreen_simulator": "simulator",
    "bluegreen_cli": "cli",
    "bluegreen_smoke": "smoke",
}


def main() -> None:
    """Print the rooms, the arrows and the longest chain."""
    graph = grimp.build_graph(*PACKAGES)
    say = Console(width=160, highlight=False).print
    for room, modules in sorted(_rooms(graph.modules).items()):
        lines = sum(map(_lines, modules))
        say(f"{room}: {len(modules)} modules, {lines} lines")
    for (room, other), count in sorted(_arrows(graph).items()):
        say(f"{room} -> {other} {count}")
    say(_longest_chain(graph), soft_wrap=True)


def _room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _rooms(modules: Iterable[str]) -> dict[str, list[str]]:
    rooms: dict[str, list[str]] = {}
    for module in modules:
        if not _path(module).is_dir():
            rooms.setdefault(_room_of(module), []).append(module)
    return rooms


def _path(module: str) -> Path:
    path = Path(TREES[module.split(".", maxsplit=1)[0]], *module.split("."))
    return path if path.is_dir() else path.with_suffix(".py")


def _lines(module: str) -> int:
    text = _path(module).read_text(encoding="utf-8")
    return len(text.splitlines())


def _arrows(graph: grimp.ImportGraph) -> Counter[tuple[str, str]]:
    pairs = (
        (_room_of(module), _room_of(other))
        for module in graph.modules
        for other in graph.find_modules_directly_imported_by(module)
    )
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def _longest_chain(graph: grimp.ImportGraph) -> str:
    imported = {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}
    chains: dict[str, tuple[str, ...]] = {}
    try:
        for module in TopologicalSorter(imported).static_order():
            below = (chains[other] for other in imported[module])
            chains[module] = (module, *max(below, key=len, default=()))
    except CycleError as circle:
        return f"a circle: {' -> '.join(circle.args[1])}"
    longest = max(chains.values(), key=len)
    return f"longest chain ({len(longest)} modules): {' -> '.join(longest)}"


if __name__ == "__main__":
    main()
