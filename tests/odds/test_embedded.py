"""Drawn deployments with guardrails end on the whole embedded AWS as their counts say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odds import agreement, walk
from odds.agreement import disagreements
from odds.chances import within
from odds.deployments import LITTLE_DATA_FROM, assumed_of, draw
from odds.embedded import main, tried
from odds.runs import Run, run

FEW = (3, 2, 6, 8)
"""Of one account: stopped, healthy, too little data, and all at once."""

MANY = 100


@pytest.fixture(scope="module")
def few() -> list[Run]:
    return list(run([draw(number) for number in FEW]))


def test_the_first_ones_end_as_computed(few: list[Run]) -> None:
    assert [words for each in few for words in disagreements(each)] == []
    outcomes = {row["Outcome"] for each in few for row in each.record["Guardrails"]}
    assert outcomes == {"TRIPPED", "HEALTHY", "NOT_ENOUGH_DATA"}


@pytest.mark.slow
def test_a_hundred_end_as_computed_and_as_often_as_is_likely() -> None:
    figures = tried(range(MANY))
    assert figures.wrong == []
    assert figures.unlikely == []
    assert min(figures.found, figures.bad - figures.found, figures.healthy) > 0, figures


@pytest.mark.slow
def test_those_with_too_little_data_are_aborted_as_computed() -> None:
    """The last ones run in a stack without an abort alarm, where nothing can abort them."""
    figures = tried([*range(LITTLE_DATA_FROM, LITTLE_DATA_FROM + 6), 140, 141, 142])
    assert figures.wrong == []
    assert figures.aborted > 0


def test_what_is_drawn_has_all_there_is() -> None:
    """Modes, defects, both readings of alarms, both kinds of metrics, no abort alarm."""
    drawn = [draw(number) for number in range(MANY)]
    assert {each.mode for each in drawn} == {"ALL_AT_ONCE", "CANARY", "LINEAR", "ROLLING"}
    defects = {(each.green, each.size) for each in drawn}
    assert len(defects) == 8
    assumed = {assumed_of(number) for number in range(MANY)}
    assert len({(each.alarms_read, each.metrics_by_config) for each in assumed}) == 4
    assert {each.abort_alarm for each in assumed} == {True, False}
    assert {each.not_enough_data for each in drawn} == {"PASS", "WARN", "ABORT"}
    assert {len(each.variants) for each in drawn} == {1, 2}


def test_how_many_of_some_happen() -> None:
    assert within([]) == (0, 0)
    assert within([1.0, 1.0, 0.0]) == (2, 2)
    assert within([0.5] * 100) == (37, 63)


def test_the_command_says_what_is_not_as_computed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, few: list[Run]
) -> None:
    monkeypatch.setattr("odds.embedded.run", lambda _: few[:1])
    assert main(["3", "4"]) == 0
    assert "1 runs, 0 disagreements" in capsys.readouterr().out
    spoil_the_verdict = replace(few[0], record={**few[0].record, "Verdict": "SUCCEEDED"})
    monkeypatch.setattr("odds.embedded.run", lambda _: [spoil_the_verdict])
    assert main(["3", "4"]) == 1
    assert "3: it ended ('SUCCEEDED', 'ALARM')" in capsys.readouterr().out


# ---- Whether it would be noticed -------------------------------------------------------------
# The walk gets the fault, and then contradicts what there was.


def see_a_minute_later(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(agreement, "EVALUATION_SECOND", 65)


def forget_chance(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(walk, "sqrt", lambda _: 0.0)


def judge_longer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(agreement, "JUDGED_LATEST", 2)


def count_longer(patch: pytest.MonkeyPatch) -> None:
    window = walk.window
    patch.setattr(walk, "window", lambda minutes, end, length: window(minutes, end, length + 1))


def look_back_less(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(walk, "BACK", -1)
    patch.setattr(walk, "RANGE", 0)


@pytest.mark.parametrize(
    "spoil", [see_a_minute_later, forget_chance, judge_longer, count_longer, look_back_less]
)
def test_another_rule_is_contradicted(
    few: list[Run], spoil: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch)
    assert [words for each in few for words in disagreements(each)]


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [("Outcome", "HEALTHY", "computed"), ("Power", 0.99, "power"), ("Rate", 0.5, "rate")],
)
def test_a_row_that_says_something_else_is_contradicted(
    few: list[Run], member: str, value: Any, words: str
) -> None:
    each = few[FEW.index(6)]
    rows = [{**row, member: value} for row in each.record["Guardrails"]]
    changed: Any = {**each.record, "Guardrails": rows}
    assert [said for said in disagreements(replace(each, record=changed)) if words in said]
