"""No request and no task ends the server: what breaks is answered, and said once."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from bluegreen_simulator.aws.api_faults import NoAnswer
from bluegreen_simulator.aws.lambda_.process import separated
from bluegreen_simulator.run.notices import MOST, Notices, reason_of, silence
from bluegreen_simulator.run.server import Unbroken
from bluegreen_simulator.time.tasks import TaskEnded


class HardStop(BaseException):
    """Of somebody who thinks that only exceptions are caught."""


class Unspeakable(Exception):
    """An error that cannot even be shown."""

    def __str__(self) -> str:
        raise ValueError("no words")


def raising(error: BaseException, *, begun: bool = False) -> Any:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        if begun:
            start("200 OK", [("Content-Type", "text/plain")])
        raise error

    return application


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("Name"), "KeyError: 'Name'"),
        (ValueError(), "ValueError"),
        (SystemExit(3), "SystemExit: 3"),
        (HardStop("now"), "HardStop: now"),
        (Unspeakable(), "Unspeakable"),
        (RecursionError("too deep\nindeed"), "RecursionError: too deep indeed"),
    ],
    ids=lambda value: str(type(value)),
)
def test_whatever_a_request_breaks_is_an_answer(
    error: BaseException, reason: str, begun: bool
) -> None:
    told: list[str] = []
    client = Client(Unbroken(raising(error, begun=begun), lambda what, _: told.append(what)))
    answer = client.post("/x", data=b"Action=Publish", content_type="application/json")
    assert answer.status_code == 500
    body: Any = answer.json
    assert body["__type"] == "InternalFailure"
    assert body["message"].endswith(f"failed inside the embedded AWS: {reason}")
    assert told == ["POST /x of a service"]


@pytest.mark.parametrize("error", [TaskEnded(), NoAnswer()])
def test_the_end_of_the_clock_and_of_a_connection_go_on(error: BaseException) -> None:
    with pytest.raises(type(error)):
        Client(Unbroken(raising(error), lambda *_: None)).get("/")


def test_a_failure_is_said_once_in_one_line() -> None:
    stream = io.StringIO()
    notices = Notices(stream)
    for _ in range(3):
        notices.tell("a task\n", KeyError("Name"))
    notices.tell("another", KeyError("Name"))
    assert stream.getvalue() == (
        "a task failed inside the embedded AWS: KeyError: 'Name'\n"
        "another failed inside the embedded AWS: KeyError: 'Name'\n"
    )


def test_no_more_than_a_thousand_failures_are_said() -> None:
    stream = io.StringIO()
    notices = Notices(stream)
    for number in range(MOST + 5):
        notices.tell(f"task {number}", KeyError())
    assert len(stream.getvalue().splitlines()) == MOST


def test_whoever_has_closed_standard_error_is_told_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    Notices(stream).tell("a task", KeyError())


def test_the_words_of_an_error_are_bounded() -> None:
    assert len(reason_of(ValueError("x" * 10_000))) < 600


def test_in_silence_libraries_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with separated():
        notices = Notices(sys.stderr)
        with silence():
            sys.stdout.write("on standard output")
            sys.stderr.write("on standard error")
            logging.getLogger("moto").warning("a warning of moto's")
            notices.tell("a task", KeyError("Name"))
        sys.stdout.write("after it\n")
    printed = capsys.readouterr()
    assert printed.out == "after it\n"
    assert printed.err == "a task failed inside the embedded AWS: KeyError: 'Name'\n"


def test_an_answer_stays_as_it_is() -> None:
    def application(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("201 Created", [("Content-Type", "application/json")])
        return [b"{", b"}"]

    answer = Client(Unbroken(application, lambda *_: None)).get("/")
    assert (answer.status_code, json.loads(answer.data)) == (201, {})
