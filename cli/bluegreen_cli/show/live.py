"""The live view of a deployment: one line for each change, as it happens."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from bluegreen.contract.message import MessageBody
from bluegreen.contract.record import DeploymentRecord
from bluegreen_cli.show.colors import COLORS
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario
from bluegreen_simulator.run.simulation import Outcome

BAR_WIDTH: Final = 20
KIND_WIDTH: Final = 13
CLOCK_WIDTH: Final = 11
LEAST_DETAIL: Final = 20
"""Columns; with fewer, SageMaker's message would be too short to be worth reading."""

ABORT: Final = "-abort-"
"""What the names of abort alarms have after the stack's name."""

STATE_IN_FUNCTION_NAME: Final = re.compile(r"(\w+)Function-\w+$")
"""CloudFormation names a function after the stack and its logical id, with a random end."""


class LiveConsole(Console):
    """A console on standard error whose reader may leave while a scenario runs.

    What happens then is in the middle of one of the embedded AWS's tasks, which it must not end.
    """

    reader_left = False

    def on_broken_pipe(self) -> None:
        """Print nothing any more; whoever runs the scenario looks at `reader_left` at its end."""
        self.quiet = True
        self.reader_left = True


class LiveView:
    """Prints to `console`; with `quiet`, only what differs from what the scenario expects."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._shows: dict[str, Callable[[Mapping[str, Any]], Text | None]] = {
            "endpoint": self._endpoint,
            "alarm": _alarm,
            "notification": _notification,
            "lambda_invoked": _lambda,
        }
        self._last: tuple[str, str] = ("", "")
        self._detail = ""

    def begin(self, scenario: Scenario) -> None:
        """Print what is about to run."""
        self._print(Text(scenario.name, "bold"))

    def show(self, entry: Entry, started_at: datetime) -> None:
        """Print an entry of the journal if it is a change that people want to see."""
        line = self._shows.get(entry.kind, _nothing)(entry.data)
        if line is not None and (entry.kind, line.plain) != self._last:
            self._last = (entry.kind, line.plain)
            self._print(Text.assemble((f"{_clock(entry.at - started_at):>9}  ", "dim"), line))

    def end(self, outcome: Outcome) -> None:
        """Print the verdict, how much work it took, and what differs from what was expected."""
        record = outcome.record
        verdict = record.get("Verdict", "NO VERDICT")
        trigger = f" ({record['Trigger']})" if "Trigger" in record else ""
        self._print(Text(f"{verdict}{trigger}", COLORS.get(verdict, "bold red")))
        said: Mapping[str, object] = record
        self._print_whole(str(said.get("Reason") or said.get("Cause", "")))
        self._print(Text(_cost(outcome), "dim"))
        for miss in outcome.misses:
            self._print_whole(f"not as expected: {miss}", "bold red", always=True)

    def _endpoint(self, data: Mapping[str, Any]) -> Text:
        """The line of an endpoint; SageMaker's message about it is shown once, if it fits."""
        line = _endpoint(data)
        detail = "" if data["detail"] == self._detail else data["detail"]
        self._detail = data["detail"]
        room = self._console.width - line.cell_len - CLOCK_WIDTH
        if detail and (not self._console.is_terminal or room >= LEAST_DETAIL):
            line.append(f"  {detail}", "dim")
        return line

    def _print_whole(self, text: str, style: str = "", *, always: bool = False) -> None:
        if always or not self._quiet:
            self._console.print(Text(text, style), soft_wrap=not self._console.is_terminal)

    def _print(self, line: Text) -> None:
        if self._quiet:
            return
        if self._console.is_terminal:
            self._console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(line, soft_wrap=True)


def _cost(outcome: Outcome) -> str:
    virtual = _clock(timedelta(seconds=_length(outcome.record)))
    return (
        f"{virtual} of virtual time in {outcome.wall_seconds:.1f} s,"
        f" {outcome.state_transitions} state transitions,"
        f" {outcome.lambda_invocations} Lambda invocations"
    )


def _clock(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _length(record: DeploymentRecord) -> float:
    if "StartedAt" not in record:
        return 0.0
    start, end = datetime.fromisoformat(record["StartedAt"]), record["EndedAt"]
    return (datetime.fromisoformat(end) - start).total_seconds()


def _nothing(_data: Mapping[str, Any]) -> None:
    return None


def _endpoint(data: Mapping[str, Any]) -> Text:
    stage, percent = data["stage"], data["traffic_percent"]
    filled = round(BAR_WIDTH * percent / 100)
    return Text.assemble(
        (f"{stage:<{KIND_WIDTH}}", COLORS.get(stage, "bold")),
        ("█" * filled, "green"),
        ("░" * (BAR_WIDTH - filled), "blue"),
        f" {percent:>3} % green  {data['blue_instances']} blue + {data['green_instances']} green",
    )


def _alarm(data: Mapping[str, Any]) -> Text | None:
    """The line of an alarm; of an abort alarm only that it rings."""
    if ABORT in data["name"] and data["new"] != "ALARM":
        return None
    color = COLORS.get(data["new"], "")
    return Text.assemble(
        (f"{'alarm':<{KIND_WIDTH}}", color),
        f"{data['name']} {data['old']} → ",
        (data["new"], color),
        (f"  {data['reason']}", "dim"),
    )


def _notification(data: Mapping[str, Any]) -> Text | None:
    severity = data["attributes"].get("Severity", "")
    return _told(data["body"], severity) if data["body"] else None


def _told(body: MessageBody, severity: str) -> Text:
    """A notification; its message comes first, since the end of a line may be cut."""
    color = COLORS.get(severity, "")
    return Text.assemble(
        (f"{'notification':<{KIND_WIDTH}}", color or "dim"),
        (body["Message"], color),
        (f"  {body['Event']}", "dim"),
    )


def _lambda(data: Mapping[str, Any]) -> Text | None:
    if not data["error"]:
        return None
    named = STATE_IN_FUNCTION_NAME.search(data["function"])
    function = named.group(1) if named else data["function"]
    error = f"{data['error']}: {data['message']}"
    return Text(f"{'lambda':<{KIND_WIDTH}}{function} failed: {error}", "bold red")
