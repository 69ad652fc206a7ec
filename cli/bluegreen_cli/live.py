"""The live view of a deployment: one line for each change, as it happens."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from bluegreen_simulator.journal import Entry
from bluegreen_simulator.scenario import Scenario
from bluegreen_simulator.simulation import Outcome

BAR_WIDTH: Final = 20
KIND_WIDTH: Final = 13
COLORS: Final = {
    "PROVISIONING": "cyan",
    "SHIFTING": "bright_green",
    "BAKING": "green",
    "TERMINATING": "blue",
    "ROLLING_BACK": "yellow",
    "SUCCEEDED": "bold green",
    "ROLLED_BACK": "bold yellow",
    "REJECTED": "bold magenta",
    "ALARM": "bold red",
    "OK": "green",
    "INFO": "dim",
    "WARNING": "yellow",
    "CRITICAL": "bold red",
}


class LiveView:
    """Prints to `console`; `quiet` prints nothing."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._shows: dict[str, Callable[[Mapping[str, Any]], Text | None]] = {
            "endpoint": _endpoint,
            "alarm": _alarm,
            "notification": _notification,
            "lambda_invoked": _lambda,
        }
        self._last: tuple[str, str] = ("", "")

    def begin(self, scenario: Scenario) -> None:
        """Print what is about to run."""
        self._print(Text(scenario.name, "bold"))

    def show(self, entry: Entry, started_at: datetime) -> None:
        """Print an entry of the journal if it is a change that people care for."""
        line = self._shows.get(entry.kind, _nothing)(entry.data)
        if line is not None and (entry.kind, line.plain) != self._last:
            self._last = (entry.kind, line.plain)
            self._print(Text(f"{_clock(entry.at - started_at):>9}  ", "dim") + line)

    def end(self, outcome: Outcome) -> None:
        """Print the verdict, what it cost, and what was not as expected."""
        record = outcome.record
        verdict = record.get("Verdict", "NO VERDICT")
        trigger = f" by {record['Trigger']}" if "Trigger" in record else ""
        self._print(Text(f"{verdict}{trigger}", COLORS.get(verdict, "bold red")))
        self._print_whole(record.get("Reason", ""))
        virtual = _clock(timedelta(seconds=_length(record)))
        self._print(
            Text(
                f"{virtual} of virtual time in {outcome.wall_seconds:.1f} s,"
                f" {outcome.state_transitions} state transitions,"
                f" {outcome.lambda_invocations} Lambda invocations",
                "dim",
            )
        )
        for miss in outcome.misses:
            self._print_whole(f"not as expected: {miss}", "bold red")

    def _print_whole(self, text: str, style: str = "") -> None:
        if not self._quiet:
            self._console.print(Text(text, style))

    def _print(self, line: Text) -> None:
        if self._quiet:
            return
        if self._console.is_terminal:
            self._console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(line, soft_wrap=True)


def _clock(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _length(record: Mapping[str, Any]) -> float:
    if "StartedAt" not in record:
        return 0.0
    start, end = (datetime.fromisoformat(record[name]) for name in ("StartedAt", "EndedAt"))
    return (end - start).total_seconds()


def _nothing(_data: Mapping[str, Any]) -> None:
    return None


def _endpoint(data: Mapping[str, Any]) -> Text:
    stage, percent = data["stage"] or data["status"], data["traffic_percent"]
    filled = round(BAR_WIDTH * percent / 100)
    line = Text(f"{stage:<{KIND_WIDTH}}", COLORS.get(stage, "bold"))
    line.append("█" * filled, "green").append("░" * (BAR_WIDTH - filled), "blue")
    line.append(f" {percent:>3} % green  ")
    line.append(f"{data['blue_instances']} blue + {data['green_instances']} green", "dim")
    return line.append(f"  {data['detail']}" if data["detail"] else "")


def _alarm(data: Mapping[str, Any]) -> Text:
    line = Text(f"{'alarm':<{KIND_WIDTH}}", "bold red" if data["new"] == "ALARM" else "dim")
    line.append(f"{data['name']} {data['old']} → ")
    return line.append(data["new"], COLORS.get(data["new"], "dim")).append(
        f"  {data['reason']}", "dim"
    )


def _notification(data: Mapping[str, Any]) -> Text | None:
    attributes, body = data["attributes"], data["body"]
    if not body:
        return None
    severity = attributes.get("Severity", "INFO")
    line = Text(f"{'message':<{KIND_WIDTH}}", COLORS.get(severity, ""))
    return line.append(f"{body['Event']}  ").append(body["Message"], "dim")


def _lambda(data: Mapping[str, Any]) -> Text | None:
    if not data["error"]:
        return None
    error = f"{data['error']}: {data['message']}"
    return Text(f"{'lambda':<{KIND_WIDTH}}{data['function']} failed: {error}", "bold red")
