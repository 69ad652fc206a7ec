"""How many instances an endpoint holds and an update needs beside them."""

from dataclasses import replace

from bluegreen_simulator.rules.fleet.config import FleetConfig
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.quota import held_by, needed_by
from fleet_engine import at, fleet, policy, rolling, update


def of_type(config: FleetConfig, type_: str) -> FleetConfig:
    variants = tuple(replace(variant, instance_type=type_) for variant in config.variants)
    return replace(config, variants=variants)


def test_blue_green_needs_a_second_fleet() -> None:
    assert needed_by(update(policy("ALL_AT_ONCE")).order) == {"ml.m5.large": 4}
    assert needed_by(update(blue=fleet("blue", 2)).order) == {"ml.m5.large": 4}


def test_rolling_needs_a_batch() -> None:
    assert needed_by(update(rolling(2), fleet(instances=5)).order) == {"ml.m5.large": 2}


def test_other_instance_type_is_needed_in_full() -> None:
    bigger = of_type(fleet(), "ml.g5.xlarge")
    assert needed_by(update(rolling(1), bigger).order) == {"ml.g5.xlarge": 4}


def test_serverless_variant_needs_no_instance() -> None:
    green = fleet()
    serverless = replace(green.variants[0], instances=1, serverless={"MaxConcurrency": 5})
    order = update(green=replace(green, variants=(serverless,)), blue=fleet("blue")).order
    assert needed_by(order) == {}


def test_endpoint_holds_what_it_has_and_what_is_to_be_made() -> None:
    made = Endpoint("churn-api", "arn", fleet("blue"), at(0), at(0))
    assert held_by(made) == {"ml.m5.large": 4}
    made.rescale({"main": {"DesiredInstanceCount": 7}}, at(0))
    assert held_by(made) == {"ml.m5.large": 7}
    made.step(at(300))
    made.begin(replace(update(rolling(2)).order, blue=made.live), {})
    assert held_by(made) == {"ml.m5.large": 9}


def test_failed_endpoint_holds_nothing() -> None:
    error = "InsufficientInstanceCapacity"
    made = Endpoint("a", "arn", fleet("blue", provisioning_error=error), at(0), at(0))
    made.create(at(0))
    assert held_by(made) == {"ml.m5.large": 4}
    made.step(at(300))
    assert held_by(made) == {}
