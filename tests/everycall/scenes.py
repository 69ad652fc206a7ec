"""The scenes at each of whose calls something goes wrong: together they let every function act."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan
from everycall.stage import NO_BAKE, Stage

IN_THE_FIRST_BAKE: Final = 400
"""Seconds from the request on; the bake is from second 320 to second 620."""


@dataclass(frozen=True)
class Scene:
    """What people do; the verdicts of their requests, in their order, when nothing goes wrong.

    `prologue` is played before anything can go wrong; `plan` is what goes wrong anyhow.
    """

    name: str
    play: Callable[[Stage], None]
    verdicts: tuple[str, ...]
    prologue: Callable[[Stage], None] = lambda _: None
    plan: FaultPlan = field(default=FaultPlan())


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


def _waiter_stopped(stage: Stage) -> None:
    stage.request(policy=NO_BAKE)
    stage.advance(30)
    waits = stage.request(on_busy="QUEUE", policy=NO_BAKE)
    stage.advance(30)
    stage.stop(waits)


def _no_bake(stage: Stage) -> None:
    stage.request(policy=NO_BAKE)


def _no_bake_to_its_end(stage: Stage) -> None:
    stage.request(policy=NO_BAKE)
    stage.settle()


def _forget(stage: Stage) -> None:
    stage.command("ForgetEndpoint")


def _refused_by_sns(function: str) -> FaultPlan:
    refused = ApiFault("sns", ApiError.KEY_DISABLED, "Publish", function, times=1)
    return FaultPlan(apis=(refused,))


SCENES: Final = {
    scene.name: scene
    for scene in (
        Scene("canary", _canary, ("SUCCEEDED",)),
        Scene("rolled-back", _rolled_back, ("ROLLED_BACK",)),
        Scene("queue", _queue, ("SUCCEEDED", "SUPERSEDED", "SUCCEEDED")),
        Scene("supersede", _supersede, ("ROLLED_BACK", "SUCCEEDED")),
        Scene("abort", _abort, ("ROLLED_BACK",)),
        Scene("stopped", _stopped, ("ROLLED_BACK",)),
        Scene("waiter-stopped", _waiter_stopped, ("SUCCEEDED", "FAILED")),
        Scene(
            "sns-refuses",
            _no_bake,
            ("SUCCEEDED",),
            plan=_refused_by_sns("ConcludeDeployment"),
        ),
        Scene("forget", _forget, (), prologue=_no_bake_to_its_end),
    )
}
