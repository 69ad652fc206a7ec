"""The faults that can be asked for, each as a value: what it applies to, when, and how often."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DETAIL_TYPES: Final = (
    "SageMaker Endpoint State Change",
    "SageMaker Endpoint Deployment State Change",
    "SageMaker Model Package State Change",
    "CloudWatch Alarm State Change",
    "Step Functions Execution Status Change",
)
"""Of the events of AWS itself that the embedded AWS may send."""

ANSWERS: Final = ("error_rate", "client_error_rate", "latency_ms")
"""What a fault may change in how models answer."""

ENDPOINT: Final = "churn"
"""The endpoint of every scenario."""


@dataclass(frozen=True)
class Window:
    """From when (on) to when (before), in seconds after the faults' beginning; no bounds: always.

    The beginning is the start of the deployment, or the request that asks for the faults.
    """

    start: float | None = None
    end: float | None = None

    def holds(self, second: float | None) -> bool:
        """Whether a moment is within; None: the beginning is still to come."""
        if second is None:
            return self.start is None
        return (self.start is None or self.start <= second) and not self.is_over(second)

    def is_over(self, second: float | None) -> bool:
        """Whether no later moment is within."""
        return second is not None and self.end is not None and second >= self.end


ALWAYS: Final = Window()


@dataclass(frozen=True)
class EventFault:
    """Something happens to events of AWS on their way to the bus: one of the effects.

    `detail_type`: "" means every event. `drop`: it never arrives. `delay`: it arrives that many
    seconds late. `duplicate`: it arrives so many times, all at the same moment. `reorder`: it
    arrives right after the next one, or after a minute if none comes. `skew`: every time in it
    is so many seconds off. `nth`: only from the nth such event on, counted from the faults'
    beginning. `times`: then only so many events are hit.
    """

    detail_type: str = ""
    drop: bool = False
    delay: float = 0
    duplicate: int = 1
    reorder: bool = False
    skew: int = 0
    window: Window = ALWAYS
    times: int | None = None
    nth: int = 1


class ApiError(StrEnum):
    """What becomes of a call; each service has its own code and status for it."""

    THROTTLING = "ThrottlingException"
    INTERNAL = "InternalFailure"
    UNAVAILABLE = "ServiceUnavailable"
    DENIED = "AccessDenied"
    KEY_DISABLED = "KMSDisabled"
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class ApiFault:
    """Calls of an API fail: those of our functions, and those of clients over HTTP.

    `service` is boto3's name; `operation` and `function`, "" for every one; `function` is the one
    that calls or, if the service is Lambda, the one that is invoked: by Step Functions and
    EventBridge too. `carried_out`: the call has its effect all the same, only its answer is lost.
    `nth`: only from the nth such call on, counted from the beginning of the faults; `times`: then
    only so many calls; in both, botocore's own retries are calls too.
    """

    service: str
    error: ApiError
    operation: str = ""
    function: str = ""
    carried_out: bool = False
    window: Window = ALWAYS
    times: int | None = None
    nth: int = 1


@dataclass(frozen=True)
class Death:
    """The Lambda function dies, once, right after the named API call has returned, or `before` it.

    `function` is the name of the function's state or handler as in its logical id, for
    example `StartUpdate`; `operation` is an operation of the AWS API, `UpdateEndpoint`; `nth`
    says at how many such calls of it, 1 being the first.
    """

    function: str
    operation: str
    nth: int = 1
    before: bool = False


@dataclass(frozen=True)
class LambdaTimeout:
    """The Lambda function hangs, once, until its timeout kills it.

    The members are those of a death; without `operation` it hangs before it does anything, in
    its `nth` run.
    """

    function: str
    operation: str = ""
    nth: int = 1
    before: bool = False


@dataclass(frozen=True)
class Pause:
    """The Lambda function stands still, once, for so many seconds, and then goes on.

    The other members are those of a death. Its timeout kills it all the same.
    """

    function: str
    operation: str
    seconds: float
    nth: int = 1
    before: bool = False


@dataclass(frozen=True)
class Stop:
    """Somebody stops an execution, with StopExecution, when it comes to a point for the nth time.

    The point: it has just entered `state`; or `function`, which it invoked, is about to make
    (`before`) or has just made the call of `operation`. The first so many `executions` that come
    so far are stopped, each once: the deployment's own, then those that adopt it.
    """

    state: str = ""
    function: str = ""
    operation: str = ""
    before: bool = False
    nth: int = 1
    executions: int = 1


@dataclass(frozen=True)
class ForeignUpdate:
    """Somebody else calls UpdateEndpoint, unguarded, `at` seconds after the beginning.

    SageMaker refuses that while the endpoint is being updated. An endpoint config that does not
    exist is made first, like the live one.
    """

    at: float
    config: str


class Provisioning(StrEnum):
    """How the instances of the next update come up."""

    NEVER_ENDS = "never-ends"
    NO_CAPACITY = "no-capacity"


@dataclass(frozen=True)
class SystemUpdating:
    """SageMaker maintains the endpoint: SystemUpdating from `at` on for `seconds`.

    Only an endpoint that is at rest then; else nothing happens.
    """

    at: float
    seconds: float


@dataclass(frozen=True)
class FailingModel:
    """The models of an endpoint config answer otherwise from `at` on.

    Those members that are given hold, whatever their own behaviour is, until the next such fault
    of the config takes this one's place, or until the faults are cleared.
    """

    at: float
    config: str
    error_rate: float | None = None
    client_error_rate: float | None = None
    latency_ms: float | None = None

    @property
    def answers(self) -> dict[str, float]:
        """The members of a behaviour that it says, by their names."""
        said = {name: getattr(self, name) for name in ANSWERS}
        return {name: value for name, value in said.items() if value is not None}


type Coming = ForeignUpdate | SystemUpdating | FailingModel
"""What happens once, at a moment of its own."""


@dataclass(frozen=True)
class FaultPlan:
    """The faults that are asked for together, with one beginning; by default none.

    From `endpoint` to `system_updating` they are of this endpoint; `provisioning` and
    `rollback_fails` (a rolling update cannot have blue's instances again) of its next update.
    """

    drop_events: bool = False
    events: tuple[EventFault, ...] = ()
    apis: tuple[ApiFault, ...] = ()
    deaths: tuple[Death, ...] = ()
    lambda_timeouts: tuple[LambdaTimeout, ...] = ()
    pauses: tuple[Pause, ...] = ()
    stops: tuple[Stop, ...] = ()
    endpoint: str = ENDPOINT
    foreign_update: ForeignUpdate | None = None
    provisioning: Provisioning | None = None
    rollback_fails: bool = False
    system_updating: SystemUpdating | None = None
    failing_model: FailingModel | tuple[FailingModel, ...] = ()

    @property
    def coming(self) -> tuple[Coming, ...]:
        """What happens once, each at its moment."""
        failing = self.failing_model
        several = (failing,) if isinstance(failing, FailingModel) else failing
        return tuple(f for f in (self.foreign_update, self.system_updating, *several) if f)
