"""KMS: whoever administers the account has to be allowed by a key's policy, too.

Those who make stacks may do everything by IAM; the key's policy may leave the account out.
"""

from typing import Any, Final

from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend

from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.keys import KeyRefused, key_of, use
from bluegreen_simulator.aws.iam.principals import Administrator
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LOCKED_OUT: Final = "The new key policy will not allow you to update the key policy in the future."


class _State:
    world: World


def install(world: World) -> None:
    """Ask the keys of this world."""
    _State.world = world


@replaces(
    KmsBackend,
    "create_key",
    restores="a key whose policy nobody of the account could ever change is refused",
    original="8fe561c750e1",
)
def _create(self: Any, *members: Any, **named: Any) -> Any:  # noqa: ANN401 - moto has no types
    key = ORIGINALS[KmsBackend, "create_key"](self, *members, **named)
    try:
        _require("kms:PutKeyPolicy", key.id)
    except KeyRefused as error:
        del self.keys[key.id]
        raise JsonRESTError("MalformedPolicyDocumentException", LOCKED_OUT) from error
    return key


@replaces(
    KmsBackend,
    "enable_key_rotation",
    restores="a key rotates if its policy lets the account say so",
    original="d2a206485052",
)
def _enable_rotation(self: Any, key_id: str) -> None:  # noqa: ANN401 - moto has no types
    _check("kms:EnableKeyRotation", key_id)
    ORIGINALS[KmsBackend, "enable_key_rotation"](self, key_id)


@replaces(
    KmsBackend,
    "create_alias",
    restores="a key gets an alias if its policy lets the account give it one",
    original="27ad0fa61cb1",
)
def _create_alias(self: Any, target_key_id: str, alias_name: str) -> Any:  # noqa: ANN401 - likewise
    if key_of(_State.world, target_key_id):
        _check("kms:CreateAlias", target_key_id)
    return ORIGINALS[KmsBackend, "create_alias"](self, target_key_id, alias_name)


def _check(action: str, key_id: str) -> None:
    try:
        _require(action, key_id)
    except KeyRefused as error:
        raise JsonRESTError("AccessDeniedException", str(error)) from error


def _require(action: str, key_id: str) -> None:
    world = _State.world
    use(world, Administrator(world.account_id), key_id, Keys(), [action])
