"""Whether somebody may send to a topic or a queue: its policy, their own, and its key."""

from bluegreen_simulator.aws.iam.authorization import denial, is_allowed
from bluegreen_simulator.aws.iam.conditions import ENCRYPTION_CONTEXT, Keys
from bluegreen_simulator.aws.iam.keys import KeyRefused, use
from bluegreen_simulator.aws.iam.principals import EVENTS, Principal, Role, Service
from bluegreen_simulator.aws.iam.resource_policies import key_id_of
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.world import World

_ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}
_CONTEXTS = {"sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn"}
"""The name of a resource's ARN in the encryption context of its key."""


class SendingDenied(Exception):
    """Neither the sender's policies nor that of the topic or queue allow it."""


def require(world: World, principal: Principal, arn: str, keys: Keys | None = None) -> None:
    """Raise SendingDenied or KeyRefused unless `principal` may send to the topic or queue."""
    service, keys = arn.split(":")[2], keys or Keys()
    asked = Asked(_ACTIONS[service], arn, keys)
    if not is_allowed(world, principal, asked):
        kind = "resource-based" if isinstance(principal, Service) else "identity-based"
        raise SendingDenied(denial(principal, asked, kind))
    key_id = key_id_of(world, arn)
    if key_id:
        use(world, principal, key_id, _keys_at_kms(world, principal, service, arn, keys))


def refusal(world: World, principal: Principal, arn: str, keys: Keys | None = None) -> str | None:
    """Why `principal` may not send to the topic or queue; None when they may."""
    try:
        require(world, principal, arn, keys)
    except (SendingDenied, KeyRefused) as error:
        return str(error)
    return None


def _keys_at_kms(world: World, principal: Principal, service: str, arn: str, keys: Keys) -> Keys:
    """What KMS is told: for whom a service asks, and nothing of EventBridge (SQS guide).

    So a key's policy lets EventBridge in without any condition on the account, or not at all.
    """
    told = {} if principal == EVENTS else dict(keys.values)
    if isinstance(principal, Role):
        told["kms:viaservice"] = (f"{service}.{world.region}.amazonaws.com",)
        told["kms:calleraccount"] = (world.account_id,)
    return Keys.of({**told, f"{ENCRYPTION_CONTEXT}{_CONTEXTS[service]}": arn})
