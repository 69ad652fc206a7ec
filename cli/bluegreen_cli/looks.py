"""Looks at a deployment, each part no more often than it is worth, and says what it cannot see.

Every look asks for the endpoint and the deployment. What changes more slowly (alarms, gates, the
queue, what people were told) is asked for every 15 seconds, or when the deployment has changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from bluegreen.aws.dynamodb.claims import Claim
from bluegreen.aws.errors import (
    DENIED,
    code_of,
    is_passing,
    passing_faults_as_unavailable,
    words_of,
)
from bluegreen.aws.gates import described, gate_queries, gates_of, points_of
from bluegreen.clock import Clock
from bluegreen.contract.errors import BlueGreenError, ObservationUnavailable
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.text import plain
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.gate import Fleets
from bluegreen.deployment.judged import with_names
from bluegreen.deployment.queue import newest_first
from bluegreen_cli.account import CLOCKS, Account, StackMissingError
from bluegreen_cli.moment import THE_DEPLOYMENT, AlarmSeen, Execution, Moment, Told

SECONDS: Final = 2
SLOWEST_SECONDS: Final = 30
"""Between looks; where AWS throttles or does not answer, twice as long each time, up to this."""

SLOWLY: Final = timedelta(seconds=15)
"""How old alarms, gates, the queue and what was told may be."""

GATES_OF: Final = timedelta(minutes=15)
"""How old the latest value of a gate may be; CloudWatch shows a minute some minutes later."""

MOST_TOLD: Final = 20
REASON_LENGTH: Final = 160


class Looks:
    """Looks at the deployment of this id, or at the one that runs on the endpoint at first.

    Of the one of an id it asks how its execution ended, too, since that may leave nothing else.
    `slowly` is how old what changes slowly may be; `seconds` is how long to wait before the next
    look.
    """

    def __init__(
        self,
        account: Account,
        endpoint: str,
        clock: Clock,
        deployment_id: str = "",
        slowly: timedelta = SLOWLY,
    ) -> None:
        self.account = account
        self.endpoint = endpoint
        self.clock = clock
        self.seconds: float = SECONDS
        self._id = deployment_id
        self._slowly = slowly
        self._slow_at: datetime | None = None
        self._key: DeploymentKey | None = None
        self._reads = Reads()
        self._last = Moment(clock.now(), endpoint, deployment_id=deployment_id)

    def look(self) -> Moment:
        """What is to be seen now.

        ClientError, BotoCoreError or an error of ours where nothing can be seen, now or later.
        """
        self._reads.begin()
        before = moment = self._last
        if self._id:
            moment = replace(moment, execution=self._execution(before))
        moment = replace(self._with_deployment(moment), now=self._time())
        if self._is_due(moment, before):
            self._slow_at, moment = moment.now, self._with_what_is_slow(moment)
        self._reads.end()
        self.seconds = min(2 * self.seconds, SLOWEST_SECONDS) if self._reads.slowed else SECONDS
        self._last = replace(moment, unknown=dict(self._reads.unknown), slowed=self._reads.slowed)
        return self._last

    @property
    def unreached(self) -> Exception | None:
        """Why the last look reached nobody at all, be it AWS or what stands for it."""
        return self._reads.unreached

    def last_record(self) -> DeploymentRecord | None:
        """How the endpoint's last deployment ended; None where none has, or it cannot be read."""
        deployments = self.account.deployments
        return self._reads.ask("the last verdict", lambda: deployments.last_record(self.endpoint))

    def _time(self) -> datetime:
        """The time by our clock, unless AWS's is another: its times are compared with this."""
        ours, theirs = self.clock.now(), self.account.answered_at
        return theirs if theirs and abs(theirs - ours) > CLOCKS else ours

    def _execution(self, before: Moment) -> Execution | None:
        return self._reads.ask_for_what_is_needed(
            lambda: self.account.execution(self._id), before.execution
        )

    def _with_deployment(self, moment: Moment) -> Moment:
        ask, account = self._reads.ask, self.account
        seen = ask(
            "the endpoint", lambda: account.endpoints.look(self.endpoint), moment.observation
        )
        moment = replace(moment, observation=seen)
        key = self._key = self._key or ask(THE_DEPLOYMENT, self._find)
        if key is None:
            return moment
        kept = ask(THE_DEPLOYMENT, lambda: account.deployments.load(key))
        if kept is None:
            return moment if self._reads.slowed else replace(moment, deployment=None)
        return replace(
            moment,
            deployment_id=key.deployment_id,
            deployment=kept.deployment,
            record=kept.record,
        )

    def _find(self) -> DeploymentKey | None:
        """Who has the endpoint, or goes next; with an id, that one as soon as it is there."""
        owner = self.account.locks.find(self.endpoint).owner
        waiters = newest_first(self.account.queue.waiting(self.endpoint))
        keys = [one.key for one in [owner, *(waiter.owner for waiter in waiters)] if one]
        return next((key for key in keys if self._id in ("", key.deployment_id)), None)

    # ---- What changes slowly ----

    def _is_due(self, moment: Moment, before: Moment) -> bool:
        at, now = self._slow_at, moment.now
        return at is None or now - at >= self._slowly or _news(moment) != _news(before)

    def _with_what_is_slow(self, moment: Moment) -> Moment:
        ask, account = self._reads.ask, self.account
        waiting = ask(
            "the queue", lambda: tuple(account.queue.waiting(self.endpoint)), moment.waiting
        )
        moment = replace(moment, waiting=waiting)
        if moment.deployment is None:
            return moment
        key = moment.deployment.key
        told = ask("what was told", lambda: _told(account.claims.of(key)), moment.told)
        return self._with_alarms(replace(moment, told=told), moment.deployment)

    def _with_alarms(self, moment: Moment, deployment: Deployment) -> Moment:
        """The alarms with what they watch."""
        ask, client, names = self._reads.ask, self.account.cloudwatch, _alarms_of(deployment)
        found = ask("the alarms", lambda: described(client, names))
        if found is None:
            return moment if self._reads.slowed else replace(moment, alarms=None, gates=None)
        states = {name: alarm["StateValue"] for name, alarm in found.items()}
        own = deployment.request.alarms
        queries = gate_queries(own, found, _fleets_of(deployment))
        start = moment.now - GATES_OF
        points = ask("the values", lambda: points_of(client, queries, start, moment.now))
        if points is None and self._reads.slowed:
            gates = moment.gates
        else:
            read = None if points is None else gates_of(own, found, points)
            gates = None if read is None else with_names(read, deployment.request.guardrails)
        alarms = tuple(AlarmSeen(name, states.get(name, "")) for name in names)
        return replace(moment, alarms=alarms, gates=gates)


def _news(moment: Moment) -> object:
    """What tells that the rest may have changed, too."""
    deployment = moment.deployment
    stages = deployment and [stage.seen for stage in deployment.stages]
    return stages, moment.abort, moment.record is None, moment.observation


def _alarms_of(deployment: Deployment) -> list[str]:
    """The alarms that SageMaker looks at: the request's, and the one for aborts."""
    return [*deployment.request.alarms, *filter(None, [deployment.abort_alarm])]


def _fleets_of(deployment: Deployment) -> Fleets:
    request = deployment.request
    return Fleets(request.endpoint_name, request.endpoint_config_name, deployment.previous_config)


def _told(claims: Sequence[Claim]) -> tuple[Told, ...]:
    return tuple(
        Told(
            claim.first_claimed_at,
            claim.notification.event,
            claim.notification.severity,
            claim.notification.message,
            claim.notification.is_terminal,
        )
        for claim in claims[-MOST_TOLD:]
    )


class Reads:
    """The reads of one look after the other: what they could not give, and why.

    `unknown` says so for good reasons, such as a right that is missing; `slowed` for one that
    passes, such as throttling: what was seen before is shown until then. `unreached` is why nobody
    answered, where nobody did.
    """

    def __init__(self) -> None:
        self.unknown: dict[str, str] = {}
        self.slowed = ""
        self.unreached: Exception | None = None
        self._seen = False
        self._error: Exception | None = None

    def begin(self) -> None:
        """Begin a look."""
        self.slowed, self._seen, self._error, self.unreached = "", False, None, None

    def end(self) -> None:
        """End a look; raise the last error if nothing could be read, and nothing ever will."""
        if self._error is not None and not self._seen and not self.slowed:
            raise self._error

    def ask[T](self, what: str, read: Callable[[], T], before: T | None = None) -> T | None:
        """What `read` gives; `before` while AWS gives nothing, None where it never will."""
        try:
            with passing_faults_as_unavailable():
                found = read()
        except (BlueGreenError, BotoCoreError, ClientError, StackMissingError) as error:
            cause = _cause_of(error)
            if isinstance(cause, ObservationUnavailable):
                self.slowed = plain(str(cause), REASON_LENGTH)
                self.unreached = None if self._seen else _without_answer(cause)
                return before
            self.unknown[what], self._error = _in_words(cause), cause
            return None
        self.unknown.pop(what, None)
        self._seen, self.unreached = True, None
        return found

    def ask_for_what_is_needed[T](self, read: Callable[[], T], before: T | None) -> T | None:
        """The same, but an error that does not pass is raised."""
        found = self.ask("", read, before)
        if "" in self.unknown and self._error is not None:
            raise self._error
        return found


def _cause_of(error: Exception) -> Exception:
    """What AWS refused for good, where it was taken for a fault that passes."""
    cause = error.__cause__
    refused = isinstance(cause, ClientError) and not is_passing(cause)
    return cause if refused and isinstance(cause, Exception) else error


def _without_answer(unavailable: ObservationUnavailable) -> Exception | None:
    """Why there was no answer; None where AWS answered that it cannot now."""
    cause = unavailable.__cause__
    return cause if isinstance(cause, HTTPClientError | BotoConnectionError) else None


def _in_words(error: Exception) -> str:
    if isinstance(error, ClientError) and code_of(error) in DENIED:
        return plain(f"AWS denied access: {words_of(error)}", REASON_LENGTH)
    if isinstance(error, ClientError | BotoCoreError):
        return plain(words_of(error), REASON_LENGTH)
    return plain(str(error), REASON_LENGTH)
