"""What must hold of green, in a terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from bluegreen.check.report import Checked
from bluegreen.check.situation import Traffic
from bluegreen.contract.plan import PlanDocument
from bluegreen_cli.show.guardrails import guardrail_table
from hostile import HOSTILE
from situations import checked, guarded, max_latency, max_rate, week


def lines(plan: PlanDocument | None, width: int = 80) -> list[str]:
    assert plan
    table = guardrail_table(plan)
    assert table
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=True, color_system=None).print(table)
    return [line.rstrip() for line in stream.getvalue().splitlines() if line.strip()]


def planned(guardrails: Any = "Default", per_minute: float = 5, **changes: Any) -> Checked:
    traffic = {"main": Traffic(per_minute)}
    return checked(**guarded(guardrails, week(600, 0.005, 0.02), **changes), traffic=traffic)


def test_each_guardrail_has_a_row_with_its_numbers() -> None:
    """A period of five minutes fits into the eight that count of a bake; it has 25 requests.

    5XX: 25 * 0.025 = 0.6 are allowed, and 0.6 + 3 sqrt(0.6) + 2 = 5.0 of them are chance, so 5 or
    more count. Of a fifth of 25 that is a chance of 56 %. 4XX: 11 or more, of 12.5 on the mean.
    """
    assert lines(planned().plan) == [
        " Variant   Guardrail     Blue        Green at most      Defect        Finds it",
        " ─────────────────────────────────────────────────────────────────────────────",
        " main      5xx           0.5 % 5XX   2.5 % 5XX          20 % 5XX        55.9 %",
        " main      4xx           2 % 4XX     12 % 4XX           50 % 4XX        70.2 %",
        " main      latency-p90   80 ms       10 % over 120 ms   50 % slower     39.7 %",
        "Finds it: in the bake that says most, with the traffic of the last day.",
    ]


def test_what_is_not_known_is_told_as_not_known() -> None:
    limits = [*max_rate(0.01), *max_latency(Percentile=99.9, MaxMilliseconds=1500)]
    plan = planned(limits, knowing={"traffic": None}).plan
    rows = lines(plan)[2:4]
    assert rows == [
        " main      5xx             0.5 % 5XX   1 % 5XX         10 % 5XX       not known",
        " main      latency-p99.9   not known   0.1 % over      0.5 % slower   not known",
    ]


def test_no_chance_is_rounded_up_to_certainty() -> None:
    row = lines(planned(max_rate(0.01), per_minute=600).plan)[2]
    assert row.endswith(" 99.9 %")


def test_a_plan_without_guardrails_has_no_table() -> None:
    assert guardrail_table(checked().plan or {}) is None


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_others_wrote_stays_in_its_row(value: str) -> None:
    plan = planned().plan
    assert plan
    plan["Guardrails"][0]["VariantName"] = value
    whole = "".join(lines(plan, 2000))
    assert not any(ord(char) < 32 or ord(char) == 127 for char in whole)
    assert len(lines(plan, 2000)) == 6
