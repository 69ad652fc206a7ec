"""What DescribeEndpoint shows, whole bodies at the moments that matter."""

from typing import Any

import pytest

from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.description import describe
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.serving import active_instances
from bluegreen_simulator.rules.fleet.update import UpdateRequest
from fleet_engine import at, fleet, policy, rolling, update

CONFIG = {"BlueGreenUpdatePolicy": {"TerminationWaitInSeconds": 120}}


def endpoint() -> Endpoint:
    made = Endpoint("churn-api", "arn:endpoint/churn-api", fleet("blue"), at(-60), at(-60))
    made.begin(update().order, CONFIG)
    return made


def look(made: Endpoint, seconds: float) -> dict[str, Any]:
    while made.step(at(seconds)):
        pass
    return describe(made)


def counts(current: int, desired: int = 4) -> dict[str, Any]:
    return {
        "VariantName": "main",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": desired,
    }


def statuses(variants: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (status["Status"], status["StatusMessage"])
        for variant in variants
        for status in variant.get("VariantStatus", [])
    ]


def test_endpoint_at_rest() -> None:
    at_rest = Endpoint("churn-api", "arn:endpoint/churn-api", fleet("blue"), at(-60), at(0))
    assert describe(at_rest) == {
        "EndpointName": "churn-api",
        "EndpointArn": "arn:endpoint/churn-api",
        "EndpointConfigName": "blue",
        "EndpointStatus": "InService",
        "CreationTime": at(-60),
        "LastModifiedTime": at(0),
        "ProductionVariants": [counts(4)],
    }


def test_endpoint_in_a_canary_bake() -> None:
    baking = {
        "Status": "Baking",
        "StatusMessage": (
            "Baking for 300 seconds (TerminationWaitInSeconds) with traffic enabled on"
            " canary capacity of 1 instance(s)."
        ),
        "StartTime": at(320),
    }
    assert look(endpoint(), 400) == {
        "EndpointName": "churn-api",
        "EndpointArn": "arn:endpoint/churn-api",
        "EndpointConfigName": "blue",
        "EndpointStatus": "Updating",
        "CreationTime": at(-60),
        "LastModifiedTime": at(0),
        "ProductionVariants": [counts(4)],
        "LastDeploymentConfig": CONFIG,
        "PendingDeploymentSummary": {
            "EndpointConfigName": "green",
            "StartTime": at(0),
            "ProductionVariants": [
                counts(1) | {"InstanceType": "ml.m5.large", "VariantStatus": [baking]}
            ],
        },
    }


@pytest.mark.parametrize(
    ("seconds", "current", "status", "message"),
    [
        (0, 0, "Creating", "Launching 4 instance(s)."),
        (300, 0, "ActivatingTraffic", "Activating traffic on canary capacity of 1 instance(s)."),
        (620, 1, "ActivatingTraffic", "Activating traffic on full capacity of 4 instance(s)."),
    ],
)
def test_green_variant(seconds: int, current: int, status: str, message: str) -> None:
    body = look(endpoint(), seconds)
    green = body["PendingDeploymentSummary"]["ProductionVariants"]
    assert green[0]["CurrentInstanceCount"] == current
    assert green[0]["VariantStatus"][0]["StartTime"] == at(seconds)
    assert statuses(green) == [(status, message)]
    assert statuses(body["ProductionVariants"]) == []
    assert body["ProductionVariants"] == [counts(4)]


def test_last_bake_is_the_termination_wait() -> None:
    green = look(endpoint(), 640)["PendingDeploymentSummary"]["ProductionVariants"]
    message = (
        "Baking for 120 seconds (TerminationWaitInSeconds) with traffic enabled on"
        " full capacity of 4 instance(s)."
    )
    assert statuses(green) == [("Baking", message)]


def test_blue_being_deleted() -> None:
    body = look(endpoint(), 760)
    assert statuses(body["ProductionVariants"]) == [("Deleting", "Terminating 4 instance(s).")]
    assert body["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    green = body["PendingDeploymentSummary"]["ProductionVariants"]
    assert green == [counts(4) | {"InstanceType": "ml.m5.large"}]


def test_rollback() -> None:
    made = endpoint()
    look(made, 400)
    made.alarm_changed("errors", at(400), in_alarm=True)
    returning = describe(made)
    assert returning["EndpointStatus"] == "Updating"
    message = "Activating traffic on full capacity of 4 instance(s)."
    assert statuses(returning["ProductionVariants"]) == [("ActivatingTraffic", message)]
    deleting = look(made, 410)
    assert deleting["ProductionVariants"] == [counts(4)]
    green = deleting["PendingDeploymentSummary"]["ProductionVariants"]
    assert green[0]["CurrentInstanceCount"] == 0
    assert statuses(green) == [("Deleting", "Terminating 4 instance(s).")]


def test_settled_endpoint_has_nothing_pending() -> None:
    body = look(endpoint(), 790)
    assert "PendingDeploymentSummary" not in body
    assert body["EndpointConfigName"] == "green"
    assert body["ProductionVariants"] == [counts(4)]


def test_linear_step_and_fleets_of_different_sizes() -> None:
    made = Endpoint("churn-api", "arn", fleet("blue", 3), at(-60), at(-60))
    made.begin(UpdateRequest(fleet("blue", 3), fleet("green", 10), policy("LINEAR", 20), at(0)), {})
    body = look(made, 320)
    green = body["PendingDeploymentSummary"]["ProductionVariants"]
    assert statuses(green)[0][1].endswith("traffic enabled on linear capacity of 2 instance(s).")
    assert green[0]["CurrentInstanceCount"] == 2
    assert body["ProductionVariants"] == [counts(3, 3)]
    assert active_instances(made) == {("blue", "main"): 3, ("green", "main"): 2}  # 4/5 of 3, up
    assert look(made, 640 + 320)["ProductionVariants"] == [counts(3, 3)]
    assert active_instances(made) == {("blue", "main"): 2, ("green", "main"): 6}  # 2/5 of 3, up
    assert "LastDeploymentConfig" not in body


def test_endpoint_that_is_being_created() -> None:
    made = Endpoint("churn-api", "arn", fleet("blue"), at(0), at(0))
    made.create(at(0))
    creating = {
        "Status": "Creating",
        "StatusMessage": "Launching 4 instance(s).",
        "StartTime": at(0),
    }
    assert look(made, 299) == {
        "EndpointName": "churn-api",
        "EndpointArn": "arn",
        "EndpointConfigName": "blue",
        "EndpointStatus": "Creating",
        "CreationTime": at(0),
        "LastModifiedTime": at(0),
        "PendingDeploymentSummary": {
            "EndpointConfigName": "blue",
            "StartTime": at(0),
            "ProductionVariants": [
                counts(0) | {"InstanceType": "ml.m5.large", "VariantStatus": [creating]}
            ],
        },
    }


def test_endpoint_that_is_being_rescaled() -> None:
    made = Endpoint("churn-api", "arn", fleet("blue"), at(-60), at(-60))
    made.rescale({"main": {"DesiredInstanceCount": 7, "DesiredWeight": 2.0}}, at(0))
    updating = {
        "Status": "Updating",
        "StatusMessage": "Scaling out desired instance count to 7.",
        "StartTime": at(0),
    }
    body = describe(made)
    assert (body["EndpointStatus"], body["LastModifiedTime"]) == ("Updating", at(0))
    assert body["ProductionVariants"] == [
        counts(4, 7) | {"DesiredWeight": 2.0, "VariantStatus": [updating]}
    ]
    assert "PendingDeploymentSummary" not in body


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DesiredInstanceCount": 6}, "Scaling out desired instance count to 6."),
        ({"DesiredInstanceCount": 2}, "Scaling in desired instance count to 2."),
        ({"DesiredWeight": 0.5}, "Updating the weight to 0.5."),
    ],
)
def test_what_is_said_of_a_change_of_capacity(change: dict[str, float], message: str) -> None:
    made = Endpoint("churn-api", "arn", fleet("blue"), at(-60), at(-60))
    made.rescale({"main": change}, at(0))
    assert statuses(describe(made)["ProductionVariants"]) == [("Updating", message)]


def test_the_sample_of_a_canary_that_aws_publishes() -> None:
    """Developer Guide, "Automating Amazon SageMaker with Amazon EventBridge"."""
    made = Endpoint("sample-endpoint", "arn", fleet("blue", 3), at(-60), at(-60))
    how = policy("CANARY", count=1, wait=600)
    made.begin(UpdateRequest(fleet("blue", 3), fleet("green", 3), how, at(0)), {})
    body = look(made, 400)
    green = body["PendingDeploymentSummary"]["ProductionVariants"]
    assert body["ProductionVariants"] == [counts(3, 3)]
    assert (green[0]["CurrentInstanceCount"], green[0]["DesiredInstanceCount"]) == (1, 3)
    message = (
        "Baking for 600 seconds (TerminationWaitInSeconds) with traffic enabled on"
        " canary capacity of 1 instance(s)."
    )
    assert statuses(green) == [("Baking", message)]


def test_blue_counts_until_a_rolling_update_has_deleted_it() -> None:
    made = Endpoint("churn-api", "arn", fleet("blue", 2), at(-60), at(-60))
    made.begin(UpdateRequest(fleet("blue", 2), fleet("green", 2), rolling(1), at(0)), {})
    bodies = {seconds: look(made, seconds) for seconds in (0, 320, 380, 410, 730, 790)}
    seen = {
        at: body["ProductionVariants"][0]["CurrentInstanceCount"] for at, body in bodies.items()
    }
    assert seen == {0: 2, 320: 2, 380: 2, 410: 1, 730: 1, 790: 1}


@pytest.mark.parametrize(
    ("seconds", "side", "status", "message"),
    [
        (0, "green", "Creating", "Launching 1 instance(s)."),
        (
            300,
            "green",
            "ActivatingTraffic",
            "Activating traffic on rolling capacity of 1 instance(s).",
        ),
        (
            320,
            "green",
            "Baking",
            (
                "Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on"
                " rolling capacity of 1 instance(s)."
            ),
        ),
        (380, "blue", "Deleting", "Terminating 1 instance(s)."),
        (
            730,
            "green",
            "Baking",
            (
                "Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on"
                " full capacity of 2 instance(s)."
            ),
        ),
    ],
)
def test_rolling_update(seconds: int, side: str, status: str, message: str) -> None:
    made = Endpoint("churn-api", "arn", fleet("blue", 2), at(-60), at(-60))
    made.begin(UpdateRequest(fleet("blue", 2), fleet("green", 2), rolling(1), at(0)), {})
    body = look(made, seconds)
    blue = statuses(body["ProductionVariants"])
    green = statuses(body["PendingDeploymentSummary"]["ProductionVariants"])
    assert (green, blue) == (
        ([(status, message)], []) if side == "green" else ([], [(status, message)])
    )


def test_serverless_variant_has_no_instances() -> None:
    config = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = ProductionVariant("main", 1, instance_type="", serverless=config)
    made = Endpoint("churn-api", "arn", FleetConfig("blue", (variant,)), at(0), at(0))
    shown = {"VariantName": "main", "CurrentWeight": 1.0, "DesiredWeight": 1.0}
    assert describe(made)["ProductionVariants"] == [
        shown | {"CurrentServerlessConfig": config, "DesiredServerlessConfig": config}
    ]
    made.create(at(0))
    (pending,) = describe(made)["PendingDeploymentSummary"]["ProductionVariants"]
    assert {k: v for k, v in pending.items() if k != "VariantStatus"} == (
        shown | {"DesiredServerlessConfig": config}
    )
