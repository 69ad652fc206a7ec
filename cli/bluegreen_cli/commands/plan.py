"""`bluegreen plan`: check a request against an account or a file, and show its plan."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypedDict, cast

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from bluegreen.aws.newer_alarms import show_newer_alarms
from bluegreen.aws.sagemaker.unknown_members import show_unknown_members
from bluegreen.aws.situation.situations import Situations
from bluegreen.check.alarm_reach import can_never_trip
from bluegreen.check.alarm_scope import variant_seen
from bluegreen.check.forecast import Forecast
from bluegreen.check.report import Checked, check_situation
from bluegreen.clock import SystemClock
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.findings import rejecting, to_list
from bluegreen.contract.plan import PlanDocument
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import FindingDocument
from bluegreen.contract.text import plain
from bluegreen.deployment.abort import abort_alarm_of
from bluegreen.deployment.judged import name_in_short
from bluegreen.registry import clone as green
from bluegreen.request.request import Request, check
from bluegreen.sagemaker.deployment_config import ROLLING, CapacitySize, Policy
from bluegreen.sagemaker.package_name import PackageName
from bluegreen.sagemaker.schedule import CREATION, PROVISIONING_SECONDS
from bluegreen_cli.account import Account
from bluegreen_cli.exit_codes import EXIT_CODES
from bluegreen_cli.prices import PRICES_REGION, PriceDocument, PriceList, Prices, price_of, types_in
from bluegreen_cli.request_file import read_json_file, read_request
from bluegreen_cli.show import plan as plan_view
from bluegreen_cli.show.config_changes import config_change_table
from bluegreen_cli.show.findings import show_findings
from bluegreen_cli.show.guardrails import guardrail_table
from bluegreen_cli.show.plan_drawing import Detection, Extras, drawing
from bluegreen_cli.show.protection import protection_table
from bluegreen_cli.world import World, WorldError, read_world

OTHER_MODES: Final = {"ALL_AT_ONCE": None, "CANARY": 10, "LINEAR": 10, ROLLING: 25}
"""What a request is compared with: the modes, and the percent of a step in each."""

DEFAULT_BAKE_SECONDS: Final = 300


@dataclass(frozen=True)
class Options:
    """The options of the command."""

    world: Path | None = None
    svg: Path | None = None
    compare: bool = False
    as_json: bool = False
    endpoint_url: str | None = None
    provisioning_seconds: int = PROVISIONING_SECONDS
    prices: Prices = field(default_factory=dict)
    stack_name: str = "bluegreen"


def plan(path: Path, options: Options) -> int:
    """Print the findings and the plan of the request in a file; the exit code."""
    checked, prices = _checked(read_request(path), options)
    if options.as_json:
        click.echo(json.dumps(to_json(checked, prices), indent=2))
    else:
        _show(checked, prices, options)
    if options.svg and checked.forecast:
        ids = [finding.id for finding in rejecting(checked.findings)]
        _write(options.svg, _drawn(checked.forecast, list(dict.fromkeys(ids))))
    return EXIT_CODES["REJECTED"] if checked.would_be_rejected else 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path.name} cannot be written: {error.strerror}.") from error


class PricedPlan(PlanDocument, total=False):
    """The plan with what it costs."""

    Price: PriceDocument
    """What the deployment costs beyond doing nothing."""


class PlanOutput(TypedDict):
    """What `--json` prints."""

    Findings: list[FindingDocument]
    """The findings, the worst first."""
    Plan: PricedPlan
    """The plan; empty where there can be none."""
    WouldBeRejected: bool
    """Whether a deployment of the request would end REJECTED."""


def to_json(checked: Checked, prices: Prices) -> PlanOutput:
    """The check as `--json` prints it."""
    plan = cast("PricedPlan", dict(checked.plan or {}))
    if checked.forecast:
        plan["Price"] = price_of(checked.forecast, prices).to_json()
    return {
        "Findings": to_list(checked.findings),
        "Plan": plan,
        "WouldBeRejected": checked.would_be_rejected,
    }


def _checked(raw: RequestDocument, options: Options) -> tuple[Checked, Prices]:
    findings = check(raw)
    if rejecting(findings):
        return Checked(findings), {}
    request = green.named(Request.from_json(raw))
    world = _world(request, options)
    checked = check_situation(request, world.situation, findings, options.provisioning_seconds)
    return checked, {**world.prices, **options.prices}


def _world(request: Request, options: Options) -> World:
    try:
        if options.world:
            return _of_stack(read_world(read_json_file(options.world), request), request, options)
        return _live(request, options)
    except (BotoCoreError, ClientError, BlueGreenError, WorldError) as error:
        raise click.ClickException(plain(str(error))) from error


def _of_stack(world: World, request: Request, options: Options) -> World:
    """The world of a file, which does not say what the stack's alarms are called."""
    own = abort_alarm_of(options.stack_name, request.endpoint_name)
    of_stack = replace(world.situation, abort_alarm=own, stack_name=options.stack_name)
    return replace(world, situation=of_stack)


def _live(request: Request, options: Options) -> World:
    """The user's own account, read with all that the user may.

    Which roles the stack may pass on is not asked: the deployment itself says that.
    """

    def client(service: str, region: str | None = None) -> Any:  # noqa: ANN401 - any of boto3's
        made: Any = boto3.client
        return made(service, endpoint_url=options.endpoint_url, region_name=region)

    sagemaker = show_unknown_members(client("sagemaker"))
    account = Account(options.stack_name, options.endpoint_url)
    guardrail_alarms = account.guardrail_alarms  # its answer tells AWS's time
    situation = Situations(
        clock=account.clock(SystemClock()),
        sagemaker=sagemaker,
        cloudwatch=show_newer_alarms(client("cloudwatch")),
        scaling=client("application-autoscaling"),
        quotas=client("service-quotas"),
        iam=client("iam"),
        stack_name=options.stack_name,
        guardrail_alarms=guardrail_alarms,
    ).of(request)
    price_list = PriceList(client("pricing", PRICES_REGION), sagemaker.meta.region_name)
    return World(situation, price_list.of(types_in(situation) - options.prices.keys()))


def _show(checked: Checked, prices: Prices, options: Options) -> None:
    console = Console(highlight=False)
    if checked.forecast:
        _show_plan(console, checked.forecast, prices)
    if checked.forecast and options.compare:
        ways = list(_alternatives(checked.forecast, prices))
        console.print(plan_view.comparison_table(ways))
    plan = checked.plan or {}
    for table in (guardrail_table(plan), protection_table(plan), config_change_table(plan)):
        if table:
            console.print(table)
    if checked.not_checked:
        line = plan_view.not_checked_line(checked.not_checked)
        console.print(line, soft_wrap=not console.is_terminal)
    show_findings(checked.findings, console)
    if checked.would_be_rejected:
        console.print("A deployment of this request would be REJECTED.", style="bold magenta")


def _show_plan(console: Console, forecast: Forecast, prices: Prices) -> None:
    """The creation of an endpoint has no chart, since no traffic shifts, and no maximum."""
    schedule = forecast.schedule
    console.print(plan_view.stage_table(schedule))
    if not forecast.creates:
        console.print(plan_view.share_chart(schedule))
        console.print()
    maximum = None if forecast.creates else forecast.maximum_seconds
    console.print(plan_view.length_line(schedule, maximum))
    console.print(plan_view.price_block(schedule, price_of(forecast, prices)))
    console.print()


def _alternatives(forecast: Forecast, prices: Prices) -> Iterator[plan_view.Alternative]:
    """The requested deployment, and the same one in each of the other modes; a creation alone."""
    if forecast.creates:
        price = price_of(forecast, prices)
        yield plan_view.Alternative(CREATION, forecast.schedule, price, requested=True)
        return
    for mode, percent in OTHER_MODES.items():
        requested = mode == forecast.policy.mode
        other = forecast if requested else in_mode(forecast, mode, percent)
        price = price_of(other, prices)
        yield plan_view.Alternative(_named(other), other.schedule, price, requested)


def in_mode(forecast: Forecast, mode: str, percent: int | None) -> Forecast:
    """The same case with bakes as long and another way for the traffic."""
    policy = forecast.policy
    wait = policy.wait_seconds or policy.termination_wait_seconds or DEFAULT_BAKE_SECONDS
    termination = policy.termination_wait_seconds or wait
    other = Policy(
        mode=mode,
        wait_seconds=0 if mode == "ALL_AT_ONCE" else wait,
        termination_wait_seconds=0 if mode == ROLLING else termination,
        size=CapacitySize("CAPACITY_PERCENT", percent) if percent else None,
        alarms=policy.alarms,
    )
    return replace(forecast, request=replace(forecast.request, policy=other))


def _named(forecast: Forecast) -> str:
    size, unit = forecast.policy.size, {"CAPACITY_PERCENT": " %", "INSTANCE_COUNT": ""}
    return f"{forecast.policy.mode} {size.value}{unit[size.type]}" if size else forecast.policy.mode


def _drawn(forecast: Forecast, rejected: Sequence[str]) -> str:
    package = PackageName.of(forecast.request.model_package_arn)
    target = f"model package {package.short}" if package else forecast.request.endpoint_config_name
    title = f"{forecast.request.endpoint_name} to {target}"
    shares = {variant: forecast.shares(variant) for variant in forecast.green}
    extras = Extras(rejected, {} if forecast.creates else shares)
    return drawing(forecast.schedule, list(_detections(forecast)), title, extras)


def _detections(forecast: Forecast) -> Iterator[Detection]:
    """When each alarm would trip; those of an endpoint that is yet to be created guard nothing.

    A guardrail's trips on what it is about alone: every request is refused, or far too late.
    """
    for name, alarm in () if forecast.creates else forecast.alarms.items():
        several = len(forecast.green) > 1
        variant = variant_seen(alarm, forecast.fleets) if several else ""
        if can_never_trip(alarm, forecast):
            yield Detection(name, None, None, variant)
        else:
            timing = forecast.timings[name]
            yield Detection(name, timing.earliest, timing.latest, variant)
    for guardrail in () if forecast.creates else forecast.request.guardrails:
        timing = forecast.timing_of_guardrail(guardrail)
        yield Detection(name_in_short(guardrail), timing.earliest, timing.latest)
