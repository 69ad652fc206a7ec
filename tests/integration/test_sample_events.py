"""The sample events, through the rules of the stack: its functions understand each of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import events_backends

from bluegreen.contract.times import to_text
from bluegreen.registry.approval import approval_in
from bluegreen_simulator.aws.events import bus as events
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import prepare
from bluegreen_simulator.run.theatre import Theatre

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(path.name for path in (ROOT / "events").glob("*.json"))


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """A canary in its first bake, of which nobody has been told by an event yet."""
    scenario = load(ROOT / "events/scenarios/canary-succeeds.yaml")
    with EmbeddedAws(faults=Faults(FaultPlan(drop_events=True))) as aws:
        theatre = Theatre(aws)
        theatre.deploy(ROOT / "template.yaml")
        prepare(scenario, theatre)
        theatre.start(scenario.request)
        aws.clock.sleep(325)
        aws.journal.entries.clear()
        yield aws


def send(aws: EmbeddedAws, event: dict[str, Any]) -> None:
    """Give the event to the rules of the default bus, and two seconds to arrive."""
    bus = events_backends[aws.world.account_id][aws.world.region].describe_event_bus("default")
    for rule in bus.rules.values():
        events._match(rule, event)
    aws.clock.sleep(2)


def sample(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))
    return body


def told(aws: EmbeddedAws) -> list[str]:
    return [entry.data["body"]["Event"] for entry in aws.journal.of_kind("notification")]


def ran(aws: EmbeddedAws) -> list[tuple[str, object]]:
    return [
        (entry.data["function"].split("-")[1], entry.data["error"])
        for entry in aws.journal.of_kind("lambda_invoked")
    ]


def test_there_is_one_sample_of_each_kind_that_a_rule_is_for() -> None:
    assert SAMPLES == [
        "alarm-state-change.json",
        "endpoint-deployment-state-change.json",
        "endpoint-state-change.json",
        "model-package-state-change.json",
    ]


@pytest.mark.parametrize(
    "name", ["endpoint-deployment-state-change.json", "endpoint-state-change.json"]
)
def test_an_endpoint_event_makes_the_bake_known_and_wakes_the_workflow(
    name: str, aws: EmbeddedAws
) -> None:
    send(aws, sample(name))
    assert ran(aws)[0] == ("RelayEndpointEventFunction", None)
    assert "STAGE_CHANGED" in told(aws)
    states = [entry.data["state"] for entry in aws.journal.of_kind("state_entered")]
    assert states == ["IsSettled?", "AwaitStage"]


def test_an_event_without_the_name_of_an_endpoint_asks_for_nothing(aws: EmbeddedAws) -> None:
    """A key of the table takes 2,048 bytes."""
    for name in ("", "c" * 2048, None, ["churn"]):
        aws.journal.entries.clear()
        event = sample("endpoint-state-change.json")
        event["detail"]["EndpointName"] = name
        send(aws, event)
        assert ran(aws) == [("RelayEndpointEventFunction", None)], name
        assert [e for e in aws.journal.of_kind("api_call") if e.data["function"]] == [], name


def test_an_alarm_event_is_told_to_the_deployment_that_the_alarm_watches(
    aws: EmbeddedAws,
) -> None:
    aws.client("cloudwatch").set_alarm_state(
        AlarmName="churn-5xx", StateValue="ALARM", StateReason="a test"
    )
    send(aws, sample("alarm-state-change.json"))
    assert ran(aws)[0] == ("RelayAlarmEventFunction", None)
    assert told(aws)[0] == "ALARM_TRIPPED"


def test_an_alarm_event_that_its_alarm_does_not_bear_out_only_makes_the_bake_known(
    aws: EmbeddedAws,
) -> None:
    send(aws, sample("alarm-state-change.json"))
    assert ran(aws)[0] == ("RelayAlarmEventFunction", None)
    assert told(aws) == ["STAGE_CHANGED"]


def register(aws: EmbeddedAws) -> str:
    """The second version of the group `churn`, approved, and the group's policy."""
    sagemaker, policy = aws.client("sagemaker"), ROOT / "events/policies/churn.json"
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    for status in ("Rejected", "Approved"):
        made = sagemaker.create_model_package(
            ModelPackageGroupName="churn", ModelApprovalStatus=status
        )
    name, text = "/bluegreen/policies/churn", policy.read_text(encoding="utf-8")
    aws.client("ssm").put_parameter(Name=name, Value=text, Type="String")
    arn: str = made["ModelPackageArn"]
    return arn


def executions(aws: EmbeddedAws) -> list[dict[str, Any]]:
    """All executions, each with its input."""
    client, world = aws.client("stepfunctions"), aws.world
    machine = f"arn:aws:states:{world.region}:{world.account_id}:stateMachine:bluegreen-deployment"
    found = client.list_executions(stateMachineArn=machine)["executions"]
    return [client.describe_execution(executionArn=one["executionArn"]) for one in found]


def test_an_approval_event_starts_a_deployment_by_the_sample_policy(
    aws: EmbeddedAws,
) -> None:
    event = sample("model-package-state-change.json")
    assert register(aws) == event["detail"]["ModelPackageArn"]
    for _ in range(2):
        send(aws, event)
    assert ran(aws)[0] == ("RelayApprovalEventFunction", None)
    approval = approval_in(event, aws.clock.now())
    assert approval
    inputs = {one["name"]: json.loads(one["input"]) for one in executions(aws)}
    claimed = {"ModelPackageArn": approval.arn, "ApprovedAt": to_text(approval.at)}
    wanted = sample("policies/churn.json") | claimed
    assert inputs[approval.execution_name] == wanted
    assert len(inputs) == 2


def test_an_event_of_another_account_reaches_no_function(aws: EmbeddedAws) -> None:
    for name in SAMPLES:
        if "package" not in name:
            send(aws, {**sample(name), "account": "999999999999"})
            assert ran(aws) == [], name


def test_an_alarm_that_is_ok_again_reaches_no_function(aws: EmbeddedAws) -> None:
    event = sample("alarm-state-change.json")
    event["detail"]["state"]["value"] = "OK"
    send(aws, event)
    assert ran(aws) == []
