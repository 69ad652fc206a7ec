"""`bluegreen deploy`: start an execution of the stack's workflow, and follow it to its end."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final
from uuid import uuid4

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.clock import Clock, SystemClock
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.text import plain
from bluegreen_cli.account import Account, StackMissingError
from bluegreen_cli.exit_codes import EXIT_CODES
from bluegreen_cli.following import INTERRUPTED, follow, view_of
from bluegreen_cli.looks import Looks
from bluegreen_cli.moment import Execution, Moment
from bluegreen_cli.request_file import read_request
from bluegreen_cli.show.ending import dry_run_lines, goes_on, no_record, record_lines

LONGEST_ENDPOINT_IN_NAME: Final = 52
"""Characters; Step Functions takes names of up to 80."""

Say = Callable[[str], None]


def deploy(
    path: Path, stack_name: str, endpoint_url: str | None, *, wait: bool, as_json: bool
) -> int:
    """Start the deployment that a file asks for and print its DeploymentId; the exit code."""
    request, clock = read_request(path), SystemClock()
    account = Account(stack_name, endpoint_url)
    try:
        deployment_id = start(request, account, clock)
        if not as_json:
            click.echo(deployment_id)
        if not wait:
            return 0
        endpoint = str(request.get("EndpointName", ""))
        return _wait(Looks(account, endpoint, clock, deployment_id), deployment_id, as_json=as_json)
    except (BotoCoreError, ClientError, BlueGreenError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error


def start(request: RequestDocument, account: Account, clock: Clock) -> str:
    """Start a deployment; its DeploymentId, which begins with the endpoint's name."""
    endpoint = "".join(c for c in str(request.get("EndpointName", "")) if c.isalnum() or c == "-")
    stamp = f"{clock.now():%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"
    name = f"{endpoint[:LONGEST_ENDPOINT_IN_NAME].encode('ascii', 'ignore').decode()}-{stamp}"
    account.start_execution(name.lstrip("-"), request)
    return name.lstrip("-")


def has_ended(moment: Moment) -> bool:
    """Whether the execution that was started is over."""
    return moment.execution is not None and moment.execution.ended


def _wait(looks: Looks, deployment_id: str, *, as_json: bool) -> int:
    last = None
    try:
        with view_of(looks, as_json=as_json) as view:
            last = follow(looks, view, has_ended)
    except KeyboardInterrupt:
        pass  # as if it had been left with a key
    if last is None or last.execution is None:
        _say(goes_on(deployment_id, looks.endpoint, looks.account.stack_name))
        return INTERRUPTED
    return end(last.execution, _say)


def end(execution: Execution, say: Say) -> int:
    """Say how an execution ended; the exit code.

    A dry run that would not be rejected exits with 0, although a deployment may end otherwise.
    """
    record, dry_run = execution.record, execution.dry_run
    if dry_run is not None:
        _say_all(dry_run_lines(dry_run), say)
        return EXIT_CODES["REJECTED"] if dry_run["WouldBeRejected"] else 0
    if record is None or record["Verdict"] not in EXIT_CODES:
        say(no_record(execution.status))
        return 1
    _say_all(record_lines(record), say)
    return EXIT_CODES[record["Verdict"]]


def _say_all(lines: Iterable[str], say: Say) -> None:
    for line in lines:
        say(line)


def _say(line: str) -> None:
    click.echo(line, err=True)
