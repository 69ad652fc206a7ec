"""Composite alarms: which ones are allowed, which state they have, and why.

StateReason and StateReasonData are worded as seen in events and descriptions of real alarms;
after an update of the rule: assumed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from moto.cloudwatch.exceptions import ValidationError

from bluegreen_simulator.aws.cloudwatch.history import compact
from bluegreen_simulator.aws.cloudwatch.records import Alarm, State
from bluegreen_simulator.aws.cloudwatch.requests import not_modelled
from bluegreen_simulator.rules.alarms.composite_alarm import (
    AlarmRule,
    AlarmRuleError,
    name_in,
    parse_rule,
)
from bluegreen_simulator.rules.alarms.reason import stamp
from bluegreen_simulator.rules.alarms.rule import AlarmState

Alarms = Mapping[str, Alarm]
NOT_MODELLED: Final = (
    "ActionConfiguration",
    "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
)
MOST_PARENTS: Final = 150


def children(rule: AlarmRule) -> list[str]:
    """The names of the alarms in a rule, each once."""
    return list(dict.fromkeys(map(name_in, rule.references)))


def watching(alarms: Alarms, child: Alarm) -> list[Alarm]:
    """The composite alarms that stand on an alarm."""
    return [a for a in alarms.values() if a.rule and child.name in children(a.rule)]


def judged(composite: Alarm, alarms: Alarms, child: Alarm | None, done: str) -> State:
    """The state that a composite alarm takes: after a child's change, or after it was `done`."""
    assert composite.rule
    states = {name: alarms[name].state.value for name in children(composite.rule)}
    value = AlarmState.ALARM if composite.rule.holds(states) else AlarmState.OK
    because = [child] if child else [alarms[name] for name in states]
    data = compact({"triggeringAlarms": [_triggering(alarm) for alarm in because]})
    reason = f"{composite.alarm_arn} was {done} and its alarm rule evaluates to {value}"
    if child:
        reason = f"{child.alarm_arn} transitioned to {child.state.value} at {_day(child.state.at)}"
    return State(value.value, reason, data, composite.state.at)


def checked_rule(name: str, text: str, prefix: str, alarms: Alarms) -> AlarmRule:
    """The rule of a composite alarm with that name; ValidationError if it cannot have it.

    `prefix` is what the ARNs of the account's alarms begin with.
    """
    rule = _parsed(text)
    missing = [r for r in rule.references if _name(r, prefix) not in alarms]
    if missing:
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm"
            " rule do not exist"
        )
    of_logs = [child for child in children(rule) if alarms[child].type == "LogAlarm"]
    if of_logs:
        raise not_modelled(f"An alarm on logs in an AlarmRule ({', '.join(of_logs)})")
    if name in alarms and name in _all_below(children(rule), alarms):
        raise not_modelled(f"A cycle of composite alarms (the rule of {name} comes back to it)")
    _check_parents(name, rule, alarms)
    return rule


def check_deletion(names: Iterable[str], alarms: Alarms) -> None:
    """Refuse to delete two composite alarms at once, or what a remaining one stands on."""
    deleted = [alarms[name] for name in dict.fromkeys(names) if name in alarms]
    if sum(alarm.rule is not None for alarm in deleted) > 1:
        raise ValidationError("Only one composite alarm can be deleted in one operation.")
    needed = [a.name for a in deleted if any(p not in deleted for p in watching(alarms, a))]
    if needed:
        them = "it" if len(needed) == 1 else "them"
        raise ValidationError(
            f"Cannot delete {','.join(needed)} as there are composite alarm(s) depending on {them}."
        )


def _parsed(text: str) -> AlarmRule:
    try:
        return parse_rule(text)
    except AlarmRuleError as error:
        raise ValidationError(str(error)) from error
    except NotImplementedError as error:
        raise not_modelled(str(error)) from error


def _name(reference: str, prefix: str) -> str | None:
    """The alarm's name; None for an ARN of another account or Region."""
    if name_in(reference) == reference:
        return reference
    return reference.removeprefix(prefix) if reference.startswith(prefix) else None


def _all_below(names: Iterable[str], alarms: Alarms) -> Iterator[str]:
    """The names, and those of all alarms that they stand on."""
    for name in names:
        yield name
        rule = alarms[name].rule
        if rule:
            yield from _all_below(children(rule), alarms)


def _check_parents(name: str, rule: AlarmRule, alarms: Alarms) -> None:
    for child in children(rule):
        parents = {parent.name for parent in watching(alarms, alarms[child])} | {name}
        if len(parents) > MOST_PARENTS:
            raise ValidationError(
                f"{child} cannot be in the rules of more than {MOST_PARENTS} composite alarms."
            )


def _triggering(alarm: Alarm) -> dict[str, Any]:
    state = {"value": alarm.state.value, "timestamp": stamp(alarm.state.at)}
    return {"arn": alarm.alarm_arn, "state": state}


def _day(at: datetime) -> str:
    return f"{at:%A %d %B, %Y %H:%M:%S} UTC"
