"""Step Functions: a state machine does what its role allows, and logs where the role may.

A role that was never made here may do everything, as whoever runs this AWS may.
"""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
    state_task_service_lambda,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from bluegreen_simulator.aws.iam.authorization import is_allowed
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.permissions import check, refused
from bluegreen_simulator.aws.iam.principals import Role, Service
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.iam.trust import is_made, may_assume
from bluegreen_simulator.aws.step_functions import machines
from bluegreen_simulator.aws.step_functions.definitions import waits_for_executions
from bluegreen_simulator.aws.step_functions.nested import as_called
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

STATES: Final = Service("states.amazonaws.com")
LOG_DELIVERY: Final = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
"""What a role needs to log (Developer Guide, "IAM policies for logging to CloudWatch Logs").

That each of them is asked for when a machine is made is assumed.
"""

MANAGED_RULE: Final = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
MANAGING: Final = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
"""What a role needs for the rule by which Step Functions learns of the end of what it waits for.

(Developer Guide, "Start a new AWS Step Functions state machine from a running execution".) That
each of them is asked for when a machine is made is assumed.
"""

NOT_TRUSTED: Final = (
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized"
    " to assume the provided role."
)
NO_LOG: Final = "The state machine IAM Role is not authorized to access the Log Destination"


class AccessDenied(AWSError):  # type: ignore[misc] # moto has no types
    """The role does not allow what a machine is to do."""

    TYPE = "AccessDeniedException"
    STATUS = 400


class _State:
    world: World


def install(world: World) -> None:
    """Ask the roles of this world."""
    _State.world = world


@replaces(
    StepFunctionsParserBackend,
    "create_state_machine",
    restores="a machine is refused that has the name of another, or whose role does not trust Step"
    " Functions, may not log, or may not be told of what it waits for",
    original="dc56ec54216f",
)
def _create(self: Any, **members: Any) -> Any:  # noqa: ANN401 - moto has no types
    machines.require_standard(members.get("sm_type"))
    self._validate_definition(definition=members["definition"])
    machines.require_new_or_same(self.state_machines, members)
    role, logging = members["roleArn"], members.get("loggingConfiguration")
    arn = f"arn:aws:states:{self.region_name}:{self.account_id}:stateMachine:{members['name']}"
    _check_role(role, arn, logging, members["definition"])
    return ORIGINALS[StepFunctionsParserBackend, "create_state_machine"](self, **members)


@replaces(
    StepFunctionsParserBackend,
    "update_state_machine",
    restores="a machine keeps a role that trusts Step Functions, may log, and be told of what it"
    " waits for",
    original="03b6b2ec8ffd",
)
def _update(self: Any, arn: str, *members: Any, **named: Any) -> Any:  # noqa: ANN401 - likewise
    update = ORIGINALS[StepFunctionsParserBackend, "update_state_machine"]
    machine = self.describe_state_machine(arn)
    given = dict(zip(("definition", "role_arn", "logging_configuration"), members, strict=False))
    wanted = {**given, **named}
    logging = wanted.get("logging_configuration") or machine.loggingConfiguration
    definition = wanted.get("definition") or machine.definition
    self._validate_definition(definition=definition)
    _check_role(wanted.get("role_arn") or machine.roleArn, arn, logging, definition)
    return update(self, arn, *members, **named)


def _check_role(role_arn: str, machine_arn: str, logging: Any, definition: str) -> None:  # noqa: ANN401 - any JSON
    if not _is_trusted(role_arn, machine_arn):
        raise AccessDenied(NOT_TRUSTED)
    if waits_for_executions(definition) and not _may_be_told(role_arn):
        raise AccessDenied(f"'{role_arn}' is not authorized to create managed-rule.")
    if _logs(logging or {}) and not _may_log(role_arn):
        raise AccessDenied(NO_LOG)


def _is_trusted(role_arn: str, machine_arn: str) -> bool:
    world = _State.world
    if not is_made(world, role_arn):
        return True
    account = {"aws:SourceAccount": world.account_id, "aws:SourceArn": machine_arn}
    return may_assume(world, STATES, role_arn, Keys.of(account))


def _logs(configuration: Mapping[str, Any]) -> bool:
    """Whether it logs somewhere; a level alone says nothing of where."""
    return configuration.get("level", "OFF") != "OFF" and bool(configuration.get("destinations"))


def _may_log(role_arn: str) -> bool:
    return _may(role_arn, LOG_DELIVERY, "*")


def _may_be_told(role_arn: str) -> bool:
    world = _State.world
    rule = f"arn:aws:events:{world.region}:{world.account_id}:rule/{MANAGED_RULE}"
    return _may(role_arn, MANAGING, rule)


def _may(role_arn: str, actions: tuple[str, ...], resource: str) -> bool:
    """Every action is asked for, so that each one is known to be needed."""
    role, world = Role(role_arn), _State.world
    if not is_made(world, role_arn):
        return True
    decisions = [is_allowed(world, role, Asked(action, resource)) for action in actions]
    return all(decisions)


@replaces(
    state_task_service.StateTaskService,
    "_before_eval_execution",
    restores="a task does what the machine's role, or that of its credentials, allows, or fails",
    original="6c5ad214e88d",
)
def _before_task(
    self: Any,  # noqa: ANN401 - moto has no types
    env: Any,  # noqa: ANN401
    resource_runtime_part: Any,  # noqa: ANN401
    raw_parameters: dict[str, Any],
    state_credentials: Any,  # noqa: ANN401
) -> None:
    ORIGINALS[state_task_service.StateTaskService, "_before_eval_execution"](
        self, env, resource_runtime_part, raw_parameters, state_credentials
    )
    own = env.aws_execution_details.role_arn
    role = state_credentials.role_arn if self.credentials else own
    action: str = self.resource.api_action
    operation = action[0].upper() + action[1:]
    machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
    service = self._get_boto_service_name()
    if not _is_trusted(own, machine):
        raise refused(service, operation, NOT_TRUSTED)
    call = as_called(raw_parameters) if service == "stepfunctions" else raw_parameters
    if is_made(_State.world, role):
        check(_State.world, role, service, operation, call)
    self._verify_size_quota(env=env, value=raw_parameters)


def _lambda_error(client_error: Any) -> tuple[str, str]:  # noqa: ANN401 - moto has no types
    """Seen in public reports; the code that Lambda gives stands in the cause."""
    original = ORIGINALS[
        state_task_service_lambda.StateTaskServiceLambda, "_error_cause_from_client_error"
    ]
    error, cause = original.__func__(client_error)
    return "Lambda.AWSLambdaException" if error == "Lambda.AccessDeniedException" else error, cause


replaces(
    state_task_service_lambda.StateTaskServiceLambda,
    "_error_cause_from_client_error",
    restores="a call of a function that is denied is Lambda.AWSLambdaException",
    original="ebcbb8bd6a4f",
)(staticmethod(_lambda_error))
