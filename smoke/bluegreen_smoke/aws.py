"""The account that the smoke run speaks to: the user's, or the embedded AWS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from bluegreen_smoke.steps import NotReachedError

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
SOME_REGION: Final = "us-east-1"
NOT_IMPLEMENTED: Final = (500, 501)
"""What the embedded AWS answers to an operation that it does not have."""


class Aws:
    """Clients of one profile and region; `bluegreen deploy`'s own functions use them too."""

    def __init__(self, profile: str | None, region: str | None, endpoint_url: str | None) -> None:
        self._session: Any = boto3.Session(profile_name=profile, region_name=region)
        boto3.DEFAULT_SESSION = self._session
        self.endpoint_url = endpoint_url
        self.region: str | None = self._session.region_name
        self.embedded = self._is_embedded()
        self.client = cache(self._client)

    def _is_embedded(self) -> bool:
        """Whether this is the embedded AWS: an address of this machine."""
        asked = self._session.client("sts", endpoint_url=self.endpoint_url, region_name=SOME_REGION)
        return urlsplit(asked.meta.endpoint_url).hostname in LOOPBACK

    def _client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401 - a client
        # An address of one machine has no subdomains for the prefixes of some operations.
        retries: Any = {"total_max_attempts": 1} if self.embedded else {"mode": "standard"}
        config = Config(inject_host_prefix=not self.embedded, retries=retries)
        return self._session.client(
            service, region_name=region, endpoint_url=self.endpoint_url, config=config
        )

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Raise NotReachedError where the embedded AWS lacks what is asked; never elsewhere."""
        try:
            yield
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if self.embedded and status in NOT_IMPLEMENTED:
                operation = error.operation_name
                raise NotReachedError(f"the embedded AWS has no {operation}") from error
            raise


def exists(look: Callable[[], object]) -> bool:
    """Whether a look finds what it looks for: AWS says in many ways that something is not there."""
    try:
        look()
    except ClientError as error:
        if _is_missing(error):
            return False
        raise
    return True


def _is_missing(error: ClientError) -> bool:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return (
        any(word in code for word in ("NotFound", "NoSuch", "NonExistent", "DoesNotExist"))
        or code == "404"
        or "does not exist" in message
        or "could not find" in message.lower()
    )
