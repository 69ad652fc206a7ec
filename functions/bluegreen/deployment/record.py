"""The deployment record, which is the output of the execution and is kept in the table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from bluegreen.contract.findings import Finding, bytes_of, shortened, to_list
from bluegreen.contract.record import DeploymentRecord, StageRecord, Trigger
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import SCHEMA_VERSION
from bluegreen.contract.text import SENTENCE_LENGTH, cut
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage
from bluegreen.deployment.evidence import Evidence, each_bake_of, guardrail_rows, watched
from bluegreen.deployment.verdict import Decision
from bluegreen.sagemaker.observation import Observation, Stage

LONGEST_CAUSE: Final = 30_000
"""Bytes; Step Functions takes 32,768 for the Cause of a failed execution.

Of what, the API does not say; of inputs and outputs it says bytes of UTF-8.
"""

LONGEST_REQUEST: Final = 16_384
"""Bytes of a request in a Cause."""


def record_of(  # noqa: PLR0913 - a record holds all of these
    key: DeploymentKey,
    execution_arn: str,
    decision: Decision,
    findings: Sequence[Finding],
    now: datetime,
    *,
    request: RequestDocument | None = None,
) -> DeploymentRecord:
    """The record of a deployment that ended before its update."""
    record = DeploymentRecord(
        SchemaVersion=SCHEMA_VERSION,
        DeploymentId=key.deployment_id,
        ExecutionArn=execution_arn,
        Verdict=str(decision.verdict),
        Reason=decision.reason or "No reason was recorded.",
        TrippedAlarms=list(decision.tripped_alarms),
        Findings=to_list(findings),
        Stages=[],
        StartedAt=to_text(key.started_at),
        EndedAt=to_text(now),
    )
    if decision.trigger:
        record["Trigger"] = str(decision.trigger)
    if key.endpoint_name:
        record["EndpointName"] = key.endpoint_name
    if request is not None:
        record |= _of_request(request)
    return record


def _of_request(request: RequestDocument) -> DeploymentRecord:
    """What a record says about a request that could be read, so that it can be requested again."""
    config = request.get("EndpointConfigName")
    named = {"RequestedEndpointConfigName": config} if config else {}
    asked = {name: value for name, value in request.items() if name != "GuardrailAlarms"}
    return cast("DeploymentRecord", {"Request": asked, **named})


def record_of_update(
    deployment: Deployment,
    observation: Observation,
    decision: Decision,
    now: datetime,
    *,
    evidence: Evidence | None = None,
) -> DeploymentRecord:
    """The record of a deployment that called UpdateEndpoint, with what the verdict rests on."""
    request, findings = deployment.request.to_json(), deployment.findings
    record = record_of(
        deployment.key, deployment.execution_arn, decision, findings, now, request=request
    )
    end = deployment.settled_at(observation) or now
    record["Stages"] = stages_of(deployment.stages, end)
    if deployment.previous_config:
        record["PreviousEndpointConfigName"] = deployment.previous_config
    if observation.serves:
        record["LiveEndpointConfigName"] = observation.serves
    if evidence is not None and evidence.watches is not None:
        record["Watched"] = watched(evidence.watches)
    if evidence is not None and evidence.green_requests is not None:
        record["GreenRequests"] = dict(evidence.green_requests)
    if deployment.request.guardrails:
        bakes, tripped = each_bake_of(deployment, end), decision.tripped_alarms
        rows = guardrail_rows(deployment, evidence or Evidence(), bakes, tripped)
        record["Guardrails"] = rows
    return record


def with_words(record: DeploymentRecord, words: str) -> DeploymentRecord:
    """The record with one more sentence in its Reason, which is cut to make room for it."""
    reason = cut(record["Reason"], SENTENCE_LENGTH - len(words) - 1)
    return {**record, "Reason": f"{reason} {words}"}


def with_registry_answer(record: DeploymentRecord, words: str) -> DeploymentRecord:
    """The record with how the model registry was updated, if it was."""
    return {**record, "ModelRegistry": words} if words else record


def stages_of(stages: Sequence[SeenStage], settled_at: datetime) -> list[StageRecord]:
    """The stages for a record: each ends when the next one begins.

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


def seconds_taken(record: DeploymentRecord) -> float:
    """How long the deployment took, from its start to its verdict."""
    return _seconds(record["StartedAt"], record["EndedAt"])


def seconds_to_detect(record: DeploymentRecord) -> float | None:
    """How long a bad green had traffic before SageMaker rolled it back for an alarm.

    From the first stage that was seen with traffic on green to the rollback. None where no alarm
    caused one, or no stage of it was seen.
    """
    if record.get("Trigger") != Trigger.ALARM:
        return None
    shares = [each["StartedAt"] for each in record["Stages"] if each["TrafficPercent"]]
    rollbacks = [s["StartedAt"] for s in record["Stages"] if s["Stage"] == Stage.ROLLING_BACK]
    return _seconds(shares[0], rollbacks[0]) if shares and rollbacks else None


def _seconds(start: str, end: str) -> float:
    return (from_text(end) - from_text(start)).total_seconds()


def fit_for_cause(record: DeploymentRecord) -> DeploymentRecord:
    """The record, shortened to fit into a Cause; the table keeps the whole record.

    A long Request is left out. Findings lose Fix, then Message, the INFO ones first.
    """
    fitting = record.copy()
    if "Request" in fitting and bytes_of(fitting["Request"]) > LONGEST_REQUEST:
        del fitting["Request"]
    rest = bytes_of({**fitting, "Findings": []})
    fitting["Findings"] = shortened(record["Findings"], LONGEST_CAUSE - rest)
    return fitting
