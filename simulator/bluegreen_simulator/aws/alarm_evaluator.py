"""Evaluates moto's alarms on the world's clock, and tells everybody of their changes of state."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from moto.cloudwatch.models import Alarm, cloudwatch_backends

from bluegreen_simulator.alarms.evaluation import evaluate
from bluegreen_simulator.alarms.reason import reason_data_of, reason_of
from bluegreen_simulator.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule
from bluegreen_simulator.alarms.series import Series
from bluegreen_simulator.alarms.statistics import Statistics
from bluegreen_simulator.aws.alarm_history import History, State, compact
from bluegreen_simulator.aws.alarm_notices import act, emit_state_change
from bluegreen_simulator.world import World

if TYPE_CHECKING:
    from bluegreen_simulator.clock import Timer

EVALUATION_SECOND: Final = 5
"""Assumed: at which second of each minute alarms are evaluated, those of new data included."""

MINUTE: Final = timedelta(minutes=1)

MetricKey = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and the exact set of dimensions: what makes a metric, and which one."""


def metric_key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """The key of a metric."""
    return namespace, name, frozenset(dimensions.items())


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
        """The alarms in moto, by name."""
        backend = cloudwatch_backends[self.world.account_id][self.world.region]
        return cast("dict[str, Alarm]", backend.alarms)

    def add(self, key: MetricKey, at: datetime, statistics: Statistics) -> None:
        """Put samples to a metric."""
        self.series.setdefault(key, Series()).add(at, statistics)
        self.wake()

    def wake(self) -> None:
        """See to it that the alarms are evaluated in this minute or the next.

        When no alarm has data in its range and all have been evaluated since, evaluation rests:
        it would come to the same states until something happens, and that calls this.
        """
        if self._timer is None and self.alarms:
            at = next_evaluation(self.world.clock.now())
            self._timer = self.world.clock.call_at(at, self._evaluate_all, "evaluation of alarms")

    def tell(self, alarm: Alarm, old: State) -> None:
        """Tell of the alarm's state, if that is another than `old`."""
        new = state_of(alarm)
        if new.value == old.value:
            return
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        self.history.add(alarm.name, old, new)
        self.world.journal.write(
            self.world.clock.now(),
            "alarm",
            name=alarm.name,
            old=old.value,
            new=new.value,
            reason=new.reason,
        )
        emit_state_change(alarm, old, new)
        act(self.world, alarm, old, new)
        for listener in self.listeners:
            listener(alarm.name, old.value, new.value)

    def _evaluate_all(self) -> None:
        self._timer = None
        resting = [self._evaluate(alarm) for alarm in list(self.alarms.values())]
        if not all(resting):
            self.wake()

    def _evaluate(self, alarm: Alarm) -> bool:
        """Evaluate an alarm; whether its state is settled until something happens."""
        now, rule = self.world.clock.now(), rule_of(alarm)
        series = self.series.get(_key_of(alarm), Series())
        evaluation = evaluate(rule, series.in_range(rule, now), AlarmState(alarm.state_value))
        if evaluation.state != alarm.state_value:
            old, data = state_of(alarm), reason_data_of(rule, evaluation, now)
            reason = reason_of(rule, evaluation)
            alarm.update_state(reason, compact(data), evaluation.state.value)
            self.tell(alarm, old)
        return series.ends_before(rule, now)


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


def rule_of(alarm: Alarm) -> Rule:
    """The rule of one of moto's alarms."""
    default = "ignore" if alarm.namespace == "AWS/DynamoDB" else "missing"
    return Rule(
        statistic=alarm.statistic,
        minutes=alarm.period // 60,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm or alarm.evaluation_periods,
        comparison=COMPARISONS[alarm.comparison_operator],
        threshold=float(alarm.threshold),
        missing_data=MissingData(alarm.treat_missing_data or default),
    )


def state_of(alarm: Alarm) -> State:
    """The state that an alarm has now."""
    return State(
        alarm.state_value,
        alarm.state_reason,
        alarm.state_reason_data,
        alarm.state_updated_timestamp,
    )


def _key_of(alarm: Alarm) -> MetricKey:
    dimensions = {dimension.name: dimension.value for dimension in alarm.dimensions}
    return metric_key(alarm.namespace, alarm.metric_name, dimensions)
