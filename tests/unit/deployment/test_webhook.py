"""Which addresses of webhooks may be used, and what answers mean."""

import pytest

from bluegreen.contract.errors import RequestRejected
from bluegreen.deployment.webhook import address_of, seconds_to_wait

TEAMS = ("logic.azure.com", ".powerplatform.com")


@pytest.mark.parametrize(
    ("text", "host", "target"),
    [
        ("https://hooks.slack.com/services/T/B/x", "hooks.slack.com", "/services/T/B/x"),
        ("https://HOOKS.slack.com:443/services/x\n", "hooks.slack.com", "/services/x"),
        (
            "https://a.logic.azure.com:443/workflows/x?sig=y&v=1#z",
            "a.logic.azure.com",
            "/workflows/x?sig=y&v=1",
        ),
        ("https://logic.azure.com/x", "logic.azure.com", "/x"),
        ("https://a-1.b.powerplatform.com/x", "a-1.b.powerplatform.com", "/x"),
    ],
)
def test_what_may_be_used(text: str, host: str, target: str) -> None:
    address = address_of(text, TEAMS)
    assert (address.host, address.target) == (host, target)
    assert address.is_slack is (host == "hooks.slack.com")


KNOWN = 'its host must be hooks.slack.com or end with one of "logic.azure.com", "powerplatform.com"'
ODD = "it has spaces, backslashes or letters beyond ASCII"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("http://hooks.slack.com/secret", "it must begin with https"),
        ("hooks.slack.com/secret", "it must begin with https"),
        ("ftp://hooks.slack.com/secret", "it must begin with https"),
        ("", "it must begin with https"),
        ("https://me@hooks.slack.com/secret", "it must not name a user"),
        ("https://hooks.slack.com@evil.example/secret", "it must not name a user"),
        ("https://evil.example\\@hooks.slack.com/secret", ODD),
        ("https://hooks.slack.com:8443/secret", "its port must be 443"),
        ("https://hooks.slack.com:x/secret", "it is no address"),
        ("https://[::1/secret", "it is no address"),
        ("https://[::1]/secret", KNOWN),
        ("https://127.0.0.1/secret", KNOWN),
        ("https://evil.example/secret", KNOWN),
        ("https://hooks.slack.com.evil.example/secret", KNOWN),
        ("https://hooks.slack.com./secret", KNOWN),
        ("https://evilhooks.slack.com/secret", KNOWN),
        ("https://evil-logic.azure.com/secret", KNOWN),
        ("https://logic.azure.com.evil.example/secret", KNOWN),
        ("https://hooks.slack.com\t.evil.example/secret", ODD),
        ("https://hooks.slack.com/sec ret", ODD),
        ("https://hooks.slack.com/sec\nret", ODD),
        ("https://h\u043eoks.slack.com/secret", ODD),
        ("https://hooks.slack.com", "it has no path"),
        ("https://hooks.slack.com/", "it has no path"),
        ("https:///secret", KNOWN),
    ],
)
def test_what_may_not_be_used_and_that_it_is_not_repeated(text: str, fault: str) -> None:
    with pytest.raises(RequestRejected) as refused:
        address_of(text, TEAMS)
    assert str(refused.value) == f"The address of the webhook may not be used: {fault}."
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("suffix", ["", ".", "com.", "*"])
def test_no_suffix_lets_everything_in(suffix: str) -> None:
    with pytest.raises(RequestRejected, match="its host must be"):
        address_of("https://evil.example/x", [suffix])


def test_an_address_is_not_printed_by_accident() -> None:
    assert "secret" not in f"{address_of('https://hooks.slack.com/secret', ())!r}"


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (200, "", 0),
        (202, "9", 0),
        (429, "30", 30),
        (429, "", 60),
        (429, "0", 1),
        (429, "-5", 60),
        (429, "1.5", 60),
        (429, "9" * 9, 900),
        (429, "9" * 5000, 60),
        (503, "Mon, 05 Jan 2026 09:00:00 GMT", 60),
        (503, "\u0663", 60),
        (408, "", 60),
        (500, "", 60),
        (599, "", 60),
    ],
)
def test_how_long_to_wait(status: int, retry_after: str, seconds: int) -> None:
    assert seconds_to_wait(status, retry_after) == seconds


@pytest.mark.parametrize("status", [100, 301, 302, 307, 400, 401, 403, 404, 405, 410, 413, 422])
def test_what_is_never_taken(status: int) -> None:
    with pytest.raises(RequestRejected, match=f"the status {status}"):
        seconds_to_wait(status, "5")
