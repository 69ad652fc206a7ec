"""Step Functions: the threads of moto's interpreter are tasks of the virtual clock."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.time.clock import Event, current_task

if TYPE_CHECKING:
    from bluegreen_simulator.time.tasks import Task

INTERPRETER: Final = "moto.stepfunctions.parser"


class _State:
    world: World
    tasks: "dict[Task, Task | None]"
    """Those that are not over, each with the one that began it."""


def install(world: World) -> None:
    """Let the interpreter run on the world's clock."""
    _State.world = world
    _State.tasks = {}
    put_threads_on_the_clock()


def begin(function: Callable[[], object], name: str, owner: object) -> None:
    """Run it in a task; that task, and all that it starts here, are its owner's."""
    _begin(function, name).owner = owner


def end_all_of(owner: object, but: "Task | None") -> None:
    """End each task of this owner where it waits, but the one that asks for it."""
    for task in _State.tasks:
        if task.owner is owner and task is not but:
            _State.world.clock.end(task)


def end_all_below(task: "Task | None") -> "list[Task]":
    """End each task that this one began, and what those began, where they wait; which they are."""
    ended = [one for one in _State.tasks if any(task is each for each in _starters_of(one))]
    for one in ended:
        _State.world.clock.end(one)
    return ended


def _starters_of(task: "Task") -> "Iterator[Task]":
    """Who began it, who began that one, and so on; one that is over is the last that is known."""
    starter = _State.tasks.get(task)
    while starter is not None:
        yield starter
        starter = _State.tasks.get(starter)


def _begin(function: Callable[[], object], name: str) -> "Task":
    task = _State.world.clock.spawn(function, name)
    _State.tasks = {one: starter for one, starter in _State.tasks.items() if not one.done}
    _State.tasks[task] = current_task()
    return task


class VirtualThread:
    """`threading.Thread`, as far as the interpreter uses it: a task of the virtual clock."""

    def __init__(
        self,
        target: Callable[..., object],
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        name: str = "state",
        *,
        daemon: bool = True,
    ) -> None:
        del daemon  # Every task ends with its clock.
        self._function = lambda: target(*args, **(kwargs or {}))
        self._name = name
        self._task: Task | None = None

    def start(self) -> None:
        """Run when its turn comes."""
        self._task = _begin(self._function, self._name)

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        assert self._task is not None
        self._task.join(timeout)

    @property
    def native_id(self) -> int | None:
        """The number that the system has for it; None before it is started."""
        return self._task.thread.native_id if self._task and self._task.thread else None

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._task is not None and not self._task.done


class VirtualThreading:
    """The module `threading`, as far as the interpreter uses it."""

    Thread = VirtualThread
    Lock = threading.Lock
    RLock = threading.RLock

    @staticmethod
    def Event() -> Event:  # noqa: N802 - the name in `threading`
        """A flag to wait for in virtual time."""
        return _State.world.clock.event()


def put_threads_on_the_clock() -> int:
    """Give the interpreter's modules our threads and events; how many modules use them."""
    ours = {
        id(threading): VirtualThreading,
        id(threading.Thread): VirtualThread,
        id(threading.Event): VirtualThreading.Event,
    }
    changed = 0
    for module in [m for name, m in sys.modules.items() if name.startswith(INTERPRETER)]:
        names = [name for name, value in vars(module).items() if id(value) in ours]
        for name in names:
            setattr(module, name, ours[id(getattr(module, name))])
        changed += any(value in ours.values() for value in vars(module).values() if callable(value))
    return changed
