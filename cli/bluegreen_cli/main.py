"""The command `bluegreen`."""

import math
import re
import sys
from pathlib import Path
from typing import Any, Final

import click

from bluegreen.contract.text import quoted
from bluegreen.request.request import NAME_PATTERN

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "template.yaml"
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
LONGEST_NAME: Final = 63
"""Characters; SageMaker's own names are no longer."""


def _pairs(_context: object, _option: object, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for key, sign, value in pairs:
        if not key or not sign:
            raise click.BadParameter(f"{key}{sign}{value} is no KEY=VALUE.")
    return {key: value for key, _, value in pairs}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bluegreen")
def main() -> None:
    """Guarded blue/green deployments of Amazon SageMaker endpoints."""


@main.command()
@click.argument(
    "scenarios",
    metavar="SCENARIO...",
    type=FILE,
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


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5055,
    show_default=True,
    help="Of 127.0.0.1; 0 takes any free one.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 1000),
    default=60,
    show_default=True,
    help="Seconds of virtual time in a second of real time.",
)
@click.option(
    "--behaviors",
    type=FILE,
    help="A YAML list of how models of certain images behave.",
)
@click.option(
    "--parameter",
    "parameters",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_pairs,
    help="A parameter of the stack; may be given several times.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    metavar="HOST",
    multiple=True,
    help="A name by which it may be called beside 127.0.0.1, localhost and [::1]; may be given "
    "several times. Requests for any other host, and of web pages from elsewhere, are refused.",
)
def local(**options: Any) -> None:  # noqa: ANN401 - the members of Options
    """Serve the embedded AWS with the stack deployed in it, until SIGINT or SIGTERM.

    Prints one JSON line when it is ready. Clients of AWS find it by AWS_ENDPOINT_URL.
    """
    from bluegreen_cli.local import Options, serve  # noqa: PLC0415 - as above

    serve(TEMPLATE, Options(**options))


def _prices(context: object, option: object, values: tuple[str, ...]) -> dict[str, float]:
    try:
        prices = {key: float(value) for key, value in _pairs(context, option, values).items()}
    except ValueError as error:
        raise click.BadParameter(f"{error}; give USD an instance-hour.") from error
    if not all(0 <= price < math.inf for price in prices.values()):
        raise click.BadParameter("a price is a number from 0 on.")
    return prices


@main.command()
@click.argument("request", type=FILE)
@click.option("--compare", is_flag=True, help="Lay the same deployment in the other modes beside.")
@click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it as a picture."
)
@click.option("--world", type=FILE, help="Endpoint, configs and alarms, instead of an account's.")
@click.option("--json", "as_json", is_flag=True, help="Print Findings, Plan and WouldBeRejected.")
@click.option(
    "--price",
    "prices",
    metavar="TYPE=USD",
    multiple=True,
    callback=_prices,
    help="What an hour of an instance type costs; may be given several times.",
)
@click.option(
    "--provisioning-seconds",
    type=click.IntRange(1, 28800),
    default=300,
    show_default=True,
    help="How long the green fleet, or a batch of it, takes to come up.",
)
@click.option("--endpoint-url", help="Where to find AWS, if not at its own address.")
def plan(request: Path, **options: Any) -> None:  # noqa: ANN401 - the members of Options
    """Check the REQUEST, a JSON file, and show its plan, its price and all findings.

    Reads the account, or --world, and changes nothing. Exits with 11 when the deployment would
    be REJECTED.
    """
    from bluegreen_cli.planning import Options  # noqa: PLC0415 - as above
    from bluegreen_cli.planning import plan as run  # noqa: PLC0415 - as above

    sys.exit(run(request, Options(**options)))


@main.group()
def policy() -> None:
    """Check and write the deployment policies of model package groups."""


@policy.command("check")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print Findings and WouldBeRejected.")
def check_policy(file: Path, *, as_json: bool) -> None:
    """Check a policy document, a JSON FILE, without asking AWS.

    Exits with 11 when it is bad: no deployment would start by it.
    """
    from bluegreen_cli.group_policy import check  # noqa: PLC0415 - as above

    sys.exit(check(file, as_json=as_json))


def _group_name(_context: object, _option: object, value: str) -> str:
    """The name of a model package group (API, `CreateModelPackageGroup`)."""
    if len(value) > LONGEST_NAME or not re.fullmatch(NAME_PATTERN, value):
        raise click.BadParameter(
            f"{quoted(value)} is no name of a model package group: 1 to {LONGEST_NAME} letters,"
            " digits and hyphens, beginning and ending with none of the last."
        )
    return value


@policy.command("put")
@click.argument("group", callback=_group_name)
@click.argument("file", type=FILE)
@click.option("--endpoint-url", help="Where to find AWS, if not at its own address.")
def put_policy(group: str, file: Path, endpoint_url: str | None) -> None:
    """Write a policy document, a JSON FILE, as that of GROUP.

    Checks it first, and exits with 11 and writes nothing if it is bad. Prints the name and the
    version of the parameter of SSM Parameter Store that holds it.
    """
    from bluegreen_cli.group_policy import put  # noqa: PLC0415 - as above

    sys.exit(put(group, file, endpoint_url))


@main.command()
@click.argument("request", type=FILE)
@click.option("--wait", is_flag=True, help="Follow the deployment to its end.")
@click.option("--stack-name", default="bluegreen", show_default=True)
@click.option("--endpoint-url", help="Where to find AWS, if not at its own address.")
def deploy(request: Path, *, wait: bool, stack_name: str, endpoint_url: str | None) -> None:
    """Start the deployment that REQUEST, a JSON file, asks for; print its DeploymentId.

    With --wait, exits with 0 when it SUCCEEDED, 10 ROLLED_BACK, 11 REJECTED, 12 FAILED,
    13 ROLLBACK_FAILED, 14 SUPERSEDED, 15 TIMED_OUT. Otherwise, 1 when the command itself failed.
    """
    from bluegreen_cli.deployment import deploy as run  # noqa: PLC0415 - as above

    sys.exit(run(request, stack_name, endpoint_url, wait=wait))
