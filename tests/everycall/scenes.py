"""The scenes at each of whose calls something goes wrong: together they let every function act."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, EventFault, FaultPlan
from everycall.stage import (
    LONG_BAKES,
    LONGER_THAN_THREE_LOOKS,
    NO_BAKE,
    REQUESTS_PER_SECOND,
    RETAINED,
    SHORT_BAKE,
    Stage,
)

IN_THE_FIRST_BAKE: Final = 400
"""Seconds from the request on; the bake is from second 320 to second 620."""


@dataclass(frozen=True)
class Scene:
    """What people do; the verdicts of their requests, in their order, when nothing goes wrong.

    `functions` are those whose calls it is about, "" for all: the others do what they do in an
    earlier scene. `prologue` is played before anything can go wrong; `plan` is what goes wrong
    anyhow; `packaged`: a model package group has the endpoint; `reported`: reports are stored;
    `forgotten`: nothing of ours is to be left of the endpoint.
    """

    name: str
    play: Callable[[Stage], None]
    verdicts: tuple[str, ...]
    functions: str = ""
    prologue: Callable[[Stage], None] = lambda _: None
    plan: FaultPlan = field(default=FaultPlan())
    packaged: bool = False
    reported: bool = False
    forgotten: bool = False
    requests_per_second: float = REQUESTS_PER_SECOND

    def is_about(self, function: str) -> bool:
        """Whether something goes wrong at the calls of a function."""
        return not self.functions or function in self.functions.split()


def _canary(stage: Stage) -> None:
    stage.request()


def _rolled_back(stage: Stage) -> None:
    stage.request(healthy=False)


def _queue(stage: Stage) -> None:
    for _ in range(3):
        stage.request(on_busy="QUEUE")
        stage.advance(60)


def _supersede(stage: Stage) -> None:
    stage.request()
    stage.advance(IN_THE_FIRST_BAKE)
    stage.request(on_busy="SUPERSEDE", policy=NO_BAKE)


def _abort(stage: Stage) -> None:
    stage.request()
    stage.advance(IN_THE_FIRST_BAKE)
    stage.command("AbortDeployment", Reason="played")


def _stopped(stage: Stage) -> None:
    execution = stage.request()
    stage.advance(IN_THE_FIRST_BAKE)
    stage.stop(execution)


def _untold(stage: Stage) -> None:
    """Nobody tells of the stop, so that the reconcile has to see it."""
    execution = stage.request(policy=LONGER_THAN_THREE_LOOKS)
    stage.advance(IN_THE_FIRST_BAKE)
    stage.stop(execution)


def _waiter_stopped(stage: Stage) -> None:
    stage.request(policy=NO_BAKE)
    stage.advance(30)
    waits = stage.request(on_busy="QUEUE", policy=NO_BAKE)
    stage.advance(30)
    stage.stop(waits)


def _no_bake(stage: Stage) -> None:
    stage.request(policy=NO_BAKE)


def _guarded_to_its_end(stage: Stage) -> None:
    stage.request(policy=SHORT_BAKE, Guardrails="Default")
    stage.settle()


def _guarded(stage: Stage) -> None:
    """With other guardrails than before: their alarms are there, and have other tags."""
    stage.request(Guardrails="Strict")


def _retained(stage: Stage) -> None:
    """With the policy and the guardrails of the deployment before."""
    stage.request(policy=RETAINED)


def _too_little_data(stage: Stage) -> None:
    stage.request(policy=LONG_BAKES, Guardrails="Default", NotEnoughData="ABORT")


def _forget(stage: Stage) -> None:
    stage.command("ForgetEndpoint")


def _approval(stage: Stage) -> None:
    stage.theatre.approve(stage.theatre.register(stage.endpoint, {"error_rate": 0.5}))


OF_ITS_END: Final = EventFault(detail_type="Step Functions Execution Status Change", drop=True)


def _refused_by_sns(function: str) -> FaultPlan:
    refused = ApiFault("sns", ApiError.KEY_DISABLED, "Publish", function, times=1)
    return FaultPlan(apis=(refused,))


SCENES: Final = {
    scene.name: scene
    for scene in (
        Scene("canary", _canary, ("SUCCEEDED",)),
        Scene(
            "rolled-back",
            _rolled_back,
            ("ROLLED_BACK",),
            "RelayAlarmEvent RelayExecutionEvent ConcludeDeployment",
        ),
        Scene(
            "queue",
            _queue,
            ("SUCCEEDED", "SUPERSEDED", "SUCCEEDED"),
            "AcquireEndpointLock AwaitTurn ConcludeDeployment",
        ),
        Scene(
            "supersede",
            _supersede,
            ("ROLLED_BACK", "SUCCEEDED"),
            "AcquireEndpointLock AwaitTurn ConcludeDeployment",
        ),
        Scene(
            "abort",
            _abort,
            ("ROLLED_BACK",),
            "AbortDeployment AwaitStage ConcludeDeployment",
        ),
        Scene(
            "stopped",
            _stopped,
            ("ROLLED_BACK",),
            "RelayExecutionEvent AwaitStage ConcludeDeployment Reconcile",
        ),
        Scene(
            "untold",
            _untold,
            ("ROLLED_BACK",),
            "Reconcile",
            plan=FaultPlan(events=(OF_ITS_END,)),
        ),
        Scene(
            "waiter-stopped",
            _waiter_stopped,
            ("SUCCEEDED", "FAILED"),
            "RelayExecutionEvent AwaitTurn ConcludeDeployment",
        ),
        Scene(
            "sns-refuses",
            _no_bake,
            ("SUCCEEDED",),
            "Reconcile ConcludeDeployment",
            plan=_refused_by_sns("ConcludeDeployment"),
        ),
        Scene(
            "forget",
            _forget,
            (),
            "ForgetEndpoint",
            prologue=_guarded_to_its_end,
            forgotten=True,
        ),
        Scene(
            "guarded",
            _guarded,
            ("SUCCEEDED",),
            "ValidatePolicy StartUpdate ConcludeDeployment",
            prologue=_guarded_to_its_end,
        ),
        Scene(
            "retained",
            _retained,
            ("SUCCEEDED",),
            "ValidatePolicy",
            prologue=_guarded_to_its_end,
        ),
        Scene(
            "too-little-data",
            _too_little_data,
            ("ROLLED_BACK",),
            "AwaitStage ConcludeDeployment",
            requests_per_second=0.05,
        ),
        Scene("reported", _no_bake, ("SUCCEEDED",), "StoreReport", reported=True),
        Scene(
            "approval",
            _approval,
            ("ROLLED_BACK",),
            "RelayApprovalEvent ValidatePolicy StartUpdate ConcludeDeployment",
            packaged=True,
        ),
    )
}
