"""The StatusMessage of a variant, in SageMaker's words; it is for people, not for parsing.

After the samples in the Developer Guide's pages on monitoring a deployment; the guide shows none
for instances that a rolling update creates anew.
"""

from typing import Final

from bluegreen_simulator.rules.fleet.phases import Phase
from bluegreen_simulator.rules.fleet.update import Update

RESCALING: Final = "Updating the capacity of the variant."


def launching(count: int) -> str:
    """Instances are being created."""
    return f"Launching {count} instance(s)."


def status_message(update: Update, index: int) -> str:
    """What happens to variant number `index` while an update runs."""
    leg = update.state.leg
    count = leg.count[index]
    match leg.phase:
        case Phase.CREATING | Phase.RECREATING_BLUE:
            return launching(count)
        case Phase.SHIFTING:
            return f"Activating traffic on {_capacity(update, index)}."
        case Phase.BAKING:
            return f"Baking for {_bake(update)} with traffic enabled on {_capacity(update, index)}."
        case Phase.RETURNING_TRAFFIC:
            return f"Activating traffic on full capacity of {count} instance(s)."
        case _:
            return f"Terminating {count} instance(s)."


def _bake(update: Update) -> str:
    order, step = update.order, update.state.leg.step
    last = step == len(order.steps) and not order.rolling
    member = "TerminationWaitInSeconds" if last else "WaitIntervalInSeconds"
    return f"{order.bake_seconds(step)} seconds ({member})"


def _capacity(update: Update, index: int) -> str:
    count, size = update.state.leg.count[index], update.order.green.sizes[index]
    part = "full" if count == size else update.order.policy.mode.lower()
    return f"{part} capacity of {count} instance(s)"
