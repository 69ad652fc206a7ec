"""A deployment in lines, one for each change: for logs and pipes, and what stays after a screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.text import Text

from bluegreen.contract.text import plain
from bluegreen.deployment.queue import newest_first
from bluegreen.sagemaker.traffic_steps import ALL
from bluegreen_cli.moment import ALARM, MISSING, PREPARING, SETTLED, WAITING, Moment, ends_of
from bluegreen_cli.show.colors import COLORS
from bluegreen_cli.show.values import gate_in_words

BAR_WIDTH: Final = 20
KIND_WIDTH: Final = 13
SAID_OTHERWISE: Final = frozenset({"STAGE_CHANGED"})
"""Events of notifications for which there is a line of their own; the end is said at the end."""

Clock = Callable[[datetime], str]
"""How a time is written: of the day, or since the start."""


@dataclass(frozen=True)
class Line:
    """What happened, and when."""

    at: datetime
    text: Text


def changes(before: Moment | None, after: Moment, clock: Clock) -> list[Line]:
    """What is different in a moment from the one before, oldest first."""
    found = [
        *_alarms(before, after),
        *_stage(before, after, clock),
        *_told(before, after),
        *_queue(before, after),
        *_not_known(before, after),
    ]
    return sorted(found, key=lambda line: line.at)


def line_of(at: datetime, kind: str, text: str, color: str = "") -> Line:
    """A line that begins with what it is about."""
    return Line(at, Text.assemble((f"{kind:<{KIND_WIDTH}}", color), text))


# ---- The stage -------------------------------------------------------------------------------


def _stage(before: Moment | None, after: Moment, clock: Clock) -> Iterator[Line]:
    if before is not None and _seen(before) == _seen(after):
        return
    if _is_idle(after) and (before is None or _is_idle(before)):
        return
    if after.phase == WAITING:
        yield line_of(after.now, WAITING, "for its turn")
    elif after.observation is not None:
        yield Line(after.now, _stage_line(after, clock))


def _seen(moment: Moment) -> object:
    counts = [(fleet.name, fleet.share, fleet.instances) for fleet in moment.fleets]
    return moment.phase, moment.stage, moment.doing, counts


def _is_idle(moment: Moment) -> bool:
    """Whether nothing has begun, as far as is known."""
    seen = moment.observation
    return moment.phase in ("", PREPARING) and (seen is None or seen.settled)


def _stage_line(moment: Moment, clock: Clock) -> Text:
    name, ends = plain(moment.phase or moment.doing), ends_of(moment)
    line = Text(f"{name:<{KIND_WIDTH}}", COLORS.get(name, "bold"))
    shares = {fleet.name: fleet.share for fleet in moment.fleets}
    if None not in shares.values():
        share = shares.get("green") or 0
        filled = round(BAR_WIDTH * share / ALL)
        line.append("█" * filled, "green").append("░" * (BAR_WIDTH - filled), "blue")
        line.append(f" {share:>3} % green")
    line.append(f"  {_instances(moment)}")
    if ends is not None:
        line.append(f"  until {clock(ends.stage)}", "dim")
    return line


def _instances(moment: Moment) -> str:
    if moment.phase == SETTLED and moment.observation is not None:
        return f"serves {plain(moment.observation.serves) or 'no single config'}"
    there = ((fleet.instances, fleet.name) for fleet in moment.fleets)
    return " + ".join(f"{'?' if count is None else count} {name}" for count, name in there)


# ---- All else --------------------------------------------------------------------------------


def _alarms(before: Moment | None, after: Moment) -> Iterator[Line]:
    """Changes of alarms; what they are at first only where that is not OK."""
    states = {alarm.name: alarm.state or MISSING for alarm in (before and before.alarms) or ()}
    gates = {gate.alarm: gate for gate in after.gates or ()}
    for alarm in after.alarms or ():
        state, last = plain(alarm.state) or MISSING, states.get(alarm.name, "")
        quiet = _is_abort_alarm(after, alarm.name) and state != ALARM
        if state == (last or "OK") or quiet:
            continue
        seen = gates.get(alarm.name) if state == ALARM else None
        values = f"  {gate_in_words(seen)}".rstrip() if seen else ""
        arrow = f"{last} → " if last else "is in "
        gate = gates.get(alarm.name)
        said = f"{plain((gate and gate.name) or alarm.name)} {arrow}{state}{values}"
        yield line_of(after.now, "alarm", said, COLORS.get(state, ""))


def _is_abort_alarm(moment: Moment, name: str) -> bool:
    return moment.deployment is not None and name == moment.deployment.abort_alarm


def _told(before: Moment | None, after: Moment) -> Iterator[Line]:
    known = set((before and before.told) or ())
    for told in after.told or ():
        if told not in known and not told.terminal and told.event not in SAID_OTHERWISE:
            color = COLORS.get(told.severity, "dim")
            yield line_of(told.at, "notification", plain(told.message), color)


def _queue(before: Moment | None, after: Moment) -> Iterator[Line]:
    waiting = _names(after)
    if waiting is not None and waiting != ((before and _names(before)) or []):
        shown = f"{len(waiting)} waiting: {', '.join(waiting)}" if waiting else "nobody waits"
        yield line_of(after.now, "queue", plain(shown))


def _names(moment: Moment) -> list[str] | None:
    waiting = moment.others_waiting
    if waiting is None:
        return None
    return [waiter.owner.key.deployment_id for waiter in newest_first(waiting)]


def _not_known(before: Moment | None, after: Moment) -> Iterator[Line]:
    known = before.unknown if before is not None else {}
    for what, why in after.unknown.items():
        if what not in known:
            yield line_of(after.now, "not known", f"{what}: {why}", "yellow")
    if after.slowed and not (before and before.slowed):
        yield line_of(after.now, "slower", f"looks come less often: {after.slowed}", "yellow")
