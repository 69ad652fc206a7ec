"""What `bluegreen` reads out of DescribeEndpoint while the engine's rolling updates run."""

from collections.abc import Iterator

from bluegreen.aws.sagemaker.describe import observation_of
from bluegreen.sagemaker.observation import Observation, StageSeen, stage_of
from bluegreen.sagemaker.traffic_steps import steps_of
from bluegreen_simulator.rules.fleet.description import describe
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from bluegreen_simulator.rules.fleet.update import Update
from fleet_engine import START, at, fleet, rolling, update


def watched(running: Update, alarm: float | None = None) -> Iterator[tuple[float, Observation]]:
    """What DescribeEndpoint shows at each change; an alarm trips after so many seconds."""
    made = Endpoint("churn-api", "arn", running.order.blue, at(-60), at(-60))
    made.begin(running.order, {})
    yield 0, observation_of(describe(made))
    while (due := made.next_at) and (alarm is None or due < at(alarm)):
        made.step(due)
        yield (due - START).total_seconds(), observation_of(describe(made))
    if alarm is not None:
        made.alarm_changed("errors", at(alarm), in_alarm=True)
        yield alarm, observation_of(describe(made))
    while due := made.next_at:
        made.step(due)
        yield (due - START).total_seconds(), observation_of(describe(made))


def stages(running: Update, alarm: float | None = None) -> list[tuple[float, str, int, float]]:
    """(seconds, stage, green's share in percent, its start in seconds)."""
    steps = steps_of(running.order.policy, running.order.green.sizes[0])
    told, seen, last = [], list[StageSeen](), list[StageSeen]()
    for seconds, observation in watched(running, alarm):
        stage = stage_of(observation, steps, seen, at(seconds))
        if stage and [stage] != last:
            seen, last = [*seen, stage], [stage]
            began = (stage.started_at - START).total_seconds()
            told.append((seconds, str(stage.stage), stage.traffic_percent, began))
    return told


def test_stages_of_a_rolling_update() -> None:
    assert stages(update(rolling(1), fleet(instances=3, provisioning_seconds="100"))) == [
        (0, "PROVISIONING", 0, 0),
        (100, "SHIFTING", 33, 100),
        (120, "BAKING", 33, 120),
        (180, "TERMINATING", 33, 180),
        (210, "PROVISIONING", 33, 210),
        (310, "SHIFTING", 67, 310),
        (330, "BAKING", 67, 330),
        (390, "TERMINATING", 67, 390),
        (420, "PROVISIONING", 67, 420),
        (520, "SHIFTING", 100, 520),
        (540, "BAKING", 100, 540),
        (600, "TERMINATING", 100, 600),
    ]


def test_stages_of_a_rolling_update_that_is_rolled_back() -> None:
    assert stages(update(rolling()), 740)[6:] == [
        (730, "BAKING", 100, 730),
        (740, "ROLLING_BACK", 0, 740),
    ]


def test_counts_and_statuses_in_a_rollback_that_creates_blue_anew() -> None:
    told = [
        (
            seconds,
            [(v.current_instances, *(s.status for s in v.statuses)) for v in seen.variants],
            [(v.current_instances, *(s.status for s in v.statuses)) for v in seen.pending.variants]
            if seen.pending
            else None,
        )
        for seconds, seen in watched(update(rolling(back=1), trouble=Trouble()), 500)
    ]
    assert told[3:] == [
        (380, [(4, "Deleting")], [(2,)]),
        (410, [(2,)], [(2, "Creating")]),
        (500, [(2, "Creating")], [(2,)]),
        (800, [(3, "ActivatingTraffic")], [(2,)]),
        (810, [(3,)], [(1, "Deleting")]),
        (840, [(3, "Creating")], [(1,)]),
        (1140, [(4, "ActivatingTraffic")], [(1,)]),
        (1150, [(4,)], [(0, "Deleting")]),
        (1180, [(4,)], None),
    ]


def test_failed_rollback_is_settled() -> None:
    *_, (seconds, end) = watched(update(rolling(), trouble=Trouble(rollback_fails=True)), 500)
    assert (seconds, end.status, end.settled) == (800, "UpdateRollbackFailed", True)
    assert (end.live_config, end.pending) == ("blue", None)
