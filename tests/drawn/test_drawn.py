"""What the check says of drawn pairs of alarms and policies is what the embedded AWS does."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import batched
from typing import Any

import pytest

from bluegreen.check import (
    alarm_reach,
    alarm_scope,
    alarm_timing,
    guardrail_timing,
    protection,
)
from bluegreen.check.forecast import Forecast
from bluegreen.check.report import check_situation
from bluegreen.check.situation import Alarm, Metric
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.sagemaker.metrics import Standing
from bluegreen_simulator.rules.alarms.evaluation import NEWEST_MINUTE, NewestMinute
from drawn.claims import contradictions
from drawn.figures import Figures
from drawn.pairs import Pair, draw, draw_guarded
from drawn.run import PAIRS_OF_A_WORLD
from drawn.world import Tried, tried
from heavy import sampled

QUICK = range(25)
QUICK_GUARDED = range(8)
MANY = 500
CONTROLS = (*range(100), 130, 334)
"""Enough for each fault to show, the last two for counts of requests."""


def trying(
    numbers: Iterable[int],
    of: Callable[[int], Pair] = draw,
    newest_minute: NewestMinute = NEWEST_MINUTE,
) -> Iterator[Tried]:
    for those in batched(numbers, PAIRS_OF_A_WORLD, strict=False):
        yield from tried([of(number) for number in those], newest_minute)


def held(pairs: Iterator[Tried]) -> tuple[Figures, list[str]]:
    """How much there was, and what was not so."""
    figures, found = Figures(), list[str]()
    for each in pairs:
        those = contradictions(each)
        figures.add(each, those)
        found += those
    return figures, found


@pytest.mark.parametrize("newest_minute", sampled(NewestMinute, 2))
def test_what_is_said_of_the_first_pairs_is_so(newest_minute: NewestMinute) -> None:
    figures, found = held(trying(QUICK, newest_minute=newest_minute))
    assert found == []
    assert min(figures.unable, figures.lost, figures.seen, figures.unseen) > 0, figures


@pytest.mark.parametrize("newest_minute", sampled(reversed(NewestMinute), 2))
def test_what_is_said_of_the_first_guarded_pairs_is_so(newest_minute: NewestMinute) -> None:
    figures, found = held(trying(QUICK_GUARDED, draw_guarded, newest_minute))
    assert found == []
    assert min(figures.seen, figures.tripped) > 0, figures


@pytest.mark.slow
def test_what_is_said_of_many_guarded_pairs_is_so() -> None:
    figures, found = held(trying(range(MANY), draw_guarded))
    assert found == []
    assert min(figures.seen, figures.unseen, figures.tripped) >= MANY // 5, figures


@pytest.mark.slow
def test_what_is_said_of_many_pairs_is_so() -> None:
    figures, found = held(trying(range(MANY)))
    assert found == []
    assert min(figures.unable, figures.seen, figures.unseen) >= MANY // 5, figures
    assert min(figures.lost, figures.rolled_back, figures.clean) > 0, figures


# ---- Whether it would be noticed -------------------------------------------------------------
# The pairs are tried once; a check with a fault then speaks of them anew.


@pytest.fixture(scope="module")
def some() -> list[Tried]:
    return list(trying(CONTROLS))


def again(each: Tried) -> Tried:
    """The same pair, of which the check says what it says now."""
    before = each.checked
    assert before.request is not None
    assert before.forecast is not None
    return replace(each, checked=check_situation(before.request, before.forecast.situation))


def say_that_everything_is_published(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(alarm_scope, "standing_of", lambda *_, **__: Standing.DOCUMENTED)


def pass_over_dilution(patch: pytest.MonkeyPatch) -> None:
    breaches = alarm_timing.breaches

    def undiluted(alarm: Alarm, part: float, *more: Any) -> bool | None:
        return breaches(alarm, float(part > 0), *more)

    patch.setattr(alarm_timing, "breaches", undiluted)


def pass_over_the_number_of_datapoints(patch: pytest.MonkeyPatch) -> None:
    timing_of = Forecast.timing_of

    def of_one(self: Forecast, alarm: Alarm, worst: Mapping[str, float], **more: Any) -> Any:
        return timing_of(self, replace(alarm, datapoints_to_alarm=1), worst, **more)

    patch.setattr(Forecast, "timing_of", of_one)


def pass_over_few_requests(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(alarm_timing, "FEW", 0)


def pass_over_units(patch: pytest.MonkeyPatch) -> None:
    for module in (alarm_reach, protection):
        patch.setattr(module, "asks_for_doubtful_unit", lambda _: False)
    patch.setattr(alarm_reach, "asks_for_other_unit", lambda _: False)


def take_a_count_of_requests_for_one_of_errors(patch: pytest.MonkeyPatch) -> None:
    def named(_: Alarm, metric: Metric, defect: protection.Defect) -> bool:
        return metric.name in protection.SHOWN_BY[defect]

    patch.setattr(protection, "_rises", named)


def let_alarms_trip_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(alarm_timing, "LEAST_LAG_SECONDS", 180)


def let_green_be_better(patch: pytest.MonkeyPatch) -> None:
    better = {"Invocation5XXErrors": 0.3, "InvocationModelErrors": 0.3, "ModelLatency": 1e6}
    patch.setattr(Forecast, "worst", better)


def take_blue_for_green(patch: pytest.MonkeyPatch) -> None:
    green = alarm_scope.AlarmScope.GREEN
    scope = alarm_scope._scope_of_config

    def of_config(metric: Metric, fleets: alarm_scope.ComparedFleets) -> alarm_scope.AlarmScope:
        found = scope(metric, fleets)
        return green if found is alarm_scope.AlarmScope.BLUE else found

    patch.setattr(alarm_scope, "_scope_of_config", of_config)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (say_that_everything_is_published, "sees"),
        (pass_over_dilution, "sees"),
        (pass_over_the_number_of_datapoints, "sees"),
        (pass_over_few_requests, "sees"),
        (pass_over_units, "sees"),
        (take_a_count_of_requests_for_one_of_errors, "sees"),
        (let_alarms_trip_late, "cannot trip in the bake"),
        (let_green_be_better, "cannot trip in the bake"),
        (take_blue_for_green, "sees"),
    ],
)
def test_a_check_with_a_fault_is_contradicted(
    some: list[Tried],
    spoil: Callable[[pytest.MonkeyPatch], None],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil(monkeypatch)
    found = [each for pair in some for each in contradictions(again(pair))]
    assert [each for each in found if words in each]


@pytest.fixture(scope="module")
def guarded() -> list[Tried]:
    return list(trying(QUICK_GUARDED, draw_guarded))


def pass_over_chance(patch: pytest.MonkeyPatch) -> None:
    def any_request(_: Guardrail, __: float, green: float) -> float:
        return float(green > 0)

    patch.setattr(guardrail_timing, "chance_in_period", any_request)


def pass_over_periods_in_a_row(patch: pytest.MonkeyPatch) -> None:
    evaluation = guardrail_timing._evaluation

    def of_one(guardrail: Guardrail, *more: float) -> Any:
        return evaluation(replace(guardrail, periods=1), *more)

    patch.setattr(guardrail_timing, "_evaluation", of_one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (pass_over_chance, "sees"),
        (pass_over_periods_in_a_row, "sees"),
        (let_alarms_trip_late, "cannot trip before"),
    ],
)
def test_a_check_with_a_fault_is_contradicted_by_guarded_pairs(
    guarded: list[Tried],
    spoil: Callable[[pytest.MonkeyPatch], None],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil(monkeypatch)
    found = [each for pair in guarded for each in contradictions(again(pair))]
    assert [each for each in found if words in each]
