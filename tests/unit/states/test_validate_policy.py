"""What the check of a request takes from the stack's own settings."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.contract.findings import LONGEST_STATE, bytes_of
from bluegreen.states.validate_policy import validate_policy
from builders import KEY, canary_request
from situations import alarm, max_latency, max_rate, situation, week


def account(*, allows_supersede: bool = False, **knowing: Any) -> Any:
    """A stack, and the healthy case of its endpoint."""
    settings = SimpleNamespace(allows_supersede=allows_supersede)
    known = situation(alarms=[alarm("churn-5xx"), alarm("churn-latency")])
    situations = SimpleNamespace(of=lambda _request: replace(known, **knowing))
    return SimpleNamespace(settings=settings, situations=situations)


@pytest.mark.parametrize("on_busy", ["REJECT", "QUEUE", "SUPERSEDE"])
def test_a_request_that_aborts_another_needs_a_stack_that_allows_it(on_busy: str) -> None:
    for allows in (True, False):
        checked = validate_policy(
            canary_request(OnBusy=on_busy), KEY, account(allows_supersede=allows)
        )
        refused = on_busy == "SUPERSEDE" and not allows
        assert checked["WouldBeRejected"] is refused
        found = [finding["Id"] for finding in checked["Findings"]]
        assert ("supersede-not-allowed" in found) is refused


PERCENTILES = range(50, 58)
TEN = [
    *max_rate(0.01),
    *max_rate(0.01, "Invocation4XXErrors"),
    *(each for p in PERCENTILES for each in max_latency(Percentile=p, MaxMilliseconds=300)),
]
BLUE_WEEK = {"main": week(3, 0.02, 0.02, latency_ms={float(p): [400.0] for p in PERCENTILES})}


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_answer_with_ten_guardrails_fits_into_a_state(dry_run: bool) -> None:
    body = canary_request(Guardrails=TEN, DryRun=dry_run, Reason="x" * 512)
    del body["DeploymentConfig"]["AutoRollbackConfiguration"]  # ten are all that SageMaker takes
    answer = validate_policy(body, KEY, account(weeks=BLUE_WEEK, makes_abort_alarm=False))
    made = answer["Plan"]["Guardrails"] if dry_run else answer["Request"]["GuardrailAlarms"]
    assert len(made) == len(TEN) == 10
    ids = [finding["Id"] for finding in answer["Findings"]]
    assert ids.count("guardrail-below-blue") == 10
    assert bytes_of(answer) <= LONGEST_STATE


def test_a_request_that_is_rejected_makes_no_alarms() -> None:
    body = canary_request(Guardrails="Default")
    weeks = {"main": week()}
    taken = validate_policy(body, KEY, account(weeks=weeks))
    assert len(taken["Request"]["GuardrailAlarms"]) == 3
    for refused in (account(unknown={"guardrails": "no answer"}), account(weeks=weeks, alarms={})):
        answer = validate_policy(body, KEY, refused)
        assert answer["WouldBeRejected"]
        assert answer["Request"]["Guardrails"] == "Default"
        assert "GuardrailAlarms" not in answer["Request"]
