"""What a run costs is arithmetic; money is told only at a price that AWS gave."""

import pytest

from bluegreen_smoke.cost import BAKE_SECONDS, Part, in_words, instance_hours, parts
from bluegreen_smoke.preflight import prices_of


def test_hours_count_every_instance_of_every_fleet() -> None:
    assert instance_hours([Part("x", 1, 1800), Part("y", 2, 900)], instances=2) == 2.0


def test_the_run_counts_two_fleets_for_each_deployment_and_all_of_its_waits() -> None:
    created, succeeds, rolls_back, rest = parts()
    assert [part.fleets for part in (created, succeeds, rolls_back, rest)] == [1, 2, 2, 1]
    assert succeeds.seconds == 600 + 60 + BAKE_SECONDS + 60 + BAKE_SECONDS + 120
    assert rolls_back.seconds == 600 + 60 + 300 + 60 + 120
    assert instance_hours(parts(), 2) == pytest.approx(
        2 * (600 + 2 * succeeds.seconds + 2 * rolls_back.seconds + rest.seconds) / 3600
    )


def test_with_a_price_the_money_is_told() -> None:
    text = "\n".join(in_words([Part("x", 2, 1800)], 2, "ml.t2.medium", 0.5))
    assert "together 2.00 instance-hours of ml.t2.medium, 1.00 USD" in text
    assert "x: 2 instances x 2 fleets x 1800 s" in text


def test_without_a_price_none_is_made_up() -> None:
    text = "\n".join(in_words([Part("x", 1, 1800)], 2, "ml.t2.medium", None))
    assert "together 1.00 instance-hours of ml.t2.medium; the price is not known" in text
    assert "USD" not in text


def test_a_price_is_that_of_an_hour_on_demand() -> None:
    def dimension(unit: str, amount: str) -> dict[str, object]:
        return {"unit": unit, "pricePerUnit": {"USD": amount}}

    dimensions = {
        "a": dimension("Hrs", "0.0560"),
        "b": dimension("GB", "3"),
        "c": dimension("Hrs", "0"),
    }
    product = {"terms": {"OnDemand": {"t": {"priceDimensions": dimensions}}, "Reserved": {}}}
    assert list(prices_of(product)) == [0.056]
    assert list(prices_of({"terms": {"Reserved": {}}})) == []
