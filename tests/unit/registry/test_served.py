"""Which packages an endpoint config holds, and what a deployment changed of that, by records."""

from typing import Any, cast

import pytest

from bluegreen.contract.record import DeploymentRecord
from bluegreen.registry.served import MOST_CLONES, Change, change_by, packages_in
from builders import PACKAGE

ONE, TWO, THREE = (PACKAGE.replace("/7", f"/{number}") for number in (1, 2, 3))
"""Versions of one group."""


def made(config: str, before: str, package: str, variant: str = "") -> DeploymentRecord:
    """The record of a deployment that made a config from a package."""
    request = {"ModelPackageArn": package} | ({"VariantName": variant} if variant else {})
    members = {"RequestedEndpointConfigName": config, "PreviousEndpointConfigName": before}
    return cast("DeploymentRecord", {**members, "Request": request})


def went_to(config: str, before: str) -> DeploymentRecord:
    """The record of a deployment to a config that was there."""
    members = {"RequestedEndpointConfigName": config, "PreviousEndpointConfigName": before}
    return cast("DeploymentRecord", {**members, "Request": {"EndpointConfigName": config}})


def maker(*records: DeploymentRecord) -> Any:
    """Who made which config."""
    of = {record["RequestedEndpointConfigName"]: record for record in records}
    return of.get


FIRST = made("one", "by-hand", ONE)
SECOND = made("two", "one", TWO)


def test_a_config_of_others_and_one_that_nobody_knows_hold_nothing_that_is_known() -> None:
    assert packages_in("by-hand", maker(FIRST)) == frozenset()
    assert packages_in("", maker(FIRST)) == frozenset()


def test_the_package_that_was_replaced() -> None:
    change = change_by(SECOND, maker(FIRST, SECOND))
    assert change == Change(frozenset({TWO}), frozenset({ONE}))


def test_in_place_of_a_config_of_others_nothing_is_known_to_be_replaced() -> None:
    change = change_by(FIRST, maker(FIRST))
    assert change == Change(frozenset({ONE}), frozenset())


def test_a_record_that_is_forgotten_makes_its_package_unknown() -> None:
    change = change_by(SECOND, maker(SECOND))
    assert change.gone == frozenset()


def test_the_same_package_again_is_replaced_by_nothing() -> None:
    again = made("again", "one", ONE)
    change = change_by(again, maker(FIRST, again))
    assert change.served == change.gone == frozenset()


def test_a_config_of_others_takes_the_place_of_a_package() -> None:
    change = change_by(went_to("by-hand", "two"), maker(FIRST, SECOND))
    assert change == Change(frozenset(), frozenset({TWO}))


def test_going_back_to_the_config_of_a_package_serves_it_again() -> None:
    change = change_by(went_to("one", "two"), maker(FIRST, SECOND))
    assert change == Change(frozenset({ONE}), frozenset({TWO}))


# ---- Several variants ------------------------------------------------------------------------

MAIN = made("one", "by-hand", ONE, "main")
OTHER = made("two", "one", TWO, "other")


def test_the_package_of_another_variant_is_still_served() -> None:
    assert packages_in("two", maker(MAIN, OTHER)) == {ONE, TWO}
    assert change_by(OTHER, maker(MAIN, OTHER)).gone == frozenset()


def test_of_one_variant_the_last_package_counts() -> None:
    third = made("three", "two", THREE, "main")
    change = change_by(third, maker(MAIN, OTHER, third))
    assert change == Change(frozenset({THREE}), frozenset({ONE}))
    assert packages_in("three", maker(MAIN, OTHER, third)) == {TWO, THREE}


def test_a_package_that_one_variant_loses_may_be_served_by_another() -> None:
    both = made("two", "one", ONE, "other")
    third = made("three", "two", THREE, "main")
    change = change_by(third, maker(MAIN, both, third))
    assert change.gone == frozenset()


@pytest.mark.parametrize(("first", "then"), [("", "main"), ("main", "")])
def test_a_variant_that_is_named_only_sometimes_is_the_only_one(first: str, then: str) -> None:
    one, two = made("one", "by-hand", ONE, first), made("two", "one", TWO, then)
    assert packages_in("two", maker(one, two)) == {TWO}
    assert change_by(two, maker(one, two)).gone == {ONE}


def test_it_comes_to_an_end() -> None:
    asked = []

    def made_by(config: str) -> DeploymentRecord:
        asked.append(config)
        return made(config, config, ONE, "main")

    assert packages_in("round", made_by) == {ONE}
    assert len(asked) == MOST_CLONES
