"""Faults as they stand in a file or a request; a refusal names member, value and the allowed."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from moto.core.utils import get_service_model

from bluegreen.contract.text import quoted
from bluegreen_simulator.inputs.members import (
    BEHAVIOR,
    FLAG,
    MAPPING,
    TEXT,
    Rule,
    ScenarioError,
    in_words,
    list_of,
    number,
    one_of,
    require_members,
    whole,
)
from bluegreen_simulator.rules.faults.kinds import (
    ANSWERS,
    DETAIL_TYPES,
    ENDPOINT,
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FailingModel,
    FaultPlan,
    ForeignUpdate,
    LambdaTimeout,
    Pause,
    Provisioning,
    Stop,
    SystemUpdating,
    Window,
)

SERVICES: Final = (
    "sagemaker",
    "sagemaker-runtime",
    "cloudwatch",
    "dynamodb",
    "sns",
    "sqs",
    "stepfunctions",
    "lambda",
    "events",
    "ssm",
)
"""Whose calls can be made to fail; boto3's names."""

ONLY_OF: Final[Mapping[ApiError, tuple[str, ...]]] = {
    ApiError.TIMEOUT: tuple(service for service in SERVICES if service != "lambda"),
    ApiError.KEY_DISABLED: ("sns",),
}
"""The errors that not every service has."""

EFFECTS: Final = ("drop", "delay", "duplicate", "reorder", "skew")
LONGEST: Final = 172_800
"""Seconds; how long an execution may last."""

DAY: Final = 86_400
YES: Final = Rule("true", lambda value: value is True)
SECONDS: Final = number(0, LONGEST)
SOME_SECONDS: Final = number(1, LONGEST)
COUNT: Final = whole(1, 1000)
MOMENT: Final = r"(\w+) (before|after) (\w+)"
DEATH: Final = in_words(
    MOMENT, "a function and an operation, as in StartUpdate after (or before) UpdateEndpoint"
)
HANG: Final = in_words(
    rf"\w+|{MOMENT}",
    "a function, or a function and an operation, as in StartUpdate after (or before)"
    " UpdateEndpoint",
)
PAUSE: Final = in_words(
    rf"{MOMENT} for [1-9]\d{{0,2}}",
    "a function, an operation and up to 999 seconds, as in StartUpdate before (or after)"
    " UpdateEndpoint for 90",
)
WINDOW: Final = {"from": SECONDS, "to": SOME_SECONDS, "nth": COUNT, "times": COUNT}
ONE_OR_MORE: Final = Rule(
    "a mapping, or a list of them",
    lambda value: (
        isinstance(value, dict)
        or (isinstance(value, list) and all(isinstance(item, dict) for item in value))
    ),
)
MEMBERS: Final[Mapping[str, Rule]] = {
    "drop_events": FLAG,
    "deaths": list_of(DEATH, "a list of deaths"),
    "lambda_timeouts": list_of(HANG, "a list of timeouts"),
    "pauses": list_of(PAUSE, "a list of pauses"),
    "stops": list_of(MAPPING, "a list of stops"),
    "events": list_of(MAPPING, "a list of faults of events"),
    "apis": list_of(MAPPING, "a list of faults of APIs"),
    "endpoint": TEXT,
    "foreign_update": MAPPING,
    "provisioning": one_of(Provisioning),
    "rollback_fails": FLAG,
    "system_updating": MAPPING,
    "failing_model": ONE_OR_MORE,
}
EVENT: Final[Mapping[str, Rule]] = {
    "detail_type": one_of(DETAIL_TYPES),
    "drop": YES,
    "delay": SOME_SECONDS,
    "duplicate": whole(2, 10),
    "reorder": YES,
    "skew": whole(-DAY, DAY),
    **WINDOW,
}
API: Final[Mapping[str, Rule]] = {
    "service": one_of(SERVICES),
    "operation": TEXT,
    "function": TEXT,
    "error": one_of(ApiError),
    "carried_out": FLAG,
    **WINDOW,
}
STOP: Final[Mapping[str, Rule]] = {
    "state": TEXT,
    "function": TEXT,
    "operation": TEXT,
    "before": FLAG,
    "nth": COUNT,
    "executions": COUNT,
}
FOREIGN_UPDATE: Final = {"at": SECONDS, "config": TEXT}
SYSTEM_UPDATING: Final = {"at": SECONDS, "seconds": SOME_SECONDS}
FAILING_MODEL: Final = {"at": SECONDS, "config": TEXT, **{name: BEHAVIOR[name] for name in ANSWERS}}


def plan_of(body: Mapping[str, Any], path: str) -> FaultPlan:
    """The faults of a mapping that stands at `path`; ScenarioError when it cannot be understood."""
    require_members(body, MEMBERS, path)
    events = [_event(item, place) for place, item in _items(body, "events", path)]
    apis = [_api(item, place) for place, item in _items(body, "apis", path)]
    return FaultPlan(
        drop_events=body.get("drop_events", False),
        events=tuple(events),
        apis=tuple(apis),
        deaths=tuple(Death(**_moment(text)) for text in body.get("deaths", [])),
        lambda_timeouts=tuple(
            LambdaTimeout(**_moment(text)) for text in body.get("lambda_timeouts", [])
        ),
        pauses=tuple(_pause(text) for text in body.get("pauses", [])),
        stops=tuple(_stop(item, place) for place, item in _items(body, "stops", path)),
        endpoint=body.get("endpoint", ENDPOINT),
        foreign_update=_coming(body, path, "foreign_update", FOREIGN_UPDATE, ForeignUpdate),
        provisioning=Provisioning(body["provisioning"]) if "provisioning" in body else None,
        rollback_fails=body.get("rollback_fails", False),
        system_updating=_coming(body, path, "system_updating", SYSTEM_UPDATING, SystemUpdating),
        failing_model=_failing(body.get("failing_model", []), _in(path, "failing_model")),
    )


def require_names(
    plan: FaultPlan, functions: Iterable[str], states: Iterable[str], path: str
) -> None:
    """ScenarioError unless the functions (by state or handler), states and operations exist."""
    for name in [stop.state for stop in plan.stops if stop.state]:
        known_states = list(states)
        _require_name(_in(path, "stops"), "state", name, known_states, ", ".join(known_states))
    sudden: list[tuple[str, Death | LambdaTimeout | Pause | Stop]] = [
        *(("deaths", fault) for fault in plan.deaths),
        *(("lambda_timeouts", fault) for fault in plan.lambda_timeouts),
        *(("pauses", fault) for fault in plan.pauses),
        *(("stops", fault) for fault in plan.stops if not fault.state),
    ]
    named = [(member, fault.function) for member, fault in sudden]
    named += [("apis", fault.function) for fault in plan.apis if fault.function]
    known = list(functions)
    for member, name in named:
        _require_name(_in(path, member), "function", name, known, ", ".join(known))
    for member, name in [(member, fault.operation) for member, fault in sudden if fault.operation]:
        services = f"one of {', '.join(SERVICES)}"
        _require_name(_in(path, member), "operation", name, _operations(), services)


def _require_name(place: str, kind: str, name: str, known: Collection[str], words: str) -> None:
    if name not in known:
        raise ScenarioError(f"{place} names the {kind} {quoted(name)}. Allowed: {words}.")


def _operations() -> set[str]:
    return {name for service in SERVICES for name in get_service_model(service).operation_names}


def _in(path: str, member: str) -> str:
    return f"{path}.{member}" if path else member


def _items(body: Mapping[str, Any], member: str, path: str) -> list[tuple[str, Any]]:
    place = _in(path, member)
    return [(f"{place}[{index}]", item) for index, item in enumerate(body.get(member, []))]


def _require(body: Mapping[str, Any], path: str, *members: str) -> None:
    for member in members:
        if member not in body:
            raise ScenarioError(f"{path}.{member} is missing.")


def _event(body: Mapping[str, Any], path: str) -> EventFault:
    require_members(body, EVENT, path)
    if sum(effect in body for effect in EFFECTS) != 1:
        raise ScenarioError(f"{path} is {quoted(body)}. Allowed: one of {', '.join(EFFECTS)}.")
    members = {name: value for name, value in body.items() if name not in {"from", "to"}}
    return EventFault(window=_window(body, path), **members)


def _api(body: Mapping[str, Any], path: str) -> ApiFault:
    require_members(body, API, path)
    _require(body, path, "service", "error")
    if "operation" in body:
        _require_operation(body["service"], body["operation"], path)
    _require_error(body["service"], ApiError(body["error"]), path)
    members = {name: value for name, value in body.items() if name not in {"from", "to"}}
    members["error"] = ApiError(body["error"])
    return ApiFault(window=_window(body, path), **members)


def _require_error(service: str, error: ApiError, path: str) -> None:
    others = [one for one in ApiError if service in ONLY_OF.get(one, SERVICES)]
    if error not in others:
        problem = f"{path}.error is {quoted(error)}"
        raise ScenarioError(f"{problem}. Allowed of {service}: {', '.join(others)}.")


def _require_operation(service: str, operation: str, path: str) -> None:
    if operation not in get_service_model(service).operation_names:
        problem = f"{path}.operation is {quoted(operation)}"
        raise ScenarioError(f"{problem}. Allowed: an operation of {service}.")


def _window(body: Mapping[str, Any], path: str) -> Window:
    window = Window(body.get("from"), body.get("to"))
    if window.start is not None and window.is_over(window.start):
        raise ScenarioError(f"{path}.to is {window.end}. Allowed: more than from.")
    return window


def _moment(text: str) -> dict[str, Any]:
    """A function, and before or after which of its calls."""
    found = re.match(MOMENT, text)
    if not found:
        return {"function": text}
    return {"function": found[1], "operation": found[3], "before": found[2] == "before"}


def _pause(text: str) -> Pause:
    moment, _, seconds = text.rpartition(" for ")
    return Pause(**_moment(moment), seconds=int(seconds))


def _stop(body: Mapping[str, Any], path: str) -> Stop:
    require_members(body, STOP, path)
    members = body.keys() - {"nth", "executions", "before"}
    if members not in ({"state"}, {"function", "operation"}) or {"state", "before"} <= body.keys():
        allowed = "a state, or a function and an operation"
        raise ScenarioError(f"{path} is {quoted(body)}. Allowed: {allowed}.")
    return Stop(**body)


def _coming[C](
    body: Mapping[str, Any],
    path: str,
    member: str,
    rules: Mapping[str, Rule],
    kind: Callable[..., C],
) -> C | None:
    """What happens once at its moment; all of its members are needed."""
    if member not in body:
        return None
    place = _in(path, member)
    require_members(body[member], rules, place)
    _require(body[member], place, *rules)
    return kind(**body[member])


def _failing(
    body: Mapping[str, Any] | Sequence[Mapping[str, Any]], path: str
) -> FailingModel | tuple[FailingModel, ...]:
    """One model that fails, or several times one."""
    if isinstance(body, Mapping):
        return _failing_model(body, path)
    return tuple(_failing_model(item, f"{path}[{place}]") for place, item in enumerate(body))


def _failing_model(body: Mapping[str, Any], path: str) -> FailingModel:
    require_members(body, FAILING_MODEL, path)
    _require(body, path, "at", "config")
    if not set(ANSWERS) & body.keys():
        raise ScenarioError(
            f"{path} is {quoted(body)}. Allowed: one or more of {', '.join(ANSWERS)}."
        )
    return FailingModel(**body)
