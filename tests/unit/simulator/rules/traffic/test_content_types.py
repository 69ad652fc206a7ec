"""What a simulated model says to a request that it cannot read."""

import pytest

from bluegreen_simulator.rules.traffic.content_types import complaint


@pytest.mark.parametrize(
    ("content_type", "accept", "body"),
    [
        ("text/csv", None, b"1,2"),
        ("text/csv; charset=utf-8", "*/*", b"1,2"),
        ("Application/JSON", "application/json", b'{"a": 1}'),
        ("image/png", "text/csv, application/json;q=0.5", b"\xff\x00"),
    ],
)
def test_what_it_can_read(content_type: str, accept: str | None, body: bytes) -> None:
    assert complaint(content_type, accept, body) is None


@pytest.mark.parametrize(
    ("content_type", "accept", "body", "status", "message"),
    [
        ("text/csv", None, b"", 400, "The body is empty."),
        ("application/json", None, b"1,2", 400, "The body is not JSON."),
        ("application/json", None, b"[" * 100_000, 400, "The body is not JSON."),
        ("text/html", None, b"1", 415, "text/html is not an accepted ContentType: "),
        (None, None, b"1", 415, "application/octet-stream is not an accepted ContentType: "),
        ("text/csv", "text/csv", b"1", 406, "Accept type 'text/csv' is not supported."),
    ],
)
def test_what_it_refuses(
    content_type: str | None, accept: str | None, body: bytes, status: int, message: str
) -> None:
    said = complaint(content_type, accept, body)
    assert said is not None
    assert said.status == status
    assert said.message.startswith(message)
