"""Virtual time: exactly one task runs at a time, and when all of them wait, time goes on.

It jumps to the next moment at which something happens, so that each run is the same; or it runs
in proportion to real time, and lets threads from outside in (`pace`).

Tasks are threads that hand one turn over to each other. A task keeps its turn until it sleeps,
waits or ends; tasks that are ready run in the order in which they became so; timers of the same
moment fire in the order in which they were set. So nothing that the tasks share needs a lock.
Computing takes no virtual time.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, SupportsIndex

import time_machine

from bluegreen_simulator.time.pace import Scaled
from bluegreen_simulator.time.tasks import DeadlockError, Task, TaskEnded

_REAL_SLEEP: Final = time.sleep  # noqa: TID251 - what is put back at the end
_RUNNING = threading.local()


def current_task() -> Task | None:
    """The task that the calling thread is; None outside of every clock."""
    return getattr(_RUNNING, "task", None)


class Timer:
    """Something that happens at a moment, unless it is cancelled.

    It is `idle` if nobody waits for it: the world looks after itself, and would for ever.
    """

    def __init__(self, action: Callable[[], object], *, idle: bool = False) -> None:
        self.action = action
        self.idle = idle
        self.cancelled = False

    def cancel(self) -> None:
        """Let it not happen."""
        self.cancelled = True


class Event:
    """A flag to wait for in virtual time, with the interface of `threading.Event`."""

    def __init__(self, clock: "VirtualClock") -> None:
        self._clock = clock
        self._set = False
        self._waiting: list[Task] = []

    def is_set(self) -> bool:
        """Whether the flag is set."""
        return self._set

    def clear(self) -> None:
        """Reset the flag."""
        self._set = False

    def set(self) -> None:
        """Set the flag; all who wait become ready."""
        self._set = True
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            self._clock.make_ready(task)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the flag, at most `timeout` seconds; whether it is set."""
        if self._set:
            return True
        task = self._clock.running_task()
        self._waiting.append(task)
        timer = None
        if timeout is not None:
            timer = self._clock.wake_later(task, timeout)
        try:
            self._clock.hand_over("waits for an event")
        finally:
            if timer:
                timer.cancel()
            woken = task not in self._waiting
            if not woken:
                self._waiting.remove(task)
        return woken  # Even if the flag was cleared at once, as in `threading`.


def _as_process_time(moment: datetime) -> datetime:
    """For time_machine, which with a time zone would write TZ to the environment.

    That is the environment of the function that sleeps, when time moves on meanwhile.
    """
    return moment.astimezone(UTC).replace(tzinfo=None)


class VirtualClock:
    """The clock of one embedded AWS; `start` is aware."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._ready: deque[Task] = deque()
        self._timers: list[tuple[datetime, int, Timer]] = []
        self._order = itertools.count()
        self._tasks: list[Task] = []
        self._over: list[threading.Thread] = []
        self._main: Task | None = None
        self._process_time: time_machine.Traveller | None = None
        self._pace: Scaled | None = None
        self._pacer = Task("pacer", self.event())
        self._tell: Callable[[str, BaseException], object] = self._tell_main

    def scale(self, speed: float, limit: Callable[[], datetime] | None = None) -> None:
        """Let time run from now on, `speed` times as fast as real time, and visitors in.

        Where there is a `limit`, as for `Scaled`, it never passes what that tells. Another speed
        may be asked for again, by whoever has the turn; the limit stays.
        """
        if self._pace is not None:
            self._pace.change(self._now, speed)
            return
        self._pace = Scaled(self._now, speed, limit)
        self._pacer.thread = threading.Thread(
            target=self._keep_pace, args=(self._pace,), daemon=True
        )
        self._pacer.thread.start()

    def outlive(self, tell: Callable[[str, BaseException], object]) -> None:
        """Go on from now on when a task fails: `tell` hears its name and the error, not the main.

        It hears of it in whoever's turn it is, and must neither wait nor raise.
        """
        self._tell = tell

    @property
    def speed(self) -> float | None:
        """How many times as fast as real time it runs; None: it jumps."""
        return self._pace.speed_at(self._now) if self._pace else None

    @property
    def behind(self) -> timedelta | None:
        """How long before its limit it is; None where it has none."""
        return self._pace.behind(self._now) if self._pace else None

    def _keep_pace(self, pace: Scaled) -> None:
        """Have the turn whenever every task waits, until the next moment comes or a visitor.

        In a thread of its own, so that a visitor can leave when nobody else is ready.
        """
        while True:
            self._pacer.turn.acquire()
            while not self._ready and not self._pacer.ended:
                if pace.await_moment(self._next_moment()):
                    self._advance()
                else:
                    self._admit(pace)
            if self._pacer.ended:
                return
            self._ready.popleft().turn.release()

    def now(self) -> datetime:
        """The present virtual moment, aware, in UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let others run for `seconds` of virtual time."""
        timer = self.wake_later(self.running_task(), seconds)
        try:
            self.hand_over(f"sleeps {seconds} s")
        finally:
            timer.cancel()

    def event(self) -> Event:
        """A new flag to wait for."""
        return Event(self)

    def call_at(self, when: datetime, function: Callable[[], object], name: str) -> Timer:
        """Run `function` at a moment, in a task of its own."""
        timer = Timer(lambda: self._attempt(name, lambda: self._start(function, name)))
        heapq.heappush(self._timers, (max(when, self._now), next(self._order), timer))
        return timer

    def run_at(self, when: datetime, function: Callable[[], object]) -> Timer:
        """Run `function` at a moment in nobody's task, for nobody: it must not wait.

        Cheaper than `call_at`.
        """
        timer = Timer(lambda: self._run_in_nobodys_task(function), idle=True)
        heapq.heappush(self._timers, (max(when, self._now), next(self._order), timer))
        return timer

    @property
    def anybody_waits(self) -> bool:
        """Whether a task is to go on, or to begin, at a later moment."""
        return any(not timer.cancelled and not timer.idle for _, _, timer in self._timers)

    def _run_in_nobodys_task(self, function: Callable[[], object]) -> None:
        task, _RUNNING.task = current_task(), None
        try:
            self._attempt("a timer", function)
        finally:
            _RUNNING.task = task

    def _attempt(self, name: str, function: Callable[[], object]) -> None:
        """Do it in whoever's turn it is, who has to go on whatever it raises."""
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - it is told
            self._tell(name, error)

    def call_later(self, seconds: float, function: Callable[[], object], name: str) -> Timer:
        """Run `function` after `seconds`, in a task of its own."""
        return self.call_at(self._now + timedelta(seconds=seconds), function, name)

    def spawn(self, function: Callable[[], object], name: str) -> Task:
        """Run `function` in a task of its own when its turn comes."""
        spawning, task = current_task(), self._start(function, name)
        task.owner = spawning and spawning.owner
        return task

    def end(self, task: Task) -> None:
        """End a task where it waits, or before it begins; not the one that runs, nor the main."""
        if not task.done:
            task.raised = TaskEnded()
            self.make_ready(task)

    def _start(self, function: Callable[[], object], name: str) -> Task:
        self._bury()
        task = Task(name, self.event())
        task.thread = threading.Thread(target=self._run, args=(task, function), daemon=True)
        task.thread.start()  # which a system with too many threads refuses
        self._tasks.append(task)
        self.make_ready(task)
        return task

    def _bury(self) -> None:
        """Join the threads that are over, whose stacks would stay as long as anybody knows them."""
        while self._over:
            self._over.pop().join()

    def _run(self, task: Task, function: Callable[[], object]) -> None:
        task.turn.acquire()
        _RUNNING.task = task
        try:
            if task.raised is not None:
                raise task.raised  # noqa: TRY301 - as where it waits
            if not task.ended:
                function()
        except TaskEnded:
            pass
        except BaseException as error:  # noqa: BLE001 - whoever joins the task is told
            task.error = error
        self._finish(task)

    def _finish(self, task: Task) -> None:
        task.done = True
        self._tasks.remove(task)
        if task.ended:
            return  # `running` waits for the thread itself.
        task.finished.set()
        if task.error is not None:
            self._tell(task.name, task.error)
        following = self._next()
        self._over.append(threading.current_thread())
        following.turn.release()

    @contextmanager
    def visiting(self, name: str) -> Iterator[None]:
        """Let the calling thread, which is none of the clock's own, be a task of it.

        It waits for its turn; TaskEnded when the clock stops before.
        """
        task = Task(name, self.event())
        if self._pace is None:  # What a visitor does would depend on when it comes.
            raise TaskEnded
        self._pace.join_the_queue(task)
        task.turn.acquire()
        _RUNNING.task = task
        try:
            if task.ended:
                raise TaskEnded
            yield
        finally:
            _RUNNING.task = None
            if not task.ended:
                self._tasks.remove(task)
                self._next().turn.release()

    def _tell_main(self, _name: str, error: BaseException) -> None:
        if self._main is not None:
            self._main.raised = self._main.raised or error
            self.make_ready(self._main)

    def running_task(self) -> Task:
        """The task that the caller is; only tasks can wait."""
        task = current_task()
        if task is None:
            raise RuntimeError("Only a task can wait in virtual time; use `with clock.running()`.")
        return task

    def make_ready(self, task: Task) -> None:
        """Let the task have a turn, once, after those who are ready already."""
        if task not in self._ready and not task.done:
            self._ready.append(task)

    def wake_later(self, task: Task, seconds: float) -> Timer:
        """Make the task ready after `seconds`."""
        timer = Timer(lambda: self.make_ready(task))
        when = self._now + timedelta(seconds=max(seconds, 0))
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def hand_over(self, why: str) -> None:
        """Give the turn away until the calling task is made ready again."""
        task = self.running_task()
        if task.ended:
            raise TaskEnded
        task.waits = why
        following = self._next()
        if following is not task:
            following.turn.release()
            task.turn.acquire()
        task.waits = ""
        if task.ended:
            raise TaskEnded
        if task.raised is not None:
            error, task.raised = task.raised, None
            raise error

    def _next(self) -> Task:
        """The task whose turn it is, moving time on until there is one."""
        while not self._ready:
            if self._pace is not None:
                return self._pacer
            if self._next_moment() is None:
                return self._deadlocked()
            self._advance()
        return self._ready.popleft()

    def _next_moment(self) -> datetime | None:
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _advance(self) -> None:
        when, _, timer = heapq.heappop(self._timers)
        self._move_to(when)
        timer.action()

    def _admit(self, pace: Scaled) -> None:
        visitors, due = pace.take_the_queue(), self._next_moment()
        present = pace.present(self._now)
        self._move_to(present if due is None else min(present, due))
        self._tasks.extend(visitors)
        self._ready.extend(visitors)

    def _move_to(self, when: datetime) -> None:
        if when > self._now:
            self._now = when
            if self._process_time is not None:
                self._process_time.move_to(_as_process_time(when))

    def _deadlocked(self) -> Task:
        assert self._main is not None
        waiting = ", ".join(f"{task.name} {task.waits}" for task in [self._main, *self._tasks])
        self._main.raised = DeadlockError(f"Nothing can happen any more: {waiting}.")
        return self._main

    @contextmanager
    def running(self) -> Iterator[None]:
        """Make the caller the main task and let the process's time be virtual.

        At the end every other task is ended where it waits. An error that a task raised is
        raised in the main task, where it waits next.
        """
        main = self._main = _RUNNING.task = Task("main", self.event())
        time.sleep = self._sleep_of_process  # noqa: TID251 - what the process sleeps by
        try:
            with time_machine.travel(_as_process_time(self._now), tick=False) as process_time:
                self._process_time = process_time
                yield
        finally:
            time.sleep = _REAL_SLEEP  # noqa: TID251 - put back
            self._process_time = None
            self._end_all()
            self._main = _RUNNING.task = None
        if main.raised is not None:
            raise main.raised

    def _sleep_of_process(self, seconds: float | SupportsIndex) -> None:
        if current_task() is None:
            _REAL_SLEEP(seconds)
        else:
            self.sleep(float(seconds))

    def _end_all(self) -> None:
        self._timers.clear()
        if self._pace is not None:
            self._tasks += self._pace.take_the_queue()
            self._pace = None
            self._end(self._pacer)
        while self._tasks:
            self._end(self._tasks[0])

    def _end(self, task: Task) -> None:
        task.ended = True
        task.turn.release()
        if task.thread is None:  # a visitor, whose thread is not ours to wait for
            self._tasks.remove(task)
        else:
            task.thread.join()
