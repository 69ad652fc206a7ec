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
from bluegreen.deployment.deployment import UNTIL_AN_ORPHAN_ENDS
from bluegreen.deployment.next_look import SHORTEST
from bluegreen.deployment.queue import LONGEST_SLEEP
from bluegreen.guardrails.windows import LONGEST_ERRORS_PERIOD
from bluegreen.states.start_update import LONGEST_BEFORE_THE_CALL
from shipped import (
    FUNCTIONS,
    GLOBALS,
    ROOT,
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
"""Neither linter knows that a number of seconds may be an expression of JSONata."""

SLEEPING: Final = {
    name: member
    for name, state in STATES.items()
    for member in ("TimeoutSeconds", "Seconds")
    if state.get(member) == FALSE_ALARM
}
"""The states that sleep for as long as a function said, and in which member."""


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
    false_alarm = f"'{FALSE_ALARM}' is not of type 'number'"
    timeouts = [name for name, member in SLEEPING.items() if member == "TimeoutSeconds"]
    assert problems_for_cfn_lint(WORKFLOW) == [false_alarm] * len(timeouts)


def test_cfn_lint_would_see_a_state_of_an_unknown_type() -> None:
    broken = {**WORKFLOW, "States": {**STATES, "WaitAfterError": {"Type": "Wate"}}}
    assert any("'Wate' is not one of" in problem for problem in problems_for_cfn_lint(broken))


def test_the_workflow_is_valid_for_statelint_too() -> None:
    false_alarm = f'is "{FALSE_ALARM}" but should be an Integer'
    places = [f"State Machine.States.{name}.{member}" for name, member in SLEEPING.items()]
    assert sorted(Linter.validate(WORKFLOW)) == sorted(f"{place} {false_alarm}" for place in places)


def test_the_states_that_sleep_as_long_as_they_are_told_are_these() -> None:
    assert SLEEPING == {
        "AwaitTurn": "TimeoutSeconds",
        "WaitForLock": "Seconds",
        "AwaitStage": "TimeoutSeconds",
    }


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


def sleeps_written() -> dict[str, set[int]]:
    """The first sleeps that the file itself gives to the states that sleep, by state."""
    places = [
        (place, place["Next"])
        for state in STATES.values()
        for place in (state, *state.get("Catch", []), *state.get("Choices", []))
        if place.get("Next") in SLEEPING and "Output" in place
    ]
    found = {name: set[int]() for name in SLEEPING}
    for place, sleeper in places:
        written = re.findall(r"[\"']WaitSeconds[\"']: \[(\d+)", json.dumps(place["Output"]))
        found[sleeper] |= set(map(int, written))
    return found


def shortest_timeout(name: str) -> int:
    """A number, or for a state that sleeps, the shortest sleep after which it sleeps again.

    A waiter's last sleep in the queue may be shorter; nothing sleeps after it.
    """
    timeout = TASKS[name]["TimeoutSeconds"]
    if timeout != FALSE_ALARM:
        return int(timeout)
    told = {"AwaitTurn": LONGEST_SLEEP, "AwaitStage": SHORTEST}[name]
    return min([told, *sleeps_written()[name]])


@pytest.mark.parametrize("name", TASKS)
def test_a_function_ends_before_its_state_gives_it_up(name: str) -> None:
    assert timeout_of(name) < shortest_timeout(name)


def timeout_of(name: str) -> int:
    return int(FUNCTIONS[f"{name}Function"].get("Timeout", GLOBALS["Timeout"]))


def test_the_file_gives_these_sleeps_itself() -> None:
    assert sleeps_written() == {"AwaitTurn": set(), "WaitForLock": {60}, "AwaitStage": {30, 180}}


def test_an_adopter_looks_when_no_function_of_its_predecessor_can_be_running() -> None:
    orphan = UNTIL_AN_ORPHAN_ENDS.total_seconds()
    assert orphan == timeout_of("StartUpdate") + 30
    (adoption,) = STATES["IsAdoption?"]["Choices"]
    assert adoption["Output"]["WaitSeconds"][0] >= orphan
    assert LONGEST_BEFORE_THE_CALL.total_seconds() < 30


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


OUTSIDE: Final = {"RecoveryIncomplete"}
"""Raised by a function that is no state."""

OF_EARLIER_RELEASES: Final = {"EndpointNotSettled"}
"""Raised for executions that an earlier release began, whose workflow knows it."""


def test_every_error_of_ours_is_caught_or_retried_by_name() -> None:
    assert our_errors() - NAMED == OUTSIDE | OF_EARLIER_RELEASES
    earlier = (ROOT / "tests/releases/0.1/deployment.asl.yaml").read_text(encoding="utf-8")
    assert {name for name in our_errors() if name in earlier} >= OF_EARLIER_RELEASES


def test_the_tree_of_errors_names_each_of_them() -> None:
    tree = re.findall(r"^[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(tree) == sorted(our_errors())


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


def test_a_function_that_parks_a_token_and_died_runs_again() -> None:
    """Of AwaitTurn it is not needed: whoever waits sleeps in another state, and looks again."""
    (retrier,) = [
        r for r in TASKS["AwaitStage"]["Retry"] if set(r["ErrorEquals"]) >= ENDS_OF_A_FUNCTION
    ]
    assert "States.Timeout" not in retrier["ErrorEquals"]  # the sleep is over, and no error
    assert retrier["MaxAttempts"] == 2
    assert TASKS["AwaitTurn"]["Catch"][-1]["Next"] == "WaitForLock"


HOLDING: Final = [name for name in TASKS if name != "ValidatePolicy"]
"""The states that change something for a deployment that somebody else may have taken over."""


@pytest.mark.parametrize("name", HOLDING)
def test_an_execution_whose_deployment_was_taken_over_ends_at_once(name: str) -> None:
    (catcher,) = [c for c in TASKS[name]["Catch"] if "LockLost" in c["ErrorEquals"]]
    assert catcher["Next"] == "DeploymentTakenOver"
    assert STATES["DeploymentTakenOver"]["Error"] == "LockLost"
    (first, *_) = [
        r for r in TASKS[name]["Retry"] if {"LockLost", "States.ALL"} & set(r["ErrorEquals"])
    ] or [{"MaxAttempts": 0}]
    assert first["MaxAttempts"] == 0


def test_an_abort_alarm_that_rings_is_waited_for_for_ten_minutes_and_more() -> None:
    (retrier,) = [
        r for r in TASKS["StartUpdate"]["Retry"] if r["ErrorEquals"] == ["AbortAlarmRings"]
    ]
    assert retrier["BackoffRate"] == 1.0
    assert retrier["IntervalSeconds"] * retrier["MaxAttempts"] >= 600


def test_a_guardrail_still_in_alarm_is_waited_for_as_long_as_its_alarm_may_look_back() -> None:
    """A period and two more before it, in the longest one; what AWS looks back on is not known."""
    (retrier,) = [
        r for r in TASKS["StartUpdate"]["Retry"] if r["ErrorEquals"] == ["GuardrailInAlarm"]
    ]
    assert retrier["BackoffRate"] == 1.0
    assert retrier["IntervalSeconds"] * retrier["MaxAttempts"] > 3 * LONGEST_ERRORS_PERIOD
    (catcher,) = [
        c for c in TASKS["StartUpdate"]["Catch"] if "GuardrailInAlarm" in c["ErrorEquals"]
    ]
    assert catcher["Next"] == "ConcludeDeployment"


def test_an_await_stage_that_fails_for_good_costs_time_and_never_the_verdict() -> None:
    assert TASKS["AwaitStage"]["Catch"][-1]["Next"] == "WaitAfterError"
    assert STATES["WaitAfterError"]["Next"] == "ConcludeDeployment"
    too_early = STATES["HowDidItEnd?"]["Choices"][0]
    assert "TooEarly" in too_early["Condition"]
    assert too_early["Next"] == "AwaitStage"


def test_only_the_first_state_asks_the_execution_which_deployment_it_runs() -> None:
    """An adopter's own name and start are not those of the deployment that it runs."""
    asking = {
        name
        for name, state in STATES.items()
        if re.search(r"context\.Execution\.(Name|StartTime)", json.dumps(state))
    }
    assert asking == {WORKFLOW["StartAt"]}
    for name in TASKS:
        payload = TASKS[name]["Arguments"]["Payload"]
        assert payload["DeploymentId"] == "{% $DeploymentId %}"
        assert payload["StartedAt"] == "{% $StartedAt %}"


@pytest.mark.parametrize("name", TASKS)
def test_the_last_catch_of_every_task_catches_everything(name: str) -> None:
    assert TASKS[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
