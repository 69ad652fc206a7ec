import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bluegreen_simulator.time.clock import VirtualClock, current_task
from bluegreen_simulator.time.tasks import DeadlockError, TaskEnded

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    virtual = VirtualClock(START)
    with virtual.running():
        yield virtual


def seconds(clock: VirtualClock) -> float:
    return (clock.now() - START).total_seconds()


def test_eight_hours_pass_at_once(clock: VirtualClock) -> None:
    clock.sleep(8 * 3600)
    assert clock.now() == START + timedelta(hours=8)


def test_the_time_of_the_process_is_virtual(clock: VirtualClock) -> None:
    clock.sleep(90)
    assert datetime.now(UTC) == START + timedelta(seconds=90)  # noqa: TID251 - what is tested
    assert time.time() == (START + timedelta(seconds=90)).timestamp()  # noqa: TID251 - likewise
    time.sleep(30)  # noqa: TID251 - likewise
    assert seconds(clock) == 120


def test_tasks_run_in_turn_and_timers_in_order(clock: VirtualClock) -> None:
    said = []

    def speak(name: str, pause: float) -> None:
        for _ in range(3):
            said.append((name, seconds(clock)))
            clock.sleep(pause)

    first = clock.spawn(lambda: speak("a", 10), "a")
    second = clock.spawn(lambda: speak("b", 10), "b")
    clock.call_later(10, lambda: said.append(("timer", seconds(clock))), "timer")
    first.join()
    second.join()
    assert said == [
        ("a", 0),
        ("b", 0),
        ("timer", 10),
        ("a", 10),
        ("b", 10),
        ("a", 20),
        ("b", 20),
    ]


def test_a_cancelled_timer_does_not_fire(clock: VirtualClock) -> None:
    fired = []
    clock.call_later(5, lambda: fired.append("early"), "early")
    clock.call_later(5, lambda: fired.append("never"), "never").cancel()
    clock.sleep(10)
    assert fired == ["early"]


def test_an_event_wakes_before_its_timeout_and_the_timeout_before_a_late_event(
    clock: VirtualClock,
) -> None:
    early, late = clock.event(), clock.event()
    clock.call_later(5, early.set, "early")
    clock.call_later(50, late.set, "late")
    assert early.wait(10) is True
    assert seconds(clock) == 5
    assert late.wait(10) is False
    assert seconds(clock) == 15
    assert late.wait() is True
    assert seconds(clock) == 50


def test_a_timeout_that_was_not_needed_wakes_nobody_later(clock: VirtualClock) -> None:
    event = clock.event()
    clock.call_later(1, event.set, "set")
    event.wait(10)
    clock.sleep(100)
    assert seconds(clock) == 101


def test_join_waits_for_the_end(clock: VirtualClock) -> None:
    task = clock.spawn(lambda: clock.sleep(30), "sleeper")
    assert task.join(10) is False
    assert task.join() is True
    assert seconds(clock) == 30


def wait_for_ever_beside(virtual: VirtualClock, function: Callable[[], object]) -> None:
    with virtual.running():
        virtual.spawn(function, "other")
        virtual.event().wait()


def test_what_a_task_raises_is_raised_in_the_main_task() -> None:
    def fail() -> None:
        raise ValueError("of the task")

    with pytest.raises(ValueError, match="of the task"):
        wait_for_ever_beside(VirtualClock(START), fail)


def test_a_deadlock_names_those_who_wait() -> None:
    virtual = VirtualClock(START)
    with pytest.raises(DeadlockError, match="main waits for an event, other waits for an event"):
        wait_for_ever_beside(virtual, lambda: virtual.event().wait())


def test_at_the_end_no_thread_is_left_and_real_time_is_back() -> None:
    before = threading.active_count()
    virtual = VirtualClock(START)
    with virtual.running():
        for _ in range(5):
            virtual.spawn(lambda: virtual.sleep(1000), "sleeper")
        virtual.sleep(1)
        assert threading.active_count() == before + 5
    assert threading.active_count() == before
    assert datetime.now(UTC) > START + timedelta(days=30)  # noqa: TID251 - what is tested


def test_only_tasks_wait() -> None:
    with pytest.raises(RuntimeError, match="Only a task can wait in virtual time"):
        VirtualClock(START).sleep(1)


SPEED = 1000


def visit(clock: VirtualClock, function: Callable[[], object]) -> threading.Thread:
    def come_in() -> None:
        with clock.visiting("visitor"):
            function()

    thread = threading.Thread(target=come_in)
    thread.start()
    return thread


def test_scaled_time_takes_real_time(clock: VirtualClock) -> None:
    began = time.monotonic()
    clock.scale(SPEED)
    clock.sleep(200)
    took = time.monotonic() - began
    assert seconds(clock) == 200  # the moment itself, however late the machine is
    assert took >= 0.2


def test_another_speed_holds_from_the_moment_at_which_it_is_set(clock: VirtualClock) -> None:
    clock.scale(SPEED)
    clock.sleep(100)
    clock.scale(1)
    began = time.monotonic()
    clock.sleep(0.3)
    assert time.monotonic() - began >= 0.25
    assert clock.speed == 1
    clock.scale(SPEED)
    clock.sleep(1000)
    assert seconds(clock) >= 1100.3


def test_a_thread_from_outside_comes_in_and_waits_like_every_task(clock: VirtualClock) -> None:
    clock.scale(SPEED)
    said, left = list[tuple[str, float]](), clock.event()

    def stay() -> None:
        said.append(("came", seconds(clock)))
        clock.sleep(300)
        said.append(("left", seconds(clock)))
        left.set()

    clock.call_at(START, lambda: None, "already due")
    thread = visit(clock, stay)
    left.wait()
    thread.join()
    (came, first), (went, last) = said
    assert (came, went, last - first) == ("came", "left", 300)
    assert first > 0


def test_time_that_cannot_keep_up_lets_those_from_outside_in(clock: VirtualClock) -> None:
    """A machine too slow for the speed: at each moment the one before has only just been done."""
    late, came = threading.Event(), list[float]()
    left = clock.event()

    def take_long() -> None:
        if not came and seconds(clock) < 60 * 40:
            clock.call_later(60, take_long, "takes long")
        late.wait(0.1)  # real seconds, of which 60 virtual ones are 0.06

    def come_in() -> None:
        came.append(seconds(clock))
        left.set()

    clock.scale(SPEED)
    clock.call_later(60, take_long, "takes long")
    thread = visit(clock, come_in)
    left.wait()
    thread.join()
    assert 0 < came[0] <= 60 * 20


def test_whoever_is_let_in_while_time_is_late_comes_before_the_moment_that_is_due(
    clock: VirtualClock,
) -> None:
    clock.scale(SPEED)
    threading.Event().wait(0.5)  # real seconds: 500 virtual ones have passed, and nothing is done
    order, left = list[tuple[str, float]](), clock.event()

    def come_in() -> None:
        order.append(("visitor", seconds(clock)))
        left.set()

    def be_late() -> None:
        threading.Event().wait(0.5)
        order.append(("first", seconds(clock)))

    clock.call_later(1, be_late, "first")
    clock.call_later(2, lambda: order.append(("second", seconds(clock))), "second")
    thread = visit(clock, come_in)
    left.wait()
    clock.sleep(1)
    thread.join()
    assert order == [("first", 1), ("visitor", 2), ("second", 2)]


def test_visitors_run_one_at_a_time(clock: VirtualClock) -> None:
    clock.scale(SPEED)
    inside, most = list[int](), list[int]()

    def stay() -> None:
        inside.append(1)
        most.append(len(inside))
        inside.pop()

    threads = [visit(clock, stay) for _ in range(20)]
    clock.sleep(500)
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_nobody_comes_in_while_time_jumps(clock: VirtualClock) -> None:
    ended = list[str]()

    def come_in() -> None:
        try:
            with clock.visiting("visitor"):
                ended.append("came in")
        except TaskEnded:
            ended.append("sent away")

    thread = threading.Thread(target=come_in)
    thread.start()
    thread.join()
    assert ended == ["sent away"]


def test_whoever_waits_inside_when_the_clock_stops_is_ended() -> None:
    virtual, ended = VirtualClock(START), list[str]()

    def stay() -> None:
        try:
            virtual.sleep(10**6)
        except TaskEnded:
            ended.append("ended")
            raise

    def come_in() -> None:
        with contextlib.suppress(TaskEnded), virtual.visiting("visitor"):
            stay()

    thread = threading.Thread(target=come_in)
    with virtual.running():
        virtual.scale(SPEED)
        thread.start()
        virtual.sleep(100)
    thread.join()
    assert ended == ["ended"]


class HardStop(BaseException):
    """Of somebody who thinks that only exceptions are caught."""


@pytest.mark.parametrize("error", [KeyError("a"), HardStop(), TaskEnded()])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_clock_that_outlives_its_tasks_goes_on_when_one_fails(
    clock: VirtualClock, error: BaseException, scaled: bool
) -> None:
    told: list[tuple[str, BaseException]] = []

    def fail() -> None:
        raise error

    clock.outlive(lambda name, error: told.append((name, error)))
    if scaled:
        clock.scale(SPEED)
    task = clock.spawn(fail, "spawned")
    clock.call_later(10, fail, "later")
    clock.run_at(START + timedelta(seconds=20), fail)
    clock.sleep(30)
    clock.sleep(30)
    assert task.done
    expected = ["a timer"] if isinstance(error, TaskEnded) else ["spawned", "later", "a timer"]
    assert told == [(name, error) for name in expected]


def test_a_task_that_cannot_begin_is_told_and_time_goes_on(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    clock.outlive(lambda name, _: told.append(name))
    clock.scale(SPEED)
    clock.call_later(10, lambda: None, "later")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            clock.spawn(lambda: None, "spawned")
        clock.sleep(30)
    assert told == ["later"]
    clock.spawn(lambda: None, "another").join()


def test_a_task_that_is_ended_ends_where_it_waits_and_what_it_left_behind_wakes_nobody(
    clock: VirtualClock,
) -> None:
    flag, said = clock.event(), []

    def wait(patience: float | None) -> None:
        try:
            flag.wait(patience)
            said.append("woken")
        finally:
            said.append(f"ended at {seconds(clock):g}")

    waiting = [clock.spawn(lambda: wait(60), "a"), clock.spawn(lambda: wait(None), "b")]
    asleep = clock.spawn(lambda: clock.sleep(60), "c")
    clock.sleep(10)
    for task in (*waiting, asleep):
        clock.end(task)
    assert not asleep.done  # its turn is still to come
    for task in (*waiting, asleep):
        task.join()
    flag.set()
    clock.sleep(100)
    assert said == ["ended at 10", "ended at 10"]
    clock.end(asleep)  # it has ended
    clock.sleep(1)


def test_a_task_that_is_ended_before_it_begins_does_nothing(clock: VirtualClock) -> None:
    said: list[str] = []
    task = clock.spawn(lambda: said.append("begun"), "a")
    clock.end(task)
    assert task.join(1)
    assert (said, task.error) == ([], None)


def test_what_a_task_spawns_is_on_behalf_of_the_same_owner(clock: VirtualClock) -> None:
    owner, found = object(), []

    def look() -> None:
        task = current_task()
        found.append(task and task.owner)

    def spawn() -> None:
        clock.spawn(look, "child").join()
        clock.call_later(5, look, "later")

    clock.spawn(spawn, "parent").owner = owner
    clock.sleep(10)
    assert found == [owner, None]


def stacks() -> int:
    """How many pieces of memory the process has mapped: each thread that is not joined has two."""
    return len(Path("/proc/self/maps").read_text("utf-8").splitlines())


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists them")
def test_tasks_that_are_over_leave_no_stacks_behind_though_somebody_knows_them(
    clock: VirtualClock,
) -> None:
    known, before = [], stacks()
    for _ in range(300):
        known.append(clock.spawn(lambda: None, "short"))
        clock.sleep(1)
    assert all(task.done for task in known)
    assert stacks() - before < 100
