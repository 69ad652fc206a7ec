"""Step Functions: the parts of requests that moto's API does not pass on to its interpreter."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.responses import StepFunctionResponse

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import replaces


class _State:
    world: World


def install(world: World) -> None:
    """Take the time from the world's clock."""
    _State.world = world


@replaces(
    StepFunctionResponse,
    "stop_execution",
    restores="StopExecution's error and cause are the execution's",
    original="633c8a544aac",
)
def _stop_execution(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    clock = _State.world.clock
    if execution.exec_worker.env is None:
        clock.sleep(0)  # Its thread has a turn before it can be stopped.
    now = clock.now()
    execution.stop(stop_date=now, error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": now})


@replaces(
    StepFunctionResponse,
    "send_task_failure",
    restores="SendTaskFailure's cause is the error's",
    original="f0fed5e80576",
)
def _send_task_failure(self: Any) -> EmptyResult:  # noqa: ANN401 - moto has no types
    error, cause = self._get_param("error"), self._get_param("cause")
    self.stepfunction_backend.send_task_failure(self._get_param("taskToken"), error, cause)
    return EmptyResult()
