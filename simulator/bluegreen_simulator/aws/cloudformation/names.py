"""CloudFormation: the names that it makes for resources whose template gives none."""

import string
from typing import Final

from moto.moto_api._internal import mock_random

from bluegreen_simulator.aws.cloudformation.base_type import ResourceType
from bluegreen_simulator.moto.faster.backends import drawn

IN_SUFFIX: Final = string.digits + string.ascii_uppercase
SUFFIX_LENGTH: Final = 12


def name_of(kind: type[ResourceType], stack: str, logical_id: str) -> str:
    """`<stack>-<logical id>-<suffix>`, both cut where the type takes no such length."""
    suffix = drawn(mock_random, IN_SUFFIX, SUFFIX_LENGTH)
    room = kind.longest_name - len(suffix) - 2
    if len(stack) + len(logical_id) > room:
        stack = stack[: max(room // 2, room - len(logical_id))]
        logical_id = logical_id[: room - len(stack)]
    name = f"{stack}-{logical_id}-{suffix}"
    return name.lower() if kind.type_name == "AWS::S3::Bucket" else name
