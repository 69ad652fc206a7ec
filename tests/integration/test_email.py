"""Whom the stack tells by e-mail, and how many messages that is."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import simulate
from bluegreen_simulator.run.stack import deploy

ROOT: Final = Path(__file__).parents[2]
TEMPLATE: Final = ROOT / "template.yaml"
SOMEBODY: Final = "team@example.com"


def subscriptions(**parameters: str) -> list[tuple[str, str, Any]]:
    """Protocol, address and filter policy of all that are subscribed to the stack's topics."""
    with EmbeddedAws() as aws:
        stack, sns = deploy(aws.world, TEMPLATE, parameters), aws.client("sns")
        found = sns.list_subscriptions()["Subscriptions"]
        assert {one["TopicArn"] for one in found} <= {stack.outputs["NotificationsTopicArn"]}
        return [
            (one["Protocol"], one["Endpoint"], policy_of(sns, one["SubscriptionArn"]))
            for one in found
        ]


def policy_of(sns: Any, arn: str) -> Any:
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return json.loads(attributes.get("FilterPolicy", "null"))


def test_nobody_is_told_by_e_mail_unless_somebody_asks() -> None:
    assert subscriptions() == []


@pytest.mark.parametrize(
    ("scenario", "events"),
    [
        ("linear-succeeds", ["DEPLOYMENT_STARTED", "DEPLOYMENT_SUCCEEDED"]),
        (
            "canary-rolled-back-in-first-bake",
            ["DEPLOYMENT_STARTED", "ALARM_TRIPPED", "DEPLOYMENT_ROLLED_BACK"],
        ),
    ],
)
def test_a_success_is_two_messages_and_a_rollback_three(scenario: str, events: list[str]) -> None:
    ((protocol, address, policy),) = subscriptions(NotificationEmail=SOMEBODY)
    assert (protocol, address) == ("email", SOMEBODY)
    outcome = simulate(load(ROOT / f"events/scenarios/{scenario}.yaml"), TEMPLATE)
    told = [body["Event"] for body in outcome.notifications]
    assert [event for event in told if event in policy["Event"]] == events
    assert len(told) > len(events)


def test_who_asks_for_everything_gets_everything() -> None:
    asked = {"NotificationEmail": SOMEBODY, "EmailEverything": "true"}
    assert subscriptions(**asked) == [("email", SOMEBODY, None)]
