"""The StatusMessage of a variant, in SageMaker's words; it is for people, not for parsing.

After the samples in the Developer Guide, "Automating Amazon SageMaker with Amazon EventBridge".
Ours are the words for linear and rolling steps, for scaling in, for weights, and for the bakes of a
rolling update, whose policy has no TerminationWaitInSeconds: the guide shows none of these.
"""

from bluegreen_simulator.rules.fleet.config import ProductionVariant
from bluegreen_simulator.rules.fleet.phases import Phase
from bluegreen_simulator.rules.fleet.update import Update


def rescaling(old: ProductionVariant, new: ProductionVariant) -> str:
    """The count of a variant changes, or its weight alone."""
    if new.instances > old.instances:
        return f"Scaling out desired instance count to {new.instances}."
    if new.instances < old.instances:
        return f"Scaling in desired instance count to {new.instances}."
    return f"Updating the weight to {new.weight:g}."


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
    """AWS's sample names the termination wait beside a canary, too."""
    order, step = update.order, update.state.leg.step
    member = "WaitIntervalInSeconds" if order.rolling else "TerminationWaitInSeconds"
    return f"{order.bake_seconds(step)} seconds ({member})"


def _capacity(update: Update, index: int) -> str:
    count, size = update.state.leg.count[index], update.order.green.sizes[index]
    part = "full" if count == size else update.order.policy.mode.lower()
    return f"{part} capacity of {count} instance(s)"
