"""The command `bluegreen simulate`: scenarios, their live view and their outcome."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from bluegreen_cli.shipped import TEMPLATE
from bluegreen_cli.show.live import LiveConsole, LiveView
from bluegreen_simulator.inputs.scenario import Scenario, ScenarioError, load
from bluegreen_simulator.run.simulation import check_faults, simulate


def run_scenarios(paths: Sequence[Path], *, as_json: bool) -> bool:
    """Run the scenarios and print how they went; whether all of them ended as expected."""
    scenarios = [_understood(path) for path in paths]
    console = LiveConsole(stderr=True, highlight=False)
    as_expected = True
    for number, scenario in enumerate(scenarios):
        if number:
            console.print()
        as_expected &= _run(scenario, console, as_json=as_json)
        if console.reader_left:
            raise SystemExit(1)
    return as_expected


def _run(scenario: Scenario, console: Console, *, as_json: bool) -> bool:
    view = LiveView(console, quiet=as_json)
    view.begin(scenario)
    outcome = simulate(scenario, TEMPLATE, view.show)
    view.end(outcome)
    if as_json:
        click.echo(json.dumps(outcome.to_json(), indent=2))
    return not outcome.misses


def _understood(path: Path) -> Scenario:
    try:
        scenario = load(path)
        check_faults(scenario, TEMPLATE)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    return scenario
