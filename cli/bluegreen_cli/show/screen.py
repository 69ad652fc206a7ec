"""The screen of a deployment: a moment as lines for a terminal of any size.

Nothing here prints or looks. Everything can be read without colours. Where there is little room,
what happened before goes first, then alarms; stage and fleets are always there.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from textwrap import wrap
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from bluegreen.contract.record import Verdict
from bluegreen.contract.text import plain
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.queue import Waiter, newest_first
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.traffic_steps import ALL
from bluegreen_cli.moment import (
    ALARM,
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
)
from bluegreen_cli.show.alarm_table import alarm_table
from bluegreen_cli.show.colors import COLORS
from bluegreen_cli.show.plan import clock
from bluegreen_cli.show.screen_parts import (
    LABEL,
    LEAST_NAME,
    NARROW,
    NOT_KNOWN,
    TINY,
    bar,
    labelled,
    time_of,
    unknown,
)

MOST_ROWS: Final = 2
"""For one thing that people were told."""

MOST_FOLDED: Final = 3
"""Rows for what is said at the end, and what stands in the way."""

NEVER_BEGAN: Final = (Verdict.REJECTED, Verdict.SUPERSEDED)
"""How a deployment ends that changed nothing."""


def draw(moment: Moment, width: int, height: int, footer: Sequence[Text] = ()) -> list[Text]:
    """At most `height` lines of at most `width` columns; with a footer, which is the last of them.

    Of what was told, only as much as there is room for, and the latest.
    """
    head = [*_title(moment), Text(), *_stage(moment, width), Text(), *_fleets(moment, width)]
    about = [Text(), *alarm_table(moment, width), Text(), *_facts(moment)]
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


# ---- What runs, for whom, how far it is ------------------------------------------------------


def _title(moment: Moment) -> Iterator[Text]:
    deployment = moment.deployment
    now, id_ = f"  {time_of(moment.now)} UTC", f"  {plain(moment.deployment_id)}"
    yield Text.assemble((plain(moment.endpoint), "bold"), (now, "dim"), (id_.rstrip(), "dim"))
    if deployment is None:
        yield labelled("update", _nothing_known(moment))
        return
    yield labelled("update", plain(_what(deployment)))
    yield labelled("for", plain(_who(deployment)))


def _nothing_known(moment: Moment) -> str:
    why = moment.unknown.get(THE_DEPLOYMENT)
    if why or moment.ending is None:
        return f"{NOT_KNOWN}: {why}" if why else "it has not begun"
    never = moment.ending["Verdict"] in NEVER_BEGAN
    return "it never began" if never else "it is over"


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
        verdict, reason = plain(moment.ending["Verdict"]), plain(moment.ending["Reason"])
        yield labelled("ended", (verdict, COLORS.get(verdict, "bold red")), _trigger(moment))
        for line in wrap(reason, max(width - LABEL, LEAST_NAME))[:MOST_FOLDED]:
            yield labelled("", line)
        return
    name = plain(phase or moment.doing) or NOT_KNOWN
    yield labelled("stage", (name, COLORS.get(phase, "bold")), _which(moment, ends))
    if ends is not None:
        yield labelled("", *_countdown(ends, moment, width))
        latest = _latest(moment) if width >= NARROW else ""
        yield labelled("", f"over at {time_of(ends.deployment)} if all goes well{latest}")
    else:
        yield labelled("", _without_a_plan(moment))


def _latest(moment: Moment) -> str:
    """When SageMaker's own maximum is over, after which it rolls back."""
    latest = moment.deployment and moment.deployment.latest_end
    return f"; SageMaker gives up at {time_of(latest)}" if latest else ""


def _trigger(moment: Moment) -> str:
    trigger = moment.ending and moment.ending.get("Trigger")
    return f" ({plain(trigger)})" if trigger else ""


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
    yield from bar(width, _passed(left, length))
    until = "" if width < TINY else f", until {time_of(ends.stage)}"
    if left < timedelta(0):
        yield f"  {_span(-left)} over the plan", "yellow"
    else:
        yield f"  {_span(left)} left{until}"


def _passed(left: timedelta, length: timedelta) -> float:
    return 1 - max(left, timedelta(0)) / length if length else 1


def _without_a_plan(moment: Moment) -> str:
    stage = moment.stage
    if stage is not None and stage.stage is Stage.ROLLING_BACK:
        return f"since {time_of(stage.started_at)}; how long SageMaker takes is not predicted"
    if moment.observation is not None and moment.observation.serves_mixture:
        return "instances of both configs serve; the verdict is being written"
    return {
        WAITING: "it waits for its turn, and has changed nothing",
        PREPARING: "it is being checked or begun, and has changed nothing yet",
        SETTLED: "the endpoint is at rest; the verdict is being written",
    }.get(moment.phase, "how long it takes is not predicted")


def _span(span: timedelta) -> str:
    return clock(int(span.total_seconds()))


# ---- The fleets ------------------------------------------------------------------------------


def _fleets(moment: Moment, width: int) -> Iterator[Text]:
    if moment.observation is None:
        yield labelled("fleets", unknown(moment, "the endpoint"))
    elif not moment.fleets:
        yield labelled("fleets", "none: there is no such endpoint")
    for fleet in moment.fleets:
        yield labelled(fleet.name, *_fleet(fleet, width))


def _fleet(fleet: Fleet, width: int) -> Iterator[str | tuple[str, str]]:
    (filled, _), rest = bar(width, (fleet.share or 0) / ALL)
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


# ---- Abort, queue, what people were told, what is not known ----------------------------------


def _facts(moment: Moment) -> Iterator[Text]:
    if moment.deployment is not None and moment.ending is None:
        yield labelled("abort", _abort(moment))
    waiting = moment.others_waiting
    if waiting is None:
        yield labelled("queue", unknown(moment, "the queue"))
    elif waiting:
        yield labelled("queue", f"{len(waiting)} waiting: {_names(waiting)}")
    else:
        yield labelled("queue", "nobody else waits")


def _abort(moment: Moment) -> str:
    armed = {True: "armed", False: "not armed: no alarm of ours, or no bake", None: NOT_KNOWN}
    abort, state = moment.abort, armed[moment.armed]
    if abort is None:
        return state
    rings = any(a.state == ALARM for a in (moment.alarms or ()) if _is_for_abort(moment, a))
    why = f": {plain(abort.reason)}" if abort.reason else ""
    who = f", by {plain(abort.by)} (claimed)" if abort.by else ""
    return f"asked for at {time_of(abort.requested_at)}, {'rings' if rings else state}{why}{who}"


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
    time, color = f"{time_of(told.at)}  ", COLORS.get(told.severity, "")
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
