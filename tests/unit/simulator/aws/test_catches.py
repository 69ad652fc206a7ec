"""Which errors a Catch or a Retry is for, by the names that it lists."""

import pytest

from bluegreen_simulator.aws.step_functions.catches import is_for


@pytest.mark.parametrize(
    ("names", "error", "is_caught"),
    [
        (["Mine"], "Mine", True),
        (["Other"], "Mine", False),
        (["States.ALL"], "Mine", True),
        (["States.ALL"], None, True),
        (["States.TaskFailed"], "Mine", True),
        (["States.TaskFailed"], "States.TaskFailed", True),
        (["States.TaskFailed"], "States.QueryEvaluationError", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.TaskFailed"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.TaskFailed"], "States.DataLimitExceeded", False),
        (["Mine", "States.DataLimitExceeded"], "States.DataLimitExceeded", True),
    ],
)
def test_names_stand_for_errors_as_the_guide_says(
    names: list[str], error: str | None, is_caught: bool
) -> None:
    assert is_for(names, error) is is_caught
