"""The types of the state document, and the workflow file that reads and writes it, are at one."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, get_type_hints

import pytest

from bluegreen.contract.record import DeploymentRecord, DryRunResult
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import (
    SCHEMA_VERSION,
    WORKFLOW_VERSION,
    AdoptedDeployment,
    Adoption,
    AwaitStageInput,
    FindingDocument,
    FunctionInput,
    LockAnswer,
    LookAnswer,
    PolicyChecked,
    Problem,
    RehearsalAnswer,
    State,
    TooEarlyAnswer,
    ValidatePolicyInput,
)
from shipped import STATES, TASKS

DOCUMENT: Final = get_type_hints(State)
ANSWERS: Final = (PolicyChecked, RehearsalAnswer, LockAnswer, LookAnswer, TooEarlyAnswer)
READS: Final[dict[str, tuple[type, ...]]] = {
    "IsAdoption?": (Adoption,),  # the execution's own input
    "ValidatePolicy": (RequestDocument,),  # likewise
    "HowDidItEnd?": (DeploymentRecord, RehearsalAnswer, TooEarlyAnswer),
}
"""What the states read that read something else than the document."""

OF_ANSWERS: Final[dict[str, tuple[type, ...]]] = {
    "AcquireEndpointLock": (LockAnswer,),
    "ConcludeDeployment": (DeploymentRecord, TooEarlyAnswer),
}
"""What the functions answer, where the workflow reads members of it."""

ANSWERED: Final = re.compile(r"\$states\.result\.Payload\.(\w+)")
READ: Final = re.compile(r"\$states\.input\.(\w+)(?:\.(\w+))?")
WRITTEN: Final = re.compile(r"'(\w+)':")
OF_A_PROBLEM: Final = re.compile(r"'Problem': (\{[^{}]*\})")
INPUTS: Final[dict[str, Any]] = {
    "ValidatePolicy": ValidatePolicyInput,
    "AwaitTurn": AwaitStageInput,
    "AwaitStage": AwaitStageInput,
}
"""What the functions are given that are not given a FunctionInput."""


def expressions(state: str) -> str:
    return json.dumps(STATES[state])


def outputs(state: str) -> Iterator[Any]:
    """What a state hands on, by its catches and choices too, and what it keeps, as spelled."""
    ways = [*STATES[state].get("Catch", []), *STATES[state].get("Choices", [])]
    for place in (STATES[state], *ways):
        if "Output" in place:
            yield place["Output"]
        if "Kept" in place.get("Assign", {}):
            yield place["Assign"]["Kept"]


def members_of(*types: type) -> set[str]:
    return {name for each in types for name in get_type_hints(each)}


def members_read(state: str) -> set[str]:
    return {match[1] for match in READ.finditer(expressions(state))}


def members_written(state: str) -> set[str]:
    """The members that a state's outputs name, and that no function answers."""
    written = set[str]()
    for output in outputs(state):
        whole = output if isinstance(output, dict) else OF_A_PROBLEM.sub("'Problem':", output)
        written |= set(whole) if isinstance(whole, dict) else set(WRITTEN.findall(whole))
    return written


@pytest.mark.parametrize("state", STATES)
def test_what_the_workflow_reads_is_a_member_of_what_it_reads_it_from(state: str) -> None:
    assert members_read(state) - members_of(*READS.get(state, (State,))) == set()


@pytest.mark.parametrize("state", TASKS)
def test_what_the_workflow_reads_of_an_answer_is_a_member_of_it(state: str) -> None:
    read = set(ANSWERED.findall(expressions(state)))
    assert read - members_of(*OF_ANSWERS.get(state, ())) == set()
    assert bool(read) is (state in OF_ANSWERS)


def test_what_the_workflow_reads_of_a_problem_or_an_adoption_is_a_member_of_it() -> None:
    matches = [match for state in STATES for match in READ.finditer(expressions(state))]
    inner = {(match[1], match[2]) for match in matches if match[2]}
    adopted = {("Adopt", member) for member in get_type_hints(AdoptedDeployment)}
    assert inner == adopted | {("Problem", "Cause")}
    assert "Cause" in get_type_hints(Problem)


def test_what_the_workflow_writes_into_a_problem_is_what_a_problem_has() -> None:
    said = [str(output) for state in STATES for output in outputs(state)]
    problems = [match[1] for output in said for match in OF_A_PROBLEM.finditer(output)]
    assert {frozenset(WRITTEN.findall(one)) for one in problems} == {frozenset(members_of(Problem))}
    assert len(problems) == 5


@pytest.mark.parametrize("state", [state for state in STATES if state != "DryRunFinished"])
def test_what_the_workflow_writes_of_its_own_is_a_member_of_the_document(state: str) -> None:
    assert members_written(state) - DOCUMENT.keys() == set()


def test_what_an_adoption_begins_with_is_of_this_version() -> None:
    (adoption,) = STATES["IsAdoption?"]["Choices"]
    assert adoption["Output"]["SchemaVersion"] == SCHEMA_VERSION
    assert adoption["Output"].keys() >= {"EndpointName", "Fence", "WaitSeconds"}


@pytest.mark.parametrize("state", TASKS)
def test_each_function_is_told_the_version_of_the_workflow(state: str) -> None:
    assert TASKS[state]["Arguments"]["Payload"]["WorkflowVersion"] == WORKFLOW_VERSION


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
