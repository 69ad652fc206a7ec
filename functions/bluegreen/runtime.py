"""What every function starts with: its account, made from its environment, clock and logger."""

from bluegreen.aws.account import Account
from bluegreen.clock import SystemClock
from bluegreen.observability import logger
from bluegreen.settings import Settings


def new_account() -> Account:
    """The AWS account of the running function; each function keeps one of its own."""
    return Account(Settings(), SystemClock(), logger.error)
