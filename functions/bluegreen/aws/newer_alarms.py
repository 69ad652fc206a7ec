"""Shows what CloudWatch says of alarms and the AWS SDK in use does not know yet.

botocore drops members of an answer that its model of the API lacks, and the botocore of Lambda may
be older than CloudWatch's alarms. Without this an alarm on logs would be told as missing, and one
that is warming up as one that may trip. Shapes: `DescribeAlarmsOutput`, `MetricAlarm`, `LogAlarm`
(CloudWatch API).
"""

from typing import TYPE_CHECKING, Any, Final

from botocore.model import OperationModel, ShapeResolver
from botocore.parsers import create_parser

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


def _structure(**members: str) -> Any:  # noqa: ANN401 - botocore's stubs want shapes
    return {
        "type": "structure",
        "members": {name: {"shape": shape} for name, shape in members.items()},
    }


def _list_of(shape: str) -> Any:  # noqa: ANN401 - as above
    return {"type": "list", "member": {"shape": shape}}


NEWER: Final = {
    "EvaluationCriteria": "EvaluationCriteria",
    "EvaluationState": "Text",
    "EvaluationWindow": "EvaluationWindow",
    "WarmUpConfiguration": "WarmUp",
}
"""What metric alarms have had since 2022."""

SHAPES: Final[Any] = {
    "Answer": {
        **_structure(MetricAlarms="MetricAlarms", LogAlarms="LogAlarms"),
        "resultWrapper": "DescribeAlarmsResult",  # of the protocol that older SDKs speak
    },
    "MetricAlarms": _list_of("MetricAlarm"),
    "MetricAlarm": _structure(**NEWER),
    "LogAlarms": _list_of("LogAlarm"),
    "LogAlarm": _structure(
        AlarmName="Text",
        AlarmArn="Text",
        AlarmConfigurationUpdatedTimestamp="Moment",
        StateValue="Text",
        StateReason="Text",
        StateReasonData="Text",
        StateUpdatedTimestamp="Moment",
        StateTransitionedTimestamp="Moment",
        EvaluationState="Text",
        ScheduledQueryConfiguration="Query",
        QueryResultsToEvaluate="Whole",
        QueryResultsToAlarm="Whole",
        Threshold="Number",
        ComparisonOperator="Text",
        TreatMissingData="Text",
        WarmUpConfiguration="WarmUp",
    ),
    "Query": _structure(
        QueryString="Text",
        AggregationExpression="Text",
        ScheduleConfiguration="Schedule",
    ),
    "Schedule": _structure(
        ScheduleExpression="Text", StartTimeOffset="Whole", EndTimeOffset="Whole"
    ),
    "WarmUp": _structure(
        WarmUpPeriodDurationInMinutes="Whole",
        OnlyStartEvaluatingAfterWarmUpPeriodEnds="Flag",
    ),
    "EvaluationWindow": _structure(SlidingWindow="SlidingWindow", WallClockWindow="WallClock"),
    "SlidingWindow": _structure(),
    "WallClock": _structure(Timezone="Text"),
    "EvaluationCriteria": _structure(PromQLCriteria="PromQL"),
    "PromQL": _structure(Query="Text", PendingPeriod="Whole", RecoveryPeriod="Whole"),
    "Text": {"type": "string"},
    "Moment": {"type": "timestamp"},
    "Whole": {"type": "integer"},
    "Number": {"type": "double"},
    "Flag": {"type": "boolean"},
}

ANSWER: Final = ShapeResolver(SHAPES).get_shape_by_name("Answer")


def show_newer_alarms(client: "CloudWatchClient") -> "CloudWatchClient":
    """Let DescribeAlarms of this client show alarms on logs, and what is new of metric alarms."""
    answer: Any = client.meta.service_model.operation_model("DescribeAlarms").output_shape
    known = answer.members["MetricAlarms"].member.members.keys()
    if "LogAlarms" not in answer.members or not known >= NEWER.keys():
        client.meta.events.register(
            "after-call.cloudwatch.DescribeAlarms", _show, unique_id="newer-alarms"
        )
    return client


def _show(http_response: Any, parsed: dict[str, Any], model: OperationModel, **_: object) -> None:  # noqa: ANN401 - botocore has no types
    if "Error" in parsed:
        return
    answer: Any = {
        "body": http_response.content,
        "headers": http_response.headers,
        "status_code": http_response.status_code,
        "context": {"operation_name": model.name},
    }
    found = create_parser(_protocol_of(model)).parse(answer, ANSWER)
    parsed.setdefault("LogAlarms", found.get("LogAlarms", []))
    alarms = zip(parsed.get("MetricAlarms", []), found.get("MetricAlarms", []), strict=True)
    for alarm, newer in alarms:
        alarm.update(newer)


def _protocol_of(model: OperationModel) -> str:
    """How this SDK speaks with CloudWatch; older ones know a single way."""
    service: Any = model.service_model
    return str(getattr(service, "resolved_protocol", "") or service.metadata["protocol"])
