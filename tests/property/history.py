"""One update of the engine, replayed: looked at, written down and concluded as operations do.

The rows of the table are kept as the table keeps them: times to the millisecond, one row for each
start and stage, read in the order of their keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from bluegreen.aws.sagemaker.describe import observation_of
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import Deployment, SeenStage
from bluegreen.deployment.next_look import Answer, answer
from bluegreen.deployment.record import record_of_update
from bluegreen.deployment.tripped_alarms import AlarmChange, Tripped, tripping, watched_period_of
from bluegreen.deployment.verdict import Decision, decide
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen, stage_of
from bluegreen_simulator.rules.fleet.config import FleetConfig
from bluegreen_simulator.rules.fleet.description import describe
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.serving import traffic_percent
from bluegreen_simulator.rules.fleet.update import Phase, State, UpdateRequest
from builders import BLUE, GREEN, START, deployment
from fleet_engine import fleet
from property.bodies import COUNTS, changed, without_starts

STAGES: Final = {
    Phase.CREATING: Stage.PROVISIONING,
    Phase.SHIFTING: Stage.SHIFTING,
    Phase.BAKING: Stage.BAKING,
    Phase.DELETING_BLUE: Stage.TERMINATING,
    Phase.RETURNING_TRAFFIC: Stage.ROLLING_BACK,
    Phase.DELETING_GREEN: Stage.ROLLING_BACK,
    Phase.COMPLETED: None,
    Phase.ROLLED_BACK: None,
}

GRACE: Final = timedelta(seconds=300)
CHANGE, ALARM, LOOK = range(3)
NOTHING: Final = ("", "")
Happening = tuple[datetime, int, tuple[str, str]]


@dataclass(frozen=True)
class Life:
    """What happens to an update; times in seconds after it began.

    `alarms` are changes of an alarm's state. Of the events, one for each change of endpoint or
    alarm, number i is seen `delays[i % n]` seconds late, or lost where that is None. `looks` are
    looks without an event; `before` is how long before its start the update was asked for. Whether
    a VariantStatus has a StartTime is not documented; `counts` is one of `bodies.COUNTS`.
    """

    policy: Policy
    instances: int
    blue_instances: int
    variables: dict[str, str]
    alarms: tuple[tuple[int, str, str], ...] = ()
    delays: tuple[int | None, ...] = (0,)
    looks: tuple[int, ...] = ()
    accepted: bool = True
    before: float = 0.25
    fraction: float = 0.0
    tells_starts: bool = True
    counts: str = "documented"

    @property
    def began_at(self) -> datetime:
        """When the engine began; SageMaker knows fractions of a millisecond, we do not."""
        return START + timedelta(seconds=self.fraction)


@dataclass(frozen=True)
class Look:
    """What one look showed, and the truth at that moment."""

    at: datetime
    truth: State
    true_percent: int
    observation: Observation
    stage: StageSeen | None
    answer: Answer


@dataclass
class Replay:
    """The life as it goes on, and what was seen of it."""

    life: Life
    endpoint: Endpoint
    deployment: Deployment
    states: list[State] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    changes: dict[str, list[AlarmChange]] = field(default_factory=dict)
    rows: dict[tuple[str, str], SeenStage] = field(default_factory=dict)

    def as_stored(self) -> Deployment:
        """The deployment with its stages, as `find` reads it."""
        return replace(self.deployment, stages=tuple(self.rows[key] for key in sorted(self.rows)))

    def look(self, now: datetime) -> Look:
        """Look at the endpoint as `follow` does."""
        observation = self.observe()
        if self.deployment.is_visible(observation):
            self.deployment = replace(self.deployment, update_accepted=True)
        given, stage = self.as_stored(), None
        if given.has_begun(observation) and not given.is_anothers(observation):
            stage = stage_of(observation, given.steps, [s.seen for s in given.stages], now)
        if stage:
            self._record(stage, now)
            given = replace(given, stages=(*given.stages, SeenStage(stage, now)))
        new = answer(given, observation, stage, now)
        state, percent = self.state, traffic_percent(self.endpoint)
        self.looks.append(Look(now, state, percent, observation, stage, new))
        return self.looks[-1]

    def observe(self) -> Observation:
        """What DescribeEndpoint shows."""
        body = describe(self.endpoint)
        if not self.life.tells_starts:
            body = changed(body, without_starts)
        return observation_of(COUNTS[self.life.counts](body))

    def _record(self, stage: StageSeen, now: datetime) -> None:
        key = (to_text(stage.started_at), str(stage.stage))
        first = self.rows.get(key)
        kept = first.seen if first else replace(stage, started_at=stored(stage.started_at))
        self.rows[key] = SeenStage(kept, stored(now))

    @property
    def state(self) -> State:
        """What the engine does."""
        assert self.endpoint.state
        return self.endpoint.state

    def advance(self, to: datetime) -> None:
        """Let the engine make the changes that are due."""
        while state := self.endpoint.advance(to):
            self.states.append(state)

    def change_alarm(self, name: str, state: str, at: datetime) -> None:
        """Let an alarm change its state."""
        self.changes.setdefault(name, []).append(AlarmChange(stored(at), state))
        entered = self.endpoint.alarm_changed(name, at, in_alarm=state == "ALARM")
        self.states += [entered] if entered else []

    def conclude(self, now: datetime) -> tuple[Deployment, Observation, Decision]:
        """The verdict as `conclude_deployment` comes to it."""
        given, observation = self.as_stored(), self.observe()
        watch = watched_period_of(given, observation, now)
        tripped = tuple(
            alarm
            for alarm in given.request.policy.alarms
            if not given.is_served(observation)
            and tripping(self._history(alarm, watch.start), watch)
        )
        return given, observation, decide(given, observation, Tripped(tripped), now)

    def _history(self, alarm: str, since: datetime) -> Iterator[AlarmChange]:
        """An alarm's changes, newest first, down to the last one before a moment."""
        for change in reversed(self.changes.get(alarm, [])):
            yield change
            if change.at <= since:
                return


def stored(moment: datetime) -> datetime:
    """A moment as it comes back from the table."""
    return from_text(to_text(moment))


def begin(life: Life) -> Replay:
    """The update just after UpdateEndpoint was called."""
    blue, green = fleet(BLUE, life.blue_instances), _green(life)
    created_at = life.began_at - timedelta(days=1)
    endpoint = Endpoint("churn", "arn", blue, created_at, created_at)
    request = Request("churn", GREEN, life.policy)
    requested_at = stored(life.began_at - timedelta(seconds=life.before))
    given = deployment(
        request=request,
        fleet=life.instances,
        last_modified_before=stored(created_at),
        update_requested_at=requested_at,
        update_accepted=life.accepted,
    )
    replay = Replay(life, endpoint, given)
    for seconds, name, state in life.alarms:
        if seconds < 0:
            at = stored(life.began_at + timedelta(seconds=seconds))
            replay.changes.setdefault(name, []).append(AlarmChange(at, state))
    in_alarm = [name for name, changes in replay.changes.items() if changes[-1].state == "ALARM"]
    endpoint.begin(UpdateRequest(blue, green, request.policy, life.began_at), {}, in_alarm)
    replay.states.append(replay.state)
    return replay


def _green(life: Life) -> FleetConfig:
    return fleet(GREEN, life.instances, **life.variables)


def lived(life: Life) -> Replay:
    """The whole of a life, looked at when its events come and at moments of no importance."""
    replay, events = begin(life), count()
    queue = [
        *(
            (life.began_at + timedelta(seconds=s), ALARM, (n, to))
            for s, n, to in life.alarms
            if s >= 0
        ),
        *((life.began_at + timedelta(seconds=s), LOOK, NOTHING) for s in life.looks),
    ]
    heapify(queue)
    known = 0
    while queue or replay.endpoint.next_at:
        at, kind, alarm = _next(replay, queue)
        known = len(replay.states)
        replay.advance(at)
        if kind == ALARM:
            replay.change_alarm(*alarm, at)
        if kind == LOOK:
            replay.look(at)
        for _ in range(len(replay.states) - known + (alarm[1] == "ALARM")):
            delay = life.delays[next(events) % len(life.delays)]
            if delay is not None:
                heappush(queue, (at + timedelta(seconds=delay), LOOK, NOTHING))
    return replay


def _next(replay: Replay, queue: list[Happening]) -> Happening:
    """What happens next: a change of the engine before one of an alarm, and before a look."""
    due = replay.endpoint.next_at
    if due and (not queue or due <= queue[0][0]):
        return due, CHANGE, NOTHING
    return heappop(queue)


def concluded(replay: Replay, after: float = 0) -> tuple[DeploymentRecord, Decision]:
    """Record and verdict, so many seconds after all has happened and the grace is over."""
    last = max([replay.state.since, *(look.at for look in replay.looks)])
    assert replay.deployment.update_requested_at
    now = max(last, replay.deployment.update_requested_at + GRACE) + timedelta(seconds=after)
    given_, observation, decision = replay.conclude(now)
    return record_of_update(given_, observation, decision, now), decision
