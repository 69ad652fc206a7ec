"""The check does not cry wolf: policies as people have them get the findings that they deserve."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, Final

import pytest

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.request.request import check
from corpus.entries import Entry, entries
from corpus.write import PAGE, page

WORKS: Final = entries("works")
AWS: Final = entries("aws_examples")

Alarms = Iterable[Mapping[str, Any]]


def of(rows: Iterable[Entry]) -> pytest.MarkDecorator:
    """A case for each of the entries, by its name."""
    return pytest.mark.parametrize("entry", rows, ids=lambda entry: entry.name)


def faults_in(entry: Entry) -> set[str]:
    """What the check has against a policy, as "SEVERITY id"."""
    found = entry.checked.findings
    return {f"{each.severity} {each.id}" for each in found if each.severity != "INFO"}


def deserved_by(entry: Entry) -> set[str]:
    """What the check may have against it."""
    return {*entry.derived, *(f"WARNING {id_}" for id_ in entry.right)}


# ---- The entries themselves ------------------------------------------------------------------


@of([*WORKS, *AWS])
def test_a_request_is_well_formed(entry: Entry) -> None:
    assert check(entry.request) == []


def test_each_entry_has_a_name_of_its_own_and_says_where_it_was_seen() -> None:
    names = [entry.name for entry in [*WORKS, *AWS]]
    assert len(set(names)) == len(names)
    assert all(entry.seen and "://" not in entry.seen for entry in [*WORKS, *AWS])


@of([*WORKS, *AWS])
def test_what_an_entry_expects_can_be_found(entry: Entry) -> None:
    expected = {name.split()[-1] for name in deserved_by(entry)}
    assert expected <= CATALOGUE.keys()


# ---- What is found ---------------------------------------------------------------------------


@of(WORKS)
def test_a_policy_that_works_gets_no_error_and_no_warning_but_what_it_deserves(
    entry: Entry,
) -> None:
    assert faults_in(entry) - deserved_by(entry) == set()


@of([*WORKS, *AWS])
def test_a_policy_gets_the_warnings_that_it_deserves(entry: Entry) -> None:
    due = {f"WARNING {id_}" for id_ in entry.right}
    assert due <= faults_in(entry)


def test_at_least_sixty_policies_that_work_get_no_error() -> None:
    passed = [entry.name for entry in WORKS if not entry.checked.would_be_rejected]
    assert len(passed) >= 60


@of(AWS)
def test_an_example_of_aws_keeps_what_follows_from_the_facts(entry: Entry) -> None:
    found = faults_in(entry)
    assert set(entry.derived) <= found <= deserved_by(entry)


ERRORS_OF_BOTH: Final[tuple[Mapping[str, Any], ...]] = (
    {"MetricName": "Invocation5XXErrors", "Statistic": "Average", "Threshold": 0.05},
    {"MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Threshold": 5},
    {"MetricName": "InvocationModelErrors", "Statistic": "Average", "Threshold": 0.02},
    {
        "Threshold": 5,
        "metrics": {
            "m1": {"MetricName": "Invocation5XXErrors", "Stat": "Sum"},
            "m2": {"MetricName": "Invocations", "Stat": "Sum"},
            "rate": "m1 / m2 * 100",
        },
    },
)
LATENCY_OF_GREEN: Final[tuple[Mapping[str, Any], ...]] = (
    {"MetricName": "ModelLatency", "Statistic": "Average", "Threshold": 100_000},
    {"MetricName": "ModelLatency", "ExtendedStatistic": "p90", "Threshold": 250_000},
    {"MetricName": "ModelLatency", "Statistic": "Maximum", "Threshold": 20_000_000},
)
CANARIES: Final[tuple[Mapping[str, Any] | str, ...]] = (
    {"CANARY": 1, "wait": 600, "termination": 600},
    {"CANARY": "25%", "wait": 900, "termination": 1800},
    "Canary25Percent15Minutes",
)


@pytest.mark.parametrize(
    ("policy", "errors", "latency"), [*product(CANARIES, ERRORS_OF_BOTH, LATENCY_OF_GREEN)]
)
def test_a_canary_with_an_alarm_on_both_fleets_and_one_on_green_alone_gets_no_warning(
    policy: Mapping[str, Any] | str, errors: Mapping[str, Any], latency: Mapping[str, Any]
) -> None:
    two_of_three = {"EvaluationPeriods": 3, "DatapointsToAlarm": 2}
    alarms = ({**errors, **two_of_three}, {**latency, **two_of_three, "fleet": "green"})
    assert faults_in(Entry("quiet", "", policy, alarms)) == set()


def test_the_page_is_what_the_check_finds() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "PYTHONPATH=tests python -m corpus.write"
