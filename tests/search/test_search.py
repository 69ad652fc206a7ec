"""Any order of requests, aborts, stops, foreign updates, faults and lost events: promises hold."""

from collections.abc import Collection
from contextlib import ExitStack, closing
from typing import Any, ClassVar, Final

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FaultPlan,
    LambdaTimeout,
    Pause,
    Stop,
    Window,
)
from everycall.trial import calls_in
from search.calls import BEFORE_AN_UPDATE, CALLS, IN_TROUBLE, LISTED, OF_STATES, TELLING, Drawn
from search.invariants import broken, remembered
from search.world import ASKS, ENDPOINTS, POLICIES, World, a_world

STANDS_STILL: Final = (5, 45, 90)
"""Seconds; Lambda ends most of them before the last, and not StartUpdate and Reconcile."""

SHORT_STOP: Final = 15
"""Seconds that no function's timeout ends."""

LATE: Final = 110
"""Seconds that the timeout of StartUpdate does not end, if they are all that it takes."""

ERRORS: Final = [error for error in ApiError if error.value != "KMSDisabled"]

SERVICES: Final = ("dynamodb", "sagemaker", "sns", "stepfunctions", "cloudwatch")

HISTORIES_OF_A_WORLD: Final = 25

SEED: Final = 3

endpoints = st.integers(0, len(ENDPOINTS) - 1)
calls = st.sampled_from(CALLS)
nths = st.integers(1, 4)
seconds = st.sampled_from([1, 5, 20, 45, 60, 120, 200, 301, 400, 700, 1500])


class Lender:
    """Lends a world to one history after the other: the same one until one breaks in it.

    `called` are the calls that functions have made in those that came back.
    """

    def __init__(self) -> None:
        self.called = set[Drawn]()
        self._exits = ExitStack()
        self._world: World | None = None
        self._lent = 0

    def lend(self) -> World:
        """A world in which nothing has gone wrong yet."""
        if self._world and self._lent < HISTORIES_OF_A_WORLD:
            self._world.begin_anew()
        else:
            self.close()
            self._world = self._exits.enter_context(a_world())
        self._lent += 1
        return self._world

    def take_back(self, world: World) -> None:
        """See what was called in a history that has ended well."""
        made = calls_in(world.aws.journal.entries)
        self.called |= {(call.function, call.service, call.operation) for call in made}

    def close(self) -> None:
        """End the world, if there is one."""
        self._world, self._lent = None, 0
        self._exits.close()


class Histories(RuleBasedStateMachine):
    """A history is drawn step by step; at its end, time passes until nothing is open."""

    lender: ClassVar[Lender]
    world: World

    @initialize()
    def begin(self) -> None:
        self.world = self.lender.lend()

    @rule(
        number=endpoints,
        policy=st.sampled_from(sorted(POLICIES)),
        on_busy=st.sampled_from(["QUEUE", "REJECT", "SUPERSEDE"]),
        healthy=st.sampled_from([True, True, False]),
        asks=st.sampled_from(["nothing", *ASKS]),
        then=seconds,
    )
    def request(self, number: int, then: int, **asked: Any) -> None:
        self.world.request(self.world.endpoints[number], **asked)
        self.world.pass_time(then)

    @rule(seconds=seconds)
    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(number=endpoints)
    def abort(self, number: int) -> None:
        self.world.abort(self.world.endpoints[number])

    @rule(
        number=endpoints,
        policy=st.sampled_from(sorted(POLICIES)),
        asks=st.sampled_from(["nothing", "default"]),
        call=st.sampled_from(BEFORE_AN_UPDATE),
        before=st.booleans(),
        then=seconds,
    )
    def stop_it_while_it_starts_its_update(
        self, number: int, call: tuple[str, int], before: bool, then: int, **asked: Any
    ) -> None:
        """StartUpdate stands still at a call, and goes on when its execution has been stopped."""
        operation, nth = call
        pause = Pause("StartUpdate", operation, 90, nth, before=before)
        stop = Stop(function="StartUpdate", operation=operation, nth=nth, before=before)
        self.world.go_wrong(FaultPlan(pauses=(pause,), stops=(stop,)))
        endpoint = self.world.endpoints[number]
        self.world.request(endpoint, on_busy="QUEUE", healthy=True, **asked)
        self.world.pass_time(then)

    @rule(
        number=endpoints,
        policy=st.sampled_from(sorted(POLICIES)),
        after=st.sampled_from([305, 325, 345]),
    )
    def stop_it_before_it_calls_at_last(self, number: int, policy: str, after: int) -> None:
        """StartUpdate hangs twice before its call, and stands still before the third one.

        It is stopped more than five minutes after it noted that it calls, when whoever adopts it
        would say that there was no effect; and calls at about second 360.
        """
        where: dict[str, Any] = {"function": "StartUpdate", "operation": "UpdateEndpoint"}
        hangs = tuple(LambdaTimeout(**where, nth=nth, before=True) for nth in (1, 2))
        pause = Pause(**where, seconds=LATE, nth=3, before=True)
        self.world.go_wrong(FaultPlan(lambda_timeouts=hangs, pauses=(pause,)))
        endpoint = self.world.endpoints[number]
        id_ = self.world.request(endpoint, policy=policy, on_busy="QUEUE", healthy=True)
        self.world.pass_time(after)
        running = [each.name for each in self.world.running()]
        if id_ in running:
            self.world.stop(running.index(id_))
        self.world.pass_time(LATE)

    @rule(call=st.sampled_from(OF_STATES), nth=st.sampled_from([1, 1, 2]), before=st.booleans())
    def stop_it_while_a_function_stands_still(
        self, call: tuple[str, str, str], nth: int, before: bool
    ) -> None:
        """A function stands still at a call, and goes on when its execution has been stopped."""
        function, _, operation = call
        pause = Pause(function, operation, SHORT_STOP, nth, before=before)
        stop = Stop(function=function, operation=operation, nth=nth, before=before)
        self.world.go_wrong(FaultPlan(pauses=(pause,), stops=(stop,)))

    @rule(number=st.integers(0, 5))
    def stop(self, number: int) -> None:
        self.world.stop(number)

    @rule(number=endpoints)
    def update_by_another(self, number: int) -> None:
        self.world.update_by_another(self.world.endpoints[number])

    @rule(
        call=calls,
        error=st.sampled_from(ERRORS),
        carried_out=st.booleans(),
        times=st.sampled_from([1, 3, 10]),
        nth=nths,
    )
    def let_a_call_fail(
        self,
        call: tuple[str, str, str],
        error: ApiError,
        carried_out: bool,
        times: int,
        nth: int,
    ) -> None:
        function, service, operation = call
        fault = ApiFault(
            service, error, operation, function, carried_out=carried_out, times=times, nth=nth
        )
        self.world.go_wrong(FaultPlan(apis=(fault,)))

    @rule(service=st.sampled_from(SERVICES), length=seconds)
    def let_a_service_fail(self, service: str, length: int) -> None:
        fault = ApiFault(service, ApiError.UNAVAILABLE, window=Window(0, length))
        self.world.go_wrong(FaultPlan(apis=(fault,)))

    @rule(call=calls, nth=nths, before=st.booleans())
    def let_a_function_die(self, call: tuple[str, str, str], nth: int, before: bool) -> None:
        death = Death(call[0], call[2], nth, before=before)
        self.world.go_wrong(FaultPlan(deaths=(death,)))

    @rule(call=calls, nth=nths, before=st.booleans(), length=seconds)
    def let_a_function_stand_still(
        self, call: tuple[str, str, str], nth: int, before: bool, length: int
    ) -> None:
        pause = Pause(call[0], call[2], min(length, 200), nth, before=before)
        self.world.go_wrong(FaultPlan(pauses=(pause,)))

    @rule(
        function=st.sampled_from(TELLING),
        before=st.booleans(),
        length=st.sampled_from(STANDS_STILL),
    )
    def let_a_sender_stand_still(self, function: str, before: bool, length: int) -> None:
        """Others come meanwhile to tell the same fact: events arrive more than once."""
        pause = Pause(function, "Publish", length, before=before)
        again = EventFault(duplicate=2, times=3)
        self.world.go_wrong(FaultPlan(pauses=(pause,), events=(again,)))

    @rule(
        effect=st.sampled_from(
            [{"drop": True}, {"duplicate": 3}, {"delay": 90}, {"delay": 700}, {"reorder": True}]
        ),
        times=st.sampled_from([1, 3, 20]),
    )
    def let_events_go_astray(self, effect: dict[str, Any], times: int) -> None:
        self.world.go_wrong(FaultPlan(events=(EventFault(times=times, **effect),)))

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.world.settle()
            found = broken(self.world) or remembered(self.world)
            assert not found, "\n".join(found)
            self.lender.take_back(self.world)
        except BaseException:
            self.lender.close()
            raise


def search(number: int, seed: int = SEED, phases: Collection[Phase] = tuple(Phase)) -> set[Drawn]:
    """Draw so many histories, or until one breaks a promise; the same ones for the same seed.

    The calls that functions have made in them.
    """
    drawn = settings(
        max_examples=number,
        stateful_step_count=12,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )

    class Lent(Histories):
        lender = Lender()

    hypothesis.seed(seed)(Lent)
    with closing(Lent.lender):
        run_state_machine_as_test(Lent, settings=drawn)
    return Lent.lender.called


def test_ten_histories_keep_every_promise() -> None:
    search(10)


@pytest.mark.slow
def test_three_hundred_histories_keep_every_promise_and_meet_what_comes_after_trouble() -> None:
    assert search(300) >= IN_TROUBLE


def test_a_call_of_some_scene_is_not_drawn_as_one_that_comes_only_after_trouble() -> None:
    assert IN_TROUBLE.isdisjoint(LISTED)
