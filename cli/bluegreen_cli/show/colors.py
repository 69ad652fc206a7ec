"""The colours of stages, verdicts, alarms and severities on a terminal."""

from typing import Final

COLORS: Final = {
    "PROVISIONING": "cyan",
    "SHIFTING": "cyan",
    "BAKING": "green",
    "TERMINATING": "blue",
    "ROLLING_BACK": "yellow",
    "SUCCEEDED": "bold green",
    "ROLLED_BACK": "bold yellow",
    "REJECTED": "bold magenta",
    "ALARM": "bold red",
    "OK": "green",
    "WARNING": "yellow",
    "CRITICAL": "bold red",
}
