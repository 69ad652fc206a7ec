"""What a run makes is deleted in reverse, whatever happens on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bluegreen_smoke.steps import (
    NotReachedError,
    Run,
    SkippedError,
    Status,
    Step,
    StepFailedError,
    Thing,
    run_steps,
    wait_until,
)


class StoppedClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Account:
    """Things by name; what is deleted, in order."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.deleted: list[str] = []
        self.stubborn: dict[str, BaseException | None] = {}

    def step(
        self, name: str, *, raises: BaseException | None = None, goes_on: bool = False
    ) -> Step:
        def run() -> str:
            self.there.add(name)
            if raises:
                raise raises
            return "made"

        return Step(name, "a check", run, (self.thing(name),), goes_on)

    def thing(self, name: str) -> Thing:
        return Thing(name, lambda: name in self.there, lambda: self.delete(name))

    def delete(self, name: str) -> None:
        self.deleted.append(name)
        if name not in self.stubborn:
            self.there.remove(name)
        elif error := self.stubborn[name]:
            raise error


def run(*steps: Step) -> Run:
    return run_steps(steps, StoppedClock(), lambda _: None)


def statuses(done: Run) -> list[Status]:
    return [outcome.status for outcome in done.outcomes]


def test_what_was_made_is_deleted_in_reverse() -> None:
    account = Account()
    done = run(account.step("a"), account.step("b"), account.step("c"))
    assert done.passed
    assert account.deleted == ["c", "b", "a"]
    assert not account.there


def test_the_things_of_one_step_are_deleted_in_reverse_too() -> None:
    account = Account()
    account.there = {"x", "y"}
    run(Step("s", "a check", str, (account.thing("x"), account.thing("y"))))
    assert account.deleted == ["y", "x"]


@pytest.mark.parametrize("error", [StepFailedError("no"), ValueError("no"), KeyboardInterrupt()])
def test_after_a_failure_nothing_more_is_made_and_all_is_deleted(error: BaseException) -> None:
    account = Account()
    done = run(account.step("a"), account.step("b", raises=error), account.step("c"))
    assert not done.passed
    assert len(done.outcomes) == 2
    assert account.deleted == ["b", "a"]


def test_a_step_that_only_looks_fails_and_the_run_goes_on() -> None:
    account = Account()
    failing = account.step("a", raises=StepFailedError("no"), goes_on=True)
    done = run(failing, account.step("b"))
    assert statuses(done) == [Status.FAILED, Status.PASSED]
    assert not done.passed


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotReachedError("x"), Status.NOT_REACHED), (SkippedError("x"), Status.SKIPPED)],
)
def test_what_is_not_reached_or_skipped_is_no_failure(error: Exception, status: Status) -> None:
    account = Account()
    done = run(account.step("a", raises=error), account.step("b"))
    assert statuses(done) == [status, Status.PASSED]
    assert done.passed


@pytest.mark.parametrize("error", [ValueError("denied"), KeyboardInterrupt(), None])
def test_what_cannot_be_deleted_is_listed_and_the_rest_is_deleted(error: Any) -> None:
    account = Account()
    account.stubborn = {"b": error}
    done = run(account.step("a"), account.step("b"), account.step("c"))
    assert [left.label for left in done.left] == ["b"]
    assert account.there == {"b"}
    assert not done.passed


def test_what_never_came_to_be_is_not_deleted() -> None:
    account = Account()
    run(Step("s", "a check", str, (account.thing("x"),)))
    assert account.deleted == []


@pytest.mark.parametrize("words", ["--- b", "    passed"])
def test_an_interruption_outside_of_a_step_deletes_all(words: str) -> None:
    account = Account()
    account.there = {"b"}

    def say(line: str) -> None:
        if line.startswith(words):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_steps([account.step("b")], StoppedClock(), say)
    assert account.deleted == ["b"]


def test_waiting_ends_in_time() -> None:
    clock = StoppedClock()
    began = clock.now()
    assert not wait_until(lambda: False, clock, 60)
    assert 60 <= (clock.now() - began).total_seconds() <= 65
    assert wait_until(lambda: True, clock, 0)
