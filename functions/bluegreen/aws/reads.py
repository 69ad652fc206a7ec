"""Two ways to read: a check can do without most answers, a clone can do without none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as BotoConnectionError

from bluegreen.aws.errors import (
    DENIED,
    code_of,
    denials_as_rejections,
    message_of,
    passing_faults_as_unavailable,
)
from bluegreen.clock import Clock
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.text import plain

SECONDS: Final = 20
"""How long reads are begun; a function has 50 seconds, and a read may take 20 of them."""

REASON_LENGTH: Final = 200
NO_TIME: Final = "the check ran out of time"


class Unreadable(Exception):
    """What was read does not answer the question; the message says why."""


class Reads(Protocol):
    """How something is read, and what becomes of it when AWS does not give it."""

    def ask[T](self, what: str, read: Callable[[], T], /) -> T | None:
        """What `read` gives; None, or an error, when AWS does not give it."""


class NeededReads:
    """Asks for what nothing goes on without; `unknown` says what an answer does not tell."""

    def __init__(self, unknown: dict[str, str] | None = None) -> None:
        self.unknown = {} if unknown is None else unknown

    def ask[T](self, what: str, read: Callable[[], T], /) -> T | None:
        """What `read` gives; None when that does not tell what is asked.

        RequestRejected when our role may not see it, ObservationUnavailable when nobody can now.
        """
        try:
            with denials_as_rejections():
                return read()
        except Unreadable as error:
            self.unknown.setdefault(what, str(error))
            return None


class OptionalReads:
    """Reads until its time is over; `unknown` says what could not be read, and why."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.now() + timedelta(seconds=SECONDS)
        self._silent: set[str] = set()
        self.unknown: dict[str, str] = {}

    def ask[T](self, what: str, read: Callable[[], T], /) -> T | None:
        """What `read` returns; None if AWS does not give it, and then `unknown` says why.

        The first reason stays. What did not answer once is not read again.
        """
        if what in self._silent:
            return None
        try:
            self.go_on()
            return read()
        except ParamValidationError:
            raise  # a mistake in our code
        except (Unreadable, RequestRejected, ClientError, BotoCoreError) as error:
            self.unknown.setdefault(what, _in_words(error))
            if isinstance(error, HTTPClientError | BotoConnectionError):
                self._silent.add(what)
            return None

    def insist[T](self, what: str, read: Callable[[], T], /) -> T | None:
        """The same of what a request is rejected without: a fault that passes is no answer to it.

        ObservationUnavailable where AWS does not give it now, or the time is over.
        """

        def patiently() -> T:
            with passing_faults_as_unavailable():
                return read()

        found = self.ask(what, patiently)
        if self.unknown.get(what) == NO_TIME:
            raise ObservationUnavailable(f"{NO_TIME}, before it had read all that it needs")
        return found

    def go_on(self) -> None:
        """Unreadable if the time is over; called between the pages of long lists."""
        if self._clock.now() >= self._until:
            raise Unreadable(NO_TIME)


def _in_words(error: Exception) -> str:
    """The reason as it stands within a sentence."""
    if isinstance(error, ClientError):
        who = "AWS denied access" if code_of(error) in DENIED else f"AWS answered {code_of(error)}"
        text = f"{who}: {message_of(error)}"
    elif isinstance(error, HTTPClientError | BotoConnectionError):
        text = f"AWS did not answer: {error}"
    else:
        text = str(error)
    return plain(text, REASON_LENGTH).rstrip(".")
