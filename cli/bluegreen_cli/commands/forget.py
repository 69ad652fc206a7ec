"""`bluegreen forget`: remove what the stack keeps for an endpoint."""

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.contract.text import plain
from bluegreen_cli.account import Account, CommandFailedError, StackMissingError


def forget(endpoint: str, stack_name: str, endpoint_url: str | None) -> int:
    """Ask the stack to forget, and print what it did; the exit code."""
    account = Account(stack_name, endpoint_url)
    try:
        answer = account.invoke("ForgetEndpointFunctionName", {"EndpointName": endpoint})
    except (BotoCoreError, ClientError, CommandFailedError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error
    click.echo(answer["Message"])
    return 0 if answer["Done"] else 1
