"""Step Functions: what a definition says beyond the grammar: where states go, what they wait for.

Developer Guide, "State machine structure in Amazon States Language for Step Functions workflows".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

Definition = Mapping[str, Any]

WAITING: Final = ("arn:aws:states:::states:startExecution.sync",)
"""How the resources begin of tasks that wait for the end of what they start."""

ACTIVITY: Final = ":activity:"
MISSING: Final = "MISSING_TRANSITION_TARGET"
ENDING: Final = frozenset({"Choice", "Fail", "Succeed"})
"""Types of state that say nothing of what comes after them."""


def problems(text: str) -> list[str]:
    """What Step Functions has against a definition that the grammar allows, in its words."""
    return [problem for path, scope in _scopes(json.loads(text)) for problem in _lost(path, scope)]


def activities(text: str) -> list[str]:
    """The activities that its tasks wait for."""
    return [one for one in _resources(text) if ACTIVITY in one]


def waits_for_executions(text: str) -> bool:
    """Whether a task of it starts an execution and waits for its end (`.sync`, `.sync:2`)."""
    return any(one.startswith(WAITING) for one in _resources(text))


def _resources(text: str) -> list[str]:
    found = (
        state.get("Resource")
        for _, scope in _scopes(json.loads(text))
        for state in scope["States"].values()
    )
    return [one for one in found if isinstance(one, str)]


def _scopes(definition: Definition, path: str = "") -> Iterator[tuple[str, Definition]]:
    """The machine itself, each branch and each processor of items, with its place."""
    yield path, definition
    for name, state in definition["States"].items():
        for number, branch in enumerate(state.get("Branches", [])):
            yield from _scopes(branch, f"{path}/States/{name}/Branches[{number}]")
        for member in ("Iterator", "ItemProcessor"):
            if member in state:
                yield from _scopes(state[member], f"{path}/States/{name}/{member}")


def _lost(path: str, scope: Definition) -> Iterator[str]:
    """Transitions to states that are not there, and states that no transition leads to."""
    states, reached = scope["States"], {scope["StartAt"]}
    if scope["StartAt"] not in states:
        yield f"{MISSING}: Missing 'Next' target: {scope['StartAt']} at {path}/StartAt"
    for place, member, target in _transitions(path, states):
        reached.add(target)
        if target not in states:
            yield f"{MISSING}: Missing '{member}' target: {target} at {place}/{member}"
    for name, state in states.items():
        if name not in reached:
            yield f'{MISSING}: State "{name}" is not reachable. at {path}/States/{name}'
        if state["Type"] not in ENDING and not state.keys() & {"Next", "End"}:
            yield f"SCHEMA_VALIDATION_FAILED: Missing 'Next' or 'End' at {path}/States/{name}"


def _transitions(path: str, states: Definition) -> Iterator[tuple[str, str, str]]:
    """Each transition: its place, the member that says it, and where it leads."""
    for name, state in states.items():
        place = f"{path}/States/{name}"
        for member in ("Next", "Default"):
            if member in state:
                yield place, member, state[member]
        for member in ("Choices", "Catch"):
            for number, rule in enumerate(state.get(member, [])):
                yield f"{place}/{member}[{number}]", "Next", rule["Next"]
