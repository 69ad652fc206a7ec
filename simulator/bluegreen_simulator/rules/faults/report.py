"""Shows the faults that can still occur, as they were asked for, and how often they occurred."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from bluegreen.contract.times import to_text
from bluegreen_simulator.rules.faults.active import Faults, Recurring, Stopping, Sudden
from bluegreen_simulator.rules.faults.kinds import (
    ApiFault,
    Coming,
    Death,
    EventFault,
    FailingModel,
    ForeignUpdate,
    LambdaTimeout,
    Pause,
    Stop,
    SystemUpdating,
)


def shown(faults: Faults, now: datetime) -> dict[str, Any]:
    """By member, as under `given.faults` of a scenario, with `since` and `struck`."""
    updates = [_members(f) for f in faults.pending if isinstance(f, ForeignUpdate)]
    maintenance = [_members(f) for f in faults.pending if isinstance(f, SystemUpdating)]
    failing = [_members(f) for f in faults.pending if isinstance(f, FailingModel)]
    return {
        "events": [_recurring(armed) for armed in faults.events if not armed.is_over(now)],
        "apis": [_recurring(armed) for armed in faults.apis if not armed.is_over(now)],
        "deaths": [_sudden(armed) for armed in faults.deaths if not armed.is_over],
        "lambda_timeouts": [
            _sudden(armed) for armed in faults.lambda_timeouts if not armed.is_over
        ],
        "pauses": [_sudden(armed) for armed in faults.pauses if not armed.is_over],
        "stops": [_stopping(stop) for stop in faults.stops if not stop.is_over],
        "foreign_update": updates,
        "system_updating": maintenance,
        "failing_model": failing,
    }


def _recurring(armed: Recurring[EventFault] | Recurring[ApiFault]) -> dict[str, Any]:
    window = {"from": armed.fault.window.start, "to": armed.fault.window.end}
    since = {"since": to_text(armed.since)} if armed.since else {}
    told = {name: bound for name, bound in window.items() if bound is not None}
    return {**_members(armed.fault), **told, **since, "struck": armed.struck}


def _stopping(armed: Stopping) -> dict[str, Any]:
    return {**_members(armed.fault), "struck": armed.struck}


def _sudden(armed: Sudden[Death] | Sudden[LambdaTimeout] | Sudden[Pause]) -> str:
    fault = armed.fault
    moment = (" before " if fault.before else " after ") + fault.operation
    length = f" for {fault.seconds:g}" if isinstance(fault, Pause) else ""
    return fault.function + (moment if fault.operation else "") + length


def _members(
    fault: EventFault | ApiFault | Stop | Coming,
) -> Mapping[str, Any]:
    """What was said of a fault, apart from its window."""
    values = {field.name: getattr(fault, field.name) for field in fields(fault)}
    return {
        field.name: values[field.name]
        for field in fields(fault)
        if field.name != "window" and values[field.name] != field.default
    }
