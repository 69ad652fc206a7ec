"""What a verdict rests on: the alarms that watched the bakes, and the requests that green got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.record import DeploymentRecord, GuardrailRecord, Verdict, WatchedAlarm
from bluegreen.contract.text import listed, quoted
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.gate import Gate
from bluegreen.deployment.judged import (
    judged_in_words,
    of_outcome,
    row_of,
    tripped_late_in_words,
)
from bluegreen.guardrails.asked import ABORT, WARN
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import Bake, Counts, Outcome, result_of
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.sagemaker.traffic_steps import bake_seconds

UNTIL_DATA_COMES: Final = timedelta(minutes=5)

JUDGES: Final = frozenset({"OK", "ALARM"})
"""The states of an alarm that has judged what it watches."""


@dataclass(frozen=True)
class Watch:
    """An alarm of a deployment as it was at the end; without a `state` it was not there.

    `datapoints` are those that it saw in the bakes, None where they cannot be counted. `variant`
    is the one of this endpoint that it watches, empty where it is about none alone.
    """

    alarm: str
    state: str = ""
    datapoints: int | None = None
    variant: str = ""


@dataclass(frozen=True)
class Evidence:
    """What was there to judge green by; None where it could not be read.

    `green_requests` are those that each variant of the green fleet got in the bakes; `counts` are
    what guardrails' metrics had, by alarm, as far as that is known. `unread` says why these and the
    datapoints are not known, where that is a fault. `gates` are the alarms with their series since
    before the update, where those were asked for; `gates_unread` says why they alone are not known.
    """

    watches: tuple[Watch, ...] | None = None
    green_requests: Mapping[str, int] | None = None
    unread: str = ""
    counts: Mapping[str, Counts] = field(default_factory=dict)
    gates: tuple[Gate, ...] | None = None
    gates_unread: str = ""


@dataclass(frozen=True)
class GreenFleet:
    """Whose requests are counted: variants of an endpoint under an endpoint config.

    An asynchronous endpoint has none, since SageMaker does not publish its invocations.
    `guardrails` are what must hold of them.
    """

    endpoint: str
    config: str
    variants: tuple[str, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()


@dataclass(frozen=True)
class Bakes:
    """From the beginning of the first bake that was seen to the end of the last one."""

    start: datetime
    end: datetime


def bakes_of(deployment: Deployment, observation: Observation, now: datetime) -> Bakes | None:
    """When a deployment baked; None where no bake was seen."""
    stages = [stage.seen for stage in deployment.stages]
    bakes = [number for number, stage in enumerate(stages) if stage.stage is Stage.BAKING]
    if not bakes:
        return None
    after = stages[bakes[-1] + 1 :]
    end = after[0].started_at if after else deployment.settled_at(observation) or now
    return Bakes(stages[bakes[0]].started_at, end)


def each_bake_of(deployment: Deployment, end: datetime) -> tuple[Bake, ...]:
    """Each bake that was seen, the last stage until `end`.

    None is longer than the policy says: what came after it may be unseen.
    """
    seen = [stage.seen for stage in deployment.stages]
    ends = [*(stage.started_at for stage in seen[1:]), end]
    return tuple(
        Bake(stage.started_at, min(end, bake_end(deployment, stage)))
        for stage, end in zip(seen, ends, strict=False)
        if stage.stage is Stage.BAKING
    )


def bake_end(deployment: Deployment, bake: StageSeen) -> datetime:
    """When a bake ends unless something ends it before."""
    length = bake_seconds(deployment.request.policy, bake.traffic_percent)
    return bake.started_at + timedelta(seconds=length)


def guardrail_rows(
    deployment: Deployment,
    evidence: Evidence,
    bakes: Sequence[Bake],
    tripped: Sequence[str],
) -> list[GuardrailRecord]:
    """What became of each guardrail, for a record.

    An alarm that was not there, or has judged nothing to the end, proves nothing by its counts.
    """
    states = {watch.alarm: watch.state for watch in evidence.watches or ()}
    rows = []
    for guardrail in deployment.request.guardrails:
        state = states.get(guardrail.alarm, "")
        counts = evidence.counts.get(guardrail.alarm) if state in JUDGES else None
        is_over = guardrail.alarm in tripped or state == "ALARM"
        rows.append(row_of(guardrail, result_of(guardrail, counts, bakes, tripped=is_over)))
    return rows


def as_far_as_known(evidence: Evidence, bakes: Bakes | None, now: datetime) -> Evidence:
    """The same, but soon after the first bake began, what was not seen may still come.

    CloudWatch shows a minute's data some minutes later.
    """
    if bakes is None or now >= bakes.start + UNTIL_DATA_COMES:
        return evidence
    watches, requests, counts = evidence.watches, evidence.green_requests, evidence.counts
    return replace(
        evidence,
        watches=watches and tuple(replace(w, datapoints=w.datapoints or None) for w in watches),
        green_requests=requests if requests and any(requests.values()) else None,
        counts={alarm: each for alarm, each in counts.items() if any(each.green.values())},
    )


def watched(watches: Sequence[Watch]) -> list[WatchedAlarm]:
    """The alarms for a record."""
    return [_watched(watch) for watch in watches]


def _watched(watch: Watch) -> WatchedAlarm:
    if not watch.state:
        return WatchedAlarm(AlarmName=watch.alarm, Present=False)
    alarm = WatchedAlarm(AlarmName=watch.alarm, Present=True, State=watch.state)
    if watch.datapoints is not None:
        alarm["Datapoints"] = watch.datapoints
    if watch.variant:
        alarm["VariantName"] = watch.variant
    return alarm


# ---- What a record says of it ----------------------------------------------------------------


def rests_on(record: DeploymentRecord) -> str:
    """What the verdict of a record rests on, in sentences; empty where there is nothing to say."""
    alarms = record.get("Watched", [])
    said = [*_requests_in_words(record), *_alarms_in_words(record)] if has_baked(record) else []
    judged = _guardrails_in_words(record)
    return " ".join([*judged, *said, *_deleted_in_words(_deleted(alarms))])


def is_doubtful(record: DeploymentRecord) -> bool:
    """Whether a success says little: an alarm was deleted, or nothing was measured or readable.

    Or a guardrail had too little data; none of that where the requester said PASS to it.
    """
    alarms, requests = record.get("Watched", []), record.get("GreenRequests")
    counted = [alarm["Datapoints"] for alarm in alarms if "Datapoints" in alarm]
    measured = bool(requests) and sum((requests or {}).values()) > 0
    unmeasured = requests is not None and not measured
    blind = bool(counted) and not any(counted) and not measured
    unread = has_baked(record) and requests is None and "Watched" not in record
    little = bool(of_outcome(record, Outcome.NOT_ENOUGH_DATA)) or unmeasured or blind or unread
    matters = record.get("Request", {}).get("NotEnoughData", WARN) in (WARN, ABORT)
    return bool(_deleted(alarms) or of_outcome(record, Outcome.TRIPPED)) or (little and matters)


def has_baked(record: DeploymentRecord) -> bool:
    """Whether a bake of the deployment was seen, so that there is something to judge it by."""
    return any(stage["Stage"] == Stage.BAKING for stage in record["Stages"])


def _deleted(alarms: Sequence[WatchedAlarm]) -> list[str]:
    return [alarm["AlarmName"] for alarm in alarms if not alarm["Present"]]


def _guardrails_in_words(record: DeploymentRecord) -> list[str]:
    """Of a success what its guardrails say; another verdict has its reason."""
    if record["Verdict"] != Verdict.SUCCEEDED:
        return []
    late = tripped_late_in_words(of_outcome(record, Outcome.TRIPPED))
    return [*late, *judged_in_words(record)]


def _requests_in_words(record: DeploymentRecord) -> list[str]:
    requests = record.get("GreenRequests")
    if requests is None:
        return ["How many requests green got in its bakes is not known."]
    total = sum(requests.values())
    if not total:
        return ["Green got no request in its bakes, so nothing was measured."]
    return [f"Green got {total:,} request{'s' if total > 1 else ''} in its bakes."]


def _alarms_in_words(record: DeploymentRecord) -> list[str]:
    """Which alarms watched; those that saw nothing; the variants that none is about."""
    if "Watched" not in record:
        return ["Whether its alarms watched is not known."]
    there = [alarm for alarm in record["Watched"] if alarm["Present"]]
    if not record["Watched"]:
        return ["No alarm watched it."]
    told = {row["AlarmName"] for row in record.get("Guardrails", [])}
    own = [alarm for alarm in there if alarm["AlarmName"] not in told]
    blind = [alarm["AlarmName"] for alarm in own if alarm.get("Datapoints") == 0]
    seeing = [alarm["AlarmName"] for alarm in own if alarm.get("Datapoints") != 0]
    said = [f"{_named(seeing)} watched it."] if seeing else []
    said += [f"{_named(blind)} saw no datapoint in them."] if blind else []
    return [*said, *_unwatched_in_words(record, there)]


def _named(alarms: Sequence[str]) -> str:
    return f"The alarm{'s' if len(alarms) > 1 else ''} {listed(alarms)}"


def _unwatched_in_words(record: DeploymentRecord, there: Sequence[WatchedAlarm]) -> list[str]:
    """Only where each alarm is about one variant: others may well watch all of them."""
    if not there or any("VariantName" not in alarm for alarm in there):
        return []
    variants = {alarm.get("VariantName") for alarm in there}
    left = sorted(name for name in record.get("GreenRequests", {}) if name not in variants)
    plural = "s" if len(left) > 1 else ""
    return [f"No alarm watched the variant{plural} {listed(left)}."] if left else []


def _deleted_in_words(alarms: Sequence[str]) -> list[str]:
    if not alarms:
        return []
    if len(alarms) == 1:
        what = f"The alarm {quoted(alarms[0])} was deleted meanwhile, and has"
    else:
        what = f"The alarms {listed(alarms)} were deleted meanwhile, and have"
    return [f"{what} watched nothing since."]
