"""When an alarm that is put begins to warm up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bluegreen_simulator.aws.cloudwatch.records import Alarm
from bluegreen_simulator.rules.alarms.warm_up import WarmUp

MEMBER = "WarmUpConfiguration"


def begun(alarm: Alarm, before: Alarm | None) -> WarmUp | None:
    """The warm-up of an alarm, which may have been there `before`; None if it has none to do.

    It begins when the alarm is created or updated. Where it was over, an update of nothing but
    its length does not begin it anew (API, WarmUpConfiguration).
    """
    config = alarm.request.get(MEMBER)
    if not config or (before and _is_over(before) and _rest(before) == _rest(alarm)):
        return None
    until = alarm.configured_at + timedelta(minutes=config["WarmUpPeriodDurationInMinutes"])
    return WarmUp(until, config.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False))


def _is_over(alarm: Alarm) -> bool:
    return MEMBER in alarm.request and alarm.warm_up is None


def _rest(alarm: Alarm) -> Mapping[str, Any]:
    return {name: value for name, value in alarm.request.items() if name != MEMBER}
