"""Whether the alarms exist, are not tripped already, and watch the fleets of this endpoint."""

import re
from collections.abc import Iterator
from typing import Final

from bluegreen.check.alarm_scope import AlarmScope, ComparedFleets
from bluegreen.check.forecast import Forecast
from bluegreen.check.rules.alarm_metrics import check_metric
from bluegreen.check.situation import Alarm
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import and_listed, plain, quoted
from bluegreen.contract.times import to_text
from bluegreen.sagemaker.deployment_config import MOST_ALARMS
from bluegreen.sagemaker.metrics import resembled

ALARM_ARN: Final = re.compile(r"arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(?P<name>.+)")


def check_alarms(forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with each of the alarms, and which of them watch both fleets."""
    request, of_guardrails = forecast.request, {each.alarm for each in forecast.guardrails}
    if len(set(request.alarms)) < len(request.alarms):
        yield _named_twice(request.alarms)
    if not request.alarms:
        yield _none(forecast)
    yield from _check_number(forecast)
    names = tuple(dict.fromkeys(n for n in forecast.policy.alarms if n not in of_guardrails))
    if names and forecast.situation.alarms is None:
        yield _unknown(forecast)
        return
    for name in names:
        alarm = forecast.alarms.get(name)
        yield from _missing(name) if alarm is None else _check_alarm(alarm, forecast)
    of_both = [name for name in names if forecast.scopes.get(name) is AlarmScope.BOTH]
    if of_both:
        yield _see_both_fleets(of_both)


def _check_alarm(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    yield from _check_state(alarm, forecast)
    yield from _check_kind(alarm, forecast)
    yield from _check_scope(alarm, forecast)
    yield from check_metric(alarm, forecast)


def _none(forecast: Forecast) -> Finding:
    asked = forecast.request.asked is not None and forecast.request.asked.guardrails
    guardrails = ", and none of its guardrails can be made" if asked else ""
    message = (
        f"The request names no alarm{guardrails}. Bakes are only pauses then, and SageMaker rolls"
        " back only if the green fleet does not start."
    )
    ask = "" if asked else " ask for Guardrails,"
    fix = (
        f"Name alarms in DeploymentConfig.AutoRollbackConfiguration,{ask} or add no-alarms to"
        " AllowFindings to deploy without any."
    )
    return Finding("no-alarms", "ERROR", message, fix)


def _check_number(forecast: Forecast) -> Iterator[Finding]:
    """Yield whether SageMaker takes so many alarms (API, AutoRollbackConfig: ten at most).

    Without guardrails a deployment may do without an abort alarm, since all of the alarms are
    wanted; of guardrails there may be fewer.
    """
    own, guards = len(forecast.policy.alarms), len(forecast.guardrails)
    aborts = int(forecast.situation.makes_abort_alarm)
    if guards and own + guards + aborts > MOST_ALARMS:
        yield _too_many(own, guards, aborts)
    elif not guards and own >= MOST_ALARMS:
        yield _no_room_for_abort()


def _too_many(own: int, guards: int, aborts: int) -> Finding:
    total = own + guards + aborts
    parts = [f"{own} that the request names"] if own else []
    parts += [f"{guards} of guardrails", *["the abort alarm of the stack"] * aborts]
    *first, last = parts
    message = (
        f"The deployment has {total} alarms, and SageMaker takes {MOST_ALARMS} at most:"
        f" {', '.join(first)} and {last}."
    )
    fix = (
        "Ask for fewer guardrails, with a list in Guardrails: each of them has an alarm for every"
        " variant that changes."
    )
    if own:
        fix = f"Name {total - MOST_ALARMS} fewer, or ask{fix.removeprefix('Ask')}"
    return Finding("too-many-alarms", "ERROR", message, fix)


def _no_room_for_abort() -> Finding:
    message = (
        f"The request names {MOST_ALARMS} alarms, as many as SageMaker takes. The abort alarm of"
        " the stack has no place among them, so the deployment cannot be aborted."
    )
    fix = f"Name at most {MOST_ALARMS - 1}; a composite alarm can stand for several."
    return Finding("no-room-for-abort", "WARNING", message, fix)


def _named_twice(names: tuple[str, ...]) -> Finding:
    twice = next(name for name in names if names.count(name) > 1)
    message = f"The alarm {quoted(twice)} is named {names.count(twice)} times."
    fix = "Name each alarm once; perhaps another one was meant."
    return Finding("alarm-named-twice", "WARNING", message, fix)


def _unknown(forecast: Forecast) -> Finding:
    why = forecast.situation.why_unknown("alarms")
    message = f"Whether the alarms exist and can trip is not known: {why}."
    return Finding("alarms-not-checked", "WARNING", message, "Allow cloudwatch:DescribeAlarms.")


def _missing(name: str) -> Iterator[Finding]:
    arn = ALARM_ARN.fullmatch(name)
    if arn:
        message = f"{quoted(name)} is the ARN of an alarm, but SageMaker wants its name."
        yield Finding("alarm-missing", "ERROR", message, f"Name it {quoted(arn['name'])}.")
        return
    message = f"There is no alarm {quoted(name)} in this account and Region."
    fix = "Create the alarm, or remove it from the request."
    yield Finding("alarm-missing", "ERROR", message, fix, name)


# ---- Its state -------------------------------------------------------------------------------


def _check_state(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    scope = forecast.scopes[alarm.name]
    if alarm.state == "ALARM":
        message = (
            f"The alarm {quoted(alarm.name)} is already in ALARM, so SageMaker would roll back in"
            " the first bake."
        )
        fix = "Fix the cause, or remove the alarm from the request."
        yield Finding("alarm-in-alarm", "ERROR", message, fix, alarm.name)
    if alarm.fails_to_evaluate:
        yield _fails_to_evaluate(alarm)
    elif alarm.state == "INSUFFICIENT_DATA" and forecast.warms_up(alarm):
        yield _warming_up(alarm)
    elif alarm.state == "INSUFFICIENT_DATA":
        yield _no_data(alarm, scope)
    if scope is AlarmScope.GREEN and alarm.metric and alarm.missing_data == "breaching":
        message = (
            f"The alarm {quoted(alarm.name)} treats missing data as breaching. The green fleet has"
            " no data before its first request, so the alarm would roll back at once."
        )
        fix = "Set TreatMissingData of the alarm to notBreaching."
        yield Finding("alarm-breaching-before-traffic", "ERROR", message, fix, alarm.name)


def _fails_to_evaluate(alarm: Alarm) -> Finding:
    message = (
        f"CloudWatch cannot evaluate the alarm {quoted(alarm.name)} (EvaluationState), so it cannot"
        " trip as it is."
    )
    fix = "Mend what its StateReason names: a permission, or its expression."
    return Finding("alarm-not-evaluated", "WARNING", message, fix, alarm.name)


def _warming_up(alarm: Alarm) -> Finding:
    assert alarm.warms_up_until is not None
    message = (
        f"The alarm {quoted(alarm.name)} warms up until {to_text(alarm.warms_up_until)}: until then"
        " it may stay in INSUFFICIENT_DATA, whatever green does."
    )
    fix = "Wait until then, or shorten its WarmUpConfiguration."
    return Finding("alarm-warming-up", "WARNING", message, fix, alarm.name)


def _no_data(alarm: Alarm, scope: AlarmScope) -> Finding:
    message = f"The alarm {quoted(alarm.name)} has no data (INSUFFICIENT_DATA)"
    if scope is AlarmScope.GREEN:
        message += ": it watches the green fleet alone, which has no traffic yet."
        return Finding("alarm-insufficient-data", "INFO", message, subject=alarm.name)
    fix = "Check its metric and its dimensions, and set its TreatMissingData to notBreaching."
    return Finding("alarm-insufficient-data", "WARNING", f"{message}.", fix, alarm.name)


# ---- What kind of alarm it is ----------------------------------------------------------------


def _check_kind(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    name = quoted(alarm.name)
    if alarm.composite:
        message = (
            f"The alarm {name} is a composite alarm. AWS does not document whether SageMaker"
            " watches those."
        )
        fix = "Name the metric alarms that it is made of."
        yield Finding("alarm-composite", "WARNING", message, fix, alarm.name)
    elif alarm.log:
        message = (
            f"The alarm {name} is an alarm on logs. AWS does not document whether SageMaker watches"
            " those."
        )
        fix = "Name an alarm on Invocation5XXErrors or ModelLatency beside it."
        yield Finding("alarm-on-logs", "WARNING", message, fix, alarm.name)
    elif why := _why_not_judged(alarm, forecast):
        message = f"Whether the alarm {name} can trip in a bake was not checked, because {why}."
        yield Finding("alarm-not-judged", "INFO", message, subject=alarm.name)


def _why_not_judged(alarm: Alarm, forecast: Forecast) -> str:
    """Why nothing says when it trips, as it stands within a sentence; empty: something does."""
    if alarm.open_ended:
        return "it asks for more than the metrics that it names"
    if alarm.expression:
        return "it watches an expression"
    metric = alarm.metric
    if metric and forecast.scopes[alarm.name] is AlarmScope.UNKNOWN:
        return _unknown_metric(metric.namespace, known=forecast.knows(alarm))
    return "its window follows the clock (WallClockWindow)" if alarm.by_the_clock else ""


def _unknown_metric(namespace: str, *, known: bool) -> str:
    shown, like = quoted(namespace), resembled(namespace)
    if known:
        return "its metric is of one instance, container or inference component"
    if like:
        return f"its namespace {shown} is not known; SageMaker's is {quoted(like)}"
    return f"its namespace {shown} is not one of SageMaker's, so nothing is known of its metric"


# ---- What it sees ----------------------------------------------------------------------------

_SCOPES: Final = {
    AlarmScope.NO_VARIANT: (
        "alarm-without-variant",
        "names no VariantName, without which SageMaker publishes no such metric, so it never trips",
    ),
    AlarmScope.OTHER_ACCOUNT: (
        "alarm-other-account",
        "watches a metric of another account, where this endpoint is not",
    ),
    AlarmScope.OTHER_ENDPOINT: ("alarm-other-endpoint", "does not watch this endpoint"),
    AlarmScope.OTHER_VARIANT: (
        "alarm-other-variant",
        "watches a VariantName that the new config does not have",
    ),
    AlarmScope.OTHER_CONFIG: (
        "alarm-old-config",
        "watches an EndpointConfigName that is neither the requested nor the live one",
    ),
    AlarmScope.BLUE: (
        "alarm-sees-only-blue",
        "watches only the blue fleet, because its EndpointConfigName is the live one",
    ),
}


def _check_scope(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    scope = forecast.scopes[alarm.name]
    if scope in _SCOPES:
        yield _wrong_dimensions(alarm, scope, forecast.fleets)


def _see_both_fleets(names: list[str]) -> Finding:
    alarms = f"The alarm {quoted(names[0])} watches"
    if len(names) > 1:
        alarms = f"The alarms {and_listed(names)} watch"
    message = f"{alarms} both fleets together, so errors of the blue fleet also roll back."
    fix = (
        "Add the requested EndpointConfigName to the dimensions, or accept that blue's errors also"
        " roll back."
    )
    return Finding("alarm-sees-both-fleets", "INFO", message, fix)


def _wrong_dimensions(alarm: Alarm, scope: AlarmScope, fleets: ComparedFleets) -> Finding:
    id_, what = _SCOPES[scope]
    dimensions = sorted(alarm.metrics[0].dimensions.items())
    shown = plain(", ".join(f"{key}={value}" for key, value in dimensions), 200)
    message = f"The alarm {quoted(alarm.name)} {what}. Its dimensions: {shown}."
    variants = " or ".join(sorted(fleets.variants))
    fix = (
        f"Set them to EndpointName={fleets.endpoint_name} and VariantName={variants}. Add"
        f" EndpointConfigName={fleets.requested.name} to watch the green fleet alone."
    )
    if scope is AlarmScope.OTHER_ACCOUNT:
        fix = "Remove AccountId from its query: the metrics of this endpoint are in this account."
    return Finding(id_, "ERROR", message, fix, alarm.name)
