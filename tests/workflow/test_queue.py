"""Requests that wait for a busy endpoint: the newest goes next, the others give way to it."""

from collections import Counter
from typing import Any

import pytest

from bluegreen_simulator.rules.faults.kinds import Death, EventFault, FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.stack import deploy
from bluegreen_simulator.run.theatre import Fleet
from heavy import sampled
from registry_account import LONG, ROLE, TEMPLATE, policy_of, running_registry
from search.invariants import broken
from search.world import World, a_world

SETTLED = 5400
"""Seconds in which everything here is over."""


def ends(world: World) -> dict[str, str]:
    """The verdict of each deployment, as it was told."""
    told = world.theatre.notifications()
    return {body["DeploymentId"]: body["Verdict"] for body in told if "Verdict" in body}


def ask(world: World, on_busy: str = "QUEUE", **more: Any) -> str:
    members = {"policy": "all-at-once", "healthy": True, **more}
    return world.request("churn", on_busy=on_busy, **members)


def served(world: World) -> str:
    name: str = world.theatre.endpoint("churn")["EndpointConfigName"]
    return name


def test_of_those_who_wait_the_newest_goes_next_and_the_others_give_way() -> None:
    with a_world() as world:
        for _ in range(4):
            ask(world)
            world.pass_time(20)
        world.pass_time(SETTLED)
        assert ends(world) == {
            "d00": "SUCCEEDED",
            "d01": "SUPERSEDED",
            "d02": "SUPERSEDED",
            "d03": "SUCCEEDED",
        }
        assert served(world) == "d03-config"
        assert broken(world) == []


@pytest.mark.slow
def test_the_newest_that_is_stopped_while_it_waits_leaves_its_turn_to_the_next() -> None:
    with a_world() as world:
        for _ in range(3):
            ask(world)
        world.stop(2)
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "SUCCEEDED", "d01": "SUCCEEDED", "d02": "FAILED"}
        assert served(world) == "d01-config"
        assert broken(world) == []


def test_who_waits_is_adopted_though_whoever_adopted_it_died_before_it_started_the_adopter() -> (
    None
):
    with a_world() as world:
        ask(world, policy="canary")
        world.pass_time(20)
        ask(world)
        world.pass_time(10)
        died = Death("RelayExecutionEvent", "StartExecution", before=True)
        world.go_wrong(FaultPlan(deaths=(died,)))
        world.stop(1)
        world.pass_time(100)  # the reconcile would come only at second 300
        now = [each.status for each in world.theatre.executions()]
        assert now == ["RUNNING", "ABORTED", "RUNNING"]
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "SUCCEEDED", "d01": "FAILED"}
        assert broken(world) == []


def test_the_newest_whose_policy_is_rejected_in_its_turn_leaves_it_to_the_next() -> None:
    with a_world() as world:
        for _ in range(3):
            ask(world)
        sagemaker = world.aws.client("sagemaker")
        sagemaker.delete_endpoint_config(EndpointConfigName="d02-config")
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "SUCCEEDED", "d01": "SUCCEEDED", "d02": "REJECTED"}
        assert served(world) == "d01-config"
        assert broken(world) == []


def test_who_waits_longer_than_it_may_is_rejected_and_says_how_long_it_waited() -> None:
    with a_world() as world:
        ask(world)
        world.theatre.make_config("late", Fleet({}))
        waiting = {"EndpointName": "churn", "EndpointConfigName": "late", "OnBusy": "QUEUE"}
        waived = {"QueueTimeoutSeconds": 90, "AllowFindings": ["no-alarms"]}
        world.theatre.start({**waiting, **waived}, "late")
        world.pass_time(200)
        (told,) = [b for b in world.theatre.notifications() if b["DeploymentId"] == "late"]
        assert told["Verdict"] == "REJECTED"
        assert told["Message"].startswith(
            "REJECTED: Deployment d00 of endpoint churn is still running."
            " The request waited for 90 s, its QueueTimeoutSeconds"
        )


def test_a_request_that_does_not_wait_is_rejected_while_another_waits() -> None:
    with a_world() as world:
        for on_busy in ("REJECT", "QUEUE", "REJECT"):
            ask(world, on_busy)
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "SUCCEEDED", "d01": "SUCCEEDED", "d02": "REJECTED"}


def test_a_foreign_update_is_waited_for_and_never_fought() -> None:
    with a_world() as world:
        world.update_by_another("churn")
        ask(world)
        ask(world, "REJECT")
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "SUCCEEDED", "d01": "REJECTED"}
        assert served(world) == "d00-config"
        assert broken(world) == []


@pytest.mark.slow
def test_who_supersedes_aborts_what_runs_and_then_starts() -> None:
    with a_world() as world:
        ask(world, policy="canary")
        world.pass_time(400)
        ask(world, "SUPERSEDE")
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "ROLLED_BACK", "d01": "SUCCEEDED"}
        events = [b["Event"] for b in world.theatre.notifications() if b["DeploymentId"] == "d00"]
        assert events.count("DEPLOYMENT_ABORTED") == 1
        assert broken(world) == []


@pytest.mark.parametrize("policy", sampled(["all-at-once", "canary"], 2))
def test_what_is_superseded_in_a_bake_rolls_back_in_that_bake(policy: str) -> None:
    """The only bake of all at once is its last chance: the next look would come too late."""
    with a_world() as world:
        ask(world, policy=policy)
        world.pass_time(400)
        ask(world, "SUPERSEDE")
        world.pass_time(SETTLED)
        assert ends(world) == {"d00": "ROLLED_BACK", "d01": "SUCCEEDED"}
        seen = [b for b in world.theatre.notifications() if b["DeploymentId"] == "d00"]
        assert len([body for body in seen if body.get("Stage") == "BAKING"]) == 1
        assert broken(world) == []


@pytest.mark.slow
def test_bursts_of_fifty_requests_end_on_the_newest_and_everybody_is_told() -> None:
    with a_world() as world:
        for burst in range(3):
            ids = [ask(world) for _ in range(50)]
            world.pass_time(SETTLED)
            told = ends(world)
            counts = Counter(told[id_] for id_ in ids)
            assert counts == {"SUCCEEDED": 2, "SUPERSEDED": 48}, burst
            assert served(world) == f"{ids[-1]}-config"
        assert broken(world) == []


def queueing(group: str) -> dict[str, Any]:
    return {**policy_of(group), "OnBusy": "QUEUE"}


@pytest.mark.parametrize("delay", sampled([100, 2000], 2))
def test_approvals_whose_events_come_reversed_end_on_the_newest_approval(delay: int) -> None:
    """The older event comes while the newer package is deployed, or long after that."""
    late = EventFault("SageMaker Model Package State Change", delay=delay, times=1)
    with running_registry() as account:
        account.add_group("churn", queueing("churn"))
        older, newer = account.register("churn"), account.register("churn")
        account.sleep(300)
        faults.add(account.aws.world, FaultPlan(events=(late,)))
        for arn in (older, newer):
            account.approve(arn)
            account.sleep(5)
        account.sleep(3 * LONG)
        assert account.served("churn") == newer
        assert sorted(account.ended()) == ["DEPLOYMENT_SUCCEEDED", "DEPLOYMENT_SUPERSEDED"]


@pytest.mark.slow
def test_a_burst_of_approvals_ends_each_endpoint_on_its_newest_approved_package() -> None:
    groups = ["churn", "fraud", "price", "route", "spam"]
    with running_registry() as account:
        for group in groups:
            account.add_group(group, queueing(group))
        newest = {}
        for _ in range(4):
            for group in groups:
                newest[group] = account.register(group)
                account.approve(newest[group])
                account.sleep(1)
        account.sleep(3 * LONG)
        assert {group: account.served(group) for group in groups} == newest
        assert Counter(account.ended()) == {"DEPLOYMENT_SUCCEEDED": 10, "DEPLOYMENT_SUPERSEDED": 10}
        assert {each["status"] for each in account.executions()} == {"SUCCEEDED", "FAILED"}


@pytest.mark.slow
def test_of_two_stacks_the_one_with_the_policy_of_the_group_answers_an_approval() -> None:
    with running_registry() as account:
        parameters = {"ModelExecutionRoleArns": ROLE, "PolicyPath": "/second/policies"}
        second = deploy(account.aws.world, TEMPLATE, parameters, "second")
        account.add_group("churn", queueing("churn"))
        account.sleep(300)
        package = account.register("churn")
        account.approve(package)
        account.sleep()
        assert account.served("churn") == package
        machine = second.outputs["StateMachineArn"]
        found = account.states.list_executions(stateMachineArn=machine)["executions"]
        assert found == []
        assert [each["status"] for each in account.executions()] == ["SUCCEEDED"]
        missing = [body["Message"] for body in account.told("POLICY_MISSING")]
        assert len(missing) == 1
