"""KMS keys: who may use one, and whether it can be used at all.

Rules: KMS Developer Guide, "Key policies in AWS KMS": the key's policy has to allow whoever asks,
or the account, and then their own policies decide; "Key states of AWS KMS keys".
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from moto.kms.models import kms_backends

from bluegreen_simulator.aws.iam.authorization import denial
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.principals import Principal, Service, account
from bluegreen_simulator.aws.iam.statements import ALLOWED, DENIED, Asked, decide
from bluegreen_simulator.aws.world import World

OF_AWS: Final = "alias/aws/"
TO_ENCRYPT: Final = ("kms:GenerateDataKey", "kms:Decrypt")
"""What whoever sends to an encrypted topic or queue needs (SNS and SQS, "Key management")."""


class Problem(StrEnum):
    """What KMS says, as it names its errors."""

    NOT_FOUND = "NotFoundException"
    DISABLED = "DisabledException"
    INVALID_STATE = "KMSInvalidStateException"
    ACCESS_DENIED = "AccessDeniedException"


class KeyRefused(Exception):
    """A key cannot be used, or not by whoever asks."""

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


def use(
    world: World, principal: Principal, key_id: str, keys: Keys, actions: Iterable[str] = TO_ENCRYPT
) -> None:
    """Raise KeyRefused unless the key is fit for use, and each action on it is allowed.

    A key of AWS itself serves whoever may use its service, and no other service.
    """
    if key_id.startswith(OF_AWS):
        if isinstance(principal, Service):
            raise KeyRefused(Problem.ACCESS_DENIED, f"{principal.name} may not use {key_id}.")
        return
    key = require_usable(world, key_id)
    for action in actions:
        _require(world, principal, key.policy, Asked(action, key.arn, keys))


def require_usable(world: World, key_id: str) -> Any:  # noqa: ANN401 - moto has no types
    """The key, as moto keeps it, which is there and enabled."""
    key = key_of(world, key_id)
    if key is None:
        raise KeyRefused(Problem.NOT_FOUND, f"Key '{key_id}' does not exist")
    if key.key_state == "Disabled":
        raise KeyRefused(Problem.DISABLED, f"{key.arn} is disabled.")
    if key.key_state != "Enabled":
        raise KeyRefused(Problem.INVALID_STATE, f"{key.arn} is pending deletion.")
    return key


def key_of(world: World, key_id: str) -> Any | None:  # noqa: ANN401 - moto has no types
    """The key of an id, an ARN or an alias; None if there is none."""
    backend = kms_backends[world.account_id][world.region]
    if "alias/" in key_id and backend.get_key_id_from_alias(backend.get_alias_name(key_id)) is None:
        return None
    return backend.keys.get(backend.any_id_to_key_id(key_id))


def _require(world: World, principal: Principal, policy: str, asked: Asked) -> None:
    world.asked.add((principal.name, asked.action, asked.resource))
    own = principal.decision(world, asked)
    direct = decide([policy], asked, principal.named)
    through_account = decide([policy], asked, account(world.account_id))
    if DENIED in {own, direct, through_account}:
        raise KeyRefused(Problem.ACCESS_DENIED, denial(principal, asked))
    if direct == ALLOWED or own == through_account == ALLOWED:
        return
    its_own = through_account == ALLOWED and not isinstance(principal, Service)
    kind = "identity-based" if its_own else "resource-based"
    raise KeyRefused(Problem.ACCESS_DENIED, denial(principal, asked, kind))
