"""What a scenario expected, against how it ended."""

from typing import Any

import pytest

from bluegreen_simulator.run.embedded import START
from bluegreen_simulator.run.simulation import _execution_name, _record, misses
from bluegreen_simulator.run.theatre import Seen

RECORD: Any = {
    "Verdict": "ROLLED_BACK",
    "Trigger": "ALARM",
    "TrippedAlarms": ["churn-5xx"],
    "Stages": [
        {
            "Stage": "PROVISIONING",
            "TrafficPercent": 0,
            "StartedAt": "2026-01-05T09:00:00.000Z",
            "EndedAt": "2026-01-05T09:05:00.000Z",
        },
        {
            "Stage": "BAKING",
            "TrafficPercent": 25,
            "StartedAt": "2026-01-05T09:05:00.000Z",
            "EndedAt": "2026-01-05T09:06:40.500Z",
        },
    ],
}
TOLD: Any = [{"Event": "DEPLOYMENT_STARTED"}, {"Event": "DEPLOYMENT_ROLLED_BACK"}]


def test_what_is_as_expected_is_no_miss() -> None:
    expected = {
        "Verdict": "ROLLED_BACK",
        "TrippedAlarms": ["churn-5xx"],
        "Stages": ["PROVISIONING 0 300", "BAKING 25 100.5"],
        "Notifications": ["DEPLOYMENT_STARTED", "DEPLOYMENT_ROLLED_BACK"],
    }
    assert misses(expected, RECORD, TOLD) == []


def test_what_is_not_expected_of_is_not_looked_at() -> None:
    assert misses({}, RECORD, TOLD) == []


@pytest.mark.parametrize(
    ("expected", "miss"),
    [
        (
            {"Verdict": "SUCCEEDED"},
            "Verdict: expected SUCCEEDED, got ROLLED_BACK",
        ),
        (
            {"LiveEndpointConfigName": "churn-blue"},
            "LiveEndpointConfigName: expected churn-blue, got absent",
        ),
        (
            {"TrippedAlarms": []},
            "TrippedAlarms: expected none, got churn-5xx",
        ),
        (
            {"Stages": ["PROVISIONING 0 300", "BAKING 25 100"]},
            (
                "Stages: expected PROVISIONING 0 300, BAKING 25 100,"
                " got PROVISIONING 0 300, BAKING 25 100.5"
            ),
        ),
        (
            {"Notifications": ["DEPLOYMENT_ROLLED_BACK", "DEPLOYMENT_STARTED"]},
            (
                "Notifications: expected DEPLOYMENT_ROLLED_BACK, DEPLOYMENT_STARTED,"
                " got DEPLOYMENT_STARTED, DEPLOYMENT_ROLLED_BACK"
            ),
        ),
    ],
)
def test_a_miss_names_member_expectation_and_truth(expected: dict[str, Any], miss: str) -> None:
    assert misses(expected, RECORD, TOLD) == [miss]


def test_without_a_record_everything_expected_is_a_miss() -> None:
    nothing: Any = {}
    assert misses({"Verdict": "SUCCEEDED", "Stages": ["BAKING 100 600"]}, nothing, []) == [
        "Verdict: expected SUCCEEDED, got absent",
        "Stages: expected BAKING 100 600, got none",
    ]


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ('{"Verdict": "SUCCEEDED"}', {"Verdict": "SUCCEEDED"}),
        ("The state machine is broken", {"Reason": "The state machine is broken"}),
        ("[]", {"Reason": "[]"}),
        ("", {"Reason": "The execution left no record."}),
    ],
)
def test_what_an_execution_leaves_is_read_whatever_it_is(text: str, record: dict[str, Any]) -> None:
    assert _record(ended(text), []) == record


def ended(text: str) -> Seen:
    return Seen("d1", "arn", "ABORTED", START, START, {}, "", text)


@pytest.mark.parametrize("text", ["", '{"Error": "E", "Cause": "c"}'])
def test_a_record_that_another_execution_wrote_is_the_record(text: str) -> None:
    rows = [
        {"pk": "ENDPOINT#churn", "sk": "LOCK"},
        {"pk": "ENDPOINT#churn", "sk": "DEPLOYMENT#t#d2", "Record": '{"Verdict": "SUCCEEDED"}'},
        {"pk": "ENDPOINT#churn", "sk": "DEPLOYMENT#t#d1", "Record": '{"Verdict": "FAILED"}'},
    ]
    said = '{"Verdict": "REJECTED"}'
    found = [_record(ended(one), rows)["Verdict"] for one in (text, said)]
    assert found == ["FAILED", "REJECTED"]


def test_an_execution_is_named_after_its_scenario_in_letters_that_step_functions_takes() -> None:
    assert _execution_name("my canary (1)") == "my-canary--1-"
    assert _execution_name("c" * 90) == "c" * 80
