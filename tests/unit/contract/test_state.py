"""The types of the state document, and the workflow file that reads and writes it, are at one."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, get_type_hints

import pytest

from bluegreen.contract.record import DeploymentRecord, DryRunResult
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import (
    AwaitStageInput,
    FindingDocument,
    FunctionInput,
    LockAnswer,
    LookAnswer,
    PolicyChecked,
    Problem,
    State,
    ValidatePolicyInput,
)
from shipped import STATES, TASKS

DOCUMENT: Final = get_type_hints(State)
ANSWERS: Final = (PolicyChecked, LockAnswer, LookAnswer)
BEFORE_ANY_DOCUMENT: Final = "ValidatePolicy"
AFTER_THE_RECORD: Final = "HowDidItEnd?"
READ: Final = re.compile(r"\$states\.input\.(\w+)(?:\.(\w+))?")
WRITTEN: Final = re.compile(r"'(\w+)':")
INPUTS: Final[dict[str, Any]] = {
    "ValidatePolicy": ValidatePolicyInput,
    "AwaitStage": AwaitStageInput,
}
"""What the functions are given that are not given a FunctionInput."""


def expressions(state: str) -> str:
    return json.dumps(STATES[state])


def outputs(state: str) -> Iterator[Any]:
    """What a state and its catches hand on, as it is spelled."""
    for place in (STATES[state], *STATES[state].get("Catch", [])):
        if "Output" in place:
            yield place["Output"]


def members_read(state: str) -> set[str]:
    return {match[1] for match in READ.finditer(expressions(state))}


def members_written(state: str) -> set[str]:
    """The members that a state's outputs name, and that no function answers."""
    written = set[str]()
    for output in outputs(state):
        written |= set(output) if isinstance(output, dict) else set(WRITTEN.findall(output))
    return written


@pytest.mark.parametrize("state", STATES)
def test_what_the_workflow_reads_is_a_member_of_what_it_reads_it_from(state: str) -> None:
    documents: dict[str, Any] = {
        BEFORE_ANY_DOCUMENT: RequestDocument,
        AFTER_THE_RECORD: DeploymentRecord,
    }
    members = get_type_hints(documents.get(state, State)).keys()
    assert members_read(state) - members == set()


def test_what_the_workflow_reads_of_a_problem_is_a_member_of_it() -> None:
    matches = [match for state in STATES for match in READ.finditer(expressions(state))]
    inner = {(match[1], match[2]) for match in matches if match[2]}
    assert inner == {("Problem", "Cause")}
    assert "Cause" in get_type_hints(Problem)


@pytest.mark.parametrize("state", TASKS)
def test_what_the_workflow_writes_of_its_own_is_a_member_of_the_document(state: str) -> None:
    assert members_written(state) - DOCUMENT.keys() == set()


def test_a_sleep_after_an_error_writes_members_of_the_document() -> None:
    assert members_written("WaitAfterError") == {"WaitSeconds"} <= DOCUMENT.keys()


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_member_of_an_answer_is_one_of_the_document_and_of_the_same_type(
    answer: type,
) -> None:
    given = get_type_hints(answer)
    assert {name: DOCUMENT.get(name) for name in given} == given


def test_every_member_of_the_document_is_answered_or_written_by_the_workflow() -> None:
    answered = {name for answer in ANSWERS for name in get_type_hints(answer)}
    written = {name for state in TASKS for name in members_written(state)}
    assert DOCUMENT.keys() == answered | written
    assert written - answered == {"Problem"}


@pytest.mark.parametrize("state", TASKS)
def test_each_function_is_given_what_its_input_says(state: str) -> None:
    payload = TASKS[state]["Arguments"]["Payload"]
    assert payload.keys() == get_type_hints(INPUTS.get(state, FunctionInput)).keys()


def test_a_dry_run_ends_with_what_its_type_says() -> None:
    (output,) = outputs("DryRunFinished")
    assert output.keys() == get_type_hints(DryRunResult).keys()
    written = set(WRITTEN.findall(output["Findings"]))
    assert written == {"Id", "Severity", "Message", "Fix"} <= get_type_hints(FindingDocument).keys()
