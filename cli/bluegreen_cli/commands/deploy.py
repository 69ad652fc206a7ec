"""`bluegreen deploy`: start an execution of the stack's workflow, and follow it to its end."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.clock import Clock, SystemClock
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord, DryRunResult
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import FindingDocument
from bluegreen.contract.text import plain
from bluegreen.deployment.console import command
from bluegreen.deployment.evidence import rests_on
from bluegreen_cli.account import Account, Execution, StackMissingError
from bluegreen_cli.exit_codes import EXIT_CODES
from bluegreen_cli.request_file import read_request
from bluegreen_cli.show.findings import finding_lines
from bluegreen_cli.show.plan import clock as clock_in_words

LONGEST_ENDPOINT_IN_NAME: Final = 52
"""Characters; Step Functions takes names of up to 80."""

SECONDS_BETWEEN_LOOKS: Final = 2

Say = Callable[[str], None]

INTERRUPTED: Final = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""


def deploy(path: Path, stack_name: str, endpoint_url: str | None, *, wait: bool) -> int:
    """Start the deployment that a file asks for and print its DeploymentId; the exit code."""
    request, clock = read_request(path), SystemClock()
    account = Account(stack_name, endpoint_url)
    try:
        deployment_id = start(request, account, clock)
        click.echo(deployment_id)
        if not wait:
            return 0
        endpoint = str(request.get("EndpointName", ""))
        try:
            return follow(deployment_id, endpoint, account, clock, _say)
        except KeyboardInterrupt:
            _say(_goes_on(deployment_id, endpoint, stack_name))
            return INTERRUPTED
    except (BotoCoreError, ClientError, BlueGreenError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error


def _say(line: str) -> None:
    click.echo(line, err=True)


def start(request: RequestDocument, account: Account, clock: Clock) -> str:
    """Start a deployment; its DeploymentId, which begins with the endpoint's name."""
    endpoint = "".join(c for c in str(request.get("EndpointName", "")) if c.isalnum() or c == "-")
    stamp = f"{clock.now():%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"
    name = f"{endpoint[:LONGEST_ENDPOINT_IN_NAME].encode('ascii', 'ignore').decode()}-{stamp}"
    account.start_execution(name.lstrip("-"), request)
    return name.lstrip("-")


def follow(deployment_id: str, endpoint: str, account: Account, clock: Clock, say: Say) -> int:
    """Show each change until the deployment ends; the exit code of its verdict."""
    last = ""
    for execution in _looks(deployment_id, account, clock):
        shown = account.progress(endpoint)
        if shown and shown != last:
            last = shown
            say(f"{clock.now():%H:%M:%S}  {shown}")
        if execution.dry_run is not None:
            return _show_dry_run(execution.dry_run, say)
        if execution.ended:
            return _end(execution.record, execution.status, say)
    raise AssertionError("the looks go on until the execution ends")


def _looks(deployment_id: str, account: Account, clock: Clock) -> Iterator[Execution]:
    while True:
        execution = account.execution(deployment_id)
        yield execution
        if execution.ended:
            return
        clock.sleep(SECONDS_BETWEEN_LOOKS)


def _end(record: DeploymentRecord | None, status: str, say: Say) -> int:
    if record is None or record["Verdict"] not in EXIT_CODES:
        say(
            f"The execution ended with the status {status} and left no deployment record. If its"
            " deployment had begun, another execution goes on with it, and the notification says"
            " how it ended."
        )
        return 1
    trigger = f" ({record['Trigger']})" if "Trigger" in record else ""
    say(f"{record['Verdict']}{trigger}: {record['Reason']} {rests_on(record)}".strip())
    _show_findings(record["Findings"], say)
    return EXIT_CODES[record["Verdict"]]


def _show_dry_run(result: DryRunResult, say: Say) -> int:
    """Show what a dry run found and planned; the exit code that a deployment would have begun with.

    One that would not be rejected may end otherwise, for what happens to it.
    """
    rejected = result["WouldBeRejected"]
    say(f"A deployment would {'be REJECTED' if rejected else 'begin'}. Nothing was changed.")
    _show_findings(result["Findings"], say)
    for stage in result["Plan"].get("Stages", []):
        after = clock_in_words(stage["StartsAfterSeconds"])
        say(f"  {after}  {stage['Stage']} {stage['TrafficPercent']} %")
    return EXIT_CODES["REJECTED"] if rejected else 0


def _show_findings(findings: Sequence[FindingDocument], say: Say) -> None:
    for line in finding_lines(Finding.from_json(finding) for finding in findings):
        say(line.plain)


def _goes_on(deployment_id: str, endpoint: str, stack_name: str) -> str:
    """What to tell who stops waiting."""
    abort = command(f"abort {endpoint or 'ENDPOINT'} --reason TEXT", stack_name)
    return (
        f"This command stopped waiting. Deployment {deployment_id} goes on, and its notifications"
        f" say how it ends. To have it rolled back, run {abort}."
    )
