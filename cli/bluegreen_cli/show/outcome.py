"""What is shown of a scenario beside its deployment: its name, functions that fail, how it went."""

import re
from datetime import datetime, timedelta
from typing import Final, cast

from rich.console import Console
from rich.text import Text

from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.text import plain
from bluegreen.deployment.evidence import rests_on
from bluegreen_cli.show.colors import COLORS
from bluegreen_cli.show.lines import Line, line_of
from bluegreen_cli.show.plan import clock
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.run.simulation import Outcome

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


def failure_of(entry: Entry) -> Line | None:
    """The line of a function that failed; None for anything else in the journal."""
    data = entry.data
    if entry.kind != "lambda_invoked" or not data["error"]:
        return None
    named = STATE_IN_FUNCTION_NAME.search(data["function"])
    function = named.group(1) if named else data["function"]
    said = plain(f"{function} failed: {data['error']}: {data['message']}")
    return line_of(entry.at, "lambda", said, "bold red")


def show_outcome(outcome: Outcome, console: Console) -> None:
    """Print the verdict, why, and how much work it took."""
    record = outcome.record
    verdict = record.get("Verdict", "NO VERDICT")
    trigger = f" ({record['Trigger']})" if "Trigger" in record else ""
    console.print(Text(f"{verdict}{trigger}", COLORS.get(verdict, "bold red")))
    said = cast("dict[str, object]", record)
    rest = f" {rests_on(record)}" if "Verdict" in said else ""
    _print_whole(f"{said.get('Reason') or said.get('Cause', '')}{rest}".strip(), console)
    console.print(Text(_cost(outcome), "dim"), soft_wrap=not console.is_terminal)


def show_misses(outcome: Outcome, console: Console) -> None:
    """Print what differs from what the scenario expects."""
    for miss in outcome.misses:
        _print_whole(f"not as expected: {miss}", console, "bold red")


def _print_whole(text: str, console: Console, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=not console.is_terminal)


def _cost(outcome: Outcome) -> str:
    virtual = clock(int(_length(outcome.record)))
    return (
        f"{virtual} of virtual time in {outcome.wall_seconds:.1f} s,"
        f" {outcome.state_transitions} state transitions,"
        f" {outcome.lambda_invocations} Lambda invocations"
    )


def since(start: datetime, moment: datetime) -> str:
    """The time since the start, as h:mm:ss."""
    return clock(int((moment - start) / timedelta(seconds=1)))


def _length(record: DeploymentRecord) -> float:
    if "StartedAt" not in record:
        return 0.0
    start, end = datetime.fromisoformat(record["StartedAt"]), record["EndedAt"]
    return (datetime.fromisoformat(end) - start).total_seconds()
