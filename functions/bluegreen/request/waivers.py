"""Waivers: ERROR findings that a requester may accept, by naming their ids in AllowFindings."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.findings import Finding

WAIVABLE: Final = tuple(sorted(id_ for id_, kind in CATALOGUE.items() if kind.waivable))
"""The ids that AllowFindings may name, in the order of the alphabet."""


def waive(findings: Iterable[Finding], allowed: Collection[str]) -> Iterator[Finding]:
    """The findings, those that are allowed as a WARNING that says so, unused waivers as INFO."""
    used = set()
    for finding in findings:
        if finding.severity == "ERROR" and finding.id in allowed and finding.id in WAIVABLE:
            used.add(finding.id)
            yield finding.accepted()
        else:
            yield finding
    for id_ in sorted(set(allowed) - used):
        message = f"AllowFindings accepts {id_}, but the check did not find it."
        yield Finding("waiver-unused", "INFO", message, "Remove it from AllowFindings.")


def used_waivers(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that the requester accepted."""
    return [finding for finding in findings if finding.is_accepted]
