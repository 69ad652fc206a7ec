"""How far chance goes, by tables of the Poisson distribution."""

from itertools import pairwise

import pytest

from bluegreen.guardrails.chance import chance_to_pass, most_errors, most_slow


@pytest.mark.parametrize(
    ("expected", "errors", "slow"),
    [(0, 2, 1), (1, 6, 3.2), (4, 12, 7.4), (100, 132, 113)],
)
def test_what_chance_explains_is_some_sigma_more(
    expected: float, errors: float, slow: float
) -> None:
    assert most_errors(expected) == pytest.approx(errors)
    assert most_slow(expected) == pytest.approx(slow)


@pytest.mark.parametrize(
    ("mean", "count", "chance"),
    [
        (1, 0, 0.632121),
        (1, 0.9, 0.632121),
        (1, 2, 0.080301),
        (5, 5, 0.384039),
        (10, 15, 0.048740),
        (10, 3, 0.989664),
        (100, 120, 0.022669),
        (1000, 1100, 0.000868),
    ],
)
def test_the_chance_to_pass_a_count_is_that_of_a_poisson_count(
    mean: float, count: float, chance: float
) -> None:
    assert chance_to_pass(mean, count) == pytest.approx(chance, abs=2e-6)


@pytest.mark.parametrize(
    ("mean", "count", "chance"), [(0, 0, 0), (0, -1, 0), (1e6, 9e5, 1), (9e5, 1e6, 0), (5, -1, 1)]
)
def test_what_is_sure_is_sure(mean: float, count: float, chance: float) -> None:
    assert chance_to_pass(mean, count) == chance


def test_it_falls_as_the_count_rises() -> None:
    chances = [chance_to_pass(60_000, count) for count in range(58_000, 62_000, 50)]
    assert all(later <= before + 1e-9 for before, later in pairwise(chances))
    assert chances[0] > 0.999999
    assert chances[-1] < 0.000001
