"""CloudFormation: the resource types that there are, by their names."""

from typing import Final

from bluegreen_simulator.aws.cloudformation import (
    bucket_types,
    iam_types,
    lambda_types,
    message_types,
    sagemaker_types,
    store_types,
    watch_types,
    workflow_types,
)
from bluegreen_simulator.aws.cloudformation.base_type import NoEffect, ResourceType


class CdkMetadata(NoEffect):
    """What the CDK tells AWS of itself; no resource."""

    type_name = "AWS::CDK::Metadata"


class WaitConditionHandle(NoEffect):
    """A handle that nobody signals; people keep one so that a stack is never empty."""

    type_name = "AWS::CloudFormation::WaitConditionHandle"


TYPES: tuple[type[ResourceType], ...] = (
    *lambda_types.TYPES,
    *workflow_types.TYPES,
    *iam_types.TYPES,
    *store_types.TYPES,
    *message_types.TYPES,
    *watch_types.TYPES,
    *bucket_types.TYPES,
    *sagemaker_types.TYPES,
    CdkMetadata,
    WaitConditionHandle,
)
BY_NAME: Final = {kind.type_name: kind for kind in TYPES}


def of(type_name: str) -> type[ResourceType]:
    """The type of that name; NotImplementedError by its name where there is none."""
    if type_name not in BY_NAME:
        raise NotImplementedError(f"{type_name} is not modelled in the embedded AWS.")
    return BY_NAME[type_name]
