"""Policies that stand at a resource: those of topics, queues, functions, and their keys' ids."""

import json
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda_simple.models import lambda_simple_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from bluegreen_simulator.aws.world import World


def policy_of(world: World, arn: str) -> str | None:
    """The policy of a resource; None if it has none, or is not there, or is of another kind."""
    resource = _resource(world, arn)
    if resource is None:
        return None
    if _service(arn) == "lambda":
        return json.dumps({"Statement": resource.policy.statements})
    policy: str | None = resource.policy
    return policy


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
        case _:
            return None


def _function(world: World, arn: str) -> Any:  # noqa: ANN401 - moto has no types
    backend = lambda_simple_backends[world.account_id][world.region]
    try:
        return backend.get_function(arn)
    except UnknownFunctionException:
        return None
