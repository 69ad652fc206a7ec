"""Tell those who run bluegreen what only they can mend."""

from bluegreen.aws.account import Account


def tell_operators(subject: str, text: str, account: Account) -> None:
    """Send them a text; what SNS does not take stands in the log, and stops nothing."""
    refusal = account.operations.publish(f"bluegreen: {subject}", text)
    if refusal:
        account.log_error("operators not told", subject=subject, error=refusal)
