"""CloudFormation: the names that it makes for resources whose template gives none."""

from moto.cloudformation.utils import random_suffix

from bluegreen_simulator.aws.cloudformation.base_type import ResourceType


def name_of(kind: type[ResourceType], stack: str, logical_id: str) -> str:
    """`<stack>-<logical id>-<suffix>`, both cut where the type takes no such length."""
    suffix = random_suffix()
    room = kind.longest_name - len(suffix) - 2
    if len(stack) + len(logical_id) > room:
        stack = stack[: max(room // 2, room - len(logical_id))]
        logical_id = logical_id[: room - len(stack)]
    name = f"{stack}-{logical_id}-{suffix}"
    return name.lower() if kind.type_name == "AWS::S3::Bucket" else name
