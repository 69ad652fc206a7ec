"""Policies that stand at a resource: those of topics, queues, functions, and their keys' ids."""

import json
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda_simple.models import lambda_simple_backends
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import replaces


def policy_of(world: World, arn: str) -> str | None:
    """The policy of a resource; None if it has none, or is not there, or is of another kind."""
    resource = _resource(world, arn)
    if resource is None:
        return None
    if _service(arn) == "lambda":
        return json.dumps({"Statement": resource.policy.statements})
    policy: str | bytes | None = resource.policy
    return policy.decode() if isinstance(policy, bytes) else policy


def key_id_of(world: World, arn: str) -> str:
    """The id, ARN or alias of the key that a topic or a queue is encrypted with, if any."""
    resource = _resource(world, arn)
    key_id: str = getattr(resource, "kms_master_key_id", "") or ""
    return key_id


def _service(arn: str) -> str:
    return "" if arn == "*" else arn.split(":")[2]


def _resource(world: World, arn: str) -> Any:  # noqa: ANN401 - moto has no types
    match _service(arn):
        case "sns":
            return sns_backends[world.account_id][world.region].topics.get(arn)
        case "sqs":
            return sqs_backends[world.account_id][world.region].queues.get(arn.rpartition(":")[2])
        case "lambda":
            return _function(world, arn)
        case "s3":
            return _bucket(world, arn.rpartition(":")[2].partition("/")[0])
        case _:
            return None


def owner_of_bucket(world: World, name: str) -> str:
    """The account that a bucket is in; the caller's own where there is none of that name."""
    bucket = _bucket(world, name)
    return bucket.account_id if bucket else world.account_id


def _bucket(world: World, name: str) -> Any:  # noqa: ANN401 - moto has no types
    return s3_backends[world.account_id]["aws"].buckets.get(name)


def _function(world: World, arn: str) -> Any:  # noqa: ANN401 - moto has no types
    backend = lambda_simple_backends[world.account_id][world.region]
    try:
        return backend.get_function(arn)
    except UnknownFunctionException:
        return None


@replaces(
    FakeBucket,
    "get_permission",
    restores="who calls and with what decides with a bucket's policy; moto leaves conditions out",
    original="7571412a3495",
)
def _get_permission(self: Any, action: str, resource: str) -> Any:  # noqa: ANN401 - moto has no types
    """Nothing here: each call of a function was judged before moto sees it."""
    del self, action, resource
    return PermissionResult.NEUTRAL
