"""What can go wrong at one call of a function: each kind of fault as a plan for the simulator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    FaultPlan,
    LambdaTimeout,
)

LASTING: Final = 40
"""How many tries of a call fail: more than all retries of botocore and the workflow at once."""


@dataclass(frozen=True)
class Call:
    """The nth call of an operation by a function in a scene.

    `succeeded` counts those that AWS did not refuse: it is 0 if it refused this one.
    """

    function: str
    service: str
    operation: str
    nth: int
    succeeded: int

    def __str__(self) -> str:
        return f"{self.function} {self.service} {self.operation} {self.nth}"


@dataclass(frozen=True)
class Kind:
    """A kind of fault; `after`: the call has its effect. A `passing` one changes no verdict."""

    name: str
    plan_for: Callable[[Call], FaultPlan]
    after: bool = False
    passing: bool = True

    def __str__(self) -> str:
        return self.name

    def applies_to(self, call: Call) -> bool:
        """Whether it can happen: who dies after a call, dies after one that AWS did not refuse."""
        return (
            bool(call.succeeded) or not self.after or self.name.startswith(("error", "no answer"))
        )


def _error(error: ApiError, times: int, *, after: bool = False) -> Callable[[Call], FaultPlan]:
    def plan_for(call: Call) -> FaultPlan:
        fault = ApiFault(
            call.service,
            error,
            call.operation,
            call.function,
            carried_out=after,
            times=times,
            nth=call.nth,
        )
        return FaultPlan(apis=(fault,))

    return plan_for


def _death(*, after: bool) -> Callable[[Call], FaultPlan]:
    def plan_for(call: Call) -> FaultPlan:
        nth = call.succeeded if after else call.nth
        death = Death(call.function, call.operation, nth, before=not after)
        return FaultPlan(deaths=(death,))

    return plan_for


def _hang(*, after: bool) -> Callable[[Call], FaultPlan]:
    def plan_for(call: Call) -> FaultPlan:
        nth = call.succeeded if after else call.nth
        hang = LambdaTimeout(call.function, call.operation, nth, before=not after)
        return FaultPlan(lambda_timeouts=(hang,))

    return plan_for


KINDS: Final = (
    Kind("error once", _error(ApiError.UNAVAILABLE, 1)),
    Kind("error once, carried out", _error(ApiError.UNAVAILABLE, 1, after=True), after=True),
    Kind("error thrice", _error(ApiError.UNAVAILABLE, 3)),
    Kind("error thrice, carried out", _error(ApiError.UNAVAILABLE, 3, after=True), after=True),
    Kind("no answer thrice, carried out", _error(ApiError.TIMEOUT, 3, after=True), after=True),
    Kind("error lasts", _error(ApiError.UNAVAILABLE, LASTING), passing=False),
    Kind(
        "error lasts, carried out",
        _error(ApiError.UNAVAILABLE, LASTING, after=True),
        after=True,
        passing=False,
    ),
    Kind("denied", _error(ApiError.DENIED, LASTING), passing=False),
    Kind("dies before", _death(after=False)),
    Kind("dies after", _death(after=True), after=True),
    Kind("hangs before", _hang(after=False)),
    Kind("hangs after", _hang(after=True), after=True),
)
