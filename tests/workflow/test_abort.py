"""Abort: by command, at any time, under both readings of alarms; and what comes after it."""

from typing import Any

import pytest

from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan
from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead
from heavy import sampled
from search.invariants import broken
from search.world import World, a_world

READINGS = [AlarmsRead.LEVEL, AlarmsRead.EDGE]


def ends(world: World) -> dict[str, tuple[str, str | None]]:
    told = world.theatre.notifications()
    return {
        body["DeploymentId"]: (body["Verdict"], body.get("Trigger"))
        for body in told
        if "Verdict" in body
    }


def events(world: World, id_: str = "d00") -> list[str]:
    told = world.theatre.notifications()
    return [body["Event"] for body in told if body["DeploymentId"] == id_]


def test_an_abort_where_nothing_runs_is_harmless() -> None:
    with a_world() as world:
        assert world.abort("churn") == {
            "Done": False,
            "Message": "No deployment runs on endpoint churn, so nothing was aborted.",
        }
        assert world.theatre.notifications() == []
        assert world.rows() == []


@pytest.mark.parametrize(
    ("second", "reading"),
    sampled([(s, r) for s in (10, 200, 330, 420, 600, 640, 650, 700) for r in READINGS], 9),
)
def test_who_aborts_while_an_update_runs_has_it_rolled_back(second: int, reading: Any) -> None:
    """Provisioning ends at 300 s, the canary bakes until 620 s, the whole fleet until 820 s."""
    with a_world(alarms_read=reading) as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(second)
        answer = world.abort("churn")
        assert (answer["Done"], answer["DeploymentId"]) == (True, "d00")
        assert world.abort("churn")["Done"] is True
        world.pass_time(2400)
        assert ends(world) == {"d00": ("ROLLED_BACK", "ABORT")}
        assert events(world).count("DEPLOYMENT_ABORTED") == 1
        assert "ALARM_TRIPPED" not in events(world)
        assert broken(world) == []


@pytest.mark.parametrize("times", sampled([10, 1, 3], 3))
def test_an_abort_whose_alarm_cannot_be_rung_at_once_rings_in_the_same_bake(times: int) -> None:
    """The workflow sleeps until the end of the bake, and nothing else would wake it before."""
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(400)
        unavailable = ApiFault(
            "cloudwatch", ApiError.UNAVAILABLE, "PutMetricData", "AbortDeployment", times=times
        )
        world.go_wrong(FaultPlan(apis=(unavailable,)))
        assert world.abort("churn")["Done"] is True
        world.pass_time(2000)
        assert ends(world) == {"d00": ("ROLLED_BACK", "ABORT")}
        stages = [
            (body["Stage"], body["TrafficPercent"])
            for body in world.theatre.notifications()
            if body["Event"] == "STAGE_CHANGED"
        ]
        assert ("BAKING", 33) in stages
        assert ("BAKING", 100) not in stages
        assert broken(world) == []


def test_the_next_deployment_after_an_abort_starts_clean() -> None:
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(400)
        world.abort("churn")
        world.pass_time(200)
        assert ends(world)["d00"] == ("ROLLED_BACK", "ABORT")
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(2400)
        assert ends(world)["d01"] == ("SUCCEEDED", None)
        assert broken(world) == []


def test_an_update_without_a_bake_cannot_be_aborted_and_the_answer_says_so() -> None:
    with a_world() as world:
        world.request("churn", policy="no-bake", on_busy="REJECT", healthy=True)
        world.pass_time(100)
        answer = world.abort("churn")
        assert answer["Done"] is False
        assert "no bake in which SageMaker would look at it" in answer["Message"]
        world.pass_time(2400)
        assert ends(world) == {"d00": ("SUCCEEDED", None)}
        assert broken(world) == []


@pytest.mark.slow
def test_an_abort_whose_metric_is_not_taken_at_first_rings_later_in_the_same_bake() -> None:
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(330)
        deaf = ApiFault("cloudwatch", ApiError.UNAVAILABLE, "PutMetricData", times=4)
        world.go_wrong(FaultPlan(apis=(deaf,)))
        world.abort("churn")
        world.pass_time(2400)
        assert ends(world) == {"d00": ("ROLLED_BACK", "ABORT")}
        assert broken(world) == []


AROUND_SETTLING = range(815, 860, 3)


@pytest.mark.parametrize(
    ("second", "reading"), sampled([(s, r) for s in AROUND_SETTLING for r in READINGS], 16)
)
def test_abort_and_forget_around_settling_leave_nothing_behind(second: int, reading: Any) -> None:
    """At each of these seconds: who settled first is right, and nobody is left untold or locked."""
    with a_world(alarms_read=reading) as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(second)
        world.abort("churn")
        forgotten = world.forget("churn")["Done"]
        world.pass_time(1200)
        (end,) = ends(world).values()
        assert end in {("SUCCEEDED", None), ("ROLLED_BACK", "ABORT")}
        if not forgotten:
            assert broken(world) == []
        assert [row for row in world.rows() if "Open" in row] == []
        world.request("churn", policy="all-at-once", on_busy="REJECT", healthy=True)
        world.pass_time(2400)
        assert ends(world)["d01"] == ("SUCCEEDED", None)


def test_who_forgets_an_endpoint_leaves_no_row_and_no_alarm_of_it() -> None:
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(100)
        assert world.forget("churn")["Done"] is False
        world.pass_time(2400)
        assert world.forget("churn")["Done"] is True
        assert world.rows() == []
        alarms = world.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="bluegreen-abort-")
        assert alarms["MetricAlarms"] == []
