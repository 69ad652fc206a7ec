"""CloudFormation's API: requests as clients send them, answers as they expect them."""

from typing import Final

from bluegreen_simulator.aws.cloudformation import (
    change_set_requests,
    resource_requests,
    stack_requests,
    stacks,
    template_requests,
)

REGISTERED: Final = (stack_requests, resource_requests, template_requests, change_set_requests)
"""Modules that are there for what they replace."""

install = stacks.install
