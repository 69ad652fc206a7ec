"""`make smoke`: deploy to a real account, see what only it can show, and delete everything."""

import signal
import sys
from pathlib import Path
from types import FrameType

import boto3
import click
from botocore.exceptions import BotoCoreError

from bluegreen.clock import SystemClock
from bluegreen_smoke import alarm, canaries, capture, endpoint, preflight, report, stack, workflow
from bluegreen_smoke.aws import Aws
from bluegreen_smoke.claims import Row, Verdict
from bluegreen_smoke.run import Options, Smoke, new_name
from bluegreen_smoke.steps import Run, Step, run_steps

SOMETHING_FAILED = 1
A_CLAIM_DIFFERS = 3


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--profile", help="Of your AWS configuration; asked for if it is not given.")
@click.option("--region", help="The profile's own if it is not given.")
@click.option("--yes", is_flag=True, help="Ask nothing, and agree to the cost.")
@click.option("--image", default="", help="Another inference image in ECR than the default.")
@click.option("--instance-type", default="ml.t2.medium", show_default=True)
@click.option("--instances", type=click.IntRange(2, 10), default=2, show_default=True)
@click.option("--endpoint-url", help="Where to find AWS, if not at its own address.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON here.")
def main(  # noqa: PLR0913 - one for each option
    *,
    profile: str | None,
    region: str | None,
    yes: bool,
    image: str,
    instance_type: str,
    instances: int,
    endpoint_url: str | None,
    output: Path | None,
) -> None:
    """Run the smoke run. It costs money, says how much first, and deletes what it made.

    Exits with 0 when all holds, 1 when a step failed or something is left, 3 when all steps
    passed and a claim of docs/fidelity.md differs.
    """
    aws = _account(profile, region, endpoint_url, yes=yes)
    options = Options(instance_type, instances, image, agreed=yes)
    smoke = Smoke(new_name(), options, aws, SystemClock(), _say, profile)
    _stop_as_by_ctrl_c()
    rows: list[Row] = []
    run = run_steps(all_steps(smoke, rows), smoke.clock, _say)
    for line in [*report.table(rows), *report.summary(run)]:
        click.echo(line)
    if output:
        report.write(output, report.to_json(smoke, run, rows))
    sys.exit(exit_code(run, rows))


def all_steps(smoke: Smoke, rows: list[Row]) -> list[Step]:
    """The whole run; what is made first is deleted last."""
    return [
        *preflight.steps(smoke),
        *stack.steps(smoke),
        *workflow.steps(smoke),
        *capture.steps(smoke),
        *endpoint.steps(smoke),
        *alarm.steps(smoke),
        *canaries.steps(smoke),
        *report.steps(smoke, rows),
    ]


def exit_code(run: Run, rows: list[Row]) -> int:
    """How the command exits."""
    if not run.passed:
        return SOMETHING_FAILED
    return A_CLAIM_DIFFERS if any(row.verdict is Verdict.DIFFERS for row in rows) else 0


def _account(
    profile: str | None, region: str | None, endpoint_url: str | None, *, yes: bool
) -> Aws:
    """The account, asked for where it was not named."""
    if profile is None and not yes:
        known = ", ".join(boto3.Session().available_profiles) or "none"
        words = f"Profile (there are: {known}; empty: what your environment says)"
        profile = click.prompt(words, default="", show_default=False, err=True)
    profile = profile or None
    try:
        aws = Aws(profile, region, endpoint_url)
        if aws.region is None and not yes:
            aws = Aws(profile, click.prompt("Region", err=True), endpoint_url)
    except BotoCoreError as error:
        raise click.ClickException(str(error)) from error
    if aws.region is None:
        raise click.UsageError("Name a region with --region.")
    if yes and profile is None and not aws.embedded:
        raise click.UsageError("With --yes, name the profile with --profile.")
    return aws


def _say(line: str) -> None:
    click.echo(line, err=True)


def _stop_as_by_ctrl_c() -> None:
    """Let SIGTERM end the run as Ctrl-C does: what was made is deleted."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
