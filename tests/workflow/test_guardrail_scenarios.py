"""An endpoint without any alarm, and `"Guardrails": "Default"`: what green does wrong is found."""

from dataclasses import replace
from itertools import product
from typing import Any, Final

import pytest

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead, MetricsByConfig
from bluegreen_simulator.run.simulation import Outcome, simulate
from shipped import ROOT

TEMPLATE: Final = ROOT / "template.yaml"
SCENARIOS: Final = ("find-errors", "find-refusals", "let-the-cure-pass")
READINGS: Final = list(
    product(AlarmsRead, (MetricsByConfig.ALL, MetricsByConfig.DOCUMENTED), (None, 1))
)
"""How SageMaker reads alarms, what it publishes by endpoint config, and the seed of chance."""


def run(name: str, **given: Any) -> Outcome:
    scenario = load(ROOT / f"events/scenarios/guardrails-{name}.yaml")
    return simulate(replace(scenario, **given), TEMPLATE)


def outcomes(outcome: Outcome) -> dict[str, str]:
    """What became of each guardrail, by its key."""
    rows = outcome.record["Guardrails"]
    return {row["AlarmName"].rpartition("/")[2]: row["Outcome"] for row in rows}


def test_a_green_that_fails_is_rolled_back_and_the_message_says_by_what() -> None:
    outcome = run("find-errors")
    assert outcome.misses == []
    assert outcomes(outcome)["5xx"] == "TRIPPED"
    last = outcome.notifications[-1]
    assert last["Event"] == "DEPLOYMENT_ROLLED_BACK"
    for words in ("5XX", '"main"', "at most 2 %"):
        assert words in last["Message"]


def test_a_green_that_refuses_is_rolled_back_and_the_message_says_by_what() -> None:
    outcome = run("find-refusals")
    assert outcome.misses == []
    assert outcomes(outcome)["4xx"] == "TRIPPED"
    for words in ("4XX", '"main"', "100 %", "at most 10 %"):
        assert words in outcome.notifications[-1]["Message"]


def test_what_cures_a_blue_that_fails_now_is_deployed() -> None:
    outcome = run("let-the-cure-pass")
    assert outcome.misses == []
    assert outcomes(outcome) == dict.fromkeys(("5xx", "4xx", "latency-p90"), "HEALTHY")


def test_nothing_of_green_that_is_published_is_nothing_that_was_measured() -> None:
    """Without Invocations by endpoint config nobody can tell green's requests from blue's."""
    outcome = run("find-errors", metrics_by_config=MetricsByConfig.NONE)
    assert outcome.record["Verdict"] == "SUCCEEDED"
    assert set(outcomes(outcome).values()) == {"NOT_ENOUGH_DATA"}
    assert outcome.notifications[-1]["Severity"] == "WARNING"


@pytest.mark.slow
@pytest.mark.parametrize(("alarms_read", "metrics_by_config", "seed"), READINGS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_each_ends_so_whatever_aws_does(
    name: str, alarms_read: AlarmsRead, metrics_by_config: MetricsByConfig, seed: int | None
) -> None:
    given = {"alarms_read": alarms_read, "metrics_by_config": metrics_by_config, "seed": seed}
    assert run(name, **given).misses == []
