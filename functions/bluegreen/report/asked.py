"""What was asked for: the policy in words, the findings of the check, and the request as it was."""

import json
from collections.abc import Iterator

from bluegreen.contract.record import DeploymentRecord
from bluegreen.drawing.markup import Markup, tag
from bluegreen.report.words import facts, note, section, table
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import ROLLING, CapacitySize, Policy

UNITS = {"CAPACITY_PERCENT": " % of the fleet", "INSTANCE_COUNT": " instances"}


def asked_for(record: DeploymentRecord) -> Markup:
    """The policy."""
    if "Request" not in record:
        return section("The policy", note("The request could not be read."))
    return section("The policy", facts(_policy(Request.from_json(record["Request"]))))


def _policy(request: Request) -> Iterator[tuple[str, str]]:
    policy = request.policy
    if request.retains_policy:
        yield "Traffic moves", "as in the last update, whose policy could not be used"
        return
    yield "Traffic moves", policy.mode
    yield ("A batch" if policy.mode == ROLLING else "A step"), _size(policy.size)
    yield "Each bake", f"{policy.wait_seconds} s" if policy.size else ""
    yield "Termination wait", _termination_wait(policy)
    yield "Maximum execution time", f"{policy.maximum_seconds} s" if policy.maximum_seconds else ""
    guarded = request.asked is not None and bool(request.asked.guardrails)
    yield (
        "Alarms that roll it back",
        ", ".join(policy.alarms) or ("none of its own" if guarded else "none"),
    )
    yield from _guardrails(request)
    yield "Where the endpoint is busy", request.on_busy
    yield "Findings that were accepted", ", ".join(request.allow_findings)


def _guardrails(request: Request) -> Iterator[tuple[str, str]]:
    if request.asked is not None:
        yield "Guardrails", request.asked.preset or f"{len(request.asked.guardrails)} of its own"
        yield "With too little data", request.not_enough_data


def _size(size: CapacitySize | None) -> str:
    return f"{size.value}{UNITS.get(size.type, '')}" if size else ""


def _termination_wait(policy: Policy) -> str:
    return "" if policy.mode == ROLLING else f"{policy.termination_wait_seconds} s"


def findings(record: DeploymentRecord) -> Markup:
    """What the check found before anything was changed."""
    if not record["Findings"]:
        return section("Findings of the check", note("None."))
    heads = ("Finding", "Severity", "What", "What helps")
    rows = ((f["Id"], f["Severity"], f["Message"], f.get("Fix", "")) for f in record["Findings"])
    return section("Findings of the check", table("Before anything was changed", heads, rows))


def whole_request(record: DeploymentRecord) -> Markup:
    """The request with every default filled in."""
    if "Request" not in record:
        return Markup("")
    text = json.dumps(record["Request"], indent=2, ensure_ascii=False)
    return section("The request", tag("pre", text, tabindex=0))
