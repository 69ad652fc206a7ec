"""The deployment record: what the execution ends with, and what the table keeps."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bluegreen.contract.findings import Finding, shortened, to_list
from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage
from bluegreen.deployment.next_look import SCHEMA_VERSION
from bluegreen.deployment.verdict import Decision
from bluegreen.sagemaker.observation import Observation

LONGEST_CAUSE: Final = 30_000
"""Characters; Step Functions takes 32,768 for the Cause of a failed execution."""

LONGEST_REQUEST: Final = 16_384
"""Bytes of a request in a Cause."""


def record_of(  # noqa: PLR0913 - a record is what all of these come together in
    key: DeploymentKey,
    execution_arn: str,
    decision: Decision,
    findings: Sequence[Finding],
    now: datetime,
    *,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The record of a deployment whose update was never asked for."""
    body = {
        "SchemaVersion": SCHEMA_VERSION,
        "DeploymentId": key.deployment_id,
        "ExecutionArn": execution_arn,
        "Verdict": str(decision.verdict),
        "Trigger": decision.trigger and str(decision.trigger),
        "Reason": decision.reason or "No reason is known.",
        "EndpointName": key.endpoint_name,
        "RequestedEndpointConfigName": (request or {}).get("EndpointConfigName"),
        "TrippedAlarms": list(decision.tripped_alarms),
        "Findings": to_list(findings),
        "Stages": [],
        "StartedAt": to_text(key.started_at),
        "EndedAt": to_text(now),
        "Request": request,
    }
    return {name: value for name, value in body.items() if value not in (None, "")}


def record_of_update(
    deployment: Deployment, observation: Observation, decision: Decision, now: datetime
) -> dict[str, Any]:
    """The record of a deployment whose update was asked for."""
    request, findings = deployment.request.to_json(), deployment.findings
    body = record_of(
        deployment.key, deployment.execution_arn, decision, findings, now, request=request
    )
    body["Stages"] = stages_of(deployment.stages, deployment.settled_at(observation) or now)
    body["PreviousEndpointConfigName"] = deployment.previous_config
    body["LiveEndpointConfigName"] = observation.live_config
    return {name: value for name, value in body.items() if value != ""}


def stages_of(stages: Sequence[SeenStage], settled_at: datetime) -> list[dict[str, Any]]:
    """The stages as they stand in a record: each ends where the next one begins.

    The last one ends when the endpoint settled, by its LastModifiedTime.
    """
    seen = [stage.seen for stage in stages]
    ends = [stage.started_at for stage in seen[1:]] + [settled_at] * bool(seen)
    return [
        {
            "Stage": str(stage.stage),
            "TrafficPercent": stage.traffic_percent,
            "StartedAt": to_text(stage.started_at),
            "EndedAt": to_text(max(end, stage.started_at)),
        }
        for stage, end in zip(seen, ends, strict=True)
    ]


def fit_for_cause(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record short enough for a Cause: without a long Request, and with short findings.

    Findings lose Fix, then Message, INFO first. The table holds the whole.
    """
    fitting = dict(record)
    if len(_json(record.get("Request")).encode()) > LONGEST_REQUEST:
        del fitting["Request"]
    rest = len(_json({**fitting, "Findings": []}))
    return {**fitting, "Findings": shortened(record["Findings"], LONGEST_CAUSE - rest)}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
