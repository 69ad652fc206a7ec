"""`bluegreen history`: the deployments that have ended, of one endpoint or of all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TypedDict

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.record import EndedDocument
from bluegreen.contract.text import plain
from bluegreen_cli.account import Account, StackMissingError
from bluegreen_cli.show.history import history_lines


class HistoryOutput(TypedDict):
    """What `--json` prints."""

    Deployments: list[EndedDocument]
    """The deployments, the last one first."""
    More: bool
    """Whether there are more of them, which started earlier."""


@dataclass(frozen=True)
class Options:
    """The options of the command."""

    since: datetime
    limit: int
    stack_name: str
    endpoint_url: str | None = None
    as_json: bool = False


def history(endpoint: str, options: Options) -> int:
    """Print the deployments of an endpoint, or of all where it is empty; the exit code."""
    account = Account(options.stack_name, options.endpoint_url)
    since = options.since.replace(tzinfo=UTC)
    try:
        found = list(islice(_ended(endpoint, since, account), options.limit + 1))
    except (BotoCoreError, ClientError, BlueGreenError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error
    shown, more = found[: options.limit], len(found) > options.limit
    if options.as_json:
        click.echo(json.dumps(HistoryOutput(Deployments=shown, More=more), indent=2))
    else:
        _show(shown, endpoint, more=more)
    return 0


def _ended(endpoint: str, since: datetime, account: Account) -> Iterator[EndedDocument]:
    past = account.history
    return past.of_endpoint(endpoint, since) if endpoint else past.of_all(since)


def _show(shown: list[EndedDocument], endpoint: str, *, more: bool) -> None:
    console = Console(highlight=False)
    for document in shown:
        for line in history_lines(document):
            console.print(line, soft_wrap=True)
    if not shown:
        console.print(nothing(endpoint))
    if more:
        console.print("There are more. Show them with a greater --limit.", style="dim")


def nothing(endpoint: str) -> str:
    """What is said of an empty list."""
    if endpoint:
        return f"No deployment of endpoint {endpoint} has ended in that time."
    return (
        "No deployment has ended in that time. What release 0.1 deployed is shown with its"
        " endpoint: bluegreen history ENDPOINT."
    )
