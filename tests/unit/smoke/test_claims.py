"""Events are compared with the claims: what fits, what differs, what never came."""

import json
from copy import deepcopy
from typing import Any

import pytest

from bluegreen_smoke.capture import concerns
from bluegreen_smoke.claims import (
    ALARM,
    DEPLOYMENT,
    DETAILS,
    MISSING,
    STATE,
    Row,
    Verdict,
    compare,
    values_at,
)
from shipped import ROOT

SAMPLES = [
    json.loads(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("events/*.json"))
]
EVENTS = [event for event in SAMPLES if event.get("detail-type") in DETAILS]


def row_of(rows: list[Row], words: str) -> Row:
    (row,) = [row for row in rows if words in row.claim]
    return row


def of_kind(kind: str) -> Any:
    return deepcopy(next(event for event in EVENTS if event["detail-type"] == kind))


def test_the_sample_events_fit_every_claim_about_a_member() -> None:
    assert {event["detail-type"] for event in EVENTS} == {STATE, DEPLOYMENT, ALARM}
    differing = [row for row in compare(EVENTS) if row.verdict is Verdict.DIFFERS]
    assert [row.claim for row in differing if " is " in row.claim] == []


@pytest.mark.parametrize(
    ("kind", "member", "value", "claim"),
    [
        (STATE, "EndpointStatus", "InService", "state event: EndpointStatus"),
        (STATE, "CreationTime", "2026-01-05T09:00:00Z", "state event: CreationTime"),
        (STATE, "LastModifiedTime", 1772442907, "state event: LastModifiedTime"),
        (STATE, "EndpointArn", "arn:aws:sagemaker:x:1:endpoint/Churn", "state event: EndpointArn"),
        (DEPLOYMENT, "EndpointName", "", "deployment event: EndpointName"),
        (ALARM, "alarmName", 7, "alarm event: alarmName"),
    ],
)
def test_another_spelling_differs(kind: str, member: str, value: Any, claim: str) -> None:
    event = of_kind(kind)
    event["detail"][member] = value
    assert row_of(compare([event]), claim).verdict is Verdict.DIFFERS


def test_an_absent_member_differs_and_says_so() -> None:
    event = of_kind(STATE)
    del event["detail"]["LastModifiedTime"]
    row = row_of(compare([event]), "state event: LastModifiedTime")
    assert (row.verdict, row.seen) == (Verdict.DIFFERS, "1 of 1: absent")


def test_one_wrong_event_among_good_ones_is_seen() -> None:
    good, bad = of_kind(STATE), of_kind(STATE)
    bad["detail"]["EndpointStatus"] = "Updating"
    row = row_of(compare([good, bad, good]), "state event: EndpointStatus")
    assert (row.verdict, row.seen) == (Verdict.DIFFERS, "1 of 3: Updating")


def test_nothing_is_claimed_of_what_never_came() -> None:
    assert {row.verdict for row in compare([])} == {Verdict.NOT_SEEN}


def test_a_status_of_a_rollback_differs() -> None:
    event = of_kind(STATE)
    event["detail"]["EndpointStatus"] = "ROLLING_BACK"
    assert row_of(compare([event]), "nothing of a rollback").verdict is Verdict.DIFFERS


def test_order_and_number_are_not_compared() -> None:
    once = {(row.claim, row.verdict) for row in compare(EVENTS)}
    assert once == {(row.claim, row.verdict) for row in compare([*reversed(EVENTS), *EVENTS])}


def test_what_nobody_claimed_is_told() -> None:
    event = of_kind(STATE)
    event["detail"]["Novelty"] = 1
    other = {**of_kind(STATE), "detail-type": "SageMaker Endpoint Config State Change"}
    rows = compare([event, other])
    assert row_of(rows, "state event: members beyond").seen == "Novelty"
    assert row_of(rows, "kinds of events beyond").seen == other["detail-type"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", [1]),
        ("a.c", [MISSING]),
        ("a.c?", []),
        ("x?.y", []),
        ("x.y", [MISSING]),
        ("l[].n", [1, MISSING]),
        ("l[].n?", [1]),
        ("a[]", [MISSING]),
    ],
)
def test_a_path_finds_every_value(path: str, found: list[Any]) -> None:
    body = {"a": {"b": 1}, "l": [{"n": 1}, {}]}
    assert list(values_at(body, path)) == found


def test_only_events_of_the_runs_own_things_are_kept() -> None:
    by_name = {"detail": {"EndpointName": "bluegreen-smoke-1"}}
    by_arn = {"detail": {}, "resources": ["arn:aws:sagemaker:x:1:model/bluegreen-smoke-1"]}
    alarm = {"detail": {"alarmName": "bluegreen-smoke-1-trip"}}
    strange = {"detail": {"EndpointName": "churn"}, "resources": ["arn:aws:x:endpoint/churn"]}
    found = [concerns(event, "bluegreen-smoke-1") for event in (by_name, by_arn, alarm, strange)]
    assert found == [True, True, True, False]
