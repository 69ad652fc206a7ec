"""Step Functions: histories and lists, page by page."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidToken, ValidationException
from moto.stepfunctions.responses import StepFunctionResponse

from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.moto.constraints import summary, violations
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

Event = Mapping[str, Any]

USUAL_PAGE: Final = 100
"""Events of a page where a call names no number, or 0 (API, GetExecutionHistory)."""

ONE_OF_BOTH: Final = "Specify either a stateMachineArn or a mapRunArn, but not both."
PENDING_REDRIVE: Final = "PENDING_REDRIVE"
ONLY_OF_MAP_RUNS: Final = f"The statusFilter {PENDING_REDRIVE} needs a mapRunArn."
"""What AWS asks for (API, ListExecutions), in words of ours."""

DATA: Final = ("input", "output")
"""What a history without execution data leaves out of its events."""


@replaces(
    StepFunctionResponse,
    "get_execution_history",
    restores="a history comes in pages, forwards or backwards, with execution data or without",
    original="3889cc6224ac",
)
def _history(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
    require_limits(self, "GetExecutionHistory", "maxResults")
    arn, backwards = self._get_param("executionArn"), bool(self._get_param("reverseOrder"))
    execution = self.stepfunction_backend.describe_execution(arn)
    executions.let_begin(execution)
    events = execution.to_history_output()["events"]
    ordered = events[::-1] if backwards else events
    page, token = _page(self, ordered, [arn, backwards])
    has_data = self._get_param("includeExecutionData") is not False
    shown = page if has_data else [_without_data(event) for event in page]
    return ActionResult({"events": shown, **({"nextToken": token} if token else {})})


def _page(self: Any, events: Sequence[Event], of: list[Any]) -> tuple[Sequence[Event], str | None]:  # noqa: ANN401 - likewise
    """A page of the events in their order, and the token for the next one, if there is one."""
    token = self._get_param("nextToken")
    size = self._get_param("maxResults") or USUAL_PAGE
    begin = _begin_after(token, of, [event["id"] for event in events]) if token else 0
    page = events[begin : begin + size]
    if begin + size >= len(events):
        return page, None
    said = json.dumps({"after": page[-1]["id"], "of": of})
    return page, base64.urlsafe_b64encode(said.encode()).decode()


def _begin_after(token: str, of: list[Any], ids: list[int]) -> int:
    """Where the page of a token begins; InvalidToken for one of another call."""
    try:
        said = json.loads(base64.urlsafe_b64decode(token.encode()))
        of_this_call = {json.dumps(of): ids}
        return of_this_call[json.dumps(said["of"])].index(said["after"]) + 1
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidToken("'Invalid token'") from error


def _without_data(event: Event) -> Event:
    return {
        name: {key: part for key, part in value.items() if key not in DATA}
        if isinstance(value, Mapping)
        else value
        for name, value in event.items()
    }


@replaces(
    StepFunctionResponse,
    "list_executions",
    restores="one that timed out has its stopDate; one of long ago is not there; without a machine"
    " it is refused",
    original="6fec14cfc5af",
)
def _list_executions(self: Any) -> ActionResult:  # noqa: ANN401 - likewise
    require_limits(self, "ListExecutions", "maxResults", "statusFilter")
    _require_one_of_both(self)
    for member in ("mapRunArn", "redriveFilter"):
        if self._get_param(member):
            raise NotImplementedError(f"{member} is not modelled.")
    if self._get_param("statusFilter") == PENDING_REDRIVE:
        raise ValidationException(ONLY_OF_MAP_RUNS)
    backend = self.stepfunction_backend
    executions.forget_what_is_old(backend)
    told = ORIGINALS[StepFunctionResponse, "list_executions"](self).result
    machine = backend.describe_state_machine(self._get_param("stateMachineArn"))
    ends = {one.execution_arn: one.stop_date for one in machine.executions if one.stop_date}
    listed = [{**one, **_stop_date(ends, one)} for one in told["executions"]]
    return ActionResult({**told, "executions": listed})


def _require_one_of_both(self: Any) -> None:  # noqa: ANN401 - likewise
    """Refuse a call that names neither a machine nor a Map Run, or both."""
    if bool(self._get_param("stateMachineArn")) == bool(self._get_param("mapRunArn")):
        raise ValidationException(ONE_OF_BOTH)


def _stop_date(ends: Mapping[str, Any], execution: Mapping[str, Any]) -> dict[str, Any]:
    arn = execution["executionArn"]
    return {"stopDate": ends[arn]} if arn in ends else {}


@replaces(
    StepFunctionResponse,
    "list_state_machines",
    restores="a page has a thousand at the most",
    original="eae80c26e1ca",
)
def _list_machines(self: Any) -> ActionResult:  # noqa: ANN401 - likewise
    require_limits(self, "ListStateMachines", "maxResults")
    told: ActionResult = ORIGINALS[StepFunctionResponse, "list_state_machines"](self)
    return told


def require_limits(self: Any, operation: str, *members: str) -> None:  # noqa: ANN401 - likewise
    """Refuse members that are beyond the limits of the API's model."""
    given = {name: self._get_param(name) for name in members}
    call = {name: value for name, value in given.items() if value is not None}
    broken = violations("stepfunctions", operation, call)
    if broken:
        raise ValidationException(summary(broken))
