"""Step Functions: Map Runs, the items of a Map in its distributed mode."""

from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidArn, ResourceNotFound
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.aws.step_functions.lists import require_limits
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces


@replaces(
    StepFunctionsParserBackend,
    "describe_map_run",
    restores="a Map Run that is not there is refused: ResourceNotFound",
    original="256cb4a9431e",
)
def _describe_map_run(self: Any, map_run_arn: str) -> Any:  # noqa: ANN401 - moto has no types
    return _map_run(self, map_run_arn).describe()


@replaces(
    StepFunctionResponse,
    "update_map_run",
    restores="the API's limits; a Map Run that is not there is refused: ResourceNotFound",
    original="fe73c92fa002",
)
def _update_map_run(self: Any) -> ActionResult:  # noqa: ANN401 - likewise
    limits = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")
    require_limits(self, "UpdateMapRun", *limits)
    _map_run(self.stepfunction_backend, self._get_param("mapRunArn"))
    told: ActionResult = ORIGINALS[StepFunctionResponse, "update_map_run"](self)
    return told


@replaces(
    StepFunctionResponse,
    "list_map_runs",
    restores="an execution that was just started has its Map Runs",
    original="ce190792f665",
)
def _list_map_runs(self: Any) -> ActionResult:  # noqa: ANN401 - likewise
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    executions.let_begin(execution)
    told: ActionResult = ORIGINALS[StepFunctionResponse, "list_map_runs"](self)
    return told


def _map_run(backend: Any, arn: str | None) -> Any:  # noqa: ANN401 - likewise
    """The Map Run of this ARN; InvalidArn, or ResourceNotFound (API, DescribeMapRun, Errors)."""
    if not arn or ":mapRun:" not in arn:
        raise InvalidArn(f"Invalid Arn: '{arn}'")
    for machine in backend.state_machines:
        for execution in machine.executions:
            executions.let_begin(execution)
            found = execution.exec_worker.env.map_run_record_pool_manager.get(arn)
            if found is not None:
                return found
    raise ResourceNotFound(arn)
