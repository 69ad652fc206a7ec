"""Which handlers may run, in this process as they do: those that a deployed template names."""

from bluegreen.contract.text import quoted
from bluegreen_simulator.aws.world import World


def refusal(world: World, handler: str | None) -> str | None:
    """Why a handler may not run, in words for who asks for it; None when it may."""
    if handler in world.handlers:
        return None
    what = "A function without a handler" if handler is None else f"The handler {quoted(handler)}"
    allowed = (
        ", ".join(sorted(world.handlers)) or "none, for no template with functions is deployed"
    )
    return (
        f"{what} is not modelled in the embedded AWS, which runs functions in its own process and "
        f"therefore only the handlers that its template names. Allowed: {allowed}."
    )
