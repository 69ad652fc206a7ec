"""What a plan looks like in a terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from bluegreen.contract.findings import Finding
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.schedule import Schedule, creation_of, schedule_of
from bluegreen_cli.prices import Price
from bluegreen_cli.show.findings import finding_lines
from bluegreen_cli.show.plan import (
    Alternative,
    bakes_of,
    clock,
    comparison_table,
    length_line,
    not_checked_line,
    price_block,
    share_chart,
    stage_table,
)

UNKNOWN = Price(2.19, None, ("ml.g5.xlarge", "ml.m5.large"))
WARNING = Finding("no-bake", "WARNING", "Second.", "Name one.")
ERROR = Finding("alarm-missing", "ERROR", "First.")
INFO = Finding("waiver-unused", "INFO", "Third.")


def schedule(mode: str, wait: int, termination: int, percent: int = 0, fleet: int = 10) -> Schedule:
    size = CapacitySize("CAPACITY_PERCENT", percent) if percent else None
    return schedule_of(Policy(mode, wait, termination, size), {"a": fleet}, {"a": fleet})


AT_ONCE = schedule("ALL_AT_ONCE", 0, 120, fleet=2)
CANARY = schedule("CANARY", 300, 120, 10)
LINEAR = schedule("LINEAR", 3600, 3600, 10)
ROLLING = schedule("ROLLING", 60, 0, 5, fleet=20)
ALL = [AT_ONCE, CANARY, LINEAR, ROLLING]


def lines(*shown: Any, width: int = 80) -> list[str]:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=True, color_system=None, highlight=False
    )
    for one in shown:
        console.print(one)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (59, "0:00:59"), (3661, "1:01:01"), (36530, "10:08:50")]
)
def test_a_span_is_shown_in_hours_minutes_and_seconds(seconds: int, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("course", "bakes"),
    [
        (AT_ONCE, "120 s"),
        (CANARY, "300 + 120 s"),
        (schedule("LINEAR", 60, 120, 10), "9 x 60 + 120 s"),
        (ROLLING, "20 x 60 s"),
        (schedule("CANARY", 60, 60, 10), "2 x 60 s"),
        (schedule("ALL_AT_ONCE", 0, 0), "none"),
    ],
)
def test_bakes_are_told_in_a_line(course: Schedule, bakes: str) -> None:
    assert bakes_of(course) == bakes


def test_the_table_has_a_row_for_each_stage() -> None:
    assert [line.split() for line in lines(stage_table(CANARY))[3:-1]] == [
        ["PROVISIONING", "0", "%", "0:00:00", "0:05:00", "10", "10"],
        ["SHIFTING", "10", "%", "0:05:00", "0:00:20", "10", "10"],
        ["BAKING", "10", "%", "0:05:20", "0:05:00", "10", "10"],
        ["SHIFTING", "100", "%", "0:10:20", "0:00:20", "10", "10"],
        ["BAKING", "100", "%", "0:10:40", "0:02:00", "10", "10"],
        ["TERMINATING", "100", "%", "0:12:40", "0:00:30", "10", "10"],
    ]


def test_a_rolling_update_shows_the_fleets_as_they_change() -> None:
    rows = [line.split() for line in lines(stage_table(ROLLING))[3:-1]]
    assert rows[4] == ["PROVISIONING", "5", "%", "0:06:50", "0:05:00", "19", "2"]
    assert rows[-1] == ["TERMINATING", "100", "%", "2:16:10", "0:00:30", "1", "20"]


def test_the_chart_of_a_canary_shows_its_steps_and_its_bakes() -> None:
    blank, full = " " * 48, "█" * 12
    assert lines(share_chart(CANARY)) == [
        f" 100 % │{blank}{full}",
        f"       │{blank}{full}",
        f"       │{blank}{full}",
        f"  50 % │{blank}{full}",
        f"       │{blank}{full}",
        f"       │{' ' * 24}{'▅' * 24}{full}",
        f" bakes └{'─' * 24}[======= 300 s =======]──[ 120 s ]──",
        "        0:00:00                   0:06:35                    0:13:10",
    ]


def test_the_chart_of_many_steps_rises_to_the_top() -> None:
    rows = lines(share_chart(LINEAR))
    assert rows[0].endswith("▃▃▃▃▃▃██████")
    assert rows[5] == f"       │{'▅' * 6}{'█' * 54}"
    assert rows[6] == f" bakes └─[===]{'[====]' * 9}"


def test_bakes_of_less_than_two_columns_are_marked() -> None:
    assert lines(share_chart(ROLLING))[6] == f" bakes └{'──■' * 20}"


def test_the_shortest_share_is_seen() -> None:
    course = schedule("CANARY", 1, 3600, 1, fleet=100)
    assert lines(share_chart(course))[5].startswith("       │    ▁██")


@pytest.mark.parametrize("course", ALL)
def test_charts_and_tables_fit_in_80_columns_and_lose_nothing(course: Schedule) -> None:
    narrow = lines(stage_table(course), share_chart(course), length_line(course, 28800))
    assert narrow == lines(
        stage_table(course), share_chart(course), length_line(course, 28800), width=200
    )
    assert max(map(len, narrow)) <= 80


def test_a_chart_of_nothing_is_empty() -> None:
    assert lines(share_chart(Schedule("CANARY", (), 0, 0)))[6] == f" bakes └{'─' * 60}"


def test_the_chart_always_has_its_width_and_height() -> None:
    for course in ALL:
        rows = share_chart(course).plain.splitlines()
        assert [len(row) for row in rows] == [68] * 8


def test_the_length_is_told_with_its_range_and_its_limit() -> None:
    assert lines(length_line(CANARY, 3600)) == [
        "Predicted length 0:13:10 (0:10:10 to 0:38:10), maximum execution time 1:00:00"
    ]
    assert lines(length_line(CANARY, None)) == ["Predicted length 0:13:10 (0:10:10 to 0:38:10)"]


def test_the_price_is_told_where_it_is_known() -> None:
    assert lines(price_block(ROLLING, Price(2.2777, 1234.5))) == [
        "Instance-hours: 23.92 blue, 23.92 green",
        "Extra cost: 2.28 instance-hours, at most 1,234.50 USD",
    ]


def test_no_price_is_made_up() -> None:
    assert lines(price_block(CANARY, UNKNOWN)) == [
        "Instance-hours: 2.19 blue, 2.19 green",
        "Extra cost: 2.19 instance-hours",
        "No price is known for ml.g5.xlarge, ml.m5.large.",
    ]


@pytest.mark.parametrize(
    ("usd", "text"), [(0.0, "0.00"), (0.0123, "0.0123"), (0.1, "0.10"), (-2.0, "-2.00")]
)
def test_small_amounts_have_more_digits(usd: float, text: str) -> None:
    assert lines(price_block(CANARY, Price(1, usd)))[1].endswith(f", at most {text} USD")


def test_what_nobody_asked_for_is_one_line_in_a_pipe() -> None:
    line = not_checked_line(["traffic (Traffic in a file)", "quotas (CheckQuotas)\nforged"])
    assert line.plain == "Not checked: traffic (Traffic in a file); quotas (CheckQuotas) forged."


def test_findings_come_worst_first_with_their_fix_below() -> None:
    assert lines(*finding_lines([INFO, WARNING, ERROR])) == [
        "ERROR alarm-missing: First.",
        "WARNING no-bake: Second.",
        "    Name one.",
        "INFO waiver-unused: Third.",
    ]


def test_findings_are_colored_by_severity() -> None:
    spans = [(line.plain, line.spans) for line in finding_lines([WARNING, ERROR])]
    assert [(text, [(s.start, s.end, s.style) for s in found]) for text, found in spans[:2]] == [
        ("ERROR alarm-missing: First.", [(0, 20, "bold red")]),
        ("WARNING no-bake: Second.", [(0, 16, "yellow")]),
    ]


def test_findings_are_wrapped_in_a_terminal_and_whole_in_a_pipe() -> None:
    long = Finding("same-config", "ERROR", "word " * 20, "mend " * 20)
    wrapped = [line.plain for line in finding_lines([long], 40)]
    assert wrapped[:2] == [
        "ERROR same-config: word word word word",
        "  word word word word word word word",
    ]
    assert all(line.startswith("    mend") for line in wrapped[4:])
    assert max(map(len, wrapped)) <= 40
    assert [len(line.plain) for line in finding_lines([long])] == [118, 103]


def test_words_of_others_neither_color_nor_break_lines() -> None:
    odd = Finding("same-config", "ERROR", "an [red]alarm[/red]\x1b[31m\nERROR other: forged")
    assert lines(*finding_lines([odd], 80)) == [
        "ERROR same-config: an [red]alarm[/red] [31m ERROR other: forged"
    ]


def test_the_comparison_has_a_row_for_each_mode_and_marks_the_requested_one() -> None:
    rows = lines(
        comparison_table(
            [
                Alternative("ALL_AT_ONCE", AT_ONCE, Price(0.26, 1.5)),
                Alternative("CANARY 10 %", CANARY, Price(2.19, 12.5), requested=True),
                Alternative("LINEAR 10 %", LINEAR, UNKNOWN),
                Alternative("ROLLING 5 %", ROLLING, Price(2.28, 13.0)),
            ]
        )
    )
    assert [" ".join(line.split()) for line in rows[4:-2]] == [
        "ALL_AT_ONCE 0:07:50 120 s 100 % 0.26 1.50",
        "▸ CANARY 10 % 0:13:10 300 + 120 s 10 % 2.19 12.50",
        "LINEAR 10 % 10:08:50 10 x 3600 s 10 % 2.19 unknown",
        "ROLLING 5 % 2:16:40 20 x 60 s 5 % 2.28 13.00",
    ]
    assert rows[-1] == "▸ as requested"


def test_the_comparison_has_no_usd_where_no_price_is_known() -> None:
    rows = lines(comparison_table([Alternative("CANARY", CANARY, UNKNOWN)]))
    assert "USD" not in "".join(rows)
    assert rows[4].split() == ["CANARY", "0:13:10", "300", "+", "120", "s", "10", "%", "2.19"]


def test_a_creation_is_one_stage_after_which_all_traffic_comes() -> None:
    course = creation_of({"a": 4, "b": 1}, 300)
    rows = [line.split() for line in lines(stage_table(course))[3:-1]]
    assert rows == [["PROVISIONING", "0", "%", "0:00:00", "0:05:00", "0", "5"]]
    assert lines(length_line(course, None)) == ["Predicted length 0:05:00 (0:02:00 to 0:30:00)"]
    table = lines(comparison_table([Alternative("CREATION", course, UNKNOWN, requested=True)]))
    assert table[4].split() == ["▸", "CREATION", "0:05:00", "none", "100", "%", "2.19"]
