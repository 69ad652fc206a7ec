"""The file that says how models of certain images behave."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bluegreen.contract.text import plain
from bluegreen_simulator.inputs.members import (
    BEHAVIOR,
    MAPPING,
    TEXT,
    ScenarioError,
    list_of,
    require,
    require_members,
    shallow,
)
from bluegreen_simulator.inputs.yaml_text import read_yaml
from bluegreen_simulator.rules.fleet.behavior import PREFIX
from bluegreen_simulator.rules.fleet.image_behavior import ImageBehavior

MEMBERS: Final = {"image": TEXT, **BEHAVIOR}


def load(path: Path) -> tuple[ImageBehavior, ...]:
    """Read a YAML list of `{image, error_rate, latency_ms, ...}`; ScenarioError when it is bad."""
    try:
        body = read_yaml(shallow(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{path.name} cannot be read: {plain(str(error))}") from error
    require(body, list_of(MAPPING, "a list of behaviours"), path.name)
    return tuple(_behavior(item, f"{path.name}[{place}]") for place, item in enumerate(body))


def _behavior(item: Mapping[str, Any], path: str) -> ImageBehavior:
    require_members(item, MEMBERS, path)
    if "image" not in item:
        raise ScenarioError(f"{path}.image is missing. Give a part of an image's name.")
    environment = {f"{PREFIX}{k.upper()}": str(v) for k, v in item.items() if k != "image"}
    return ImageBehavior(item["image"], environment)
