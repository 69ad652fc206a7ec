"""What the run found, as a table for people and as JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bluegreen.contract.times import to_text
from bluegreen_smoke import canaries, claims, questions
from bluegreen_smoke.capture import caught
from bluegreen_smoke.claims import Row, Verdict
from bluegreen_smoke.run import Smoke
from bluegreen_smoke.steps import Run, Status, Step, StepFailedError


def steps(smoke: Smoke, rows: list[Row]) -> list[Step]:
    """The step that compares; its rows go into `rows`."""
    what = "compare events and answers with what docs/fidelity.md says"
    return [Step("fidelity", what, lambda: _compare(smoke, rows), goes_on=True)]


def _compare(smoke: Smoke, rows: list[Row]) -> str:
    smoke.evidence.events = caught(smoke)
    canaries.measure(smoke)
    rows.extend([*claims.compare(smoke.evidence.events), *questions.answer(smoke)])
    if not smoke.evidence.events:
        raise StepFailedError("no event arrived in the queue of the run")
    counts = (f"{sum(r.verdict is v for r in rows)} {v}" for v in Verdict)
    return f"{len(smoke.evidence.events)} events; {', '.join(counts)}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Claim, verdict and what was seen, which is the longest."""
    wide = max((len(row.claim) for row in rows), default=0)
    verdict = max(len(verdict) for verdict in Verdict)
    yield f"{'claim':{wide}}  {'verdict':{verdict}}  seen"
    for row in rows:
        yield f"{row.claim:{wide}}  {row.verdict:{verdict}}  {row.seen}"


def summary(run: Run) -> Iterator[str]:
    """How each step ended, and what is left in the account."""
    for outcome in run.outcomes:
        yield f"{outcome.name:18} {outcome.status:17} {outcome.seconds:8.1f} s"
    missed = [o.name for o in run.outcomes if o.status is Status.NOT_REACHED]
    if missed:
        yield f"not reached here: {', '.join(missed)}"
    if run.left:
        yield "LEFT IN THE ACCOUNT, please delete by hand:"
        yield from (f"  {left.label}: {left.why}" for left in run.left)
    else:
        yield "nothing is left in the account"


def to_json(smoke: Smoke, run: Run, rows: Sequence[Row]) -> dict[str, Any]:
    """All of it, the events and looks included."""
    evidence = smoke.evidence
    return {
        "SchemaVersion": 1,
        "Name": smoke.name,
        "Embedded": smoke.aws.embedded,
        "Region": smoke.aws.region,
        "WrittenAt": to_text(smoke.clock.now()),
        "Options": asdict(smoke.options),
        "Steps": [asdict(outcome) for outcome in run.outcomes],
        "Left": [asdict(left) for left in run.left],
        "Claims": [row.to_json() for row in rows],
        "Events": evidence.events,
        "Looks": [asdict(look) for look in evidence.looks],
        "Records": evidence.records,
    }


def write(path: Path, body: dict[str, Any]) -> None:
    """The JSON, readable."""
    path.write_text(json.dumps(body, indent=2, default=str) + "\n", encoding="utf-8")
