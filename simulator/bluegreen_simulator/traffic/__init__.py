"""The requests of endpoints: who answers each, and the metrics that come of them.

Requests are real ones of InvokeEndpoint or a scenario's traffic, which is only counted. Both are
in the same metrics, published at each full minute. Nothing is random.
"""

from bluegreen_simulator.traffic.meters import Meters
from bluegreen_simulator.world import World

__all__ = ["Meters", "Traffic", "begin", "running"]

_running: list[Meters] = []


def begin(meters: Meters) -> None:
    """Let these be the meters of the embedded AWS that runs."""
    _running[:] = [meters]


def running() -> Meters:
    """The meters of the embedded AWS that runs."""
    return _running[0]


class Traffic:
    """Requests to an endpoint at a constant rate from now on, beside all others."""

    def __init__(self, _world: World, endpoint: str, requests_per_second: float) -> None:
        running().begin_traffic(endpoint, requests_per_second)
