"""What the page shows, as one JSON document: bounded, and cheap enough to be asked for often.

What happened is kept as the journal tells it; what is, is looked up when somebody asks. Names,
reasons and texts come from others: they are bounded here, and the page shows them as text.
"""

import json
from collections import deque
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
from bluegreen_simulator.run.theatre import Theatre

MOST_CHANGES: Final = 400
"""Of endpoints: more than the longest deployment has."""

MOST_ALARMS: Final = 40
MOST_ALARM_CHANGES: Final = 100
MOST_DEPLOYMENTS: Final = 20
MOST_ENDPOINTS: Final = 20
MOST_MESSAGES: Final = 30
MOST_PACKAGES: Final = 20
LONGEST_MESSAGE: Final = 4000
LAST_VALUES: Final = 3
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

SHOWN_OF_A_RECORD: Final = (
    "Verdict",
    "Trigger",
    "Reason",
    "EndedAt",
    "PreviousEndpointConfigName",
    "RequestedEndpointConfigName",
    "LiveEndpointConfigName",
    "TrippedAlarms",
    "GreenRequests",
    "Stages",
)
SHOWN_OF_AN_ALARM: Final = ("MetricName", "Threshold", "ComparisonOperator", "AlarmRule")


class View:
    """Keeps the newest of what happens in one embedded AWS, and tells what there is."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._changes: deque[Entry] = deque(maxlen=MOST_CHANGES)
        self._alarm_changes: deque[Entry] = deque(maxlen=MOST_ALARM_CHANGES)
        self._messages: deque[Entry] = deque(maxlen=MOST_MESSAGES)
        self._endpoints: dict[str, Entry] = {}
        theatre.aws.journal.listeners.append(self._note)

    def _note(self, entry: Entry) -> None:
        match entry.kind:
            case "endpoint":
                self._changes.append(entry)
                self._endpoints[entry.data["endpoint"]] = entry
            case "alarm" if _is_of_people(entry.data["name"], entry.data["new"]):
                self._alarm_changes.append(entry)
            case "notification":
                self._messages.append(entry)

    def to_json(self) -> dict[str, Any]:
        """The document; lists begin with the newest, but stages and changes with the oldest."""
        world = self._theatre.aws.world
        events = [armed for armed in world.faults.events if not armed.is_over(world.clock.now())]
        return {
            "Now": to_text(world.clock.now()),
            "Speed": world.clock.speed,
            "Region": world.region,
            "AccountId": world.account_id,
            "Endpoints": self._shown_endpoints(),
            "Deployments": self._deployments(),
            "Alarms": _alarms(),
            "AlarmChanges": [_alarm_change(entry) for entry in self._alarm_changes],
            "Messages": self._shown_messages(),
            "ModelPackages": _packages(),
            "EventsDropped": any(armed.fault.drop for armed in events),
            "FailingConfigs": dict(sagemaker().failing),
        }

    def _shown_endpoints(self) -> list[dict[str, Any]]:
        there = [e for e in self._endpoints.values() if e.data["endpoint"] in sagemaker().driven]
        newest = sorted(there, key=lambda entry: entry.at, reverse=True)[:MOST_ENDPOINTS]
        return [{"EndpointName": entry.data["endpoint"], **_change(entry)} for entry in newest]

    def _shown_messages(self) -> list[dict[str, Any]]:
        topic = self._theatre.stacks[STACK_NAME].outputs["NotificationsTopicArn"]
        ours = [entry for entry in self._messages if entry.data["topic_arn"] == topic]
        return [_message(entry) for entry in reversed(ours)]

    def _deployments(self) -> list[dict[str, Any]]:
        rows = self._theatre.newest_deployments(MOST_DEPLOYMENTS)
        return [self._deployment(row) for row in rows]

    def _deployment(self, row: Mapping[str, Any]) -> dict[str, Any]:
        endpoint, (_, started_at, id_) = row["pk"].partition("#")[2], row["sk"].split("#", 2)
        request, record = _object_in(row.get("Request")), _object_in(row.get("Record"))
        name = request.get("EndpointName") or record.get("EndpointName") or endpoint
        shown: dict[str, Any] = {
            "DeploymentId": id_,
            "EndpointName": name,
            "StartedAt": started_at,
            "ExecutionArn": record.get("ExecutionArn") or row.get("ExecutionArn", ""),
            "Running": not record,
            "AbortRequested": "AbortRequestedAt" in row,
            "Alarms": _alarms_in(request),
            **{key: record[key] for key in SHOWN_OF_A_RECORD if key in record},
        }
        if record:
            return shown
        asked = {
            "RequestedEndpointConfigName": request.get("EndpointConfigName", ""),
            "ModelPackageArn": request.get("ModelPackageArn", ""),
        }
        updates = "UpdateRequestedAt" in row
        return shown | asked | (self._progress(name, started_at) if updates else {"Stages": []})

    def _progress(self, endpoint: str, started_at: str) -> dict[str, Any]:
        """What is seen of an update that runs, and what its policy makes one expect."""
        changes = [
            entry
            for entry in self._changes
            if entry.data["endpoint"] == endpoint and to_text(entry.at) >= started_at
        ]
        found = sagemaker().find(endpoint)
        update = found.updating if found else None
        return {
            "Stages": [_stage(entry) for entry in changes if entry.data["stage"] != "SETTLED"],
            **(_plan(update) if update else {}),
        }


def _change(entry: Entry) -> dict[str, Any]:
    return {name: entry.data[key] for name, key in CHANGE.items()}


def _stage(entry: Entry) -> dict[str, Any]:
    return {
        "Stage": entry.data["stage"],
        "TrafficPercent": entry.data["traffic_percent"],
        "StartedAt": to_text(entry.at),
    }


def _plan(update: Update) -> dict[str, Any]:
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
        "PlannedStages": [stage.to_json() for stage in schedule.stages],
    }


def _alarms() -> list[dict[str, Any]]:
    """All but those of the stack itself, which are shown while they ring; those first that ring."""
    alarms = sorted(cloudwatch().alarms.values(), key=lambda a: (a.state.value, a.name))
    seen = [alarm for alarm in alarms if _is_of_people(alarm.name, alarm.state.value)]
    return [_alarm(alarm) for alarm in seen[:MOST_ALARMS]]


def _is_of_people(alarm: str, state: str) -> bool:
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
    points = alarm.watch.in_range(evaluator.series, evaluated_at)
    return [point.value if point else None for point in points[-LAST_VALUES:]]


def _alarm_change(entry: Entry) -> dict[str, Any]:
    return {"At": to_text(entry.at), "AlarmName": entry.data["name"], "State": entry.data["new"]}


def _message(entry: Entry) -> dict[str, Any]:
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


def _packages() -> list[dict[str, Any]]:
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


def _alarms_in(request: Mapping[str, Any]) -> Sequence[str]:
    config = request.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {})
    return [alarm["AlarmName"] for alarm in config.get("Alarms", [])]


def _object_in(text: str | None) -> dict[str, Any]:
    body = json.loads(text or "{}")
    return body if isinstance(body, dict) else {}
