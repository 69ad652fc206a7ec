"""Step Functions: state machines as they are made again, deleted, and told of by an execution."""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.moto.replacements import ABSENT, ORIGINALS, replaces

STANDARD: Final = "STANDARD"
USUAL: Final = {
    "sm_type": STANDARD,
    "loggingConfiguration": {"level": "OFF"},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}
"""What CreateStateMachine takes where it is not said."""


class AlreadyExists(AWSError):  # type: ignore[misc] # moto has no types
    """Another state machine has this name."""

    TYPE = "StateMachineAlreadyExists"
    STATUS = 400


class TypeNotSupported(AWSError):  # type: ignore[misc] # moto has no types
    """A call that this type of state machine does not have."""

    TYPE = "StateMachineTypeNotSupported"
    STATUS = 400


def require_standard(kind: str | None) -> None:
    """Refuse what is not modelled by its name."""
    if kind not in {None, STANDARD}:
        raise NotImplementedError(f"A state machine of type {kind} is not modelled.")


def require_new_or_same(machines: list[Any], members: Mapping[str, Any]) -> None:
    """Refuse to make a machine with the name of another one; the same one may be made again.

    Role and tags may differ then, and stay as they are (API, CreateStateMachine).
    """
    for machine in machines:
        if machine.name == members["name"] and _differs(machine, members):
            raise AlreadyExists(f"State Machine Already Exists: '{machine.arn}'")


def _differs(machine: Any, members: Mapping[str, Any]) -> bool:  # noqa: ANN401 - moto has no types
    wanted = {name: members.get(name) or usual for name, usual in USUAL.items()}
    there = {
        name: getattr(machine, "type" if name == "sm_type" else name) or usual
        for name, usual in USUAL.items()
    }
    return bool(machine.definition != members["definition"] or there != wanted)


@replaces(
    StepFunctionsParserBackend,
    "delete_state_machine",
    restores="the executions of a machine that is deleted are stopped",
    original="3181befe1f47",
)
def _delete(self: Any, arn: str) -> None:  # noqa: ANN401 - moto has no types
    for machine in self.state_machines:
        if machine.arn == arn:
            for execution in list(machine.executions):
                executions.stop(execution)
    ORIGINALS[StepFunctionsParserBackend, "delete_state_machine"](self, arn)


@replaces(
    StepFunctionResponse,
    "describe_state_machine_for_execution",
    restores="the machine is told as it was when the execution began",
    original="6ea2c887b4ce",
)
def _describe_for_execution(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
    arn = self._get_param("executionArn")
    machine = self.stepfunction_backend.describe_execution(arn).state_machine
    told = {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "definition": machine.definition,
        "roleArn": machine.roleArn,
        "updateDate": machine.update_date,
        "loggingConfiguration": machine.loggingConfiguration,
        "tracingConfiguration": machine.tracingConfiguration,
        "encryptionConfiguration": machine.encryptionConfiguration,
    }
    return ActionResult({name: value for name, value in told.items() if value is not None})


@replaces(
    StepFunctionResponse,
    "start_sync_execution",
    restores="only a machine of type EXPRESS is started so",
    original=ABSENT,
)
def _start_sync(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
    self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    raise TypeNotSupported("This operation is not supported by this type of state machine")
