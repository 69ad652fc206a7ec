"""The table of rooms in CONTRIBUTING.md is what import-linter holds."""

import re
import tomllib
from itertools import chain
from typing import Any, Final

from shipped import ROOT

TREES: Final = {
    "bluegreen": "functions",
    "bluegreen_simulator": "simulator",
    "bluegreen_cli": "cli",
    "bluegreen_smoke": "smoke",
}
Layer = frozenset[str]


def contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    held: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return [contract for contract in held if contract["type"] == "layers"]


def layers(containers: list[str]) -> list[Layer]:
    """The layers of the one contract for these containers, from top to bottom."""
    (held,) = [c for c in contracts() if c.get("containers", []) == containers]
    prefix = "".join(f"{container}." for container in containers)
    split = [layer.split(" | ") for layer in held["layers"]]
    return [frozenset(f"{prefix}{name}" for name in names) for names in split]


def arrows() -> list[Layer]:
    """All rooms, those of the simulator in the place of the simulator."""
    parts = [
        layers(["bluegreen_simulator"]) if layer == {"bluegreen_simulator"} else [layer]
        for layer in layers([])
    ]
    return list(chain.from_iterable(parts))


def rows() -> list[list[str]]:
    """The paths of each row of the table; a short one stands beside the first."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("## The rooms")[2].partition("## ")[0]
    cells = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    split = [re.findall(r"`(.*?)`", cell) for cell in cells]
    return [[first, *(f"{first.rpartition('/')[0]}/{x}" for x in more)] for first, *more in split]


def test_the_table_has_the_rooms_in_the_order_of_the_arrows() -> None:
    shown = [frozenset(p.partition("/")[2].replace("/", ".") for p in row) for row in rows()]
    assert shown == arrows()


def test_the_table_says_where_each_room_is() -> None:
    for path in chain.from_iterable(rows()):
        tree, _, package = path.partition("/")
        assert TREES[package.partition("/")[0]] == tree
        assert (ROOT / path).is_dir() or (ROOT / f"{path}.py").is_file(), path
