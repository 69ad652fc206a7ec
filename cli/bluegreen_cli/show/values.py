"""The values of gates in figures and words, as all views of a deployment write them."""

from typing import Final

from bluegreen.contract.text import in_figures
from bluegreen.deployment.gate import Gate
from bluegreen.deployment.judged import percent
from bluegreen_cli.moment import last

NO_VALUE: Final = "-"
SIGNS: Final = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
"""Of a value that makes the alarm trip; others have no limit in figures."""

NEAR: Final = 0.2
"""How much of its limit a value is away from it at most when it is close."""


def figures(value: float | None) -> str:
    """A value to three figures."""
    return NO_VALUE if value is None else in_figures(float(f"{value:.3g}"))


def value_of(gate: Gate, value: float | None) -> str:
    """A value of a gate; of a guardrail in percent of green's requests."""
    return percent(value) if gate.name and value is not None else figures(value)


def limit_in_figures(gate: Gate) -> str:
    """The values that make it trip."""
    sign = SIGNS.get(gate.comparison)
    return NO_VALUE if gate.limit is None or not sign else f"{sign} {value_of(gate, gate.limit)}"


def together(gate: Gate) -> float | None:
    """What is measured of both fleets together, where no series tells one from the other."""
    return None if gate.by_fleet else last(gate.watched)


def is_near(gate: Gate) -> bool:
    """Whether what green is judged by is close to the limit, or beyond it."""
    value = last(gate.green) if gate.by_fleet else last(gate.watched)
    sign = SIGNS.get(gate.comparison)
    if value is None or gate.limit is None or not sign:
        return False
    margin = NEAR * abs(gate.limit)
    return value >= gate.limit - margin if sign[0] == ">" else value <= gate.limit + margin


def gate_in_words(gate: Gate) -> str:
    """The values of both fleets against the limit; empty where nothing was measured."""
    if last(gate.watched) is None and not gate.by_fleet:
        return ""
    if gate.name:
        return f"green {value_of(gate, last(gate.green))}; limit {limit_in_figures(gate)}"
    values = f"green {figures(last(gate.green))}, blue {figures(last(gate.blue))}"
    both = f"both fleets {figures(together(gate))}"
    return f"{values if gate.by_fleet else both}; limit {limit_in_figures(gate)}"
