"""What is kept of the models and configs that were made: by age, by count, by what is needed."""

from datetime import timedelta

import pytest

from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen.registry.retention import CreatedResource, Retention, expired, returnable
from builders import KEY, START

DAY = timedelta(days=1)
A_MOMENT = timedelta(microseconds=1)


def made(age_in_days: float, endpoint: str = "churn", name: str = "") -> CreatedResource:
    """What was made so many days before the start."""
    label = name or f"{endpoint}-{age_in_days:g}"
    return CreatedResource(label, endpoint, f"deploy-{label}", START - age_in_days * DAY)


def gone(given: list[CreatedResource], days: int = 30, keep_last: int = 1) -> list[str]:
    return [each.name for each in expired(given, Retention(days, keep_last), START)]


def test_of_nothing_nothing_goes() -> None:
    assert gone([]) == []


@pytest.mark.parametrize(
    ("keep_last", "left"),
    [
        (1, ["churn-50", "churn-40", "churn-35", "churn-31"]),
        (2, ["churn-50", "churn-40", "churn-35", "churn-31"]),
        (3, ["churn-50", "churn-40", "churn-35"]),
        (4, ["churn-50", "churn-40"]),
        (5, ["churn-50"]),
        (6, []),
        (100, []),
    ],
)
def test_the_last_ones_stay_however_old_and_the_young_ones_however_many(
    keep_last: int, left: list[str]
) -> None:
    ages = [40, 1, 31, 50, 29, 35]
    assert gone([made(age) for age in ages], keep_last=keep_last) == left


@pytest.mark.parametrize(("days", "left"), [(1, 3), (2, 2), (3, 1), (4, 0), (9999, 0)])
def test_the_days_count_from_the_start_of_the_deployment(days: int, left: int) -> None:
    given = [made(age) for age in (0, 1.5, 2.5, 3.5)]
    assert len(gone(given, days)) == left


def test_what_is_just_so_old_stays() -> None:
    latest = CreatedResource("edge", "churn", "d", START - 30 * DAY)
    older = CreatedResource("older", "churn", "d", START - 30 * DAY - A_MOMENT)
    assert gone([made(0), latest, older]) == ["older"]


def test_each_endpoint_has_its_own_last_ones() -> None:
    given = [made(age, endpoint) for endpoint in ("churn", "fraud") for age in (60, 50, 40)]
    assert gone(given) == ["churn-60", "fraud-60", "churn-50", "fraud-50"]
    assert gone([made(60, "churn"), made(50, "fraud")]) == []


def test_endpoints_whose_names_differ_in_case_are_one() -> None:
    given = [made(60, "Churn"), made(50, "churn"), made(40, "CHURN")]
    assert gone(given) == ["Churn-60", "churn-50"]
    assert gone(given, keep_last=2) == ["Churn-60"]


def test_the_oldest_goes_first() -> None:
    given = [made(age) for age in (33, 99, 44, 77, 0)]
    assert gone(given) == ["churn-99", "churn-77", "churn-44", "churn-33"]


def test_all_that_is_told_of_what_goes_is_what_was_noted() -> None:
    old = made(60)
    assert expired([made(0), old], Retention(30, 1), START) == [old]


# ---- What somebody may want to return to -----------------------------------------------------


def record(verdict: str, previous: str, requested: str, live: str = "") -> DeploymentRecord:
    made = record_of(KEY, "arn", Decision(Verdict(verdict), "because"), [], START)
    if previous:
        made["PreviousEndpointConfigName"] = previous
    if requested:
        made["RequestedEndpointConfigName"] = requested
    if live:
        made["LiveEndpointConfigName"] = live
    return made


def test_without_records_there_is_nothing_to_return_to() -> None:
    assert returnable([]) == set()


def test_the_last_success_and_all_that_came_since() -> None:
    records = [
        record("ROLLED_BACK", "c", "e", "c"),
        record("FAILED", "c", "d", "x"),
        record("SUCCEEDED", "b", "c", "c"),
        record("ROLLED_BACK", "a", "z", "a"),
        record("SUCCEEDED", "y", "a", "a"),
    ]
    assert returnable(records) == {"b", "c", "d", "e", "x"}
    assert returnable(records[2:]) == {"b", "c"}
    assert returnable(records[3:]) == {"a", "y", "z"}


def test_without_a_success_all_of_them() -> None:
    records = [record("ROLLED_BACK", "a", name, "a") for name in "bcd"]
    assert returnable(records) == {"a", "b", "c", "d"}


def test_a_record_of_what_never_began_names_only_what_it_knows() -> None:
    assert returnable([record("REJECTED", "", "b"), record("REJECTED", "", "")]) == {"b"}


@pytest.mark.parametrize(
    "verdict",
    ["ROLLED_BACK", "REJECTED", "FAILED", "ROLLBACK_FAILED", "SUPERSEDED", "TIMED_OUT"],
)
def test_only_a_success_ends_the_list(verdict: str) -> None:
    assert returnable([record(verdict, "", "b"), record("SUCCEEDED", "", "a")]) == {"a", "b"}
