"""Whether the execution that runs a deployment still lives, by what DescribeExecution says."""

import re
from datetime import datetime, timedelta
from typing import Final

import pytest

from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.ownership import (
    ENDED,
    GONE,
    RUNNING,
    UNKNOWN,
    Execution,
    Fate,
    Owner,
    adopter_name,
    fate_of,
)
from builders import KEY, START, at

ARN: Final = "arn:aws:states:eu-central-1:123456789012:execution:bluegreen-deployment:deploy-1"
OWNER: Final = Owner(KEY, ARN, 1, since=START)
ADOPTER: Final = Owner(KEY, f"{ARN}-r2-12345678", 2, since=at(3000), adopter=True)
AGES: Final = (0, 1, 299.999, 300, 599.999, 600, 86_400, 7_776_000)
"""Seconds, around five and ten minutes, up to ninety days."""


def started(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("owner", [OWNER, ADOPTER])
def test_whose_execution_runs_lives_at_any_age(owner: Owner, age: float) -> None:
    now = owner.since + timedelta(seconds=age)
    for execution in (Execution(RUNNING), Execution(RUNNING, owner.key.started_at)):
        assert fate_of(owner, execution, now) is Fate.ALIVE
    assert fate_of(owner, Execution("PENDING_REDRIVE", START), now) is Fate.ALIVE


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
@pytest.mark.parametrize("owner", [OWNER, ADOPTER])
def test_whose_execution_ended_is_dead_at_any_age(owner: Owner, status: str, age: float) -> None:
    assert status in ENDED
    now = owner.since + timedelta(seconds=age)
    assert fate_of(owner, Execution(status, START), now) is Fate.DEAD
    assert fate_of(owner, Execution(status), now) is Fate.DEAD


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("owner", [OWNER, ADOPTER])
def test_of_an_execution_that_cannot_be_seen_nothing_is_known(owner: Owner, age: float) -> None:
    now = owner.since + timedelta(seconds=age)
    assert fate_of(owner, Execution(UNKNOWN), now) is Fate.NOT_KNOWN


@pytest.mark.parametrize(
    ("owner", "patience"), [(OWNER, 600), (ADOPTER, 300)], ids=["owner", "adopter"]
)
@pytest.mark.parametrize("age", AGES)
def test_an_execution_that_is_not_there_may_be_about_to_be_seen(
    owner: Owner, patience: float, age: float
) -> None:
    """Reads lag behind; an adopter may never have been started by whoever adopted."""
    fate = Fate.DEAD if age >= patience else Fate.ALIVE
    assert fate_of(owner, Execution(GONE), owner.since + timedelta(seconds=age)) is fate


@pytest.mark.parametrize(
    ("seconds", "fate"),
    [
        (0, Fate.ALIVE),
        (0.9, Fate.ALIVE),  # the API may round what the execution's context has in milliseconds
        (-0.9, Fate.ALIVE),
        (1, Fate.ALIVE),
        (1.001, Fate.DEAD),
        (-1.001, Fate.DEAD),
        (91 * 86_400, Fate.DEAD),
    ],
)
def test_a_name_that_was_used_again_is_of_another_execution(seconds: float, fate: Fate) -> None:
    execution = Execution(RUNNING, started(seconds))
    assert fate_of(OWNER, execution, at(100 * 86_400)) is fate


def test_an_adopter_started_long_after_the_deployment_that_it_adopted() -> None:
    assert fate_of(ADOPTER, Execution(RUNNING, at(3001)), at(3010)) is Fate.ALIVE


@pytest.mark.parametrize(
    ("status", "stopped"),
    [("ABORTED", True), ("FAILED", False), ("TIMED_OUT", False), (RUNNING, False), (GONE, False)],
)
def test_only_an_aborted_execution_was_stopped_by_somebody(status: str, stopped: bool) -> None:
    assert Execution(status).was_stopped is stopped


def named(id_: str, start: datetime = START) -> DeploymentKey:
    return DeploymentKey("churn", id_, start)


@pytest.mark.parametrize(
    ("id_", "fence"), [("d", 2), ("deploy-1", 3), ("x" * 80, 2), ("x" * 80, 99_999_999)]
)
def test_the_name_of_an_adopter_is_one_that_step_functions_takes(id_: str, fence: int) -> None:
    name = adopter_name(named(id_), fence)
    assert re.fullmatch(rf"{id_[:60]}-r{fence}-[0-9a-f]{{8}}", name)
    assert len(name) <= 80


def test_the_name_of_an_adopter_is_its_deployments_and_its_fences() -> None:
    long = "x" * 60
    keys = [named("a"), named("b"), named("a", at(1)), named(f"{long}a"), named(f"{long}b")]
    names = [adopter_name(key, fence) for key in keys for fence in (2, 3)]
    assert len(set(names)) == len(names)
    assert names == [adopter_name(key, fence) for key in keys for fence in (2, 3)]
