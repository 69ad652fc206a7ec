"""What a deployment does that no scenario file says."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.run.simulation import Outcome, simulate
from builders import canary_request

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
FAILING = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")


def run(scenario: Scenario) -> Outcome:
    return simulate(scenario, TEMPLATE)


def canary(percent: int, wait: int, termination: int, maximum: int) -> dict[str, Any]:
    body: dict[str, Any] = canary_request()
    policy = body["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    policy["TrafficRoutingConfiguration"]["CanarySize"]["Value"] = percent
    policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] = wait
    policy["TerminationWaitInSeconds"] = termination
    policy["MaximumExecutionTimeoutInSeconds"] = maximum
    return body


def at_endpoint(outcome: Outcome) -> list[Mapping[str, Any]]:
    return [entry.data for entry in outcome.journal if entry.kind == "endpoint"]


def calls(outcome: Outcome, operation: str) -> int:
    return sum(
        entry.kind == "api_call" and entry.data["operation"] == operation
        for entry in outcome.journal
    )


def test_a_canary_of_25_percent_on_four_instances_takes_0_then_25_then_100_percent() -> None:
    outcome = run(replace(HEALTHY, request=canary(25, 600, 900, 3600)))
    shares = [data["traffic_percent"] for data in at_endpoint(outcome)]
    assert list(dict.fromkeys(shares)) == [0, 25, 100]
    assert [s["TrafficPercent"] for s in outcome.record["Stages"] if s["Stage"] == "BAKING"] == [
        25,
        100,
    ]


def test_the_blue_fleet_exists_until_the_termination_wait_is_over() -> None:
    outcome = run(replace(HEALTHY, request=canary(25, 600, 900, 3600)))
    last_bake = next(
        entry.at
        for entry in outcome.journal
        if entry.kind == "endpoint"
        and (entry.data["stage"], entry.data["traffic_percent"]) == ("BAKING", 100)
    )
    gone = next(
        entry.at
        for entry in outcome.journal
        if entry.kind == "endpoint" and entry.data["blue_instances"] < 4
    )
    assert gone - last_bake >= timedelta(seconds=900)


def test_a_rollback_is_told_although_the_endpoint_says_in_service() -> None:
    outcome = run(FAILING)
    last = at_endpoint(outcome)[-1]
    assert (last["status"], last["config"]) == ("InService", "churn-blue")
    assert (outcome.record["Verdict"], outcome.record["Trigger"]) == ("ROLLED_BACK", "ALARM")
    assert outcome.record["LiveEndpointConfigName"] == "churn-blue"


def test_update_endpoint_is_called_once_though_start_update_dies_after_it() -> None:
    scenario = load(ROOT / "events/scenarios/start-update-dies-after-update-endpoint.yaml")
    outcome = run(scenario)
    assert calls(outcome, "UpdateEndpoint") == 1
    died = [e.data["error"] for e in outcome.journal if e.kind == "lambda_invoked"]
    assert "Runtime.ExitError" in died
    assert outcome.record["Verdict"] == "SUCCEEDED"


@pytest.mark.parametrize("scenario", [HEALTHY, FAILING], ids=["succeeds", "is rolled back"])
def test_no_fact_is_told_twice_and_the_terminal_one_is_the_last(scenario: Scenario) -> None:
    told = run(scenario).notifications
    ids = [body["NotificationId"] for body in told]
    assert len(ids) == len(set(ids))
    assert [body["Event"] for body in told if "Verdict" in body] == [told[-1]["Event"]]


BAD_REQUESTS: list[tuple[str, Any, str]] = [
    (
        "no object",
        ["churn"],
        "The request is ['churn'], which has the wrong type. Allowed: an object.",
    ),
    ("no name", canary_request(EndpointName=None), "EndpointName is missing. Add EndpointName."),
    (
        "number for a name",
        canary_request(EndpointName=5),
        "EndpointName is 5, which has the wrong type. Allowed: a string.",
    ),
    (
        "unknown member",
        canary_request(EndpointNmae="churn"),
        'Unknown member "EndpointNmae". Allowed here: EndpointName,',
    ),
    (
        "large canary",
        canary(60, 600, 600, 1800),
        "CanarySize.Value is 60, which is not allowed. Allowed: 1 to 50 percent of the fleet.",
    ),
    (
        "long wait",
        canary(30, 3601, 600, 1800),
        (
            "WaitIntervalInSeconds is 3601, which is not allowed. Allowed: a whole number from 0 to"
            " 3600 seconds."
        ),
    ),
    (
        "two policies",
        canary_request(DeploymentConfigName="AllAtOnce"),
        "policy: DeploymentConfigName and DeploymentConfig.BlueGreenUpdatePolicy.",
    ),
]


@pytest.mark.parametrize(
    ("request_", "reason"), [case[1:] for case in BAD_REQUESTS], ids=[c[0] for c in BAD_REQUESTS]
)
def test_a_malformed_request_is_rejected_and_nothing_is_called_on_sagemaker(
    request_: Any, reason: str
) -> None:
    outcome = run(replace(HEALTHY, request=request_))
    assert outcome.record["Verdict"] == "REJECTED"
    assert reason in outcome.record["Reason"]
    services = {e.data["service"] for e in outcome.journal if e.kind == "api_call"}
    assert services == {"dynamodb", "sns"}
    (told,) = outcome.notifications
    assert told["Event"] == "DEPLOYMENT_REJECTED"
    assert reason in told["Message"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"EndpointName": "other", "EndpointConfigName": "other"},
            'There is no endpoint "other" in this account and Region.',
        ),
        (
            {"EndpointConfigName": "other"},
            'There is no endpoint config "other" in this account and Region.',
        ),
        (
            {"EndpointConfigName": "churn-blue"},
            'The endpoint already serves the endpoint config "churn-blue".',
        ),
    ],
)
def test_a_request_that_the_account_cannot_serve_is_rejected_and_changes_nothing(
    changes: dict[str, str], reason: str
) -> None:
    outcome = run(replace(HEALTHY, request=canary_request(**changes)))
    assert outcome.record["Verdict"] == "REJECTED"
    assert reason in outcome.record["Reason"]
    assert calls(outcome, "UpdateEndpoint") == 0
    assert at_endpoint(outcome) == []
    assert [body["Event"] for body in outcome.notifications] == ["DEPLOYMENT_REJECTED"]


def test_the_record_is_in_the_cause_and_is_valid_json_with_the_normalised_request() -> None:
    record = run(FAILING).record
    assert json.loads(json.dumps(record)) == record
    assert record["Request"]["RetainAllVariantProperties"] is True
    assert record["DeploymentId"] == "canary-rolled-back-in-first-bake"
    assert record["ExecutionArn"].endswith(":canary-rolled-back-in-first-bake")
