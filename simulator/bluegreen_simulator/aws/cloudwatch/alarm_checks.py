"""Which alarms can be created: what PutMetricAlarm refuses on AWS, and what is not modelled yet."""

from collections.abc import Mapping
from typing import Any, Final

from moto.cloudwatch.exceptions import ValidationError

from bluegreen_simulator.aws.cloudwatch.metric_alarms import watch_of
from bluegreen_simulator.aws.cloudwatch.requests import check_limits, not_modelled
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, MissingData, Rule

OF_EACH: Final = ("EvaluationPeriods", "ComparisonOperator", "Threshold")
REQUIRED: Final = ("Namespace", "MetricName", "Statistic", "Period", *OF_EACH)
MODELLED: Final = {
    *REQUIRED,
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "DatapointsToAlarm",
    "Dimensions",
    "InsufficientDataActions",
    "OKActions",
    "Tags",
    "TreatMissingData",
}
"""The members of an alarm on a simple statistic of one metric: those that a scenario may have."""

OF_OTHERS: Final = {
    "EvaluateLowSampleCountPercentile",
    "EvaluationWindow",
    "ExtendedStatistic",
    "Metrics",
    "Unit",
    "WarmUpConfiguration",
}
ONE_METRIC: Final = (
    "Namespace",
    "MetricName",
    "Dimensions",
    "Period",
    "Unit",
    "Statistic",
    "ExtendedStatistic",
)
"""What an alarm with Metrics cannot have."""

ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")
HIGH_RESOLUTION: Final = (10, 20, 30)
HOUR: Final = 3600
DAY: Final = 24 * HOUR
BY_THE_CLOCK: Final = (1, 5, 60, 24 * 60)
WEEK: Final = 7 * 24 * 60
"""Periods of a WallClockWindow, in minutes; on which day a week begins AWS does not say."""


def check_alarm(params: Mapping[str, Any], account_id: str = "") -> MetricAlarm:
    """Refuse a PutMetricAlarm that AWS would refuse, or whose alarm could not be evaluated.

    What comes back is what the alarm watches.
    """
    check_limits("PutMetricAlarm", params)
    _check_modelled(params)
    _check_members(params)
    check_missing_data(params)
    low = "EvaluateLowSampleCountPercentile"
    _check_option(low, params, "evaluate and ignore", ["evaluate", "ignore"])
    if "Period" in params:
        _check_period(params["Period"])
    watch = watch_of(params, account_id)
    _check_periods(watch.rule.minutes * 60, params)
    _check_window(watch.rule)
    return watch


def check_missing_data(params: Mapping[str, Any]) -> None:
    """Refuse a TreatMissingData that CloudWatch does not have."""
    _check_option("TreatMissingData", params, ", ".join(MissingData), list(MissingData))


def check_comparison(params: Mapping[str, Any]) -> None:
    """Refuse what compares with a band of anomalies."""
    if params.get("ComparisonOperator") not in {*COMPARISONS, None}:
        raise not_modelled(f"Anomaly detection (ComparisonOperator {params['ComparisonOperator']})")


def check_actions(params: Mapping[str, Any]) -> None:
    """Refuse actions that would never be taken."""
    for action in (action for name in ACTIONS for action in params.get(name, [])):
        if ":sns:" not in action:
            raise not_modelled(f"The alarm action {action}")


def _check_period(period: int) -> None:
    """Refuse a period that CloudWatch, or the simulator, does not have."""
    if period in HIGH_RESOLUTION:
        raise not_modelled(f"A high-resolution alarm (Period {period})")
    if period % 60:
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60.")


def _check_modelled(params: Mapping[str, Any]) -> None:
    known = MODELLED | OF_OTHERS
    others = sorted(name for name, value in params.items() if value and name not in known)
    if others:
        raise not_modelled(f"PutMetricAlarm with {', '.join(others)}")
    check_comparison(params)
    check_actions(params)


def _check_members(params: Mapping[str, Any]) -> None:
    if "Metrics" in params:
        both = [name for name in ONE_METRIC if name in params]
        if both:
            raise ValidationError(f"An alarm with Metrics cannot have {', '.join(both)}.")
        required: tuple[str, ...] = OF_EACH
    else:
        required = ("Namespace", "MetricName", "Period", *OF_EACH)
        if ("Statistic" in params) == ("ExtendedStatistic" in params):
            raise ValidationError(
                "An alarm on a single metric requires Statistic or ExtendedStatistic, not both."
            )
    for name in required:
        if name not in params:
            raise ValidationError(f"An alarm on a static threshold requires {name}.")


def _check_option(name: str, params: Mapping[str, Any], supported: str, options: list[str]) -> None:
    if name in params and params[name] not in options:
        raise ValidationError(
            f"Option {params[name]} is not supported. Supported options for parameter"
            f" {name} are {supported}."
        )


def _check_periods(period: int, params: Mapping[str, Any]) -> None:
    periods = params["EvaluationPeriods"]
    if params.get("DatapointsToAlarm", 1) > periods:
        raise ValidationError("DatapointsToAlarm must not be greater than EvaluationPeriods.")
    longest = DAY if period < HOUR else 7 * DAY
    if period * periods > longest:
        raise ValidationError(f"EvaluationPeriods * Period must not be greater than {longest}.")


def _check_window(rule: Rule) -> None:
    """Refuse a period that CloudWatch does not align to the clock, or not as it is known here."""
    if rule.clock is None:
        return
    if rule.minutes == WEEK:
        raise not_modelled("A WallClockWindow of a week")
    if rule.minutes not in BY_THE_CLOCK:
        raise ValidationError(
            "With a WallClockWindow the period must be 60, 300, 3600, 86400 or 604800."
        )
