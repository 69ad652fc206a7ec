"""Step Functions: branches of Parallel, iterations of Map: one that fails ends the others.

Developer Guide, "Parallel workflow state" and "Map workflow state".
"""

from collections.abc import Callable
from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (  # noqa: E501 - moto's name
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl

from bluegreen_simulator.aws.step_functions import executions, threads
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.time.clock import current_task

OF_AWS: Final = "States."
"""How the names begin that only Step Functions itself gives to errors."""


def _error_name(error_name: str | None) -> ErrorName:
    """The name of what a branch failed with, which may be one of Step Functions' own."""
    if error_name is not None and error_name.startswith(OF_AWS):
        return StatesErrorName.from_name(error_name)
    return CustomErrorName(error_name)


for _module in (branches_decl, iteration_worker):
    replaces(
        _module,
        "CustomErrorName",
        restores="an error of Step Functions' own goes on from a branch by its name",
        original="40a96f8ab369",
    )(_error_name)


def _ending_the_others(owner: Any) -> Callable[[Any, Any], None]:  # noqa: ANN401 - moto has no types
    """What does the branches of `owner`, and ends those that still run when one has failed."""

    def evaluate(self: Any, env: Any) -> None:  # noqa: ANN401 - likewise
        try:
            ORIGINALS[owner, "_eval_body"](self, env)
        except FailureEventException:
            executions.stop_what_these_await(threads.end_all_below(current_task()))
            raise

    return evaluate


for _owner, _original in (
    (branches_decl.BranchesDecl, "eec2efa5fe00"),
    (InlineIterationComponent, "1a65306eb3ca"),
):
    replaces(
        _owner,
        "_eval_body",
        restores="when one fails, the others end where they are, and what they wait for is stopped",
        original=_original,
    )(_ending_the_others(_owner))
