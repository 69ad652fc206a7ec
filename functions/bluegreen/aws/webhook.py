"""The incoming webhook of Slack or Teams, whose address its owner keeps in a secret parameter."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Final

from bluegreen.aws.parameter_store import SecretParameter
from bluegreen.clock import Clock
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.contract.message import MessageBody
from bluegreen.deployment.chat import Json, slack, teams
from bluegreen.deployment.webhook import Address, address_of, seconds_to_wait

TIMEOUT_SECONDS: Final = 10
"""For each step of a call: connecting, sending, the answer."""

KNOWN_FOR: Final = timedelta(minutes=5)
"""How long an address is used that was read."""

Connect = Callable[..., HTTPConnection]
"""Makes a connection to a host, with a timeout. http.client knows no proxies, and no redirects."""


class Webhook:
    """Posts notifications; hosts beside Slack's have to end with one of `hosts`."""

    def __init__(
        self, parameter: SecretParameter, hosts: tuple[str, ...], clock: Clock, connect: Connect
    ) -> None:
        self._parameter = parameter
        self._hosts = hosts
        self._clock = clock
        self._connect = connect
        self._known: tuple[datetime, Address] | None = None

    def post(self, body: MessageBody) -> int:
        """Post a notification; 0 if it was taken, otherwise the seconds until it is tried again.

        RequestRejected where it would never be taken, or the address cannot be used.
        ObservationUnavailable where there was no answer: it may have been taken all the same.
        """
        address = self._address()
        status, retry_after = self._send(address, (slack if address.is_slack else teams)(body))
        return seconds_to_wait(status, retry_after)

    def _address(self) -> Address:
        now = self._clock.now()
        if self._known is None or now - self._known[0] >= KNOWN_FOR:
            self._known = now, address_of(self._parameter.read(), self._hosts)
        return self._known[1]

    def _send(self, address: Address, message: Json) -> tuple[int, str]:
        """Status and Retry-After of the answer; of an error the kind alone, for it may quote."""
        data = json.dumps(message, ensure_ascii=False).encode()
        connection = self._connect(address.host, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", address.target, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Retry-After", "")
        except (OSError, HTTPException) as error:
            said = f"The webhook gave no answer: {type(error).__name__}."
            raise ObservationUnavailable(said) from None
        finally:
            connection.close()
