"""What one success and one rollback answer of the open questions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bluegreen.contract.record import DeploymentRecord, Trigger
from bluegreen.contract.record import Verdict as Ending
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen_smoke.canaries import METRICS, ROLLS_BACK, SUCCEEDS
from bluegreen_smoke.claims import Row, Verdict
from bluegreen_smoke.questions import QUESTIONS, answer
from bluegreen_smoke.run import Evidence, Look, Options, Smoke
from builders import KEY
from shipped import ROOT

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIDELITY = " ".join((ROOT / "docs/fidelity.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.asks)
def test_every_question_is_about_a_word_of_the_fidelity_page(question: Any) -> None:
    assert question.cites in FIDELITY


def body(minute: int, **members: Any) -> dict[str, Any]:
    moment = START + timedelta(minutes=minute)
    return {"EndpointStatus": "InService", "LastModifiedTime": moment, **members}


def updating(minute: int, live: str, config: str, status: str, current: int) -> dict[str, Any]:
    variant = {
        "VariantName": "main",
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": 2,
        "VariantStatus": [{"Status": status, "StatusMessage": f"{status} of {current}"}],
    }
    pending = {"EndpointConfigName": f"s-{config}", "ProductionVariants": [variant]}
    blue = {"VariantName": "main", "CurrentInstanceCount": 2, "DesiredInstanceCount": 2}
    return body(
        minute,
        EndpointStatus="Updating",
        EndpointConfigName=f"s-{live}",
        ProductionVariants=[blue],
        PendingDeploymentSummary=pending,
    )


def evidence() -> Evidence:
    """A success and a rollback as the embedded AWS has them."""
    success = [body(0), updating(1, "blue", "green", "Baking", 1), body(3)]
    rollback = [
        body(3),
        updating(4, "green", "red", "Baking", 1),
        updating(5, "green", "red", "Deleting", 0),
        body(6),
    ]
    return Evidence(
        looks=[
            *(Look(SUCCEEDS, seen) for seen in success),
            *(Look(ROLLS_BACK, seen) for seen in rollback),
        ],
        records={ROLLS_BACK: rolled_back()},
        alarm_at_the_end="ALARM",
        metrics=dict.fromkeys(METRICS, 4.0),
    )


def rolled_back() -> DeploymentRecord:
    decision = Decision(Ending.ROLLED_BACK, "because", Trigger.ALARM)
    return record_of(KEY, "arn", decision, [], START)


def answers(seen: Evidence, **options: Any) -> list[Row]:
    nobody: Any = None
    smoke = Smoke("s", replace(Options(), **options), nobody, nobody, print, evidence=seen)
    return answer(smoke)


def verdict_of(rows: list[Row], words: str) -> Verdict:
    (row,) = [row for row in rows if words in row.claim]
    return row.verdict


def test_what_the_embedded_aws_does_holds() -> None:
    rows = answers(evidence())
    assert {row.verdict for row in rows} == {Verdict.HOLDS, Verdict.ANSWERED}


def test_without_evidence_nothing_is_answered() -> None:
    assert {row.verdict for row in answers(Evidence())} == {Verdict.NOT_SEEN}


def each_green(seen: Evidence, change: Callable[[dict[str, Any]], None]) -> None:
    for look in seen.looks:
        for variant in look.body.get("PendingDeploymentSummary", {}).get("ProductionVariants", []):
            change(variant)


def test_counts_of_instances_made_differ_and_say_nothing_of_rounding() -> None:
    seen = evidence()
    each_green(seen, lambda variant: variant.update(CurrentInstanceCount=2))
    rows = answers(seen)
    assert verdict_of(rows, "counts the instances with traffic") is Verdict.DIFFERS
    assert verdict_of(rows, "CAPACITY_PERCENT") is Verdict.ANSWERED


def test_a_blue_that_counts_what_has_traffic_differs() -> None:
    seen = evidence()
    assert verdict_of(answers(seen), "the instances that exist") is Verdict.HOLDS
    for look in seen.looks:
        for variant in look.body.get("ProductionVariants", []):
            variant["CurrentInstanceCount"] = 1
    assert verdict_of(answers(seen), "the instances that exist") is Verdict.DIFFERS


def test_halves_that_are_rounded_up_differ() -> None:
    seen = evidence()
    each_green(seen, lambda v: v.update(CurrentInstanceCount=2, DesiredInstanceCount=3))
    rows = answers(seen, instances=3)
    assert verdict_of(rows, "CAPACITY_PERCENT") is Verdict.DIFFERS


def test_another_status_while_rolling_back_differs() -> None:
    seen = evidence()
    seen.looks[-2].body["EndpointStatus"] = "RollingBack"
    assert verdict_of(answers(seen), "is Updating during a rollback") is Verdict.DIFFERS


def test_greens_config_in_front_differs() -> None:
    seen = evidence()
    seen.looks[1].body["EndpointConfigName"] = "s-green"
    assert verdict_of(answers(seen), "EndpointConfigName is blue's") is Verdict.DIFFERS


def test_a_last_modified_time_that_stands_still_differs() -> None:
    seen = evidence()
    seen.looks[1].body["LastModifiedTime"] = START
    assert verdict_of(answers(seen), "as soon as an update is seen") is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("record", "state"),
    [
        ({"Verdict": "SUCCEEDED"}, "ALARM"),
        ({"Verdict": "ROLLED_BACK", "Trigger": "ALARM"}, "OK"),
    ],
)
def test_an_alarm_that_is_not_honoured_or_not_latched_differs(record: Any, state: str) -> None:
    seen = evidence()
    seen.records[ROLLS_BACK], seen.alarm_at_the_end = record, state
    assert verdict_of(answers(seen), "one datapoint latched") is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("metric", "claim"),
    [
        ("Invocations", "Invocations and ModelLatency"),
        ("ModelLatency", "Invocations and ModelLatency"),
        ("Invocation5XXErrors", "Invocation5XXErrors"),
        ("Invocation4XXErrors", "Invocation4XXErrors"),
    ],
)
def test_a_metric_without_the_config_differs_alone(metric: str, claim: str) -> None:
    seen = evidence()
    seen.metrics = {**dict.fromkeys(METRICS, 4.0), metric: 0.0}
    rows = [row for row in answers(seen) if "carry EndpointConfigName" in row.claim]
    differ = {row.claim for row in rows if row.verdict is Verdict.DIFFERS}
    assert differ == {f"{claim} carry EndpointConfigName"}
