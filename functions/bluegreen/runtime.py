"""What every function begins with: the account as its environment says, clock and logger."""

from bluegreen.aws.account import Account
from bluegreen.clock import SystemClock
from bluegreen.observability import logger
from bluegreen.settings import Settings


def new_account() -> Account:
    """The AWS account as the function that runs sees it; each function keeps one of its own."""
    return Account(Settings(), SystemClock(), logger.error)
