"""Which alarms on logs can be made. Their queries never run: only SetAlarmState moves them.

Source: API reference, `PutLogAlarm`. The words of refusals are assumed.
"""

from collections.abc import Mapping
from typing import Any, Final

from moto.cloudwatch.exceptions import ValidationError

from bluegreen_simulator.aws.cloudwatch.alarm_checks import (
    check_actions,
    check_comparison,
    check_missing_data,
)

NOT_MODELLED: Final = (
    "ActionConfiguration",
    "ActionLogLineCount",
    "ActionLogLineRoleArn",
    "WarmUpConfiguration",
)
MOST_RESULTS: Final = 100


def check(params: Mapping[str, Any]) -> None:
    """Refuse a PutLogAlarm that AWS would refuse."""
    check_actions(params)
    check_comparison(params)
    check_missing_data(params)
    if params["QueryResultsToEvaluate"] > MOST_RESULTS:
        raise ValidationError(f"QueryResultsToEvaluate must not be greater than {MOST_RESULTS}.")
    if params["QueryResultsToAlarm"] > params["QueryResultsToEvaluate"]:
        raise ValidationError(
            "QueryResultsToAlarm must not be greater than QueryResultsToEvaluate."
        )
    schedule = params["ScheduledQueryConfiguration"]["ScheduleConfiguration"]
    if schedule.get("EndTimeOffset", 0) >= schedule["StartTimeOffset"]:
        raise ValidationError("EndTimeOffset must be less than StartTimeOffset.")
