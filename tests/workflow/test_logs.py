"""What the functions log: nothing that a request says, no task token, and each deployment's id."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    FaultPlan,
    LambdaTimeout,
    Window,
)
from bluegreen_simulator.run.simulation import Outcome, simulate
from heavy import sampled
from registry_account import FAILING as FAILING_MODEL
from registry_account import policy_of, running_registry

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
FAILING = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")
SECRET = "planted-7f3a"  # noqa: S105 - nobody's
CLAIMED = {"Reason": f"the password is {SECRET}", "RequestedBy": f"{SECRET}@example.com"}


def logged(journal: Iterable[Entry]) -> list[str]:
    """Every line of every function: its own, and that of the Lambda runtime on an error."""
    lines = []
    for entry in journal:
        if entry.kind == "log":
            lines.append(entry.data["line"])
        if entry.kind == "lambda_invoked" and entry.data["error"]:
            lines.append(f"[ERROR] {entry.data['error']}: {entry.data['message']}")
    return lines


def leaking(journal: Iterable[Entry], *secrets: str) -> list[str]:
    return [line for line in logged(journal) if any(secret in line for secret in secrets)]


def run(scenario: Scenario, **faults: Any) -> Outcome:
    return simulate(replace(scenario, plan=FaultPlan(**faults)), TEMPLATE)


def tokens_in(outcome: Outcome) -> set[str]:
    """The task tokens that stand in the table at the end."""
    return {row["Token"] for row in outcome.rows if "Token" in row}


# ---- Nothing that a request says -----------------------------------------------------------

BAD_MEMBERS: dict[str, Any] = {
    "EndpointConfigName": [SECRET],
    "DeploymentConfigName": SECRET,
    "OnBusy": SECRET,
    "AllowFindings": [SECRET, {SECRET: 1}],
    "RequestedBy": {SECRET: SECRET},
    "Reason": SECRET * 100,
    "DeploymentConfig": {SECRET: SECRET, "AutoRollbackConfiguration": {"Alarms": [SECRET]}},
    "VariantName": f"{SECRET} ",
    "ModelPackageArn": SECRET,
    SECRET: SECRET,
}
MALFORMED: dict[str, Any] = {
    "bad members": {"EndpointName": "churn", **BAD_MEMBERS},
    "a bad name": {"EndpointName": f"{SECRET} ", "EndpointConfigName": "churn-green"},
    "a text": SECRET,
    "a list": [SECRET],
    "what is not there": HEALTHY.request
    | {
        "EndpointConfigName": SECRET,
        "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": SECRET}]}},
    },
}


@pytest.mark.parametrize("request_", sampled(MALFORMED.values(), 2), ids=list(MALFORMED))
def test_of_a_request_that_is_rejected_no_value_is_logged(request_: Any) -> None:
    outcome = run(replace(HEALTHY, request=request_))
    assert outcome.record["Verdict"] == "REJECTED"
    assert SECRET in outcome.record["Reason"]  # people are told all the same
    assert leaking(outcome.journal, SECRET) == []


FAULTS = [
    (service, error)
    for service in ("dynamodb", "sns", "sagemaker", "cloudwatch", "stepfunctions", "lambda")
    for error in (ApiError.DENIED, ApiError.INTERNAL, ApiError.TIMEOUT)
]


@pytest.mark.parametrize(("service", "error"), sampled(FAULTS, 10))
def test_when_calls_fail_neither_claims_nor_tokens_are_logged(
    service: str, error: ApiError
) -> None:
    asking = FAILING.request | CLAIMED
    fault = ApiFault(service, error, nth=3, times=9)
    outcome = run(replace(FAILING, request=asking), apis=(fault,))
    assert leaking(outcome.journal, SECRET, *tokens_in(outcome)) == []
    assert logged(outcome.journal)


def test_a_function_that_hangs_logs_nothing_of_its_request() -> None:
    hangs = LambdaTimeout("ValidatePolicy")
    outcome = run(replace(HEALTHY, request=HEALTHY.request | CLAIMED), lambda_timeouts=(hangs,))
    assert leaking(outcome.journal, SECRET, *tokens_in(outcome)) == []
    assert tokens_in(outcome)


def test_of_approvals_and_policies_no_text_is_logged() -> None:
    with running_registry("churn") as registry:
        registry.put_policy("churn", policy_of("churn") | CLAIMED)
        failing = registry.register("churn", FAILING_MODEL)
        registry.approve(failing, ApprovalDescription=SECRET)
        registry.sleep()
        registry.put_policy("churn", {"EndpointName": f"{SECRET} ", SECRET: 1})
        registry.approve(registry.register("churn"), ApprovalDescription=SECRET)
        registry.sleep(60)
        registry.put_policy("churn", SECRET)
        registry.approve(registry.register("churn"))
        registry.send_approval({"ModelPackageArn": SECRET, "LastModifiedTime": SECRET})
        registry.sleep(60)
        assert registry.ended() == ["DEPLOYMENT_ROLLED_BACK"]
        assert len(registry.told("POLICY_INVALID")) == 2
        assert SECRET in json.dumps(registry.told("POLICY_INVALID"))
        assert leaking(registry.aws.journal.entries, SECRET) == []


# ---- The deployment's id -------------------------------------------------------------------

OF_NO_DEPLOYMENT = {
    "alarm event handled",
    "alarm not checked",
    "approval event handled",
    "cleaned up",
    "endpoint event handled",
    "execution event handled",
    "reconciled",
}
"""Lines on an event that no deployment, or more than one, has to do with."""


TOLD_LATE = 2400
"""Seconds after the start: when all has ended, and reconcile has told nobody of it twice."""


def documents(journal: Iterable[Entry]) -> Iterator[Mapping[str, Any]]:
    for entry in journal:
        if entry.kind == "log":
            yield json.loads(entry.data["line"])


@pytest.mark.parametrize("scenario", sampled([FAILING, HEALTHY], 2), ids=lambda one: one.id)
def test_every_line_on_a_deployment_has_its_id(scenario: Scenario) -> None:
    fault = ApiFault("sns", ApiError.DENIED, window=Window(end=TOLD_LATE))
    lines = list(documents(run(scenario, apis=(fault,)).journal))
    without = [line for line in lines if "deployment_id" not in line]
    assert {line["message"] for line in without} <= OF_NO_DEPLOYMENT
    assert {line["deployment_id"] for line in lines if line not in without} == {scenario.id}
    said = {line.get("message") for line in lines if line not in without}
    assert said >= {
        "policy validated",
        "lock requested",
        "update started",
        "waiting for progress",
        "endpoint looked at",
        "notification not sent",
        "deployment concluded",
    }
