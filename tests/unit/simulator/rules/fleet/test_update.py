"""Updates that go through, as literal timetables in seconds since UpdateEndpoint."""

from bluegreen_simulator.rules.fleet.update import Phase
from fleet_engine import at, fleet, policy, rows, update


def test_canary() -> None:
    canary = update()
    assert rows([canary.state]) == [(0, "CREATING", 0)]
    assert canary.next_at == at(300)
    assert rows(canary.advance(at(9999))) == [
        (300, "SHIFTING", 0),
        (320, "BAKING", 1),
        (620, "SHIFTING", 1),
        (640, "BAKING", 2),
        (760, "DELETING_BLUE", 2),
        (790, "COMPLETED", 2),
    ]
    assert canary.next_at is None
    assert canary.state.until is None


def test_linear() -> None:
    linear = update(policy("LINEAR", percent=33, wait=180, termination=60), fleet(instances=3))
    assert rows(linear.advance(at(9999))) == [
        (300, "SHIFTING", 0),
        (320, "BAKING", 1),
        (500, "SHIFTING", 1),
        (520, "BAKING", 2),
        (700, "SHIFTING", 2),
        (720, "BAKING", 3),
        (780, "DELETING_BLUE", 3),
        (810, "COMPLETED", 3),
    ]


def test_all_at_once() -> None:
    green = fleet(provisioning_seconds="100")
    assert rows(update(policy("ALL_AT_ONCE", termination=300), green).advance(at(9999))) == [
        (100, "SHIFTING", 0),
        (120, "BAKING", 1),
        (420, "DELETING_BLUE", 1),
        (450, "COMPLETED", 1),
    ]


def test_instance_count() -> None:
    linear = update(policy("LINEAR", count=2, wait=60, termination=0), fleet(instances=4))
    assert linear.order.steps == ((2,), (4,))
    assert rows(linear.advance(at(9999))) == [
        (300, "SHIFTING", 0),
        (320, "BAKING", 1),
        (380, "SHIFTING", 1),
        (400, "DELETING_BLUE", 2),
        (430, "COMPLETED", 2),
    ]


def test_bakes_of_no_length_do_not_appear() -> None:
    canary = update(policy(wait=0, termination=0))
    assert rows(canary.advance(at(9999))) == [
        (300, "SHIFTING", 0),
        (320, "SHIFTING", 1),
        (340, "DELETING_BLUE", 2),
        (370, "COMPLETED", 2),
    ]


def test_fleet_that_needs_no_provisioning_shifts_at_once() -> None:
    quick = update(green=fleet(provisioning_seconds="0"))
    assert quick.next_at == at(0)
    assert rows(quick.advance(at(0))) == [(0, "SHIFTING", 0)]


def test_advance_stops_where_it_is_told() -> None:
    canary = update()
    assert canary.advance(at(299)) == []
    assert rows(canary.advance(at(320))) == [(300, "SHIFTING", 0), (320, "BAKING", 1)]
    assert canary.advance(at(320)) == []
    assert canary.state.until == at(620)
    assert canary.next_at == at(620)


def test_without_a_maximum_an_update_never_times_out() -> None:
    slow = update(policy(wait=3600, termination=3600, maximum=None))
    assert slow.advance(at(99999))[-1].phase is Phase.COMPLETED


def test_slowest_variant_sets_the_provisioning_time() -> None:
    quick, slow = fleet(provisioning_seconds="60"), fleet(provisioning_seconds="200")
    both = quick.variants + slow.variants
    green = type(quick)("green", both)
    assert update(green=green, blue=green).state.until == at(200)
