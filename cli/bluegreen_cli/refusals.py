"""What a command says, in one sentence, where something outside of it stops it.

That may be what it was given, this machine's AWS settings, or what answers in the place of AWS.
"""

from typing import Final

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.text import plain
from bluegreen_cli.account import CommandFailedError, StackMissingError

IN_THEIR_OWN_WORDS: Final = (
    BlueGreenError,
    Boto3Error,
    BotoCoreError,
    ClientError,
    CommandFailedError,
    StackMissingError,
)
NO_REGION: Final = (
    "No AWS Region is set. Set AWS_DEFAULT_REGION to one, such as eu-central-1, or region in your"
    " AWS profile."
)
OF_A_URL: Final = ("Invalid endpoint: ", "Invalid IPv6 URL", "Port ")
"""How the ValueErrors begin that botocore raises for the URL of a service."""

EMPTY_LABEL: Final = ".."
"""What the host of a service has in it where the Region is empty."""


def sentence_of(error: Exception) -> str:
    """What to say of an error that no command has expected in its place."""
    if isinstance(error, IN_THEIR_OWN_WORDS):
        return plain(str(error))
    if isinstance(error, ResponseParserError):
        return f"What answered is not AWS: {plain(str(error), 200)}"
    if isinstance(error, ValueError) and str(error).startswith(OF_A_URL):
        return NO_REGION if EMPTY_LABEL in str(error) else _of_a_url(error)
    if isinstance(error, RecursionError):
        return "What was given, or what answered, is nested too deeply."
    if isinstance(error, OSError) and error.strerror:
        return plain(f"{error.filename or 'The system'}: {error.strerror}.")
    return (
        f"Either it was not AWS that answered, or bluegreen has a fault: {_named(error)} Check"
        " --endpoint-url and your AWS settings; with PYTHONDEVMODE=1, a traceback shows where."
    )


def _of_a_url(error: ValueError) -> str:
    return plain(f"An endpoint URL in your AWS settings cannot be used. {error}.")


def _named(error: Exception) -> str:
    words = plain(str(error), 200).rstrip(".")
    return f"{type(error).__name__}: {words}." if words else f"{type(error).__name__}."
