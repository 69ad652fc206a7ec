"""The workflow as AWS itself reads it: the whole definition, and each of its states."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from bluegreen.contract.text import plain
from bluegreen_smoke.run import Smoke
from bluegreen_smoke.steps import Step, StepFailedError
from bluegreen_smoke.workflow_cases import (
    CONTEXT,
    VARIABLES,
    Case,
    cases_of,
    without_a_case,
)


def steps(smoke: Smoke) -> list[Step]:
    """The steps that look at the deployed workflow; what they find ends no run."""
    return [
        Step(
            "definition",
            "ValidateStateMachineDefinition accepts the deployed definition",
            lambda: _validate(smoke),
            goes_on=True,
        ),
        Step(
            "states",
            "TestState goes from each state to the next as the workflow file says",
            lambda: _test_states(smoke),
            goes_on=True,
        ),
    ]


def _definition(smoke: Smoke) -> dict[str, Any]:
    arn = smoke.outputs["StateMachineArn"]
    found = smoke.aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    definition: dict[str, Any] = json.loads(found["definition"])
    return definition


def _validate(smoke: Smoke) -> str:
    with smoke.aws.reaching():
        found = smoke.aws.client("stepfunctions").validate_state_machine_definition(
            definition=json.dumps(_definition(smoke)), type="STANDARD", severity="WARNING"
        )
    said = "; ".join(f"{d['severity']} {d['code']}: {d['message']}" for d in found["diagnostics"])
    if found["result"] != "OK":
        raise StepFailedError(said)
    return said or "OK, without a warning"


def _test_states(smoke: Smoke) -> str:
    definition = shortened(_definition(smoke))
    cases, problems = cases_of(definition), []
    for case in cases:
        with smoke.aws.reaching():
            answer = smoke.aws.client("stepfunctions").test_state(**asked(case, definition))
        problems += [f"{case.state} {case.what}: {problem}" for problem in misses(case, answer)]
    if problems:
        raise StepFailedError(f"{len(problems)} of {len(cases)}: {'; '.join(problems)}")
    return f"{len(cases)} cases as expected{_uncovered(definition)}"


def _uncovered(definition: Mapping[str, Any]) -> str:
    missing = without_a_case(definition)
    return f"; no case for {', '.join(missing)}" if missing else ""


def shortened(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition with short waits: TestState really waits, and not beyond five minutes."""
    short = deepcopy(dict(definition))
    for state in short["States"].values():
        if state["Type"] == "Wait" and "Seconds" in state:
            state["Seconds"] = 1
    return short


def asked(case: Case, definition: Mapping[str, Any]) -> dict[str, Any]:
    """The request to TestState; it takes context and retries together with a mock only."""
    body = {
        "definition": json.dumps(definition),
        "stateName": case.state,
        "input": json.dumps(case.input),
        "variables": json.dumps(VARIABLES),
        "inspectionLevel": "INFO",
    }
    if case.mock is None:
        return body
    mocked = {"mock": case.mock, "context": json.dumps(CONTEXT)}
    retries = {"stateConfiguration": {"retrierRetryCount": case.retries}} if case.retries else {}
    return body | mocked | retries


def misses(case: Case, answer: Mapping[str, Any]) -> Iterator[str]:
    """Where an answer of TestState is not what the case expects."""
    expected = case.expected
    found = {
        "status": (answer.get("status"), expected.status),
        "next state": (answer.get("nextState"), expected.next_state),
        "error": (answer.get("error"), expected.error),
    }
    if expected.output is not None:
        found["output"] = (json.loads(answer.get("output") or "null"), expected.output)
    for what, (seen, wanted) in found.items():
        if seen != wanted:
            yield plain(f"{what} {seen}, expected {wanted}", 200)
