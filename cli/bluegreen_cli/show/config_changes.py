"""What an update changes besides the model, as `bluegreen plan` shows it: one row for each member.

Nothing here prints. It fits into 80 columns, and can be read without colours.
"""

from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from bluegreen.contract.plan import ConfigChangeDocument, PlanDocument
from bluegreen.contract.text import cut

NOT_SET: Final = "not set"
LONGEST_VALUE: Final = 14
"""So short that the longest name of a member has room beside two of them; JSON has more."""


def config_change_table(plan: PlanDocument) -> Table | None:
    """The changes of a plan; None where there are none, or nobody knows the live config.

    What the update drops or weakens is marked, and stands first.
    """
    changes = plan.get("ConfigChanges", [])
    if not changes:
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Besides the model", overflow="fold")
    for header in ("Live config", "New config"):
        table.add_column(header, no_wrap=True)
    for change in changes:
        table.add_row(*_cells(change))
    table.caption, table.caption_justify = _caption(plan), "left"
    return table


def _cells(change: ConfigChangeDocument) -> tuple[Text, Text, Text]:
    variant = f" ({change['VariantName']})" if "VariantName" in change else ""
    style = "yellow" if change["Loses"] else ""
    mark = "▾" if change["Loses"] else " "
    return (
        Text(f"{mark} {change['Member']}{variant}", style),
        Text(cut(change.get("Live", NOT_SET), LONGEST_VALUE)),
        Text(cut(change.get("Requested", NOT_SET), LONGEST_VALUE)),
    )


def _caption(plan: PlanDocument) -> str | None:
    lost = any(change["Loses"] for change in plan["ConfigChanges"])
    notes = ["▾ lost by the update"] if lost else []
    if more := plan.get("ConfigChangesLeftOut"):
        notes.append(f"{more} more are not shown")
    return "; ".join(notes) or None
