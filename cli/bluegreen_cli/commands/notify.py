"""`bluegreen notify test`: see whether notifications arrive, and how they look."""

from collections.abc import Iterable

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.clock import SystemClock
from bluegreen.contract.text import plain
from bluegreen.deployment.notification import Notification
from bluegreen_cli.account import Account, StackMissingError
from bluegreen_cli.trial_messages import message, messages


def test(stack_name: str, endpoint_url: str | None, *, each_kind: bool) -> int:
    """Send a test, or one of each kind, to the topic of the stack; the exit code."""
    account, now = Account(stack_name, endpoint_url), SystemClock().now()
    try:
        if not each_kind:
            return _send([message(now)], account)
        return _send(messages(now, account.outputs["StateMachineArn"]), account)
    except (BotoCoreError, ClientError, StackMissingError) as error:
        raise click.ClickException(plain(str(error))) from error


def _send(told: Iterable[Notification], account: Account) -> int:
    tests = list(told)
    for notification in tests:
        refusal = account.topic.publish(notification)
        if refusal:
            raise click.ClickException(f"SNS did not take it: {refusal}")
    sent = "1 test message was" if len(tests) == 1 else f"{len(tests)} test messages were"
    click.echo(f"{sent} sent to {account.outputs['NotificationsTopicArn']}.")
    return 0
