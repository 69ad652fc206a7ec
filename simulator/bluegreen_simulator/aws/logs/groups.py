"""CloudWatch Logs: a group is encrypted if its key's policy lets CloudWatch Logs use the key."""

from typing import Any, Final

from moto.logs.exceptions import LogsClientError
from moto.logs.models import LogsBackend

from bluegreen_simulator.aws.iam.conditions import ENCRYPTION_CONTEXT, Keys
from bluegreen_simulator.aws.iam.keys import KeyRefused, use
from bluegreen_simulator.aws.iam.principals import Service
from bluegreen_simulator.aws.logs import reads, streams
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

ACTIONS: Final = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)
"""What the key's policy has to allow (User Guide, "Encrypt log data").

That each of them is asked for when the group is made is assumed.
"""


REGISTERED: Final = (reads,)
"""Modules that are there for what they replace."""


class _State:
    world: World


def install(world: World) -> None:
    """Ask the keys of this world, and write to its groups."""
    _State.world = world
    streams.install(world)


@replaces(
    LogsBackend,
    "create_log_group",
    restores="a log group is refused whose key CloudWatch Logs may not use",
    original="7ec171fd0d55",
)
def _create(self: Any, log_group_name: str, tags: Any, **members: Any) -> Any:  # noqa: ANN401 - moto
    if members.get("kmsKeyId"):
        where = f"{self.region_name}:{self.account_id}"
        _check_key(members["kmsKeyId"], f"arn:aws:logs:{where}:log-group:{log_group_name}")
    return ORIGINALS[LogsBackend, "create_log_group"](self, log_group_name, tags, **members)


def _check_key(key_id: str, arn: str) -> None:
    world = _State.world
    keys = Keys.of({f"{ENCRYPTION_CONTEXT}aws:logs:arn": arn})
    try:
        use(world, Service(f"logs.{world.region}.amazonaws.com"), key_id, keys, ACTIONS)
    except KeyRefused as error:
        message = "The specified KMS key does not exist or is not allowed to be used with Arn"
        raise LogsClientError("AccessDeniedException", f"{message} '{arn}'") from error
