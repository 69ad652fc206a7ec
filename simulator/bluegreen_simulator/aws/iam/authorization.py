"""Whether somebody may do something: their own policies, and those of the resource, decide."""

from bluegreen_simulator.aws.iam.principals import Principal
from bluegreen_simulator.aws.iam.resource_policies import policy_of
from bluegreen_simulator.aws.iam.statements import ALLOWED, DENIED, NOT_ALLOWED, Asked, decide
from bluegreen_simulator.aws.world import World


def is_allowed(world: World, principal: Principal, asked: Asked) -> bool:
    """Within one account one of the two is enough, and a denial of either decides.

    What the world was asked for is remembered: what nobody ever asks for nobody has to be allowed.
    """
    world.asked.add((principal.name, asked.action, asked.resource))
    policy = policy_of(world, asked.resource)
    of_resource = decide([policy], asked, principal.named) if policy else NOT_ALLOWED
    decisions = {principal.decision(world, asked), of_resource}
    return DENIED not in decisions and ALLOWED in decisions


def denial(principal: Principal, asked: Asked, kind: str = "identity-based") -> str:
    """What AWS says to whom nothing allows it."""
    return (
        f"User: {principal.name} is not authorized to perform: {asked.action} on resource: "
        f"{asked.resource} because no {kind} policy allows the {asked.action} action"
    )
