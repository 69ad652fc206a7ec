"""The workflow file: valid, whole, and at one with the template's functions and our errors."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from cfnlint.api import lint_all
from statelint.linter import Linter

from bluegreen.contract import errors
from bluegreen.deployment.next_look import SHORTEST
from shipped import (
    FUNCTIONS,
    GLOBALS,
    STATES,
    SUBSTITUTIONS,
    TASKS,
    WORKFLOW,
    WORKFLOW_TEXT,
    members,
)

LAMBDA_FAULTS: Final = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}
"""The errors of Lambda itself that AWS's guide says to retry ("Handling errors")."""

ENDS_OF_A_FUNCTION: Final = {"Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout"}
"""A function that hung or died: under which of these Lambda tells it is not documented."""

FALSE_ALARM: Final = "{% $states.input.WaitSeconds[0] %}"
"""Neither linter knows that a timeout may be an expression of JSONata."""


def problems_for_cfn_lint(workflow: Mapping[str, Any]) -> list[str]:
    text = json.dumps(workflow).replace("${Partition}", "aws")
    text = re.sub(r"\$\{\w+Arn\}", "arn:aws:lambda:eu-central-1:123456789012:function:f", text)
    properties = {
        "RoleArn": "arn:aws:iam::123456789012:role/r",
        "Definition": json.loads(text),
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    found = lint_all(json.dumps({"Resources": {"Machine": machine}}))
    return [match.message for match in found if match.rule.id == "E3601"]


def test_the_workflow_is_valid_for_cfn_lint() -> None:
    assert problems_for_cfn_lint(WORKFLOW) == [f"'{FALSE_ALARM}' is not of type 'number'"]


def test_cfn_lint_would_see_a_state_of_an_unknown_type() -> None:
    broken = {**WORKFLOW, "States": {**STATES, "WaitAfterError": {"Type": "Wate"}}}
    assert any("'Wate' is not one of" in problem for problem in problems_for_cfn_lint(broken))


def test_the_workflow_is_valid_for_statelint_too() -> None:
    problem = f'AwaitStage.TimeoutSeconds is "{FALSE_ALARM}" but should be an Integer'
    assert Linter.validate(WORKFLOW) == [f"State Machine.States.{problem}"]


def test_statelint_would_see_a_missing_target_and_an_unreachable_state() -> None:
    lonely = {"Type": "Pass", "Next": "AwaitStage"}
    lost = {"Type": "Pass", "Next": "Nowhere"}
    problems = Linter.validate({**WORKFLOW, "States": {**STATES, "Lonely": lonely}})
    assert "No transition found to state State Machine.Lonely" in problems
    problems = Linter.validate({**WORKFLOW, "States": {**STATES, "WaitAfterError": lost}})
    assert any("Nowhere" in problem for problem in problems)


def test_every_target_exists_and_every_state_is_reachable() -> None:
    targets = {target for key in ("Next", "Default") for target in members(STATES, key)}
    assert targets | {WORKFLOW["StartAt"]} == set(STATES)


def test_every_state_says_what_it_is_for() -> None:
    assert [name for name, state in STATES.items() if not state.get("Comment")] == []


def test_a_choice_is_a_question_and_nothing_else_is() -> None:
    choices = {name for name, state in STATES.items() if state["Type"] == "Choice"}
    assert choices == {name for name in STATES if name.endswith("?")}


def test_every_task_has_a_timeout_and_the_machine_has_one() -> None:
    assert [name for name, state in TASKS.items() if not state.get("TimeoutSeconds")] == []
    assert WORKFLOW["TimeoutSeconds"] == 172_800


def shortest_timeout(state: Mapping[str, Any]) -> int:
    """A number, or for the state that sleeps, the shortest sleep that anybody gives it."""
    timeout = state["TimeoutSeconds"]
    if timeout != FALSE_ALARM:
        return int(timeout)
    written = re.findall(r"'WaitSeconds': \[(\d+)", WORKFLOW_TEXT)
    return min(SHORTEST, *map(int, written))


@pytest.mark.parametrize("name", TASKS)
def test_a_function_ends_before_its_state_gives_it_up(name: str) -> None:
    function = FUNCTIONS[f"{name}Function"]
    assert function.get("Timeout", GLOBALS["Timeout"]) < shortest_timeout(TASKS[name])


def test_every_substitution_that_is_used_is_given_and_the_reverse() -> None:
    assert set(re.findall(r"\$\{(\w+)\}", WORKFLOW_TEXT)) == set(SUBSTITUTIONS)


def our_errors() -> set[str]:
    found = inspect.getmembers(errors, inspect.isclass)
    return {name for name, error in found if error.__subclasses__() == []}


NAMED: Final = {name for names in members(STATES, "ErrorEquals") for name in names}


def test_every_error_in_the_workflow_is_ours_or_a_known_one_of_aws() -> None:
    known = our_errors() | LAMBDA_FAULTS | ENDS_OF_A_FUNCTION
    unknown = {name for name in NAMED - known if not name.startswith("States.")}
    assert unknown == set()


def test_every_error_of_ours_is_caught_or_retried_by_name() -> None:
    assert our_errors() - NAMED == set()


@pytest.mark.parametrize("name", TASKS)
def test_throttling_and_faults_of_lambda_are_retried_with_jitter_in_every_task(name: str) -> None:
    wanted = LAMBDA_FAULTS | {"ObservationUnavailable"}
    retriers = [r for r in TASKS[name]["Retry"] if r.get("MaxAttempts") != 0]
    (retrier,) = [
        r for r in retriers if wanted <= set(r["ErrorEquals"]) or r["ErrorEquals"] == ["States.ALL"]
    ]
    assert retrier["JitterStrategy"] == "FULL"
    assert retrier["MaxDelaySeconds"] >= 60


@pytest.mark.parametrize("name", ["ValidatePolicy", "AcquireEndpointLock", "StartUpdate"])
def test_a_function_before_the_update_that_hung_or_died_runs_again(name: str) -> None:
    (retrier,) = [r for r in TASKS[name]["Retry"] if set(r["ErrorEquals"]) >= ENDS_OF_A_FUNCTION]
    assert "States.Timeout" in retrier["ErrorEquals"]
    assert retrier["MaxAttempts"] == 2


@pytest.mark.parametrize("name", TASKS)
def test_the_last_catch_of_every_task_catches_everything(name: str) -> None:
    assert TASKS[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
