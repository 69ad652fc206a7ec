"""Deployments as the table keeps them: update, stages, task token, watched alarms, record.

A stage is kept in the row of the fact that it began; the claims note there that the fact was sent.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.claims import unsent_in
from bluegreen.aws.dynamodb.table import ConditionFailedError, Row, Table
from bluegreen.contract.errors import EndpointBusy
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.notifications import START_FACT, Notification, fact_of
from bluegreen.registry.retention import returnable
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Stage, StageSeen


@dataclass(frozen=True)
class KeptDeployment:
    """What the table holds of a deployment, read once.

    `deployment` is None when its update was never prepared, `record` until it is concluded.
    `registry_answer` says how the model registry was updated, `unsent` is what was claimed
    and is not marked as sent, oldest first.
    """

    deployment: Deployment | None
    record: DeploymentRecord | None
    registry_answer: str
    unsent: tuple[Notification, ...] = ()


class Deployments:
    """The deployments of all endpoints."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def load(self, key: DeploymentKey) -> KeptDeployment:
        """All that the table holds of a deployment."""
        row = self._table.get(keys.deployment(key)) or {}
        kept = KeptDeployment(
            deployment=_deployment(key, row) if "Request" in row else None,
            record=_record(row["Record"]) if "Record" in row else None,
            registry_answer=row.get("RegistryAnswer", ""),
        )
        return self.with_facts(key, kept)

    def with_facts(self, key: DeploymentKey, kept: KeptDeployment) -> KeptDeployment:
        """The same with its facts as they are now: stages, and what was sent of them."""
        facts = self._table.query(keys.fact(key, ""))
        deployment = kept.deployment and _with_facts(kept.deployment, facts)
        return replace(kept, deployment=deployment, unsent=unsent_in(facts))

    def find(self, key: DeploymentKey) -> Deployment | None:
        """A deployment with its stages; None when its update was never prepared."""
        row = self._table.get(keys.deployment(key)) or {}
        if "Request" not in row:
            return None
        return _with_facts(_deployment(key, row), self._table.query(keys.fact(key, "")))

    def request_update(self, deployment: Deployment, now: datetime) -> Deployment:
        """Note, just before the call and only once, that UpdateEndpoint is about to be called.

        The deployment as it stands in the table then: what an earlier attempt noted holds.
        """
        values = {
            "ExecutionArn": deployment.execution_arn,
            "Fence": deployment.fence,
            "Request": json.dumps(deployment.request.to_json()),
            "Findings": json.dumps([finding.to_json() for finding in deployment.findings]),
            "Fleet": deployment.fleet,
            "PreviousEndpointConfigName": deployment.previous_config,
            "LastModifiedTimeBefore": to_text(deployment.last_modified_before or now),
            "UpdateRequestedAt": to_text(now),
        }
        row = self._change(deployment, _set_once(values), values)
        return replace(_deployment(deployment.key, row), stages=deployment.stages)

    def accept_update(self, deployment: Deployment) -> Deployment:
        """Note that SageMaker took the call."""
        values = {"UpdateAccepted": True, "Fence": deployment.fence}
        row = self._change(deployment, "SET #UpdateAccepted = :UpdateAccepted", values)
        return replace(_deployment(deployment.key, row), stages=deployment.stages)

    def withdraw_update(self, deployment: Deployment, refusal: str) -> None:
        """Note that SageMaker refused, in which words, so that nothing was changed."""
        values = {"Refusal": refusal, "Fence": deployment.fence}
        self._change(deployment, "SET #Refusal = :Refusal REMOVE #UpdateRequestedAt", values)

    def keep_sleeper(self, deployment: Deployment, sleeper: Sleeper) -> None:
        """Store whom to wake."""
        values = {
            "Token": sleeper.token,
            "AsleepOn": json.dumps(dict(sleeper.asleep_on)),
            "Fence": deployment.fence,
        }
        self._change(deployment, "SET #Token = :Token, #AsleepOn = :AsleepOn", values)

    def _change(self, deployment: Deployment, expression: str, values: Mapping[str, Any]) -> Row:
        condition = "attribute_not_exists(#Fence) OR #Fence = :Fence"
        try:
            row = keys.deployment(deployment.key)
            return self._table.update(row, expression, values, condition=condition)
        except ConditionFailedError as failed:
            fence = failed.row.get("Fence")
            taken_over = f"Another execution took over this deployment, with fence {fence}."
            raise EndpointBusy(taken_over) from failed

    def record_stage(self, deployment: Deployment, seen: StageSeen, now: datetime) -> SeenStage:
        """Write down a stage that was seen; as it stands then, by the first who saw it."""
        values = {
            "Stage": str(seen.stage),
            "TrafficPercent": seen.traffic_percent,
            "StartedAt": to_text(seen.started_at),
            "LastSeenAt": to_text(now),
            "Fence": deployment.fence,
        }
        row = keys.fact(deployment.key, fact_of(seen))
        return _seen_stage(self._table.put_if_absent(row, values))

    def see_again(self, key: DeploymentKey, stage: SeenStage, now: datetime) -> SeenStage:
        """Note that a recorded stage still lasts."""
        self._table.update(
            keys.fact(key, fact_of(stage.seen)), "SET #LastSeenAt = :Now", {"Now": to_text(now)}
        )
        return replace(stage, last_seen_at=now)

    def watch(self, deployment: Deployment) -> None:
        """Let each alarm of the deployment find it."""
        key = deployment.key
        values = {
            "EndpointName": key.endpoint_name,
            "DeploymentId": key.deployment_id,
            "StartedAt": to_text(key.started_at),
            "Fence": deployment.fence,
        }
        settings = ", ".join(f"#{name} = :{name}" for name in values)
        for alarm in deployment.request.policy.alarms:
            self._table.update(keys.alarm(alarm, key), f"SET {settings}", values)

    def watched_by(self, alarm: str) -> list[DeploymentKey]:
        """The deployments that an alarm watches; none for a stranger's alarm."""
        rows = self._table.query(keys.alarm_prefix(alarm))
        return [
            DeploymentKey(row["EndpointName"], row["DeploymentId"], from_text(row["StartedAt"]))
            for row in rows
        ]

    def unwatch(self, key: DeploymentKey, alarms: Iterable[str]) -> None:
        """Let the alarms forget the deployment."""
        for alarm in alarms:
            self._table.delete(keys.alarm(alarm, key))

    def keep_record(self, key: DeploymentKey, record: DeploymentRecord) -> DeploymentRecord:
        """Write the record down, once; the one that stands."""
        values = {
            "Record": json.dumps(record),
            "DeploymentId": key.deployment_id,
            "StartedAt": to_text(key.started_at),
        }
        row = self._table.update(keys.deployment(key), _set_once(values), values)
        return _record(row["Record"])

    def configs_needed(self, endpoint_name: str) -> set[str]:
        """The configs of deployments that have not concluded, and those to return to."""
        rows = self._table.query(keys.deployments_prefix(endpoint_name))
        open_ = [row for row in rows if "Record" not in row and "Request" in row]
        requested = {json.loads(row["Request"])["EndpointConfigName"] for row in open_}
        previous = {row["PreviousEndpointConfigName"] for row in open_}
        records = [_record(row["Record"]) for row in reversed(rows) if "Record" in row]
        return requested | previous | returnable(records)

    def keep_registry_answer(self, key: DeploymentKey, words: str) -> str:
        """Write down what the model registry was told, once; what stands there."""
        values = {"RegistryAnswer": words}
        row = self._table.update(keys.deployment(key), _set_once(values), values)
        answer: str = row["RegistryAnswer"]
        return answer

    def record_of(self, key: DeploymentKey) -> DeploymentRecord | None:
        """The record of a deployment that has concluded."""
        row = self._table.get(keys.deployment(key)) or {}
        return _record(row["Record"]) if "Record" in row else None


def _set_once(members: Iterable[str]) -> str:
    """The expression that sets each member unless the row has it."""
    settings = (f"#{name} = if_not_exists(#{name}, :{name})" for name in members)
    return f"SET {', '.join(settings)}"


def _record(text: str) -> DeploymentRecord:
    record: DeploymentRecord = json.loads(text)
    return record


def _deployment(key: DeploymentKey, row: Row) -> Deployment:
    requested_at = row.get("UpdateRequestedAt")
    return Deployment(
        key=key,
        execution_arn=row["ExecutionArn"],
        fence=int(row["Fence"]),
        request=Request.from_json(json.loads(row["Request"])),
        findings=tuple(Finding.from_json(body) for body in json.loads(row["Findings"])),
        fleet=int(row["Fleet"]),
        previous_config=row["PreviousEndpointConfigName"],
        last_modified_before=from_text(row["LastModifiedTimeBefore"]),
        update_requested_at=from_text(requested_at) if requested_at else None,
        update_accepted=row.get("UpdateAccepted", False),
        refusal=row.get("Refusal", ""),
        concluded="Record" in row,
        sleeper=Sleeper(row["Token"], json.loads(row["AsleepOn"])) if "Token" in row else None,
    )


def _with_facts(deployment: Deployment, facts: Iterable[Row]) -> Deployment:
    rows = list(facts)
    start = keys.fact(deployment.key, START_FACT)[1]
    stages = [_seen_stage(row) for row in rows if "Stage" in row]
    return replace(
        deployment,
        start_announced=any(row["sk"] == start and "SentAt" in row for row in rows),
        stages=tuple(sorted(stages, key=lambda stage: stage.seen.started_at)),
    )


def _seen_stage(row: Row) -> SeenStage:
    seen = StageSeen(Stage(row["Stage"]), int(row["TrafficPercent"]), from_text(row["StartedAt"]))
    return SeenStage(seen, from_text(row["LastSeenAt"]), announced="SentAt" in row)
