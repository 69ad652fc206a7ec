"""`bluegreen watch`: see the deployment that runs on an endpoint until it ends."""

import json

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.clock import SystemClock
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.text import plain
from bluegreen_cli.account import Account, StackMissingError
from bluegreen_cli.exit_codes import EXIT_CODES
from bluegreen_cli.following import INTERRUPTED, follow, view_of
from bluegreen_cli.looks import Looks
from bluegreen_cli.moment import THE_DEPLOYMENT, Moment
from bluegreen_cli.show.ending import goes_on, not_known, nothing_runs, record_lines
from bluegreen_cli.show.moment_json import to_json


def watch(endpoint: str, stack_name: str, endpoint_url: str | None, *, as_json: bool) -> int:
    """Show the running deployment; the exit code of its verdict, 0 where none runs."""
    looks = Looks(Account(stack_name, endpoint_url), endpoint, SystemClock())
    try:
        first = looks.look()
        if looks.unreached is not None:
            raise looks.unreached
        if _is_over(first):
            return _nothing(first, looks, as_json=as_json)
        return _follow(first, looks, as_json=as_json)
    except (BotoCoreError, ClientError, BlueGreenError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error


def _is_over(moment: Moment) -> bool:
    """Whether the deployment has concluded; where none can be seen, whether the endpoint rests."""
    if moment.deployment is not None:
        return moment.record is not None
    seen = moment.observation
    return not moment.slowed and (seen is None or seen.settled)


def _nothing(moment: Moment, looks: Looks, *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(to_json(moment)))
    if THE_DEPLOYMENT in moment.unknown:
        _say(not_known(moment))
        return 1
    _say(nothing_runs(moment, moment.record or looks.last_record()))
    return 0


def _follow(first: Moment, looks: Looks, *, as_json: bool) -> int:
    try:
        with view_of(looks, as_json=as_json) as view:
            last = follow(looks, view, _is_over)
    except KeyboardInterrupt:
        _say(goes_on(first.deployment_id, looks.endpoint, looks.account.stack_name))
        return INTERRUPTED
    if last is None:
        _say(goes_on(first.deployment_id, looks.endpoint, looks.account.stack_name))
        return 0
    if last.record is None or last.record["Verdict"] not in EXIT_CODES:
        _say(not_known(last))
        return 1
    for line in record_lines(last.record):
        _say(line)
    return EXIT_CODES[last.record["Verdict"]]


def _say(line: str) -> None:
    click.echo(line, err=True)
