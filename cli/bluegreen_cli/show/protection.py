"""Which alarm would see a bad green fleet, and when, as `bluegreen plan` shows it.

Nothing here prints. It fits into 80 columns, and can be read without colours.
"""

from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from bluegreen.contract.plan import PlanDocument, ProtectionDocument
from bluegreen.contract.text import plain
from bluegreen_cli.show.plan import clock

DEFECTS: Final = {"5XX": "only 5XX, at once", "LATENCY": "very late answers"}
"""How green is bad, by the plan's words."""

STYLES: Final = {"YES": "green", "PERHAPS": "", "NOT_KNOWN": "yellow", "NO": "bold red"}
WORDS: Final = {"PERHAPS": "perhaps", "NOT_KNOWN": "not known", "NO": "no alarm"}


def protection_table(plan: PlanDocument) -> Table | None:
    """A row for each defect of each variant; None where nothing bakes."""
    rows = plan.get("Protection", [])
    if not rows:
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for header in ("Variant", "If green gives", "Seen by"):
        table.add_column(header, overflow="fold")
    table.add_column("After green's first request", justify="right")
    first = _first_request(plan)
    for row in rows:
        table.add_row(*_cells(row, first))
    return table


def _first_request(plan: PlanDocument) -> int:
    """When green gets its first request: at the end of the first shift."""
    shifts = [stage for stage in plan["Stages"] if stage["Stage"] == "SHIFTING"]
    return shifts[0]["StartsAfterSeconds"] + shifts[0]["Seconds"] if shifts else 0


def _cells(row: ProtectionDocument, first: int) -> tuple[Text, ...]:
    style = STYLES.get(row["Seen"], "")
    return (
        Text(plain(row["VariantName"])),
        Text(DEFECTS.get(row["Defect"], row["Defect"])),
        Text(_alarm(row), style),
        Text(_when(row, first), style),
    )


def _alarm(row: ProtectionDocument) -> str:
    """The alarm, a guardrail's as the table of guardrails calls it; or that none is known."""
    if "Guardrail" in row:
        return f"guardrail {row['Guardrail']}"
    return plain(row["AlarmName"]) if "AlarmName" in row else WORDS[row["Seen"]]


def _when(row: ProtectionDocument, first: int) -> str:
    earliest, latest = row.get("EarliestAfterSeconds"), row.get("LatestAfterSeconds")
    if earliest is None or latest is None:
        return WORDS.get(row["Seen"], "") if "AlarmName" in row else ""
    return f"{clock(earliest - first)} to {clock(latest - first)}"
