"""What a command that followed a deployment says at the end: how it ended, or that it goes on."""

from collections.abc import Iterator

from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord, DryRunResult
from bluegreen.contract.times import from_text, to_the_second
from bluegreen.deployment.console import command
from bluegreen.deployment.evidence import rests_on
from bluegreen.sagemaker.observation import GONE
from bluegreen_cli.moment import THE_DEPLOYMENT, Moment
from bluegreen_cli.show.findings import finding_lines
from bluegreen_cli.show.plan import clock


def record_lines(record: DeploymentRecord) -> Iterator[str]:
    """How a deployment ended, why, what that rests on, and its findings."""
    yield f"{_verdict(record)}: {record['Reason']} {rests_on(record)}".strip()
    yield from _findings(record)


def _verdict(record: DeploymentRecord) -> str:
    trigger = f" ({record['Trigger']})" if "Trigger" in record else ""
    return f"{record['Verdict']}{trigger}"


def _findings(body: DeploymentRecord | DryRunResult) -> Iterator[str]:
    for line in finding_lines(Finding.from_json(finding) for finding in body["Findings"]):
        yield line.plain


def dry_run_lines(result: DryRunResult) -> Iterator[str]:
    """What a dry run found and planned."""
    rejected = result["WouldBeRejected"]
    yield f"A deployment would {'be REJECTED' if rejected else 'begin'}. Nothing was changed."
    yield from _findings(result)
    for stage in result["Plan"].get("Stages", []):
        after = clock(stage["StartsAfterSeconds"])
        yield f"  {after}  {stage['Stage']} {stage['TrafficPercent']} %"


def no_record(status: str) -> str:
    """That an execution left no record, and where the end is told all the same."""
    return (
        f"The execution ended with the status {status} and left no deployment record. If its"
        " deployment had begun, another execution goes on with it, and the notification says"
        " how it ended."
    )


def goes_on(deployment_id: str, endpoint: str, stack_name: str) -> str:
    """What to tell who stops looking."""
    name = endpoint or "ENDPOINT"
    watch = command(f"watch {name}", stack_name)
    abort = command(f"abort {name} --reason TEXT", stack_name)
    which = f"Deployment {deployment_id}" if deployment_id else "The deployment"
    return (
        f"{which} goes on without this command, and its notifications say how it ends. To see it"
        f" again, run {watch}; to have it rolled back, run {abort}."
    )


def nothing_runs(moment: Moment, last: DeploymentRecord | None) -> str:
    """That no deployment runs, what is served, and how the last one ended."""
    seen = moment.observation
    now = f" It serves {seen.serves}." if seen and seen.serves else ""
    if seen and seen.status == GONE:
        now = " There is no such endpoint."
    said = f"No deployment runs on endpoint {moment.endpoint}.{now}"
    if last is None:
        return said
    return (
        f"{said} The last one, {last['DeploymentId']}, ended {_verdict(last)} at"
        f" {to_the_second(from_text(last['EndedAt']))}: {last['Reason']}"
    )


def not_known(moment: Moment) -> str:
    """That it cannot be seen whether a deployment runs, or how it ended, and why."""
    why = moment.unknown.get(THE_DEPLOYMENT, "it left no record")
    now = f" The endpoint's status is {moment.doing}." if moment.doing else ""
    return (
        f"What becomes of the deployments of endpoint {moment.endpoint} is not known: {why}.{now}"
        " docs/watch.md lists the rights that this needs."
    )
