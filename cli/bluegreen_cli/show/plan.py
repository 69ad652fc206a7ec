"""What `bluegreen plan` shows in a terminal: stages, green's share over time, cost, findings.

Nothing here prints. Everything fits into 80 columns, and can be read without colours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from bluegreen.contract.text import plain
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.schedule import CREATION, HOUR, PlannedStage, Schedule
from bluegreen.sagemaker.traffic_steps import ALL
from bluegreen_cli.prices import Price
from bluegreen_cli.show.colors import COLORS

CHART_WIDTH: Final = 60
CHART_HEIGHT: Final = 6
GUTTER: Final = 8
"""Columns left of the chart, for its percents."""

EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
SMALL_USD: Final = 0.1
"""Below this amount, more than two decimals are shown."""


@dataclass(frozen=True)
class Alternative:
    """A way to do the same update: one row of a comparison, with the requested one marked."""

    name: str
    schedule: Schedule
    price: Price
    requested: bool = False


def clock(seconds: int) -> str:
    """A span of time as h:mm:ss."""
    return f"{seconds // HOUR}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def bakes_of(schedule: Schedule) -> str:
    """The lengths of the bakes, equal ones in a row counted: `300 + 120 s`, `9 x 60 + 120 s`."""
    runs = [(length, len(list(run))) for length, run in groupby(b.seconds for b in schedule.bakes)]
    lengths = (f"{count} x {length}" if count > 1 else f"{length}" for length, count in runs)
    return f"{' + '.join(lengths)} s" if runs else "none"


def stage_table(schedule: Schedule) -> Table:
    """One row for each stage: green's share, times, and the instances that are billed."""
    table = _table("Stage")
    for header in ("Green's share", "Starts after", "Length", "Blue", "Green"):
        table.add_column(header, justify="right", no_wrap=True)
    for stage in schedule.stages:
        table.add_row(*_stage_cells(stage))
    return table


def _table(first: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(first)
    return table


def _stage_cells(stage: PlannedStage) -> tuple[str | Text, ...]:
    return (
        Text(stage.stage, COLORS.get(stage.stage, "")),
        f"{stage.traffic_percent} %",
        clock(stage.starts_after),
        clock(stage.seconds),
        str(stage.blue_instances),
        str(stage.green_instances),
    )


def share_chart(schedule: Schedule) -> Text:
    """Green's share over time in block characters; below it the bakes, and the time."""
    levels = [_level(share) for share in _shares(schedule)]
    lines = [_chart_row(row, levels) for row in reversed(range(CHART_HEIGHT))]
    strip = Text(_bake_strip(schedule), "yellow")
    bakes = Text.assemble((f"{'bakes':>{GUTTER - 2}} ", "dim"), ("└", "dim"), strip)
    return Text("\n").join([*lines, bakes, Text(_time_axis(schedule), "dim")])


def _shares(schedule: Schedule) -> Iterator[int]:
    """Green's share in each column of the chart: the highest that is reached in it.

    So what lasts shorter than a column is seen. Traffic moves at the end of a shift.
    """
    moves = [(s.ends_after, s.traffic_percent) for s in schedule.stages if _shifts(s)]
    for column in range(1, CHART_WIDTH + 1):
        end = column * schedule.seconds / CHART_WIDTH
        yield max((percent for moved, percent in moves if moved < end), default=0)


def _shifts(stage: PlannedStage) -> bool:
    return stage.stage is Stage.SHIFTING


def _level(percent: int) -> int:
    """The height of a column in eighths of a row; a share above nothing is always seen."""
    return max(round(percent * CHART_HEIGHT * 8 / 100), 1 if percent else 0)


def _chart_row(row: int, levels: Sequence[int]) -> Text:
    labels = {CHART_HEIGHT - 1: "100 %", CHART_HEIGHT // 2 - 1: "50 %"}
    cells = "".join(EIGHTHS[min(max(level - 8 * row, 0), 8)] for level in levels)
    return Text.assemble((f"{labels.get(row, ''):>{GUTTER - 2}} │", "dim"), (cells, "green"))


def _bake_strip(schedule: Schedule) -> str:
    """A line in which each bake is `[== 300 s ==]`, or as much of that as fits."""
    cells = ["─"] * CHART_WIDTH
    for bake in schedule.bakes:
        first = min(_column(bake.starts_after, schedule), CHART_WIDTH - 1)
        past = max(_column(bake.ends_after, schedule), first + 1)
        cells[first:past] = _bake_cells(bake.seconds, past - first)
    return "".join(cells)


def _column(seconds: int, schedule: Schedule) -> int:
    return round(seconds * CHART_WIDTH / schedule.seconds)


def _bake_cells(seconds: int, width: int) -> str:
    if width == 1:
        return "■"
    label = f"{seconds} s"
    spaced = f" {label} " if width >= len(label) + 4 else label
    return f"[{(spaced if width >= len(spaced) + 2 else ''):=^{width - 2}}]"


def _time_axis(schedule: Schedule) -> str:
    middle, end = clock(schedule.seconds // 2), clock(schedule.seconds)
    right = CHART_WIDTH - len(clock(0))
    return f"{'':{GUTTER}}{clock(0)}{f'{middle:^{right - len(end)}}{end}':>{right}}"


def length_line(schedule: Schedule, maximum_seconds: int | None) -> Text:
    """The predicted length, its range with faster or slower provisioning, and the maximum."""
    least, most = clock(schedule.least_seconds), clock(schedule.most_seconds)
    line = Text.assemble(
        "Predicted length ", (clock(schedule.seconds), "bold"), f" ({least} to {most})"
    )
    if maximum_seconds is not None:
        line.append(f", maximum execution time {clock(maximum_seconds)}")
    return line


def price_block(schedule: Schedule, price: Price) -> Text:
    """The instance-hours of both fleets, and the extra cost of the update."""
    blue, green = schedule.instance_hours
    extra = f"{price.extra_instance_hours:.2f} instance-hours"
    usd = f", at most {_usd(price.extra_usd)} USD" if price.extra_usd is not None else ""
    lines = [
        Text.assemble("Instance-hours: ", f"{blue:.2f} blue, {green:.2f} green"),
        Text.assemble("Extra cost: ", (f"{extra}{usd}", "bold")),
    ]
    if price.guardrail_metrics:
        lines.append(_alarms_line(price))
    if price.missing:
        types = ", ".join(plain(type_) for type_ in price.missing)
        lines.append(Text(f"No price is known for {types}.", "yellow"))
    return Text("\n").join(lines)


def _alarms_line(price: Price) -> Text:
    """The price of the alarms, which stay until the endpoint is forgotten."""
    usd = f"{_usd(price.guardrails_usd_a_month)} USD a month"
    return Text(f"Alarms of the guardrails: {price.guardrail_metrics} metrics, {usd}")


def _usd(amount: float) -> str:
    return f"{amount:,.2f}" if abs(amount) >= SMALL_USD or not amount else f"{amount:,.4f}"


def not_checked_line(not_checked: Sequence[str]) -> Text:
    """What nobody asked to be checked, each with what turns it on."""
    return Text(f"Not checked: {'; '.join(map(plain, not_checked))}.", "dim")


def comparison_table(alternatives: Sequence[Alternative]) -> Table:
    """One row for each mode; USD where at least one of the prices is known."""
    priced = any(way.price.extra_usd is not None for way in alternatives)
    table = _table("Mode")
    headers = ("Length", "Bakes", "First\nshare", "Extra\ninstance-hours")
    for header in (*headers, "Extra\nUSD") if priced else headers:
        table.add_column(header, justify="right", vertical="top")
    for way in alternatives:
        table.add_row(*_way_cells(way, priced=priced), style="bold" if way.requested else "")
    table.caption, table.caption_justify = "▸ as requested", "left"
    return table


def _first_share(schedule: Schedule) -> int:
    """Green's share after the first shift; an endpoint that is created has all of its traffic."""
    if schedule.mode == CREATION:
        return ALL
    return schedule.shifts[0].traffic_percent if schedule.shifts else 0


def _way_cells(way: Alternative, *, priced: bool) -> Iterator[str | Text]:
    yield Text(f"{'▸' if way.requested else ' '} {plain(way.name)}")
    yield clock(way.schedule.seconds)
    yield bakes_of(way.schedule)
    yield f"{_first_share(way.schedule)} %"
    yield f"{way.price.extra_instance_hours:.2f}"
    if priced:
        yield "unknown" if way.price.extra_usd is None else _usd(way.price.extra_usd)
