"""Play a scene with a fault at one of its calls, and judge how it ended."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from everycall.judge import breaches, delay, deployments, facts_told
from everycall.kinds import KINDS, Call, Kind
from everycall.scenes import SCENES, Scene
from everycall.stage import AFTERMATH, REHEARSED, Stage, a_stage

DIED: Final = {"Runtime.ExitError", "Sandbox.Timedout"}


@dataclass(frozen=True)
class Trial:
    """One scene with one fault: how it ended. `struck`: the fault came."""

    scene: str
    call: Call
    kind: str
    struck: bool
    verdicts: tuple[str, ...]
    breaches: tuple[str, ...]
    delay: float


@dataclass(frozen=True)
class Rehearsal:
    """A scene in which nothing goes wrong: its calls, and the facts that it tells."""

    calls: tuple[Call, ...]
    facts: frozenset[tuple[str, ...]]
    verdicts: tuple[str, ...]


@cache
def rehearsal_of(name: str) -> Rehearsal:
    """Play a scene as it should go."""
    with a_stage(reported=SCENES[name].reported) as stage:
        _play(stage, SCENES[name], FaultPlan(), REHEARSED)
        verdicts = tuple(each.verdict for each in deployments(stage))
        calls = [each for each in calls_in(stage.journal) if SCENES[name].is_about(each.function)]
        found = Rehearsal(tuple(calls), frozenset(facts_told(stage.journal)), verdicts)
        assert verdicts == SCENES[name].verdicts
    return found


def calls_in(journal: Iterable[Entry]) -> tuple[Call, ...]:
    """Every call that a function made, in their order."""
    counts, done, found = Counter[tuple[str, str]](), Counter[tuple[str, str]](), list[Call]()
    for entry in journal:
        if entry.kind != "api_call":
            continue
        function = entry.data["function"].split("-")[1].removesuffix("Function")
        key = (function, entry.data["operation"])
        counts[key] += 1
        done[key] += entry.data["error"] is None
        succeeded = done[key] if entry.data["error"] is None else 0
        found.append(Call(function, entry.data["service"], key[1], counts[key], succeeded))
    return tuple(found)


def trials(scene: str, call: Call, kinds: Sequence[Kind] = KINDS) -> list[Trial]:
    """A call's trials, one for each kind of fault, one after the other in one account."""
    facts = set(rehearsal_of(scene).facts)
    with a_stage(reported=SCENES[scene].reported) as stage:
        return [
            _try(stage, SCENES[scene], call, kind, facts) for kind in kinds if kind.applies_to(call)
        ]


def _try(stage: Stage, scene: Scene, call: Call, kind: Kind, facts: set[tuple[str, ...]]) -> Trial:
    _play(stage, scene, kind.plan_for(call))
    trial = Trial(
        scene.name,
        call,
        kind.name,
        _has_struck(stage.journal, call),
        tuple(each.verdict for each in deployments(stage)),
        tuple(breaches(stage, scene, call, kind, facts)),
        delay(stage),
    )
    stage.clear_away()
    return trial


def _play(stage: Stage, scene: Scene, plan: FaultPlan, aftermath: int = AFTERMATH) -> None:
    stage.set_up(packaged=scene.packaged, requests_per_second=scene.requests_per_second)
    scene.prologue(stage)
    anyhow = scene.plan
    apis, events = (*plan.apis, *anyhow.apis), (*plan.events, *anyhow.events)
    stage.let(replace(plan, apis=apis, events=events))
    scene.play(stage)
    stage.settle(aftermath)


def _has_struck(journal: Iterable[Entry], call: Call) -> bool:
    for entry in journal:
        if entry.kind == "fault" and entry.data.get("operation") == call.operation:
            return True
        if entry.kind == "lambda_invoked" and entry.data["error"] in DIED:
            return True
    return False
