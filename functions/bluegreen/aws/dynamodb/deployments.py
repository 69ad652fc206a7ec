"""Deployments as the table keeps them: update, stages, task token, watched alarms, record.

A stage is kept in the row of the fact that it began: whoever first claims the fact records it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.claims import unsent_in
from bluegreen.aws.dynamodb.locks import Lock, about, held_by, lock_of
from bluegreen.aws.dynamodb.table import (
    ConditionFailedError,
    Row,
    Table,
    Write,
    setting,
    setting_once,
)
from bluegreen.contract.errors import AbortAlarmRings, LockLost
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.series import KeptSeries
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.abort import RUNG_LATELY, Abort, AbortCause, Ringing, still_rings
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.history import ended
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import ABORT_FACT, START_FACT, fact_of
from bluegreen.registry.retention import returnable
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Stage, StageSeen

FEW: Final = 5
"""How many of an endpoint's newest deployments may have no record yet: who waits, who runs."""

MANY: Final = 50
"""How many of them may have ended before their update, one after the other."""

LONGEST_RECORD_WITH_SERIES: Final = 100_000
"""Bytes. A row takes 400 KB, of which a request and its findings are 256 KB at most."""

RUNS_IT: Final = "#Fence = :Fence AND #ExecutionArn = :Mine"
"""That an execution runs a deployment: with the fence that it was given, and nobody after it."""

UNCONCLUDED: Final = "attribute_not_exists(#Record)"
"""That a deployment has no record yet."""

UNTAKEN: Final = "attribute_not_exists(#ExecutionArn) OR #ExecutionArn = :Mine"
BEGAN_IT: Final = f"attribute_not_exists(#Fence) AND ({UNTAKEN})"
"""That a deployment never had the endpoint, and is no other execution's, which may wait for it."""


@dataclass(frozen=True)
class KeptDeployment:
    """What the table holds of a deployment, read once.

    `deployment` is None when it never had its lock or its place in the queue, `record` until it is
    concluded.
    `registry_answer` says how the model registry was updated, `unsent` is what was claimed
    and is not marked as sent, oldest first, `told` are the facts that were sent.
    """

    deployment: Deployment | None
    record: DeploymentRecord | None
    registry_answer: str
    unsent: tuple[Notification, ...] = ()
    told: frozenset[str] = frozenset()


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
        prefix = keys.fact(key, "")
        facts = self._table.query(prefix)
        deployment = kept.deployment and _with_facts(kept.deployment, facts)
        sent = (row["sk"].removeprefix(prefix[1]) for row in facts if "SentAt" in row)
        return replace(kept, deployment=deployment, unsent=unsent_in(facts), told=frozenset(sent))

    def find(self, key: DeploymentKey) -> Deployment | None:
        """A deployment with its stages; None before it had its lock or its place in the queue."""
        found = self.find_row(key)
        return found and self.recall(found)

    def find_row(self, key: DeploymentKey) -> Deployment | None:
        """The same without its facts, of which it has none before its update."""
        row = self._table.get(keys.deployment(key)) or {}
        return _deployment(key, row) if "Request" in row else None

    def recall(self, deployment: Deployment) -> Deployment:
        """A deployment whose row was just read, with its facts: stages, and what was told."""
        return _with_facts(deployment, self._table.query(keys.fact(deployment.key, "")))

    def last_record(self, endpoint_name: str) -> DeploymentRecord | None:
        """The record of the endpoint's last deployment that has one, among its newest few."""
        newest = self._table.newest(keys.deployments_prefix(endpoint_name), rows=FEW)
        rows = islice(newest, FEW)
        return next((_record(row["Record"]) for row in rows if "Record" in row), None)

    def last_update(self, endpoint_name: str) -> DeploymentRecord | None:
        """The record of the last one that called UpdateEndpoint, among its newest ones."""
        newest = self._table.newest(keys.deployments_prefix(endpoint_name), rows=FEW)
        records = (_record(row["Record"]) for row in islice(newest, MANY) if "Record" in row)
        return next((each for each in records if "PreviousEndpointConfigName" in each), None)

    def request_update(self, prepared: Deployment, now: datetime) -> Deployment:
        """Note, just before the call and only once, that UpdateEndpoint is about to be called.

        With it each alarm of the deployment comes to find it. LockLost unless the execution holds
        the lock with its fence, and nothing was recorded; AbortAlarmRings if its abort alarm was
        made to ring a moment ago. What an earlier attempt noted holds: the deployment as it stands
        in the table then.
        """
        values = {
            **about(prepared),
            "Fence": prepared.fence,
            "PreviousEndpointConfigName": prepared.previous_config,
            "LastModifiedTimeBefore": to_text(prepared.last_modified_before or now),
            "UpdateRequestedAt": to_text(now),
            "AbortAlarm": prepared.abort_alarm,
        }
        first = (
            "(attribute_not_exists(#Fence) OR #Fence = :Fence)"
            " AND attribute_not_exists(#Record) AND attribute_not_exists(#UpdateRequestedAt)"
        )
        write = Write(keys.deployment(prepared.key), first, values, setting(values))
        try:
            self._table.transact(held_by(prepared, now), write, *self.watching(prepared))
        except ConditionFailedError as failed:
            _refuse_if_it_rings(prepared, lock_of(failed.row), now)
            return self._requested_before(prepared, failed.row)
        return replace(_deployment(prepared.key, values), stages=prepared.stages)

    def _requested_before(self, prepared: Deployment, row: Row) -> Deployment:
        """What an earlier attempt of this execution noted; LockLost if it is not ours any more."""
        found = self.find(prepared.key)
        requested = found is not None and found.update_requested_at is not None
        if not requested or found is None or found.fence != prepared.fence or found.concluded:
            raise _lost(row)
        return found

    def accept_update(self, deployment: Deployment) -> Deployment:
        """Note that SageMaker took the call: a fact, which anybody may see and add."""
        expression, values = "SET #UpdateAccepted = :UpdateAccepted", {"UpdateAccepted": True}
        self._table.update(keys.deployment(deployment.key), expression, values)
        return replace(deployment, update_accepted=True)

    def withdraw_update(self, deployment: Deployment, refusal: str) -> None:
        """Note that SageMaker refused, in which words, so that nothing was changed."""
        mine = {"Fence": deployment.fence, "Mine": deployment.execution_arn}
        withdrawn = "SET #Refusal = :Refusal REMOVE #UpdateRequestedAt"
        try:
            row, values = keys.deployment(deployment.key), {"Refusal": refusal, **mine}
            self._table.update(row, withdrawn, values, condition=RUNS_IT)
        except ConditionFailedError as failed:
            raise _lost(failed.row) from failed

    def request_abort(self, key: DeploymentKey, abort: Abort) -> tuple[bool, Deployment | None]:
        """Note that the deployment is to be aborted; False if it has concluded, or was before.

        And the deployment as it stands then, without its facts; None if there is none.
        """
        values = {
            "AbortRequestedAt": to_text(abort.requested_at),
            "AbortCause": str(abort.cause),
            "AbortBy": abort.by,
            "AbortReason": abort.reason,
        }
        running = (
            "attribute_exists(#Request) AND attribute_not_exists(#Record)"
            " AND attribute_not_exists(#AbortRequestedAt)"
        )
        try:
            row = self._table.update(
                keys.deployment(key), setting(values), values, condition=running
            )
        except ConditionFailedError as failed:
            return False, _deployment(key, failed.row) if "Request" in failed.row else None
        return True, _deployment(key, row)

    def note_value(self, key: DeploymentKey, ringing: Ringing) -> None:
        """Note what was done about an abort."""
        times = {
            "RangFor": ringing.rang_for,
            "SilencedFor": ringing.silenced_for,
            "SilencedAt": ringing.silenced_at,
        }
        values = {name: to_text(moment) for name, moment in times.items() if moment}
        self._table.update(keys.deployment(key), setting(values), values)

    def keep_sleeper(
        self, key: DeploymentKey, execution_arn: str, fence: int, sleeper: Sleeper
    ) -> Deployment | None:
        """Store whom to wake, for the execution that runs the deployment; LockLost if none does.

        The deployment as it stands then, with its facts; None, and nothing is stored, if it never
        had its lock, or has concluded.
        """
        values = {"Token": sleeper.token, "AsleepOn": json.dumps(dict(sleeper.asleep_on))}
        mine = {"Fence": fence, "Mine": execution_arn}
        try:
            row = self._table.update(
                keys.deployment(key),
                setting(values),
                {**values, **mine},
                condition=f"{RUNS_IT} AND attribute_exists(#Request) AND {UNCONCLUDED}",
            )
        except ConditionFailedError as failed:
            if "Request" not in failed.row or "Record" in failed.row:
                return None
            raise _lost(failed.row) from failed
        return self.recall(_deployment(key, row))

    def see_again(self, key: DeploymentKey, stage: SeenStage, now: datetime) -> SeenStage:
        """Note that a recorded stage still lasts."""
        self._table.update(
            keys.fact(key, fact_of(stage.seen)), "SET #LastSeenAt = :Now", {"Now": to_text(now)}
        )
        return replace(stage, last_seen_at=now)

    def watching(self, deployment: Deployment) -> list[Write]:
        """What lets each alarm of the deployment find it, in a transaction."""
        values, alarms = _pointer(deployment), dict.fromkeys(deployment.request.alarms)
        rows = [keys.alarm(alarm, deployment.key) for alarm in alarms]
        return [Write(row, values=values, expression=setting(values)) for row in rows]

    def watch_package(self, deployment: Deployment) -> None:
        """Let the rejection of its model package find the deployment."""
        row = keys.package(deployment.request.model_package_arn, deployment.key)
        values = _pointer(deployment)
        self._table.update(row, setting(values), values)

    def watched_by(self, alarm: str) -> list[DeploymentKey]:
        """The deployments that an alarm watches; none for a stranger's alarm."""
        return [_key_named(row) for row in self._table.query(keys.alarm_prefix(alarm))]

    def deploying(self, package_arn: str) -> list[DeploymentKey]:
        """The deployments that deploy a model package now."""
        return [_key_named(row) for row in self._table.query(keys.package_prefix(package_arn))]

    def unwatching(
        self, key: DeploymentKey, alarms: Iterable[str], package_arn: str = ""
    ) -> list[Write]:
        """What lets the alarms and the model package forget the deployment, in a transaction."""
        rows = [keys.alarm(alarm, key) for alarm in dict.fromkeys(alarms)]
        rows += [keys.package(package_arn, key)] if package_arn else []
        return [Write(row, removes=True) for row in rows]

    def keep_record(
        self,
        key: DeploymentKey,
        record: DeploymentRecord,
        fence: int | None,
        series: KeptSeries | None = None,
        others: Iterable[Write] = (),
    ) -> DeploymentRecord:
        """Write the record down, once, and where it is found; the one that stands.

        With it go the `others`, and what the gates saw, unless the row has no room for that.

        `fence` is that of the execution that concludes it, which the record names; None if it
        never had the endpoint. LockLost if it is another execution's deployment and has no record
        yet.
        """
        values: dict[str, Any] = {
            "Record": json.dumps(record),
            "DeploymentId": key.deployment_id,
            "StartedAt": to_text(key.started_at),
        }
        fenced = BEGAN_IT if fence is None else RUNS_IT
        if series is not None and len(values["Record"]) <= LONGEST_RECORD_WITH_SERIES:
            values["Series"] = json.dumps(series)
        mine = {"Mine": record["ExecutionArn"]}
        more = mine if fence is None else {"Fence": fence, **mine}
        condition = f"attribute_not_exists(#Record) AND {fenced}"
        write = Write(keys.deployment(key), condition, {**values, **more}, setting_once(values))
        try:
            self._table.transact(write, *_listings(key, record), *others)
        except ConditionFailedError as failed:
            if "Record" not in failed.row:
                raise _lost(failed.row) from failed
            return _record(failed.row["Record"])
        return _record(values["Record"])

    def configs_needed(self, endpoint_name: str) -> set[str]:
        """The configs of deployments that have not concluded, and those to return to."""
        rows = self._table.query(keys.deployments_prefix(endpoint_name))
        open_ = [row for row in rows if "Record" not in row and "Request" in row]
        requested = {json.loads(row["Request"])["EndpointConfigName"] for row in open_}
        previous = {row.get("PreviousEndpointConfigName", "") for row in open_} - {""}
        records = [_record(row["Record"]) for row in reversed(rows) if "Record" in row]
        return requested | previous | returnable(records)

    def forget(self, endpoint_name: str) -> tuple[int, int]:
        """Remove the deployments that have concluded; how many, and how many were kept.

        Kept are those of which a notification is still to be sent. The facts go first, so that
        whoever dies on the way finds the rest again.
        """
        rows = self._table.query(keys.deployments_prefix(endpoint_name))
        ended = [_key_in(endpoint_name, row) for row in rows if "Record" in row]
        gone = [key for key in ended if self._forget(key)]
        return len(gone), len(ended) - len(gone)

    def _forget(self, key: DeploymentKey) -> bool:
        facts = self._table.query(keys.fact(key, ""))
        if any("Open" in row for row in facts):
            return False
        for row in facts:
            self._table.delete((row["pk"], row["sk"]))
        for listed in (keys.ended(key), keys.named(key), keys.deployment(key)):
            self._table.delete(listed)
        return True

    def keep_registry_answer(self, key: DeploymentKey, words: str) -> str:
        """Write down what the model registry was told, once; what stands there."""
        values = {"RegistryAnswer": words}
        row = self._table.update(keys.deployment(key), setting_once(values), values)
        answer: str = row["RegistryAnswer"]
        return answer

    def answering(self, key: DeploymentKey, words: str) -> Write:
        """The same as a part of a transaction."""
        values = {"RegistryAnswer": words}
        return Write(keys.deployment(key), values=values, expression=setting_once(values))

    def record_of(self, key: DeploymentKey) -> DeploymentRecord | None:
        """The record of a deployment that has concluded."""
        row = self._table.get(keys.deployment(key)) or {}
        return _record(row["Record"]) if "Record" in row else None


def _refuse_if_it_rings(prepared: Deployment, lock: Lock, now: datetime) -> None:
    """AbortAlarmRings if that is all that forbids an update of who holds the lock."""
    mine = lock.belongs_to(prepared.key, prepared.execution_arn) and lock.fence == prepared.fence
    if prepared.abort_alarm and mine and lock.rang_lately(now):
        raise AbortAlarmRings(still_rings(prepared.key.endpoint_name, RUNG_LATELY))


def _pointer(deployment: Deployment) -> dict[str, Any]:
    """What a row says that leads to a deployment."""
    key = deployment.key
    return {
        "EndpointName": key.endpoint_name,
        "DeploymentId": key.deployment_id,
        "StartedAt": to_text(key.started_at),
        "Fence": deployment.fence,
    }


def _key_named(row: Row) -> DeploymentKey:
    return DeploymentKey(row["EndpointName"], row["DeploymentId"], from_text(row["StartedAt"]))


def _lost(row: Row) -> LockLost:
    fence = row.get("Fence", "of another execution")
    return LockLost(f"Another execution took over this deployment, with fence {fence}.")


def _listings(key: DeploymentKey, record: DeploymentRecord) -> list[Write]:
    """The rows by which a deployment that has ended is found by its time, and by its id."""
    values = {"Ended": json.dumps(ended(record))}
    places = (keys.ended(key), keys.named(key))
    return [Write(place, "", values, setting(values)) for place in places]


def _record(text: str) -> DeploymentRecord:
    record: DeploymentRecord = json.loads(text)
    return record


def _key_in(endpoint_name: str, row: Row) -> DeploymentKey:
    return DeploymentKey(endpoint_name, row["DeploymentId"], from_text(row["StartedAt"]))


def _deployment(key: DeploymentKey, row: Row) -> Deployment:
    return Deployment(
        key=key,
        execution_arn=row["ExecutionArn"],
        fence=int(row.get("Fence", 0)),
        request=Request.from_json(json.loads(row["Request"])),
        findings=tuple(Finding.from_json(body) for body in json.loads(row["Findings"])),
        fleet=int(row["Fleet"]),
        previous_config=row.get("PreviousEndpointConfigName", ""),
        last_modified_before=_moment(row, "LastModifiedTimeBefore"),
        adopted_at=_moment(row, "AdoptedAt"),
        update_requested_at=_moment(row, "UpdateRequestedAt"),
        update_accepted=row.get("UpdateAccepted", False),
        refusal=row.get("Refusal", ""),
        abort=_abort(row) if "AbortRequestedAt" in row else None,
        abort_alarm=row.get("AbortAlarm", ""),
        ringing=Ringing(*(_moment(row, n) for n in ("RangFor", "SilencedFor", "SilencedAt"))),
        concluded="Record" in row,
        sleeper=Sleeper(row["Token"], json.loads(row["AsleepOn"])) if "Token" in row else None,
    )


def _abort(row: Row) -> Abort:
    cause = AbortCause(row["AbortCause"])
    return Abort(from_text(row["AbortRequestedAt"]), cause, row["AbortBy"], row["AbortReason"])


def _moment(row: Row, name: str) -> datetime | None:
    return from_text(row[name]) if name in row else None


def _with_facts(deployment: Deployment, facts: Iterable[Row]) -> Deployment:
    rows = list(facts)
    sent = {row["sk"] for row in rows if "SentAt" in row}
    stages = [_seen_stage(row) for row in rows if "Stage" in row]
    return replace(
        deployment,
        start_announced=keys.fact(deployment.key, START_FACT)[1] in sent,
        abort_announced=keys.fact(deployment.key, ABORT_FACT)[1] in sent,
        stages=tuple(sorted(stages, key=lambda stage: stage.seen.started_at)),
    )


def row_of(deployment: Deployment, stage: SeenStage) -> Row:
    """What the row of the fact that a stage began says of the stage; it is seen by `deployment`."""
    seen = stage.seen
    return {
        "Stage": str(seen.stage),
        "TrafficPercent": seen.traffic_percent,
        "StartedAt": to_text(seen.started_at),
        "LastSeenAt": to_text(stage.last_seen_at),
        "Fence": deployment.fence,
    }


def _seen_stage(row: Row) -> SeenStage:
    seen = StageSeen(Stage(row["Stage"]), int(row["TrafficPercent"]), from_text(row["StartedAt"]))
    return SeenStage(seen, from_text(row["LastSeenAt"]), announced="SentAt" in row)
