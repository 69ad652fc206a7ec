"""The page on guardrails, in step with the code."""

import json
import re
from itertools import pairwise
from typing import Any, Final

import pytest

from bluegreen.contract.findings import rejecting
from bluegreen.guardrails.asked import (
    CLIENT_ERRORS,
    LATENCY,
    MOST_ASKED,
    PRESETS,
    SERVER_ERRORS,
    Asked,
    AskedGuardrail,
)
from bluegreen.guardrails.blue import Week
from bluegreen.guardrails.guardrail import METRICS, alarm_name
from bluegreen.guardrails.made import LEAST_ABOVE_BLUE_MS, guardrails_of
from bluegreen.guardrails.power import ENOUGH
from bluegreen.guardrails.windows import SHORTEST_LATENCY_BAKE
from bluegreen.request.request import check
from shipped import ROOT

PAGE: Final = (ROOT / "docs/guardrails.md").read_text("utf-8")
WORDS: Final = " ".join(PAGE.split())
PRICE: Final = 0.10
A_WEEK: Final = Week(
    requests=[600.0] * 10_080,
    server_errors=[0.0] * 10_080,
    client_errors=[0.0] * 10_080,
    latency_ms={90.0: [100.0] * 5040},
)


def cells(first: str) -> dict[str, list[str]]:
    """The table whose head begins with this cell: by the first cell of each row the others."""
    table = PAGE[PAGE.index(f"| {first} |") :].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {name: others for name, *others in rows}


def percent(part: float | None) -> str:
    return f"{100 * (part or 0):g}"


def by_metric(preset: str) -> dict[str, AskedGuardrail]:
    return {each.metric: each for each in PRESETS[preset]}


@pytest.mark.parametrize(("preset", "column"), [("Default", 0), ("Strict", 1)])
def test_the_table_has_the_presets(preset: str, column: int) -> None:
    shown = [row[column] for row in cells("For each variant that changes").values()]
    asked = by_metric(preset)
    server, client, latency = asked[SERVER_ERRORS], asked[CLIENT_ERRORS], asked[LATENCY]
    points = [percent(server.margin), percent(client.margin)]
    assert [re.findall(r"[\d.]+", cell)[0] for cell in shown[:2]] == points
    slow, ratio, percentile = re.findall(r"[\d.]+", shown[2])
    assert (slow, percentile) == (percent(latency.slow_part), f"{latency.percentile:g}")
    assert float(ratio) == latency.max_ratio_to_blue
    defects = [percent(each.defect) for each in (server, client, latency)]
    assert re.findall(r"(\d+) %", shown[3]) == defects


def test_the_requests_of_the_page_are_good() -> None:
    first, own = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    body: dict[str, Any] = json.loads(first)
    assert check(body) == check({**body, **json.loads(f"{{{own}}}")}) == []


def test_the_bounds_are_those_that_are_checked() -> None:
    body = {
        "EndpointName": "churn",
        "EndpointConfigName": "green",
        "DeploymentConfigName": "AllAtOnce",
    }
    numbers = {
        "MaxRate": ("Invocation5XXErrors", (0.99,), (0, 0.991)),
        "MaxMilliseconds": ("ModelLatency", (1, 900_000), (0.9, 900_001)),
        "MaxRatioToBlue": ("ModelLatency", (1, 100), (0.9, 101)),
    }
    for member, (metric, good, bad) in numbers.items():
        for value in (*good, *bad):
            asked = [{"Metric": metric, member: value}]
            refused = bool(rejecting(check({**body, "Guardrails": asked})))
            assert refused == (value in bad)
    assert "0.0001 to 0.99" in WORDS
    assert (
        "`MaxMilliseconds`, 1 to 900,000, or `MaxRatioToBlue`, 1 to 100; `Percentile`, 50 to 99.9"
        in WORDS
    )
    assert "One to ten of them" in WORDS
    assert MOST_ASKED == 10


def test_what_a_variant_costs() -> None:
    made = guardrails_of(Asked.named("Default"), {"main": A_WEEK}, 600, lambda *_: "alarm")
    metrics = METRICS * len(made.guardrails)
    assert f"{metrics} metrics, {PRICE * metrics:.2f} USD a month" in WORDS


def test_the_numbers_in_the_text() -> None:
    assert f"at least {LEAST_ABOVE_BLUE_MS} ms above blue's p90" in WORDS
    assert f"**A bake under {SHORTEST_LATENCY_BAKE} s**" in WORDS
    assert f"with {percent(ENOUGH)} % or more" in WORDS


def test_the_periods_are_those_of_the_alarms() -> None:
    bakes = [*range(300, 3601, 60)]
    of = {
        bake: guardrails_of(Asked.named("Default"), {"main": A_WEEK}, bake, lambda *_: "alarm")
        for bake in bakes
    }
    periods = [[each.period_seconds for each in of[bake].guardrails] for bake in bakes]
    assert all(a <= b for one, other in pairwise(periods) for a, b in zip(one, other, strict=True))
    assert (periods[0], periods[-1]) == ([120, 120, 60], [900, 900, 300])
    assert "half of the shortest bake, 60 to 900 s" in WORDS
    assert "a fifth of the shortest bake, 60 to 300 s" in WORDS


def test_the_names_of_alarms() -> None:
    name = alarm_name("<stack>", "<endpoint>", "<variant>", "<guardrail>")
    assert f"Names are `{name}`" in WORDS
    keys = [each.key for each in PRESETS["Default"]]
    assert f"where the last is {', '.join(f'`{key}`' for key in keys[:2])} or `{keys[2]}`" in WORDS
