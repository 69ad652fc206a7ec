"""`bluegreen abort`: have the running deployment of an endpoint rolled back."""

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.contract.text import plain
from bluegreen_cli.account import Account, CommandFailedError, StackMissingError


def abort(endpoint: str, reason: str, stack_name: str, endpoint_url: str | None) -> int:
    """Ask the stack to abort, and print what comes of it; the exit code.

    Where no deployment runs, there is nothing to abort, and all is well.
    """
    try:
        answer = Account(stack_name, endpoint_url).abort(endpoint, reason)
    except (BotoCoreError, ClientError, CommandFailedError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error
    click.echo(answer["Message"])
    return 0 if answer["Done"] or "DeploymentId" not in answer else 1
