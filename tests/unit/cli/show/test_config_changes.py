"""What an update changes besides the model, in a terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from bluegreen.check.config_changes import ConfigChange
from bluegreen.contract.plan import ConfigChangeDocument, PlanDocument
from bluegreen_cli.show.config_changes import config_change_table
from hostile import HOSTILE

LONGEST = "ContainerStartupHealthCheckTimeoutInSeconds"


def change(member: str, *, loses: bool = False, **more: Any) -> ConfigChangeDocument:
    body: Any = {"Member": member, "Loses": loses, **more}
    made: ConfigChangeDocument = body
    return made


def lines(plan: PlanDocument, width: int = 80) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system=None)
    table = config_change_table(plan)
    assert table
    console.print(table)
    return [line.rstrip() for line in stream.getvalue().splitlines() if line.strip()]


def test_each_change_has_a_row_with_both_values_and_a_mark_where_something_is_lost() -> None:
    capture = '{"EnableCapture": true, "InitialSamplingPercentage": 100}'
    changes = [
        change("DataCaptureConfig", loses=True, Live=capture),
        change(LONGEST, loses=True, Live="900", VariantName="main"),
        change("InstanceType", Live="ml.m5.xlarge", Requested="ml.c5.xlarge", VariantName="main"),
        change("KmsKeyId", Requested="alias/v"),
    ]
    assert lines(PlanDocument(ConfigChanges=changes)) == [
        " Besides the model                                Live config      New config",
        " ──────────────────────────────────────────────────────────────────────────────",
        ' ▾ DataCaptureConfig                              {"EnableCaptu…   not set',
        " ▾ ContainerStartupHealthCheckTimeoutInSeconds    900              not set",
        " (main)",
        "   InstanceType (main)                            ml.m5.xlarge     ml.c5.xlarge",
        "   KmsKeyId                                       not set          alias/v",
        "▾ lost by the update",
    ]


def test_what_is_not_shown_is_counted() -> None:
    plan = PlanDocument(ConfigChanges=[change("KmsKeyId", Requested="k")], ConfigChangesLeftOut=7)
    assert lines(plan)[-1] == "7 more are not shown"
    plan["ConfigChanges"] = [change("KmsKeyId", loses=True, Live="k")]
    assert lines(plan)[-1] == "▾ lost by the update; 7 more are not shown"


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_others_wrote_stays_in_its_row(value: str) -> None:
    changed = ConfigChange(value, value, [value], variant=value, loses=True)
    shown = lines(PlanDocument(ConfigChanges=[changed.to_json()]), width=400)
    assert len(shown) == 4
    assert all(char.isprintable() for char in "".join(shown))


def test_markup_in_a_name_is_no_markup() -> None:
    assert "[red]x[/red]" in lines(PlanDocument(ConfigChanges=[change("[red]x[/red]")]))[2]


def test_without_changes_there_is_no_table() -> None:
    assert config_change_table({}) is None
    assert config_change_table(PlanDocument(ConfigChanges=[])) is None
