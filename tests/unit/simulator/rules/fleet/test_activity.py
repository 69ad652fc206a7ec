"""An endpoint's creation, rescaling, maintenance and deletion, as literal timetables."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.description import describe
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from bluegreen_simulator.rules.fleet.serving import fleets_of, instances, traffic_percent
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest
from fleet_engine import START, at, fleet, rolling, update


def endpoint(live: FleetConfig | None = None) -> Endpoint:
    return Endpoint("churn-api", "arn", live or fleet("blue"), at(-60), at(-60))


def two() -> FleetConfig:
    small = ProductionVariant("small", 4, 3)
    return FleetConfig("blue", (small, ProductionVariant("large", 2, 1)))


def life(made: Endpoint, until: float = 9999) -> list[tuple[float, str]]:
    """(seconds, status) now and after each change."""
    told = [(0.0, str(made.status))]
    while made.step(at(until)):
        told.append(((made.last_modified_at - START) / timedelta(seconds=1), str(made.status)))
        if made.gone:
            break
    return told


def test_creation_takes_its_provisioning_time() -> None:
    made = endpoint(fleet("blue", provisioning_seconds="240"))
    made.create(at(0))
    assert (instances(made), fleets_of(made)) == ((0, 0), [])
    assert life(made) == [(0, "Creating"), (240, "InService")]
    assert (instances(made), len(fleets_of(made))) == ((4, 0), 1)


@pytest.mark.parametrize(
    ("error", "seconds", "words"),
    [
        ("InsufficientInstanceCapacity", 300, "Unable to provision requested ML compute capacity"),
        ("PingHealthCheckFailed", 1500, "did not pass the ping health check"),
    ],
)
def test_creation_that_fails_ends_in_failed_with_its_reason(
    error: str, seconds: int, words: str
) -> None:
    made = endpoint(fleet("blue", provisioning_error=error))
    made.create(at(0))
    assert life(made) == [(0, "Creating"), (seconds, "Failed")]
    assert words in made.failure_reason
    assert (made.in_progress, made.next_at, fleets_of(made)) == (False, None, [])
    made.delete(at(2000))
    assert life(made)[1:] == [(2030, "Deleting")]


def test_creation_on_demand_without_capacity_and_without_end() -> None:
    without, endless = endpoint(), endpoint()
    without.create(at(0), Trouble(no_capacity_at=1))
    assert life(without)[-1] == (300, "Failed")
    endless.create(at(0), Trouble(stuck_at=1))
    assert (endless.next_at, endless.in_progress) == (None, True)
    assert life(endless) == [(0, "Creating")]


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({"large": {"DesiredInstanceCount": 6}}, 300),
        ({"small": {"DesiredInstanceCount": 1}}, 30),
        ({"small": {"DesiredWeight": 2.0}}, 20),
        ({"small": {"DesiredWeight": 2.0}, "large": {"DesiredInstanceCount": 1}}, 30),
    ],
)
def test_rescaling_takes_as_long_as_its_slowest_part(change: Any, seconds: int) -> None:
    made = endpoint(two())
    made.rescale(change, at(0))
    assert life(made) == [(0, "Updating"), (seconds, "InService")]


def test_only_what_grows_is_waited_for() -> None:
    quick, slow = fleet(provisioning_seconds="60"), fleet(provisioning_seconds="900")
    variants = (*two().variants[:1], replace(slow.variants[0], name="slow"))
    live = replace(quick, variants=(replace(quick.variants[0], name="quick"), *variants))
    made = endpoint(live)
    made.rescale({"quick": {"DesiredInstanceCount": 5}, "slow": {"DesiredInstanceCount": 3}}, at(0))
    assert life(made) == [(0, "Updating"), (60, "InService")]


def test_rescaling_changes_what_is_named_only_and_at_its_end() -> None:
    made = endpoint(two())
    made.rescale({"large": {"DesiredInstanceCount": 6}, "small": {"DesiredWeight": 2.0}}, at(0))
    assert (made.live.sizes, [f.share for f in fleets_of(made)]) == ((4, 2), [0.75, 0.25])
    life(made)
    assert (made.live.sizes, [v.weight for v in made.live.variants]) == ((4, 6), [2.0, 1])


def test_rescaling_that_fails_is_undone() -> None:
    made = endpoint(two())
    made.rescale({"large": {"DesiredInstanceCount": 6}}, at(0), Trouble(no_capacity_at=1))
    assert life(made) == [(0, "Updating"), (300, "RollingBack"), (330, "InService")]
    assert made.live.sizes == (4, 2)
    assert "InsufficientInstanceCapacity" in made.failure_reason
    made.rescale({"large": {"DesiredInstanceCount": 6}}, at(400))
    assert (life(made)[-1], made.failure_reason) == ((700, "InService"), "")


def test_maintenance() -> None:
    made = endpoint()
    made.maintain(at(0), 600)
    assert len(fleets_of(made)) == 1
    assert life(made) == [(0, "SystemUpdating"), (600, "InService")]


def test_deletion() -> None:
    made = endpoint()
    made.delete(at(0))
    assert (fleets_of(made), instances(made)) == ([], (0, 0))
    assert life(made) == [(0, "Deleting"), (30, "Deleting")]
    assert (made.gone, made.next_at) == (True, None)


def stranded() -> Endpoint:
    """An endpoint whose rolling update and then its rollback failed, half way."""
    made = endpoint()
    made.begin(update(rolling(), trouble=Trouble(rollback_fails=True)).order, {})
    while made.step(at(400)):
        pass
    made.alarm_changed("errors", at(400), in_alarm=True)
    while made.step(at(9999)):
        pass
    return made


def shares(made: Endpoint) -> list[tuple[str, float]]:
    return [(f.config, f.share) for f in fleets_of(made)]


def test_failed_rollback_serves_a_mixture() -> None:
    made = stranded()
    assert (made.status, made.in_progress) == ("UpdateRollbackFailed", False)
    assert (made.live.name, made.last_modified_at) == ("blue", at(700))
    assert shares(made) == [("blue", 0.5), ("green", 0.5)]
    assert (instances(made), traffic_percent(made)) == ((2, 2), 50)
    assert "InsufficientInstanceCapacity" in describe(made)["FailureReason"]
    assert "PendingDeploymentSummary" not in describe(made)


def test_mixture_is_repaired_by_another_update() -> None:
    made = stranded()
    made.begin(UpdateRequest(made.live, fleet("blue"), update().order.policy, at(1000)), {})
    while made.step(at(1350)):
        pass
    assert made.status == "Updating"
    assert shares(made) == [("blue", 0.375), ("green", 0.375), ("blue", 0.25)]
    while made.step(at(9999)):
        pass
    assert (made.status, shares(made)) == ("InService", [("blue", 1.0)])


def test_repair_that_is_rolled_back_leaves_the_mixture() -> None:
    made = stranded()
    made.begin(UpdateRequest(made.live, fleet("repair"), update().order.policy, at(1000)), {})
    while made.step(at(1350)):
        pass
    made.alarm_changed("errors", at(1350), in_alarm=True)
    while made.step(at(9999)):
        pass
    assert made.status == "UpdateRollbackFailed"
    assert shares(made) == [("blue", 0.5), ("green", 0.5)]
