"""What moto's server makes of an answer: nothing is called HTML, and what is raised goes on."""

from typing import TYPE_CHECKING, Any, Final

from moto.core.request import normalize_request
from moto.core.utils import convert_to_flask_response

from bluegreen_simulator.moto.replacements import replaces

if TYPE_CHECKING:
    from flask import Response

KINDS: Final = {b"{": "application/json", b"[": "application/json", b"<": "text/xml"}
"""What an answer is that says nothing of itself, by its first character."""


@replaces(
    convert_to_flask_response,
    "__call__",
    restores="an error of a call within a call keeps its code, and no answer is called HTML",
    original="2c82766d0590",
)
def _convert(self: Any, args: Any = None, **more: Any) -> "Response":  # noqa: ANN401 - moto has no types
    from flask import Response, request  # noqa: PLC0415 - as moto: only who serves needs it

    del args, more
    asked: Any = normalize_request(request)  # moto has made it one of its own
    result = self.callback(asked, asked.raw_url, dict(asked.headers))
    status, headers, content = result if len(result) == 3 else (200, {}, result)  # noqa: PLR2004 - as moto
    response = Response(response=content, status=status, headers=headers)
    if not any(name.lower() == "content-type" for name in headers):
        _call_it_what_it_is(response, content)
    if asked.method == "HEAD" and "content-length" in headers:
        response.headers["Content-Length"] = headers["content-length"]
    return response


def _call_it_what_it_is(response: "Response", content: object) -> None:
    """JSON or XML by how it begins; else it has no type."""
    begin = content[:1] if isinstance(content, str | bytes) else b""
    kind = KINDS.get(begin.encode() if isinstance(begin, str) else begin)
    if kind:
        response.headers["Content-Type"] = kind
    else:
        del response.headers["Content-Type"]
