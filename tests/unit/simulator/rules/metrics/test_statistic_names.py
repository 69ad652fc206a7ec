"""Statistics by name; where AWS leaves a percentile open, the nearest rank is expected."""

import math

import pytest

from bluegreen_simulator.rules.metrics.statistic_names import (
    UnknownStatisticError,
    calculation,
    samples_needed,
)
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

LATENCIES = Statistics.of_values({5.0: 90, 400.0: 9, 2000.0: 1})
"""A hundred requests: a tenth is slow, one very slow."""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Average", 2.5),
        ("Sum", 10.0),
        ("Minimum", 1.0),
        ("Maximum", 6.0),
        ("SampleCount", 4.0),
    ],
)
def test_the_simple_statistics_need_no_samples(name: str, value: float) -> None:
    assert calculation(name)(Statistics(sum=10.0, count=4, minimum=1.0, maximum=6.0)) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p0", 5.0),
        ("p50", 5.0),
        ("p90", 5.0),
        ("p90.01", 400.0),
        ("p95", 400.0),
        ("p99", 400.0),
        ("p99.9", 2000.0),
        ("p100", 2000.0),
        ("tm90", 5.0),
        ("tm95", (90 * 5.0 + 5 * 400.0) / 95),
        ("tm100", 60.5),
    ],
)
def test_percentiles_and_trimmed_means(name: str, value: float) -> None:
    assert calculation(name)(LATENCIES) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PR(:300)", 90.0),
        ("PR(:4.99)", 0.0),
        ("PR(:5)", 90.0),  # the upper bound is within
        ("PR(5:)", 10.0),  # the lower one is not
        ("PR(5:400)", 9.0),
        ("PR(4.9:2000)", 100.0),
        ("PR(400:1999.99)", 0.0),
        ("PR(0:)", 100.0),
        ("PR(2000:)", 0.0),
    ],
)
def test_a_percentile_rank_is_the_per_cent_above_one_bound_and_up_to_the_other(
    name: str, value: float
) -> None:
    assert calculation(name)(LATENCIES) == value


def test_ranks_that_meet_have_every_sample_once() -> None:
    counts = Statistics.of_values({1.0: 3, 5.0: 2, 5.1: 1, 10.0: 7, 99.0: 4})
    ranks = [calculation(name)(counts) for name in ("PR(:1)", "PR(1:5)", "PR(5:10)", "PR(10:)")]
    assert ranks == [100 * n / 17 for n in (3, 2, 8, 4)]


def test_a_percentile_of_a_single_sample() -> None:
    assert calculation("p95")(Statistics.of(7.0)) == 7.0


@pytest.mark.parametrize("name", ["p95", "tm95", "tm0", "PR(:6)"])
def test_what_has_no_percentile(name: str) -> None:
    unknown = Statistics(sum=10.0, count=4, minimum=1.0, maximum=6.0)
    assert calculation(name)(unknown) is None


@pytest.mark.parametrize("name", ["p95", "tm95", "PR(:5)"])
def test_negative_values_have_no_percentile(name: str) -> None:
    assert calculation(name)(Statistics.of_values({-1.0: 1, 5.0: 99})) is None


def test_nothing_is_left_of_a_mean_that_is_trimmed_to_nothing() -> None:
    assert calculation("tm0")(LATENCIES) is None


@pytest.mark.parametrize(
    "name", ["tc90", "ts99.5", "wm98", "IQM", "TM(10%:90%)", "TC(0.005:0.030)"]
)
def test_statistics_that_aws_has_and_that_are_not_modelled(name: str) -> None:
    with pytest.raises(NotImplementedError, match="^" + name.replace("(", r"\(")[:4]):
        calculation(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "average", "Median", "p", "p101", "p-1", "p95th", "P95", "p0.12345678901", "95"),
        *("PR(:)", "PR(300)", "PR(-1:)", "PR(10%:)", "PR(:3.)", "PR(200:100)", "PR(5:5)", "pr(:5)"),
        *("PR(:1)x", "PR(:1e3)", "PR(:0.12345678901)"),
    ],
)
def test_no_statistics(name: str) -> None:
    with pytest.raises(UnknownStatisticError):
        calculation(name)


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("p99", 1000),
        ("p95", 200),
        ("p50", 20),
        ("p25", 40),
        ("p10", 100),
        ("p100", math.inf),
        ("p0", math.inf),
        ("tm99", 0),
        ("PR(:300)", 0),
        ("Average", 0),
    ],
)
def test_how_many_samples_make_a_percentile_significant(name: str, samples: float) -> None:
    assert samples_needed(name) == pytest.approx(samples)
