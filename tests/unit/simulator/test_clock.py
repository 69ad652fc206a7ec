import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.clock import VirtualClock
from bluegreen_simulator.turns import DeadlockError

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
