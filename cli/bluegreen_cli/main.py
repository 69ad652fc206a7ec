"""The command `bluegreen`."""

import sys
from pathlib import Path

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bluegreen")
def main() -> None:
    """Guarded blue/green deployments of Amazon SageMaker endpoints."""


@main.command()
@click.argument(
    "scenarios",
    metavar="SCENARIO...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    nargs=-1,
    required=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print the deployment record as JSON.")
def simulate(scenarios: tuple[Path, ...], *, as_json: bool) -> None:
    """Run each SCENARIO, a YAML file, on an embedded AWS of its own in virtual time.

    The live view goes to standard error, the JSON to standard output. Exits with 0 when
    everything that the scenarios expect holds, with 1 when not.
    """
    if as_json and len(scenarios) > 1:
        raise click.UsageError("--json takes one scenario.")
    # Importing the embedded AWS takes seconds, of which help and usage errors need none.
    from bluegreen_cli.simulation import run_scenarios  # noqa: PLC0415

    sys.exit(0 if run_scenarios(scenarios, as_json=as_json) else 1)
