"""What must hold at the end of a scene, whatever went wrong at one of its calls: breaches in words.

The verdicts are held against what the simulated SageMaker did, and not against the workflow.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bluegreen.contract.times import from_text
from bluegreen.sagemaker.deployment_config import alarms_of
from bluegreen_simulator.aws.journal import Entry
from everycall.kinds import Call, Kind
from everycall.scenes import Scene
from everycall.stage import Stage
from search.oracle import NEVER_UPDATED, Update, updates

SHORT: Final = {"SHIFTING", "TERMINATING", "ROLLING_BACK"}
"""Stages that are told when they were seen: nobody may have looked."""

ENDED: Final = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


@dataclass(frozen=True)
class Ended:
    """What the table says of a deployment at the end."""

    id: str
    config: str
    record: dict[str, Any] | None

    @property
    def verdict(self) -> str:
        """Its verdict, or that it has none."""
        return str(self.record["Verdict"]) if self.record else "NONE"


def deployments(stage: Stage) -> list[Ended]:
    """Every deployment of a scene that the table knows, in the order of their start."""
    rows = [row for row in stage.rows() if row["sk"].startswith("DEPLOYMENT#")]
    return [_ended(row) for row in rows if row["sk"] not in stage.past]


def _ended(row: dict[str, Any]) -> Ended:
    id_ = row["sk"].rpartition("#")[2]
    record = json.loads(row["Record"]) if "Record" in row else None
    request = json.loads(row["Request"]) if "Request" in row else (record or {}).get("Request", {})
    return Ended(id_, request.get("EndpointConfigName", ""), record)


def facts_told(journal: Sequence[Entry]) -> set[tuple[str, ...]]:
    """The facts that were told and that somebody must have seen, by the deployment's number."""
    bodies = [e.data["body"] for e in journal if e.kind == "notification" and e.data["body"]]
    return {
        (
            body["DeploymentId"].split("-")[1],
            body["Event"],
            body.get("Stage", ""),
            str(body.get("TrafficPercent", "")),
            body.get("Verdict", ""),
        )
        for body in bodies
        if body.get("Stage") not in SHORT
    }


def breaches(
    stage: Stage, scene: Scene, call: Call, kind: Kind, usual: set[tuple[str, ...]]
) -> list[str]:
    """Every promise that does not hold; `usual` are the facts told when nothing goes wrong."""
    ended = deployments(stage)
    found = [*_left_over(stage), *_wrong(stage, ended), *_mistold(stage, ended, call, kind)]
    if stage.reported:
        found.extend(_unreported(stage, ended))
    if not ended and scene.verdicts and not stage.theatre.operators_told():
        found.append("nothing came of the request, and operators were not told")
    if not scene.forgotten:
        found.extend(_unguarded(stage))
    elif kind.passing:
        found.extend(f"{what} was not forgotten" for what in _of_ours(stage))
    if kind.passing:
        verdicts = tuple(each.verdict for each in ended)
        if verdicts != scene.verdicts:
            reasons = [each.record and each.record["Reason"] for each in ended]
            found.append(f"verdicts {verdicts} after a fault that passes: {reasons}")
        if scene.packaged and stage.approval() != "Rejected":
            found.append(f"the package, which was rolled back, is {stage.approval()}")
        told = facts_told(stage.journal)
        if told != usual:
            found.append(f"told too much {told - usual}, too little {usual - told}")
    return found


def _left_over(stage: Stage) -> Iterator[str]:
    for execution in stage.executions():
        if execution.status not in ENDED:
            yield f"execution {execution.name} is {execution.status}"
    for row in stage.rows():
        kind = row["sk"].partition("#")[0]
        if kind == "LOCK" and "OwnerExecutionArn" in row:
            yield f"the endpoint is locked by {row['OwnerExecutionArn']}"
        elif "Open" in row or kind == "WAITING" or row["pk"].startswith("ALARM#"):
            yield f"row {row['pk']} {row['sk']} was left"
    if stage.rings():
        yield "the abort alarm rings"


def _of_ours(stage: Stage) -> Iterator[str]:
    """What is left of the endpoint once it was forgotten."""
    yield from (f"the alarm {name}" for name in stage.alarms_of_ours())
    yield from (f"the row {row['pk']} {row['sk']}" for row in stage.rows())


def _unguarded(stage: Stage) -> Iterator[str]:
    """Every alarm by which SageMaker was to judge the last update is there."""
    config = stage.theatre.endpoint(stage.endpoint).get("LastDeploymentConfig", {})
    there = {f"{stage.endpoint}-5xx", *stage.alarms_of_ours()}
    for alarm in alarms_of(config):
        if alarm["AlarmName"] not in there:
            yield f"the update names the alarm {alarm['AlarmName']}, which is not there"


def _wrong(stage: Stage, ended: Sequence[Ended]) -> Iterator[str]:
    """Each deployment has one verdict, which is what SageMaker did; each update has its own."""
    done = updates(stage.journal)
    for deployment in ended:
        mine = [update for update in done if update.config == deployment.config]
        if len(mine) > 1:
            yield f"{deployment.id} was updated {len(mine)} times"
        if deployment.record is None:
            yield f"{deployment.id} has no record"
            continue
        allowed = {mine[0].verdict} if mine else NEVER_UPDATED
        if deployment.verdict not in allowed:
            words = f"{deployment.verdict} ({deployment.record['Reason']})"
            yield f"{deployment.id} has the verdict {words}, but SageMaker says {allowed}"
        if mine and _is_before(deployment.record["EndedAt"], mine[0]):
            yield f"{deployment.id} was concluded before its update ended: {mine[0]}"
    followed = {each.config for each in ended}
    for update in done:
        if update.config not in followed:
            yield f"nobody follows {update}"


def _unreported(stage: Stage, ended: Sequence[Ended]) -> Iterator[str]:
    """A report that is not stored is one that operators know of."""
    missing = {each.id for each in ended} - stage.reports()
    if missing and not stage.theatre.operators_told():
        yield f"nobody knows that there is no report on {missing}"


def _is_before(ended_at: str, update: Update) -> bool:
    return update.ended_at is None or from_text(ended_at) < update.ended_at


def _mistold(stage: Stage, ended: Sequence[Ended], call: Call, kind: Kind) -> Iterator[str]:
    """Each fact was told once, and the end last; again only if it could not be noted."""
    told = [e.data["body"] for e in stage.journal if e.kind == "notification" and e.data["body"]]
    ids = Counter(body["NotificationId"] for body in told)
    twice = {id_: count for id_, count in ids.items() if count > 1}
    if twice and not _may_tell_again(call, kind):
        yield f"told more than once: {twice}"
    over = set[str]()
    for body in told:
        id_ = body["DeploymentId"]
        if id_ in over and "Verdict" not in body:
            yield f"after the end of {id_} came {body['Event']}"
        if "Verdict" in body:
            over.add(id_)
    for deployment in ended:
        if deployment.record and deployment.id not in over:
            yield f"nobody was told how {deployment.id} ended"


def _may_tell_again(call: Call, kind: Kind) -> bool:
    """Whether the fault may have come between SNS and the note that SNS took it."""
    return (call.operation == "Publish" and kind.after) or (
        call.operation == "UpdateItem" and not kind.after
    )


def delay(stage: Stage) -> float:
    """The longest time in seconds from the end of an update to the word of how it ended."""
    done = {update.config: update.ended_at for update in updates(stage.journal)}
    told = dict[str, datetime]()
    for entry in stage.journal:
        if entry.kind == "notification" and (entry.data["body"] or {}).get("Verdict"):
            told.setdefault(entry.data["body"]["DeploymentId"], entry.at)
    late = [
        (told[each.id] - at).total_seconds()
        for each in deployments(stage)
        if (at := done.get(each.config)) and each.id in told
    ]
    return max(late, default=0)
