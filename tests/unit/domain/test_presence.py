from dataclasses import replace
from typing import Any

import pytest
from bluegreen.domain.preflight import check_account, green_fleet

from bluegreen.domain.observation import Observation, Variant
from bluegreen.domain.request import Request
from builders import BLUE, CANARY, GREEN, settled

REQUEST = Request("churn", GREEN, CANARY)


def ids(request: Request, observation: Observation, config: dict[str, int] | None) -> list[str]:
    return [finding.id for finding in check_account(request, observation, config)]


@pytest.mark.parametrize(
    ("observation", "config", "expected"),
    [
        (settled(BLUE), {"main": 4}, []),
        (Observation("Gone"), {"main": 4}, ["endpoint-missing"]),
        (settled(BLUE), None, ["endpoint-config-missing"]),
        (Observation("Gone"), None, ["endpoint-missing", "endpoint-config-missing"]),
        (settled(GREEN), {"main": 4}, ["same-config"]),
        (settled(BLUE), {"main": 2}, ["instance-count-retained"]),
        (settled(BLUE), {"other": 2}, []),
        (settled(""), {"main": 4}, ["no-live-config"]),
    ],
)
def test_findings(
    observation: Observation, config: dict[str, int] | None, expected: list[str]
) -> None:
    assert ids(REQUEST, observation, config) == expected


@pytest.mark.parametrize(("maximum", "expected"), [(1500, ["maximum-too-short"]), (1501, [])])
def test_the_maximum_has_to_be_longer_than_the_waits(maximum: int, expected: list[str]) -> None:
    request = replace(REQUEST, policy=replace(CANARY, maximum_seconds=maximum))
    assert ids(request, settled(BLUE), {"main": 4}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"main": 4, "new": 3}),
        ({"retain_all_variant_properties": False}, {"main": 2, "new": 3}),
        ({"exclude_retained": ("DesiredInstanceCount",)}, {"main": 2, "new": 3}),
        ({"exclude_retained": ("DesiredWeight",)}, {"main": 4, "new": 3}),
    ],
)
def test_the_green_fleet(changes: dict[str, Any], expected: dict[str, int]) -> None:
    request = replace(REQUEST, **changes)
    assert green_fleet(request, settled(BLUE), {"main": 2, "new": 3}) == expected


def test_what_is_missing_is_named() -> None:
    (finding,) = check_account(REQUEST, settled(BLUE), None)
    assert finding.severity == "ERROR"
    assert finding.message == (
        'EndpointConfigName is "churn-green"; there is no such endpoint config in this account'
        " and Region."
    )
    assert finding.fix == "Allowed: the name of an endpoint config that exists."


def test_a_count_that_sagemaker_does_not_give_is_that_of_the_config() -> None:
    unknown = replace(settled(BLUE), variants=(Variant("main"),))
    assert green_fleet(REQUEST, unknown, {"main": 2}) == {"main": 2}
    assert ids(REQUEST, unknown, {"main": 2}) == []
