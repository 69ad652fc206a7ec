"""Whose turn it is: exact shares over any stretch of requests."""

from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen_simulator.rules.traffic.rotation import Rotation

SHARES = st.lists(st.integers(1, 15), min_size=1, max_size=5)


def behind(shares: list[int], requests: int) -> list[list[Fraction]]:
    """How far each one is behind its share, after each request from none on."""
    turns = Rotation([float(share) for share in shares])
    order = [turns.following() for _ in range(requests)]
    return [
        [
            Fraction(share * done, sum(shares)) - had
            for done, had in enumerate(accumulate((n == number for n in order), initial=0))
        ]
        for number, share in enumerate(shares)
    ]


@given(SHARES)
def test_nobody_is_ever_a_whole_request_from_its_share(shares: list[int]) -> None:
    most = 1 - Fraction(1, 2 * len(shares) - 2) if len(shares) > 1 else 0
    for one in behind(shares, 2 * sum(shares)):
        assert max(map(abs, one)) <= most


@given(st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_two_are_within_one_request_of_their_shares_over_any_stretch(
    shares: tuple[int, int],
) -> None:
    for one in behind(list(shares), 2 * sum(shares)):
        assert max(one) - min(one) <= 1


@pytest.mark.parametrize(
    ("shares", "order"),
    [
        ([1.0], "AAAAAA"),
        ([0.5, 0.5], "ABABAB"),
        ([2 / 3, 1 / 3], "ABAABA"),
        ([0.75, 0.25], "AABAAABA"),
        ([0.9, 0.1], "AAAAABAAAA"),
        ([1 / 3, 1 / 3, 1 / 3], "ABCABC"),
        ([0.2, 0.1], "ABAABA"),
    ],
)
def test_the_order(shares: list[float], order: str) -> None:
    turns = Rotation(shares)
    assert "".join("ABC"[turns.following()] for _ in order) == order
