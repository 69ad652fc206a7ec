"""Asks CloudWatch for alarms of every type: metric alarms, composite ones and those on logs.

Shapes: `DescribeAlarmsOutput`, `AlarmType` (CloudWatch API).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from bluegreen.aws.errors import code_of, message_of

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType

Body = Mapping[str, Any]

KINDS: Final = ("MetricAlarms", "CompositeAlarms", "LogAlarms")
"""The members of DescribeAlarms that hold alarms."""

ALARM_TYPES: Final[tuple["AlarmTypeType", ...]] = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
"""Each has to be named, or its alarms are left out."""

WITHOUT_LOGS: Final[tuple["AlarmTypeType", ...]] = ("MetricAlarm", "CompositeAlarm")
"""What is asked for where CloudWatch does not know the newest type yet."""

PAGE: Final = 100
"""As many alarms as a call may name come in one answer."""

INVALID: Final = frozenset({"ValidationError", "ValidationException", "InvalidParameterValue"})


def describe_alarms(client: "CloudWatchClient", names: Sequence[str]) -> dict[str, list[Body]]:
    """The alarms of those names that are there, under the members that DescribeAlarms has.

    ClientError and BotoCoreError as botocore raises them.
    """
    found: Body = of_every_type(
        lambda types: client.describe_alarms(AlarmNames=names, AlarmTypes=types, MaxRecords=PAGE)
    )
    return {kind: found.get(kind, []) for kind in KINDS}


def of_every_type[T](ask: "Callable[[Sequence[AlarmTypeType]], T]") -> T:
    """What CloudWatch answers to who asks for alarms of all types.

    Where it refuses the call for the type of log alarms, there are none: the others are asked for
    again, for they must not be lost by that.
    """
    try:
        return ask(ALARM_TYPES)
    except ClientError as error:
        if not _refuses_log_alarms(error):
            raise
        return ask(WITHOUT_LOGS)


def _refuses_log_alarms(error: ClientError) -> bool:
    """Whether the call failed because of the type, as CloudWatch's words for enumerations say."""
    words = message_of(error).lower()
    return code_of(error) in INVALID and ("alarmtypes" in words or "logalarm" in words)
