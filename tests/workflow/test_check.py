"""The check as the workflow's first state: dry runs, waivers, and plans that come true."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.contract.state import FindingDocument
from bluegreen.contract.times import from_text
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.run.simulation import Outcome, simulate
from heavy import sampled

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
UNREACHABLE = {
    "AlarmName": "never",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation4XXErrors",
    "Dimensions": {"EndpointName": "churn", "VariantName": "main"},
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def asked(scenario: Scenario, **members: Any) -> Scenario:
    return replace(scenario, request={**scenario.request, **members}, expected={})


def with_a_bad_alarm(scenario: Scenario, **members: Any) -> Scenario:
    body = json.loads(json.dumps(scenario.request))
    alarms = body["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    alarms.append({"AlarmName": "never"})
    return asked(replace(scenario, request=body, alarms=(*scenario.alarms, UNREACHABLE)), **members)


def run(scenario: Scenario) -> Outcome:
    return simulate(scenario, TEMPLATE)


def ids(findings: Iterable[FindingDocument], severity: str) -> list[str]:
    return [finding["Id"] for finding in findings if finding["Severity"] == severity]


def statuses(outcome: Outcome) -> list[str]:
    return [e.data["status"] for e in outcome.journal if e.kind == "execution_ended"]


def assert_nothing_happened(outcome: Outcome) -> None:
    operations = {e.data["operation"] for e in outcome.journal if e.kind == "api_call"}
    assert not operations & {"UpdateEndpoint", "Publish"}
    assert (outcome.notifications, outcome.rows) == ([], [])
    assert statuses(outcome) == ["SUCCEEDED"]


@pytest.mark.parametrize("place", sampled(["an unknown member", "the request", "a member"], 3))
def test_what_is_nested_deeply_is_rejected(place: str) -> None:
    nested: Any = 1
    for _ in range(1500):
        nested = [nested]
    name = {"a member": "Reason", "an unknown member": "Extra"}.get(place)
    request = {**HEALTHY.request, name: nested} if name else nested
    outcome = run(replace(HEALTHY, request=request, expected={}))
    assert outcome.record is not None
    assert outcome.record["Verdict"] == "REJECTED"
    assert ids(outcome.record["Findings"], "ERROR") == [
        "unknown-member" if name == "Extra" else "wrong-type"
    ]


def test_a_dry_run_tells_the_plan_and_changes_nothing() -> None:
    outcome = run(asked(HEALTHY, DryRun=True))
    assert_nothing_happened(outcome)
    assert set(outcome.checked) == {"DryRun", "WouldBeRejected", "Findings", "Plan"}
    assert (outcome.checked["DryRun"], outcome.checked["WouldBeRejected"]) == (True, False)
    findings = [(finding["Severity"], finding["Id"]) for finding in outcome.checked["Findings"]]
    assert findings == [("INFO", "share-rounded"), ("INFO", "alarm-sees-both-fleets")]
    roles, quotas = outcome.checked["Plan"]["NotChecked"]
    assert ("CheckRoles" in roles, "CheckQuotas" in quotas) == (True, True)
    assert [(s["Stage"], s["TrafficPercent"]) for s in outcome.checked["Plan"]["Stages"]] == [
        ("PROVISIONING", 0),
        ("SHIFTING", 25),
        ("BAKING", 25),
        ("SHIFTING", 100),
        ("BAKING", 100),
        ("TERMINATING", 100),
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    sampled(
        [
            ({"EndpointConfigName": "nowhere"}, ["endpoint-config-missing"]),
            ({"Unknown": 1}, ["unknown-member"]),
            ({"EndpointName": 7}, ["wrong-type"]),
        ],
        2,
    ),
)
def test_a_dry_run_of_a_bad_request_is_a_dry_run_too(
    members: dict[str, Any], expected: list[str]
) -> None:
    outcome = run(asked(HEALTHY, DryRun=True, **members))
    assert_nothing_happened(outcome)
    assert outcome.checked["WouldBeRejected"] is True
    assert ids(outcome.checked["Findings"], "ERROR") == expected
    assert outcome.checked["Plan"] == {}


def test_a_dry_run_is_one_only_if_it_says_true() -> None:
    outcome = run(asked(HEALTHY, DryRun="true"))
    assert outcome.record["Verdict"] == "REJECTED"
    assert ids(outcome.record["Findings"], "ERROR") == ["wrong-type"]
    assert run(asked(HEALTHY, DryRun=False)).record["Verdict"] == "SUCCEEDED"


def test_a_policy_that_cannot_protect_is_rejected_before_anything_changes() -> None:
    outcome = run(with_a_bad_alarm(HEALTHY))
    assert outcome.record["Verdict"] == "REJECTED"
    assert ids(outcome.record["Findings"], "ERROR") == ["alarm-threshold-unreachable"]
    assert "it wants Average of Invocation4XXErrors > 1, but" in outcome.record["Reason"]


def test_a_used_waiver_is_a_warning_in_every_notification() -> None:
    outcome = run(with_a_bad_alarm(HEALTHY, AllowFindings=["alarm-threshold-unreachable"]))
    assert outcome.record["Verdict"] == "SUCCEEDED"
    assert "alarm-threshold-unreachable" in ids(outcome.record["Findings"], "WARNING")
    texts = [e.data["message"] for e in outcome.journal if e.kind == "notification"]
    wanted = "WARNING alarm-threshold-unreachable: Accepted by AllowFindings:"
    assert len(texts) == len(outcome.notifications) > 5
    assert [text for text in texts if wanted not in text] == []
    accepted = {tuple(body["AcceptedFindings"]) for body in outcome.notifications}
    assert accepted == {("alarm-threshold-unreachable",)}
    assert outcome.record["Request"]["AllowFindings"] == ["alarm-threshold-unreachable"]


SUCCEEDING = (
    "all-at-once-succeeds",
    "canary-succeeds",
    "canary-on-ten-instances-succeeds",
    "linear-succeeds",
    "linear-on-three-instances-succeeds",
    "rolling-succeeds",
)


@pytest.mark.parametrize(
    ("name", "provisioning"),
    sampled([(name, seconds) for name in SUCCEEDING for seconds in (900, 120, 300)], 10),
)
def test_what_the_plan_predicts_is_what_happens(name: str, provisioning: int) -> None:
    scenario = load(ROOT / f"events/scenarios/{name}.yaml")
    slow = replace(scenario, green={**scenario.green, "provisioning_seconds": provisioning})
    body = json.loads(json.dumps(slow.request))
    for policy in body["DeploymentConfig"].values():
        policy.pop("MaximumExecutionTimeoutInSeconds", None)
    happened = run(asked(replace(slow, request=body))).record
    plan = run(asked(replace(slow, request=body), DryRun=True)).checked["Plan"]
    assert happened["Verdict"] == "SUCCEEDED"
    began, made = from_text(happened["Stages"][0]["StartedAt"]), 0
    for stage, planned in zip(happened["Stages"], plan["Stages"], strict=True):
        assert (stage["Stage"], stage["TrafficPercent"]) == (
            planned["Stage"],
            planned["TrafficPercent"],
        )
        late = (from_text(stage["StartedAt"]) - began).total_seconds() - planned[
            "StartsAfterSeconds"
        ]
        assert late == made * (provisioning - 300)
        made += stage["Stage"] == "PROVISIONING"
    length = (from_text(happened["Stages"][-1]["EndedAt"]) - began).total_seconds()
    assert plan["LeastSeconds"] <= length <= plan["MostSeconds"]
