"""RetainDeploymentConfig: the second deployment has the policy and the alarms of the first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Fleet, Theatre
from heavy import sampled
from registry_account import running_registry

ROOT = Path(__file__).parents[2]
CANARY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
ROLLING = load(ROOT / "events/scenarios/rolling-succeeds.yaml")
ABORT = "bluegreen-abort-churn"
LONG = 7200


@pytest.fixture
def theatre() -> Iterator[Theatre]:
    """The stack, an endpoint of four instances with traffic and alarms, and configs to go to."""
    with EmbeddedAws() as aws:
        made = Theatre(aws)
        made.deploy(ROOT / "template.yaml")
        for name in ("churn-blue", "churn-green", "churn-third", "churn-fourth"):
            made.make_config(name, Fleet({}, 4))
        made.make_config("churn-failing", Fleet({"error_rate": 0.5}, 4))
        made.make_endpoint("churn", "churn-blue")
        made.make_alarms(CANARY.alarms)
        made.begin_traffic("churn", 10)
        yield made


def deployed(theatre: Theatre, request: Any) -> dict[str, Any]:
    """The record of a deployment."""
    execution = theatre.start(request)
    theatre.advance(LONG)
    record: dict[str, Any] = json.loads(theatre.execution(execution).said)
    return record


def retaining(config: str, **more: Any) -> dict[str, Any]:
    named = {"EndpointName": "churn", "EndpointConfigName": config}
    return {**named, "RetainDeploymentConfig": True, **more}


def last(theatre: Theatre) -> Any:
    return theatre.endpoint("churn").get("LastDeploymentConfig")


def alarms_of(config: Any) -> list[str]:
    return [alarm["AlarmName"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]]


def stages(record: dict[str, Any]) -> list[tuple[str, int]]:
    return [(stage["Stage"], stage["TrafficPercent"]) for stage in record["Stages"]]


@pytest.mark.parametrize("scenario", sampled([CANARY, ROLLING], 2), ids=lambda one: one.id)
def test_it_is_the_same_deployment_again(theatre: Theatre, scenario: Any) -> None:
    first = deployed(theatre, scenario.request)
    before = last(theatre)
    second = deployed(theatre, retaining("churn-third"))
    assert (first["Verdict"], second["Verdict"]) == ("SUCCEEDED", "SUCCEEDED")
    assert second["Request"]["DeploymentConfig"] == first["Request"]["DeploymentConfig"]
    assert "RetainDeploymentConfig" not in second["Request"]
    assert stages(second) == stages(first)
    assert [one["AlarmName"] for one in second["Watched"]] == [
        one["AlarmName"] for one in first["Watched"]
    ]
    assert last(theatre) == before
    assert alarms_of(before).count(ABORT) == 1
    assert ABORT not in alarms_of(first["Request"]["DeploymentConfig"])


@pytest.mark.slow
def test_and_again_with_its_guard(theatre: Theatre) -> None:
    deployed(theatre, CANARY.request)
    deployed(theatre, retaining("churn-third"))
    third = deployed(theatre, retaining("churn-failing"))
    assert (third["Verdict"], third["TrippedAlarms"]) == ("ROLLED_BACK", ["churn-5xx"])
    assert theatre.endpoint("churn")["EndpointConfigName"] == "churn-third"


@pytest.mark.slow
def test_what_somebody_else_left_is_retained_with_the_stacks_abort_alarm(theatre: Theatre) -> None:
    config: Any = {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 300,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-5xx"}]},
    }
    theatre.aws.client("sagemaker").update_endpoint(
        EndpointName="churn", EndpointConfigName="churn-green", DeploymentConfig=config
    )
    theatre.advance(LONG)
    assert last(theatre) == config
    record = deployed(theatre, retaining("churn-third"))
    assert record["Verdict"] == "SUCCEEDED"
    sent = record["Request"]["DeploymentConfig"]["RollingUpdatePolicy"]
    maximum = {"MaximumExecutionTimeoutInSeconds": sent["MaximumExecutionTimeoutInSeconds"]}
    assert sent == {**config["RollingUpdatePolicy"], **maximum}
    assert alarms_of(last(theatre)) == ["churn-5xx", ABORT]


def test_where_there_is_none_nothing_is_changed(theatre: Theatre) -> None:
    record = deployed(theatre, retaining("churn-third"))
    assert record["Verdict"] == "REJECTED"
    assert [one["Id"] for one in record["Findings"]] == ["no-last-deployment-config"]
    assert record["Request"]["RetainDeploymentConfig"] is True
    assert "DeploymentConfig" not in record["Request"]
    assert theatre.endpoint("churn")["EndpointConfigName"] == "churn-blue"


def test_guardrails_are_made_again_as_they_were_asked_for() -> None:
    with EmbeddedAws() as aws:
        theatre = Theatre(aws)
        theatre.deploy(ROOT / "template.yaml", GuardrailAlarms="OnRequest")
        for name in ("churn-blue", "churn-green", "churn-third"):
            theatre.make_config(name, Fleet({}, 4))
        theatre.make_endpoint("churn", "churn-blue")
        theatre.begin_traffic("churn", 10)
        theatre.advance(900)
        limits = [{"Metric": "Invocation5XXErrors", "MaxRate": 0.05}]
        policy = {"DeploymentConfigName": "Canary10Percent5Minutes", "Guardrails": limits}
        named = {"EndpointName": "churn", "EndpointConfigName": "churn-green"}
        first = deployed(theatre, {**named, **policy})
        second = deployed(theatre, retaining("churn-third"))
        assert (first["Verdict"], second["Verdict"]) == ("SUCCEEDED", "SUCCEEDED"), second
        assert second["Request"]["Guardrails"] == limits
        assert "AutoRollbackConfiguration" not in second["Request"]["DeploymentConfig"]
        guards = "bluegreen-guardrail-churn/main/5xx"
        assert alarms_of(last(theatre)) == [guards, ABORT]
        (alarm,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[guards])["MetricAlarms"]
        assert '"churn-third"' in json.dumps(alarm["Metrics"])


@pytest.mark.slow
def test_who_waits_retains_what_is_there_when_its_turn_comes(theatre: Theatre) -> None:
    deployed(theatre, CANARY.request)
    named = {"EndpointName": "churn", "EndpointConfigName": "churn-third"}
    watched = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-latency"}]}}
    linear = {"DeploymentConfigName": "Linear25PercentEvery5Minutes", "DeploymentConfig": watched}
    theatre.start({**named, **linear})
    theatre.advance(60)
    record = deployed(theatre, retaining("churn-fourth", OnBusy="QUEUE"))
    assert record["Verdict"] == "SUCCEEDED"
    policy = record["Request"]["DeploymentConfig"]
    routing = policy["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], alarms_of(policy)) == ("LINEAR", ["churn-latency"])


@pytest.mark.slow
def test_a_group_may_retain_it_too() -> None:
    with running_registry("churn") as registry:
        packages = [registry.register("churn") for _ in range(2)]
        registry.approve(packages[0])
        registry.sleep()
        registry.put_policy("churn", {"EndpointName": "churn", "RetainDeploymentConfig": True})
        registry.approve(packages[1])
        registry.sleep()
        ended = [registry.record(each["executionArn"]) for each in registry.executions()]
        one, two = sorted(
            ended, key=lambda record: packages.index(record["Request"]["ModelPackageArn"])
        )
        assert (one["Verdict"], two["Verdict"]) == ("SUCCEEDED", "SUCCEEDED")
        assert two["Request"]["DeploymentConfig"] == one["Request"]["DeploymentConfig"]
