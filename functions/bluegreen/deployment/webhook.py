"""An incoming webhook: which addresses may be used, and what its answers mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.text import listed

SLACK: Final = "hooks.slack.com"
HTTPS_PORT: Final = 443
HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

PASSING: Final = frozenset({408, 429})
SERVER_ERROR: Final = 500
AGAIN_SECONDS: Final = 60
"""After which a message is tried again, where the webhook does not say."""

LONGEST_WAIT_SECONDS: Final = 900


@dataclass(frozen=True, repr=False)
class Address:
    """Where to post; who knows it can post there too, so nothing ever prints it."""

    host: str
    target: str

    @property
    def is_slack(self) -> bool:
        """Whether Slack is there, and not a workflow of Teams."""
        return self.host == SLACK


def address_of(text: str, others: Iterable[str]) -> Address:
    """The address that a parameter holds, of Slack or of a host that ends with one of `others`.

    RequestRejected, in words that hold nothing of the address, where it may not be used.
    """
    suffixes = [suffix.lower().lstrip(".") for suffix in others]
    try:
        parts = urlsplit(text.strip())
        fault = _fault(text.strip(), parts, suffixes)
    except ValueError:
        fault = "it is no address"
    if fault:
        raise RequestRejected(f"The address of the webhook may not be used: {fault}.")
    query = f"?{parts.query}" if parts.query else ""
    return Address(parts.hostname or "", f"{parts.path}{query}")


def _fault(text: str, parts: SplitResult, suffixes: list[str]) -> str:
    """What is wrong with an address; ValueError where it can be read in no way."""
    if not (text.isascii() and text.isprintable()) or re.search(r"[\s\\]", text):
        return "it has spaces, backslashes or letters beyond ASCII"
    if parts.scheme != "https":
        return "it must begin with https"
    if "@" in parts.netloc:
        return "it must not name a user"
    if parts.port not in {None, HTTPS_PORT}:
        return f"its port must be {HTTPS_PORT}"
    if not _is_known(parts.hostname or "", suffixes):
        also = f" or end with one of {listed(suffixes)}" if suffixes else ""
        return f"its host must be {SLACK}{also}"
    return "" if len(parts.path) > 1 else "it has no path"


def _is_known(host: str, suffixes: list[str]) -> bool:
    if not HOST.fullmatch(host):
        return False
    return host == SLACK or any(f".{host}".endswith(f".{suffix}") for suffix in suffixes if suffix)


def seconds_to_wait(status: int, retry_after: str = "") -> int:
    """After an answer with that status: 0 where the message was taken, otherwise until it is tried.

    `retry_after` is the header of that name; a date in it is not looked at. RequestRejected where
    the same message would never be taken: a redirect is not followed.
    """
    if 200 <= status < 300:  # noqa: PLR2004 - the statuses of success
        return 0
    if status not in PASSING and status < SERVER_ERROR:
        raise RequestRejected(f"The webhook answered with the status {status}.")
    asked = int(retry_after) if re.fullmatch("[0-9]{1,9}", retry_after) else AGAIN_SECONDS
    return min(max(asked, 1), LONGEST_WAIT_SECONDS)
