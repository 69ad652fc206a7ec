"""Where a deployment is to be seen: account, Region, and pages of the AWS console."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bluegreen.contract.message import Links
from bluegreen.contract.text import quoted

HOSTS: Final[Mapping[str, str]] = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""By partition. AWS documents no addresses of its console's pages: these are what it shows."""

USUAL_STACK: Final = "bluegreen"
"""The stack that the command line uses unless another one is named."""

MACHINE: Final = "-deployment"
"""What the state machine's name has after the stack's."""

PARTS: Final = 8
"""Of an execution's ARN."""

LONGEST_NAME: Final = 500
"""Characters of a name in an address; 255 letters may need 3,060."""

MOST_ALARMS: Final = 2

PAGE: Final = re.compile(r"(Execution|Endpoint|Alarm \".*\"): https://\S+")
"""A line that `place_in_words` makes of the address of a page."""


@dataclass(frozen=True)
class Place:
    """Where an execution runs, as its ARN says."""

    execution_arn: str
    partition: str
    region: str
    account: str
    stack: str

    @classmethod
    def of(cls, execution_arn: str) -> "Place | None":
        """The place of an execution; None for what is no ARN of one."""
        parts = execution_arn.split(":")
        if len(parts) != PARTS or parts[5] != "execution":
            return None
        _, partition, _, region, account, _, machine, _ = parts
        return cls(execution_arn, partition, region, account, machine.removesuffix(MACHINE))

    def page(self, service: str, fragment: str) -> str:
        """The address of a page; only in a partition whose console we know."""
        host = f"{self.region}.{HOSTS[self.partition]}"
        return f"https://{host}/{service}/home?region={self.region}#{fragment}"

    def alarm(self, name: str) -> str:
        """The page of an alarm; that of all alarms where its name makes an address too long."""
        named = quote(name, safe="", errors="replace")
        return self.page(
            "cloudwatch",
            f"alarmsV2:alarm/{named}" if len(named) <= LONGEST_NAME else "alarmsV2:",
        )


def links_of(execution_arn: str, endpoint_name: str, alarms: Sequence[str] = ()) -> Links:
    """The pages of the console that a message is about; none where they are not known."""
    place = Place.of(execution_arn)
    if place is None or place.partition not in HOSTS:
        return {}
    links = Links(Execution=place.page("states", f"/v2/executions/details/{execution_arn}"))
    if endpoint_name:
        links["Endpoint"] = place.page("sagemaker", f"/endpoints/{endpoint_name}")
    if alarms:
        links["Alarm"] = place.alarm(alarms[0])
    return links


def place_in_words(execution_arn: str, endpoint_name: str, alarms: Sequence[str] = ()) -> list[str]:
    """Pages, account and Region, a line each; only the endpoint where nothing else is known."""
    place, links = Place.of(execution_arn), links_of(execution_arn, endpoint_name)
    if place is None or not links:
        return [f"Endpoint: {endpoint_name}"] if endpoint_name else []
    shown = [f"Alarm {quoted(name)}: {place.alarm(name)}" for name in alarms[:MOST_ALARMS]]
    pages = [f"{what}: {address}" for what, address in links.items()]
    return [*shown, *pages, f"Account: {place.account}, {place.region}"]


def command(words: str, stack: str) -> str:
    """A command of ours in quotes, as it is to be typed for this stack."""
    option = "" if stack == USUAL_STACK else f" --stack-name {stack}"
    return f'"bluegreen {words}{option}"'


def stack_of(execution_arn: str) -> str:
    """The stack that an execution belongs to; the usual one where its ARN does not say."""
    place = Place.of(execution_arn)
    return place.stack if place else USUAL_STACK
