"""A moment of a deployment as JSON for programs; docs/watch.md says what each member means."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bluegreen.contract.times import to_text
from bluegreen.deployment.gate import Gate
from bluegreen_cli.moment import AlarmSeen, Fleet, Moment, ends_of, last


def to_json(moment: Moment) -> dict[str, Any]:
    """The moment; a member that is not known, or does not apply, is absent."""
    stage, ends, deployment = moment.stage, ends_of(moment), moment.deployment
    request = deployment.request if deployment else None
    body: dict[str, Any] = {
        "At": to_text(moment.now),
        "EndpointName": moment.endpoint,
        "DeploymentId": moment.deployment_id or None,
        "Phase": moment.phase or None,
        "EndpointStatus": moment.observation.status if moment.observation else None,
        "TrafficPercent": stage.traffic_percent if stage else None,
        "StageStartedAt": to_text(stage.started_at) if stage else None,
        "StageEndsAt": to_text(ends.stage) if ends else None,
        "DeploymentEndsAt": to_text(ends.deployment) if ends else None,
        "Fleets": [_fleet_json(fleet) for fleet in moment.fleets] if moment.observation else None,
        "Gates": _list_json(moment.gates, _gate_json),
        "Alarms": _list_json(moment.own_alarms, _alarm_json),
        "Abort": _abort_json(moment) if deployment else None,
        "Waiting": _list_json(moment.others_waiting, lambda each: each.owner.key.deployment_id),
        "RequestedBy": (request and request.requested_by) or None,
        "Reason": (request and request.reason) or None,
        "StartedBy": (request and request.started_by) or None,
        "Verdict": moment.ending and moment.ending["Verdict"],
        "Trigger": moment.ending and moment.ending.get("Trigger"),
        "Unknown": dict(moment.unknown) or None,
    }
    return _without_none(body)


def _without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _list_json[T](
    items: Iterable[T] | None, item_json: Callable[[T], object]
) -> list[object] | None:
    return None if items is None else [item_json(item) for item in items]


def _fleet_json(fleet: Fleet) -> dict[str, Any]:
    return _without_none(
        {
            "Fleet": fleet.name,
            "EndpointConfigName": fleet.config,
            "TrafficPercent": fleet.share,
            "Instances": fleet.instances,
            "WantedInstances": fleet.wanted,
        }
    )


def _gate_json(gate: Gate) -> dict[str, Any]:
    values = {"Green": last(gate.green), "Blue": last(gate.blue), "Watched": last(gate.watched)}
    said = {"Metric": gate.metric or None, "Comparison": gate.comparison or None}
    return _without_none({"AlarmName": gate.alarm, **said, "Limit": gate.limit, **values})


def _alarm_json(alarm: AlarmSeen) -> dict[str, Any]:
    return _without_none({"AlarmName": alarm.name, "State": alarm.state or None})


def _abort_json(moment: Moment) -> dict[str, Any]:
    abort = moment.abort
    asked = {
        "AskedAt": to_text(abort.requested_at) if abort else None,
        "AskedBy": (abort and abort.by) or None,
        "Reason": (abort and abort.reason) or None,
    }
    return _without_none({"Armed": moment.armed, **asked})
