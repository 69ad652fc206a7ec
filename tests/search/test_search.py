"""Any order of requests, aborts, stops, foreign updates, faults and lost events: promises hold."""

from contextlib import ExitStack
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
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
    Pause,
    Window,
)
from search.invariants import broken
from search.world import ENDPOINTS, POLICIES, World, a_world

_TABLE: Final = [("dynamodb", name) for name in ("GetItem", "Query", "UpdateItem")]
_TELL: Final = [("sns", "Publish")]
_LOOK: Final = [("sagemaker", "DescribeEndpoint")]
_WAKE: Final = [("stepfunctions", "SendTaskSuccess")]
_RECOVER: Final = [
    ("stepfunctions", "DescribeExecution"),
    ("stepfunctions", "StartExecution"),
    ("dynamodb", "TransactWriteItems"),
]
_FOLLOW: Final = [("dynamodb", "PutItem"), ("cloudwatch", "PutMetricData")]
_DELETE: Final = [("dynamodb", "DeleteItem")]

CALLS_OF: Final = {
    "ValidatePolicy": [*_LOOK, ("cloudwatch", "DescribeAlarms")],
    "AcquireEndpointLock": [*_TABLE, *_RECOVER, *_LOOK, *_WAKE, *_TELL, *_DELETE],
    "AwaitTurn": [*_TABLE, *_WAKE],
    "StartUpdate": [
        *_TABLE,
        *_LOOK,
        *_TELL,
        *_FOLLOW,
        ("dynamodb", "TransactWriteItems"),
        ("sagemaker", "UpdateEndpoint"),
        ("cloudwatch", "PutMetricAlarm"),
        ("cloudwatch", "DescribeAlarms"),
    ],
    "AwaitStage": [*_TABLE, *_LOOK, *_TELL, *_WAKE, *_FOLLOW],
    "ConcludeDeployment": [
        *_TABLE,
        *_LOOK,
        *_TELL,
        *_WAKE,
        *_DELETE,
        ("cloudwatch", "PutMetricData"),
        ("cloudwatch", "DescribeAlarmHistory"),
    ],
    "RelayEndpointEvent": [*_TABLE, *_LOOK, *_TELL, *_WAKE, *_FOLLOW],
    "RelayAlarmEvent": [*_TABLE, *_LOOK, *_TELL, *_WAKE],
    "RelayExecutionEvent": [*_TABLE, *_RECOVER, *_TELL],
    "Reconcile": [*_TABLE, *_RECOVER, *_TELL, *_WAKE, ("cloudwatch", "PutMetricData")],
}
"""The calls of each function that matter."""

ERRORS: Final = [error for error in ApiError if error.value != "KMSDisabled"]

SERVICES: Final = ("dynamodb", "sagemaker", "sns", "stepfunctions", "cloudwatch")

endpoints = st.sampled_from(ENDPOINTS)
calls = st.sampled_from([(f, *call) for f, made in CALLS_OF.items() for call in made])
nths = st.integers(1, 4)
seconds = st.sampled_from([1, 5, 20, 45, 60, 120, 200, 301, 400, 700, 1500])


class Histories(RuleBasedStateMachine):
    """A history is drawn step by step; at its end, time passes until nothing is open."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.exits = ExitStack()
        self.world = self.exits.enter_context(a_world())

    @rule(
        endpoint=endpoints,
        policy=st.sampled_from(sorted(POLICIES)),
        on_busy=st.sampled_from(["QUEUE", "REJECT", "SUPERSEDE"]),
        healthy=st.sampled_from([True, True, False]),
        then=seconds,
    )
    def request(self, endpoint: str, then: int, **asked: Any) -> None:
        self.world.request(endpoint, **asked)
        self.world.pass_time(then)

    @rule(seconds=seconds)
    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(endpoint=endpoints)
    def abort(self, endpoint: str) -> None:
        self.world.abort(endpoint)

    @rule(number=st.integers(0, 5))
    def stop(self, number: int) -> None:
        self.world.stop(number)

    @rule(endpoint=endpoints)
    def update_by_another(self, endpoint: str) -> None:
        self.world.update_by_another(endpoint)

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
        with self.exits:
            self.world.settle()
            found = broken(self.world)
            assert not found, "\n".join(found)


def histories(number: int) -> settings:
    """So many histories, the same ones in every run."""
    return settings(
        max_examples=number,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_thirty_histories_keep_every_promise() -> None:
    run_state_machine_as_test(Histories, settings=histories(30))


@pytest.mark.slow
def test_three_hundred_histories_keep_every_promise() -> None:
    run_state_machine_as_test(Histories, settings=histories(300))
