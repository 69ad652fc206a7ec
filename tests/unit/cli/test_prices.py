"""What a deployment costs above doing nothing, by hand.

Developer Guide, "Blue/Green Deployments": both fleets are billed while both are there. The waits
are chosen so that a fleet, or a batch, is there for whole hours: 300 to be made, 20 to shift and
30 to be deleted, and 3,250 seconds of baking.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.observation import Observation
from bluegreen_cli.prices import Price, PriceList, Prices, price_of, types_in
from builders import BLUE
from made_up_keys import MADE_UP_KEYS
from situations import TYPE, all_at_once, canary, case_of, config, count, guarded, rolling, week

HOUR = all_at_once(3250)
TWO_HOURS = canary(wait=3600, termination=3230)
G5 = "ml.g5.2xlarge"
ONE_PRICE = {TYPE: 0.25}
BOTH_PRICES = {TYPE: 0.25, G5: 2.0}


def price(policy: Policy, instances: Any = 4, prices: Prices = ONE_PRICE, **more: Any) -> Price:
    return price_of(case_of(policy, instances, **more), prices)


@pytest.mark.parametrize(
    ("policy", "instances", "hours", "usd"),
    [
        (HOUR, 4, 4.0, 1.0),
        (HOUR, 1, 1.0, 0.25),
        (TWO_HOURS, 4, 8.0, 2.0),
        # Two hours of 2 instances more; four hours, then three, of one more.
        (rolling(count(2), 3250), 4, 4.0, 1.0),
        (rolling(count(1), 3250), 4, 4.0, 1.0),
        (rolling(count(1), 3250), 3, 3.0, 0.75),
        (HOUR, {"main": 4, "second": 2}, 6.0, 1.5),
    ],
)
def test_the_instance_hours_beyond_blues_own(
    policy: Policy, instances: Any, hours: float, usd: float
) -> None:
    found = price(policy, instances)
    assert found.extra_instance_hours == pytest.approx(hours)
    assert found.extra_usd == pytest.approx(usd)
    assert found.missing == ()


def test_each_metric_of_the_alarms_of_guardrails_has_its_price() -> None:
    """Three for each alarm, those of errors by config and of latency too."""
    assert price(HOUR, **guarded()).to_json()["GuardrailMetrics"] == 3 + 3 + 3
    assert price(HOUR, **guarded()).guardrails_usd_a_month == pytest.approx(0.9)
    direct = frozenset({"Invocation5XXErrors"})
    found = price(HOUR, **guarded(blue=week(by_config=direct))).to_json()
    assert (found["GuardrailMetrics"], found["GuardrailsUsdAMonth"]) == (3 + 3 + 3, 0.9)
    assert "GuardrailMetrics" not in price(HOUR).to_json()


def test_green_has_its_own_type_and_price() -> None:
    found = price(HOUR, requested=config(instance_type=G5), prices=BOTH_PRICES)
    assert found.extra_usd == pytest.approx(8.0)


def test_a_rolling_update_to_another_type_saves_what_blue_has_no_more() -> None:
    # Green has 2 and then 4 instances for an hour each, blue 4 and then 2, not 4 and 4.
    found = price(rolling(count(2), 3250), requested=config(instance_type=G5), prices=BOTH_PRICES)
    assert found.extra_usd == pytest.approx(6 * 2.0 - 2 * 0.25)
    assert found.extra_instance_hours == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("prices", "missing"),
    [({}, (G5, TYPE)), ({TYPE: 0.25}, (G5,)), ({G5: 2.0}, (TYPE,))],
)
def test_a_price_that_nobody_gave_is_named_and_none_is_made_up(
    prices: dict[str, float], missing: tuple[str, ...]
) -> None:
    found = price(rolling(count(2), 3250), requested=config(instance_type=G5), prices=prices)
    assert (found.extra_usd, found.missing) == (None, missing)


def test_blues_price_is_not_wanted_in_a_blue_green_update() -> None:
    found = price(HOUR, requested=config(instance_type=G5), prices={G5: 2.0})
    assert (found.extra_usd, found.missing) == (8.0, ())


def test_a_rolling_update_of_a_fleet_of_which_nobody_knows_the_type_has_greens() -> None:
    found = price(rolling(count(2), 3250), live=None)
    assert found.extra_usd == pytest.approx(1.0)


def test_a_fleet_that_shrinks_costs_what_green_costs() -> None:
    asking = {"retain_all_variant_properties": False}
    found = price(HOUR, requested=config(instances=2), asking=asking)
    assert found.extra_instance_hours == pytest.approx(2.0)
    assert found.extra_usd == pytest.approx(0.5)


@pytest.mark.parametrize("policy", [HOUR, TWO_HOURS, rolling(count(1))])
def test_an_endpoint_that_is_created_costs_what_its_fleet_costs_while_it_comes_up(
    policy: Policy,
) -> None:
    variants = {"main": 4, "second": 8}
    fleet = config(instances=variants)
    types = zip(fleet.variants, (TYPE, G5), strict=True)
    mixed = replace(fleet, variants=tuple(replace(v, instance_type=t) for v, t in types))
    made = {"requested": mixed, "endpoint": Observation("Gone"), "live": None}
    found = price(policy, prices=BOTH_PRICES, **made)
    assert found.extra_instance_hours == pytest.approx(1.0)  # 300 s of 12 instances
    assert found.extra_usd == pytest.approx((4 * 0.25 + 8 * 2.0) / 12)
    assert price(policy, prices={}, **made).missing == (G5, TYPE)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Price(1.74444, 0.43611), {"ExtraInstanceHours": 1.74, "ExtraUsd": 0.44}),
        (Price(4.0, 0.0), {"ExtraInstanceHours": 4.0, "ExtraUsd": 0.0}),
        (
            Price(4.0, None, (G5, TYPE)),
            {"ExtraInstanceHours": 4.0, "PricesMissing": [G5, TYPE]},
        ),
    ],
)
def test_a_price_as_json(found: Price, expected: dict[str, Any]) -> None:
    assert found.to_json() == expected


def test_the_price_of_the_healthy_case() -> None:
    # 300 + 20 + 600 + 20 + 600 + 30 = 1,570 seconds of four instances: 1.744 hours.
    case = case_of()
    assert case.situation.live == config(BLUE)
    assert price_of(case, ONE_PRICE).to_json() == {"ExtraInstanceHours": 1.74, "ExtraUsd": 0.44}


def test_what_is_serverless_has_no_instances_and_a_type_that_is_not_told_no_price() -> None:
    assert price(HOUR, requested=config(serverless=True)).extra_usd == 0
    found = price(HOUR, requested=config(instance_type=""))
    assert (found.extra_usd, found.missing) == (None, ("an unknown instance type",))


# ---- The Price List API ----------------------------------------------------------------------


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("pricing", region_name="us-east-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def item(
    usage: str = "EUC1-Host:ml.m5.xlarge", usd: str = "0.2760000000", unit: str = "Hrs"
) -> str:
    dimension = {"unit": unit, "pricePerUnit": {"USD": usd}}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage}},
            "terms": {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}},
        }
    )


def expect(stub: Stubber, field: str, value: str, *items: str) -> None:
    wanted = {"regionCode": "eu-central-1", field: value}
    filters = [{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()]
    sent = {"ServiceCode": "AmazonSageMaker", "FormatVersion": "aws_v1", "Filters": filters}
    stub.add_response("get_products", {"PriceList": list(items)}, sent)


def prices(stub: Stubber, *types: str) -> dict[str, float]:
    return PriceList(stub.client, "eu-central-1").of(types)


def test_the_price_of_an_instance_that_hosts(stub: Stubber) -> None:
    others: list[Any] = [
        item("EUC1-Train:ml.m5.xlarge", "9"),
        item("EUC1-AsyncInf:ml.m5.xlarge", "9"),
        item(usd="0.0000000000"),
        item(usd="9", unit="GB"),
        json.dumps({}),
    ]
    expect(stub, "instanceName", "ml.m5.xlarge", *others, item())
    assert prices(stub, "ml.m5.xlarge") == {"ml.m5.xlarge": 0.276}


def test_older_records_name_the_type_otherwise(stub: Stubber) -> None:
    expect(stub, "instanceName", "ml.m5.xlarge", item("EUC1-Train:ml.m5.xlarge", "9"))
    expect(stub, "instanceType", "ml.m5.xlarge-Hosting", item(), item(usd="0.3"))
    assert prices(stub, "ml.m5.xlarge") == {"ml.m5.xlarge": 0.3}


def test_a_type_without_a_price_has_none(stub: Stubber) -> None:
    expect(stub, "instanceName", "ml.a")
    expect(stub, "instanceType", "ml.a-Hosting")
    expect(stub, "instanceName", "ml.m5.xlarge", item())
    assert prices(stub, "ml.a", "ml.m5.xlarge") == {"ml.m5.xlarge": 0.276}


def test_who_may_not_ask_for_prices_plans_without_them(stub: Stubber) -> None:
    stub.add_client_error("get_products", "AccessDeniedException")
    assert prices(stub, "ml.m5.xlarge", "ml.z") == {}


def test_the_prices_of_both_fleets_are_asked_for() -> None:
    case = case_of(HOUR, requested=config(instance_type=G5))
    assert types_in(case.situation) == {TYPE, G5}
    assert types_in(case_of(HOUR, requested=config(instance_type=""), live=None).situation) == set()
