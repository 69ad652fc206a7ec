"""The server answers programs of this machine and pages of its own, and no other web page.

Any page that somebody opens may send requests to 127.0.0.1. A browser tells where they come from
in headers that the page cannot set: Host keeps the name of a page that was rebound to this
machine, Origin and Sec-Fetch-Site name a page of another site. Clients of AWS send Host alone.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, Self

from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Request

from bluegreen.contract.text import quoted
from bluegreen_simulator.run.error_answers import error_answer

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

OWN_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
HTTP_PORT: Final = 80
"""Clients leave it out of Host."""

OWN_SITES: Final = ("same-origin", "none")
"""Sec-Fetch-Site of a page of ours, and of an address that somebody typed in."""

FORBIDDEN: Final = 403
CROSS_ORIGIN_HEADERS: Final = "access-control-"


class Sender(NamedTuple):
    """What a request says of where it comes from; None is a header that it does not have."""

    host: str | None
    origin: str | None = None
    site: str | None = None

    @classmethod
    def of(cls, environ: Environ) -> Self:
        """The sender of a request."""
        names = ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE")
        return cls(*(environ.get(name) for name in names))


def is_host(text: str) -> bool:
    """Whether `text` may stand in a Host header: a name or an address, with or without a port."""
    return host_is_trusted(text)


def hosts(port: int, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The values of Host that are ours on this port: our own names, and those of `more`.

    A name of `more` without a port also stands for itself, as a proxy on port 80 or 443 sends it.
    """
    own = [f"{name}:{port}" for name in OWN_NAMES]
    if port == HTTP_PORT:
        own += OWN_NAMES
    others = [host for name in more for host in _with_port(name.lower(), port)]
    return tuple(dict.fromkeys(own + others))


def _with_port(name: str, port: int) -> list[str]:
    has_port = ":" in name.rpartition("]")[2]
    return [name] if has_port else [f"{name}:{port}", name]


def objection(sender: Sender, ours: Sequence[str]) -> str | None:
    """Why a request is refused, in words for whoever reads the answer; None when it is not."""
    if sender.host is None or sender.host.lower() not in ours:
        return _of_host(sender.host, ours)
    origins = [f"{scheme}://{host}" for host in ours for scheme in ("http", "https")]
    if sender.origin is not None and sender.origin.lower() not in origins:
        return _of_origin(sender.origin, ours)
    if sender.site is not None and sender.site.lower() not in OWN_SITES:
        return _of_site(sender.site, ours)
    return None


def _of_host(host: str | None, ours: Sequence[str]) -> str:
    found = "it has no Host header" if host is None else f"its Host header is {quoted(host)}"
    return (
        f"The request is refused because {found}. Allowed: {', '.join(ours)}. If this machine is "
        "to be called by another name, start `bluegreen local` with --allow-host and that name."
    )


def _of_origin(origin: str, ours: Sequence[str]) -> str:
    return (
        f"The request is refused because its Origin header is {quoted(origin)}: a web page from "
        "there has sent it. Allowed: no Origin header, as from clients of AWS, or a page from "
        f"{', '.join(ours)}. {_PAGES}"
    )


def _of_site(site: str, ours: Sequence[str]) -> str:
    return (
        f"The request is refused because its Sec-Fetch-Site header is {quoted(site)}: a web page "
        f"from elsewhere has sent it. Allowed: {' or '.join(OWN_SITES)}, or no such header, as "
        f"from clients of AWS; its pages are those from {', '.join(ours)}. {_PAGES}"
    )


_PAGES: Final = (
    "Send it from a program instead. If the page comes from this very server under another name, "
    "start `bluegreen local` with --allow-host and that name."
)


class Guard:
    """A WSGI application that passes on what comes from here, and refuses everything else.

    No answer grants a page of another site anything: what the application says of that is left
    out.
    """

    def __init__(self, application: Application, ours: Sequence[str]) -> None:
        self._application = application
        self._ours = ours

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Refuse with 403 before anything of the request is looked at but its headers."""
        refused = objection(Sender.of(environ), self._ours)
        if refused is None:
            return self._application(environ, _granting_nothing(start_response))
        answer = error_answer(Request(environ), FORBIDDEN, "Forbidden", refused)
        return answer(environ, start_response)


def _granting_nothing(start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401 - as WSGI has it
        kept = [pair for pair in headers if not pair[0].lower().startswith(CROSS_ORIGIN_HEADERS)]
        return start_response(status, kept, *more)

    return start
