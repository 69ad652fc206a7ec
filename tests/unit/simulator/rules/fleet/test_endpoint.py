"""An endpoint through an update: status, config, counts, traffic, and what stays of it."""

from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.serving import Fleet, fleets_of, instances, traffic_percent
from bluegreen_simulator.rules.fleet.update import Update, UpdateRequest
from fleet_engine import at, fleet, policy, update


def endpoint(running: Update | None = None) -> Endpoint:
    running = running or update()
    order = running.order
    made = Endpoint("churn-api", "arn:endpoint/churn-api", order.blue, at(-60), at(-60))
    made.begin(order, {"BlueGreenUpdatePolicy": {}}, running.in_alarm)
    return made


def run(made: Endpoint, seconds: float) -> Endpoint:
    while made.advance(at(seconds)):
        pass
    return made


def test_status_and_live_config_through_an_update_that_goes_through() -> None:
    made = endpoint()
    seen = [(s, run(made, s).status, made.live.name) for s in (0, 310, 320, 759, 789, 790)]
    assert seen == [
        (0, "Updating", "blue"),
        (310, "Updating", "blue"),
        (320, "Updating", "blue"),
        (759, "Updating", "blue"),
        (789, "Updating", "blue"),
        (790, "InService", "green"),
    ]


def test_last_modified_changes_when_an_update_begins_and_when_it_settles() -> None:
    made = endpoint()
    assert made.last_modified_at == at(0)
    assert run(made, 780).last_modified_at == at(0)
    assert run(made, 9999).last_modified_at == at(790)
    assert made.created_at == at(-60)


def test_rollback_ends_in_service_on_blue() -> None:
    made = run(endpoint(), 400)
    made.alarm_changed("errors", at(400), in_alarm=True)
    assert made.status == "Updating"
    assert run(made, 439).status == "Updating"
    assert run(made, 440).status == "InService"
    assert (made.live.name, made.failure_reason, made.last_modified_at) == ("blue", "", at(440))
    assert made.deployment_config == {"BlueGreenUpdatePolicy": {}}


def test_failed_provisioning_leaves_a_reason_until_the_next_update() -> None:
    broken = fleet(provisioning_error="InsufficientInstanceCapacity")
    made = run(endpoint(update(green=broken)), 9999)
    assert made.status == "InService"
    assert made.failure_reason.startswith("Unable to provision requested ML compute capacity")
    made.begin(UpdateRequest(made.live, fleet(), policy(), at(10000)), {})
    assert made.failure_reason == ""


def test_instances_of_blue_are_there_until_the_termination_wait_is_over() -> None:
    made = endpoint()
    seen = [(s, *instances(run(made, s))) for s in (0, 299, 300, 759, 760, 790)]
    assert seen == [
        (0, 4, 0),
        (299, 4, 0),
        (300, 4, 4),
        (759, 4, 4),
        (760, 0, 4),
        (790, 0, 4),
    ]


def test_instances_of_green_go_in_a_rollback() -> None:
    made = run(endpoint(), 400)
    made.alarm_changed("errors", at(400), in_alarm=True)
    assert [instances(run(made, s)) for s in (400, 410, 440)] == [(4, 4), (4, 0), (4, 0)]


def test_green_share_moves_when_a_shift_ends() -> None:
    made = endpoint()
    seen = [(s, traffic_percent(run(made, s))) for s in (0, 319, 320, 639, 640, 790)]
    assert seen == [(0, 0), (319, 0), (320, 25), (639, 25), (640, 100), (790, 100)]


def test_green_share_goes_when_traffic_has_returned() -> None:
    made = run(endpoint(), 400)
    made.alarm_changed("errors", at(400), in_alarm=True)
    assert [traffic_percent(run(made, s)) for s in (400, 409, 410, 440)] == [25, 25, 0, 0]


def test_fleets_share_the_traffic_by_instances() -> None:
    broken = fleet(error_rate="0.5", latency_ms="40")
    made = run(endpoint(update(green=broken)), 320)
    assert fleets_of(made) == [
        Fleet("blue", "main", 0.75, 0.0, 5.0),
        Fleet("green", "main", 0.25, 0.5, 40.0),
    ]
    assert fleets_of(run(made, 640)) == [Fleet("green", "main", 1.0, 0.5, 40.0)]
    assert fleets_of(run(made, 9999)) == [Fleet("green", "main", 1.0, 0.5, 40.0)]


def two_variants(
    name: str, instances_: tuple[int, int], weights: tuple[float, float]
) -> FleetConfig:
    small = ProductionVariant("small", instances_[0], weights[0])
    return FleetConfig(name, (small, ProductionVariant("large", instances_[1], weights[1])))


def test_variants_share_the_traffic_by_weight() -> None:
    blue, green = two_variants("blue", (4, 2), (3, 1)), two_variants("green", (4, 2), (1, 1))
    made = endpoint(update(green=green, blue=blue))
    assert [(f.variant, f.share) for f in fleets_of(made)] == [("small", 0.75), ("large", 0.25)]
    shares = [(f.config, f.variant, f.share) for f in fleets_of(run(made, 320))]
    assert shares == [
        ("blue", "small", 0.5625),
        ("blue", "large", 0.125),
        ("green", "small", 0.1875),
        ("green", "large", 0.125),
    ]
    assert traffic_percent(made) == 25
    assert [f.share for f in fleets_of(run(made, 640))] == [0.5, 0.5]


def test_counts_and_weights_are_retained_by_name() -> None:
    live = two_variants("blue", (7, 5), (3, 1))
    fresh = two_variants("green", (1, 2), (1, 1))
    assert fresh.retaining(live, {"DesiredInstanceCount"}).sizes == (7, 5)
    assert [v.weight for v in fresh.retaining(live, {"DesiredInstanceCount"}).variants] == [1, 1]
    assert [v.weight for v in fresh.retaining(live, {"DesiredWeight"}).variants] == [3, 1]
    assert fresh.retaining(live, {"DesiredWeight"}).sizes == (1, 2)
