"""Step Functions: which errors a Catch or a Retry is for, by their names.

Developer Guide, "Handling errors in Step Functions workflows", "Error names".
"""

from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)

from bluegreen_simulator.moto.replacements import replaces

ALL: Final = "States.ALL"
TASK_FAILED: Final = "States.TaskFailed"
TIMEOUT: Final = "States.Timeout"
RUNTIME: Final = "States.Runtime"
TOO_MUCH_DATA: Final = "States.DataLimitExceeded"


@replaces(
    ErrorEqualsDecl,
    "_eval_body",
    restores="what always ends an execution is caught by no wildcard; States.TaskFailed is one too",
    original="aeda14a0cc01",
)
def _is_for(self: Any, env: Any) -> None:  # noqa: ANN401 - moto has no types
    error: str | None = env.stack.pop().error_name
    env.stack.append(is_for([name.error_name for name in self.error_names], error))


def is_for(names: list[str], error: str | None) -> bool:
    """Whether `ErrorEquals` with these names is for an error.

    States.Runtime is never retried nor caught; States.DataLimitExceeded only by its own name (that
    this does: assumed). States.TaskFailed stands for every other but States.Timeout.
    """
    if error == RUNTIME:
        return False
    if error in names:
        return True
    if error == TOO_MUCH_DATA:
        return False
    return ALL in names or (TASK_FAILED in names and error != TIMEOUT)
