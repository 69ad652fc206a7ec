"""What the page shows, as one JSON document: bounded, and cheap enough to be asked for often.

What happened is kept as the journal tells it; what is, is looked up when somebody asks.
"""

import json
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, cast

from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.driver import running as sagemaker
from bluegreen_simulator.run.page.parts import (
    alarm_change,
    alarms,
    alarms_in,
    change,
    is_of_people,
    message,
    packages,
    plan,
    stage,
)
from bluegreen_simulator.run.page.timeline import marks_of
from bluegreen_simulator.run.page.words import Words
from bluegreen_simulator.run.stack import STACK_NAME
from bluegreen_simulator.run.theatre import Theatre

MOST_CHANGES: Final = 400
"""Of endpoints: more than the longest deployment has."""

MOST_ALARM_CHANGES: Final = 100
MOST_DEPLOYMENTS: Final = 20
MOST_ENDPOINTS: Final = 20
MOST_MESSAGES: Final = 30

SHOWN_OF_A_RECORD: Final = (
    "Verdict",
    "Trigger",
    "Reason",
    "EndedAt",
    "PreviousEndpointConfigName",
    "RequestedEndpointConfigName",
    "LiveEndpointConfigName",
    "TrippedAlarms",
    "Stages",
)


class View:
    """Keeps the newest of what happens in one embedded AWS, and tells what there is."""

    def __init__(self, theatre: Theatre, words: Words) -> None:
        self._theatre = theatre
        self._words = words
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
            case "alarm" if is_of_people(entry.data["name"], entry.data["new"]):
                self._alarm_changes.append(entry)
            case "notification" if self._is_for_people(entry.data["topic_arn"]):
                self._messages.append(entry)

    def _is_for_people(self, topic: str) -> bool:
        stack = self._theatre.stacks.get(STACK_NAME)
        return stack is not None and topic == stack.outputs["NotificationsTopicArn"]

    def to_json(self) -> dict[str, Any]:
        """The document; lists begin with the newest, but stages and changes with the oldest."""
        world = self._theatre.aws.world
        behind = world.clock.behind
        events = [armed for armed in world.faults.events if not armed.is_over(world.clock.now())]
        return {
            "Now": to_text(world.clock.now()),
            "Speed": world.clock.speed,
            "BehindSeconds": None if behind is None else round(behind.total_seconds()),
            "Region": world.region,
            "AccountId": world.account_id,
            "Endpoints": self._shown_endpoints(),
            "Deployments": self._deployments(),
            "Alarms": alarms(),
            "Messages": [message(entry) for entry in reversed(self._messages)],
            "ModelPackages": packages(),
            "EventsDropped": any(armed.fault.drop for armed in events),
            "FailingConfigs": _failing_configs(),
        }

    def _shown_endpoints(self) -> list[dict[str, Any]]:
        there = [e for e in self._endpoints.values() if e.data["endpoint"] in sagemaker().driven]
        newest = sorted(there, key=lambda entry: entry.at, reverse=True)[:MOST_ENDPOINTS]
        return [{"EndpointName": entry.data["endpoint"], **change(entry)} for entry in newest]

    def _deployments(self) -> list[dict[str, Any]]:
        rows = self._theatre.newest_deployments(MOST_DEPLOYMENTS)
        changes = [alarm_change(entry) for entry in self._alarm_changes]
        now = to_text(self._theatre.aws.world.clock.now())
        found = [self._deployment(row) for row in rows]
        return [one | {"Marks": marks_of(one, changes, now)} for one in found]

    def find(self, endpoint: str, started_at: str, deployment_id: str) -> dict[str, Any] | None:
        """One of the deployments that are shown."""
        wanted = {"EndpointName": endpoint, "StartedAt": started_at, "DeploymentId": deployment_id}
        return next((one for one in self._deployments() if wanted.items() <= one.items()), None)

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
            "Alarms": alarms_in(request),
            **{key: record[key] for key in SHOWN_OF_A_RECORD if key in record},
        }
        if record:
            return shown | self._judged(cast("DeploymentRecord", record))
        asked = {
            "RequestedEndpointConfigName": request.get("EndpointConfigName", ""),
            "ModelPackageArn": request.get("ModelPackageArn", ""),
        }
        updates = "UpdateRequestedAt" in row
        return shown | asked | (self._progress(name, started_at) if updates else {"Stages": []})

    def _judged(self, record: DeploymentRecord) -> dict[str, Any]:
        """How much its verdict says."""
        doubtful = record["Verdict"] == Verdict.SUCCEEDED and self._words.is_doubtful(record)
        return {"RestsOn": self._words.rests_on(record), "Doubtful": doubtful}

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
            "Stages": [stage(entry) for entry in changes if entry.data["stage"] != "SETTLED"],
            **(plan(update) if update else {}),
        }


def _object_in(text: str | None) -> dict[str, Any]:
    body = json.loads(text or "{}")
    return body if isinstance(body, dict) else {}


def _failing_configs() -> dict[str, float]:
    """What part of their requests the models of a config were made to fail."""
    answering = sagemaker().answering.items()
    return {config: said["error_rate"] for config, said in answering if "error_rate" in said}
