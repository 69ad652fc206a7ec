"""Rolling updates as literal timetables: seconds, phase, blue, green, green's with traffic."""

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from fleet_engine import at, counts, fleet, rolling, update

BATCHES_OF_TWO = [
    (0, "CREATING", 4, 0, 0),
    (300, "SHIFTING", 4, 2, 0),
    (320, "BAKING", 4, 2, 2),
    (380, "DELETING_BLUE", 2, 2, 2),
    (410, "CREATING", 2, 2, 2),
    (710, "SHIFTING", 2, 4, 2),
    (730, "BAKING", 2, 4, 4),
    (790, "DELETING_BLUE", 0, 4, 4),
    (820, "COMPLETED", 0, 4, 4),
]


def test_two_batches_each_baked_and_each_followed_by_as_many_deletions() -> None:
    roll = update(rolling())
    assert counts([roll.state, *roll.advance(at(9999))]) == BATCHES_OF_TWO
    assert roll.next_at is None


def test_last_batch_may_be_smaller() -> None:
    roll = update(rolling(2, wait=0), fleet(instances=5, provisioning_seconds="100"))
    assert counts([roll.state, *roll.advance(at(9999))]) == [
        (0, "CREATING", 5, 0, 0),
        (100, "SHIFTING", 5, 2, 0),
        (120, "DELETING_BLUE", 3, 2, 2),
        (150, "CREATING", 3, 2, 2),
        (250, "SHIFTING", 3, 4, 2),
        (270, "DELETING_BLUE", 1, 4, 4),
        (300, "CREATING", 1, 4, 4),
        (400, "SHIFTING", 1, 5, 4),
        (420, "DELETING_BLUE", 0, 5, 5),
        (450, "COMPLETED", 0, 5, 5),
    ]


def test_percent_of_the_fleet() -> None:
    how = Policy("ROLLING", 60, 0, CapacitySize("CAPACITY_PERCENT", 33))
    assert update(how, fleet(instances=3)).order.steps == ((1,), (2,), (3,))


def test_fleet_that_grows_loses_blue_in_proportion() -> None:
    roll = update(rolling(2, wait=0), fleet(instances=4), blue=fleet("blue", 2))
    assert counts(roll.advance(at(9999)))[1:3] == [
        (320, "DELETING_BLUE", 1, 2, 2),
        (350, "CREATING", 1, 2, 2),
    ]


def test_alarm_before_any_blue_instance_is_deleted_returns_at_once() -> None:
    roll = update(rolling())
    entered = roll.alarm_changed("errors", at(350), in_alarm=True)
    assert counts([entered[-1], *roll.advance(at(9999))]) == [
        (350, "RETURNING_TRAFFIC", 4, 2, 2),
        (360, "DELETING_GREEN", 4, 0, 0),
        (390, "ROLLED_BACK", 4, 0, 0),
    ]
    assert roll.state.cause == "the alarm errors went into ALARM"


def test_blue_instances_that_are_gone_are_created_anew_first() -> None:
    roll = update(rolling())
    entered = roll.alarm_changed("errors", at(750), in_alarm=True)
    assert counts([entered[-1], *roll.advance(at(9999))]) == [
        (750, "RECREATING_BLUE", 2, 4, 4),
        (1050, "RETURNING_TRAFFIC", 4, 4, 4),
        (1060, "DELETING_GREEN", 4, 0, 0),
        (1090, "ROLLED_BACK", 4, 0, 0),
    ]


def test_rollback_in_batches() -> None:
    roll = update(rolling(2, back=1), fleet(instances=4))
    roll.advance(at(740))
    roll.alarm_changed("errors", at(740), in_alarm=True)
    assert counts([roll.state, *roll.advance(at(9999))]) == [
        (740, "RETURNING_TRAFFIC", 2, 4, 4),  # one of blue's two is idle
        (750, "DELETING_GREEN", 2, 3, 3),
        (780, "RETURNING_TRAFFIC", 2, 3, 3),
        (790, "DELETING_GREEN", 2, 2, 2),
        (820, "RECREATING_BLUE", 2, 2, 2),
        (1120, "RETURNING_TRAFFIC", 3, 2, 2),
        (1130, "DELETING_GREEN", 3, 1, 1),
        (1160, "RECREATING_BLUE", 3, 1, 1),
        (1460, "RETURNING_TRAFFIC", 4, 1, 1),
        (1470, "DELETING_GREEN", 4, 0, 0),
        (1500, "ROLLED_BACK", 4, 0, 0),
    ]


def test_alarm_while_blue_is_deleted_or_the_next_batch_is_created_rolls_back() -> None:
    deleting = update(rolling())
    entered = deleting.alarm_changed("errors", at(390), in_alarm=True)
    assert counts(entered)[-1] == (390, "RECREATING_BLUE", 2, 2, 2)
    creating = update(rolling())
    creating.alarm_changed("errors", at(500), in_alarm=True)
    assert counts([creating.state, *creating.advance(at(9999))]) == [
        (500, "RECREATING_BLUE", 2, 4, 2),  # what was being created counts: it must be deleted
        (800, "RETURNING_TRAFFIC", 4, 4, 2),
        (810, "DELETING_GREEN", 4, 0, 0),
        (840, "ROLLED_BACK", 4, 0, 0),
    ]


def test_alarm_is_not_watched_before_the_first_shift_nor_after_the_last_bake() -> None:
    early, late = update(rolling()), update(rolling())
    assert early.alarm_changed("errors", at(200), in_alarm=True) == []
    assert early.alarm_changed("errors", at(250), in_alarm=False) == []
    assert counts(early.advance(at(300))) == [(300, "SHIFTING", 4, 2, 0)]
    late.advance(at(790))
    assert late.alarm_changed("errors", at(800), in_alarm=True) == []
    assert counts(late.advance(at(9999))) == BATCHES_OF_TWO[-1:]


def test_alarm_that_is_in_alarm_already_rolls_back_when_traffic_is_due() -> None:
    roll = update(rolling(), in_alarm=["errors"])
    assert counts(roll.advance(at(9999))) == [
        (300, "DELETING_GREEN", 4, 0, 0),
        (330, "ROLLED_BACK", 4, 0, 0),
    ]


def test_maximum_execution_time_counts_until_the_end_of_the_last_bake() -> None:
    roll = update(rolling(maximum=600))
    assert counts(roll.advance(at(9999)))[4:] == [
        (600, "RECREATING_BLUE", 2, 4, 2),
        (900, "RETURNING_TRAFFIC", 4, 4, 2),
        (910, "DELETING_GREEN", 4, 0, 0),
        (940, "ROLLED_BACK", 4, 0, 0),
    ]
    just = update(rolling(maximum=790))
    assert counts(just.advance(at(9999))) == BATCHES_OF_TWO[1:]


def test_maximum_that_is_over_before_a_batch_leaves_nothing_of_it_to_delete() -> None:
    roll = update(rolling(maximum=410))
    assert counts(roll.advance(at(410)))[-1] == (410, "RECREATING_BLUE", 2, 2, 2)


def test_batch_without_capacity_rolls_back_with_its_reason() -> None:
    roll = update(rolling(), trouble=Trouble(no_capacity_at=2))
    assert counts(roll.advance(at(9999)))[4:] == [
        (710, "RECREATING_BLUE", 2, 4, 2),
        (1010, "RETURNING_TRAFFIC", 4, 4, 2),
        (1020, "DELETING_GREEN", 4, 0, 0),
        (1050, "ROLLED_BACK", 4, 0, 0),
    ]
    assert roll.state.cause == "the green fleet did not come up"
    assert "InsufficientInstanceCapacity" in roll.state.failure_reason


def test_batch_that_never_comes_up_waits_for_the_maximum() -> None:
    roll = update(rolling(maximum=3000), trouble=Trouble(stuck_at=2))
    assert counts(roll.advance(at(2999)))[-1] == (410, "CREATING", 2, 2, 2)
    assert counts(roll.advance(at(9999)))[0] == (3000, "RECREATING_BLUE", 2, 4, 2)
    endless = update(rolling(maximum=None), trouble=Trouble(stuck_at=1))
    assert endless.next_at is None
    assert counts(endless.advance(at(99999))) == []


def test_rollback_without_capacity_fails_and_leaves_a_mixture() -> None:
    roll = update(rolling(), trouble=Trouble(rollback_fails=True))
    roll.alarm_changed("errors", at(400), in_alarm=True)
    assert counts([roll.state, *roll.advance(at(9999))]) == [
        (400, "RECREATING_BLUE", 2, 2, 2),
        (700, "ROLLBACK_FAILED", 2, 2, 2),
    ]
    assert roll.state.cause == "the alarm errors went into ALARM"
    assert "InsufficientInstanceCapacity" in roll.state.failure_reason
    assert roll.next_at is None


def test_rollback_that_needs_no_instances_cannot_fail() -> None:
    roll = update(rolling(), trouble=Trouble(rollback_fails=True))
    roll.alarm_changed("errors", at(350), in_alarm=True)
    assert counts(roll.advance(at(9999)))[-1] == (390, "ROLLED_BACK", 4, 0, 0)


def test_blue_that_no_longer_comes_up_fails_the_rollback_with_its_own_reason() -> None:
    blue = fleet("blue", provisioning_error="PingHealthCheckFailed")
    roll = update(rolling(), blue=blue)
    roll.alarm_changed("errors", at(400), in_alarm=True)
    assert counts(roll.advance(at(9999))) == [(1900, "ROLLBACK_FAILED", 2, 2, 2)]
    assert "did not pass the ping health check" in roll.state.failure_reason


def test_blue_green_with_several_variants_goes_by_the_size_of_each() -> None:
    sizes = {"blue": (10, 3), "green": (10, 3)}
    blue, green = (
        FleetConfig(name, (ProductionVariant("a", a), ProductionVariant("b", b)))
        for name, (a, b) in sizes.items()
    )
    linear = Policy("LINEAR", 60, 30, CapacitySize("CAPACITY_PERCENT", 50), None, ())
    both = update(linear, green, blue=blue)
    told = [(str(s.phase), s.leg.blue, s.leg.green, s.leg.active) for s in both.advance(at(9999))]
    assert told == [
        ("SHIFTING", (10, 3), (10, 3), (0, 0)),
        ("BAKING", (10, 3), (10, 3), (5, 1)),
        ("SHIFTING", (10, 3), (10, 3), (5, 1)),
        ("BAKING", (10, 3), (10, 3), (10, 2)),
        ("SHIFTING", (10, 3), (10, 3), (10, 2)),
        ("BAKING", (10, 3), (10, 3), (10, 3)),
        ("DELETING_BLUE", (0, 0), (10, 3), (10, 3)),
        ("COMPLETED", (0, 0), (10, 3), (10, 3)),
    ]
