"""The calls of functions through boto3: what their role allows, and which faults they meet."""

from functools import partial
from typing import Any, ClassVar

from botocore.client import BaseClient
from botocore.retries.quota import RetryQuota

from bluegreen_simulator.aws.iam import permissions
from bluegreen_simulator.aws.lambda_.process import RunningFunction, running_function
from bluegreen_simulator.aws.lambda_.runtime import FunctionDied, Invocation, hang, sleep
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces


class _State:
    world: World
    quotas: ClassVar[dict[tuple[str, RetryQuota], RetryQuota]] = {}


def install(world: World) -> None:
    """Begin with full quotas of retries."""
    _State.world = world
    _State.quotas = {}


@replaces(
    BaseClient,
    "_make_api_call",
    restores="a function may call only what its role allows; a fault may strike before or after it",
    original="75ba491f61ff",
)
def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:  # noqa: ANN401
    call = partial(ORIGINALS[BaseClient, "_make_api_call"], self, operation_name, api_params)
    function = running_function()
    if function is None:
        return call()
    if isinstance(function, Invocation):
        function.read_timeout = self.meta.config.read_timeout
    service, world = self.meta.service_model.service_name, _State.world
    _meet_faults(function, operation_name, before=True)
    permissions.check(world, function.role_arn, service, operation_name, api_params)
    try:
        answer = call()
    except Exception as error:
        _journal_call(function, service, operation_name, type(error).__name__)
        raise
    _journal_call(function, service, operation_name, None)
    _meet_faults(function, operation_name)
    return answer


def _meet_faults(function: RunningFunction, operation: str, *, before: bool = False) -> None:
    """Let come what faults have for this moment, before a call or after it has succeeded."""
    faults = _State.world.faults
    for watch in _State.world.call_watchers:
        watch(function.name, operation, before)
    pause = faults.pause(function.name, operation, before=before)
    if pause:
        sleep(pause)
    if faults.strike(function.name, operation, before=before):
        raise FunctionDied
    if faults.hangs(function.name, operation, before=before):
        hang()


def _journal_call(
    function: RunningFunction, service: str, operation: str, error: str | None
) -> None:
    world = _State.world
    world.journal.write(
        world.clock.now(),
        "api_call",
        function=function.name,
        service=service,
        operation=operation,
        error=error,
    )


def _own(shared: RetryQuota) -> RetryQuota:
    """The quota of the function that runs; clients here are shared, and outlive every start."""
    function = running_function()
    owner = (function.name if function else "", shared)
    return _State.quotas.setdefault(owner, RetryQuota())


@replaces(
    RetryQuota,
    "acquire",
    restores="each function has clients of its own, and so its own quota of retries",
    original="06891ef9b7de",
)
def _acquire(self: RetryQuota, capacity_amount: int) -> bool:
    acquired: bool = ORIGINALS[RetryQuota, "acquire"](_own(self), capacity_amount)
    return acquired


@replaces(
    RetryQuota,
    "release",
    restores="each function has clients of its own: what succeeds gives back to its own quota",
    original="4ffce8806be7",
)
def _release(self: RetryQuota, capacity_amount: int) -> None:
    ORIGINALS[RetryQuota, "release"](_own(self), capacity_amount)
