"""What must hold of green in numbers, and what it would find, as `bluegreen plan` shows it.

Nothing here prints. It fits into 80 columns, and can be read without colours.
"""

from math import floor
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from bluegreen.contract.plan import PlanDocument, PlannedGuardrailDocument
from bluegreen.contract.text import plain
from bluegreen.guardrails.asked import LATENCY, SERVER_ERRORS
from bluegreen.guardrails.power import ENOUGH

NOTE: Final = "Finds it: in the bake that says most, with the traffic of the last day."


def guardrail_table(plan: PlanDocument) -> Table | None:
    """A row for each guardrail of each variant; None where there is none."""
    rows = plan.get("Guardrails", [])
    if not rows:
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for header in ("Variant", "Guardrail", "Blue", "Green at most", "Defect"):
        table.add_column(header, overflow="fold")
    table.add_column("Finds it", justify="right")
    for row in rows:
        table.add_row(*_cells(row))
    table.caption, table.caption_justify = NOTE, "left"
    return table


def _cells(row: PlannedGuardrailDocument) -> tuple[Text, ...]:
    power = row.get("PlannedPower")
    style = "yellow" if power is None or power < ENOUGH else "green"
    return (
        Text(plain(row["VariantName"])),
        Text(row["Key"]),
        Text(_blue(row)),
        Text(f"{_percent(row['Limit'])} {_bad(row)}"),
        Text(f"{_percent(row['Defect'])} {_bad(row, short=True)}"),
        Text("not known" if power is None else f"{floor(1000 * power) / 10} %", style),
    )


def _blue(row: PlannedGuardrailDocument) -> str:
    """What blue came to in its last week: an error's expected rate, or its percentile."""
    if row["Metric"] != LATENCY:
        return f"{_percent(row.get('ExpectedRate', 0.0))} {_bad(row)}"
    milliseconds = row.get("BlueMilliseconds")
    return "not known" if milliseconds is None else f"{_ms(milliseconds)}"


def _bad(row: PlannedGuardrailDocument, *, short: bool = False) -> str:
    if row["Metric"] != LATENCY:
        return "5XX" if row["Metric"] == SERVER_ERRORS else "4XX"
    return "slower" if short else f"over {_ms(row.get('LimitMilliseconds', 0.0))}"


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.4g} ms"
