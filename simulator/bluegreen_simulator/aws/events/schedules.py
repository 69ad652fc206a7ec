"""EventBridge's scheduled rules: `rate(...)` on the world's clock, and no other expression.

Schedules never keep a world alive: a tick comes only while somebody waits for a moment, or while
something is open (World), as recovery needs it; else the clock says that nothing can happen any
more, as it does without them. When something happens after all, the schedules begin anew. On a
clock in proportion to real time each tick comes.
"""

import re
from datetime import timedelta
from functools import partial
from typing import Any, Final

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule, events_backends

from bluegreen_simulator.aws.events import bus
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.time.clock import Timer

SOURCE: Final = "aws.events"
DETAIL_TYPE: Final = "Scheduled Event"

RATE: Final = re.compile(r"rate\((?:1 (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)")
"""One is singular, more are plural (EventBridge User Guide, "Rate expressions")."""


class _State:
    world: World
    timers: dict[str, Timer]
    resting: list[Rule]


def install(world: World) -> None:
    """Begin without schedules."""
    _State.world = world
    _State.timers = {}
    _State.resting = []
    world.journal.listeners.append(_wake)


def _wake(_: Entry) -> None:
    """Something has happened: let the schedules that rest go on."""
    resting, _State.resting = _State.resting, []
    for rule in resting:
        if _is_in_force(rule):
            _begin(rule)


def period_of(expression: str) -> timedelta:
    """The time between two ticks; ValidationException for what is not modelled."""
    found = RATE.fullmatch(expression)
    if not found:
        what = f"ScheduleExpression {expression}"
        raise ValidationException(f"{what} is not modelled by the simulator.")
    return timedelta(**{f"{found[1] or found[3]}s": int(found[2] or 1)})


@replaces(
    EventsBackend,
    "put_rule",
    restores="a rule with a rate fires; it begins anew when it is put again",
    original="28bf0ac76b1b",
)
def _put_rule(self: Any, name: str, **members: Any) -> Rule:  # noqa: ANN401 - moto has no types
    expression = members.get("scheduled_expression")
    if expression:
        period_of(expression)
    rule: Rule = ORIGINALS[EventsBackend, "put_rule"](self, name, **members)
    _begin(rule)
    return rule


@replaces(
    Rule,
    "enable",
    restores="a rule with a rate that is enabled fires, its first time a period later",
    original="7dffd073901e",
)
def _enable(self: Rule) -> None:
    ORIGINALS[Rule, "enable"](self)
    _begin(self)


def _begin(rule: Rule) -> None:
    """Let the rule's next tick be a whole period from now, if it has a schedule."""
    former = _State.timers.pop(rule.arn, None)
    if former:
        former.cancel()
    if rule.scheduled_expression:
        clock, period = _State.world.clock, period_of(rule.scheduled_expression)
        _State.timers[rule.arn] = clock.run_at(clock.now() + period, partial(_tick, rule))


def _tick(rule: Rule) -> None:
    if not _is_in_force(rule):
        return
    if not _goes_on():
        _State.resting.append(rule)
        return
    _begin(rule)
    bus.send_to(rule, bus.event_of(SOURCE, DETAIL_TYPE, {}, [rule.arn]))


def _is_in_force(rule: Rule) -> bool:
    bus = events_backends[rule.account_id][rule.region_name].describe_event_bus("default")
    return bus.rules.get(rule.name) is rule and rule.state == "ENABLED"


def _goes_on() -> bool:
    """Whether somebody waits for a moment, or something is open: at a tick every task waits."""
    world = _State.world
    clock, changed_at = world.clock, world.journal.changed_at
    if clock.speed is not None or clock.anybody_waits:
        return True
    recent = changed_at is not None and clock.now() - changed_at <= world.horizon
    return recent and world.is_open()
