"""A finding: one result of the policy check, with its id, its severity and its fix."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from bluegreen.contract.catalogue import CATALOGUE, Severity
from bluegreen.contract.state import FindingDocument
from bluegreen.contract.text import SENTENCE_LENGTH, and_listed, cut, quoted

MOST_FINDINGS: Final = 50
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""The worst first."""

ACCEPTED: Final = "Accepted by AllowFindings: "
"""How the message of an ERROR begins that the requester accepted, and that is a WARNING now."""

LONGEST_STATE: Final = 28_000
"""Bytes of what the check answers: with what is added on the way, every payload is under 32 KB.

That is a task token, whom the endpoint is busy with, and 1,500 characters of an error.
"""


@dataclass(frozen=True)
class Finding:
    """What the check found: a stable id, what is wrong with its numbers, and what to do.

    `subject` is the alarm, variant or role that it is about, where several may have the same fault.
    Only what the catalogue has can be made: ValueError for another id, or another severity of it.
    """

    id: str
    severity: Severity
    message: str
    fix: str = ""
    subject: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not _is_in_catalogue(self.id, self.severity, self.message):
            raise ValueError(f"The catalogue has no {self.severity} {self.id}.")

    @property
    def is_accepted(self) -> bool:
        """Whether it is an ERROR that the requester accepted by its id."""
        kind = CATALOGUE.get(self.id)
        return kind is not None and kind.waivable and self.message.startswith(ACCEPTED)

    def accepted(self) -> "Finding":
        """An ERROR as the WARNING that it becomes when the requester accepts it."""
        return replace(self, severity="WARNING", message=ACCEPTED + self.message)

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
        """Read what `to_json` wrote, in this release or in an earlier one."""
        id_, severity = body["Id"], _severity(body["Severity"])
        message, fix = body.get("Message", ""), body.get("Fix", "")
        kind = cls if _is_in_catalogue(id_, severity, message) else FindingOfEarlierRelease
        return kind(id_, severity, message, fix)


class FindingOfEarlierRelease(Finding):
    """A finding that was read back, and that this release would not make: nothing is checked."""

    def __post_init__(self) -> None:
        """Take it as it is."""


def _is_in_catalogue(id_: str, severity: Severity, message: str) -> bool:
    kind = CATALOGUE.get(id_)
    if kind is None:
        return False
    accepted = kind.waivable and message.startswith(ACCEPTED)
    return severity in (("WARNING",) if accepted else kind.severities)


def _severity(text: str) -> Severity:
    """A severity as an earlier release may have written it; one that is not known is an ERROR."""
    return next((severity for severity in SEVERITIES if severity == text), "ERROR")


def one_of_a_kind(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with one for all subjects that have the same fault and the same fix."""
    kinds: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        alone = "" if finding.subject else str(number)
        fault = finding.fix or _without_subject(finding)
        kinds.setdefault((finding.id, finding.severity, fault, alone), []).append(finding)
    return [_for_all(alike) for alike in kinds.values()]


def _for_all(alike: Sequence[Finding]) -> Finding:
    first, *others = alike
    same = [f.subject for f in others if _without_subject(f) == _without_subject(first)]
    other = [f.subject for f in others if f.subject not in (first.subject, *same)]
    more = f" The same holds for {and_listed(same)}." if same else ""
    more += f" Much the same holds for {and_listed(other)}." if other else ""
    return replace(first, message=first.message + more)


def _without_subject(finding: Finding) -> str:
    return finding.message.replace(quoted(finding.subject), "")


def rejecting(findings: Iterable[Finding]) -> list[Finding]:
    """The findings for which a request is rejected."""
    return [finding for finding in findings if finding.severity == "ERROR"]


def to_list(findings: Iterable[Finding]) -> list[FindingDocument]:
    """At most 50 findings, the worst first; the last says how many more there were."""
    ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    kept = ranked if len(ranked) <= MOST_FINDINGS else ranked[: MOST_FINDINGS - 1]
    if len(kept) < len(ranked):
        more = f"{len(ranked) - len(kept)} more findings are not shown."
        fix = "Fix those that are shown, then check again."
        kept = [*kept, Finding("more-findings", "INFO", more, fix)]
    return [finding.to_json() for finding in kept]


def bytes_of(value: object) -> int:
    """The length of a value as JSON, in bytes."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode(errors="surrogatepass"))


def shortened(findings: Sequence[FindingDocument], most: int) -> list[FindingDocument]:
    """Findings as JSON of at most so many bytes, as far as that goes without losing one.

    First Fix is dropped, then Message, of INFO before WARNING before ERROR.
    """
    kept = [finding.copy() for finding in findings]
    members: tuple[Literal["Fix"], Literal["Message"]] = ("Fix", "Message")
    for member in members:
        for severity in reversed(SEVERITIES):
            for finding in reversed(kept):
                if bytes_of(kept) <= most:
                    return kept
                if finding["Severity"] == severity:
                    finding.pop(member, None)
    return kept
