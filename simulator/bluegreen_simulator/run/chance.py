"""Chance from a seed: the same seed gives the same run."""

from random import Random

from bluegreen_simulator.rules.traffic.chance import Chance


def seeded(seed: int) -> Chance:
    """Sources that draw the same at each run; those of two names know nothing of each other."""
    return lambda name: Random(f"{seed}/{name}")  # noqa: S311 - nothing secret is drawn
