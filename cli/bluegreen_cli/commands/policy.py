"""`bluegreen policy`: check and write the deployment policies of model package groups."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from bluegreen.aws.parameter_store import GroupPolicies
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.findings import rejecting, to_list
from bluegreen.contract.text import plain, quoted
from bluegreen.registry.clone import CONSENT_TAG
from bluegreen.registry.group_policy import read_document
from bluegreen_cli.account import Account, StackMissingError
from bluegreen_cli.exit_codes import EXIT_CODES
from bluegreen_cli.parameter import objections
from bluegreen_cli.show.findings import show_findings

REFUSALS: Final = (BotoCoreError, ClientError, BlueGreenError, StackMissingError)

PATH_OF_RELEASE_0_1: Final = "/bluegreen/policies"
"""Where stacks look that have no output PolicyPath, because they are of that release."""


def check(path: Path, *, as_json: bool) -> int:
    """Print what is wrong with the document in a file; the exit code."""
    _, findings = read_document(_text_in(path))
    rejected = bool(rejecting(findings))
    if as_json:
        body = {"Findings": to_list(findings), "WouldBeRejected": rejected}
        click.echo(json.dumps(body, indent=2))
    else:
        show_findings(findings, Console(highlight=False))
    return EXIT_CODES["REJECTED"] if rejected else 0


def _text_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path.name} cannot be read: {error}.") from error


def put(group: str, path: Path, stack_name: str, endpoint_url: str | None) -> int:
    """Write the document in a file as a group's policy, unless it is invalid; the exit code.

    It goes where the stack looks for it.
    """
    text = _text_in(path)
    document, findings = read_document(text)
    if findings:
        show_findings(findings, Console(stderr=True, highlight=False))
    if rejecting(findings):
        click.echo("Nothing was written.", err=True)
        return EXIT_CODES["REJECTED"]
    click.echo(_write(group, text, Account(stack_name, endpoint_url), endpoint_url))
    for line in _consent(group, document["EndpointName"], endpoint_url):
        click.echo(line, err=True)
    return 0


def _write(group: str, text: str, account: Account, endpoint_url: str | None) -> str:
    """Write it, unless Parameter Store would refuse it; the parameter's name and version."""
    try:
        path = account.outputs.get("PolicyPath", PATH_OF_RELEASE_0_1)
        policies = GroupPolicies(_client("ssm", endpoint_url), path)
        name = policies.name_of(group)
        _refuse(objections(name, text, _arn_before_name(account)))
        return f"{name} version {policies.put(group, text)}"
    except REFUSALS as error:
        raise click.ClickException(plain(str(error))) from error


def _refuse(why: Iterable[str]) -> None:
    if words := " ".join(why):
        raise click.ClickException(f"{words} Nothing was written.")


def _arn_before_name(account: Account) -> str:
    """What stands before a parameter's name in its ARN; the state machine's ARN tells it."""
    _, partition, _, region, owner, *_ = account.outputs["StateMachineArn"].split(":")
    return f"arn:{partition}:ssm:{region}:{owner}:parameter"


def _client(service: str, endpoint_url: str | None) -> Any:  # noqa: ANN401 - any of boto3's clients
    made: Any = boto3.client
    return made(service, endpoint_url=endpoint_url)


def _consent(group: str, endpoint: str, endpoint_url: str | None) -> Iterator[str]:
    """What the endpoint's owner still has to do to let the group be deployed to it, if anything."""
    try:
        arn, tags = _endpoint_and_tags(_client("sagemaker", endpoint_url), endpoint)
    except REFUSALS as error:
        why = plain(str(error)).rstrip(".")
        yield f"The tags of the endpoint {quoted(endpoint)} could not be read: {why}."
        return
    found = tags.get(CONSENT_TAG)
    if found != group:
        is_now = "is missing" if found is None else f"is {quoted(found)}"
        yield (
            f"WARNING: The tag {CONSENT_TAG} of the endpoint {quoted(endpoint)} {is_now}, so no"
            f" model of the group {quoted(group)} can be deployed to it. To allow it, the owner of"
            " the endpoint runs:"
        )
        yield f"    {_add_tags(arn, group, endpoint_url)}"


def _endpoint_and_tags(client: Any, endpoint: str) -> tuple[str, Mapping[str, str]]:  # noqa: ANN401 - as above
    arn = client.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    return arn, {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def _add_tags(arn: str, group: str, endpoint_url: str | None) -> str:
    """The command of the AWS CLI that gives the consent."""
    command = ["aws", "sagemaker", "add-tags", "--resource-arn", arn]
    command += ["--tags", f"Key={CONSENT_TAG},Value={group}"]
    command += ["--endpoint-url", endpoint_url] if endpoint_url else []
    return shlex.join(command)
