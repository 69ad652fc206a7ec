"""A plan as an SVG."""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.schedule import PlannedStage, Schedule, creation_of, schedule_of
from bluegreen_cli.show.plan_drawing import NOTHING, Detection, Extras, drawing

SVG = "{http://www.w3.org/2000/svg}"
LONG = 'churn <b>&amp; "5xx" ' + "x" * 234
SURE = Detection("churn-5xx", 425, 560)


def schedule(
    mode: str, wait: int, termination: int, percent: int = 0, fleets: tuple[int, int] = (10, 10)
) -> Schedule:
    size = CapacitySize("CAPACITY_PERCENT", percent) if percent else None
    blue, green = fleets
    return schedule_of(Policy(mode, wait, termination, size), {"a": blue}, {"a": green})


AT_ONCE = schedule("ALL_AT_ONCE", 0, 120, fleets=(2, 2))
CANARY = schedule("CANARY", 300, 120, 10)
LINEAR = schedule("LINEAR", 3600, 3600, 10)
ROLLING = schedule("ROLLING", 60, 0, 5, fleets=(20, 20))
SHORT = schedule("CANARY", 3, 2, 10, fleets=(1, 20))
HUNDRED = schedule_of(
    Policy("LINEAR", 60, 60, CapacitySize("INSTANCE_COUNT", 1)), {"a": 100}, {"a": 100}
)
CREATION = creation_of({"a": 4}, 300)
ALL = {
    "at once": AT_ONCE,
    "canary": CANARY,
    "linear": LINEAR,
    "rolling": ROLLING,
    "short": SHORT,
    "a hundred steps": HUNDRED,
    "nothing": Schedule("CANARY", (), 0, 0),
    "a creation": CREATION,
}
ALARMS = [
    SURE,
    Detection(LONG, 440, None),
    Detection("blind", None, None),
    Detection("late", 10**6, 2 * 10**6),
    Detection("at the end", 790, 790),
    *(Detection(f"alarm-{number}", number * 60, number * 90) for number in range(5)),
]


def svg(
    course: Schedule, *detections: Detection, title: str = "churn", extras: Extras = NOTHING
) -> ET.Element:
    return ET.fromstring(drawing(course, detections, title, extras))  # noqa: S314 - our own


def texts(root: ET.Element, style: str | None = None) -> list[str]:
    found = root.iter(f"{SVG}text")
    return [one.text or "" for one in found if style is None or one.get("class") == style]


def shapes(root: ET.Element, style: str) -> list[ET.Element]:
    return [one for one in root.iter() if one.get("class") == style and one.tag != f"{SVG}text"]


def bars(root: ET.Element, style: str) -> list[tuple[float, float]]:
    """The edges of the rectangles of a style, those of the legend left out."""
    rects = [one for one in shapes(root, style) if one.tag == f"{SVG}rect"]
    spans = [
        (float(r.get("x", "")), float(r.get("width", "")), float(r.get("height", "")))
        for r in rects
    ]
    return [(x, x + width) for x, width, height in spans if (width, height) != (14, 10)]


def points(root: ET.Element) -> Iterator[tuple[float, float]]:
    for rect in root.iter(f"{SVG}rect"):
        x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        assert width >= 0
        assert height >= 0
        yield from [(x, y), (x + width, y + height)]
    for path in root.iter(f"{SVG}path"):
        yield from corners(path.get("d", ""))


def corners(outline: str) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for command, numbers in re.findall(r"([MLHV])([\d. -]+)", outline):
        values = [float(number) for number in numbers.split()]
        x = values[0] if command in "MLH" else x
        y = values[-1] if command in "MLV" else y
        yield x, y


def spans(root: ET.Element) -> Iterator[tuple[float, float, float]]:
    """The base lines of all texts but the title, with a cautious width."""
    for text in root.iter(f"{SVG}text"):
        if text.get("class") == "h":
            continue
        x, width = float(text.get("x", "")), 6.6 * len(text.text or "")
        left = x - {"start": 0, "middle": width / 2, "end": width}[text.get("text-anchor", "")]
        yield float(text.get("y", "")), left, left + width


@pytest.mark.parametrize("name", ALL)
def test_everything_lies_within_the_drawing(name: str) -> None:
    root = svg(ALL[name], *ALARMS)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for x, y in points(root):
        assert 0 <= x <= width
        assert 0 <= y <= height
    for y, left, right in spans(root):
        assert 0 <= y <= height
        assert left >= 0
        assert right <= width


@pytest.mark.parametrize("name", ALL)
def test_no_label_covers_another(name: str) -> None:
    lines = sorted(spans(svg(ALL[name], *ALARMS)))
    for (y, _, right), (next_y, left, _) in pairwise(lines):
        assert y != next_y or right <= left + 1


def test_the_head_says_what_it_is() -> None:
    root = svg(CANARY, title="churn to churn-v2")
    assert root.findtext(f"{SVG}title") == "churn to churn-v2"
    assert texts(root, "h") == ["churn to churn-v2"]
    assert texts(root, "m")[0] == (
        "CANARY, 10 blue to 10 green instances, bakes 300 + 120 s, 0:13:10"
    )


def test_a_long_title_is_smaller_then_cut_and_whole_in_the_title_element() -> None:
    def size(title: str) -> float:
        group = next(one for one in svg(CANARY, title=title).iter() if one.get("font-size"))
        return float(group.get("font-size", ""))

    assert size("churn") == 16
    assert 10 < size("x" * 130) < size("x" * 100) < 16
    root = svg(CANARY, title="x" * 200)
    assert texts(root, "h") == [f"{'x' * 129}…"]
    assert root.findtext(f"{SVG}title") == "x" * 200


def test_words_of_others_are_escaped() -> None:
    title = "<script>alert(1)</script>\x00\x1b & \ud800"
    drawn = drawing(CANARY, [Detection("</title><b>\n&", 425, 560)], title)
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    assert root.findtext(f"{SVG}title") == "<script>alert(1)</script> &"
    assert texts(root, "n") == ["</title><b> &"]
    assert "<script" not in drawn
    drawn.encode()


def test_it_needs_nothing_from_elsewhere() -> None:
    drawn = drawing(CANARY, ALARMS, "churn")
    assert "@media (prefers-color-scheme:dark)" in drawn
    links = re.findall(r"https?:|url\([^#]|href|@import|@font-face|<image", drawn)
    assert links == ["http:"]  # the namespace


def test_the_bakes_are_bands_with_their_lengths() -> None:
    root = svg(CANARY)
    assert texts(root, "bakes") == ["300 s", "120 s"]
    first, second = bars(root, "bake")
    assert {one.get("y") for one in shapes(root, "bake")} == {"98.0", "523.0"}
    assert first[1] - first[0] == pytest.approx((second[1] - second[0]) * 2.5, abs=0.3)
    assert first[0] == pytest.approx(216 + 720 * 320 / (790 * 1.03), abs=0.1)
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert "BAKING, 10 % green: 300 s from 0:05:20" in titles


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("at once", ["120 s"]),
        ("linear", ["3600 s"] * 10),
        ("rolling", ["20 bakes of 60 s"]),
        ("short", ["3 s", "2 s"]),
        ("a hundred steps", ["100 bakes of 60 s"]),
        ("nothing", []),
        ("a creation", []),
    ],
)
def test_bakes_too_narrow_for_their_labels_share_one(name: str, labels: list[str]) -> None:
    assert texts(svg(ALL[name]), "bakes") == labels


def test_labels_of_bakes_without_room_go_up_and_then_away() -> None:
    stages = tuple(
        PlannedStage(Stage.BAKING, 100, start, length, 1, 1)
        for start, length in ((0, 3000), (3000, 1), (3001, 2), (3003, 3))
    )
    root = svg(Schedule("CANARY", stages, 1, 1))
    labels = [one for one in root.iter(f"{SVG}text") if one.get("class") == "bakes"]
    assert [(one.text, one.get("y")) for one in labels] == [
        ("3000 s", "92.0"),
        ("1 s", "92.0"),
        ("2 s", "78.0"),
    ]


@pytest.mark.parametrize("start", [0, 994])
def test_labels_of_bakes_at_an_edge_keep_to_the_chart(start: int) -> None:
    bakes = [PlannedStage(Stage.BAKING, 50, at, 3, 1, 1) for at in (start, start + 3)]
    rest = PlannedStage(Stage.PROVISIONING, 0, 0, 1000, 1, 1)
    root = svg(Schedule("LINEAR", (*bakes, rest), 1, 1))
    (label,) = [one for one in root.iter(f"{SVG}text") if one.get("class") == "bakes"]
    assert label.text == "2 bakes of 3 s"
    half = 6.7 * 14 / 2
    assert 216 + half <= float(label.get("x", "")) <= 936 - half


def test_greens_share_is_an_area_in_steps_with_labels() -> None:
    root = svg(CANARY)
    (area,) = shapes(root, "share")
    assert [y for _, y in corners(area.get("d", ""))] == [228, 228, 217, 217, 118, 118, 228]
    moves = sorted({x for x, _ in corners(area.get("d", ""))})
    scale = 720 / (790 * 1.03)
    assert moves == pytest.approx([216, 216 + 320 * scale, 216 + 640 * scale, 936], abs=0.1)
    assert texts(root, "") == ["10 %", "100 %", "10 blue", "10 green"]


def test_shares_of_narrow_steps_have_no_label_but_the_last() -> None:
    assert texts(svg(ROLLING), "")[:2] == ["5 %", "10 %"]
    assert texts(svg(ROLLING), "")[18:20] == ["95 %", "100 %"]
    assert texts(svg(HUNDRED), "")[:2] == ["100 %", "100 blue"]


def test_the_fleets_are_drawn_upon_each_other() -> None:
    root = svg(ROLLING)
    blue, green = shapes(root, "blue"), shapes(root, "green")
    area = next(one for one in blue if one.tag == f"{SVG}path")
    heights = sorted({y for _, y in corners(area.get("d", ""))})
    assert len(heights) == 21
    x, y = list(corners(area.get("d", "")))[-3]
    assert x == pytest.approx(936 - 21, abs=0.1)
    assert y == 344
    assert heights[0] == pytest.approx(344 - 80 * 20 / 21, abs=0.1)
    tops = [y for _, y in corners(green[0].get("d", ""))]
    assert min(tops) == 264
    assert "blue alone: 20" in texts(root, "m")
    assert "21" not in texts(root, "m")


def test_a_fleet_too_small_for_its_name_goes_without() -> None:
    root = svg(SHORT)
    assert [text for text in texts(root, "") if "%" not in text] == ["20 green"]
    assert {"21", "blue alone: 1"} <= set(texts(root, "m"))


def test_the_time_has_round_ticks_and_the_end() -> None:
    root = svg(CANARY)
    ticks = [text for text in texts(root, "m") if re.fullmatch(r"\d+:\d\d:\d\d", text)]
    assert ticks == [f"0:{minute:02}:00" for minute in range(0, 13, 2)]
    assert "0:13:10" in texts(root, "b")


def test_the_range_of_the_length_is_shown() -> None:
    root = svg(CANARY)
    words = "0:13:10; between 0:10:10 and 0:38:10, depending on provisioning"
    assert words in texts(root, "m")
    ((left, right),) = bars(root, "sure")
    assert left == 216
    assert right == pytest.approx(216 + 720 * 610 / 2290, abs=0.1)


def test_an_alarm_is_a_bar_from_the_earliest_to_the_latest() -> None:
    root = svg(CANARY, SURE)
    scale = 720 / (790 * 1.03)
    ((left, right),) = bars(root, "alarm")
    assert left == pytest.approx(216 + 425 * scale, abs=0.1)
    assert right == pytest.approx(216 + 560 * scale, abs=0.2)
    assert texts(root, "n") == ["churn-5xx"]
    assert "0:07:05 to 0:09:20" in texts(root, "m")


def test_an_alarm_that_need_not_trip_is_an_outline_to_the_end() -> None:
    root = svg(CANARY, Detection("churn", 440, None))
    assert bars(root, "alarm") == []
    ((_, right),) = bars(root, "perhaps")
    assert right == pytest.approx(216 + 720 / 1.03, abs=0.2)
    assert "0:07:20 or later, perhaps never" in texts(root, "m")


def test_an_alarm_that_cannot_trip_has_no_bar() -> None:
    root = svg(CANARY, Detection("blind", None, None))
    assert not shapes(root, "alarm")
    assert not shapes(root, "perhaps")
    assert "cannot trip" in texts(root, "m")


@pytest.mark.parametrize(("latest", "marks"), [(790, 1), (813, 1), (900, 2)])
def test_an_arrow_points_to_what_comes_after_the_end(latest: int, marks: int) -> None:
    assert len(shapes(svg(CANARY, Detection("churn", 700, latest)), "alarm")) == marks


def test_an_alarm_that_comes_too_late_is_an_arrow_only() -> None:
    root = svg(CANARY, Detection("late", 3000, 4000))
    assert bars(root, "alarm") == []
    assert len(shapes(root, "alarm")) == 1


def test_a_moment_is_wide_enough_to_be_seen() -> None:
    ((left, right),) = bars(svg(LINEAR, Detection("churn", 400, 401)), "alarm")
    assert right - left == pytest.approx(4, abs=0.1)


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    root = svg(CANARY, Detection(LONG, 425, 560))
    assert texts(root, "n") == ['churn <b>&amp; "5xx" xxxxxx…']
    assert f"{LONG}: 0:07:05 to 0:09:20" in [title.text for title in root.iter(f"{SVG}title")]


def test_wide_characters_count_twice() -> None:
    root = svg(CANARY, Detection("警" * 40, 425, 560))
    assert texts(root, "n")[0].count("警") == 13


def test_without_alarms_it_says_so_and_with_ten_each_has_its_row() -> None:
    assert "none" in texts(svg(CANARY), "m")
    root = svg(CANARY, *ALARMS)
    rows = [float(one.get("y", "")) for one in root.iter(f"{SVG}text") if one.get("class") == "n"]
    assert rows == [392 + 32 * row for row in range(10)]
    assert root.get("viewBox") == f"0 0 960 {380 + 320 + 136}"


def test_the_second_scale_says_where_it_begins_and_ends() -> None:
    assert texts(svg(CANARY), "m scale") == ["0:00:00", "0:38:10"]


def test_the_legend_names_the_bars_of_alarms() -> None:
    named = {"an alarm trips", "an alarm may trip, or never"}
    assert named <= set(texts(svg(CANARY), "m"))


def test_a_plan_that_would_be_rejected_is_framed_and_says_why() -> None:
    root = svg(CANARY, extras=Extras(rejected=["variant-unwatched", "no-alarms"]))
    words = "This request would be REJECTED: variant-unwatched, no-alarms"
    assert texts(root, "no") == [words]
    assert len(shapes(root, "rejected")) == 1
    assert shapes(svg(CANARY), "rejected") == []


def test_variants_that_do_not_move_together_have_a_line_each() -> None:
    shares = {"main": [0.25, 1.0], "second": [0.5, 1.0]}
    root = svg(CANARY, SURE, extras=Extras(shares=shares))
    assert {"main 25 %", "second 50 %"} <= set(texts(root, "n"))
    assert [shapes(root, f"variant v{number}") != [] for number in (0, 1, 2)] == [True, True, False]
    together = svg(CANARY, extras=Extras(shares={"main": [0.25, 1.0], "second": [0.25, 1.0]}))
    assert shapes(together, "variant v0") == []


def test_an_alarm_says_which_of_several_variants_it_watches() -> None:
    assert "late of second" in texts(svg(CANARY, Detection("late", 400, 500, "second")), "n")


def test_a_creation_has_one_fleet_and_all_traffic_at_its_end() -> None:
    root = svg(CREATION, title="churn to churn-v1")
    muted = texts(root, "m")
    assert muted[0] == "CREATION, 4 instances, 0:05:00"
    assert [text for text in muted if "blue alone" in text] == []
    assert muted.count("none") == 2  # bakes, and alarms
    assert shapes(root, "alone") == []
    assert texts(root, "") == ["100 %", "4 green"]
    (area,) = shapes(root, "share")
    end = 216 + 720 / 1.03
    assert list(corners(area.get("d", "")))[:4] == [
        (216, 228),
        (pytest.approx(end, abs=0.1), 228),
        (pytest.approx(end, abs=0.1), 118),
        (936, 118),
    ]
