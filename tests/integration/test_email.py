"""Whom the stack tells by e-mail, and how many messages that is."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from moto.sns.utils import FilterPolicyMatcher

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import simulate
from bluegreen_simulator.run.stack import deploy

ROOT: Final = Path(__file__).parents[2]
TEMPLATE: Final = ROOT / "template.yaml"
SOMEBODY: Final = "team@example.com"


@cache
def subscriptions(**parameters: str) -> list[tuple[str, str, Any]]:
    """Protocol, address and filter policy of all people subscribed to the stack's topics."""
    with EmbeddedAws() as aws:
        stack, sns = deploy(aws.world, TEMPLATE, parameters), aws.client("sns")
        found = sns.list_subscriptions()["Subscriptions"]
        assert {one["TopicArn"] for one in found} <= {stack.outputs["NotificationsTopicArn"]}
        return [
            (one["Protocol"], one["Endpoint"], policy_of(sns, one["SubscriptionArn"]))
            for one in found
            if one["Protocol"] != "lambda"
        ]


def policy_of(sns: Any, arn: str) -> Any:
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return json.loads(attributes.get("FilterPolicy", "null"))


def test_nobody_is_told_by_e_mail_unless_somebody_asks() -> None:
    assert subscriptions() == []


def told(scenario: str, policy: Any) -> list[str]:
    """The events of a scenario that a subscription with this filter policy gets, stages by name."""
    outcome = simulate(load(ROOT / f"events/scenarios/{scenario}.yaml"), TEMPLATE)
    entries = [e.data for e in outcome.journal if e.kind == "notification" and e.data["body"]]
    matcher = FilterPolicyMatcher(policy, "MessageAttributes")
    return [
        entry["body"].get("Stage", entry["body"]["Event"])
        for entry in entries
        if matcher.matches(typed(entry["attributes"]), "")
    ]


def typed(attributes: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"Type": "String", "Value": value} for name, value in attributes.items()}


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
    assert told(scenario, policy) == events


def test_who_asks_for_everything_gets_every_stage_but_a_shift_that_a_bake_follows() -> None:
    asked = {"NotificationEmail": SOMEBODY, "EmailEverything": "true"}
    ((_, _, policy),) = subscriptions(**asked)
    assert told("canary-succeeds", policy) == [
        "DEPLOYMENT_STARTED",
        "PROVISIONING",
        "BAKING",
        "BAKING",
        "TERMINATING",
        "DEPLOYMENT_SUCCEEDED",
    ]


@pytest.mark.parametrize(
    ("event", "little"),
    [
        ("POLICY_INVALID", True),
        ("POLICY_MISSING", False),
        ("APPROVAL_FOREIGN", False),
        ("DEPLOYMENT_ABORTED", True),
        ("TEST", True),
    ],
)
def test_events_beside_a_deployment_reach_who_is_to_know(event: str, *, little: bool) -> None:
    for everything, reached in (("false", little), ("true", True)):
        asked = {"NotificationEmail": SOMEBODY, "EmailEverything": everything}
        ((_, _, policy),) = subscriptions(**asked)
        matcher = FilterPolicyMatcher(policy, "MessageAttributes")
        assert matcher.matches(typed({"Event": event}), "") is reached
        assert not matcher.matches({}, "")  # what others publish there is no notification
