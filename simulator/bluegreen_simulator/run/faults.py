"""Faults that happen at a certain time: what others do to an endpoint meanwhile."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import ValidationError

from bluegreen_simulator.aws.sagemaker import service as sagemaker
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.faults.kinds import (
    Coming,
    FailingModel,
    FaultPlan,
    ForeignUpdate,
    Provisioning,
    SystemUpdating,
)
from bluegreen_simulator.rules.fleet.provisioning import NONE, Trouble


def begin(world: World) -> None:
    """Let the faults begin that the world was made with."""
    world.faults.begin(world.clock.now())
    _schedule(world, world.faults.plan)


def add(world: World, plan: FaultPlan) -> None:
    """Let more faults begin now."""
    world.faults.add(plan, world.clock.now())
    _schedule(world, plan)


def clear(world: World) -> None:
    """Let nothing go wrong any more; what has gone wrong already is not made good."""
    world.faults.clear()
    sagemaker.let_nothing_fail()


def _schedule(world: World, plan: FaultPlan) -> None:
    trouble = Trouble(
        stuck_at=int(plan.provisioning == Provisioning.NEVER_ENDS),
        no_capacity_at=int(plan.provisioning == Provisioning.NO_CAPACITY),
        rollback_fails=plan.rollback_fails,
    )
    if trouble != NONE:
        sagemaker.make_trouble(plan.endpoint, trouble)
    for fault in plan.coming:
        world.faults.pending.append(fault)
        happen = partial(_happen, world, fault, plan.endpoint)
        if fault.at:
            world.clock.call_later(fault.at, happen, type(fault).__name__)
        else:  # before anything else of that moment
            happen()


def _happen(world: World, fault: Coming, endpoint: str) -> None:
    if not world.faults.withdraw(fault):
        return
    refused = ""
    match fault:
        case ForeignUpdate():
            refused = foreign_update(world, endpoint, fault.config)
        case SystemUpdating():
            refused = _maintain(endpoint, fault.seconds)
        case FailingModel():
            sagemaker.let_answer(fault.config, fault.answers)
    what = type(fault).__name__
    world.journal.write(world.clock.now(), "fault", what=what, endpoint=endpoint, refused=refused)


def foreign_update(world: World, endpoint: str, config: str) -> str:
    """Let somebody else update an endpoint; SageMaker's refusal, or nothing.

    A config that is not there is made first, like the live one.
    """
    client: Any = boto3.client("sagemaker", region_name=world.region)
    try:
        live = client.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
        _make_like(client, config, client.describe_endpoint_config(EndpointConfigName=live))
        client.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    except ClientError as error:
        return str(error)
    return ""


def _maintain(endpoint: str, seconds: float) -> str:
    try:
        sagemaker.maintain(endpoint, seconds)
    except ValidationError as error:
        return str(error)
    return ""


def _make_like(client: Any, name: str, other: Mapping[str, Any]) -> None:  # noqa: ANN401 - boto3's
    try:
        client.describe_endpoint_config(EndpointConfigName=name)
    except ClientError:
        variants = other["ProductionVariants"]
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
