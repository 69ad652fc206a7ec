"""CloudFormation's operations answered in the place of moto's, which would make stacks of its own.

Those of stack sets are refused by their names.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from bluegreen_simulator.aws.cloudformation.errors import NotModelled, invalid
from bluegreen_simulator.moto.constraints import summary, violations
from bluegreen_simulator.moto.replacements import replaces

Params = Mapping[str, Any]
Answer = Callable[[Params], Any]

NOT_MODELLED_MEMBERS: Final = (
    "ImportExistingResources",
    "ResourceTypes",
    "ResourcesToImport",
    "RollbackConfiguration",
    "StackPolicyBody",
    "StackPolicyDuringUpdateBody",
    "StackPolicyDuringUpdateURL",
    "StackPolicyURL",
)
"""Members of requests that would have an effect on AWS."""


def answers(
    operation: str, method: str, restores: str, original: str
) -> Callable[[Answer], Answer]:
    """Let a function of the request's members answer an operation in moto's place."""

    def register(answer: Answer) -> Answer:
        @replaces(CloudFormationResponse, method, restores=restores, original=original)
        def respond(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
            params = self._get_params()
            broken = violations("cloudformation", operation, params)
            if broken:
                raise invalid(summary(broken))
            try:
                _refuse_members(operation, params)
                found = answer(params)
            except NotImplementedError as error:
                raise NotModelled(str(error)) from error
            return EmptyResult() if found is None else ActionResult(found)

        return answer

    return register


def _refuse_members(operation: str, params: Params) -> None:
    """Refuse by its name what would be passed over in silence."""
    found = sorted(name for name in NOT_MODELLED_MEMBERS if params.get(name))
    if found:
        raise NotImplementedError(
            f"{', '.join(found)} of {operation} is not modelled in the embedded AWS."
        )


NOT_MODELLED: Final[Mapping[str, str]] = {
    "create_stack_set": "5b1e65055dc7",
    "create_stack_instances": "8a0ff2740b1c",
    "delete_stack_set": "f9160b7bfb7d",
    "delete_stack_instances": "de80a0cf6ca4",
    "describe_stack_set": "0c2cba5ea843",
    "describe_stack_instance": "fd422391f491",
    "list_stack_sets": "a1dc32a02514",
    "list_stack_instances": "05366c4aad88",
    "list_stack_set_operations": "cdd027034564",
    "stop_stack_set_operation": "c85452366895",
    "describe_stack_set_operation": "37bd6b5a68f9",
    "list_stack_set_operation_results": "190db605c51f",
    "update_stack_set": "5efa9cb39633",
    "update_stack_instances": "dcead5ffbd08",
    "set_stack_policy": "e1b985fbc712",
}
"""Methods of moto's that would make stacks past these, with their fingerprints."""


def _refuse(method: str, original: str) -> None:
    operation = method.title().replace("_", "")

    @replaces(CloudFormationResponse, method, restores="refused by its name", original=original)
    def respond(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
        del self
        raise NotModelled(f"{operation} of cloudformation is not modelled in the embedded AWS.")


for _method, _original in NOT_MODELLED.items():
    _refuse(_method, _original)
