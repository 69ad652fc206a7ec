"""The files that ship, read once, for the tests of the seams between them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from samtranslator.yaml_helper import yaml_parse

ROOT: Final = Path(__file__).parents[1]
TEMPLATE_TEXT: Final = (ROOT / "template.yaml").read_text(encoding="utf-8")
TEMPLATE: Final[dict[str, Any]] = yaml_parse(TEMPLATE_TEXT)
RESOURCES: Final[dict[str, Any]] = TEMPLATE["Resources"]
GLOBALS: Final[dict[str, Any]] = TEMPLATE["Globals"]["Function"]
WORKFLOW_TEXT: Final = (ROOT / "statemachine/deployment.asl.yaml").read_text(encoding="utf-8")
WORKFLOW: Final[dict[str, Any]] = yaml.safe_load(WORKFLOW_TEXT)
STATES: Final[dict[str, Any]] = WORKFLOW["States"]
TASKS: Final = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
LOCK: Final = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
MACHINE: Final = "DeploymentStateMachine"


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of each resource of a type, by logical id."""
    return {k: v.get("Properties", {}) for k, v in RESOURCES.items() if v["Type"] == kind}


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping in a piece of JSON, itself included."""
    if isinstance(value, Mapping):
        yield value
        for member in value.values():
            yield from nodes(member)
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def members(value: Any, name: str) -> list[Any]:
    """Each value that stands under a name, anywhere in a piece of JSON."""
    return [node[name] for node in nodes(value) if name in node]


FUNCTIONS: Final = of_type("AWS::Serverless::Function")
EVENT_FUNCTIONS: Final = {k: v for k, v in FUNCTIONS.items() if "Events" in v}
SUBSTITUTIONS: Final[dict[str, Any]] = RESOURCES[MACHINE]["Properties"]["DefinitionSubstitutions"]
