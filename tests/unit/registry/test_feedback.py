"""What the model registry is told of each ending, and that every field is one that it takes."""

import itertools
import json
from dataclasses import replace
from typing import Any, cast

import pytest

from bluegreen.contract.aws_shapes import ModelPackageUpdateShape
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.deployment.record import record_of, record_of_update
from bluegreen.deployment.verdict import Decision
from bluegreen.registry.feedback import (
    APPROVE_AGAIN,
    NOT_DEPLOYED,
    REPLACED,
    STAGE,
    STAGE_STATUS,
    START_AGAIN,
    TRACE,
    Feedback,
    feedback_of,
    replaced,
    served_again,
    trace,
    trace_of,
)
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import ON_ROLLBACK, Request
from bluegreen_simulator.moto.constraints import violations
from builders import BLUE, CANARY, KEY, PACKAGE, at, deployment, settled

GREEN = "churn-v7-0123456789"
REQUEST = Request("churn", GREEN, CANARY, model_package_arn=PACKAGE)
APPROVED = ModelPackage(PACKAGE, approval="Approved", status="Completed")
TRIGGERS = (None, *Trigger)


def record(
    verdict: Verdict = Verdict.ROLLED_BACK,
    trigger: Trigger | None = Trigger.ALARM,
    wish: str = "REJECT_MODEL_PACKAGE",
    **more: Any,
) -> DeploymentRecord:
    """The record of an update that was asked for and ended so; `more` are members of it."""
    decision = Decision(verdict, "The alarm went off.", trigger, ("churn-5xx",))
    given = deployment(request=replace(REQUEST, on_rollback=wish))
    made = record_of_update(given, settled(BLUE), decision, at(2000))
    return cast("DeploymentRecord", {**made, **more})


def feedback(*arguments: Any, **more: Any) -> Feedback:
    found = feedback_of(record(*arguments, **more))
    assert found is not None
    return found


def shape(
    *arguments: Any, package: ModelPackage = APPROVED, **more: Any
) -> ModelPackageUpdateShape:
    body = feedback(*arguments, **more).to_shape(package)
    assert violations("sagemaker", "UpdateModelPackage", body) == []
    json.dumps(body, ensure_ascii=False).encode()
    return body


# ---- Who is told what ------------------------------------------------------------------------


def test_a_rollback_by_an_alarm_word_by_word() -> None:
    words = (
        "Deployment deploy-1 of endpoint churn ended ROLLED_BACK at 2026-01-05T09:33:20.000Z. The"
        " alarm went off."
    )
    assert shape() == {
        "ModelPackageArn": PACKAGE,
        "ModelLifeCycle": {
            "Stage": "Deployment",
            "StageStatus": "RolledBack",
            "StageDescription": words,
        },
        "CustomerMetadataProperties": {
            "bluegreen:endpoint": "churn",
            "bluegreen:endpoint-config": GREEN,
            "bluegreen:deployment-id": "deploy-1",
            "bluegreen:verdict": "ROLLED_BACK",
            "bluegreen:ended-at": "2026-01-05T09:33:20.000Z",
            "bluegreen:tripped-alarms": "churn-5xx",
        },
        "ModelApprovalStatus": "Rejected",
        "ApprovalDescription": words,
    }


STATUS = {
    Verdict.SUCCEEDED: "Deployed",
    Verdict.ROLLED_BACK: "RolledBack",
    Verdict.ROLLBACK_FAILED: "RollbackFailed",
    Verdict.FAILED: "Failed",
    Verdict.TIMED_OUT: "TimedOut",
    Verdict.REJECTED: None,
    Verdict.SUPERSEDED: None,
}


@pytest.mark.parametrize(
    ("verdict", "trigger", "wish"), list(itertools.product(Verdict, TRIGGERS, ON_ROLLBACK))
)
def test_each_verdict_by_each_trigger_for_each_wish(
    verdict: Verdict, trigger: Trigger | None, wish: str
) -> None:
    told = feedback_of(record(verdict, trigger, wish))
    silent = STATUS[verdict] is None or (wish == "NONE" and verdict is not Verdict.SUCCEEDED)
    assert (told is None) is silent
    if told is None:
        return
    assert told.stage_status == STATUS[verdict]
    assert told.properties["bluegreen:verdict"] == verdict
    by_alarm = verdict is Verdict.ROLLED_BACK and trigger is Trigger.ALARM
    rejected = by_alarm and wish == "REJECT_MODEL_PACKAGE"
    assert told.rejects is rejected
    body = shape(verdict, trigger, wish)
    assert ("ModelApprovalStatus" in body) is ("ApprovalDescription" in body) is rejected


def test_every_verdict_is_thought_of() -> None:
    assert STATUS.keys() == set(Verdict)
    assert {status for status in STATUS.values() if status} == set(STAGE_STATUS.values())
    assert REPLACED not in STAGE_STATUS.values()


def test_of_a_config_that_somebody_made_nothing_is_told() -> None:
    given = deployment(request=Request("churn", GREEN, CANARY))
    decision = Decision(Verdict.SUCCEEDED, "It serves.")
    assert feedback_of(record_of_update(given, settled(GREEN), decision, at(9))) is None


def test_of_what_never_began_nothing_is_told() -> None:
    refused = Decision(Verdict.REJECTED, "No.")
    failed = Decision(Verdict.FAILED, "The endpoint was not changed.")
    asked = REQUEST.to_json()
    assert feedback_of(record_of(KEY, "arn", refused, [], at(9), request=asked)) is None
    assert feedback_of(record_of(KEY, "arn", failed, [], at(9), request=asked)) is None
    assert feedback_of(record_of(KEY, "arn", failed, [], at(9))) is None


def test_without_a_tripped_alarm_there_is_no_word_of_alarms() -> None:
    body = shape(Verdict.FAILED, None, TrippedAlarms=[])
    assert len(body["CustomerMetadataProperties"]) == 5


@pytest.mark.parametrize(
    ("approval", "rejected"),
    [
        ("Approved", True),
        ("Rejected", False),
        ("PendingManualApproval", False),
        ("", False),
    ],
)
def test_only_an_approval_that_still_stands_is_taken_back(approval: str, rejected: bool) -> None:
    body = shape(package=replace(APPROVED, approval=approval))
    assert (body.get("ModelApprovalStatus") == "Rejected") is rejected
    assert ("ApprovalDescription" in body) is rejected
    assert body["ModelLifeCycle"]["StageStatus"] == "RolledBack"


def test_a_package_is_never_approved_by_us() -> None:
    for verdict, wish in itertools.product(STAGE_STATUS, ("REJECT_MODEL_PACKAGE", "ANNOTATE")):
        body = shape(verdict, None, wish, package=replace(APPROVED, approval="Rejected"))
        assert "ModelApprovalStatus" not in body


def test_the_stage_is_ours() -> None:
    assert STAGE == "Deployment"
    assert shape(Verdict.SUCCEEDED, None)["ModelLifeCycle"]["Stage"] == STAGE


# ---- What the package has of its own ---------------------------------------------------------


def owned(count: int, **more: str) -> ModelPackage:
    return replace(APPROVED, metadata={f"k{n}": "v" for n in range(count)} | more)


def test_its_own_properties_are_kept_and_ours_of_before_replaced() -> None:
    properties = shape(package=owned(2, **{"bluegreen:verdict": "SUCCEEDED"}))[
        "CustomerMetadataProperties"
    ]
    assert properties["k0"] == properties["k1"] == "v"
    assert properties["bluegreen:verdict"] == "ROLLED_BACK"
    assert len(properties) == 8


@pytest.mark.parametrize(("own", "told"), [(0, 6), (43, 49), (44, 50), (45, None), (50, None)])
def test_a_package_that_has_too_many_keeps_its_own(own: int, told: int | None) -> None:
    body = shape(package=owned(own))
    properties = body.get("CustomerMetadataProperties")
    assert (properties and len(properties)) == told
    assert body["ModelApprovalStatus"] == "Rejected"
    assert body["ModelLifeCycle"]["StageStatus"] == "RolledBack"


def test_a_package_full_of_its_own_and_ours_is_told_again() -> None:
    full = owned(44, **feedback().properties)
    assert len(full.metadata) == 50
    assert len(shape(package=full)["CustomerMetadataProperties"]) == 50


# ---- Hostile words ---------------------------------------------------------------------------

NASTY = [
    "\x00\x07\x1b[31m\r\n\t",
    "\u2028\u2029\u202e\u200b\ufeff\x85",
    "\ud800",
    "a\ud800b",
    "<script>alert(1)</script> & \"quotes\" 'more' `ticks` ${x} {{y}} %s \\",
    "é ü 模型 Ω ½ ² Ⅷ",
    "e\u0301 combined",
    "🚀" * 300,
    "𠮷" * 300,
    "x" * 5000,
    "é" * 5000,
    "…" * 300,
    " ",
    "",
    "!" * 255,
    "a" * 255 + "!" + "b" * 255,
]


@pytest.mark.parametrize("words", NASTY, ids=[str(n) for n in range(len(NASTY))])
def test_whatever_an_alarm_is_called_and_whatever_the_reason_the_registry_takes_it(
    words: str,
) -> None:
    body = shape(TrippedAlarms=[words], Reason=words)
    assert body["CustomerMetadataProperties"]["bluegreen:tripped-alarms"]
    assert body["ApprovalDescription"] == body["ModelLifeCycle"]["StageDescription"]
    assert body["ApprovalDescription"].isprintable()
    ended = "Deployment deploy-1 of endpoint churn ended ROLLED_BACK at 2026-01-05T09:33:20.000Z."
    assert body["ApprovalDescription"].startswith(ended)


@pytest.mark.parametrize(
    ("alarms", "value"),
    [
        (["a", "b"], "a b"),
        (["churn_5xx.high:p95/main=1+2-3@here"], "churn_5xx.high:p95/main=1+2-3@here"),
        (["a!b", "c#d"], "a b c d"),
        (["é模½"], "é模½"),
        (["  a  ", "\n"], "a"),
        (["!!!"], "-"),
        (["🚀"], "-"),
        (["x" * 256], "x" * 256),
        (["x" * 257], "x" * 255 + "."),
        (["a" * 200, "b" * 200], "a" * 200 + " " + "b" * 54 + "."),
        (["a…b"], "a b"),
    ],
)
def test_what_a_property_can_hold_of_alarm_names(alarms: list[str], value: str) -> None:
    told = feedback(TrippedAlarms=alarms)
    assert told.properties["bluegreen:tripped-alarms"] == value


def test_a_description_is_cut_at_1024_characters() -> None:
    words = feedback(Reason="y" * 5000).description
    assert len(words) == 1024
    assert words.endswith("y…")


def test_names_of_ours_are_taken_as_they_are() -> None:
    told = feedback(DeploymentId="d" * 80, EndpointName="E" * 63).properties
    assert told["bluegreen:deployment-id"] == "d" * 80
    assert told["bluegreen:endpoint"] == "E" * 63


# ---- A life cycle of the team's own ----------------------------------------------------------


@pytest.mark.parametrize("verdict", STAGE_STATUS)
def test_a_life_cycle_that_is_to_be_kept_is_left_alone(verdict: Verdict) -> None:
    kept = feedback_of(record(verdict, None, Request={**REQUEST.to_json(), **KEEPS}))
    assert kept is not None
    body = kept.to_shape(APPROVED)
    assert "ModelLifeCycle" not in body
    assert body["CustomerMetadataProperties"]["bluegreen:verdict"] == verdict


KEEPS = {"KeepModelLifeCycle": True}


# ---- Approvals that deployed nothing ---------------------------------------------------------


def refusal(verdict: Verdict = Verdict.REJECTED, **request: Any) -> DeploymentRecord:
    """The record of what ended before its update."""
    asked: Any = {**REQUEST.to_json(), **request}
    return record_of(KEY, "arn", Decision(verdict, "It is busy."), [], at(9), request=asked)


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.SUPERSEDED, Verdict.FAILED])
def test_what_ended_before_its_update_leaves_the_reason_and_how_to_start_again(
    verdict: Verdict,
) -> None:
    left = trace_of(refusal(verdict))
    assert left is not None
    body = left.to_shape(replace(APPROVED, metadata={"team": "growth"}))
    assert violations("sagemaker", "UpdateModelPackage", body) == []
    assert body == {
        "ModelPackageArn": PACKAGE,
        "CustomerMetadataProperties": {
            "team": "growth",
            "bluegreen:not-deployed": f"{verdict} at 2026-01-05T09:00:09.000Z. It is busy.",
            "bluegreen:start-again": f"To start again  {APPROVE_AGAIN}".replace("  ", " "),
        },
    }


def test_no_trace_where_nothing_is_to_be_said_or_the_update_began() -> None:
    assert trace_of(refusal(OnRollback="NONE")) is None
    assert trace_of(record()) is None
    refused = Decision(Verdict.REJECTED, "No.")
    assert trace_of(record_of(KEY, "arn", refused, [], at(9))) is None
    named: Any = Request("churn", GREEN, CANARY).to_json()
    assert trace_of(record_of(KEY, "arn", refused, [], at(9), request=named)) is None


def test_a_deployment_takes_the_trace_of_an_earlier_approval_away() -> None:
    before = replace(APPROVED, metadata={"team": "growth", **dict.fromkeys(TRACE, "x")})
    body = shape(Verdict.SUCCEEDED, None, TrippedAlarms=[], package=before)
    assert body["CustomerMetadataPropertiesToRemove"] == [NOT_DEPLOYED, START_AGAIN]
    assert not body["CustomerMetadataProperties"].keys() & set(TRACE)
    assert "CustomerMetadataPropertiesToRemove" not in shape(Verdict.SUCCEEDED, None)


def test_a_trace_that_is_taken_away_makes_room() -> None:
    full = owned(44, **dict.fromkeys(TRACE, "x"))
    assert len(shape(package=full)["CustomerMetadataProperties"]) == 50


def test_a_trace_that_does_not_fit_is_not_written() -> None:
    left = trace(PACKAGE, "Why.", "How.")
    assert not left.fits(owned(49))
    assert left.to_shape(owned(49)) == {"ModelPackageArn": PACKAGE}
    assert left.fits(owned(48))


@pytest.mark.parametrize("words", NASTY, ids=[str(n) for n in range(len(NASTY))])
def test_whatever_the_reason_a_package_takes_its_trace(words: str) -> None:
    body = trace(PACKAGE, words, words).to_shape(APPROVED)
    assert violations("sagemaker", "UpdateModelPackage", body) == []
    json.dumps(body, ensure_ascii=False).encode()


# ---- Packages that are served no more, and again ---------------------------------------------


def test_a_package_that_was_replaced_word_by_word() -> None:
    one = PACKAGE.replace("/7", "/6")
    body = replaced(one, record(Verdict.SUCCEEDED, None)).to_shape(APPROVED)
    assert violations("sagemaker", "UpdateModelPackage", body) == []
    assert body == {
        "ModelPackageArn": one,
        "ModelLifeCycle": {
            "Stage": "Deployment",
            "StageStatus": "Replaced",
            "StageDescription": "Replaced on endpoint churn by model package churn/7 at"
            " 2026-01-05T09:33:20.000Z. Deployment deploy-1 ended SUCCEEDED.",
        },
    }


def test_what_took_its_place_may_be_a_config() -> None:
    given = deployment(request=Request("churn", "churn-green", CANARY))
    decision = Decision(Verdict.SUCCEEDED, "It serves.")
    told = record_of_update(given, settled(GREEN), decision, at(9))
    assert "by endpoint config churn-green at" in replaced(PACKAGE, told).description
    again = served_again(PACKAGE, told)
    assert again.stage_status == "Deployed"
    assert "went back to churn-green" in again.description
