"""`bluegreen report`: write the evidence on a deployment into one HTML file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.dynamodb.history import History
from bluegreen.clock import SystemClock
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.record import EndedDocument
from bluegreen.contract.text import plain, quoted
from bluegreen.contract.times import from_text
from bluegreen.deployment.history import key_of
from bluegreen.report.page import report as page_of
from bluegreen_cli.account import Account, StackMissingError

UNSAFE: Final = re.compile(r"[^\w.-]|^\.+")
"""What has no place in the name of a file; ids of deployments have letters, digits, - and _."""

BEGINNING: Final = from_text("0001-01-01T00:00:00Z")


@dataclass(frozen=True)
class Options:
    """The options of the command."""

    stack_name: str
    endpoint: str = ""
    started_at: str = ""
    output: Path | None = None
    endpoint_url: str | None = None


def report(deployment_id: str, options: Options) -> int:
    """Write the report of a deployment, and print the path of its file; the exit code."""
    account, clock = Account(options.stack_name, options.endpoint_url), SystemClock()
    try:
        chosen = _only(_named(deployment_id, options, account.history), deployment_id, options)
        past = account.history.whole(key_of(chosen))
    except (BotoCoreError, ClientError, BlueGreenError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error
    if past is None:
        raise click.ClickException(f"The record of {quoted(deployment_id)} was removed just now.")
    path = options.output or Path(f"{UNSAFE.sub('_', deployment_id)}.html")
    _write(path, page_of(past, clock.now()))
    click.echo(path)
    return 0


def _named(deployment_id: str, options: Options, history: History) -> list[EndedDocument]:
    """The deployments of this id, and of this start if one was given."""
    if options.endpoint:
        ended = history.of_endpoint(options.endpoint, BEGINNING)
        found = [each for each in ended if each["DeploymentId"] == deployment_id]
    else:
        found = history.named(deployment_id)
    return [each for each in found if each["StartedAt"].startswith(options.started_at)]


def _only(found: Sequence[EndedDocument], deployment_id: str, options: Options) -> EndedDocument:
    if not found:
        raise click.ClickException(unknown(deployment_id, options))
    if len(found) > 1:
        raise click.ClickException(ambiguous(found))
    return found[0]


def unknown(deployment_id: str, options: Options) -> str:
    """What is said of an id that is not found."""
    named = f"No deployment {quoted(deployment_id)} has ended"
    if options.started_at:
        named += f" that started at {quoted(options.started_at)}"
    if options.endpoint:
        return f"{named} on endpoint {options.endpoint}."
    return (
        f"{named}. It may still run, or its endpoint was forgotten. What release 0.1 deployed is"
        " found with its endpoint only: add --endpoint ENDPOINT."
    )


def ambiguous(found: Sequence[EndedDocument]) -> str:
    """What is said of an id of several deployments: it can be used again after 90 days."""
    listed = "".join(f"\n  {_in_words(each)}" for each in found)
    return f"Several deployments have this id. Choose one by its start, with --started-at:{listed}"


def _in_words(each: EndedDocument) -> str:
    endpoint = plain(each.get("EndpointName", "(no endpoint)"))
    return f"{plain(each['StartedAt'])}  {endpoint}  {plain(each['Verdict'])}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path.name} cannot be written: {error.strerror}.") from error
