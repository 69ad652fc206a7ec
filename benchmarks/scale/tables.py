"""What the runs show, in words and tables.

Prices are of us-east-1, on demand; they and the quotas are the published ones, and how long calls
and functions take is assumed: each is marked so where it is printed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final

from scale.figures import Figures

POLLING_SECONDS: Final = 15
WRITE_PRICE: Final = 0.625 / 1_000_000
READ_PRICE: Final = 0.125 / 1_000_000
"""USD a request unit."""

PARTITION_WRITES: Final = 1000
"""Write units a second that one partition takes."""

SECONDS_OF_A_CALL: Final = 0.02
SECONDS_OF_A_RUN: Final = 0.5
"""Assumed: a call of AWS from a function, and a run of a function."""

CONCURRENCY: Final = 1000
RECONCILE_TIMEOUT: Final = 240
"""Concurrent executions of an account by default; seconds."""

FALLING_BACK: Final = ("quotas", "no Lambda")
"""The runs in which calls are throttled."""


def printed(kept: Mapping[str, Figures]) -> str:
    """All that the runs show."""
    taken = [item for item in kept.items() if item[0] not in FALLING_BACK] or [*kept.items()]
    name, most = max(taken, key=lambda item: item[1]["Deployments"])
    parts = [
        _ends(kept),
        _transitions(kept),
        _calls(name, most),
        _looks(name, most),
        _table(name, most),
        _concurrency(name, most),
        *(_throttling(each, kept[each]) for each in FALLING_BACK if each in kept),
        _work(kept),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _ends(kept: Mapping[str, Figures]) -> Iterator[str]:
    yield (
        "run       deployments  lost  twice  late  rolled back  succeeded  wrong  notifications"
        "  longest history"
    )
    for name, run in kept.items():
        shares = f"{run['Lost']:>6.0%}{run['Twice']:>7.0%}{run['Late']:>6.0%}"
        rolled_back, succeeded = (run["Verdicts"].get(v, 0) for v in ("ROLLED_BACK", "SUCCEEDED"))
        yield (
            f"{name:<10}{run['Deployments']:>11,}{shares}{rolled_back:>13,}{succeeded:>11,}"
            f"{len(run['Wrong']):>7,}{run['Notifications']:>15,}{run['LongestHistory']:>10} events"
        )


def _transitions(kept: Mapping[str, Figures]) -> Iterator[str]:
    yield "state transitions (deployments with so many), by how often they fell back to a timeout"
    for name, run in kept.items():
        for kind, counts in run["Transitions"].items():
            by_number = sorted((int(number), count) for number, count in counts.items())
            told = ", ".join(f"{number} ({count:,})" for number, count in by_number)
            yield f"{name:<10}{kind:<25}{told}"


def _calls(name: str, run: Figures) -> Iterator[str]:
    count, seconds = run["Deployments"], run["VirtualSeconds"]
    made, describing = Counter[str](), "sagemaker DescribeEndpoint"
    for call, times in run["Calls"].items():
        made[call.split()[0]] += times
    made[describing] = run["Calls"][describing]
    yield f"{f'calls in `{name}`':<34}a deployment  a second on average  at the peak second"
    for what, times in made.items():
        peak = run["CallsInPeakSecond"][what]
        yield f"{what:<34}{times / count:>12.1f}{times / seconds:>21.1f}{peak:>20,}"
    polls = seconds / POLLING_SECONDS
    yield f"{'polling every 15 s (computed)':<34}{polls:>12.1f}{count / POLLING_SECONDS:>21.1f}"


def _looks(name: str, run: Figures) -> Iterator[str]:
    milliseconds = 1000 * SECONDS_OF_A_CALL
    yield (
        f"what each look of Reconcile called in `{name}`, and how long it takes at"
        f" {milliseconds:.0f} ms a call (assumed)"
    )
    for look in run["Ticks"]:
        calls = look["Calls"]
        told = ", ".join(f"{operation} {times:,}" for operation, times in sorted(calls.items()))
        took = sum(calls.values()) * SECONDS_OF_A_CALL
        yield f"after {look['After']:>5,.0f} s  {told:<60}{took:>6.1f} s of {RECONCILE_TIMEOUT}"


def _table(name: str, run: Figures) -> Iterator[str]:
    table, count = run["Table"], run["Deployments"]
    units = {kind: sum(table[kind].values()) for kind in ("Reads", "Writes", "IndexWrites")}
    reads, writes, index = (total / count for total in units.values())
    price = reads * READ_PRICE + (writes + index) * WRITE_PRICE
    yield f"request units of the table in `{name}`, a deployment"
    for kind, total in units.items():
        told = ", ".join(f"{what} {some / count:.1f}" for what, some in table[kind].items())
        yield f"{kind:<12}{total / count:>7.1f} = {told}"
    yield (
        f"price of a deployment (published): {price:.6f} USD = {reads:.1f} x {READ_PRICE:.9f}"
        f" + ({writes:.1f} + {index:.1f}) x {WRITE_PRICE:.9f}"
    )
    share = table["ItsWrites"] / units["Writes"]
    yield (
        f"partition keys written: {table['Partitions']:,}; the one written most is"
        f" {table['MostWrittenPartition']}, with {share:.1%} of the units, at most"
        f" {table['MostOfItInASecond']:,} in a second"
    )
    yield (
        f"the index has one partition key: at most {table['IndexWritesInPeakSecond']:,} units in a"
        f" second; a partition takes {PARTITION_WRITES:,} (published), so on average"
        f" {PARTITION_WRITES / index:.0f} deployments a second"
    )


def _concurrency(name: str, run: Figures) -> Iterator[str]:
    at_once = dict(run["InvocationsAtOnce"])
    all_ = at_once.pop("all")
    busiest = sorted(at_once.items(), key=lambda item: -item[1])[:4]
    told = ", ".join(f"{function} {runs:,}" for function, runs in busiest)
    yield f"runs of functions in the busiest second of `{name}`: {all_:,}"
    yield f"  of one function in its own busiest second: {told}"
    yield (
        f"  at {SECONDS_OF_A_RUN} s a run (assumed): {ceil(all_ * SECONDS_OF_A_RUN):,} concurrent"
        f" executions; with {CONCURRENCY:,} (published) they are done after"
        f" {all_ * SECONDS_OF_A_RUN / CONCURRENCY:.1f} s"
    )


def _throttling(name: str, run: Figures) -> Iterator[str]:
    calls = ", ".join(f"{call} {times:,}" for call, times in sorted(run["Throttled"].items()))
    told = ", ".join(f"{words} ({times})" for words, times in run["OperatorsTold"].items())
    yield f"`{name}`, {run['Deployments']:,} deployments, {len(run['Wrong'])} wrong"
    yield f"  throttled: {calls or 'nothing'}; dead letters: {run['DeadLetters']}"
    for which, ends in run["Ends"].items():
        yield f"  {which}: ended {ends[0]:,.0f} to {ends[1]:,.0f} s after the start"
    yield f"  operators were told: {told or 'nothing'}"


def _work(kept: Mapping[str, Figures]) -> Iterator[str]:
    yield (
        "processor time  deployments  seconds of each  our functions"
        "  their calls (botocore, moto)  all else of the embedded AWS"
    )
    for name, run in kept.items():
        work = run["Work"]
        ours, calls = (work[each] / work["Seconds"] for each in ("InOurFunctions", "InTheirCalls"))
        each = work["Seconds"] / run["Deployments"]
        yield (
            f"{name:<14}{run['Deployments']:>13,}{each:>17.2f}{ours:>15.0%}{calls:>30.0%}"
            f"{1 - ours - calls:>30.0%}"
        )
