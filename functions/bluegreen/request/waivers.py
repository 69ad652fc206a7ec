"""Waivers: ERROR findings that a requester may accept, by naming their ids in AllowFindings."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from bluegreen.contract.findings import Finding

WAIVABLE: Final = (
    "alarm-breaching-before-traffic",
    "alarm-in-alarm",
    "alarm-metric-not-published",
    "alarm-old-config",
    "alarm-other-endpoint",
    "alarm-other-variant",
    "alarm-sees-only-blue",
    "alarm-threshold-unreachable",
    "alarm-unit-unmatched",
    "alarm-without-variant",
    "bake-unprotected",
    "batch-out-of-bounds",
    "canary-out-of-bounds",
    "fleet-of-one",
    "maximum-too-short",
    "rollback-batch-out-of-bounds",
    "step-out-of-bounds",
    "variants-differ",
)
"""All others hold: what is malformed or not there, the config that is served, the exclusions."""

ACCEPTED: Final = "Accepted by AllowFindings: "


def waive(findings: Iterable[Finding], allowed: Collection[str]) -> Iterator[Finding]:
    """The findings, those that are allowed as a WARNING that says so, unused waivers as INFO."""
    used = set()
    for finding in findings:
        if finding.severity == "ERROR" and finding.id in allowed and finding.id in WAIVABLE:
            used.add(finding.id)
            yield replace(finding, severity="WARNING", message=ACCEPTED + finding.message)
        else:
            yield finding
    for id_ in sorted(set(allowed) - used):
        message = f"AllowFindings names {id_}, which was not found."
        yield Finding("waiver-unused", "INFO", message, "Leave it out.")


def used_waivers(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that the requester accepted."""
    return [f for f in findings if f.id in WAIVABLE and f.message.startswith(ACCEPTED)]
