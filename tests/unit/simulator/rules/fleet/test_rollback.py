"""Updates that roll back: on alarms, on failed provisioning, on the maximum execution time."""

from typing import Any

from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead
from bluegreen_simulator.rules.fleet.update import Phase, Update
from fleet_engine import at, fleet, policy, rows, update


def test_alarm_in_the_first_bake() -> None:
    canary = update()
    entered = canary.alarm_changed("errors", at(400), in_alarm=True)
    assert rows(entered) == [
        (300, "SHIFTING", 0),
        (320, "BAKING", 1),
        (400, "RETURNING_TRAFFIC", 1),
    ]
    assert rows(canary.advance(at(9999))) == [(410, "DELETING_GREEN", 0), (440, "ROLLED_BACK", 0)]
    assert canary.state.cause == "the alarm errors went into ALARM"
    assert canary.state.failure_reason == ""


def test_alarm_in_the_last_bake() -> None:
    canary = update()
    canary.advance(at(700))
    assert rows(canary.alarm_changed("latency", at(759), in_alarm=True)) == [
        (759, "RETURNING_TRAFFIC", 2)
    ]
    assert rows(canary.advance(at(9999))) == [(769, "DELETING_GREEN", 0), (799, "ROLLED_BACK", 0)]


def test_alarm_while_the_second_step_shifts() -> None:
    canary = update()
    canary.advance(at(625))
    assert rows(canary.alarm_changed("errors", at(630), in_alarm=True)) == [
        (630, "RETURNING_TRAFFIC", 1)
    ]


def test_alarm_while_the_first_step_shifts_has_no_traffic_to_return() -> None:
    canary = update()
    canary.advance(at(300))
    assert rows(canary.alarm_changed("errors", at(310), in_alarm=True)) == [
        (310, "DELETING_GREEN", 0)
    ]
    assert rows(canary.advance(at(9999))) == [(340, "ROLLED_BACK", 0)]


def test_alarm_at_the_very_end_of_the_last_bake_comes_too_late() -> None:
    canary = update()
    canary.advance(at(700))
    assert rows(canary.alarm_changed("errors", at(760), in_alarm=True)) == [
        (760, "DELETING_BLUE", 2)
    ]
    assert rows(canary.advance(at(9999))) == [(790, "COMPLETED", 2)]


def test_alarm_while_blue_is_deleted_changes_nothing() -> None:
    canary = update()
    canary.advance(at(760))
    assert canary.alarm_changed("errors", at(770), in_alarm=True) == []


def test_alarm_of_somebody_else_changes_nothing() -> None:
    canary = update(in_alarm=["stranger"])
    canary.advance(at(320))
    assert canary.state.phase is Phase.BAKING
    assert canary.alarm_changed("stranger", at(400), in_alarm=True) == []


def test_alarm_that_is_in_alarm_before_rolls_back_when_traffic_is_due() -> None:
    canary = update(in_alarm=["errors"])
    assert rows(canary.advance(at(9999))) == [(300, "DELETING_GREEN", 0), (330, "ROLLED_BACK", 0)]
    assert canary.state.cause == "the alarm errors was in ALARM"


def by_edge(**members: Any) -> Update:
    return update(alarms_read=AlarmsRead.EDGE, **members)


def test_read_by_edge_an_alarm_that_is_in_alarm_before_changes_nothing() -> None:
    canary = by_edge(in_alarm=["errors"])
    assert canary.alarm_changed("latency", at(100), in_alarm=True) == []
    assert rows(canary.advance(at(9999)))[-1] == (790, "COMPLETED", 2)


def test_read_by_edge_it_rolls_back_when_it_goes_into_alarm_anew_while_it_is_watched() -> None:
    canary = by_edge(in_alarm=["errors", "latency"])
    canary.advance(at(320))
    assert canary.alarm_changed("errors", at(350), in_alarm=False) == []
    assert canary.state.phase is Phase.BAKING
    entered = canary.alarm_changed("errors", at(400), in_alarm=True)
    assert rows(entered) == [(400, "RETURNING_TRAFFIC", 1)]
    assert canary.state.cause == "the alarm errors went into ALARM"


def test_read_by_edge_a_change_during_provisioning_is_lost() -> None:
    canary = by_edge()
    assert canary.alarm_changed("errors", at(299), in_alarm=True) == []
    assert rows(canary.advance(at(9999)))[-1] == (790, "COMPLETED", 2)


def test_alarm_during_provisioning_that_recovers_in_time_is_forgotten() -> None:
    canary = update()
    assert canary.alarm_changed("errors", at(100), in_alarm=True) == []
    assert canary.alarm_changed("errors", at(200), in_alarm=False) == []
    assert rows(canary.advance(at(300))) == [(300, "SHIFTING", 0)]


def test_alarm_that_trips_during_provisioning_and_stays_rolls_back() -> None:
    canary = update()
    assert canary.alarm_changed("errors", at(100), in_alarm=True) == []
    assert rows(canary.advance(at(300))) == [(300, "DELETING_GREEN", 0)]


def test_insufficient_capacity_shows_when_provisioning_ends() -> None:
    error = "InsufficientInstanceCapacity"
    failing = update(green=fleet(provisioning_seconds="240", provisioning_error=error))
    assert rows(failing.advance(at(9999))) == [(240, "DELETING_GREEN", 0), (270, "ROLLED_BACK", 0)]
    assert failing.state.cause == "the green fleet did not come up"
    assert failing.state.failure_reason == (
        "Unable to provision requested ML compute capacity due to"
        " InsufficientInstanceCapacity error."
        " Please retry using a different ML instance type or after some time."
    )


def test_failed_health_check_is_declared_after_25_minutes() -> None:
    error = "PingHealthCheckFailed"
    failing = update(green=fleet(provisioning_seconds="240", provisioning_error=error))
    assert rows(failing.advance(at(9999))) == [
        (1500, "DELETING_GREEN", 0),
        (1530, "ROLLED_BACK", 0),
    ]
    assert failing.state.failure_reason == (
        "The primary container for production variant main did not pass the ping health check."
        " Please check CloudWatch logs for this endpoint."
    )


def test_maximum_execution_time_over_while_provisioning() -> None:
    slow = update(policy(maximum=600), fleet(provisioning_seconds="601"))
    assert slow.next_at == at(600)
    assert rows(slow.advance(at(9999))) == [(600, "DELETING_GREEN", 0), (630, "ROLLED_BACK", 0)]
    assert slow.state.cause == "the maximum execution time of 600 seconds was over"
    assert slow.state.failure_reason == ""


def test_maximum_execution_time_over_in_a_bake() -> None:
    long = update(policy(wait=900, maximum=600))
    assert rows(long.advance(at(9999))) == [
        (300, "SHIFTING", 0),
        (320, "BAKING", 1),
        (600, "RETURNING_TRAFFIC", 1),
        (610, "DELETING_GREEN", 0),
        (640, "ROLLED_BACK", 0),
    ]


def test_phase_that_would_begin_at_the_maximum_does_not_appear() -> None:
    exact = update(policy(wait=280, maximum=600))
    assert rows(exact.advance(at(600))) == [
        (300, "SHIFTING", 0),
        (320, "BAKING", 1),
        (600, "RETURNING_TRAFFIC", 1),
    ]


def test_termination_wait_that_ends_with_the_maximum_is_in_time() -> None:
    exact = update(policy("ALL_AT_ONCE", termination=280, maximum=600))
    assert rows(exact.advance(at(9999)))[-2:] == [(600, "DELETING_BLUE", 1), (630, "COMPLETED", 1)]
