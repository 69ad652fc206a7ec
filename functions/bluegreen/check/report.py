"""The check of a request: all of its findings, and its plan where there can be one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bluegreen.check.cloned_config import with_clone
from bluegreen.check.config_changes import config_changes
from bluegreen.check.forecast import Forecast
from bluegreen.check.guardrail_power import planned_guardrails
from bluegreen.check.guardrails import guarding_of
from bluegreen.check.not_asked import NotAsked, Result
from bluegreen.check.protection import protection_of
from bluegreen.check.retained_policy import with_retained_policy
from bluegreen.check.rules.account import check_account, check_quotas
from bluegreen.check.rules.alarms import check_alarms
from bluegreen.check.rules.bakes import check_bakes
from bluegreen.check.rules.config_changes import check_config_changes
from bluegreen.check.rules.coverage import check_coverage
from bluegreen.check.rules.exclusions import check_exclusions
from bluegreen.check.rules.fleet import check_fleet
from bluegreen.check.rules.guardrails import check_guardrails
from bluegreen.check.rules.ordinary_traffic import check_ordinary_traffic
from bluegreen.check.rules.presence import check_contents, check_presence
from bluegreen.check.rules.times import check_times
from bluegreen.check.situation import Situation
from bluegreen.contract.findings import Finding, bytes_of, one_of_a_kind, rejecting
from bluegreen.contract.plan import PlanDocument
from bluegreen.registry.clone_rules import check_clone_source
from bluegreen.request.request import Request
from bluegreen.request.waivers import waive
from bluegreen.sagemaker.schedule import PROVISIONING_SECONDS

CHECKS: Final[tuple[Callable[[Forecast], Iterator[Result]], ...]] = (
    check_contents,
    check_config_changes,
    check_exclusions,
    check_fleet,
    check_times,
    check_alarms,
    check_ordinary_traffic,
    check_coverage,
    check_bakes,
    check_account,
)
MOST_CONFIG_CHANGES: Final = 20
"""So many of them stand in a plan."""

CREATION_CHECKS: Final[tuple[Callable[[Forecast], Iterator[Result]], ...]] = (
    check_contents,
    check_quotas,
)
"""What can be checked of an endpoint that is yet to be created, which nothing guards."""


@dataclass(frozen=True)
class Checked:
    """What a check found.

    `request` is None where it is malformed, `forecast` where endpoint or config are not there.
    `not_checked` says in words what nobody asked to be checked.
    """

    findings: list[Finding]
    request: Request | None = None
    forecast: Forecast | None = None
    not_checked: tuple[str, ...] = ()

    @property
    def would_be_rejected(self) -> bool:
        """Whether a deployment of this request would end REJECTED."""
        return bool(rejecting(self.findings))

    @property
    def creates(self) -> bool:
        """Whether a deployment of this request creates its endpoint, as the requester accepted."""
        return self.forecast is not None and self.forecast.creates and not self.would_be_rejected

    @property
    def fleet(self) -> list[int]:
        """The instances of each variant of the green fleet, as far as they are known."""
        return list(self.forecast.green.values()) if self.forecast else []

    @property
    def to_send(self) -> Request:
        """The well-shaped request with its maximum execution time filled in."""
        assert self.request is not None
        return self.forecast.with_maximum if self.forecast else self.request.for_fleet([])

    @property
    def plan(self) -> PlanDocument | None:
        """The plan as JSON."""
        return plan_of(self.forecast, self.not_checked) if self.forecast else None


def check_situation(
    request: Request,
    situation: Situation,
    found: Iterable[Finding] = (),
    provisioning_seconds: int = PROVISIONING_SECONDS,
) -> Checked:
    """Check a well-shaped request in its situation, with its waivers used.

    `found` are findings on the request alone, which stand before those of the situation. The
    checked request has the endpoint's name as the endpoint has it: metrics know no other.
    """
    request = replace(request, endpoint_name=situation.true_name(request.endpoint_name))
    request, faults_of_policy = with_retained_policy(request, situation)
    findings = [*found, *check_presence(request, situation), *faults_of_policy]
    if situation.source and situation.exists:
        faults = list(check_clone_source(request, situation.source))
        findings += faults
        if not rejecting(faults):
            situation = with_clone(request, situation, situation.source)
    forecast, not_asked = None, []
    is_there = situation.exists or not request.model_package_arn
    if situation.requested and is_there and not request.retains_policy:
        forecast = Forecast(request, situation, situation.requested, provisioning_seconds)
        guarding = guarding_of(forecast)
        request = guarding.of(request)
        forecast = replace(forecast, request=request)
        results = [result for check in _checks_of(forecast) for result in check(forecast)]
        results += check_guardrails(forecast, guarding)
        findings += [result for result in results if isinstance(result, Finding)]
        not_asked = [result.words for result in results if isinstance(result, NotAsked)]
    waived = list(waive(one_of_a_kind(findings), request.allow_findings))
    return Checked(waived, request, forecast, tuple(dict.fromkeys(not_asked)))


def _checks_of(forecast: Forecast) -> tuple[Callable[[Forecast], Iterator[Result]], ...]:
    return CREATION_CHECKS if forecast.creates else CHECKS


def short_plan(checked: Checked, most: int) -> PlanDocument:
    """The plan with at most so many bytes of stages, and a third of that of changes or guardrails.

    The last ones are left out, and counted.
    """
    plan = checked.plan
    if plan is None:
        return {}
    stages, changes = plan["Stages"], plan.get("ConfigChanges", [])
    short: PlanDocument = {**plan, "Stages": _first_of(stages, most)}
    if len(short["Stages"]) < len(stages):
        short["StagesLeftOut"] = len(stages) - len(short["Stages"])
    if "ConfigChanges" in plan:
        short["ConfigChanges"] = _first_of(changes, most // 3)
        left_out = len(changes) - len(short["ConfigChanges"]) + plan.get("ConfigChangesLeftOut", 0)
        short |= {"ConfigChangesLeftOut": left_out} if left_out else {}
    if "Guardrails" in plan:
        short["Guardrails"] = _first_of(plan["Guardrails"], most // 3)
        left_out = len(plan["Guardrails"]) - len(short["Guardrails"])
        short |= {"GuardrailsLeftOut": left_out} if left_out else {}
    return short


def _first_of[T](items: list[T], most: int) -> list[T]:
    """As many as have so many bytes: all of them, half, a quarter and so on."""
    while bytes_of(items) > most:
        items = items[: len(items) // 2]
    return items


def plan_of(forecast: Forecast, not_checked: Sequence[str] = ()) -> PlanDocument:
    """The plan of a deployment that succeeds, as JSON."""
    schedule = forecast.schedule
    plan = PlanDocument(
        Mode=schedule.mode,
        Stages=[stage.to_json() for stage in schedule.stages],
        PredictedSeconds=schedule.seconds,
        LeastSeconds=schedule.least_seconds,
        MostSeconds=schedule.most_seconds,
    )
    maximum = None if forecast.creates else forecast.maximum_seconds
    if maximum is not None:
        plan["MaximumExecutionTimeoutInSeconds"] = maximum
    plan |= _changes_in(forecast)
    guardrails = planned_guardrails(forecast)
    if guardrails:
        plan["Guardrails"] = guardrails
    plan["Protection"] = [watch.to_json() for watch in protection_of(forecast)]
    plan["NotChecked"] = list(not_checked)
    return plan


def _changes_in(forecast: Forecast) -> PlanDocument:
    if forecast.creates or forecast.situation.live is None:
        return {}
    changes = [change.to_json() for change in config_changes(forecast)]
    plan = PlanDocument(ConfigChanges=changes[:MOST_CONFIG_CHANGES])
    if len(changes) > MOST_CONFIG_CHANGES:
        plan["ConfigChangesLeftOut"] = len(changes) - MOST_CONFIG_CHANGES
    return plan
