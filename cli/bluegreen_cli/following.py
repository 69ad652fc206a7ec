"""Follow a deployment to its end, look by look, wherever it is shown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from bluegreen_cli.account import Account, CommandFailedError, StackMissingError
from bluegreen_cli.looks import Looks
from bluegreen_cli.moment import Moment
from bluegreen_cli.show.dialog import Dialog
from bluegreen_cli.show.views import JsonView, LinesView, View, has_screen, print_line, screen

INTERRUPTED: Final = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""


def follow(looks: Looks, view: View, is_over: Callable[[Moment], bool]) -> Moment | None:
    """Show each look until it is over; the last moment, or None if the person quits before."""
    while True:
        moment = looks.look()
        view.show(moment)
        if is_over(moment):
            return moment
        if not view.wait(looks.seconds):
            return None


@contextmanager
def view_of(looks: Looks, *, as_json: bool) -> Iterator[View]:
    """JSON if it is asked for, a screen in a terminal, and lines anywhere else."""
    console = Console(stderr=True, highlight=False)
    if as_json:
        yield JsonView(looks.clock)
    elif has_screen(console):
        dialog = Dialog(_aborting(looks.account, looks.endpoint))
        with screen(console, looks.clock, dialog) as view:
            yield view
    else:
        yield LinesView(lambda line: print_line(console, line), looks.clock)


def _aborting(account: Account, endpoint: str) -> Callable[[str], str]:
    def abort(reason: str) -> str:
        try:
            return account.abort(endpoint, reason)["Message"]
        except (BotoCoreError, ClientError, CommandFailedError, StackMissingError) as error:
            return f"The abort failed: {error}"

    return abort
