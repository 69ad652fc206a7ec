"""Which alarms can be made: what PutMetricAlarm refuses on AWS, and what is not modelled yet."""

from collections.abc import Mapping
from typing import Any, Final

from moto.cloudwatch.exceptions import ValidationError

from bluegreen_simulator.alarms.rule import COMPARISONS, MissingData
from bluegreen_simulator.aws.constraints import summary, violations

REQUIRED: Final = ("Namespace", "MetricName", "Statistic", "Period", "Threshold")
MODELLED: Final = {
    *REQUIRED,
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "InsufficientDataActions",
    "OKActions",
    "Tags",
    "TreatMissingData",
}
ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")
HIGH_RESOLUTION: Final = (10, 20, 30)
HOUR: Final = 3600
DAY: Final = 24 * HOUR


def not_modelled(what: str) -> ValidationError:
    """The error for what AWS can do and the simulator cannot; it never skips in silence."""
    return ValidationError(f"{what} is not modelled yet by the simulator.")


def check_alarm(params: Mapping[str, Any]) -> None:
    """Refuse a PutMetricAlarm that AWS would refuse, or whose alarm could not be evaluated."""
    broken = violations("cloudwatch", "PutMetricAlarm", params)
    if broken:
        raise ValidationError(summary(broken))
    _check_modelled(params)
    _check_periods(params)
    treatment = params.get("TreatMissingData", "missing")
    if treatment not in list(MissingData):
        raise ValidationError(
            f"Option {treatment} is not supported. Supported options for parameter"
            f" TreatMissingData are {', '.join(MissingData)}."
        )


def _check_modelled(params: Mapping[str, Any]) -> None:
    others = sorted(name for name, value in params.items() if value and name not in MODELLED)
    if others:
        raise not_modelled(f"PutMetricAlarm with {', '.join(others)}")
    for name in REQUIRED:
        if name not in params:
            raise ValidationError(f"An alarm on a single metric requires {name}.")
    if params["ComparisonOperator"] not in COMPARISONS:
        raise not_modelled(f"ComparisonOperator {params['ComparisonOperator']}")
    for action in (action for name in ACTIONS for action in params.get(name, [])):
        if ":sns:" not in action:
            raise not_modelled(f"The alarm action {action}")


def _check_periods(params: Mapping[str, Any]) -> None:
    period, periods = params["Period"], params["EvaluationPeriods"]
    if period in HIGH_RESOLUTION:
        raise not_modelled(f"A high-resolution alarm (Period {period})")
    if period % 60:
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60.")
    if params.get("DatapointsToAlarm", 1) > periods:
        raise ValidationError("DatapointsToAlarm must not be greater than EvaluationPeriods.")
    longest = DAY if period < HOUR else 7 * DAY
    if period * periods > longest:
        raise ValidationError(f"EvaluationPeriods * Period must not be greater than {longest}.")
