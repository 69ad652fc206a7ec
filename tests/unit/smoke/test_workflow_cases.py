"""What TestState is asked, for the workflow file as it ships."""

import json
from typing import Any

import pytest

from bluegreen_smoke.workflow import asked, misses, shortened
from bluegreen_smoke.workflow_cases import VARIABLES, Case, cases_of, without_a_case
from shipped import STATES, TASKS, WORKFLOW

CASES = cases_of(WORKFLOW)


def case_of(state: str, what: str) -> Case:
    (case,) = [case for case in CASES if (case.state, case.what) == (state, what)]
    return case


def test_every_state_and_every_way_out_of_one_has_a_case() -> None:
    assert {case.state for case in CASES} == set(STATES)
    assert without_a_case(WORKFLOW) == [], "give workflow_cases.PAYLOADS one that goes this way"


def test_every_catch_and_every_retry_has_a_case() -> None:
    for name, state in TASKS.items():
        errors = [c for c in CASES if c.state == name and "errorOutput" in (c.mock or {})]
        retried = [r for r in state["Retry"] if r["MaxAttempts"]]
        assert len(errors) == len(state["Catch"]) + len(retried)


def test_an_expression_gives_what_is_expected_of_aws() -> None:
    timeout = case_of("AwaitStage", "fails with States.Timeout")
    assert timeout.expected.output["WaitSeconds"] == [600, 900]
    success = case_of("StartUpdate", "answers")
    assert success.expected.output == {
        "SchemaVersion": 1,
        "EndpointName": "smoke",
        "Findings": [],
        "Settled": False,
        "WaitSeconds": [300],
    }


def test_a_caught_error_has_used_up_its_retries() -> None:
    assert case_of("ConcludeDeployment", "fails with SmokeTestError").retries == 16
    assert case_of("ConcludeDeployment", "fails with LockLost").retries == 0
    assert case_of("StartUpdate", "retries AbortAlarmRings").expected.status == "RETRIABLE"
    assert case_of("StartUpdate", "retries GuardrailInAlarm").expected.status == "RETRIABLE"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.state} {case.what}")
def test_context_and_retries_go_only_with_a_mock(case: Case) -> None:
    body = asked(case, WORKFLOW)
    assert ("mock" in body) == (case.state in TASKS) == ("context" in body)
    assert body["stateName"] == case.state
    assert json.loads(body["definition"]) == WORKFLOW


def test_the_variables_are_those_that_the_first_state_assigns() -> None:
    first = STATES[WORKFLOW["StartAt"]]
    for assigned in (first["Assign"], *(choice["Assign"] for choice in first["Choices"])):
        assert assigned.keys() == VARIABLES.keys()
    for case in CASES:
        assert json.loads(asked(case, WORKFLOW)["variables"]) == VARIABLES


def test_an_adoption_goes_on_as_the_deployment_that_it_adopts() -> None:
    assert case_of("IsAdoption?", "chooses AwaitStage").expected.output == {
        "SchemaVersion": 1,
        "EndpointName": "smoke",
        "Fence": 2,
        "WaitSeconds": [180, 300, 600, 900],
    }


def test_waits_are_short_and_the_file_is_left_alone() -> None:
    assert shortened(WORKFLOW)["States"]["WaitAfterError"]["Seconds"] == 1
    assert STATES["WaitAfterError"]["Seconds"] == 300


def answer_to(case: Case, **changed: Any) -> dict[str, Any]:
    expected = case.expected
    body = {"status": expected.status, "nextState": expected.next_state, "error": expected.error}
    return {**body, "output": json.dumps(expected.output), **changed}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.state} {case.what}")
def test_the_expected_answer_misses_nothing(case: Case) -> None:
    assert list(misses(case, answer_to(case))) == []


@pytest.mark.parametrize(
    "changed", [{"status": "FAILED"}, {"nextState": "Elsewhere"}, {"error": "X"}, {"output": "{}"}]
)
def test_another_answer_is_seen(changed: dict[str, str]) -> None:
    case = case_of("StartUpdate", "answers")
    assert len(list(misses(case, answer_to(case, **changed)))) == 1
