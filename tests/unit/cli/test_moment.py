"""What follows from a moment, and what of it programs get."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import Observation, Stage
from bluegreen_cli.moment import Execution, Moment, ends_of
from bluegreen_cli.show.moment_json import to_json
from builders import BLUE, CANARY, at, deployment, seen, settled, updating
from frames.moments import (
    ABORTED,
    BAKES_WELL,
    ENDED,
    FRAMES,
    NEAR,
    NO_TABLE,
    QUEUED,
    ROLLS_BACK,
    UNKNOWN,
)
from shipped import ROOT

LINEAR = Policy("LINEAR", 120, 300, CapacitySize("CAPACITY_PERCENT", 25))
ROLLING = Policy("ROLLING", 300, 0, CapacitySize("CAPACITY_PERCENT", 50))


def in_stage(policy: Policy, observation: Observation, now: float, *stages: Any) -> Moment:
    found = deployment(stages=tuple(stages))
    request = replace(found.request, policy=policy)
    return Moment(at(now), "churn", observation, "deploy-1", replace(found, request=request))


@pytest.mark.parametrize(
    ("moment", "ends", "bake"),
    [
        (BAKES_WELL, (920, 1870), (1, 2)),
        (replace(BAKES_WELL, now=at(1000)), (920, 1950), (1, 2)),
        (
            in_stage(
                LINEAR,
                updating("Baking", 460, green_current=2),
                500,
                seen(Stage.PROVISIONING, 0, 0),
                seen(Stage.SHIFTING, 25, 300),
                seen(Stage.BAKING, 25, 320, 430),
                seen(Stage.SHIFTING, 50, 440),
                seen(Stage.BAKING, 50, 460),
            ),
            # 120 s here, 20 + 120 s for the third step, 20 + 300 s for all, 30 s to delete blue
            (580, 1070),
            (2, 4),
        ),
        (
            in_stage(
                ROLLING,
                updating("Creating", 650, green_current=2, blue_current=2),
                700,
                seen(Stage.PROVISIONING, 0, 0),
                seen(Stage.BAKING, 50, 320),
                seen(Stage.TERMINATING, 50, 620),
                seen(Stage.PROVISIONING, 50, 650),
            ),
            # 300 s here, 20 s to shift, 300 s to bake, 30 s to delete
            (950, 1300),
            (None, 2),
        ),
    ],
    ids=["canary", "over its plan", "linear", "the second batch of a rolling update"],
)
def test_ends_are_those_of_the_plan(
    moment: Moment, ends: tuple[int, int], bake: tuple[int | None, int]
) -> None:
    found = ends_of(moment)
    assert found is not None
    assert (found.stage, found.deployment) == (at(ends[0]), at(ends[1]))
    assert (found.bake, found.bakes) == bake


@pytest.mark.parametrize("moment", [ROLLS_BACK, NO_TABLE, ENDED])
def test_nothing_is_predicted_that_is_not_planned(moment: Moment) -> None:
    assert ends_of(moment) is None


def test_while_traffic_shifts_green_has_the_share_from_before() -> None:
    shifting = in_stage(
        LINEAR,
        updating("ActivatingTraffic", 440, green_current=1),
        445,
        seen(Stage.BAKING, 25, 320, 430),
        seen(Stage.SHIFTING, 50, 440),
    )
    assert [fleet.share for fleet in shifting.fleets] == [75, 25]


@pytest.mark.parametrize(
    ("observation", "shares"),
    [
        (updating(blue_status="ActivatingTraffic", since=425, green_current=1), [75, 25]),
        (updating("Deleting", 435), [100, 0]),
        (updating("Deleting", 435, green_current=2), [None, None]),  # they may have no traffic
        (updating(blue_status="ActivatingTraffic", since=425, green_current=4), [None, None]),
    ],
)
def test_going_back_a_share_is_said_where_counts_tell(
    observation: Observation, shares: list[int | None]
) -> None:
    back = in_stage(CANARY, observation, 440, seen(Stage.BAKING, 25, 320, 430))
    assert [fleet.share for fleet in back.fleets] == shares


def test_an_update_to_the_same_config_by_another_is_not_the_stage_of_one_that_waits() -> None:
    waits = replace(BAKES_WELL, deployment=deployment(update_requested_at=None, previous_config=""))
    assert (waits.stage, waits.phase) == (None, "UPDATING")


def test_until_there_is_proof_that_an_update_began_it_is_being_prepared() -> None:
    asked = replace(deployment(), stages=())
    before = replace(BAKES_WELL, deployment=asked, observation=settled(BLUE, -86400), now=at(5))
    assert before.phase == "PREPARING"
    begun = replace(before, deployment=replace(asked, update_accepted=True))
    assert replace(begun, observation=settled(BLUE, 5)).phase == "SETTLED"


def test_a_foreign_update_has_no_stage_of_ours() -> None:
    foreign = updating("Baking", 320, green_current=1)
    assert foreign.pending is not None
    other = replace(foreign, pending=replace(foreign.pending, config="churn-other"))
    moment = replace(BAKES_WELL, observation=other)
    assert (moment.stage, moment.phase) == (None, "UPDATING")


def test_an_abort_is_armed_while_there_is_its_alarm_and_a_bake() -> None:
    found = BAKES_WELL.deployment
    assert found is not None
    assert BAKES_WELL.armed
    assert UNKNOWN.armed is None
    assert replace(BAKES_WELL, deployment=replace(found, abort_alarm="")).armed is False
    assert NO_TABLE.armed is None


def test_the_end_is_that_of_the_row_or_of_the_execution() -> None:
    record: Any = {"Verdict": "REJECTED"}
    assert Moment(at(0), "churn", settled(BLUE)).ending is None
    rejected = Moment(at(0), "churn", execution=Execution("FAILED", record))
    assert rejected.ending == record


# ---- As JSON ---------------------------------------------------------------------------------

DOCUMENTED = (ROOT / "docs/watch.md").read_text("utf-8").partition("## For programs")[2]


def test_every_member_is_documented_and_none_that_is_not_there() -> None:
    bodies = [to_json(frame.moment) for frame in FRAMES]
    table = DOCUMENTED.partition("## Rights")[0]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert {name for body in bodies for name in body} | {"Trigger"} == named


def test_as_json_what_is_not_known_is_absent_and_says_why() -> None:
    body = to_json(UNKNOWN)
    assert {"Alarms", "Gates", "Waiting"} & {*body} == set()
    assert body["Unknown"]["the alarms"] == "AWS denied access: cloudwatch:DescribeAlarms"
    assert "Armed" not in body["Abort"]
    assert "TrafficPercent" not in to_json(NO_TABLE)["Fleets"][0]


def test_as_json_a_moment_has_its_values_times_and_names() -> None:
    body = to_json(NEAR)
    assert body["StageEndsAt"] == "2026-01-05T09:15:20.000Z"
    assert body["Gates"][0] == {
        "AlarmName": "churn-5xx",
        "Metric": "Average",
        "Comparison": "GreaterThanThreshold",
        "Limit": 0.05,
        "Green": 0.045,
        "Blue": 0.001,
        "Watched": 0.012,
    }
    assert to_json(QUEUED)["Waiting"] == ["deploy-2", "deploy-3"]
    assert to_json(ABORTED)["Abort"] == {
        "Armed": True,
        "AskedAt": "2026-01-05T09:07:50.000Z",
        "AskedBy": "arn:aws:iam::123456789012:user/on-call",
        "Reason": "trained on the wrong data",
    }
    assert to_json(ENDED)["Verdict"] == "SUCCEEDED"
