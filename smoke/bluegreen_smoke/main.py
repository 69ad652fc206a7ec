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
@click.option("--profile", help="Profile of your AWS configuration; asked for if not given.")
@click.option("--region", help="Region to use; that of the profile if not given.")
@click.option("--yes", is_flag=True, help="Do not ask; you accept the cost.")
@click.option("--image", default="", help="Inference image in ECR to use instead of the default.")
@click.option(
    "--instance-type", default="ml.t2.medium", show_default=True, help="Type of the instances."
)
@click.option(
    "--instances",
    type=click.IntRange(2, 10),
    default=2,
    show_default=True,
    help="Instances of each fleet.",
)
@click.option("--endpoint-url", help="URL to call instead of AWS's own endpoints.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Also write the report here."
)
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
    """Deploy to a real AWS account, check what only it can show, and delete everything again.

    This costs money: it says how much, and asks, before it creates anything. Exits with 0 if
    everything is as expected, with 1 if a step failed or something could not be deleted, and with
    3 if all steps passed but AWS differs from what docs/fidelity.md says.
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
    """All steps of the run; what is created first is deleted last."""
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
    """The exit code of the command."""
    if not run.passed:
        return SOMETHING_FAILED
    return A_CLAIM_DIFFERS if any(row.verdict is Verdict.DIFFERS for row in rows) else 0


def _account(
    profile: str | None, region: str | None, endpoint_url: str | None, *, yes: bool
) -> Aws:
    """The account, asked for where it was not named."""
    if profile is None and not yes:
        known = ", ".join(boto3.Session().available_profiles) or "none"
        words = f"Profile (one of {known}; empty to use your environment)"
        profile = click.prompt(words, default="", show_default=False, err=True)
    profile = profile or None
    try:
        aws = Aws(profile, region, endpoint_url)
        if aws.region is None and not yes:
            aws = Aws(profile, click.prompt("Region", err=True), endpoint_url)
    except BotoCoreError as error:
        raise click.ClickException(str(error)) from error
    if aws.region is None:
        raise click.UsageError("Name the region with --region.")
    if yes and profile is None and not aws.embedded:
        raise click.UsageError("With --yes, name the profile with --profile.")
    return aws


def _say(line: str) -> None:
    click.echo(line, err=True)


def _stop_as_by_ctrl_c() -> None:
    """Let SIGTERM end the run like Ctrl-C: what was created is deleted."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
