"""What was seen of each client, as `results.json` keeps it: its version, and each claim."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

STORED: Final = Path(__file__).with_name("results.json")


class Outcome(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    REFUSED = "refused"
    BROKEN = "broken"
    """The answer is neither right nor refused by its name."""


@dataclass(frozen=True)
class Claim:
    """What a client's script tried, and what became of it."""

    claim: str
    outcome: Outcome
    detail: str = ""
    """Why it broke, or by which words it was refused."""


@dataclass(frozen=True)
class Seen:
    """One run of one client."""

    version: str
    claims: tuple[Claim, ...]

    def of(self, outcome: Outcome) -> list[str]:
        """The claims with this outcome."""
        return [each.claim for each in self.claims if each.outcome is outcome]


Results = Mapping[str, Seen]
"""What was seen, by the client's name."""


def told(lines: Iterable[Mapping[str, str]]) -> Seen:
    """What a script told, line by line; ValueError where it told no version."""
    lines = list(lines)
    versions = [line["version"] for line in lines if "version" in line]
    if not versions:
        raise ValueError("The script ended before it told the client's version.")
    claims = (_claim(line) for line in lines if "claim" in line)
    return Seen(versions[0], tuple(claims))


def faults(before: Seen | None, now: Seen) -> Iterator[str]:
    """What must not be: what broke, and what held or was refused before and is no more."""
    for each in now.claims:
        if each.outcome is Outcome.BROKEN:
            yield f"{each.claim}: {each.detail}"
    outcomes = {each.claim: each.outcome for each in now.claims}
    for each in before.claims if before else ():
        if each.claim not in outcomes:
            yield f"{each.claim}: it {_was(each)} before, and was not tried any more."
        elif outcomes[each.claim] not in (each.outcome, Outcome.BROKEN):
            yield f"{each.claim}: it {_was(each)} before, and is otherwise now."


def stored(path: Path = STORED) -> dict[str, Seen]:
    """What the last good run saw; nothing where there was none."""
    if not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return {
        name: Seen(each["version"], tuple(map(_claim, each["claims"])))
        for name, each in kept.items()
    }


def store(results: Results, path: Path = STORED) -> None:
    """Keep them for the page and for the next run; what a refusal said is not kept."""
    kept = {
        name: {
            "version": seen.version,
            "claims": [{"claim": c.claim, "outcome": c.outcome} for c in seen.claims],
        }
        for name, seen in results.items()
    }
    path.write_text(f"{json.dumps(kept, indent=2, ensure_ascii=False)}\n", encoding="utf-8")


def _claim(kept: Mapping[str, str]) -> Claim:
    return Claim(kept["claim"], Outcome(kept["outcome"]), kept.get("detail", ""))


def _was(claim: Claim) -> str:
    return "held" if claim.outcome is Outcome.HOLDS else "was refused by its name"
