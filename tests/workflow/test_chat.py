"""Chat is told little, in the schema that it takes, and nothing waits for it."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FaultPlan,
    Window,
)
from bluegreen_simulator.run.simulation import Outcome, simulate
from chat_schema import problems_at_amazon_q
from heavy import sampled
from registry_account import FAILING as FAILING_MODEL
from registry_account import running_registry

ROOT: Final = Path(__file__).parents[2]
TEMPLATE: Final = ROOT / "template.yaml"
LINEAR: Final = load(ROOT / "events/scenarios/linear-succeeds.yaml")
FAILING: Final = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")
TEN_STEPS: Final = replace(
    LINEAR,
    request={
        "EndpointName": "churn",
        "EndpointConfigName": "churn-green",
        "DeploymentConfigName": "Linear10PercentEvery5Minutes",
        "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-5xx"}]}},
    },
)
ROLLBACK: Final = ["DEPLOYMENT_STARTED", "ALARM_TRIPPED", "DEPLOYMENT_ROLLED_BACK"]


def run(scenario: Scenario, **faults: Any) -> Outcome:
    return simulate(replace(scenario, plan=FaultPlan(**faults)), TEMPLATE)


@cache
def usual() -> Outcome:
    """A rollback without faults, which only is looked at."""
    return simulate(FAILING, TEMPLATE)


def chat(entries: list[Entry]) -> list[dict[str, Any]]:
    """What was sent to chat, oldest first; all of it in the schema."""
    told = [json.loads(e.data["message"]) for e in entries if e.kind == "chat_message"]
    assert [problem for message in told for problem in problems_at_amazon_q(message)] == []
    return told


def events(entries: list[Entry]) -> list[str]:
    return [message["metadata"]["eventType"] for message in chat(entries)]


def story(outcome: Outcome) -> list[tuple[Any, ...]]:
    """Everything that was told or that ended, with its time, but to chat and to operators."""
    kinds = {"notification", "execution_ended", "endpoint", "state_entered"}
    entries = [entry for entry in outcome.journal if entry.data.get("body") != {}]
    return [
        (entry.at, entry.kind, json.dumps(entry.data, default=str))
        for entry in entries
        if entry.kind in kinds
    ]


@pytest.mark.slow
def test_a_success_of_ten_steps_is_two_messages_in_one_thread() -> None:
    outcome = simulate(TEN_STEPS, TEMPLATE)
    assert sum(stage["Stage"] == "BAKING" for stage in outcome.record["Stages"]) == 10
    assert events(outcome.journal) == ["DEPLOYMENT_STARTED", "DEPLOYMENT_SUCCEEDED"]
    assert len({message["metadata"]["threadId"] for message in chat(outcome.journal)}) == 1
    assert [message["content"]["title"] for message in chat(outcome.journal)] == [
        "🔵 Update to churn-green started: churn",
        "🟢 Deployment succeeded: churn",
    ]


def test_a_rollback_is_three_messages_each_when_it_happens() -> None:
    outcome = usual()
    assert events(outcome.journal) == ROLLBACK
    told = {e.data["body"]["Event"]: e.at for e in outcome.journal if e.kind == "notification"}
    sent = [entry.at for entry in outcome.journal if entry.kind == "chat_message"]
    assert sent == [told[event] for event in ROLLBACK]


@pytest.mark.parametrize("times", sampled([10, 100], 2))
def test_many_of_every_event_change_nothing(times: int) -> None:
    once, often = usual(), run(FAILING, events=(EventFault(duplicate=times),))
    assert chat(often.journal) == chat(once.journal)


ENDURED: Final = {
    "chat is throttled for a while": {
        "apis": (ApiFault("sns", ApiError.THROTTLING, function="TellChat", times=5),)
    },
    "the function dies": {"deaths": (Death("TellChat", "Publish", before=True),)},
}


@pytest.mark.parametrize("faults", sampled(ENDURED.values(), 2), ids=ENDURED)
def test_what_fails_is_tried_again_and_nothing_else_is_another(faults: Any) -> None:
    well, ill = usual(), run(FAILING, **faults)
    assert story(ill) == story(well)
    assert sorted(events(ill.journal)) == sorted(ROLLBACK)
    assert [entry for entry in ill.journal if entry.kind == "dead_letter"] == []


NEVER: Final = {
    "the key is disabled for chat": ApiFault("sns", ApiError.KEY_DISABLED, function="TellChat"),
    "chat does not answer": ApiFault("sns", ApiError.TIMEOUT, function="TellChat"),
    "the function is denied": ApiFault("sns", ApiError.DENIED, function="TellChat"),
}


@pytest.mark.parametrize("fault", sampled(NEVER.values(), 3), ids=NEVER)
def test_what_never_comes_delays_nothing_and_operators_are_told(fault: ApiFault) -> None:
    well, ill = usual(), run(FAILING, apis=(fault,))
    assert story(ill) == story(well)
    assert chat(ill.journal) == []
    letters = [e.data["queue"] for e in ill.journal if e.kind == "dead_letter"]
    assert {letter.split("-")[1] for letter in letters} == {"UnprocessedEventsQueue"}
    rung = {e.data["name"] for e in ill.journal if e.kind == "alarm" and e.data["new"] == "ALARM"}
    assert {name.split("-")[1] for name in rung} > {"UnprocessedEventsAlarm"}


def test_what_a_topic_did_not_take_reaches_chat_when_it_does_and_says_that_it_is_late() -> None:
    window = Window(0, 600)
    fault = ApiFault("sns", ApiError.KEY_DISABLED, "Publish", window=window)
    outcome = run(FAILING, apis=(fault,))
    assert events(outcome.journal) == ROLLBACK
    assert "This message is late" in chat(outcome.journal)[0]["content"]["description"]


def test_who_asks_for_everything_in_chat_gets_every_stage_but_shifts() -> None:
    faults = Faults(FaultPlan())
    with running_registry("churn", ChatEverything="true", faults=faults) as registry:
        registry.approve(registry.register("churn", FAILING_MODEL))
        registry.sleep()
        entries = registry.aws.journal.entries
        stages = [e.data["attributes"].get("Stage") for e in entries if e.kind == "chat_message"]
        assert [stage for stage in stages if stage] == ["PROVISIONING", "BAKING", "ROLLING_BACK"]
        assert sorted(set(events(entries))) == sorted({*ROLLBACK, "STAGE_CHANGED"})
