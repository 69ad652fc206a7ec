"""Step Functions: histories and lists, page by page."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from operator import gt, itemgetter, lt
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidToken, ValidationException
from moto.stepfunctions.responses import StepFunctionResponse

from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.moto.constraints import summary, violations
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

Event = Mapping[str, Any]

USUAL_PAGE: Final = 100
"""Of a page where a call names no number, or 0 (API, GetExecutionHistory, ListExecutions)."""

ONE_OF_BOTH: Final = "Specify either a stateMachineArn or a mapRunArn, but not both."
PENDING_REDRIVE: Final = "PENDING_REDRIVE"
ONLY_OF_MAP_RUNS: Final = f"The statusFilter {PENDING_REDRIVE} needs a mapRunArn."
"""What AWS asks for (API, ListExecutions), in words of ours."""

OF_ANOTHER_CALL: Final = "Input inconsistent with page token"
"""moto's words of a token of a call with other arguments."""

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
    page, token = _page(self, events, itemgetter("id"), [arn, backwards], backwards=backwards)
    has_data = self._get_param("includeExecutionData") is not False
    shown = page if has_data else [_without_data(event) for event in page]
    return ActionResult({"events": shown, **({"nextToken": token} if token else {})})


def _page[Item](
    self: Any,  # noqa: ANN401 - moto has no types
    items: Iterable[Item],
    position: Callable[[Item], Any],
    of: list[Any],
    *,
    backwards: bool,
) -> tuple[list[Item], str | None]:
    """A page of the items by their positions, and the token for the next one, if there is one.

    The next page begins behind the last item of this one, whether that is still there or not.
    """
    token, size = self._get_param("nextToken"), self._get_param("maxResults") or USUAL_PAGE
    ordered = sorted(items, key=position, reverse=backwards)
    rest = _behind(token, of, ordered, position, backwards=backwards) if token else ordered
    page = rest[:size]
    if len(rest) <= size:
        return page, None
    said = json.dumps({"after": position(page[-1]), "of": of})
    return page, base64.urlsafe_b64encode(said.encode()).decode()


def _behind[Item](
    token: str,
    of: list[Any],
    ordered: list[Item],
    position: Callable[[Item], Any],
    *,
    backwards: bool,
) -> list[Item]:
    """What comes behind the page that a token is from; InvalidToken for one of another call."""
    beyond = lt if backwards else gt
    try:
        said = json.loads(base64.urlsafe_b64decode(token.encode()))
        if said["of"] != of:
            raise InvalidToken(OF_ANOTHER_CALL)
        return [item for item in ordered if beyond(position(item), said["after"])]
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
    restores="one that ended is listed by its stopDate; a page may begin behind one that is not"
    " there any more; one of long ago is not there; without a machine it is refused",
    original="6fec14cfc5af",
)
def _list_executions(self: Any) -> ActionResult:  # noqa: ANN401 - likewise
    require_limits(self, "ListExecutions", "maxResults", "statusFilter")
    _require_one_of_both(self)
    for member in ("mapRunArn", "redriveFilter"):
        if self._get_param(member):
            raise NotImplementedError(f"{member} is not modelled.")
    status = self._get_param("statusFilter")
    if status == PENDING_REDRIVE:
        raise ValidationException(ONLY_OF_MAP_RUNS)
    backend = self.stepfunction_backend
    executions.forget_what_is_old(backend)
    machine = backend.describe_state_machine(self._get_param("stateMachineArn"))
    found = [one for one in machine.executions if status in {None, one.status}]
    page, token = _page(self, found, _when, [machine.arn, status], backwards=True)
    listed = [_listed(execution, machine.arn) for execution in page]
    return ActionResult({"executions": listed, "nextToken": token})


def _require_one_of_both(self: Any) -> None:  # noqa: ANN401 - likewise
    """Refuse a call that names neither a machine nor a Map Run, or both."""
    if bool(self._get_param("stateMachineArn")) == bool(self._get_param("mapRunArn")):
        raise ValidationException(ONE_OF_BOTH)


def _when(execution: Any) -> list[Any]:  # noqa: ANN401 - likewise
    """Where it is in a list: "sorted by time", one that runs by its start (API, ListExecutions)."""
    at = execution.stop_date or execution.start_date
    return [at.timestamp(), execution.execution_arn]


def _listed(execution: Any, machine: str) -> dict[str, Any]:  # noqa: ANN401 - likewise
    stopped = {"stopDate": execution.stop_date} if execution.stop_date else {}
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": machine,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        **stopped,
    }


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
