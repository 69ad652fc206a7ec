"""Whether the alarms exist, are not tripped already, and watch the fleets of this endpoint."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.alarm_scope import AlarmScope, ComparedFleets
from bluegreen.check.forecast import Forecast
from bluegreen.check.rules.alarm_metrics import check_metric
from bluegreen.check.situation import Alarm
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import listed, plain, quoted
from bluegreen.sagemaker.deployment_config import MOST_ALARMS


def check_alarms(forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with each of the alarms, and which of them watch both fleets."""
    names = tuple(dict.fromkeys(forecast.policy.alarms))
    if len(names) < len(forecast.policy.alarms):
        yield _named_twice(forecast.policy.alarms)
    if not names:
        yield _none()
    if len(forecast.policy.alarms) >= MOST_ALARMS:
        yield _no_room_for_abort()
    if names and forecast.situation.alarms is None:
        yield _unknown(forecast)
        return
    for name in names:
        alarm = forecast.alarms.get(name)
        if alarm is None:
            yield _missing(name)
        else:
            yield from _check_state(alarm, forecast.scopes[name])
            yield from _check_scope(alarm, forecast)
            yield from check_metric(alarm, forecast)
    of_both = [name for name, scope in forecast.scopes.items() if scope is AlarmScope.BOTH]
    if of_both:
        yield _see_both_fleets(of_both)


def _none() -> Finding:
    message = (
        "The request names no alarm. Bakes are only pauses then, and SageMaker rolls back only if"
        " the green fleet does not start."
    )
    fix = "Name alarms in DeploymentConfig.AutoRollbackConfiguration."
    return Finding("no-alarms", "WARNING", message, fix)


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


def _missing(name: str) -> Finding:
    message = f"There is no alarm {quoted(name)} in this account and Region."
    fix = "Create the alarm, or remove it from the request."
    return Finding("alarm-missing", "ERROR", message, fix)


def _check_state(alarm: Alarm, scope: AlarmScope) -> Iterator[Finding]:
    if alarm.state == "ALARM":
        message = (
            f"The alarm {quoted(alarm.name)} is already in ALARM, so SageMaker would roll back in"
            " the first bake."
        )
        fix = "Fix the cause, or remove the alarm from the request."
        yield Finding("alarm-in-alarm", "ERROR", message, fix)
    if alarm.state == "INSUFFICIENT_DATA":
        yield _no_data(alarm, scope)
    if scope is AlarmScope.GREEN and alarm.metric and alarm.missing_data == "breaching":
        message = (
            f"The alarm {quoted(alarm.name)} treats missing data as breaching. The green fleet has"
            " no data before its first request, so the alarm would roll back at once."
        )
        fix = "Set TreatMissingData of the alarm to notBreaching."
        yield Finding("alarm-breaching-before-traffic", "ERROR", message, fix)


def _no_data(alarm: Alarm, scope: AlarmScope) -> Finding:
    message = f"The alarm {quoted(alarm.name)} has no data (INSUFFICIENT_DATA)"
    if scope is AlarmScope.GREEN:
        message += ": it watches the green fleet alone, which has no traffic yet."
        return Finding("alarm-insufficient-data", "INFO", message)
    fix = "Check its metric and its dimensions, and set its TreatMissingData to notBreaching."
    return Finding("alarm-insufficient-data", "WARNING", f"{message}.", fix)


_SCOPES: Final = {
    AlarmScope.NO_VARIANT: (
        "alarm-without-variant",
        "names no VariantName, without which SageMaker publishes no metric, so it never trips",
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
    name, scope = quoted(alarm.name), forecast.scopes[alarm.name]
    if alarm.composite:
        message = (
            f"The alarm {name} is a composite alarm. AWS does not document whether SageMaker"
            " watches those."
        )
        fix = "Name the metric alarms that it is made of."
        yield Finding("alarm-composite", "WARNING", message, fix)
    elif scope is AlarmScope.UNKNOWN or alarm.expression:
        why = (
            "it watches an expression" if alarm.expression else "bluegreen does not know its metric"
        )
        message = f"Whether the alarm {name} can trip in a bake was not checked, because {why}."
        yield Finding("alarm-not-judged", "INFO", message)
    if scope in _SCOPES:
        yield _wrong_dimensions(alarm, scope, forecast.fleets)


def _see_both_fleets(names: list[str]) -> Finding:
    alarms = f"The alarm {quoted(names[0])} watches"
    if len(names) > 1:
        alarms = f"The alarms {listed(names)} watch"
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
    return Finding(id_, "ERROR", message, fix)
