"""STS: credentials expire by the clock of whoever asked for them, which may be the real one.

SDKs compare the Expiration with their own clock and refresh credentials that are about to expire;
what has expired already when it comes is an error to them.
"""

from datetime import UTC, datetime

from moto.sts import models

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import replaces


class _State:
    world: World


def install(world: World) -> None:
    """Let credentials expire by the clocks of this world."""
    _State.world = world


@replaces(
    models,
    "utcnow",
    restores="credentials that somebody from outside asks for expire by the real time",
    original="7b8bb404c4f6",
)
def _now() -> datetime:
    """The present moment, naive, in UTC, as moto has it."""
    world = _State.world
    return (world.real or world.clock).now().astimezone(UTC).replace(tzinfo=None)
