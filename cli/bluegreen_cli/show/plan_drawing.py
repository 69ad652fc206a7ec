"""The plan of a deployment as an SVG: green's share, both fleets and alarms on one time axis.

Of several variants each has its own line of green's share. A plan that would be rejected says so.
Self-contained, and readable on light and dark ground. Its styles hold within it alone, so that
several may stand in one page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

from rich.cells import cell_len

from bluegreen.contract.text import listed, plain
from bluegreen.drawing.markup import escaped
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.schedule import CREATION, PlannedStage, Schedule
from bluegreen.sagemaker.traffic_steps import ALL
from bluegreen_cli.show.drawing_parts import (
    CHARACTER,
    LEFT,
    RIGHT,
    TAIL,
    area,
    fit,
    line,
    rect,
    text,
    x_of,
)
from bluegreen_cli.show.plan import bakes_of, clock
from bluegreen_cli.show.plan_look import FILLS, HATCH, STYLE

WIDTH: Final = 960
MARGIN: Final = 16
LABELS: Final = (92, 78)
"""Base lines of the labels of bakes; the second is for those that have no room on the first."""

SHARE_TOP, SHARE_BOTTOM = 118, 228
STRIP_TOP, STRIP_BOTTOM = 234, 244
FLEETS_TOP, FLEETS_BOTTOM = 264, 344
ALARMS_TOP: Final = 380
ROW: Final = 32
NAME_COLUMNS: Final = 28
TITLE_COLUMNS: Final = 130
TITLE_ROOM: Final = 1400
"""Columns times pixels: a longer title is written smaller."""

LEAST_TEXT_HEIGHT: Final = 14
LEAST_BAR: Final = 4
MOST_TICKS: Final = 8
NICE_SECONDS: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
LONGEST_NAME: Final = 255

MOST_LINES: Final = 4
"""Dash patterns of the lines of variants."""

ALARM_LEGEND: Final = {"alarm": "an alarm trips", "perhaps": "an alarm may trip, or never"}
LEGEND: Final = {
    Stage.PROVISIONING: "instances are created",
    Stage.SHIFTING: "traffic shifts",
    Stage.BAKING: "bake: alarms are watched",
    Stage.TERMINATING: "blue instances are deleted",
}


@dataclass(frozen=True)
class Detection:
    """When an alarm would trip if green failed at once, in seconds after UpdateEndpoint.

    `earliest_after` is None if it cannot trip, `latest_after` if it need not. `variant` is the one
    that it watches, where there are several.
    """

    alarm: str
    earliest_after: int | None
    latest_after: int | None
    variant: str = ""


@dataclass(frozen=True)
class Extras:
    """What a drawing shows beside the schedule.

    `rejected`: the ids of the findings for which the request would be rejected. `shares`: green's
    part of the traffic of each variant after each shift, where there are several.
    """

    rejected: Sequence[str] = ()
    shares: Mapping[str, Sequence[float]] = field(default_factory=dict)


NOTHING: Final = Extras()


def drawing(
    schedule: Schedule, detections: Sequence[Detection], title: str, extras: Extras = NOTHING
) -> str:
    """The SVG of a schedule, with the times at which its alarms would trip."""
    bottom = ALARMS_TOP + ROW * max(len(detections), 1)
    height = bottom + 136
    parts = [
        *_head(schedule, plain(title), height),
        *_rejection(extras.rejected, height),
        *_ground(schedule, bottom),
        *_share(schedule),
        *_variants(extras.shares, schedule),
        *_fleets(schedule),
        *_alarms(detections, schedule),
        *_length(schedule, bottom + 34),
        *_legend(height - 16),
    ]
    return "\n".join([*parts, "</svg>", ""])


def _head(schedule: Schedule, title: str, height: int) -> Iterator[str]:
    summary = _summary(schedule)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plan" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" style="max-width:100%;height:auto" role="img">'
    )
    yield f"<title>{escaped(title)}</title>\n<desc>{escaped(summary)}</desc>"
    yield f"<style>{STYLE}</style>\n{HATCH}"
    yield rect(0, WIDTH, 0, height, 'class="paper"')
    size = max(min(TITLE_ROOM / max(cell_len(title), 1), 16), TITLE_ROOM / TITLE_COLUMNS)
    yield f'<g font-size="{size:.1f}">{text(MARGIN, 30, fit(title, TITLE_COLUMNS), "h")}</g>'
    yield text(MARGIN, 50, summary, "m")


def _rejection(ids: Sequence[str], height: int) -> Iterator[str]:
    """A frame, and the words, where a deployment of the request would be rejected."""
    if ids:
        yield f'<rect x="2" y="2" width="{WIDTH - 4}" height="{height - 4}" class="rejected"/>'
        words = f"This request would be REJECTED: {listed(ids).replace('"', '')}"
        yield text(MARGIN, 68, fit(words, TITLE_COLUMNS), "no")


def _summary(schedule: Schedule) -> str:
    if schedule.mode == CREATION:
        return f"{schedule.mode}, {schedule.green} instances, {clock(schedule.seconds)}"
    fleets = f"{schedule.blue} blue to {schedule.green} green instances"
    return f"{schedule.mode}, {fleets}, bakes {bakes_of(schedule)}, {clock(schedule.seconds)}"


def _ground(schedule: Schedule, bottom: int) -> Iterator[str]:
    """What lies behind: bakes as bands, the stages as a strip, the time as a grid."""
    yield text(MARGIN, STRIP_BOTTOM, "Stage", "b")
    for stage in schedule.stages:
        left, right = x_of(stage.starts_after, schedule), x_of(stage.ends_after, schedule)
        shapes = rect(left, right, STRIP_TOP, STRIP_BOTTOM, FILLS[stage.stage])
        if stage.stage is Stage.BAKING:
            shapes = rect(left, right, LABELS[0] + 6, bottom, FILLS[Stage.BAKING])
        yield f"<g><title>{escaped(_words(stage))}</title>{shapes}</g>"
    yield from _bake_labels(schedule)
    yield from _time(schedule, bottom)


def _words(stage: PlannedStage) -> str:
    share = f"{stage.stage}, {stage.traffic_percent} % green"
    return f"{share}: {stage.seconds} s from {clock(stage.starts_after)}"


def _bake_labels(schedule: Schedule) -> Iterator[str]:
    """The lengths of the bakes, as far as they have room; each is in its band's title too."""
    yield text(MARGIN, LABELS[0], "Bakes", "b")
    if not schedule.bakes:
        yield text(LEFT, LABELS[0], "none", "m")
    taken = dict.fromkeys(LABELS, 0.0)
    for middle, label in _wanted_labels(schedule):
        half = CHARACTER * len(label) / 2
        x = min(max(middle, LEFT + half), RIGHT - half)
        free = next((y for y in LABELS if taken[y] <= x - half), None)
        if free is not None:
            taken[free] = x + half
            yield text(x, free, label, "bakes", "middle")


def _wanted_labels(schedule: Schedule) -> Iterator[tuple[float, str]]:
    """A label for each bake; for several of a length that are too narrow for it, one for all."""
    for length, run in groupby(schedule.bakes, lambda bake: bake.seconds):
        spans = [(x_of(b.starts_after, schedule), x_of(b.ends_after, schedule)) for b in run]
        label = f"{length} s"
        if len(spans) == 1 or spans[0][1] - spans[0][0] >= CHARACTER * len(label):
            yield from (((left + right) / 2, label) for left, right in spans)
        else:
            yield (spans[0][0] + spans[-1][1]) / 2, f"{len(spans)} bakes of {label}"


def _time(schedule: Schedule, bottom: int) -> Iterator[str]:
    end = x_of(schedule.seconds, schedule)
    for at in _ticks(schedule.seconds):
        x = x_of(at, schedule)
        yield line(x, x, SHARE_TOP, bottom, "grid")
        if x < end - 8 * CHARACTER:
            yield text(x, bottom + 14, clock(at), "m", "middle")
    yield line(end, end, SHARE_TOP, bottom, "axis")
    yield text(end, bottom + 14, clock(schedule.seconds), "b", "middle")


def _ticks(seconds: int) -> range:
    step = next((nice for nice in NICE_SECONDS if seconds / nice <= MOST_TICKS), NICE_SECONDS[-1])
    return range(0, seconds, step)


def _share(schedule: Schedule) -> Iterator[str]:
    """Green's share; traffic moves at the end of a shift, and comes when a creation is over."""
    moves = [(shift.ends_after, shift.traffic_percent) for shift in schedule.shifts]
    if schedule.mode == CREATION:
        moves = [(schedule.seconds, ALL)]
    yield text(MARGIN, SHARE_TOP + 4, "Green's share of traffic", "b")
    for percent in (0, 50, 100):
        y = _share_y(percent)
        yield text(LEFT - 8, y + 4, f"{percent} %", "m", "end")
        yield line(LEFT, RIGHT, y, y, "grid")
    yield area([(at, _share_y(percent)) for at, percent in moves], SHARE_BOTTOM, schedule, "share")
    yield from _share_labels(moves, schedule)


def _variants(shares: Mapping[str, Sequence[float]], schedule: Schedule) -> Iterator[str]:
    """A line for each variant, named at its first step, where they do not move together."""
    if len({tuple(each) for each in shares.values()}) < 2:  # noqa: PLR2004 - one line for all
        return
    ends = [shift.ends_after for shift in schedule.shifts]
    for number, (name, parts) in enumerate(sorted(shares.items())):
        steps = list(zip(ends, parts, strict=False))
        outline = "".join(
            f"H{x_of(at, schedule):.1f}V{_share_y(round(100 * part)):.1f}" for at, part in steps
        )
        style = f"variant v{number % MOST_LINES}"
        yield f'<path class="{style}" d="M{LEFT} {SHARE_BOTTOM}{outline}H{RIGHT}"/>'
        x, y = x_of(ends[0], schedule) + 4, _share_y(round(100 * parts[0])) + 12
        label = fit(plain(name, LONGEST_NAME), NAME_COLUMNS)
        yield text(x, y, f"{label} {round(100 * parts[0])} %", "n")


def _share_labels(moves: Sequence[tuple[int, int]], schedule: Schedule) -> Iterator[str]:
    """The shares above the steps that are wide enough, and above the last one."""
    for (start, percent), (end, _) in pairwise([*moves, (schedule.seconds * TAIL, 0)]):
        left, right, label = x_of(start, schedule), x_of(end, schedule), f"{percent} %"
        if right - left >= CHARACTER * len(label) or right == RIGHT:
            yield text((left + right) / 2, _share_y(percent) - 5, label, "", "middle")


def _share_y(percent: int) -> float:
    return SHARE_BOTTOM - (SHARE_BOTTOM - SHARE_TOP) * percent / 100


def _fleets(schedule: Schedule) -> Iterator[str]:
    """Green's instances upon blue's: what rises above the dashed line comes on top of blue."""
    counts = [(s.starts_after, s.blue_instances, s.green_instances) for s in schedule.stages]
    counts.append((schedule.seconds, 0, schedule.green))
    both = [(at, _count_y(blue + green, schedule)) for at, blue, green in counts]
    alone = _count_y(schedule.blue, schedule)
    yield text(MARGIN, FLEETS_TOP + 4, "Instances", "b")
    yield area(both, FLEETS_BOTTOM, schedule, "green")
    blues = [(at, _count_y(blue, schedule)) for at, blue, _ in counts]
    yield area(blues, FLEETS_BOTTOM, schedule, "blue")
    if schedule.mode != CREATION:
        yield line(LEFT, RIGHT, alone, alone, "alone")
        yield text(LEFT - 8, alone + 4, f"blue alone: {schedule.blue}", "m", "end")
    if alone - FLEETS_TOP >= LEAST_TEXT_HEIGHT:
        yield text(LEFT - 8, FLEETS_TOP + 4, f"{_most(schedule)}", "m", "end")
    yield from _fleet_labels(schedule)


def _fleet_labels(schedule: Schedule) -> Iterator[str]:
    """Blue's name where it begins and green's where it ends, if there is room in their areas."""
    left = schedule.stages[-1].blue_instances if schedule.stages else 0
    end = x_of(schedule.seconds, schedule)
    for x, low, count, fleet, anchor in (
        (LEFT + 6, 0, schedule.blue, "blue", "start"),
        (end - 6, left, schedule.green, "green", "end"),
    ):
        bottom, top = _count_y(low, schedule), _count_y(low + count, schedule)
        if bottom - top >= LEAST_TEXT_HEIGHT:
            yield text(x, (bottom + top) / 2 + 4, f"{count} {fleet}", "", anchor)


def _most(schedule: Schedule) -> int:
    return max(schedule.most_instances, schedule.blue, schedule.green, 1)


def _count_y(count: int, schedule: Schedule) -> float:
    return FLEETS_BOTTOM - (FLEETS_BOTTOM - FLEETS_TOP) * count / _most(schedule)


def _alarms(detections: Sequence[Detection], schedule: Schedule) -> Iterator[str]:
    yield text(MARGIN, ALARMS_TOP - 8, "Alarms, if green fails at once", "b")
    if not detections:
        yield text(MARGIN, ALARMS_TOP + 16, "none", "m")
    for row, detection in enumerate(detections):
        y, name = ALARMS_TOP + ROW * row, plain(detection.alarm, LONGEST_NAME)
        yield f"<g><title>{escaped(f'{name}: {_when(detection)}')}</title>"
        of = f" of {plain(detection.variant)}" if detection.variant else ""
        yield text(MARGIN, y + 12, fit(f"{name}{of}", NAME_COLUMNS), "n")
        yield text(MARGIN, y + 25, _when(detection), "m")
        yield line(LEFT, RIGHT, y + 14, y + 14, "grid")
        yield f"{''.join(_bar(detection, y + 9, schedule))}</g>"


def _when(detection: Detection) -> str:
    if detection.earliest_after is None:
        return "cannot trip"
    start = clock(detection.earliest_after)
    if detection.latest_after is None:
        return f"{start} or later, perhaps never"
    return f"{start} to {clock(detection.latest_after)}"


def _bar(detection: Detection, y: float, schedule: Schedule) -> Iterator[str]:
    """The times at which an alarm trips; an arrow at the edge, if some lie beyond it."""
    first, last, edge = detection.earliest_after, detection.latest_after, schedule.seconds * TAIL
    if first is None:
        return
    if first < edge:
        left = min(x_of(first, schedule), RIGHT - LEAST_BAR)
        right = max(x_of(schedule.seconds if last is None else last, schedule), left + LEAST_BAR)
        style = "perhaps" if last is None else "alarm"
        yield rect(left, right, y, y + 10, f'class="{style}" rx="2"')
    if max(first, last or 0) > edge:
        tip = f"{RIGHT + 12} {y + 5}"
        yield f'<path class="alarm" d="M{RIGHT + 4} {y}L{tip}L{RIGHT + 4} {y + 10}z"/>'


def _length(schedule: Schedule, y: float) -> Iterator[str]:
    """The range of the whole length, on a scale of its own, from 0 to the longest."""
    least, likely, most = schedule.least_seconds, schedule.seconds, schedule.most_seconds
    sure, at = (LEFT + (RIGHT - LEFT) * span / max(most, 1) for span in (least, likely))
    yield text(MARGIN, y + 9, "Predicted length", "b")
    yield rect(LEFT, sure, y, y + 10, 'class="sure"')
    yield rect(sure, RIGHT, y, y + 10, FILLS[Stage.PROVISIONING])
    yield line(at, at, y - 4, y + 14, "likely")
    words = f"{clock(likely)}; between {clock(least)} and {clock(most)}, depending on provisioning"
    yield text((LEFT + RIGHT) / 2, y + 26, words, "m", "middle")
    yield text(LEFT, y + 26, clock(0), "m scale")
    yield text(RIGHT, y + 26, clock(most), "m scale", "end")


def _legend(y: float) -> Iterator[str]:
    """The stages, and above them the two kinds of bars of alarms."""
    stages = {FILLS[stage]: words for stage, words in LEGEND.items()}
    alarms = {f'class="{style} key"': words for style, words in ALARM_LEGEND.items()}
    for row, entries in ((y, stages), (y - 22, alarms)):
        x = float(LEFT)
        for look, words in entries.items():
            yield rect(x, x + 14, row - 9, row + 1, look) + text(x + 19, row, words, "m")
            x += 44 + CHARACTER * len(words)
