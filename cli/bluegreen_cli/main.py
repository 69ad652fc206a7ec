"""The command `bluegreen`."""

import json
import sys
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bluegreen_cli.live import LiveView
from bluegreen_simulator.scenario import Scenario, ScenarioError, load
from bluegreen_simulator.simulation import check_faults
from bluegreen_simulator.simulation import simulate as run

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "template.yaml"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bluegreen")
def main() -> None:
    """Guarded blue/green deployments of Amazon SageMaker endpoints."""


@main.command()
@click.argument("scenario", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the deployment record as JSON.")
def simulate(scenario: Path, *, as_json: bool) -> None:
    """Run SCENARIO, a YAML file, on the embedded AWS in virtual time.

    The live view goes to standard error, the JSON to standard output. Exits with 0 when
    everything that the scenario expects holds, with 1 when not.
    """
    given = _understood(scenario)
    view = LiveView(Console(stderr=True, highlight=False), quiet=as_json)
    view.begin(given)
    outcome = run(given, TEMPLATE, view.show)
    view.end(outcome)
    if as_json:
        click.echo(json.dumps(outcome.to_json(), indent=2))
    sys.exit(1 if outcome.misses else 0)


def _understood(path: Path) -> Scenario:
    try:
        scenario = load(path)
        check_faults(scenario, TEMPLATE)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    return scenario
