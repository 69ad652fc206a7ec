"""What answers requests: the model of a variant of an endpoint config, as it behaves by now."""

from typing import NamedTuple

from bluegreen_simulator.rules.fleet.serving import Fleet


class Model(NamedTuple):
    """A model, however great the share of its fleet is."""

    config: str
    variant: str
    error_rate: float
    latency_ms: float
    client_error_rate: float = 0.0
    latency_spread: float = 0.0


def model_of(fleet: Fleet, *, slow: bool) -> Model:
    """The model of a fleet, which may still be slow from its start."""
    return Model(
        fleet.config,
        fleet.variant,
        fleet.error_rate,
        fleet.latency_ms * fleet.slow_start_factor if slow else fleet.latency_ms,
        fleet.client_error_rate,
        fleet.latency_spread,
    )
