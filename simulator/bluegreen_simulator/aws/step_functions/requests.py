"""Step Functions: the parts of requests that moto's API does not pass on to its interpreter."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.responses import StepFunctionResponse

from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces


@replaces(
    StepFunctionResponse,
    "stop_execution",
    restores="StopExecution's error and cause are the execution's, which ends at once",
    original="633c8a544aac",
)
def _stop_execution(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    executions.stop(execution, self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


@replaces(
    StepFunctionResponse,
    "describe_execution",
    restores="one that timed out has its stopDate; one of long ago does not exist",
    original="c3953bdc9ce2",
)
def _describe_execution(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
    executions.forget_what_is_old(self.stepfunction_backend)
    told = ORIGINALS[StepFunctionResponse, "describe_execution"](self).result
    execution = self.stepfunction_backend.describe_execution(told["executionArn"])
    stopped = {"stopDate": execution.stop_date} if execution.stop_date else {}
    return ActionResult({**told, **stopped})


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
