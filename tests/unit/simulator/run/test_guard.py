"""Who may call the server: its own addresses, and no web page from elsewhere."""

import io
import json
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from bluegreen_simulator.run.guard import Guard, Sender, hosts, is_host, objection
from bluegreen_simulator.run.unmodelled_requests import aws_application

OURS = hosts(5055)
NAMES = ("127.0.0.1", "localhost", "[::1]")
EVIL = "https://evil.example"


# ---- Which hosts are ours ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("port", "more", "expected"),
    [
        (5055, (), ("127.0.0.1:5055", "localhost:5055", "[::1]:5055")),
        (80, (), ("127.0.0.1:80", "localhost:80", "[::1]:80", *NAMES)),
        (5055, ("Box.example",), (*OURS, "box.example:5055", "box.example")),
        (5055, ("box.example:8080",), (*OURS, "box.example:8080")),
        (5055, ("[fd00::1]",), (*OURS, "[fd00::1]:5055", "[fd00::1]")),
        (5055, ("[fd00::1]:80",), (*OURS, "[fd00::1]:80")),
        (5055, ("localhost",), (*OURS, "localhost")),
    ],
)
def test_ours_are_the_names_of_this_machine_with_our_port_and_what_is_added(
    port: int, more: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert hosts(port, more) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host.docker.internal", True),
        ("host.docker.internal:80", True),
        ("10.0.0.1", True),
        ("[fd00::1]:8080", True),
        ("", False),
        ("*", False),
        ("http://box", False),
        ("box/", False),
        ("fd00::1", False),
        ("box:0", False),
        ("box:70000", False),
        ("a b", False),
    ],
)
def test_a_host_is_a_name_or_an_address(text: str, expected: bool) -> None:
    assert is_host(text) is expected


# ---- Who is refused ------------------------------------------------------------------------


@pytest.mark.parametrize("host", [*OURS, "LOCALHOST:5055"])
@pytest.mark.parametrize("origin", [None, "own"])
@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_programs_of_this_machine_and_pages_of_our_own_are_answered(
    host: str, origin: str | None, site: str | None
) -> None:
    assert objection(Sender(host, origin and f"http://{host}", site), OURS) is None


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (Sender(None), "it has no Host header."),
        *[
            (Sender(host), f'its Host header is "{host}".')
            for host in [
                "",
                "evil.example",
                "evil.example:5055",
                "127.0.0.1",
                "localhost",
                "127.0.0.1:5056",
                "localhost:80",
                "localhost.:5055",
                "bucket.localhost:5055",
                "localhost:5055.evil.example",
                "evil.example@localhost:5055",
                "localhost:5055,evil.example",
                "0.0.0.0:5055",
                "127.0.0.2:5055",
            ]
        ],
        *[
            (Sender(OURS[0], origin), f'its Origin header is "{origin}": a web page from there')
            for origin in [
                "",
                "null",
                EVIL,
                "http://evil.example:5055",
                "http://127.0.0.1",
                "http://localhost:3000",
                "http://localhost:5055.evil.example",
                "http://evil.localhost:5055",
                "127.0.0.1:5055",
                "file://",
                "chrome-extension://127.0.0.1:5055",
                "http://localhost:5055, https://evil.example",
            ]
        ],
        *[
            (Sender(OURS[0], None, site), f'its Sec-Fetch-Site header is "{site}": a web page')
            for site in ["cross-site", "same-site", "CROSS-SITE", "", "none, cross-site", "other"]
        ],
        (Sender("evil.example", EVIL, "cross-site"), "its Host header is"),
        (Sender(OURS[0], EVIL, "cross-site"), "its Origin header is"),
        (Sender(OURS[0], f"http://{OURS[0]}", "cross-site"), "its Sec-Fetch-Site header is"),
    ],
)
def test_whoever_else_is_refused_and_told_why_what_is_allowed_and_what_to_do(
    sender: Sender, words: str
) -> None:
    told = objection(sender, OURS) or ""
    assert told.startswith(f"The request is refused because {words}")
    assert "127.0.0.1:5055, localhost:5055, [::1]:5055" in told
    assert "start `bluegreen local` with --allow-host and that name." in told


@pytest.mark.parametrize("value", ["x" * 5000, "a\x1b[31mb\r\nc\x00\x7f\x9b" * 200])
@pytest.mark.parametrize("member", ["host", "origin", "site"])
def test_foreign_words_are_cut_and_lose_their_control_characters(member: str, value: str) -> None:
    told = objection(Sender(OURS[0])._replace(**{member: value}), OURS) or ""
    assert told.isprintable()
    assert len(told) < 700


@pytest.mark.parametrize(
    ("sender", "answered"),
    [
        (Sender("box.example:5055"), True),
        (Sender("box.example", "https://box.example"), True),
        (Sender("box.example", "http://box.example:5055", "same-origin"), True),
        (Sender("box.example:5056"), False),
        (Sender("a.box.example"), False),
        (Sender("box.example", "http://other.example"), False),
    ],
)
def test_a_host_that_is_allowed_is_ours_like_the_others(sender: Sender, answered: bool) -> None:
    assert (objection(sender, hosts(5055, ["box.example"])) is None) is answered


# ---- The middleware ------------------------------------------------------------------------


class Untouched(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


def answer_of(request: Request, headers: dict[str, str]) -> tuple[Response, list[str]]:
    """What a guarded application answers, and which paths it was asked for."""
    asked: list[str] = []

    def application(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return Response("here you are", headers=headers)(environ, start)

    return Response.from_app(Guard(application, OURS), request.environ), asked


def request_of(**more: Any) -> Request:
    stream = Untouched()
    return EnvironBuilder(
        "/path", base_url="http://localhost:5055", method="POST", input_stream=stream, **more
    ).get_request()


def test_what_comes_from_here_is_passed_on() -> None:
    response, asked = answer_of(request_of(), {"X-Own": "kept"})
    assert (response.status_code, response.get_data(as_text=True), asked) == (
        200,
        "here you are",
        ["/path"],
    )
    assert response.headers["X-Own"] == "kept"


def test_no_answer_grants_pages_of_other_sites_anything() -> None:
    granted = {"Access-Control-Allow-Origin": "*", "access-control-max-age": "1", "Vary": "Origin"}
    response, _ = answer_of(request_of(), granted)
    assert [name for name, _ in response.headers if "access" in name.lower()] == []
    assert response.headers["Vary"] == "Origin"


def test_what_comes_from_elsewhere_gets_no_further() -> None:
    response, asked = answer_of(request_of(headers={"Origin": EVIL}), {})
    assert (response.status_code, asked) == (403, [])
    told = json.loads(response.get_data(as_text=True))
    assert told["__type"] == response.headers["x-amzn-errortype"] == "Forbidden"
    assert f'its Origin header is "{EVIL}"' in told["message"]


@pytest.mark.parametrize(
    "more",
    [
        {"content_type": "application/x-www-form-urlencoded"},
        {"headers": {"Authorization": "AWS4-HMAC-SHA256 Credential=k/20260105/r/s3/aws4_request"}},
    ],
    ids=["a form", "S3"],
)
def test_clients_that_read_xml_are_told_in_xml(more: dict[str, Any]) -> None:
    request = request_of(**more)
    request.environ["HTTP_ORIGIN"] = "<b>&"
    response, _ = answer_of(request, {})
    assert (response.status_code, response.mimetype) == (403, "text/xml")
    assert "<Code>Forbidden</Code>" in response.get_data(as_text=True)
    assert "its Origin header is &quot;&lt;b&gt;&amp;&quot;" in response.get_data(as_text=True)


# ---- Moto's own ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_moto_itself_grants_nothing_either(method: str) -> None:
    headers = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    response = Client(aws_application()).open("/", method=method, headers=headers)
    assert response.status_code == 200
    assert [name for name, _ in response.headers if "access" in name.lower()] == []
