"""The faults of a running embedded AWS: which of them apply now, and how often they occurred."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from bluegreen_simulator.rules.faults.kinds import (
    ApiFault,
    Coming,
    Death,
    EventFault,
    FaultPlan,
    LambdaTimeout,
    Pause,
    Stop,
)


@dataclass(eq=False)
class Recurring[F: EventFault | ApiFault]:
    """A fault with a window; `since` is its beginning, None when that is still to come.

    `met` is how much of what it is about has come within the window since then.
    """

    fault: F
    since: datetime | None
    struck: int = 0
    met: int = 0

    def strikes(self, now: datetime) -> bool:
        """Whether it strikes what comes now; that is counted."""
        if not self.fault.window.holds(self._second(now)):
            return False
        self.met += self.since is not None
        due = max(self.met, 1) >= self.fault.nth and self.struck != self.fault.times
        self.struck += due
        return due

    def is_over(self, now: datetime) -> bool:
        """Whether it will never strike again."""
        return self.struck == self.fault.times or self.fault.window.is_over(self._second(now))

    def _second(self, now: datetime) -> float | None:
        return None if self.since is None else (now - self.since).total_seconds()


@dataclass(eq=False)
class Sudden[F: Death | LambdaTimeout | Pause]:
    """What happens to a function once, and how often its call was made already.

    Calls count once it has begun.
    """

    fault: F
    begun: bool
    calls: int = 0

    def comes(self, function: str, operation: str, *, before: bool) -> bool:
        """Whether it comes now, after this call or before it."""
        fault = self.fault
        meant = (fault.operation, fault.before) == (operation, before)
        if not (self.begun and meant and fault.function in function):
            return False
        self.calls += 1
        return self.calls == self.fault.nth

    @property
    def is_over(self) -> bool:
        """Whether it has come."""
        return self.calls >= self.fault.nth


@dataclass(eq=False)
class Stopping:
    """Stops of executions, and how often each of those that run came to the point already.

    What is reached counts once it has begun.
    """

    fault: Stop
    begun: bool
    reached: Counter[str] = field(default_factory=Counter)
    struck: int = 0

    def comes(self, execution: str, point: Stop) -> bool:
        """Whether the execution is stopped now, at a point of it."""
        if not (self.begun and self._means(point)):
            return False
        self.reached[execution] += 1
        due = self.reached[execution] == self.fault.nth and not self.is_over
        self.struck += due
        return due

    def _means(self, point: Stop) -> bool:
        fault = self.fault
        where = (fault.state, fault.operation, fault.before)
        return where == (point.state, point.operation, point.before) and (
            fault.function in point.function
        )

    @property
    def is_over(self) -> bool:
        """Whether so many executions have been stopped."""
        return self.struck == self.fault.executions


class Faults:
    """What goes wrong, by default nothing; `begin` is the beginning of the plan's faults."""

    def __init__(self, plan: FaultPlan | None = None) -> None:
        self.plan = plan or FaultPlan()
        self.clear()
        self.add(self.plan, None)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.events: list[Recurring[EventFault]] = []
        self.apis: list[Recurring[ApiFault]] = []
        self.deaths: list[Sudden[Death]] = []
        self.lambda_timeouts: list[Sudden[LambdaTimeout]] = []
        self.pauses: list[Sudden[Pause]] = []
        self.stops: list[Stopping] = []
        self.pending: list[Coming] = []

    def add(self, plan: FaultPlan, since: datetime | None) -> None:
        """Ask for more; without `since` their beginning is still to come."""
        dropped = (EventFault(drop=True),) if plan.drop_events else ()
        self.events += [Recurring(fault, since) for fault in (*dropped, *plan.events)]
        self.apis += [Recurring(fault, since) for fault in plan.apis]
        begun = since is not None
        self.deaths += [Sudden(fault, begun) for fault in plan.deaths]
        self.lambda_timeouts += [Sudden(fault, begun) for fault in plan.lambda_timeouts]
        self.pauses += [Sudden(fault, begun) for fault in plan.pauses]
        self.stops += [Stopping(fault, begun) for fault in plan.stops]

    def withdraw(self, fault: Coming) -> bool:
        """Whether a fault is still to come; it is not any more then."""
        still = fault in self.pending
        if still:
            self.pending.remove(fault)
        return still

    def begin(self, now: datetime) -> None:
        """Let the faults begin that were to begin with the deployment."""
        for event in self.events:
            event.since = event.since or now
        for api in self.apis:
            api.since = api.since or now
        for death in self.deaths:
            death.begun = True
        for hang in self.lambda_timeouts:
            hang.begun = True
        for pause in self.pauses:
            pause.begun = True
        for stop in self.stops:
            stop.begun = True

    def strike(self, function: str, operation: str, *, before: bool = False) -> bool:
        """Tell whether `function` dies now, after `operation` or before it, which comes once."""
        return True in [death.comes(function, operation, before=before) for death in self.deaths]

    def hangs(self, function: str, operation: str = "", *, before: bool = False) -> bool:
        """Tell whether `function` hangs now, likewise; without an operation, at its beginning."""
        hangs = [hang.comes(function, operation, before=before) for hang in self.lambda_timeouts]
        return True in hangs

    def pause(self, function: str, operation: str, *, before: bool = False) -> float:
        """How many seconds `function` stands still now, likewise."""
        came = [one for one in self.pauses if one.comes(function, operation, before=before)]
        return sum(pause.fault.seconds for pause in came)

    def stops_at(self, execution: str, point: Stop) -> bool:
        """Tell whether an execution is stopped now: it has entered a state, or calls something."""
        return True in [stop.comes(execution, point) for stop in self.stops]

    def on_event(self, detail_type: str, now: datetime) -> list[EventFault]:
        """The faults that hit an event of AWS which is sent now."""
        return [
            armed.fault
            for armed in self.events
            if armed.fault.detail_type in {"", detail_type} and armed.strikes(now)
        ]

    def on_call(
        self, service: str, operation: str, function: str, now: datetime
    ) -> ApiFault | None:
        """The fault that hits a call which is made now; see ApiFault for `function`."""
        for armed in self.apis:
            fault = armed.fault
            hit = fault.service == service and fault.operation in {"", operation}
            if hit and fault.function in function and armed.strikes(now):
                return fault
        return None
