"""A real HTTP server on loopback that stands for Slack and for Teams, and checks what it gets.

What tests put in the place of `http.client.HTTPSConnection` speaks plain HTTP to it, whatever the
host; nothing else may.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from typing import Any, Final

from bluegreen.deployment.webhook import SLACK
from chat_schema import problems_at_slack, problems_at_teams

SECRET: Final = "T012AB3CD/B012AB3CD/not-to-be-printed"  # noqa: S105 - of nobody
"""What nobody but the server may see."""

ADDRESS: Final = f"https://{SLACK}/services/{SECRET}"
TEAMS_HOST: Final = "prod-1.westeurope.logic.azure.com"
TEAMS_ADDRESS: Final = f"https://{TEAMS_HOST}/workflows/{SECRET}?sig=also-not"
PATIENT_SECONDS: Final = 30


@dataclass(frozen=True)
class Answer:
    """What the server does with a call: a status and headers, or a fault of the line."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    hangs: bool = False
    breaks: bool = False


OK: Final = Answer()


@dataclass
class Receiver:
    """What was posted, and how the next calls are answered; the last answer goes for all others."""

    answers: list[Answer] = field(default_factory=lambda: [OK])
    posted: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Host, path and body of each call."""
    problems: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    hanging: threading.Event = field(default_factory=threading.Event)
    """That a call got no answer and never will: who waits for it need not wait."""
    hear: Callable[[], object] = lambda: None
    """Called when something was posted, while whoever posted it waits."""

    def answer(self, *answers: Answer) -> None:
        self.answers[:] = answers

    def take(self, host: str, path: str, body: bytes) -> Answer:
        self.posted.append((host, path, body))
        self.hear()
        check = problems_at_slack if host == SLACK else problems_at_teams
        self.problems += check(body)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] != "application/json":
            self.receiver.problems.append("it is not said to be JSON")
        answer = self.receiver.take(self.headers["Host"], self.path, body)
        if answer.hangs:
            self.receiver.hanging.set()
            self.receiver.released.wait(10)
            return
        if answer.breaks:
            self.wfile.write(b"nonsense\r\n\r\n")
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.receiver.problems.append(f"somebody asked for {self.path}")
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Nothing: what is asked for is a secret."""


@dataclass(frozen=True)
class Line:
    """The receiver, and what connects to it in place of HTTPSConnection."""

    receiver: Receiver
    port: int
    timeouts: list[float]

    def connect(self, host: str, *, timeout: float) -> HTTPConnection:
        """A connection that says it speaks to `host`; it waits for no answer that never comes."""
        self.timeouts.append(timeout)
        return _Loopback(host, self)


class _Loopback(HTTPConnection):
    def __init__(self, host: str, line: Line) -> None:
        super().__init__("127.0.0.1", line.port, timeout=PATIENT_SECONDS)
        self._called, self._hanging = host, line.receiver.hanging

    def putheader(self, header: Any, *values: Any) -> None:
        if header == "Host":
            values = (self._called,)
        super().putheader(header, *values)

    def getresponse(self) -> HTTPResponse:
        """The answer, or the timeout at once where there will be none."""
        while not select([self.sock], [], [], 0.005)[0]:
            if self._hanging.is_set():
                self._hanging.clear()
                raise TimeoutError("timed out")
        return super().getresponse()


@contextmanager
def serving(answers: Sequence[Answer] = (OK,)) -> Iterator[Line]:
    """A server on a free port until the end."""
    receiver = Receiver(list(answers))
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Line(receiver, server.server_port, [])
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
