"""Lambda and a function's role: it has to trust Lambda, and it decides what Lambda does for it."""

from typing import Any, Final

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.logs.models import logs_backends

from bluegreen_simulator.aws.iam.authorization import is_allowed
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.principals import Role, Service
from bluegreen_simulator.aws.iam.sending import refusal
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.iam.trust import may_assume
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LAMBDA: Final = Service("lambda.amazonaws.com")
NOT_TRUSTED: Final = "The role defined for the function cannot be assumed by Lambda."
LOGGING: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
"""What the role of a function needs so that its log is kept (Developer Guide, execution role)."""


class _State:
    world: World


class InvalidParameter(LambdaClientError):  # type: ignore[misc] # moto has no types
    """A function or its configuration that its role does not go with."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValueException", message)


class AccessDenied(LambdaClientError):  # type: ignore[misc] # likewise
    """A function that Lambda may not run as its role any more."""

    code = 403

    def __init__(self, message: str) -> None:
        super().__init__("AccessDeniedException", message)


def install(world: World) -> None:
    """Ask the roles of this world."""
    _State.world = world


def require_at_creation(role_arn: str) -> None:
    """Refuse a function whose role does not trust Lambda, or is not there."""
    if not _is_trusted(role_arn):
        raise InvalidParameter(NOT_TRUSTED)


def require_trust(function: LambdaFunction) -> None:
    """Refuse to run a function whose role does not trust Lambda any more."""
    if not _is_trusted(function.role):
        raise AccessDenied(NOT_TRUSTED)


def _is_trusted(role_arn: str) -> bool:
    account = Keys.of({"aws:SourceAccount": _State.world.account_id})
    return may_assume(_State.world, LAMBDA, role_arn, account)


@replaces(
    LambdaBackend,
    "put_function_event_invoke_config",
    restores="a destination is refused to which the function's role may not send",
    original="5553f19f0894",
)
def _put_destinations(self: Any, function_name: str, config: dict[str, Any]) -> Any:  # noqa: ANN401
    role = self.get_function(function_name).role
    for destination in config.get("DestinationConfig", {}).values():
        arn = destination.get("Destination", "")
        if ":sqs:" in arn and not may_send(role, arn):
            raise InvalidParameter(f"The destination ARN {arn} is invalid.")
    original = ORIGINALS[LambdaBackend, "put_function_event_invoke_config"]
    return original(self, function_name, config)


def may_send(role_arn: str, queue_arn: str) -> bool:
    """Whether the role may send to the queue; its key is not asked for before it is used."""
    return is_allowed(_State.world, Role(role_arn), Asked("sqs:SendMessage", queue_arn))


def refusal_to_send(role_arn: str, queue_arn: str) -> str | None:
    """Why what a function failed on does not reach its queue; None when it does."""
    return refusal(_State.world, Role(role_arn), queue_arn)


def may_log(function: LambdaFunction) -> bool:
    """Whether the role lets Lambda keep the function's log; without it the log is empty."""
    world, group = _State.world, function.logs_group_name
    groups = logs_backends[world.account_id][world.region].groups
    making = () if group in groups else ("logs:CreateLogGroup",)
    arn = f"arn:aws:logs:{world.region}:{world.account_id}:log-group:{group}"
    role = Role(function.role)
    decisions = [is_allowed(world, role, Asked(a, f"{arn}:*")) for a in (*making, *LOGGING)]
    return all(decisions)
