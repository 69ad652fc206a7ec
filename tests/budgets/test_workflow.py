"""What a deployment may cost, as counts: states, history, functions, calls, bytes.

Each test plays its deployments in one world, once, and asserts nothing of seconds.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan
from budgets.counted import Run, runs_of
from budgets.world import ENDPOINT, Costs, World, a_world, canary, steps
from registry_account import running_registry

EVENTS: Final = {"RelayAlarmEvent", "RelayEndpointEvent"}

MOST_CALLS: Final = {"StartUpdate": 14, "ConcludeDeployment": 12}
MOST_HISTORY: Final = 250
LARGEST: Final = 32_768
"""Bytes; Step Functions takes eight times as many."""

LONGEST_TOKEN: Final = 1024
"""Characters of a task token (Step Functions API, TaskToken); here they are shorter."""

BAKES: Final = ((1, 1), (2, 1), (2, 10), (2, 47), (5, 1), (10, 47))
"""How many, and of how many minutes: the last one takes eight hours."""


def test_a_deployment_costs_by_its_steps_and_never_by_its_length() -> None:
    with a_world() as world:
        played = {each: _play(world, *each) for each in BAKES}
    found = [words for (bakes, _), costs in played.items() for words in _excess(costs, bakes)]
    assert found == []
    assert len({len(played[2, minutes].states) for minutes in (1, 10, 47)}) == 1


def _play(world: World, bakes: int, minutes: int) -> Costs:
    accepted = ["bake-unprotected"] if minutes == 1 else []
    name = f"{bakes}-bakes-of-{minutes}-minutes"
    return world.deploy(name, steps(bakes, 60 * minutes), AllowFindings=accepted)


def test_a_rollback_lost_events_and_a_queue_cost_a_little_more() -> None:
    with a_world() as world:
        world.theatre.begin_traffic(ENDPOINT, 10)
        world.theatre.advance(180)
        rolled_back = world.deploy("bad", canary(300), error_rate=0.5)
        world.theatre.advance(600)  # until the alarm has recovered
        queued = _queued(world)
        world.let(FaultPlan(drop_events=True))
        lost = world.deploy("lost", canary(600))
    assert rolled_back.record["Verdict"] == "ROLLED_BACK"
    assert [*_excess(rolled_back, 2)] == []
    assert queued.record["Verdict"] == lost.record["Verdict"] == "SUCCEEDED"
    assert max(_states_by_wake_up(queued)) == 2
    assert lost.timeouts > 0
    assert len(lost.states) <= _most_states(2) + lost.timeouts


def test_the_largest_request_that_is_accepted_stays_under_32_kb() -> None:
    """With an error at the end, since SageMaker refuses the update, and the longest task token."""
    with a_world() as world:
        denied = ApiFault("sagemaker", ApiError.DENIED, "UpdateEndpoint", times=9)
        world.let(FaultPlan(apis=(denied,)))
        began = len(world.aws.journal.entries)
        largest = world.costs(world.begin_the_largest(), began)
    assert largest.record["Verdict"] == "REJECTED"
    assert "StartUpdate" in largest.states
    assert 25_000 < largest.largest[0] <= LARGEST - LONGEST_TOKEN


def test_a_model_package_costs_its_end_two_calls_more() -> None:
    """It is read once, for the verdict and for the update, and updated once."""
    with running_registry("churn") as registry:
        registry.approve(registry.register("churn"))
        registry.sleep()
        (run,) = runs_of("ConcludeDeployment", registry.aws.journal.entries)
        assert registry.ended() == ["DEPLOYMENT_SUCCEEDED"]
    assert len(run.calls) <= MOST_CALLS["ConcludeDeployment"] + 2, run


def _queued(world: World) -> Costs:
    """A deployment that waits for another one."""
    began = len(world.aws.journal.entries)
    world.begin("first", canary(300))
    world.theatre.advance(30)
    return world.costs(world.begin("second", canary(300), OnBusy="QUEUE"), began)


def _excess(costs: Costs, bakes: int) -> Iterator[str]:
    """In words, each budget that a deployment with so many bakes does not keep."""
    if len(costs.states) > _most_states(bakes):
        yield f"{costs.name}: {len(costs.states)} state transitions: {costs.states}"
    if costs.history_events > MOST_HISTORY:
        yield f"{costs.name}: {costs.history_events} events in its history"
    if costs.largest[0] > LARGEST:
        yield f"{costs.name}: {costs.largest[0]} bytes are the {costs.largest[1]}"
    own, found = costs.of_its_own, [run for run in costs.runs if _has_found(run)]
    if len(own) > 3 + 1.5 * len(found):
        yield f"{costs.name}: {len(own)} runs of functions, for {len(found)} events"
    yield from (f"{costs.name}: {run}" for run in own if _calls_too_much(run))


def _most_states(bakes: int) -> int:
    return 10 + 2 * (bakes + 1)


def _has_found(run: Run) -> bool:
    """Whether an event has led to a deployment, at which its function then looked."""
    return run.function in EVENTS and "DescribeEndpoint" in run.calls


def _calls_too_much(run: Run) -> bool:
    """Whether a run calls more than it may, or looks at the endpoint more than once.

    StartUpdate looks before its update and after it: that is its proof that the update began.
    ConcludeDeployment may read the history of each alarm that changed since the bakes began.
    """
    most_looks = 2 if run.function == "StartUpdate" else 1
    most = MOST_CALLS.get(run.function, len(run.calls)) + run.counts["DescribeAlarmHistory"]
    return len(run.calls) > most or run.counts["DescribeEndpoint"] > most_looks


def _states_by_wake_up(queued: Costs) -> list[int]:
    """How many states are between each sleep in the queue and the next one, or the update."""
    states = queued.states[: queued.states.index("StartUpdate")]
    sleeps = [number for number, state in enumerate(states) if state == "AwaitTurn"]
    return [later - sleep - 1 for sleep, later in pairwise(sleeps)]
