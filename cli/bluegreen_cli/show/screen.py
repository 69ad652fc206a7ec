"""The screen of a deployment: a moment as lines for a terminal of any size.

Nothing here prints or looks. Everything can be read without colours. Where there is little room,
what happened before goes first, then alarms; stage and fleets are always there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from bluegreen.contract.text import plain
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.gate import Gate
from bluegreen.deployment.queue import Waiter, newest_first
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.traffic_steps import ALL
from bluegreen_cli.moment import (
    ALARM,
    MISSING,
    PREPARING,
    SETTLED,
    THE_DEPLOYMENT,
    WAITING,
    AlarmSeen,
    Ends,
    Fleet,
    Moment,
    Told,
    ends_of,
    last,
)
from bluegreen_cli.show.colors import COLORS
from bluegreen_cli.show.plan import clock
from bluegreen_cli.show.values import figures, is_near, limit_in_figures, together

LABEL: Final = 8
"""Columns for what a line is about."""

NARROW: Final = 70
TINY: Final = 50
"""With fewer columns, what can be done without is left out."""

LEAST_NAME: Final = 8
MOST_ROWS: Final = 2
"""For one thing that people were told."""

MOST_FOLDED: Final = 3
"""Rows for what is said at the end, and what stands in the way."""

NOT_KNOWN: Final = "not known"
BOTH: Final = "(both)"
NEAR_MARK: Final = "!"
SHORT_STATES: Final = {"INSUFFICIENT_DATA": "NO DATA"}


def draw(moment: Moment, width: int, height: int, footer: Sequence[Text] = ()) -> list[Text]:
    """At most `height` lines of at most `width` columns; with a footer, which is the last of them.

    Of what was told, only as much as there is room for, and the latest.
    """
    head = [*_title(moment), Text(), *_stage(moment, width), Text(), *_fleets(moment, width)]
    about = [Text(), *_alarms(moment, width), Text(), *_facts(moment)]
    below = [part for line in (*_notices(moment), *footer) for part in _folded(line, width)]
    room = max(0, height - len(head) - len(below))
    about = about if len(about) <= room else [*about[: max(0, room - 1)], Text("…", "dim")][:room]
    events = _events(moment, width, room - len(about) - 1)
    lines = [*head, *about, *events]
    lines += [Text()] * (height - len(lines) - len(below) if footer else 0)
    return [_fit(line, width) for line in [*lines, *below][:height]]


def _folded(line: Text, width: int) -> list[Text]:
    """The line in as few rows as it takes, at most three."""
    if cell_len(line.plain) <= width:
        return [line]
    return [Text(part, line.style) for part in wrap(line.plain, width)[:MOST_FOLDED]]


def _fit(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line


def _labelled(label: str, *parts: str | tuple[str, str]) -> Text:
    return Text.assemble((f"{label:<{LABEL}}", "dim"), *parts)


# ---- What runs, for whom, how far it is ------------------------------------------------------


def _title(moment: Moment) -> Iterator[Text]:
    deployment = moment.deployment
    now, id_ = f"  {_at(moment.now)} UTC", f"  {plain(moment.deployment_id)}"
    yield Text.assemble((plain(moment.endpoint), "bold"), (now, "dim"), (id_.rstrip(), "dim"))
    if deployment is None:
        yield _labelled("update", _nothing_known(moment))
        return
    yield _labelled("update", plain(_what(deployment)))
    yield _labelled("for", plain(_who(deployment)))


def _nothing_known(moment: Moment) -> str:
    why = moment.unknown.get(THE_DEPLOYMENT)
    begun = "it never began" if moment.ending else "it has not begun"
    return f"{NOT_KNOWN}: {why}" if why else begun


def _what(deployment: Deployment) -> str:
    request = deployment.request
    mode = request.policy.mode.replace("_", " ").lower()
    to = request.endpoint_config_name or request.model_package_arn
    source = f"{deployment.previous_config} → " if deployment.previous_config else "→ "
    return f"{source}{to}, {mode}"


def _who(deployment: Deployment) -> str:
    request = deployment.request
    who = f"{request.requested_by} (claimed)" if request.requested_by else "not said by whom"
    return f"{who}: {request.reason}" if request.reason else who


def _stage(moment: Moment, width: int) -> Iterator[Text]:
    ends, phase = ends_of(moment), moment.phase
    if moment.ending is not None:
        verdict, reason = moment.ending["Verdict"], plain(moment.ending["Reason"])
        yield _labelled("ended", (verdict, COLORS.get(verdict, "bold red")), _trigger(moment))
        for line in wrap(reason, max(width - LABEL, LEAST_NAME))[:MOST_FOLDED]:
            yield _labelled("", line)
        return
    name = phase or moment.doing or NOT_KNOWN
    yield _labelled("stage", (name, COLORS.get(phase, "bold")), _which(moment, ends))
    if ends is not None:
        yield _labelled("", *_countdown(ends, moment, width))
        yield _labelled("", f"over at {_at(ends.deployment)} if all goes well")
    else:
        yield _labelled("", _without_a_plan(moment))


def _trigger(moment: Moment) -> str:
    trigger = moment.ending and moment.ending.get("Trigger")
    return f" ({trigger})" if trigger else ""


def _which(moment: Moment, ends: Ends | None) -> str:
    stage = moment.stage
    if stage is None or stage.stage is Stage.ROLLING_BACK:
        return ""
    parts = [f"  {stage.traffic_percent} % green"]
    if ends is not None and ends.bake is not None:
        parts.append(f"bake {ends.bake} of {ends.bakes}")
    return ", ".join(parts)


def _countdown(ends: Ends, moment: Moment, width: int) -> Iterator[str | tuple[str, str]]:
    stage = moment.stage
    assert stage is not None
    left, length = ends.stage - moment.now, ends.stage - stage.started_at
    yield from _bar(width, _passed(left, length))
    until = "" if width < TINY else f", until {_at(ends.stage)}"
    if left < timedelta(0):
        yield f"  {_span(-left)} over the plan", "yellow"
    else:
        yield f"  {_span(left)} left{until}"


def _passed(left: timedelta, length: timedelta) -> float:
    return 1 - max(left, timedelta(0)) / length if length else 1


def _without_a_plan(moment: Moment) -> str:
    stage = moment.stage
    if stage is not None and stage.stage is Stage.ROLLING_BACK:
        return f"since {_at(stage.started_at)}; how long SageMaker takes is not predicted"
    if moment.observation is not None and moment.observation.serves_mixture:
        return "instances of both configs serve; the verdict is being written"
    return {
        WAITING: "it waits for its turn, and has changed nothing",
        PREPARING: "it is being checked or begun, and has changed nothing yet",
        SETTLED: "the endpoint is at rest; the verdict is being written",
    }.get(moment.phase, "how long it takes is not predicted")


def _at(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _span(span: timedelta) -> str:
    return clock(int(span.total_seconds()))


def _bar(width: int, part: float) -> Iterator[tuple[str, str]]:
    """A bar for a screen of this width, of which a part is filled."""
    length = 20 if width >= NARROW else 10 if width >= TINY else 6
    filled = round(length * min(part, 1))
    yield "█" * filled, "green"
    yield "░" * (length - filled), "dim"


# ---- The fleets ------------------------------------------------------------------------------


def _fleets(moment: Moment, width: int) -> Iterator[Text]:
    if moment.observation is None:
        yield _labelled("fleets", _unknown(moment, "the endpoint"))
    elif not moment.fleets:
        yield _labelled("fleets", "none: there is no such endpoint")
    for fleet in moment.fleets:
        yield _labelled(fleet.name, *_fleet(fleet, width))


def _fleet(fleet: Fleet, width: int) -> Iterator[str | tuple[str, str]]:
    (filled, _), rest = _bar(width, (fleet.share or 0) / ALL)
    share = "  ? %" if fleet.share is None else f"{fleet.share:>3} %"
    yield filled, fleet.name
    yield rest
    yield f" {share}  {_instances(fleet, width)}"
    yield f"  {plain(fleet.config)}", "dim"


def _instances(fleet: Fleet, width: int) -> str:
    there = "?" if fleet.instances is None else str(fleet.instances)
    wanted = "" if fleet.wanted in (None, fleet.instances) else f" of {fleet.wanted}"
    unit = "" if width < TINY else " instances"
    return f"{there}{wanted}{unit if there != '1' or wanted else unit.rstrip('s')}"


def _unknown(moment: Moment, what: str) -> str:
    why = moment.unknown.get(what)
    return f"{NOT_KNOWN}: {plain(why)}" if why else NOT_KNOWN


# ---- Alarms, with the values of both fleets --------------------------------------------------


def _alarms(moment: Moment, width: int) -> Iterator[Text]:
    """A row for each alarm of the request, with what it sees of each fleet."""
    alarms = moment.own_alarms
    if alarms is None:
        yield _labelled("alarms", _unknown(moment, "the alarms"))
    elif not alarms:
        yield _labelled("alarms", "none")
    else:
        gates = {gate.alarm: gate for gate in moment.gates or ()}
        yield from _rows(alarms, gates, width)
        yield from _legend(moment, list(gates.values()))


def _rows(alarms: Sequence[AlarmSeen], gates: Mapping[str, Gate], width: int) -> Iterator[Text]:
    widths = _widths(alarms, width)
    yield Text(_columns(("alarm", "state", "green", "blue", "limit"), widths), "dim")
    for alarm in alarms:
        gate = gates.get(alarm.name, Gate(alarm.name))
        state = alarm.state or MISSING
        shown = state if width >= NARROW else SHORT_STATES.get(state, state)
        cells = (plain(alarm.name), shown, *_values(gate), limit_in_figures(gate))
        style = "yellow" if is_near(gate) else ""
        yield Text(_columns(cells, widths), COLORS.get(state, "yellow") if state != "OK" else style)


def _widths(alarms: Sequence[AlarmSeen], width: int) -> tuple[int, ...]:
    """The widths of the columns: what the others leave is for the name."""
    others = (17, 10, 10, 10) if width >= NARROW else (7, 7, 6, 8)
    room = width - sum(others) - len(others)
    longest = max(cell_len(plain(alarm.name)) for alarm in alarms)
    return max(LEAST_NAME, min(longest, room)), *others


def _columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " ".join(_cell(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(text: str, width: int) -> str:
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(text, width)


def _values(gate: Gate) -> tuple[str, str]:
    """What it sees of green and of blue; of both together where it cannot tell them."""
    mark, both = NEAR_MARK if is_near(gate) else "", together(gate)
    if both is not None:
        return f"{figures(both)}{mark}", BOTH
    return f"{figures(last(gate.green))}{mark}", figures(last(gate.blue))


def _legend(moment: Moment, gates: Sequence[Gate]) -> Iterator[Text]:
    if moment.gates is None:
        yield Text(f"the values are {_unknown(moment, 'the values')}", "dim")
    if any(is_near(gate) for gate in gates):
        yield Text(f"{NEAR_MARK} close to its limit, or beyond it", "dim")
    if any(together(gate) is not None for gate in gates):
        yield Text(f"{BOTH}: both fleets together; no series tells one from the other", "dim")


# ---- Abort, queue, what people were told, what is not known ----------------------------------


def _facts(moment: Moment) -> Iterator[Text]:
    if moment.deployment is not None and moment.ending is None:
        yield _labelled("abort", _abort(moment))
    waiting = moment.others_waiting
    if waiting is None:
        yield _labelled("queue", _unknown(moment, "the queue"))
    elif waiting:
        yield _labelled("queue", f"{len(waiting)} waiting: {_names(waiting)}")
    else:
        yield _labelled("queue", "nobody else waits")


def _abort(moment: Moment) -> str:
    armed = {True: "armed", False: "not armed: no alarm of ours, or no bake", None: NOT_KNOWN}
    abort, state = moment.abort, armed[moment.armed]
    if abort is None:
        return state
    rings = any(a.state == ALARM for a in (moment.alarms or ()) if _is_for_abort(moment, a))
    why = f": {plain(abort.reason)}" if abort.reason else ""
    who = f", by {plain(abort.by)} (claimed)" if abort.by else ""
    return f"asked for at {_at(abort.requested_at)}, {'rings' if rings else state}{why}{who}"


def _is_for_abort(moment: Moment, alarm: AlarmSeen) -> bool:
    return moment.deployment is not None and alarm.name == moment.deployment.abort_alarm


def _names(waiting: Sequence[Waiter]) -> str:
    """Who waits, the next to go first."""
    return plain(", ".join(waiter.owner.key.deployment_id for waiter in newest_first(waiting)))


def _events(moment: Moment, width: int, room: int) -> list[Text]:
    """The last ones that there is room for, whole, below an empty line."""
    shown: list[Text] = []
    for told in reversed(moment.told or ()):
        lines = _event(told, width)
        if len(shown) + len(lines) > room:
            break
        shown = [*lines, *shown]
    return [Text(), *shown] if shown else []


def _event(told: Told, width: int) -> list[Text]:
    time, color = f"{_at(told.at)}  ", COLORS.get(told.severity, "")
    message = wrap(plain(told.message), max(width - len(time), LEAST_NAME))
    cut = [*message[: MOST_ROWS - 1], " ".join(message[MOST_ROWS - 1 :])]
    first, *rest = [line for line in cut if line] or [""]
    head = Text.assemble((time, "dim"), (first, color))
    return [head, *(Text(f"{'':{len(time)}}{line}", color) for line in rest)]


def _notices(moment: Moment) -> Iterator[Text]:
    """What stands in the way of knowing more."""
    shown = {THE_DEPLOYMENT, "the endpoint", "the alarms", "the queue", "the values"}
    for what, why in moment.unknown.items():
        if what not in shown or (what == THE_DEPLOYMENT and moment.deployment_id):
            yield Text(f"{what}: {NOT_KNOWN}: {why}", "yellow")
    if moment.slowed:
        yield Text(f"looks come less often: {moment.slowed}", "yellow")
