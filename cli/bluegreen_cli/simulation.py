"""The command `bluegreen simulate`: a scenario, its live view and its outcome."""

import json
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bluegreen_cli.live import LiveView
from bluegreen_simulator.scenario import Scenario, ScenarioError, load
from bluegreen_simulator.simulation import check_faults, simulate

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "template.yaml"


def run_scenario(path: Path, *, as_json: bool) -> int:
    """Run the scenario and print how it went; 0 when it ended as expected, else 1."""
    scenario = _understood(path)
    view = LiveView(Console(stderr=True, highlight=False), quiet=as_json)
    view.begin(scenario)
    outcome = simulate(scenario, TEMPLATE, view.show)
    view.end(outcome)
    if as_json:
        click.echo(json.dumps(outcome.to_json(), indent=2))
    return 1 if outcome.misses else 0


def _understood(path: Path) -> Scenario:
    try:
        scenario = load(path)
        check_faults(scenario, TEMPLATE)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    return scenario
