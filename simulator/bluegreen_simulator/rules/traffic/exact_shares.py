"""Whole numbers of shares, without the errors of floats."""

from fractions import Fraction
from functools import lru_cache
from typing import Final

FINEST: Final = 10**9
"""The greatest denominator of a share: what is finer is the error of a float."""


@lru_cache
def exact(value: float) -> Fraction:
    """What a float stands for."""
    return Fraction(value).limit_denominator(FINEST)


def rounded(value: Fraction) -> int:
    """The nearest whole number of a share that is not negative, halves up."""
    above, below = value.as_integer_ratio()
    return (2 * above + below) // (2 * below)
