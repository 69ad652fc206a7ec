"""The page at the root of the server, its files, its document and its actions.

It is for the browser of the person at this machine. What it asks for comes from itself alone: no
other page may frame it, and whatever it shows is text.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, UnsupportedMediaType
from werkzeug.wrappers import Request, Response

from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.json_text import read_json
from bluegreen.contract.text import plain, quoted
from bluegreen.contract.times import from_text, to_text
from bluegreen_simulator.inputs.members import ScenarioError
from bluegreen_simulator.run.page.actions import ActionError, Actions
from bluegreen_simulator.run.page.timeline import timeline_of
from bluegreen_simulator.run.page.view import View
from bluegreen_simulator.run.page.words import Words
from bluegreen_simulator.run.sample import Sample
from bluegreen_simulator.run.theatre import Theatre

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

ROUTE: Final = "/_bluegreen/page/"
"""Below it is what the page asks for; no bucket of S3 can have such a name."""

JSON: Final = "application/json"
BAD_REQUEST: Final = 400
FOLDER: Final = Path(__file__).parent
PAGE: Final = "page.html"
FILES: Final[Mapping[str, str]] = {
    PAGE: "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer of the page, errors included."""

OF_ITSELF: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
"""The policy of a report or a picture, in place of the page's: it has its look, and no script."""


class Page:
    """A WSGI application that serves the page and passes on everything else.

    The stack may be deployed later, but before the first request.
    """

    def __init__(
        self, theatre: Theatre, sample: Sample, words: Words, application: Application
    ) -> None:
        self._clock = theatre.aws.clock
        self._view = View(theatre, words)
        self._actions = Actions(theatre, sample)
        self._words = words
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer with a file or with JSON; what cannot be done is refused in one line."""
        request = Request(environ)
        if not (request.path.startswith(ROUTE) or _is_for_a_person(request)):
            return self._application(environ, start)
        try:
            response = self._answer(request)
        except (ActionError, BlueGreenError, BotoCoreError, ClientError, ScenarioError) as refused:
            response = _json({"error": _in_words(refused)}, BAD_REQUEST)
        except HTTPException as error:
            response = _json({"error": str(error)}, error.code or BAD_REQUEST)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start)

    def _answer(self, request: Request) -> Response:
        name = request.path.removeprefix(ROUTE)
        if request.path == "/":
            return _file(PAGE)
        if self._actions.knows(name):
            _require_method(request, "POST")
            return _json({"done": self._actions.perform(name, _body(request))})
        if name not in {"view", "report", "timeline", *FILES}:
            raise NotFound
        _require_method(request, "GET", "HEAD")
        match name:
            case "view":
                return _json(self._view.to_json())
            case "report":
                return self._shown_report(request)
            case "timeline":
                return self._drawn_timeline(request)
        return _file(name)

    def _drawn_timeline(self, request: Request) -> Response:
        deployment = self._view.find(*_asked_for(request))
        if deployment is None or not deployment["Stages"]:
            raise NotFound("There is no such deployment, or it has no stage.")
        drawn = timeline_of(deployment, to_text(self._clock.now()))
        svg = self._words.timeline(drawn.stages, drawn.coming, drawn.marked)
        return _whole(svg, "image/svg+xml; charset=utf-8")

    def _shown_report(self, request: Request) -> Response:
        endpoint, started_at, id_ = _asked_for(request)
        try:
            start = from_text(started_at)
        except ValueError as error:
            raise ActionError(f"StartedAt is {quoted(started_at)}. Allowed: a time.") from error
        html = self._words.report(endpoint, start, id_, self._clock.now())
        if html is None:
            raise NotFound(f"No deployment {quoted(id_)} of that start has ended.")
        return _whole(html, FILES[PAGE])


def _asked_for(request: Request) -> tuple[str, str, str]:
    names = ("EndpointName", "StartedAt", "DeploymentId")
    endpoint, started_at, id_ = (request.args.get(name, "") for name in names)
    return endpoint, started_at, id_


def _whole(text: str, kind: str) -> Response:
    response = Response(text, content_type=kind)
    response.headers["Content-Security-Policy"] = OF_ITSELF
    return response


def _is_for_a_person(request: Request) -> bool:
    """Whether a browser asks for the root, and no client of AWS: S3 lists its buckets there."""
    wants_a_page = "text/html" in request.headers.get("Accept", "")
    signed = "Authorization" in request.headers or bool(request.query_string)
    return request.path == "/" and request.method in {"GET", "HEAD"} and wants_a_page and not signed


def _require_method(request: Request, *allowed: str) -> None:
    if request.method not in allowed:
        raise MethodNotAllowed(allowed)


def _body(request: Request) -> dict[str, Any]:
    """The object in the body; it has to be sent as JSON, which no form of a foreign page can."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"The Content-Type of an action is {JSON}.")
    try:
        body = read_json(request.get_data().decode())
    except ValueError as error:
        raise ActionError(f"The request is no JSON: {plain(str(error))}.") from error
    if not isinstance(body, dict):
        raise ActionError("A request is an object with the members of its action.")
    return body


def _in_words(refused: Exception) -> str:
    if isinstance(refused, ClientError):
        return plain(refused.response["Error"]["Message"])
    return plain(str(refused))


def _file(name: str) -> Response:
    return Response((FOLDER / name).read_bytes(), content_type=FILES[name])


def _json(body: object, status: int = 200) -> Response:
    return Response(f"{json.dumps(body)}\n", status, content_type=JSON)
