"""The command `bluegreen`."""

import sys
from pathlib import Path

import click


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
    # Importing the embedded AWS takes seconds, of which help and usage errors need none.
    from bluegreen_cli.simulation import run_scenario  # noqa: PLC0415

    sys.exit(run_scenario(scenario, as_json=as_json))
