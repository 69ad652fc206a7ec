"""What TestState is asked for each state of a workflow, and what it has to answer.

Derived from the definition itself: every state, every Catch, every Retry, every Choice that one
of the payloads below leads into. What an expression gives is computed here, by the evaluator
that the embedded AWS has; AWS's own is what it is compared with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jsonata

Json = Any
State = Mapping[str, Any]

NO_TOKEN: Final = "no token: nobody sleeps on it"  # noqa: S105 - not a secret
CONTEXT: Final = {
    "Execution": {
        "Id": "arn:aws:states:eu-central-1:123456789012:execution:smoke-deployment:smoke",
        "Name": "smoke",
        "StartTime": "2026-01-05T09:00:00.000Z",
        "Input": {"EndpointName": "smoke", "EndpointConfigName": "smoke-green"},
    },
    "Task": {"Token": NO_TOKEN},
}
"""What the states that are asked with a mock find in `$states.context`."""

VARIABLES: Final[Mapping[str, Any]] = {
    "DeploymentId": "smoke",
    "StartedAt": "2026-01-05T09:00:00.000Z",
    "Kept": {},
}
"""What the first state assigns, for all that come after it."""

VERDICTS: Final = (
    "SUCCEEDED",
    "ROLLED_BACK",
    "REJECTED",
    "ROLLBACK_FAILED",
    "SUPERSEDED",
    "TIMED_OUT",
    "FAILED",
)
ADOPTION: Final = {
    "EndpointName": "smoke",
    "DeploymentId": "smoke",
    "StartedAt": "2026-01-05T09:00:00.000Z",
    "Fence": 2,
}
PAYLOADS: Final[Sequence[Mapping[str, Any]]] = (
    {"Adopt": ADOPTION},
    {"SchemaVersion": 1, "EndpointName": "smoke", "WouldBeRejected": False, "Findings": []},
    {"SchemaVersion": 1, "EndpointName": "smoke", "WouldBeRejected": True, "Findings": []},
    {"SchemaVersion": 1, "DryRun": True, "WouldBeRejected": False, "Findings": [], "Plan": {}},
    {"SchemaVersion": 1, "DryRun": True, "Request": {"EndpointName": "smoke"}, "Findings": []},
    {"SchemaVersion": 1, "DryRun": True, "Problem": {"Error": "E", "Cause": "made up"}},
    {"SchemaVersion": 1, "LockAcquired": True, "Fence": 1, "WaitSeconds": [60]},
    {"SchemaVersion": 1, "LockAcquired": True, "Fence": 1, "CheckAgain": True},
    {"SchemaVersion": 1, "LockAcquired": False, "BusyReason": "another deployment runs"},
    {"SchemaVersion": 1, "LockAcquired": False, "WaitFor": "TURN", "WaitSeconds": [900]},
    {"SchemaVersion": 1, "LockAcquired": False, "WaitFor": "LOCK", "WaitSeconds": [15]},
    {"SchemaVersion": 1, "Settled": False, "Overdue": False, "WaitSeconds": [60, 600]},
    {"SchemaVersion": 1, "Settled": True, "Overdue": False, "WaitSeconds": [60]},
    {"SchemaVersion": 1, "Settled": False, "WaitSeconds": [60], "TooEarly": 1},
    *({"SchemaVersion": 1, "Verdict": verdict, "Stages": []} for verdict in VERDICTS),
)
"""What comes to the states of this workflow, for its Choices to choose by."""

TASK_INPUT: Final = {
    "SchemaVersion": 1,
    "EndpointName": "smoke",
    "Findings": [],
    "WaitSeconds": [60, 600, 900],
}
TASK_RESULT: Final = {"SchemaVersion": 1, "Settled": False, "WaitSeconds": [300]}
SOME_ERROR: Final = "SmokeTestError"
ERROR_CAUSE: Final = "made up by the smoke run"


@dataclass(frozen=True)
class Expected:
    """What TestState has to answer; None where nothing is expected."""

    status: str
    next_state: str | None = None
    output: Json = None
    error: str | None = None


@dataclass(frozen=True)
class Case:
    """One question to TestState: a state, its input, and the mock where it is a task."""

    state: str
    what: str
    input: Json
    expected: Expected
    mock: Mapping[str, Any] | None = None
    retries: int = 0


def evaluate(value: Json, states: Mapping[str, Any]) -> Json:
    """A field of a state with every expression in it replaced by what it gives."""
    if isinstance(value, Mapping):
        return {name: evaluate(part, states) for name, part in value.items()}
    if isinstance(value, list):
        return [evaluate(part, states) for part in value]
    if isinstance(value, str) and value.startswith("{%"):
        return _evaluate(value.removeprefix("{%").removesuffix("%}").strip(), states)
    return value


def _evaluate(expression: str, states: Mapping[str, Any]) -> Json:
    parsed = jsonata.Jsonata(expression)
    frame = parsed.create_frame()
    frame.bind("states", states)
    for name, value in VARIABLES.items():
        frame.bind(name, value)
    return json.loads(json.dumps(parsed.evaluate(None, frame)))


def cases_of(definition: Mapping[str, Any]) -> list[Case]:
    """Every case of a definition, in the order of its states."""
    return [case for name, state in definition["States"].items() for case in _cases(name, state)]


def _cases(name: str, state: State) -> Iterator[Case]:
    match state["Type"]:
        case "Task":
            yield _success(name, state)
            yield from _catches(name, state)
            yield from _retries(name, state)
        case "Choice":
            yield from _choices(name, state)
        case "Fail":
            yield _failure(name, state)
        case _:
            yield _passing(name, state)


def _success(name: str, state: State) -> Case:
    waits = state["Resource"].endswith(".waitForTaskToken")
    result = TASK_RESULT if waits else {"StatusCode": 200, "Payload": TASK_RESULT}
    states = {"input": TASK_INPUT, "result": result, "context": CONTEXT}
    output = evaluate(state["Output"], states) if "Output" in state else result
    expected = Expected("SUCCEEDED", state.get("Next"), output)
    mock = {"result": json.dumps(result), "fieldValidationMode": "NONE"}
    return Case(name, "answers", TASK_INPUT, expected, mock)


def _catches(name: str, state: State) -> Iterator[Case]:
    for catcher in state.get("Catch", []):
        error = _error_for(catcher)
        told = {"Error": error, "Cause": ERROR_CAUSE}
        states = {"input": TASK_INPUT, "errorOutput": told, "context": CONTEXT}
        output = evaluate(catcher.get("Output", told), states)
        retrier = _retrier(state, error)
        retries = _attempts(retrier) if retrier else 0
        expected = Expected("CAUGHT_ERROR", catcher["Next"], output, error)
        yield Case(name, f"fails with {error}", TASK_INPUT, expected, _mock_of(error), retries)


def _retries(name: str, state: State) -> Iterator[Case]:
    for retrier in state.get("Retry", []):
        if _attempts(retrier):
            error = _error_for(retrier)
            expected = Expected("RETRIABLE", None, None, error)
            yield Case(name, f"retries {error}", TASK_INPUT, expected, _mock_of(error))


def _mock_of(error: str) -> dict[str, Any]:
    return {"errorOutput": {"error": error, "cause": ERROR_CAUSE}}


def _error_for(handler: State) -> str:
    """An error that a Catch or a Retry is for."""
    (first, *_) = handler["ErrorEquals"]
    return SOME_ERROR if first == "States.ALL" else str(first)


def _attempts(retrier: State) -> int:
    return int(retrier.get("MaxAttempts", 3))


def _retrier(state: State, error: str) -> State | None:
    return next(
        (r for r in state.get("Retry", []) if {error, "States.ALL"} & set(r["ErrorEquals"])), None
    )


def _choices(name: str, state: State) -> Iterator[Case]:
    """One case for each way out that a payload leads into."""
    taken = set()
    for payload in PAYLOADS:
        states = {"input": payload, "context": CONTEXT}
        way = _chosen(state, states)
        if way and way["Next"] not in taken:
            taken.add(way["Next"])
            output = evaluate(way["Output"], states) if "Output" in way else payload
            expected = Expected("SUCCEEDED", way["Next"], output)
            yield Case(name, f"chooses {way['Next']}", payload, expected)


def _chosen(state: State, states: Mapping[str, Any]) -> State | None:
    """The way that is taken; None if a condition is not true or false, which AWS refuses."""
    for rule in state["Choices"]:
        holds = evaluate(rule["Condition"], states)
        if not isinstance(holds, bool):
            return None
        if holds:
            return dict(rule)
    return {"Next": state["Default"]} if "Default" in state else None


def _failure(name: str, state: State) -> Case:
    payload = {"SchemaVersion": 1, "Verdict": "FAILED"}
    error = evaluate(state.get("Error"), {"input": payload, "context": CONTEXT})
    return Case(name, "fails", payload, Expected("FAILED", None, None, error))


def _passing(name: str, state: State) -> Case:
    payload = {"SchemaVersion": 1, "WaitSeconds": [60]}
    states = {"input": payload, "context": CONTEXT}
    output = evaluate(state["Output"], states) if "Output" in state else payload
    return Case(name, "goes on", payload, Expected("SUCCEEDED", state.get("Next"), output))


def ways_out(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each transition from a state to another that the definition has."""
    for name, state in definition["States"].items():
        nexts = [state.get("Next"), state.get("Default")]
        nexts += [way["Next"] for key in ("Choices", "Catch") for way in state.get(key, [])]
        yield from ((name, target) for target in nexts if target)


def without_a_case(definition: Mapping[str, Any]) -> list[str]:
    """The transitions that no case goes."""
    gone = {(case.state, case.expected.next_state) for case in cases_of(definition)}
    return [f"{a} -> {b}" for a, b in dict.fromkeys(ways_out(definition)) if (a, b) not in gone]
