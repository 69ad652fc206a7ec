"""The counts of all cells as they stand beside the code: a line of JSON for each cell."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from odds.counts import Counts

COUNTS: Final = Path(__file__).with_name("counts.jsonl")


def stored(path: Path = COUNTS) -> Mapping[str, Counts]:
    """The counts that a file has, by the name of the cell."""
    if not path.exists():
        return {}
    lines = path.read_text("utf-8").splitlines()
    return {body.pop("cell"): Counts(**body) for body in map(json.loads, lines)}


def line(name: str, counts: Counts) -> str:
    """A line of the file."""
    return json.dumps({"cell": name, **counts.to_json()}) + "\n"
