"""A finding: one result of the policy check, with its id, its severity and its fix."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bluegreen.contract.state import FindingDocument
from bluegreen.contract.text import SENTENCE_LENGTH, cut

Severity = Literal["ERROR", "WARNING", "INFO"]
MOST_FINDINGS: Final = 50
_RANKS: Final[tuple[Severity, ...]] = ("ERROR", "WARNING", "INFO")
LONGEST_STATE: Final = 30_000
"""Bytes of a state's payload, which has to stay under 32 KB with what Step Functions adds."""


@dataclass(frozen=True)
class Finding:
    """What the check found: a stable id, what is wrong with its numbers, and what to do."""

    id: str
    severity: Severity
    message: str
    fix: str = ""

    def to_json(self) -> FindingDocument:
        """The finding as it stands in a record, each text at most 500 characters."""
        body = FindingDocument(Id=self.id, Severity=self.severity)
        if self.message:
            body["Message"] = cut(self.message, SENTENCE_LENGTH)
        if self.fix:
            body["Fix"] = cut(self.fix, SENTENCE_LENGTH)
        return body

    @classmethod
    def from_json(cls, body: FindingDocument) -> "Finding":
        """Read what `to_json` wrote."""
        return cls(
            body["Id"], _severity(body["Severity"]), body.get("Message", ""), body.get("Fix", "")
        )


def _severity(text: str) -> Severity:
    """A severity as an earlier release may have written it; one that is not known is an ERROR."""
    return next((severity for severity in _RANKS if severity == text), "ERROR")


def rejecting(findings: Iterable[Finding]) -> list[Finding]:
    """The findings for which a request is rejected."""
    return [finding for finding in findings if finding.severity == "ERROR"]


def to_list(findings: Iterable[Finding]) -> list[FindingDocument]:
    """At most 50 findings, the worst first; the last says how many more there were."""
    ranked = sorted(findings, key=lambda finding: _RANKS.index(finding.severity))
    kept = ranked if len(ranked) <= MOST_FINDINGS else ranked[: MOST_FINDINGS - 1]
    if len(kept) < len(ranked):
        more = f"{len(ranked) - len(kept)} more findings are left out."
        kept = [*kept, Finding("more-findings", "INFO", more)]
    return [finding.to_json() for finding in kept]


def characters_of(value: object) -> int:
    """The length of a value as JSON, in characters."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def bytes_of(value: object) -> int:
    """The length of a value as JSON, in bytes."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode(errors="surrogatepass"))


def shortened(
    findings: Sequence[FindingDocument],
    most: int,
    length: Callable[[object], int] = characters_of,
) -> list[FindingDocument]:
    """Findings as JSON of at most that length, as far as that goes without losing one.

    First Fix is dropped, then Message, of INFO before WARNING before ERROR.
    """
    kept = [finding.copy() for finding in findings]
    members: tuple[Literal["Fix"], Literal["Message"]] = ("Fix", "Message")
    for member in members:
        for severity in reversed(_RANKS):
            for finding in reversed(kept):
                if length(kept) <= most:
                    return kept
                if finding["Severity"] == severity:
                    finding.pop(member, None)
    return kept
