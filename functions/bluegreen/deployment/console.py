"""Where a deployment is to be seen: account, Region, and pages of the AWS console."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bluegreen.contract.message import Links
from bluegreen.contract.text import quoted
from bluegreen.deployment.deployment import DeploymentKey

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

REPORTS: Final = "reports/"
"""What the names of all stored reports begin with."""

NO_ENDPOINT: Final = "no_endpoint"
"""Where an endpoint's name would stand that is not known; no endpoint can have a name with _."""

PAGE: Final = re.compile(r"(Execution|Endpoint|Report|Alarm \".*\"): https://\S+")
"""A line with the address of a page."""


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

    @property
    def console(self) -> str:
        """The address of the console; only in a partition where we know it."""
        return f"https://{self.region}.{HOSTS[self.partition]}"

    def page(self, service: str, fragment: str) -> str:
        """The address of a page."""
        return f"{self.console}/{service}/home?region={self.region}#{fragment}"

    def stored(self, bucket: str, name: str) -> str:
        """The page of an object, which asks who looks at it whether they may read it."""
        prefix = quote(name, errors="replace")
        return f"{self.console}/s3/object/{bucket}?region={self.region}&prefix={prefix}"

    def alarm(self, name: str) -> str:
        """The page of an alarm; that of all alarms where its name makes an address too long."""
        named = quote(name, safe="", errors="replace")
        return self.page(
            "cloudwatch",
            f"alarmsV2:alarm/{named}" if len(named) <= LONGEST_NAME else "alarmsV2:",
        )


def report_name(key: DeploymentKey) -> str:
    """The name of the object that holds the report on a deployment."""
    endpoint = key.endpoint_name.lower() or NO_ENDPOINT
    return f"{REPORTS}{endpoint}/{key.started_at:%Y-%m-%d}/{key.deployment_id}.html"


def report_link(execution_arn: str, key: DeploymentKey, bucket: str) -> Links:
    """The page of the stored report; none where no reports are stored, or that is not known."""
    place = _known(execution_arn)
    return Links(Report=place.stored(bucket, report_name(key))) if place and bucket else {}


def _known(execution_arn: str) -> Place | None:
    """The place of an execution, where we know the console of its partition."""
    place = Place.of(execution_arn)
    return place if place and place.partition in HOSTS else None


def links_of(execution_arn: str, endpoint_name: str, alarms: Sequence[str] = ()) -> Links:
    """The pages of the console that a message is about; none where they are not known."""
    place = _known(execution_arn)
    if place is None:
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
