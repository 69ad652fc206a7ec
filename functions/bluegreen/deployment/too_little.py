"""NotEnoughData ABORT: whether a bake that runs will have judged green, shortly before it ends.

Late enough to know what comes, and early enough for the abort alarm to ring before the end.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bluegreen.contract.text import cut, plain
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.evidence import Evidence, bake_end, each_bake_of
from bluegreen.deployment.judged import name_of
from bluegreen.guardrails.asked import ABORT, JUDGED_BEFORE_THE_END, SHORTEST_JUDGED
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import (
    Bake,
    Counts,
    green_needed,
    power_in,
    power_to_come,
    requests_in,
)
from bluegreen.guardrails.power import ENOUGH
from bluegreen.sagemaker.observation import Stage, StageSeen

LONGEST_REASON: Final = 512


def judged_at(deployment: Deployment, stage: StageSeen | None) -> datetime | None:
    """From when on a bake is judged until its end; None where nothing is."""
    request = deployment.request
    asked = request.not_enough_data == ABORT and request.guardrails and not deployment.abort
    if not asked or stage is None or stage.stage is not Stage.BAKING:
        return None
    end = bake_end(deployment, stage)
    return end - JUDGED_BEFORE_THE_END if end - stage.started_at >= SHORTEST_JUDGED else None


def is_judged_now(deployment: Deployment, stage: StageSeen | None, now: datetime) -> bool:
    """Whether a bake that runs is far enough, and not over."""
    since = judged_at(deployment, stage)
    return since is not None and since <= now < since + JUDGED_BEFORE_THE_END


def too_little(deployment: Deployment, evidence: Evidence, now: datetime) -> str:
    """Which guardrails no bake will have judged when the one that runs ends; empty: none.

    It runs as the last stage that was seen. What cannot be read is not known, and counts as
    nothing.
    """
    runs = deployment.stages[-1].seen
    bakes = each_bake_of(deployment, bake_end(deployment, runs))
    found = [
        words
        for guardrail in deployment.request.guardrails
        for words in _lacking(guardrail, evidence.counts.get(guardrail.alarm), bakes, now)
    ]
    why = f" CloudWatch says: {plain(evidence.unread, 120)}" if found and evidence.unread else ""
    return cut(f"{'; '.join(found)}.{why}", LONGEST_REASON) if found else ""


def _lacking(
    guardrail: Guardrail, counts: Counts | None, bakes: Sequence[Bake], now: datetime
) -> Iterator[str]:
    """What a guardrail lacks, unless one of the bakes has judged it, or the last one will have."""
    name = name_of(guardrail.to_json())
    if counts is None:
        yield f"{name}: what it counts cannot be read"
        return
    *before, runs = bakes
    if any(power_in(guardrail, counts, bake) >= ENOUGH for bake in before):
        return
    if power_to_come(guardrail, counts, runs, now) < ENOUGH:
        yield f"{name}: {_seen(counts, runs, now)}, {_needed(guardrail, counts, runs)}"


def _seen(counts: Counts, runs: Bake, now: datetime) -> str:
    requests = requests_in(counts, Bake(runs.start, now))
    return f"{requests:,} request{'' if requests == 1 else 's'} to green so far"


def _needed(guardrail: Guardrail, counts: Counts, runs: Bake) -> str:
    needed = green_needed(guardrail, counts, runs)
    return "too few" if needed is None else f"about {needed:,} a minute are needed"
