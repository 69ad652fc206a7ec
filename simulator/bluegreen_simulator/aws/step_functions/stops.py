"""Step Functions: executions that a fault on demand stops, at a state or at a call."""

from typing import Any

from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.backend.execution import Execution

from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.faults.kinds import Stop
from bluegreen_simulator.time.clock import current_task


class _State:
    world: World


def install(world: World) -> None:
    """Watch the calls of functions in this world."""
    _State.world = world
    world.call_watchers.append(_stop_at_call)


def stop_on_entering(state: Any, env: Any) -> bool:  # noqa: ANN401 - moto has no types
    """Whether the execution is stopped as it enters a state; its history has that last."""
    if not _is_stopped_at(Stop(state=state.name)):
        return False
    entered = state._get_state_entered_event_details(env=env)  # noqa: SLF001 - moto has no other way
    env.event_manager.add_event(
        env.event_history_context,
        state.state_entered_event_type,
        EventDetails(stateEnteredEventDetails=entered),
    )
    executions.stop(_execution())
    return True


def _stop_at_call(function: str, operation: str, before: bool) -> None:  # noqa: FBT001 - see World
    if _is_stopped_at(Stop(function=function, operation=operation, before=before)):
        executions.stop(_execution())


def _is_stopped_at(point: Stop) -> bool:
    execution = _execution()
    if execution is None or execution.status != executions.RUNNING:
        return False
    world = _State.world
    stopped = world.faults.stops_at(execution.name, point)
    if stopped:
        world.journal.write(world.clock.now(), "fault", what="Stop", execution=execution.name)
    return stopped


def _execution() -> Any:  # noqa: ANN401 - moto has no types
    """The execution on whose behalf the caller runs: in itself, or in a function of it."""
    task = current_task()
    owner = task and task.owner
    return owner if isinstance(owner, Execution) else None
