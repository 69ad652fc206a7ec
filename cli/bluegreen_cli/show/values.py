"""The values of gates in figures and words, as all views of a deployment write them."""

from typing import Final

from bluegreen.contract.text import in_figures
from bluegreen_cli.moment import Gate

NO_VALUE: Final = "-"


def figures(value: float | None) -> str:
    """A value to three figures."""
    return NO_VALUE if value is None else in_figures(float(f"{value:.3g}"))


def limit_in_figures(gate: Gate) -> str:
    """What a value must not come to."""
    sign = ">" if gate.above else "<"
    return NO_VALUE if gate.limit is None else f"{sign} {figures(gate.limit)}"


def gate_in_words(gate: Gate) -> str:
    """The values of both fleets against the limit."""
    if gate.both is not None:
        values = f"both fleets {figures(gate.both)}"
    else:
        values = f"green {figures(gate.green)}, blue {figures(gate.blue)}"
    return f"{values}, limit {limit_in_figures(gate)}"
