"""The pieces of a report's pictures: markup, spans of time, the timeline, the charts of gates."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.contract.record import StageRecord
from bluegreen.contract.times import to_text
from bluegreen.drawing.chart import Plot, chart, legend
from bluegreen.drawing.markup import Markup, escaped, joined, tag
from bluegreen.drawing.shapes import MOST_TICKS, Span, picture, rect
from bluegreen.drawing.timeline import Mark, document, span_of, timeline
from bluegreen.report.words import length
from builders import START, at


def of_class(svg: Markup, style: str) -> list[dict[str, str]]:
    """The attributes of each element of a look."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [dict(e.attrib) for e in root.iter() if e.get("class") == style]


def texts(svg: Markup) -> list[str]:
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter("text")]  # noqa: S314 - our own


# ---- Markup ----------------------------------------------------------------------------------


def test_what_is_no_markup_is_escaped_in_texts_and_in_attributes() -> None:
    made = tag("p", "<b>", tag("i", "&"), class_='"x', aria_label="'", data_x=1.5)
    assert made == ('<p class="&quot;x" aria-label="&#x27;" data-x="1.5">&lt;b&gt;<i>&amp;</i></p>')
    assert joined("<", Markup("<")) == "&lt;<"
    assert isinstance(joined("<"), Markup)


def test_control_characters_become_spaces_and_lines_stay() -> None:
    assert escaped("a\x00b\x1b\u202ec\nd\ud800") == "a b  c\nd "


# ---- Spans of time -----------------------------------------------------------------------------


@given(st.integers(0, 3 * 86400), st.integers(0, 2 * 86400))
def test_ticks_are_round_few_and_within(start: int, seconds: int) -> None:
    span = Span(at(start), at(start + seconds))
    ticks = list(span.ticks())
    assert len(ticks) <= MOST_TICKS + 2
    assert all(span.start <= tick <= span.end for tick in ticks)
    assert len({later - earlier for earlier, later in pairwise(ticks)}) <= 1
    assert all(tick.second % 10 == 0 and not tick.microsecond for tick in ticks)
    places = [span.x_of(tick) for tick in ticks]
    assert places == sorted(places)
    assert all(0 <= x <= 100 for x in places)


def test_what_lies_outside_is_at_the_edge_and_a_span_of_nothing_can_be_drawn() -> None:
    span = Span(at(0), at(100))
    assert [span.x_of(at(s)) for s in (-5, 25, 500)] == [0, 25, 100]
    assert Span(at(0), at(0)).x_of(at(0)) == 0


def test_a_rectangle_is_never_of_negative_width() -> None:
    assert 'width="0.00%"' in rect(50, 20, 0, 1, "got")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (466, "7 min 46 s"), (3720, "1 h 02 min")],
)
def test_a_length_in_words(seconds: int, words: str) -> None:
    assert length(START, START + timedelta(seconds=seconds)) == words
    assert length(START, START - timedelta(seconds=seconds)) == "0 s"


# ---- The timeline ------------------------------------------------------------------------------


def stages(*given: tuple[str, int, float, float]) -> list[StageRecord]:
    return [
        {
            "Stage": stage,
            "TrafficPercent": percent,
            "StartedAt": to_text(at(start)),
            "EndedAt": to_text(at(end)),
        }
        for stage, percent, start, end in given
    ]


CANARY = stages(
    ("PROVISIONING", 0, 0, 300),
    ("SHIFTING", 25, 300, 320),
    ("BAKING", 25, 320, 600),
    ("SHIFTING", 100, 600, 620),
    ("BAKING", 100, 620, 960),
    ("TERMINATING", 100, 960, 1000),
)


def test_the_share_moves_at_the_end_of_a_shift() -> None:
    drawn = timeline(CANARY, [], span_of(CANARY), "canary")
    shares = [(r["x"], r["width"], r["height"]) for r in of_class(drawn, "got")]
    assert shares == [
        ("32.00%", "28.00%", "25"),
        ("60.00%", "2.00%", "25"),
        ("62.00%", "34.00%", "100"),
        ("96.00%", "4.00%", "100"),
    ]
    assert [r["x"] for r in of_class(drawn, "shift")] == ["30.00%", "60.00%"]
    assert len(of_class(drawn, "bake")) == 4  # each as a band and in the strip
    assert [t for t in texts(drawn) if "%" in t] == [
        "100 % of the traffic to green",
        "25 %",
        "100 %",
    ]


def test_a_rollback_takes_the_traffic_away() -> None:
    rolled = [*CANARY[:3], *stages(("ROLLING_BACK", 0, 600, 640))]
    drawn = timeline(rolled, [Mark(at(599), 1)], span_of(rolled), "rolled back")
    assert len(of_class(drawn, "got")) == 1
    assert len(of_class(drawn, "back")) == 1
    assert of_class(drawn, "mark")[0]["x1"] == "93.59%"
    assert texts(drawn)[-1] == "1"


def test_marks_that_lie_on_each_other_have_one_number() -> None:
    marks = [Mark(at(500), 1), Mark(at(501), 2), Mark(at(900), 3)]
    drawn = timeline(CANARY, marks, span_of(CANARY), "x")
    assert len(of_class(drawn, "mark")) == 3
    assert [text for text in texts(drawn) if text.isdigit()] == ["1", "3"]


def test_a_stage_of_a_later_release_is_drawn_too() -> None:
    drawn = timeline(stages(("RESTING", 0, 0, 1)), [], Span(at(0), at(1)), "x")
    assert len(of_class(drawn, "made")) == 1


def test_what_is_to_come_is_dashed_from_now_on_and_nothing_that_has_come_is() -> None:
    seen, coming = [*CANARY[:2], *stages(("BAKING", 25, 320, 400))], CANARY[3:]
    coming = [*stages(("BAKING", 25, 400, 600)), *coming]
    drawn = document(seen, coming, [])
    assert [(r["x"], r["width"], r["height"]) for r in of_class(drawn, "coming")] == [
        ("40.00%", "20.00%", "25"),
        ("60.00%", "2.00%", "25"),
        ("62.00%", "34.00%", "100"),
        ("96.00%", "4.00%", "100"),
    ]
    assert [r["x"] for r in of_class(drawn, "bake later")] == ["40.00%", "62.00%"]
    assert [r["x1"] for r in of_class(drawn, "now")] == ["40.00%"]
    assert len(of_class(drawn, "got")) == 1


def test_a_shift_that_runs_takes_the_share_before_it_in_both_of_its_parts() -> None:
    seen = [*CANARY[:1], *stages(("SHIFTING", 25, 300, 310))]
    drawn = document(seen, [*stages(("SHIFTING", 25, 310, 320)), *CANARY[2:]], [])
    assert of_class(drawn, "got") == []
    assert [r["height"] for r in of_class(drawn, "coming")] == ["0", "25", "25", "100", "100"]


def test_the_second_of_two_shifts_without_a_bake_begins_where_the_first_one_ended() -> None:
    both = stages(("SHIFTING", 25, 0, 10), ("SHIFTING", 50, 10, 20), ("BAKING", 50, 20, 30))
    drawn = timeline(both, [], span_of(both), "x")
    assert [r["height"] for r in of_class(drawn, "got")] == ["25", "50"]


def test_a_document_is_whole_by_itself_and_without_more_to_come_has_no_now() -> None:
    drawn = document(CANARY, [], [at(500), at(700)])
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme" in str(root.findtext("{*}style"))
    assert str(root.get("aria-label")).startswith("Green's share of the traffic over time: PROV")
    assert of_class(drawn, "now") == of_class(drawn, "coming") == []
    assert [e.text for e in root.iter() if e.get("class") == "number"] == ["1", "2"]
    kinds = {e.tag.partition("}")[2] for e in root.iter()}
    assert kinds == {"svg", "title", "style", "rect", "line", "text"}


def test_a_picture_has_its_title_for_those_who_do_not_see_it() -> None:
    root = ET.fromstring(picture(10, 'a "title" <b>'))  # noqa: S314 - our own
    assert (root.get("aria-label"), root.get("role")) == ('a "title" <b>', "img")
    assert root.findtext("title") == 'a "title" <b>'


# ---- Charts ------------------------------------------------------------------------------------


def plot(**members: Any) -> Plot:
    gate: Any = {"AlarmName": "errors", **members}
    return Plot(gate, START, 60, Span(at(0), at(600)))


def paths(drawn: Markup, style: str) -> list[str]:
    return [each["d"] for each in of_class(drawn, style)]


def test_green_and_blue_are_drawn_where_they_are_told_apart_and_both_together_where_not() -> None:
    both = [(0, 1.0), (60, 2.0)]
    apart = chart(plot(Watched=both, Green=[(60, 2.0)], Blue=both), "x")
    assert (paths(apart, "of-green") != [], paths(apart, "of-blue") != []) == (True, True)
    assert paths(apart, "of-both") == []
    together = chart(plot(Watched=both, Green=[], Blue=[]), "x")
    assert [len(paths(together, style)) for style in ("of-green", "of-blue", "of-both")] == [
        0,
        0,
        1,
    ]


def test_a_value_lasts_its_time_and_a_gap_is_a_gap() -> None:
    drawn = chart(plot(Watched=[(0, 0.0), (60, 1.0), (240, 1.0)]), "x")
    (path,) = paths(drawn, "of-both")
    assert path == "M0.0 1000.0H100.0L100.0 90.9H200.0M400.0 90.9H500.0"


@pytest.mark.parametrize(
    ("values", "limit"),
    [([0.5], 0.05), ([1e-9], 1e9), ([-3.0, 2.0], -1.0), ([0.0], 0.0), ([5.0], None), ([], 1.0)],
)
def test_everything_is_within_the_chart_and_the_limit_too(
    values: list[float], limit: float | None
) -> None:
    members: Any = {"Watched": [(60 * n, value) for n, value in enumerate(values)]}
    if limit is not None:
        members["Limit"] = limit
    drawn = chart(plot(**members), "x")
    heights = [float(y) for d in paths(drawn, "of-both") for y in re.findall(r" ([\d.-]+)H", d)]
    assert len(heights) == len(values)
    assert all(0 <= y <= 1000 for y in heights)
    lines = [float(each["y1"]) for each in of_class(drawn, "limit")]
    assert len(lines) == (limit is not None)
    assert all(8 <= y <= 108 for y in lines)


def test_a_legend_has_the_looks_with_their_words() -> None:
    made = legend(("of-green", "green: <1>"), ("limit", "limit 5"))
    assert len(of_class(made, "of-green")) == len(of_class(made, "limit")) == 1
    assert "green: &lt;1&gt;" in made
