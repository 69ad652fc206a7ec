"""The config that will be made from a model package: put together only where nothing is amiss."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.report import Checked, check_situation
from bluegreen.check.situation import ConfigVariant
from bluegreen.request.request import Request
from builders import BLUE, CANARY, GREEN, PACKAGE
from situations import (
    ROLE,
    config,
    live_config,
    live_model,
    live_variant,
    package,
    situation,
    source,
)

REQUEST = Request("churn", GREEN, CANARY, model_package_arn=PACKAGE)
TWO = {"main": 4, "second": 2}


def checked(request: Request = REQUEST, **changes: Any) -> Checked:
    made = {"source": source(), "requested": None, **changes}
    return check_situation(request, situation(**made))


def variants(found: Checked) -> tuple[ConfigVariant, ...]:
    assert found.forecast
    return found.forecast.requested.variants


def test_it_is_the_live_config_with_the_packages_model() -> None:
    found = checked()
    assert found.forecast
    assert found.forecast.requested.name == GREEN
    assert found.forecast.situation.requested == found.forecast.requested
    (live,) = config(BLUE).variants
    assert variants(found) == (replace(live, model=GREEN),)
    assert live.role_arn == ROLE


def test_a_model_that_is_gone_has_one_in_its_place_that_is_there() -> None:
    live = config(BLUE, model_exists=None, marketplace=None)
    (green,) = variants(checked(live=live))
    assert (green.model_exists, green.marketplace) == (True, False)


def test_whether_the_package_is_of_marketplace_counts() -> None:
    found = checked(source=source(package=package(for_marketplace=True)))
    assert [variant.marketplace for variant in variants(found)] == [True]


def test_the_other_variants_keep_their_models() -> None:
    live = live_config(live_variant(), live_variant("second"))
    of_two = source(live_model(), live_model("second"), config=live)
    request = replace(REQUEST, variant_name="second")
    found = checked(request, instances=TWO, source=of_two)
    assert [v.model for v in variants(found)] == ["model-main", GREEN]
    assert [v.instances for v in variants(found)] == [4, 2]


def test_an_asynchronous_endpoint_stays_one() -> None:
    found = checked(live=config(BLUE, asynchronous=True))
    assert found.forecast
    assert found.forecast.requested.asynchronous


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": {}},
        {"package": None},
        {"package": package(approval="Rejected")},
        {"config": None},
        {"models": {}},
        {"passable_roles": ()},
    ],
)
def test_where_something_is_amiss_nothing_is_put_together(changes: dict[str, Any]) -> None:
    given = source()
    found = checked(source=replace(given, **changes))
    assert found.forecast is None
    assert found.would_be_rejected


def test_without_a_live_config_there_is_none_to_be_made() -> None:
    assert checked(live=None).forecast is None
