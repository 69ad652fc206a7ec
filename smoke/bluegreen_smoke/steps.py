"""Steps that run in order, and are undone in reverse order, whatever happens.

A step declares what it creates before it creates it, so that nothing is forgotten if the run is
interrupted: things are deleted by name, whether or not they were created.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bluegreen.clock import Clock
from bluegreen.contract.text import plain

LONGEST_NOTE: Final = 600
LONGEST_PAUSE_SECONDS: Final = 5.0

Say = Callable[[str], None]


class Status(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_REACHED = "not reached here"
    INTERRUPTED = "interrupted"


class NotReachedError(Exception):
    """The embedded AWS does not have what a step asks; a real account has."""


class SkippedError(Exception):
    """There is nothing to do here, and the message says why."""


class StepFailedError(Exception):
    """What a step checks does not hold, as the message says."""


@dataclass(frozen=True)
class Thing:
    """Something that a step makes in the account, and how it goes away again.

    `delete` is called only while `is_there`; what is still there after `patience_seconds` is left.
    """

    label: str
    is_there: Callable[[], bool]
    delete: Callable[[], object]
    patience_seconds: float = 120


@dataclass(frozen=True)
class Step:
    """One step: its name, what it checks, what it makes.

    `run` returns what it found. Unless the run `goes_on`, a failure is the end of it.
    """

    name: str
    checks: str
    run: Callable[[], str]
    things: tuple[Thing, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a step ended, and what it found."""

    name: str
    checks: str
    status: Status
    note: str
    seconds: float


@dataclass(frozen=True)
class Left:
    """A thing that could not be deleted, and why."""

    label: str
    why: str


@dataclass
class Run:
    """How the steps ended, and what is still there."""

    outcomes: list[Outcome] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing failed and nothing is left."""
        bad = (Status.FAILED, Status.INTERRUPTED)
        return not self.left and all(outcome.status not in bad for outcome in self.outcomes)


def run_steps(steps: Sequence[Step], clock: Clock, say: Say) -> Run:
    """Run the steps until one fails, then delete what all of them made, the last first."""
    run, begun = Run(), list[Step]()
    try:
        for step in steps:
            begun.append(step)
            outcome = _attempt(step, clock, say)
            run.outcomes.append(outcome)
            if _ends(step, outcome):
                break
    finally:
        run.left.extend(_undo(begun, clock, say))
    return run


def _ends(step: Step, outcome: Outcome) -> bool:
    failed = outcome.status is Status.FAILED and not step.goes_on
    return failed or outcome.status is Status.INTERRUPTED


def _attempt(step: Step, clock: Clock, say: Say) -> Outcome:
    began = clock.now()
    say(f"--- {step.name}: {step.checks}")
    status, note = _status_and_note(step.run)
    seconds = (clock.now() - began).total_seconds()
    say(f"    {status}{f': {note}' if note else ''}")
    return Outcome(step.name, step.checks, status, note, round(seconds, 1))


def _status_and_note(run: Callable[[], str]) -> tuple[Status, str]:
    try:
        return Status.PASSED, run()
    except NotReachedError as error:
        return Status.NOT_REACHED, str(error)
    except SkippedError as error:
        return Status.SKIPPED, str(error)
    except KeyboardInterrupt:
        return Status.INTERRUPTED, "deleting what was created"
    except Exception as error:  # noqa: BLE001 - whatever went wrong, what was created is deleted
        return Status.FAILED, in_words(error)


def in_words(error: Exception) -> str:
    """An error as a line."""
    return plain(f"{type(error).__name__}: {error}", LONGEST_NOTE)


def _undo(begun: Sequence[Step], clock: Clock, say: Say) -> Iterable[Left]:
    for thing in [thing for step in reversed(begun) for thing in reversed(step.things)]:
        why = _remove(thing, clock, say)
        if why:
            say(f"    {thing.label} could not be deleted: {why}")
            yield Left(thing.label, why)


def _remove(thing: Thing, clock: Clock, say: Say) -> str:
    """Delete a thing and wait until it is gone; if it stays, why."""
    try:
        if not thing.is_there():
            return ""
        say(f"--- deleting {thing.label}")
        thing.delete()
        gone = wait_until(lambda: not thing.is_there(), clock, thing.patience_seconds)
    except KeyboardInterrupt:
        return "interrupted"
    except Exception as error:  # noqa: BLE001 - the others are to be deleted all the same
        return in_words(error)
    return "" if gone else f"still there after {thing.patience_seconds:.0f} seconds"


def wait_until(holds: Callable[[], bool], clock: Clock, seconds: float) -> bool:
    """Look again and again, less and less often, until something holds; whether it did in time."""
    began, pause = clock.now(), 0.25
    while not holds():
        if (clock.now() - began).total_seconds() >= seconds:
            return False
        clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    return True
