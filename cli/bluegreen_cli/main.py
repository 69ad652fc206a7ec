"""The command `bluegreen`."""

import gc
import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, override
from urllib.parse import urlsplit

import click
from click.exceptions import Abort, ClickException, Exit

from bluegreen.contract.text import quoted
from bluegreen.request.request import NAME_PATTERN
from bluegreen_cli.samples import FileOrSample, list_scenarios
from bluegreen_cli.shipped import TEMPLATE
from bluegreen_simulator.rules.fleet.assumptions import METRICS_BY_CONFIG, MetricsByConfig
from bluegreen_simulator.rules.traffic.chance import GREATEST_SEED

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
LONGEST_NAME: Final = 63
"""Characters; SageMaker's own names are no longer."""


def _pairs(_context: object, _option: object, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for key, sign, value in pairs:
        if not key or not sign:
            raise click.BadParameter(f"Expected KEY=VALUE, got {key}{sign}{value}.")
    found = {key: value for key, _, value in pairs}
    for key in found:
        if sum(key == each for each, _, _ in pairs) > 1:
            raise click.BadParameter(f"{quoted(key)} is given more than once.")
    return found


def _name_of(what: str) -> Callable[[object, object, str], str]:
    """Takes a name as SageMaker takes it (API, `CreateModelPackageGroup`, `CreateEndpoint`)."""

    def take(_context: object, _option: object, value: str) -> str:
        if len(value) > LONGEST_NAME or not re.fullmatch(NAME_PATTERN, value):
            raise click.BadParameter(
                f"{quoted(value)} is not a valid name of {what}. Use 1 to {LONGEST_NAME} letters,"
                " digits and hyphens, with no hyphen at the start or the end."
            )
        return value

    return take


@contextmanager
def _extra_local() -> Iterator[None]:
    """While the embedded AWS is imported: say how to install what it needs and does not find.

    What is imported stays: looking for garbage in it, then and later, takes a sixth of the time.
    """
    gc.disable()
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("bluegreen"):
            raise
        command = click.get_current_context().info_name
        raise click.ClickException(
            f"bluegreen {command} needs the extra 'local': pip install 'bluegreen[local]'"
        ) from error
    finally:
        gc.enable()
        gc.freeze()


def _url(_context: object, _option: object, value: str | None) -> str | None:
    """Takes a URL that botocore would take."""
    from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url  # noqa: PLC0415 - slow

    if value is None:
        return None
    try:
        taken = urlsplit(value).scheme in {"http", "https"} and urlsplit(value).port != 0
        taken = taken and (is_valid_endpoint_url(value) or is_valid_ipv6_endpoint_url(value))
    except ValueError:
        taken = False
    if not taken:
        raise click.BadParameter(
            f"{quoted(value)} is not a URL of HTTP. Give one with http:// or https:// and a host,"
            " such as http://127.0.0.1:5055."
        )
    return value


_endpoint_url: Final = click.option(
    "--endpoint-url", callback=_url, help="URL to call instead of AWS's own endpoints."
)


class _Commands(click.Group):
    """Says in one sentence what stops a command, whatever it is; click itself does the rest."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Abort, BrokenPipeError, ClickException, Exit):
            raise
        except Exception as error:
            if sys.flags.dev_mode:
                raise
            from bluegreen_cli.refusals import sentence_of  # noqa: PLC0415 - imports boto3

            raise click.ClickException(sentence_of(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bluegreen")
def main() -> None:
    """Guarded blue/green deployments of Amazon SageMaker endpoints."""


@main.command()
@click.argument(
    "scenarios",
    metavar="SCENARIO...",
    type=FileOrSample("scenario"),
    nargs=-1,
    required=True,
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=list_scenarios,
    help="List the sample scenarios by name, and run nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the deployment record as JSON.")
def simulate(scenarios: tuple[Path, ...], *, as_json: bool) -> None:
    """Run scenarios, each on an embedded AWS of its own.

    Each SCENARIO is a YAML file or the name of a sample, and runs in virtual time. Standard error
    shows what happens, as it happens; --json prints to standard output. Exits with 0 if every
    scenario ends as it expects, and with 1 if not.
    """
    if as_json and len(scenarios) > 1:
        raise click.UsageError("--json works with one scenario only.")
    # Importing the embedded AWS takes seconds, and help and usage errors do not need it.
    with _extra_local():
        from bluegreen_cli.commands.simulate import run_scenarios  # noqa: PLC0415

    sys.exit(0 if run_scenarios(scenarios, as_json=as_json) else 1)


_port: Final = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5055,
    show_default=True,
    help="Port of 127.0.0.1 to listen on; 0 picks a free one.",
)


@main.command()
@_port
@click.option(
    "--speed",
    type=click.FloatRange(1, 1000),
    default=60,
    show_default=True,
    help="Seconds of virtual time per second of real time.",
)
@click.option(
    "--behind",
    metavar="[HOURS]",
    type=click.FloatRange(0.1, 168),
    is_flag=False,
    flag_value=24,
    help="Virtual time begins so many hours back, 24 unless given, and never passes the real time. "
    "For clients that ask for metrics by their own clock.",
)
@click.option(
    "--behaviors",
    type=FILE,
    help="A YAML file that says how the models of certain images behave.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, GREATEST_SEED),
    help="Requests come and are answered by chance, the same for the same number; without it each "
    "model gets and fails exactly its part of them.",
)
@click.option(
    "--metrics-by-config",
    type=click.Choice([str(which) for which in MetricsByConfig]),
    default=str(METRICS_BY_CONFIG),
    show_default=True,
    help="Which metrics of requests are also published with EndpointConfigName; documented are "
    "Invocations and ModelLatency.",
)
@click.option(
    "--parameter",
    "parameters",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_pairs,
    help="A parameter of the stack; can be given several times.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    metavar="HOST",
    multiple=True,
    help="A name that clients may use beside 127.0.0.1, localhost and [::1]; can be given several "
    "times. Requests to any other host, and from web pages of other sites, are refused.",
)
def local(**options: Any) -> None:  # noqa: ANN401 - the members of Options
    """Serve the embedded AWS, with the stack deployed in it.

    Prints one line of JSON when it is ready, and runs until Ctrl-C or SIGTERM. Any AWS client can
    use it: set the environment variable AWS_ENDPOINT_URL to its address. A browser shows a page
    there.
    """
    with _extra_local():
        from bluegreen_cli.commands.local import Options, serve  # noqa: PLC0415 - as above

    serve(TEMPLATE, Options(**options))


@main.command(name="demo")
@_port
@click.option(
    "--speed",
    type=click.FloatRange(1, 1000),
    default=20,
    show_default=True,
    help="Seconds of virtual time per second of real time, to begin with.",
)
@click.option("--no-browser", is_flag=True, help="Print the address of the page, and open nothing.")
def show_demo(port: int, speed: float, *, no_browser: bool) -> None:
    """Show a deployment on a page in your browser, as it goes on.

    Serves the embedded AWS as 'bluegreen local' does, with an endpoint that has traffic, alarms and
    a canary under way. On the page you can break it, abort it and start others. Runs until Ctrl-C
    or SIGTERM.
    """
    with _extra_local():
        from bluegreen_cli.commands.local import demo  # noqa: PLC0415 - as above

    demo(TEMPLATE, port, speed, browser=not no_browser)


def _prices(context: object, option: object, values: tuple[str, ...]) -> dict[str, float]:
    try:
        prices = {key: float(value) for key, value in _pairs(context, option, values).items()}
    except ValueError as error:
        raise click.BadParameter(f"Expected a price in USD per instance-hour: {error}.") from error
    if not all(0 <= price < math.inf for price in prices.values()):
        raise click.BadParameter("A price must be a number of at least 0.")
    return prices


@main.command()
@click.argument("request", type=FileOrSample("request"))
@click.option(
    "--compare", is_flag=True, help="Compare with the same deployment in the other modes."
)
@click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw the plan into this file."
)
@click.option(
    "--world",
    type=FileOrSample("world"),
    help="Read endpoint, configs and alarms from this JSON file or sample, not from AWS.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print Findings, Plan and WouldBeRejected as JSON."
)
@click.option(
    "--price",
    "prices",
    metavar="TYPE=USD",
    multiple=True,
    callback=_prices,
    help="USD per hour of an instance type; can be given several times.",
)
@click.option(
    "--provisioning-seconds",
    type=click.IntRange(1, 28800),
    default=300,
    show_default=True,
    help="How long the green fleet, or a batch of it, takes to come up.",
)
@click.option(
    "--stack-name",
    default="bluegreen",
    show_default=True,
    help="The stack whose abort alarm a retained policy goes without.",
)
@_endpoint_url
def plan(request: Path, **options: Any) -> None:  # noqa: ANN401 - the members of Options
    """Check a request, and show its plan, its cost and all findings.

    REQUEST is a JSON file or the name of a sample. Reads the AWS account, or --world, and changes
    nothing. Exits with 11 if a deployment of the request would be REJECTED.
    """
    from bluegreen_cli.commands.plan import Options  # noqa: PLC0415 - as above
    from bluegreen_cli.commands.plan import plan as run  # noqa: PLC0415 - as above

    sys.exit(run(request, Options(**options)))


@main.group()
def policy() -> None:
    """Check and write the deployment policies of model package groups."""


@policy.command("check")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print Findings and WouldBeRejected as JSON.")
def check_policy(file: Path, *, as_json: bool) -> None:
    """Check a policy document without calling AWS.

    FILE is the document, in JSON. Exits with 11 if the policy is invalid: approvals would not
    start a deployment.
    """
    from bluegreen_cli.commands.policy import check  # noqa: PLC0415 - as above

    sys.exit(check(file, as_json=as_json))


@policy.command("put")
@click.argument("group", callback=_name_of("a model package group"))
@click.argument("file", type=FILE)
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def put_policy(group: str, file: Path, stack_name: str, endpoint_url: str | None) -> None:
    """Write the deployment policy of a model package group.

    FILE is the policy document, in JSON. It is checked first; if it is invalid, nothing is
    written, and the command exits with 11. Prints the name and the version of the SSM parameter
    that holds the policy of GROUP; it stands in the PolicyPath of the stack.
    """
    from bluegreen_cli.commands.policy import put  # noqa: PLC0415 - as above

    sys.exit(put(group, file, stack_name, endpoint_url))


@main.command()
@click.argument("endpoint", callback=_name_of("an endpoint"))
@click.option("--reason", required=True, help="Why, for the notifications and the record.")
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def abort(endpoint: str, reason: str, stack_name: str, endpoint_url: str | None) -> None:
    """Have the running deployment of ENDPOINT rolled back.

    Says what comes of it: SageMaker rolls back in a bake, so before the first one it waits. Exits
    with 0 also if no deployment runs, and with 1 if the one that runs cannot be aborted.
    """
    from bluegreen_cli.commands.abort import abort as run  # noqa: PLC0415 - as above

    sys.exit(run(endpoint, reason, stack_name, endpoint_url))


@main.command()
@click.argument("endpoint", callback=_name_of("an endpoint"))
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def forget(endpoint: str, stack_name: str, endpoint_url: str | None) -> None:
    """Remove what is kept for ENDPOINT: its records, its lock and its alarms.

    Neither the endpoint nor its endpoint configs are touched. Exits with 1, and removes nothing,
    while a deployment runs or waits.
    """
    from bluegreen_cli.commands.forget import forget as run  # noqa: PLC0415 - as above

    sys.exit(run(endpoint, stack_name, endpoint_url))


@main.group()
def notify() -> None:
    """Try the ways by which people and programs are told."""


@notify.command(name="test")
@click.option("--all", "each_kind", is_flag=True, help="Send one of each kind. Asks first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def test_notifications(
    *, each_kind: bool, yes: bool, stack_name: str, endpoint_url: str | None
) -> None:
    """Send a message to whoever is subscribed to the stack's notifications.

    Subject and text say that it is a test; its Event is TEST and its Severity INFO, so that a
    filter on either keeps it from where nobody wants it.
    """
    from bluegreen_cli.commands.notify import test as run  # noqa: PLC0415 - as above

    if each_kind and not yes:
        click.confirm(
            "Everybody who is subscribed gets about twenty test messages. Go on?", abort=True
        )
    sys.exit(run(stack_name, endpoint_url, each_kind=each_kind))


def _endpoint_or_none(context: object, option: object, value: str | None) -> str:
    return "" if value is None else _name_of("an endpoint")(context, option, value)


@main.command()
@click.argument("endpoint", required=False, callback=_endpoint_or_none)
@click.option(
    "--since",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    default="0001-01-01",
    show_default="all",
    help="Only what started on this day or later, as 2026-01-31, in UTC.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="How many deployments to show at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print Deployments and More as JSON.")
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def history(endpoint: str, **options: Any) -> None:  # noqa: ANN401 - the members of Options
    """List the deployments that have ended, the last one first.

    With ENDPOINT those of this endpoint, otherwise those of all. Deployments of release 0.1 are
    listed with their endpoint only. Reads the table of the stack.
    """
    from bluegreen_cli.commands.history import Options  # noqa: PLC0415 - as above
    from bluegreen_cli.commands.history import history as run  # noqa: PLC0415 - as above

    sys.exit(run(endpoint, Options(**options)))


@main.command()
@click.argument("deployment_id")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. [default: DEPLOYMENT_ID.html]",
)
@click.option(
    "--started-at",
    metavar="TIME",
    default="",
    help="Of several deployments with this id, the one whose start begins so: 2026-01-31.",
)
@click.option(
    "--endpoint",
    metavar="NAME",
    callback=_endpoint_or_none,
    help="Look among the deployments of this endpoint; those of release 0.1 are found so only.",
)
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def report(deployment_id: str, **options: Any) -> None:  # noqa: ANN401 - the members of Options
    """Write a report on a deployment that has ended, and print the path of its file.

    It is one HTML page that needs nothing else and runs nothing: verdict and why, what serves,
    timeline, what watched it, policy, findings, notifications. Reads the table of the stack.
    """
    from bluegreen_cli.commands.report import Options  # noqa: PLC0415 - as above
    from bluegreen_cli.commands.report import report as run  # noqa: PLC0415 - as above

    sys.exit(run(deployment_id, Options(**options)))


@main.command()
@click.argument("request", type=FILE)
@click.option("--wait", is_flag=True, help="Show the progress, and wait until the deployment ends.")
@click.option(
    "--json", "as_json", is_flag=True, help="With --wait: print a line of JSON for each change."
)
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def deploy(
    request: Path, *, wait: bool, as_json: bool, stack_name: str, endpoint_url: str | None
) -> None:
    """Start a deployment, and print its DeploymentId.

    REQUEST is a JSON file. With --wait, the exit code tells the verdict: 0 SUCCEEDED,
    10 ROLLED_BACK, 11 REJECTED, 12 FAILED, 13 ROLLBACK_FAILED, 14 SUPERSEDED, 15 TIMED_OUT. The
    exit code is 1 if the command itself failed.
    """
    if as_json and not wait:
        raise click.UsageError("--json works with --wait only.")
    from bluegreen_cli.commands.deploy import deploy as run  # noqa: PLC0415 - as above

    sys.exit(run(request, stack_name, endpoint_url, wait=wait, as_json=as_json))


@main.command()
@click.argument("endpoint", callback=_name_of("an endpoint"))
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each change.")
@click.option(
    "--stack-name", default="bluegreen", show_default=True, help="The stack of bluegreen to use."
)
@_endpoint_url
def watch(endpoint: str, *, as_json: bool, stack_name: str, endpoint_url: str | None) -> None:
    """See the deployment that runs on ENDPOINT, until it ends.

    In a terminal a screen shows it; a aborts it, q quits. Exits as deploy --wait does, by the
    verdict, and with 0 if no deployment runs.
    """
    from bluegreen_cli.commands.watch import watch as run  # noqa: PLC0415 - as above

    sys.exit(run(endpoint, stack_name, endpoint_url, as_json=as_json))
