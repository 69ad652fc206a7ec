"""Step Functions: which errors a Catch or a Retry is for, by their names, and where a Catch leads.

Developer Guide, "Handling errors in Step Functions workflows", "Error names".
"""

from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.catch.catcher_decl import CatcherDecl
from moto.stepfunctions.parser.asl.component.common.catch.catcher_outcome import (
    CatcherOutcomeCaught,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

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


@replaces(
    CatcherDecl,
    "_eval_body",
    restores="a Catch may lead back to its own state, and not on to the state's Next",
    original="4fd0a6060a5b",
)
def _catch(self: Any, env: Any) -> None:  # noqa: ANN401 - moto has no types
    ORIGINALS[CatcherDecl, "_eval_body"](self, env)
    if isinstance(env.stack[-1], CatcherOutcomeCaught):
        env.was_led = True


@replaces(
    CommonStateField,
    "_set_next",
    restores="the same: moto takes a way back for none",
    original="08e86e76621b",
)
def _go_on(self: Any, env: Any) -> None:  # noqa: ANN401 - moto has no types
    if not vars(env).pop("was_led", False):
        ORIGINALS[CommonStateField, "_set_next"](self, env)
