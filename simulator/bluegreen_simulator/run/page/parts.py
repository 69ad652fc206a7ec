"""The parts of the page's document: names, reasons and texts of others in their bounds."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from bluegreen.contract.text import cut, plain
from bluegreen.contract.times import to_text
from bluegreen.sagemaker.schedule import schedule_of
from bluegreen_simulator.aws.cloudwatch.evaluator import MINUTE, next_evaluation
from bluegreen_simulator.aws.cloudwatch.evaluator import running as cloudwatch
from bluegreen_simulator.aws.cloudwatch.records import Alarm
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.driver import running as sagemaker
from bluegreen_simulator.rules.fleet.update import Update
from bluegreen_simulator.run.stack import STACK_NAME

CHANGE: Final = {
    "Status": "status",
    "Stage": "stage",
    "TrafficPercent": "traffic_percent",
    "BlueInstances": "blue_instances",
    "GreenInstances": "green_instances",
    "EndpointConfigName": "config",
    "PendingEndpointConfigName": "pending",
    "Detail": "detail",
}
"""What is shown of an entry of the journal about an endpoint."""

MOST_ALARMS: Final = 40
MOST_PACKAGES: Final = 20
LONGEST_MESSAGE: Final = 4000
LAST_VALUES: Final = 3
SHOWN_OF_AN_ALARM: Final = ("MetricName", "Threshold", "ComparisonOperator", "AlarmRule")


def change(entry: Entry) -> dict[str, Any]:
    """An entry of the journal about an endpoint."""
    return {name: entry.data[key] for name, key in CHANGE.items()}


def stage(entry: Entry) -> dict[str, Any]:
    """The same as a stage of a deployment that runs."""
    return {
        "Stage": entry.data["stage"],
        "TrafficPercent": entry.data["traffic_percent"],
        "StartedAt": to_text(entry.at),
    }


def plan(update: Update) -> dict[str, Any]:
    """The stages of a success, and when the update began."""
    order = update.order
    blue, green = (
        {variant.name: variant.instances for variant in config.variants}
        for config in (order.blue, order.green)
    )
    seconds = max((v.behavior.provisioning_seconds for v in order.green.variants), default=0)
    schedule = schedule_of(order.policy, blue, green, seconds)
    return {
        "UpdateStartedAt": to_text(order.started_at),
        "PlannedStages": [planned.to_json() for planned in schedule.stages],
    }


def alarms() -> list[dict[str, Any]]:
    """All but those of the stack itself, which are shown while they ring; those first that ring."""
    known = sorted(cloudwatch().alarms.values(), key=lambda a: (a.state.value, a.name))
    seen = [alarm for alarm in known if is_of_people(alarm.name, alarm.state.value)]
    return [_alarm(alarm) for alarm in seen[:MOST_ALARMS]]


def is_of_people(alarm: str, state: str) -> bool:
    """Whether it is of interest: the stack's own alarms are so only when they ring."""
    return state == "ALARM" or not alarm.startswith(f"{STACK_NAME}-")


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "State": alarm.state.value,
        "Reason": plain(alarm.state.reason),
        "Since": to_text(alarm.transitioned_at),
        "Values": _values(alarm),
        **{key: alarm.request[key] for key in SHOWN_OF_AN_ALARM if key in alarm.request},
    }


def _values(alarm: Alarm) -> list[float | None]:
    """What the last evaluation saw, the oldest first; none where there is no metric."""
    if alarm.watch is None:
        return []
    evaluator = cloudwatch()
    evaluated_at = next_evaluation(evaluator.world.clock.now()) - MINUTE
    points = alarm.watch.in_range(evaluator.series, evaluator.seen_until(evaluated_at))
    return [point.value if point else None for point in points[-LAST_VALUES:]]


def alarm_change(entry: Entry) -> dict[str, Any]:
    """That an alarm went into a state."""
    return {"At": to_text(entry.at), "AlarmName": entry.data["name"], "State": entry.data["new"]}


def message(entry: Entry) -> dict[str, Any]:
    """A notification as people get it."""
    body, attributes = entry.data["body"], entry.data["attributes"]
    return {
        "At": to_text(entry.at),
        "Event": attributes.get("Event", ""),
        "Severity": attributes.get("Severity", ""),
        "Subject": entry.data["subject"] or "",
        "Text": _lines(entry.data["message"]),
        "NotificationId": body.get("NotificationId", ""),
        "DeploymentId": body.get("DeploymentId", ""),
    }


def _lines(text: str) -> str:
    """A text as people get it: its lines, each without control characters."""
    return "\n".join(
        plain(line, LONGEST_MESSAGE) for line in cut(text, LONGEST_MESSAGE).split("\n")
    )


def packages() -> list[dict[str, Any]]:
    """The newest versions of all groups."""
    packages: Iterable[Any] = reversed(sagemaker().backend.model_packages.values())
    versions = (p for p in packages if p.model_package_group_name)
    return [
        {
            "ModelPackageArn": package.arn,
            "ModelPackageGroupName": package.model_package_group_name,
            "ModelPackageVersion": package.model_package_version,
            "ModelApprovalStatus": package.model_approval_status,
            "ApprovalDescription": plain(package.approval_description or ""),
        }
        for package in islice(versions, MOST_PACKAGES)
    ]


def alarms_in(request: Mapping[str, Any]) -> Sequence[str]:
    """The names of the alarms that a request names."""
    config = request.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {})
    return [alarm["AlarmName"] for alarm in config.get("Alarms", [])]
