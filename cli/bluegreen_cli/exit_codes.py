"""The exit codes by which a job learns the verdict of a deployment."""

from typing import Final

EXIT_CODES: Final = {
    "SUCCEEDED": 0,
    "ROLLED_BACK": 10,
    "REJECTED": 11,
    "FAILED": 12,
    "ROLLBACK_FAILED": 13,
    "SUPERSEDED": 14,
    "TIMED_OUT": 15,
}
"""The exit code for each verdict of a deployment that was followed to its end."""
