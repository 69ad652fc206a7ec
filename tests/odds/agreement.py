"""A run of a drawn deployment against what must have come of it: each contradiction in words."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import sqrt
from typing import Final, NamedTuple, cast

from bluegreen.contract.record import GuardrailRecord
from bluegreen.contract.times import from_text
from bluegreen_simulator.aws.cloudwatch.evaluator import EVALUATION_SECOND
from odds.runs import Counted, Run
from odds.walk import (
    DAY,
    JUDGED_LATEST,
    Gate,
    Minute,
    Minutes,
    datapoints,
    first_alarm,
    found_in,
    is_in_alarm,
    of_errors,
    of_latency,
    power,
    rate,
)

UNFINISHED: Final = 3
"""The last minutes of blue's week that are not looked at."""

DIGITS: Final = 6
NEARLY: Final = 2e-6
"""What rounding to six digits, here and there, may come to."""

ENOUGH: Final = 0.95
DRAWS: Final = 1000
SIGMAS: Final = 4
JUDGED_BEFORE: Final = 240
SHORTEST_JUDGED: Final = 480
"""Seconds: too little data aborts so long before the end of a bake that is at least so long."""

LONGEST_ABORT: Final = 150
"""Seconds: from the judgement until SageMaker rolls back."""


class Stretch(NamedTuple):
    """A bake as it was, in moments."""

    start: datetime
    end: datetime


class Watched(NamedTuple):
    """A guardrail: its row in the record, what it must be in numbers, and what it counts."""

    row: GuardrailRecord
    gate: Gate
    minutes: Minutes


def disagreements(run: Run) -> list[str]:
    """What is not as computed."""
    number = run.drawn.number
    if run.began is None or "Guardrails" not in run.record:
        return [f"{number}: it was not deployed: {run.record['Reason']}"]
    found = [*_in_numbers(run), *_in_time(run), *_in_rows(run)]
    return [f"{number}: {words}" for words in found]


# ---- What the guardrails come to --------------------------------------------------------------


@lru_cache(maxsize=20)
def watched(run: Run) -> list[Watched]:
    """Each guardrail that there must be, beside its row; without one the row is empty."""
    rows = {(row["VariantName"], _key(row)): row for row in run.record["Guardrails"]}
    found = []
    for variant in run.drawn.variants:
        for gate in gates(run, variant):
            row = rows.pop((variant, gate.key), cast("GuardrailRecord", {}))
            exact = _as_in(row, gate)
            found.append(Watched(row, exact, minutes_of(run, variant, exact)))
    assert not rows, f"guardrails that nobody expects: {rows}"
    return found


def gates(run: Run, variant: str) -> Iterator[Gate]:
    """Those that blue's minutes give; of less than a day of them none of latency."""
    drawn, blue = run.drawn, _blue(run, variant)
    requests = [each.both or 0 for each in blue]
    by_config = run.assumed.metrics_by_config == "all"
    lengths = [drawn.bake] * len(drawn.bakes)
    for key in ("5xx", "4xx"):
        errors = [(each.both5 if key == "5xx" else each.both4) or 0 for each in blue]
        yield of_errors(key, requests, errors, lengths, by_config=by_config)
    if len(blue) >= DAY:
        yield of_latency(list(_p90(run, variant)), drawn.bake)


def _asked_at(run: Run) -> int:
    """The number of the minute in which blue's week was read."""
    return int(from_text(run.record["StartedAt"]).timestamp()) // 60


def _blue(run: Run, variant: str) -> list[Counted]:
    """From its first minute with a request on."""
    of, end = run.minutes[variant], _asked_at(run) - UNFINISHED
    return [of.get(minute, Counted()) for minute in range(min(of), end)]


def _p90(run: Run, variant: str) -> Iterator[float]:
    """By nearest rank, of each period that has some; the last one ends where the week does."""
    of, end = run.minutes[variant], _asked_at(run) - UNFINISHED
    period = max(1, min(5, run.drawn.bake // 5 // 60))
    for start in range(end - 7 * DAY, end, period):
        lengths = dict[float, float]()
        for minute in range(start, start + period):
            for ms, count in of.get(minute, Counted()).both_ms.items():
                lengths[ms] = lengths.get(ms, 0) + count
        if lengths:
            yield _nearest_rank(lengths)


def _nearest_rank(lengths: Mapping[float, float]) -> float:
    rank, passed = 0.9 * sum(lengths.values()), 0.0
    for ms in sorted(lengths):
        passed += lengths[ms]
        if passed >= rank - 1e-9:
            return ms
    raise AssertionError


def _key(row: GuardrailRecord) -> str:
    return row["AlarmName"].rpartition("/")[2]


def _is_missing(row: GuardrailRecord) -> bool:
    return "AlarmName" not in row


def _as_in(row: GuardrailRecord, gate: Gate) -> Gate:
    """With as many digits as are kept, where the row says the same: rounding decides nothing."""
    if _is_missing(row) or list(_differences(row, gate)):
        return gate
    changes = {"limit": row["Limit"], "defect": row["Defect"]}
    changes["surely"] = round(gate.surely, DIGITS)
    changes["expected"] = row.get("ExpectedRate", 0.0)
    changes["limit_ms"] = row.get("LimitMilliseconds", 0.0)
    return Gate(**{**gate.__dict__, **changes})


def _differences(row: GuardrailRecord, gate: Gate) -> Iterator[str]:
    for name, value in (
        ("Limit", gate.limit),
        ("Defect", gate.defect),
        ("ExpectedRate", gate.expected),
        ("LimitMilliseconds", gate.limit_ms),
    ):
        told = cast("dict[str, float]", row).get(name, 0.0)
        if abs(told - value) > NEARLY * max(1.0, 500 * (name == "LimitMilliseconds")):
            yield f"{row['AlarmName']} has {name} {told}, computed {value}"


def _in_numbers(run: Run) -> Iterator[str]:
    for row, gate, _ in watched(run):
        if _is_missing(row):
            yield f"there is no guardrail {gate.key}"
        else:
            yield from _differences(row, gate)


def minutes_of(run: Run, variant: str, gate: Gate) -> dict[int, Minute]:
    """What a gate counts."""
    return {at: _counted(gate, each) for at, each in run.minutes[variant].items()}


def _counted(gate: Gate, of: Counted) -> Minute:
    if gate.limit_ms:
        slow = sum(count for ms, count in of.green_ms.items() if ms > gate.limit_ms)
        return Minute(of.green, slow, of.both or 0)
    if gate.by_config:
        errors = of.green5 if gate.key == "5xx" else of.green4
    else:
        errors = of.both5 if gate.key == "5xx" else of.both4
    return Minute(of.green, errors or 0, of.both or 0)


# ---- When it goes off, and what comes of it ---------------------------------------------------


def seen_at(end: int) -> datetime:
    """When alarms are evaluated after the end of a minute."""
    return datetime.fromtimestamp((end + 1) * 60 + EVALUATION_SECOND, UTC)


def _last_seen(moment: datetime) -> int:
    """The last minute whose end alarms have been evaluated after, at a moment."""
    return int((moment.timestamp() - EVALUATION_SECOND) // 60) - 1


def planned(run: Run) -> list[Stretch]:
    """The bakes of the update, if nothing stops it."""
    assert run.began is not None
    return [
        Stretch(run.began + timedelta(seconds=b.start), run.began + timedelta(seconds=b.end))
        for b in run.drawn.bakes
    ]


def first_tripped(run: Run) -> datetime | None:
    """When the first alarm goes off while it can roll the update back."""
    bakes = planned(run)
    ends = range(_last_seen(bakes[0].start), _last_seen(bakes[-1].end) + 1)
    found = [first_alarm(gate, minutes, ends) for _, gate, minutes in watched(run)]
    times = [seen_at(end) for end in found if end is not None]
    return min((at for at in times if bakes[0].start < at < bakes[-1].end), default=None)


def _rolled_back_at(run: Run) -> datetime | None:
    return next((at for at, stage, _ in run.stages if stage == "ROLLING_BACK"), None)


def _settled_at(run: Run) -> datetime:
    return next(at for at, stage, _ in run.stages if stage == "SETTLED")


def _in_time(run: Run) -> Iterator[str]:
    wanted, back = first_tripped(run), _rolled_back_at(run)
    abort = _aborts_at(run)
    if abort is not None and (wanted is None or wanted > abort + timedelta(seconds=LONGEST_ABORT)):
        yield from _aborted(run, abort, back)
        return
    near_abort = abort is not None and wanted is not None and wanted >= abort
    if back != wanted and not near_abort:
        yield f"it was rolled back at {back}, computed {wanted}"
        return
    verdict = ("ROLLED_BACK", "ALARM") if wanted else ("SUCCEEDED", None)
    told = run.record["Verdict"], run.record.get("Trigger")
    if told != verdict and not near_abort:
        yield f"it ended {told}, computed {verdict}"
    if wanted:
        yield from _misnamed(run)
        yield from _mistold(run, wanted)
    elif run.record["TrippedAlarms"]:
        yield f"tripped alarms of a success: {run.record['TrippedAlarms']}"


def _misnamed(run: Run) -> Iterator[str]:
    """Those that went off from the first bake on until the endpoint had settled."""
    ends = range(_last_seen(planned(run)[0].start), _last_seen(_settled_at(run)) + 1)
    wanted = {
        row["AlarmName"]
        for row, gate, minutes in watched(run)
        if first_alarm(gate, minutes, ends) is not None
    }
    if set(run.record["TrippedAlarms"]) != wanted:
        yield f"tripped are {run.record['TrippedAlarms']}, computed {sorted(wanted)}"


def _mistold(run: Run, at: datetime) -> Iterator[str]:
    """The values of each alarm that had gone off then stand in the record's reason."""
    for row, gate, minutes in watched(run):
        end = _last_seen(at)
        if row["AlarmName"] != run.record["TrippedAlarms"][0]:
            continue
        if is_in_alarm(gate, minutes, end):
            values = [min(1.0, rate(gate, each)) for each in datapoints(gate, minutes, end)]
            said = ", ".join(f"{float(f'{100 * value:.3g}'):g} %" for value in values)
            if f": {said} of green's requests" not in run.record["Reason"]:
                yield f"the reason lacks {said}: {run.record['Reason']}"


# ---- Too little data --------------------------------------------------------------------------


def _aborts_at(run: Run) -> datetime | None:
    """When a bake is judged and found to have too little; None where that stops nothing."""
    if run.drawn.not_enough_data != "ABORT" or not run.assumed.abort_alarm:
        return None
    if run.drawn.bake < SHORTEST_JUDGED:
        return None
    bakes = planned(run)
    for number, bake in enumerate(bakes):
        at = bake.end - timedelta(seconds=JUDGED_BEFORE)
        if any(_lacks(each, bakes[: number + 1], at) for each in watched(run)):
            return at
    return None


def _lacks(of: Watched, bakes: Sequence[Stretch], now: datetime) -> bool:
    """Whether no bake has judged a guardrail, and this one will not have, as it goes."""
    *before, runs = bakes
    if any(power(of.gate, _judged(of.minutes, bake)) >= ENOUGH for bake in before):
        return False
    known = _judged(of.minutes, Stretch(runs.start, now))
    if not known:
        return True
    paced = known[1:] or known
    usual = Minute(
        sum(each.green or 0 for each in paced) / len(paced),
        0,
        sum(each.both for each in paced) / len(paced),
    )
    more = len(_judged(of.minutes, runs)) - len(known)
    return power(of.gate, [*known, *[usual] * more]) < ENOUGH


def _aborted(run: Run, at: datetime, back: datetime | None) -> Iterator[str]:
    told = run.record["Verdict"], run.record.get("Trigger")
    if told != ("ROLLED_BACK", "ABORT"):
        yield f"it ended {told}, computed an abort for too little data at {at}"
    elif back is None or not at < back <= at + timedelta(seconds=LONGEST_ABORT):
        yield f"it was aborted at {back}, computed soon after {at}"


# ---- The rows of the record -------------------------------------------------------------------


def _judged(minutes: Minutes, bake: Stretch) -> list[Minute]:
    """The minutes of a bake, from the one on in which it begins, that are judged in it."""
    first = int(bake.start.timestamp()) // 60
    end = int(bake.end.timestamp()) // 60 - JUDGED_LATEST
    return [minutes.get(at, Minute()) for at in range(first, end + 1)]


def seen_bakes(run: Run) -> list[Stretch]:
    """The bakes as they were, by SageMaker."""
    ends = [at for at, *_ in run.stages[1:]]
    return [
        Stretch(at, end)
        for (at, stage, _), end in zip(run.stages, ends, strict=False)
        if stage == "BAKING"
    ]


def _in_rows(run: Run) -> Iterator[str]:
    tripped = set(run.record["TrippedAlarms"]) | _in_alarm_at_the_end(run)
    for of in watched(run):
        if not of.row:
            continue
        name, outcome = of.row["AlarmName"], of.row["Outcome"]
        best, requests, rate_of_all = _proven(run, of)
        wanted = "HEALTHY" if best >= ENOUGH else "NOT_ENOUGH_DATA"
        wanted = "TRIPPED" if name in tripped else wanted
        if outcome != wanted:
            yield f"{name} is {outcome}, computed {wanted} (power {best})"
        if abs(of.row.get("Power", -1) - best) > NEARLY:
            yield f"{name} has power {of.row.get('Power')}, computed {best}"
        if of.row.get("Requests") != requests:
            yield f"{name} has {of.row.get('Requests')} requests, computed {requests}"
        if not _same(of.row.get("Rate"), rate_of_all):
            yield f"{name} has rate {of.row.get('Rate')}, computed {rate_of_all}"
        if outcome == "HEALTHY" and not _would_be_found(run, of):
            yield f"{name} is HEALTHY, but its defect would not be found in what there was"


def _same(told: float | None, computed: float | None) -> bool:
    if told is None or computed is None:
        return told == computed
    return abs(told - computed) <= NEARLY


def _in_alarm_at_the_end(run: Run) -> set[str]:
    end = _last_seen(from_text(run.record["EndedAt"]))
    return {
        row["AlarmName"] for row, gate, minutes in watched(run) if is_in_alarm(gate, minutes, end)
    }


def _published(run: Run, minutes: Minutes) -> Minutes:
    """What there was when the deployment was concluded."""
    end = int(from_text(run.record["EndedAt"]).timestamp()) // 60
    return {at: each for at, each in minutes.items() if at < end}


def _proven(run: Run, of: Watched) -> tuple[float, float, float | None]:
    """Power and green's requests of the bake that says most, and green's rate in all of them."""
    there = _published(run, of.minutes)
    best, requests, all_ = 0.0, 0.0, dict[int, Minute]()
    for bake in seen_bakes(run):
        own = {at: there.get(at, Minute()) for at in _begins(bake)}
        said = power(of.gate, _judged(there, bake)), sum(each.green or 0 for each in own.values())
        best, requests = max((best, requests), said)
        all_ |= own
    return best, requests, _rate(of.gate, list(all_.values()))


def _begins(bake: Stretch) -> range:
    """The minutes that a bake has a part of."""
    return range(int(bake.start.timestamp()) // 60, -(-int(bake.end.timestamp()) // 60))


def _rate(gate: Gate, minutes: Sequence[Minute]) -> float | None:
    green = sum(each.green or 0 for each in minutes)
    if not green:
        return None
    bad, both = sum(each.bad for each in minutes), sum(each.both for each in minutes)
    return min(1.0, max(0.0, rate(gate, Minute(green, bad, both))))


def _would_be_found(run: Run, of: Watched) -> bool:
    """By drawing the defect in the bake that says most, as often as is needed to be sure."""
    there = _published(run, of.minutes)
    best = max(seen_bakes(run), key=lambda bake: power(of.gate, _judged(there, bake)))
    chance = random.Random(of.row["AlarmName"])  # noqa: S311 - nothing to guess
    found = found_in(of.gate, _judged(there, best), DRAWS, chance.binomialvariate)
    return found / DRAWS >= ENOUGH - SIGMAS * sqrt(ENOUGH * (1 - ENOUGH) / DRAWS)
