"""Evaluates the alarms on the world's clock, and publishes their changes of state."""

from datetime import datetime, timedelta
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Final, cast

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from bluegreen_simulator.aws.cloudwatch.composites import judged, watching
from bluegreen_simulator.aws.cloudwatch.history import History, compact
from bluegreen_simulator.aws.cloudwatch.notices import act, emit_state_change
from bluegreen_simulator.aws.cloudwatch.queries import MetricKey
from bluegreen_simulator.aws.cloudwatch.records import Alarm, State
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.alarms.evaluation import NewestMinute
from bluegreen_simulator.rules.alarms.reason import reason_data_of, reason_of
from bluegreen_simulator.rules.alarms.rule import AlarmState
from bluegreen_simulator.rules.metrics.series import NO_UNIT, Series
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from bluegreen_simulator.time.clock import Timer

EVALUATION_SECOND: Final = 5
"""Assumed: at which second of each minute alarms are evaluated, those of new data included."""

MINUTE: Final = timedelta(minutes=1)
WARMS_UP: Final = "Unchecked: The alarm is warming up"
"""Assumed: the StateReason of an alarm that an update lets warm up."""


class Evaluator:
    """The metrics and alarms of one running embedded AWS."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.series: dict[MetricKey, Series] = {}
        self.history = History()
        self.listeners: list[Callable[[str, str, str], None]] = []
        self._timer: Timer | None = None

    @property
    def alarms(self) -> dict[str, Alarm]:
        """The alarms of all types, by name."""
        return cast("dict[str, Alarm]", self._backend.alarms)

    @cached_property
    def _backend(self) -> CloudWatchBackend:
        """Moto's, which is slow to find and stays the same: each sample asks for the alarms."""
        return cloudwatch_backends[self.world.account_id][self.world.region]

    def add(
        self, key: MetricKey, at: datetime, statistics: Statistics, unit: str = NO_UNIT
    ) -> None:
        """Put samples to a metric."""
        if key not in self.series:
            self.series[key] = Series()
        self.series[key].add(at, statistics, unit)
        if self._timer is None:
            self.wake()

    def wake(self) -> None:
        """See to it that the alarms are evaluated in this minute or the next.

        When no alarm has data in its range and all have been evaluated since, evaluation rests:
        it would come to the same states until something happens, and that calls this.
        """
        if self._timer is None and self.alarms:
            at = next_evaluation(self.world.clock.now())
            self._timer = self.world.clock.run_at(at, self._look)

    def seen_until(self, evaluated_at: datetime) -> datetime:
        """Up to when an evaluation at that moment sees data, which it does in whole minutes."""
        late = self.world.newest_minute is NewestMinute.LATE
        return evaluated_at - MINUTE if late else evaluated_at

    def change(self, alarm: Alarm, value: str, reason: str, reason_data: str | None) -> None:
        """Set an alarm's state; tell of it, and judge what stands on it, if that is another."""
        now, old = self.world.clock.now(), alarm.state
        alarm.state = State(value, reason, reason_data, now)
        if value != old.value:
            alarm.transitioned_at = now
            self._tell(alarm, old)
            for composite in watching(self.alarms, alarm):
                self.judge(composite, alarm)

    def judge(self, composite: Alarm, child: Alarm | None = None, done: str = "") -> None:
        """Evaluate a composite alarm, since a child has changed, or the alarm was created."""
        state = judged(composite, self.alarms, child, done)
        if state.value != composite.state.value:
            self.change(composite, state.value, state.reason, state.reason_data)

    def _tell(self, alarm: Alarm, old: State) -> None:
        new = alarm.state
        self.history.add(alarm, old, new)
        self.world.journal.write(
            self.world.clock.now(),
            "alarm",
            name=alarm.name,
            old=old.value,
            new=new.value,
            reason=new.reason,
        )
        emit_state_change(alarm, old)
        act(self.world, alarm, old)
        for listener in self.listeners:
            listener(alarm.name, old.value, new.value)

    def _look(self) -> None:
        """Evaluate in a task of its own if that changes anything, for then others are told."""
        self._timer = None
        alarms, end = list(self.alarms.values()), self.seen_until(self.world.clock.now())
        for alarm in alarms:
            if alarm.warm_up:
                self._end_warm_up(alarm)
        if any(map(self._would_change, alarms, repeat(end))):
            self.world.clock.spawn(self._evaluate_all, "evaluation of alarms")
        elif not all(map(self._rests, alarms)):
            self.wake()

    def _end_warm_up(self, alarm: Alarm) -> None:
        """Forget a warm-up that is over; it does not go on when data is missing again."""
        if alarm.watch and alarm.warm_up:
            now = self.world.clock.now()
            goes_on = alarm.watch.warms_up(alarm.warm_up, self.series, self.seen_until(now), now)
            alarm.warm_up = alarm.warm_up if goes_on else None

    def _would_change(self, alarm: Alarm, end: datetime) -> bool:
        state = alarm.state.value
        if alarm.warm_up:
            return state != AlarmState.INSUFFICIENT_DATA
        return alarm.watch is not None and alarm.watch.state(self.series, end, state) != state

    def _rests(self, alarm: Alarm) -> bool:
        """Whether the alarm comes to the same state until something happens."""
        if alarm.watch is None:
            return True
        end = self.seen_until(self.world.clock.now())
        return not alarm.warm_up and alarm.watch.rests(self.series, end)

    def _evaluate_all(self) -> None:
        alarms = list(self.alarms.values())
        for alarm in alarms:
            self._evaluate(alarm)
        if not all(map(self._rests, alarms)):
            self.wake()

    def _evaluate(self, alarm: Alarm) -> None:
        """Evaluate a metric alarm, unless it is warming up."""
        if alarm.warm_up and alarm.state.value != AlarmState.INSUFFICIENT_DATA:
            self.change(alarm, AlarmState.INSUFFICIENT_DATA.value, WARMS_UP, None)
        if alarm.watch is None or alarm.warm_up:
            return
        now, rule, state = self.world.clock.now(), alarm.watch.rule, AlarmState(alarm.state.value)
        evaluation = alarm.watch.evaluate(self.series, self.seen_until(now), state)
        if evaluation.state != alarm.state.value:
            data = compact(reason_data_of(rule, evaluation, now))
            self.change(alarm, evaluation.state.value, reason_of(rule, evaluation), data)


_running: list[Evaluator] = []


def begin(world: World) -> None:
    """Begin without metrics, histories and listeners."""
    _running[:] = [Evaluator(world)]


def running() -> Evaluator:
    """The evaluator of the embedded AWS that runs."""
    return _running[0]


def next_evaluation(now: datetime) -> datetime:
    """The first moment after `now` at which alarms are evaluated."""
    at = now.replace(second=EVALUATION_SECOND, microsecond=0)
    return at if at > now else at + MINUTE
