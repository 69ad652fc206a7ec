"""What must hold in the end, whatever happened: each broken promise in words."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from bluegreen.contract.times import from_text
from search.oracle import Update, updates, verdicts_for
from search.world import World, prefix_of

KILLED: Final = {"Runtime.ExitError", "Sandbox.Timedout"}
NO_ALARM: Final = "Could not find CloudWatch alarm"
"""SageMaker's answer to an update with an alarm that is not there."""

OUTCOMES: Final = {"TRIPPED", "HEALTHY", "NOT_ENOUGH_DATA"}
NOTED: Final = {("sns", "Publish"), ("dynamodb", "UpdateItem")}
"""The calls between which a fact is told and not noted: the answer of one may be lost."""


def broken(world: World) -> list[str]:
    """Every promise that does not hold, once the world should have settled."""
    return [
        *_left_over(world),
        *_wrong_verdicts(world),
        *_not_run_by_who_concluded(world),
        *_unfollowed(world),
        *_mistold(world),
        *_misguarded(world),
    ]


def remembered(world: World) -> list[str]:
    """What is still there of endpoints that were to be forgotten, which is done here."""
    for endpoint in world.endpoints:
        world.forget(endpoint)
    rows = [row for row in world.rows() if row["pk"].startswith("ENDPOINT#")]
    abort = world.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="bluegreen-abort-")
    return [
        *(f"row {row['pk']} {row['sk']} was not forgotten" for row in rows),
        *(f"alarm {name} was not forgotten" for name in sorted(world.alarms_of_guardrails())),
        *(f"alarm {alarm['AlarmName']} was not forgotten" for alarm in abort["MetricAlarms"]),
    ]


def _left_over(world: World) -> Iterator[str]:
    """Nobody is left waiting or locked out."""
    for execution in world.running():
        yield f"execution {execution.name} still runs"
    for row in world.rows():
        kind = row["sk"].split("#")[0]
        if kind == "LOCK" and "OwnerExecutionArn" in row:
            yield f"endpoint {row['EndpointName']} is still locked by {row['OwnerExecutionArn']}"
        elif "Open" in row or kind == "WAITING" or row["pk"].startswith("ALARM#"):
            yield f"row {row['pk']} {row['sk']} was left"
    for alarm in world.ringing():
        yield f"abort alarm {alarm} still rings"


def _records(world: World) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in world.rows():
        if row["sk"].startswith("DEPLOYMENT#"):
            key = row["sk"].rpartition("#")[2]
            found[key] += [json.loads(row["Record"])] if "Record" in row else []
    return found


def _wrong_verdicts(world: World) -> Iterator[str]:
    """Each deployment that began has one verdict, which is what SageMaker did."""
    done = updates(world.aws.journal.entries)
    for id_, records in _records(world).items():
        if len(records) != 1:
            yield f"deployment {id_} has {len(records)} records"
        for record in records:
            allowed = verdicts_for(id_, done, from_text(record["EndedAt"]))
            if record["Verdict"] not in allowed:
                words = f"{record['Verdict']} ({record['Reason']})"
                yield f"deployment {id_} has the verdict {words}, but SageMaker says {allowed}"


def _not_run_by_who_concluded(world: World) -> Iterator[str]:
    """Whoever was replaced writes no record, and does not take the deployment back.

    Who adopts what has ended (its lock was left) is named by the row, and not by the record.
    """
    for row in world.rows():
        if not {"Record", "AdoptedAt"} <= row.keys():
            continue
        record = json.loads(row["Record"])
        mine, ended_at = record["ExecutionArn"], from_text(record["EndedAt"])
        if mine != row["ExecutionArn"] and ended_at > from_text(row["AdoptedAt"]):
            id_ = record["DeploymentId"]
            yield f"deployment {id_} is run by {row['ExecutionArn']}, but {mine} concluded it"


def _unfollowed(world: World) -> Iterator[str]:
    """No update begins that no deployment follows, and none is concluded while it runs."""
    records = _records(world)
    for update in updates(world.aws.journal.entries):
        if update.config.startswith("foreign"):
            continue
        id_ = update.config.removesuffix("-config")
        ends = [record["EndedAt"] for record in records.get(id_, [])]
        if not ends:
            yield f"nobody has concluded the update to {update.config}"
        elif _ended_before(ends[0], update):
            yield f"deployment {id_} was concluded at {ends[0]}, before its update ended: {update}"


def _misguarded(world: World) -> Iterator[str]:
    """Guardrails are made where they were asked for and nowhere else, and each has an outcome."""
    made = world.alarms_of_guardrails()
    for name in sorted(made - set().union(*world.guardrails.values())):
        yield f"nobody asked for the alarm {name}"
    for id_, records in _records(world).items():
        for record in records:
            yield from _of_guardrails(id_, record, made, world)


def _of_guardrails(id_: str, record: dict[str, Any], made: set[str], world: World) -> Iterator[str]:
    if NO_ALARM in record["Reason"]:
        yield f"SageMaker was given an alarm of {id_} that is not there: {record['Reason']}"
    if f"{id_}-config" not in world.sent:
        return
    sent, wanted = world.sent[f"{id_}-config"], world.guardrails[id_]
    ours = {name for name in sent if name.startswith(prefix_of(record["EndpointName"]))}
    outcomes = {row["AlarmName"]: row["Outcome"] for row in record.get("Guardrails", [])}
    if ours != wanted:
        yield f"SageMaker was given {sorted(ours)} of {id_}, which asked for {sorted(wanted)}"
    if outcomes.keys() != ours or not OUTCOMES.issuperset(outcomes.values()):
        yield f"{id_} was guarded by {sorted(ours)}, but the outcomes are {outcomes}"
    if not ours <= made:
        yield f"the alarms {sorted(ours - made)} of {id_} are gone"


def _ended_before(ended_at: str, update: Update) -> bool:
    return update.ended_at is not None and from_text(ended_at) < update.ended_at


def _mistold(world: World) -> Iterator[str]:
    """Each fact was told once, or again under the same id if its teller died; the end last."""
    told = [entry for entry in world.aws.journal.of_kind("notification") if entry.data["body"]]
    ids = Counter(entry.data["body"]["NotificationId"] for entry in told)
    forgiven = _deaths_while_publishing(world)
    twice = sum(count - 1 for count in ids.values())
    if twice > forgiven:
        again = [id_ for id_, count in ids.items() if count > 1]
        yield f"told {twice} times too often, {forgiven} of them by who died: {again}"
    ended = set[str]()
    for entry in told:
        body = entry.data["body"]
        id_ = body["DeploymentId"]
        if id_ in ended and "Verdict" not in body:
            yield f"after the end of {id_} came {body['Event']}"
        if "Verdict" in body:
            ended.add(id_)
    for id_ in _records(world):
        if id_ not in ended:
            yield f"nobody was told how {id_} ended"


def _deaths_while_publishing(world: World) -> int:
    """How often a fact may have been published and not noted: its teller died, or a call failed.

    A call that fails may have been carried out; botocore tries it again by itself.
    """
    died = sum(
        entry.data["error"] in KILLED for entry in world.aws.journal.of_kind("lambda_invoked")
    )
    failed = sum(
        (entry.data.get("service"), entry.data.get("operation")) in NOTED
        for entry in world.aws.journal.of_kind("fault")
    )
    return died + failed
