"""Many deployments at once: as many endpoints on one embedded AWS, in one virtual time.

Each is the canary of `events/scenarios` on an endpoint with two alarms and configs of its own. Of
some the green model fails half of its requests, so that their alarm rolls them back.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.service import set_quota
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.active import Recurring
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, EventFault
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import INSTANCE_TYPE, Fleet, Seen, Theatre
from scale.table_units import TableMeter
from scale.work import Work

ROOT: Final = Path(__file__).resolve().parents[2]
NAME_IN_SCENARIO: Final = "churn"
FAILING: Final = {"error_rate": 0.5}
REQUESTS_PER_SECOND: Final = 10
WARM_UP_SECONDS: Final = 300
MINUTE: Final = 60
AFTERMATH_SECONDS: Final = 900
"""How long the world goes on when the last execution has ended: what is open is looked after."""

STACK_BYTES: Final = 512 * 1024
"""Of a thread; a deployment has three, and the default is meant for few."""


@dataclass(frozen=True)
class Quota:
    """How many calls a second AWS takes from an account in a Region, and how many at once."""

    service: str
    operation: str
    per_second: float
    at_once: float


@dataclass(frozen=True)
class Crowd:
    """So many deployments; every `failing`th is rolled back by its alarm, none if it is 0.

    `lost` is the share of the events of AWS that never arrive, `twice` and `late` of those that
    arrive twice, or right after the next one. AWS takes what the `quotas` say, else every call.
    `apis` are other faults.
    """

    deployments: int
    failing: int = 2
    lost: float = 0
    twice: float = 0
    late: float = 0
    quotas: tuple[Quota, ...] = ()
    apis: tuple[ApiFault, ...] = ()

    def expected(self, number: int) -> str:
        """The only right verdict of the deployment with this number."""
        return "ROLLED_BACK" if self.failing and number % self.failing == 0 else "SUCCEEDED"


@dataclass(frozen=True)
class Outcome:
    """What became of them, by the names in `names`: the journal from the first start on.

    `functions` has the logical id of each function by its name, `events` how long the history of
    each execution became, `timeouts` how often each fell back to its timeout.
    """

    crowd: Crowd
    names: Sequence[str]
    started_at: datetime
    journal: Sequence[Entry]
    rows: Sequence[Mapping[str, Any]]
    seen: Sequence[Seen]
    functions: Mapping[str, str]
    events: Mapping[str, int]
    timeouts: Mapping[str, int]
    table: TableMeter
    work: Work
    operators_told: Sequence[str]

    def function_of(self, entry: Entry) -> str:
        """The function that an entry of the journal is about, as in its logical id; "" if none."""
        name: str = entry.data.get("function", "")
        return self.functions.get(name, name).removesuffix("Function")


class Bucket(Recurring[ApiFault]):
    """Throttles the calls above a quota, which is a token bucket."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(ApiFault(quota.service, ApiError.THROTTLING, quota.operation), None)
        self._quota = quota
        self._left = quota.at_once
        self._at: datetime | None = None

    def strikes(self, now: datetime) -> bool:
        """Whether nothing is left for a call that is made now."""
        passed = (now - (self._at or now)).total_seconds()
        self._left = min(self._quota.at_once, self._left + passed * self._quota.per_second)
        self._at = now
        strikes = self._left < 1
        self._left -= not strikes
        self.struck += strikes
        return strikes


class Drawn(Recurring[EventFault]):
    """Strikes a share of the events, drawn from a seed."""

    def __init__(self, fault: EventFault, share: float) -> None:
        super().__init__(fault, None)
        self._share = share
        self._chance = random.Random(f"{fault} {share}")  # noqa: S311 - repeatable, not secret

    def strikes(self, now: datetime) -> bool:
        """Whether it strikes this event, whenever that is."""
        del now
        struck = self._chance.random() < self._share
        self.struck += struck
        return struck


def run(crowd: Crowd, tell: Callable[[str], None] = lambda _: None) -> Outcome:
    """Start all of them in the same second, and let time go on until nothing is open any more.

    `tell` hears now and then how far it is.
    """
    before = threading.stack_size(STACK_BYTES)
    try:
        with EmbeddedAws() as aws, Work.measured() as work:
            return _run(crowd, Theatre(aws), work, tell)
    finally:
        threading.stack_size(before)


def _run(crowd: Crowd, theatre: Theatre, work: Work, tell: Callable[[str], None]) -> Outcome:
    scenario = load(ROOT / "events/scenarios/canary-succeeds.yaml")
    aws, stack = theatre.aws, theatre.deploy(ROOT / "template.yaml")
    set_quota(INSTANCE_TYPE, 10 * crowd.deployments * scenario.instances)
    names = [f"e{number:04d}" for number in range(crowd.deployments)]
    for number, name in enumerate(names):
        _make(theatre, scenario, name, fails=crowd.expected(number) == "ROLLED_BACK")
    for name in names:
        theatre.await_endpoint(name)
        theatre.begin_traffic(name, REQUESTS_PER_SECOND)
    theatre.advance(WARM_UP_SECONDS)
    started_at, already = aws.clock.now(), len(aws.journal.entries)
    aws.world.faults.events += _event_faults(crowd)
    aws.world.faults.apis += [
        *map(Bucket, crowd.quotas),
        *(Recurring(f, started_at) for f in crowd.apis),
    ]
    work.begin()
    with TableMeter.on(aws, stack.outputs["DeploymentsTableName"]) as table:
        for name in names:
            theatre.start(named(scenario.request, name), name)
        _await_the_end(theatre, tell)
    work.end()
    return Outcome(
        crowd=crowd,
        names=names,
        started_at=started_at,
        journal=aws.journal.entries[already:],
        rows=theatre.rows(),
        seen=theatre.executions(),
        functions={name: id_ for id_, name in stack.resources.items()},
        events=_histories(theatre, len),
        timeouts=_histories(theatre, _timeouts),
        table=table,
        work=work,
        operators_told=theatre.operators_told(),
    )


def _make(theatre: Theatre, scenario: Scenario, name: str, *, fails: bool) -> None:
    instances = scenario.instances
    theatre.make_config(f"{name}-blue", Fleet({}, instances))
    theatre.make_config(f"{name}-green", Fleet(FAILING if fails else {}, instances))
    theatre.create_endpoint(name, f"{name}-blue")
    theatre.make_alarms(named(list(scenario.alarms), name))


def named(body: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
    """A request or alarms of the scenario, for an endpoint of this name."""
    if isinstance(body, dict):
        return {key: named(value, name) for key, value in body.items()}
    if isinstance(body, list):
        return [named(value, name) for value in body]
    if isinstance(body, str) and body.startswith(NAME_IN_SCENARIO):
        return body.replace(NAME_IN_SCENARIO, name, 1)
    return body


def _event_faults(crowd: Crowd) -> list[Recurring[EventFault]]:
    shares = (
        (EventFault(drop=True), crowd.lost),
        (EventFault(duplicate=2), crowd.twice),
        (EventFault(reorder=True), crowd.late),
    )
    return [Drawn(fault, share) for fault, share in shares if share]


def _await_the_end(theatre: Theatre, tell: Callable[[str], None]) -> None:
    clock = theatre.aws.clock
    began, ended = clock.now(), 0

    def listen(entry: Entry) -> None:
        nonlocal ended
        ended += entry.kind == "execution_ended"

    theatre.aws.journal.listeners.append(listen)
    while theatre.aws.world.is_open():
        clock.sleep(MINUTE)
        tell(f"{(clock.now() - began).total_seconds():,.0f} s of virtual time, {ended:,} ended")
    theatre.advance(AFTERMATH_SECONDS)


def _histories(theatre: Theatre, read: Callable[[list[Any]], int]) -> dict[str, int]:
    """What the history of each execution says, by its name."""
    world = theatre.aws.world
    backend = stepfunctions_parser_backends[world.account_id][world.region]
    found = [one for machine in backend.state_machines for one in machine.executions]
    return {one.name: read(one.to_history_output()["events"]) for one in found}


def _timeouts(events: list[Any]) -> int:
    return sum(event["type"] == "TaskTimedOut" for event in events)
