"""The embedded AWS over HTTP: clients of AWS need nothing but its address.

Each request runs as a task of the clock, so one at a time, whatever thread it came by; what
moto's backends share needs no lock.
"""

import io
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request

from bluegreen_simulator.aws.api_faults import NoAnswer
from bluegreen_simulator.run.error_answers import (
    Response,
    asked,
    error_answer,
    internal_failure,
)
from bluegreen_simulator.run.guard import Guard, hosts
from bluegreen_simulator.run.notices import reason_of
from bluegreen_simulator.time.clock import VirtualClock
from bluegreen_simulator.time.real import RealClock
from bluegreen_simulator.time.tasks import TaskEnded

HOST: Final = "127.0.0.1"
BAD_REQUEST: Final = 400

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Tell = Callable[[str, BaseException], object]


class QuietRequestHandler(MotoRequestHandler):  # type: ignore[misc] # moto has no types
    """Does not print a line for each request, nor a page for what is no HTTP."""

    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain; charset=utf-8"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - as werkzeug
        """Print nothing of what cannot be read as HTTP either."""

    def connection_dropped(self, error: BaseException, environ: Environ | None = None) -> None:
        """Close the connection: without an answer there is nothing more to say on it."""
        del error, environ
        self.close_connection = True


class Unbroken:
    """A WSGI application that answers whatever the one inside raises; `tell` hears of it."""

    def __init__(self, application: Application, tell: Tell) -> None:
        self._application = application
        self._tell = tell

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Have the whole answer, or an internal failure in the protocol of the request."""
        body = environ["wsgi.input"]
        try:
            response = Response.from_app(self._application, environ, buffered=True)
        except (NoAnswer, TaskEnded):
            raise
        except BaseException as error:  # noqa: BLE001 - no request ends the server
            body.seek(0)
            request = Request(environ | {"wsgi.input": body})
            self._tell(asked(request), error)
            response = internal_failure(request, reason_of(error))
        return response(environ, start_response)


def _dated(real: RealClock) -> type[QuietRequestHandler]:
    """A handler whose answers bear the date of `real`, and not that of the process.

    The AWS SDK for JavaScript (3, `AwsSdkSigV4Signer`) sets its clock by it, and where it is
    four minutes off tries again what was refused; botocore makes the `ttl` of a retry of it.
    """

    class Dated(QuietRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            """A moment as the header Date has it, the present one if none is given."""
            moment = real.now().timestamp() if timestamp is None else timestamp
            text: str = super().date_time_string(moment)
            return text

    return Dated


class InTurn:
    """A WSGI application whose requests take their turn on the clock."""

    def __init__(self, clock: VirtualClock, application: Application) -> None:
        self._clock = clock
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Read the request, wait for the turn, and have the whole answer before it is over."""
        try:
            environ["wsgi.input"] = io.BytesIO(_body(environ))
        except (OSError, ValueError):
            return _unreadable(environ)(environ, start_response)
        try:
            with self._clock.visiting(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"):
                return list(self._application(environ, start_response))
        except TaskEnded:  # the clock has stopped
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"The embedded AWS has not begun yet, or has stopped.\n"]
        except NoAnswer as fault:
            raise ConnectionAbortedError from fault  # the server closes the connection


def _body(environ: Environ) -> bytes:
    """All of the request's body, so that a slow client keeps nobody else waiting."""
    chunked = environ.get("wsgi.input_terminated")
    length = -1 if chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if length < 0 and not chunked:
        raise ValueError(f"a length of {length}")
    body: bytes = environ["wsgi.input"].read(length)
    return body


def _unreadable(environ: Environ) -> Response:
    request = Request({**environ, "wsgi.input": io.BytesIO()})
    message = "The body of the request cannot be read: its length or its chunks are wrong."
    return error_answer(request, BAD_REQUEST, "BadRequest", message)


class Server:
    """Serves on 127.0.0.1 from entering to leaving it; port 0 takes any free one.

    Its answers bear the date that `real` tells. `allow_hosts` are names beside our own by which
    it may be called. OSError when the port is taken.
    """

    def __init__(
        self,
        clock: VirtualClock,
        application: Application,
        real: RealClock,
        port: int,
        allow_hosts: Sequence[str] = (),
    ) -> None:
        application = InTurn(clock, application)
        self._socket = socket.create_server((HOST, port))  # make_server would exit the process
        taken = self._socket.getsockname()[1]
        self._server: BaseWSGIServer = make_server(
            HOST,
            taken,
            Guard(application, hosts(taken, allow_hosts)),
            threaded=True,
            request_handler=_dated(real),
            fd=self._socket.fileno(),
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._socket.close()
        self._thread.join()
