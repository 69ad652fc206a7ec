"""What a run of many deployments shows, as figures that can be kept."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.run.theatre import Seen
from scale.crowd import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from bluegreen.contract.message import MessageBody

STARTED: Final = "DEPLOYMENT_STARTED"
RECONCILE: Final = "Reconcile"

Figures = dict[str, Any]


def figures_of(outcome: Outcome) -> Figures:
    """All of it, in JSON; times in seconds since the first start, in virtual time."""
    journal, crowd = outcome.journal, outcome.crowd
    return {
        "Deployments": crowd.deployments,
        "Lost": crowd.lost,
        "Twice": crowd.twice,
        "Late": crowd.late,
        "VirtualSeconds": max(last for _, last in _ends(outcome).values()),
        "Events": _events(journal),
        "Wrong": list(wrong(outcome)),
        "Verdicts": dict(Counter(verdict for verdict, _ in _verdicts(outcome))),
        "Notifications": sum(map(len, _told(journal).values())),
        "Transitions": transitions(outcome),
        "LongestHistory": max(outcome.events.values()),
        "Invocations": _invocations(outcome),
        "InvocationsAtOnce": _invocations_at_once(outcome),
        "Calls": calls(journal),
        "CallsInPeakSecond": _most_calls_in_a_second(journal),
        "Ticks": list(_looks_of_reconcile(outcome)),
        "Table": _table(outcome),
        "Work": _work(outcome),
        "OperatorsTold": dict(Counter(outcome.operators_told)),
        "Throttled": _throttled(journal),
        "DeadLetters": sum(entry.kind == "dead_letter" for entry in journal),
        "Ends": _ends(outcome),
    }


# ---- Promises ---------------------------------------------------------------------------------


def wrong(outcome: Outcome) -> Iterator[str]:
    """In words, each promise that was not kept to a deployment: none, if all is well."""
    told = _told(outcome.journal)
    for number, (verdict, seen) in enumerate(_verdicts(outcome)):
        if verdict != outcome.crowd.expected(number):
            yield f"{seen.name} ended {verdict}: {seen.said[:300]}"
        events = Counter(body["Event"] for body in told[seen.name])
        if (events[STARTED], events[f"DEPLOYMENT_{verdict}"]) != (1, 1):
            yield f"{seen.name} was told {dict(events)}"
        ids = [body["NotificationId"] for body in told[seen.name]]
        if len(ids) != len(set(ids)):
            yield f"{seen.name} was told something twice"
    for row in outcome.rows:
        if "Open" in row or ("ClaimedAt" in row and "SentAt" not in row):
            yield f"{row['pk']} {row['sk']} is still open, or was not sent"


def _told(journal: Iterable[Entry]) -> "dict[str, list[MessageBody]]":
    """The notifications by deployment."""
    found: dict[str, list[MessageBody]] = defaultdict(list)
    for entry in journal:
        if entry.kind == "notification" and entry.data["body"]:
            found[entry.data["body"]["DeploymentId"]].append(entry.data["body"])
    return found


def _verdicts(outcome: Outcome) -> list[tuple[str, Seen]]:
    """The verdict of each deployment with its first execution, in the order of their numbers."""
    kept = [row for row in outcome.rows if "Record" in row]
    verdicts = {row["DeploymentId"]: json.loads(row["Record"])["Verdict"] for row in kept}
    first = [seen for seen in outcome.seen if seen.name in outcome.names]
    return [(verdicts.get(seen.name, "none"), seen) for seen in first]


def _ends(outcome: Outcome) -> dict[str, tuple[float, float]]:
    """After how many seconds the first and the last deployment of each verdict ended."""
    found: dict[str, list[float]] = defaultdict(list)
    for verdict, seen in _verdicts(outcome):
        if seen.stopped_at:
            found[verdict].append((seen.stopped_at - outcome.started_at).total_seconds())
    return {verdict: (min(ends), max(ends)) for verdict, ends in sorted(found.items())}


def transitions(outcome: Outcome) -> dict[str, dict[str, int]]:
    """How many deployments had so many state transitions, by verdict and number of timeouts.

    As `ROLLED_BACK, 1 timeouts` to the counts of transitions.
    """
    states = [entry.data for entry in outcome.journal if entry.kind == "state_entered"]
    entered = Counter(data["execution"] for data in states)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict, seen in _verdicts(outcome):
        kind = f"{verdict}, {outcome.timeouts[seen.name]} timeouts"
        found[kind][str(entered[seen.name])] += 1
    return {kind: dict(sorted(counts.items())) for kind, counts in sorted(found.items())}


# ---- Calls and runs ---------------------------------------------------------------------------


def _call(entry: Entry) -> str:
    return f"{entry.data['service']} {entry.data['operation']}"


def calls(journal: Iterable[Entry]) -> dict[str, int]:
    """The calls of functions, by service and operation."""
    made = Counter(_call(entry) for entry in journal if entry.kind == "api_call")
    return dict(sorted(made.items()))


def _most_in_a_second(happened: "Iterable[tuple[str, datetime]]") -> dict[str, int]:
    """Of each kind, how often it happened in the second in which it did most."""
    found: dict[str, Counter[datetime]] = defaultdict(Counter)
    for kind, at in happened:
        found[kind][at.replace(microsecond=0)] += 1
    return {kind: max(by_second.values()) for kind, by_second in sorted(found.items())}


def _most_calls_in_a_second(journal: Iterable[Entry]) -> dict[str, int]:
    """By service, and by service and operation."""
    made = [entry for entry in journal if entry.kind == "api_call"]
    by_call = [(_call(entry), entry.at) for entry in made]
    return _most_in_a_second([*by_call, *((entry.data["service"], entry.at) for entry in made)])


def _runs(outcome: Outcome) -> "list[tuple[str, datetime]]":
    """Which function ran, and when it ended."""
    ran = [entry for entry in outcome.journal if entry.kind == "lambda_invoked"]
    return [(outcome.function_of(entry), entry.at) for entry in ran]


def _invocations(outcome: Outcome) -> dict[str, int]:
    return dict(sorted(Counter(name for name, _ in _runs(outcome)).items()))


def _invocations_at_once(outcome: Outcome) -> dict[str, int]:
    """The most runs of each function in one second, and of all of them together."""
    runs = _runs(outcome)
    return _most_in_a_second([*runs, *(("all", at) for _, at in runs)])


def _looks_of_reconcile(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """After how many seconds each look ended, how long it took, and what it called."""
    made: Counter[str] = Counter()
    for entry in outcome.journal:
        if outcome.function_of(entry) != RECONCILE:
            continue
        if entry.kind == "api_call":
            made[entry.data["operation"]] += 1
        elif entry.kind == "lambda_invoked":
            after = (entry.at - outcome.started_at).total_seconds()
            took, error = entry.data["seconds"], entry.data["error"]
            yield {"After": after, "Seconds": took, "Error": error, "Calls": dict(made)}
            made.clear()


def _throttled(journal: Iterable[Entry]) -> dict[str, int]:
    """Calls that were throttled, botocore's own repetitions too."""
    faults = [entry for entry in journal if entry.kind == "fault"]
    struck = [_call(entry) for entry in faults if entry.data["what"] == "ApiFault"]
    return dict(sorted(Counter(struck).items()))


def _events(journal: Iterable[Entry]) -> dict[str, int]:
    """How many events of AWS there were, and how many never arrived."""
    dropped = [entry.data["dropped"] for entry in journal if entry.kind == "event"]
    return {"Sent": len(dropped), "Lost": sum(dropped)}


# ---- The table, and the work ------------------------------------------------------------------


def _table(outcome: Outcome) -> dict[str, Any]:
    table = outcome.table
    hot, units = table.writes.most_common(1)[0]
    return {
        "Calls": dict(sorted(table.calls.items())),
        "Reads": dict(sorted(table.reads.items())),
        "Writes": dict(sorted(table.by_kind.items())),
        "IndexWrites": {kind: some for kind, some in sorted(table.index_writes.items()) if some},
        "WritesInPeakSecond": max(table.seconds.values()),
        "IndexWritesInPeakSecond": max(table.index_seconds.values()),
        "MostWrittenPartition": hot,
        "ItsWrites": units,
        "MostOfItInASecond": max(n for (_, key), n in table.hottest.items() if key == hot),
        "Partitions": len(table.writes),
    }


def _work(outcome: Outcome) -> dict[str, float]:
    work = outcome.work
    return {
        "Seconds": round(work.total, 1),
        "InOurFunctions": round(work.ours, 1),
        "InTheirCalls": round(work.in_calls, 1),
    }
