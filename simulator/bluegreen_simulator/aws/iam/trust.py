"""Trust policies: which service may act as a role."""

from typing import Final

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.principals import Service
from bluegreen_simulator.aws.iam.statements import ALLOWED, Asked, as_text, decide
from bluegreen_simulator.aws.world import World

ASSUME: Final = "sts:AssumeRole"


def is_made(world: World, role_arn: str) -> bool:
    """Whether the role was made here, and not only named as one of the account's."""
    try:
        iam_backends[world.account_id]["aws"].get_role(role_arn.rpartition("/")[2])
    except NotFoundException:
        return False
    return True


def may_assume(world: World, service: Service, role_arn: str, keys: Keys | None = None) -> bool:
    """Whether the role is there, and its trust policy lets the service act as it."""
    world.asked.add((service.name, ASSUME, role_arn))
    if not is_made(world, role_arn):
        return False
    role = iam_backends[world.account_id]["aws"].get_role(role_arn.rpartition("/")[2])
    trust = as_text(role.assume_role_policy_document)
    asked = Asked(ASSUME, role_arn, keys or Keys())
    return decide([trust], asked, service.named) == ALLOWED
