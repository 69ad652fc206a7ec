"""The open questions of `docs/fidelity.md` that one success and one rollback can answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.contract.text import plain
from bluegreen.sagemaker.traffic_steps import instances_of
from bluegreen_smoke.canaries import ERRORS, FIRST, REFUSALS, ROLLS_BACK, SUCCEEDS, WANTED
from bluegreen_smoke.claims import DEPLOYMENT, Row, Verdict, details
from bluegreen_smoke.run import Smoke

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A question, a word of `docs/fidelity.md` that it is about, and how it is answered."""

    asks: str
    cites: str
    answer: Callable[[Smoke], tuple[str, Verdict]]


def answer(smoke: Smoke) -> list[Row]:
    """A row for each question."""
    return [Row(question.asks, *question.answer(smoke)) for question in QUESTIONS]


NOTHING: Final = ("nothing", Verdict.NOT_SEEN)


def _verdict(*, holds: bool) -> Verdict:
    return Verdict.HOLDS if holds else Verdict.DIFFERS


def _bodies(smoke: Smoke, deployment: str) -> list[Body]:
    """What was seen while a deployment ran: the looks, and the events that name its config."""
    config = smoke.named(WANTED[deployment])
    looked = [look.body for look in smoke.evidence.looks if look.deployment == deployment]
    told = details(smoke.evidence.events, DEPLOYMENT)
    return [body for body in [*looked, *told] if _pending(body).get("EndpointConfigName") == config]


def _pending(body: Body) -> Body:
    found: Body = body.get("PendingDeploymentSummary", {})
    return found


def _green(bodies: Iterable[Body], status: str) -> Iterator[Body]:
    """Green's variants that are in a status."""
    for body in bodies:
        for variant in _pending(body).get("ProductionVariants", []):
            if any(s["Status"] == status for s in variant.get("VariantStatus", [])):
                yield variant


def _first_bakes(smoke: Smoke) -> list[Body]:
    """Green's variant in the bake of the canary that never came to its second."""
    return list(_green(_bodies(smoke, ROLLS_BACK), "Baking"))


def _current_count(smoke: Smoke) -> tuple[str, Verdict]:
    found = {(v["CurrentInstanceCount"], v["DesiredInstanceCount"]) for v in _first_bakes(smoke)}
    if not found:
        return NOTHING
    traffic = all(current < desired for current, desired in found)
    means = "instances with traffic" if traffic else "instances made"
    shown = ", ".join(f"{current} of {desired}" for current, desired in sorted(found))
    return f"{shown} in the first bake: {means}", _verdict(holds=traffic)


def _blue_count(smoke: Smoke) -> tuple[str, Verdict]:
    bodies = [body for body in _bodies(smoke, ROLLS_BACK) if list(_green([body], "Baking"))]
    blue = [variant for body in bodies for variant in body.get("ProductionVariants", [])]
    found = {(v.get("CurrentInstanceCount"), v.get("DesiredInstanceCount")) for v in blue}
    if not found:
        return NOTHING
    shown = ", ".join(f"{current} of {desired}" for current, desired in sorted(found, key=str))
    holds = all(current == desired for current, desired in found)
    return f"{shown} in the first bake", _verdict(holds=holds)


def _rounding(smoke: Smoke) -> tuple[str, Verdict]:
    percent, fleet = smoke.options.canary_percent, smoke.options.instances
    expected = instances_of("CAPACITY_PERCENT", percent, fleet)
    bakes = _first_bakes(smoke)
    counts = sorted({variant["CurrentInstanceCount"] for variant in bakes})
    said = sorted({s.get("StatusMessage", "") for v in bakes for s in v["VariantStatus"]})
    shown = f"{percent} % of {fleet} is {counts}, expected {expected}; it says: {' / '.join(said)}"
    if not counts or counts == [fleet]:  # instances made, which says nothing of the canary
        return (shown, Verdict.ANSWERED) if counts else NOTHING
    return plain(shown), _verdict(holds=counts == [expected])


def _status_while_rolling_back(smoke: Smoke) -> tuple[str, Verdict]:
    bodies = _bodies(smoke, ROLLS_BACK)
    seen = sorted({str(b["EndpointStatus"]).replace("_", "").lower() for b in bodies})
    if not list(_green(bodies, "Deleting")):
        return f"green was never seen Deleting; before: {', '.join(seen)}", Verdict.NOT_SEEN
    return ", ".join(seen), _verdict(holds=seen == ["updating"])


def _looked(smoke: Smoke, deployment: str) -> list[Body]:
    return [look.body for look in smoke.evidence.looks if look.deployment == deployment]


def _failure_reason(smoke: Smoke) -> tuple[str, Verdict]:
    looks = _looked(smoke, ROLLS_BACK)
    if not looks:
        return NOTHING
    return plain(looks[-1].get("FailureReason", "absent"), 200), Verdict.ANSWERED


def _config_meanwhile(smoke: Smoke) -> tuple[str, Verdict]:
    wrong, count = set(), 0
    for deployment, word in FIRST.items():
        for body in _bodies(smoke, deployment):
            count += 1
            wrong |= {body.get("EndpointConfigName")} - {smoke.named(word)}
    if not count:
        return NOTHING
    return f"{count} bodies, others than blue's: {sorted(map(str, wrong))}", _verdict(
        holds=not wrong
    )


def _last_modified_at_the_start(smoke: Smoke) -> tuple[str, Verdict]:
    later, count = True, 0
    for deployment in (SUCCEEDS, ROLLS_BACK):
        before, *after = _looked(smoke, deployment) or [{}]
        updating = [body for body in after if body["EndpointStatus"] == "Updating"]
        count += len(updating)
        later &= all(body["LastModifiedTime"] > before["LastModifiedTime"] for body in updating)
    return (f"{count} looks", _verdict(holds=later)) if count else NOTHING


def _last_modified_at_the_end(smoke: Smoke) -> tuple[str, Verdict]:
    said = []
    for deployment in (SUCCEEDS, ROLLS_BACK):
        looks = _looked(smoke, deployment)
        updating = [b["LastModifiedTime"] for b in looks if b["EndpointStatus"] == "Updating"]
        if updating:
            changed = looks[-1]["LastModifiedTime"] > updating[-1]
            said.append(f"{deployment}: {'later' if changed else 'the same'}")
    return ("; ".join(said), Verdict.ANSWERED) if said else NOTHING


def _latched_alarm(smoke: Smoke) -> tuple[str, Verdict]:
    record = smoke.evidence.records.get(ROLLS_BACK)
    if record is None:
        return NOTHING
    honoured = (record["Verdict"], record.get("Trigger")) == ("ROLLED_BACK", "ALARM")
    said = f"{record['Verdict']} by {record.get('Trigger')}"
    shown = f"{said}; the alarm is {smoke.evidence.alarm_at_the_end} afterwards"
    latched = smoke.evidence.alarm_at_the_end == "ALARM"
    return shown, _verdict(holds=honoured and latched)


def _by_config(*metrics: str) -> Callable[[Smoke], tuple[str, Verdict]]:
    """Whether these metrics are published under the names of the green configs."""

    def answered(smoke: Smoke) -> tuple[str, Verdict]:
        counts = smoke.evidence.metrics
        if not any(counts.values()):
            return NOTHING
        found = {metric: counts.get(metric, 0.0) for metric in metrics}
        shown = ", ".join(f"{metric}: {count:.0f} samples" for metric, count in found.items())
        return shown, _verdict(holds=all(found.values()))

    return answered


QUESTIONS: Final = (
    Question(
        "SageMaker honours an alarm on a custom metric that one datapoint latched",
        "rolls back",
        _latched_alarm,
    ),
    Question(
        "CurrentInstanceCount of a pending variant counts the instances with traffic",
        "CurrentInstanceCount",
        _current_count,
    ),
    Question(
        "CurrentInstanceCount of blue's variants counts the instances that exist",
        "until they are deleted",
        _blue_count,
    ),
    Question(
        "CAPACITY_PERCENT is rounded to the nearest, halves down, never to zero",
        "CAPACITY_PERCENT",
        _rounding,
    ),
    Question(
        "EndpointStatus is Updating during a rollback too",
        "EndpointStatus",
        _status_while_rolling_back,
    ),
    Question("FailureReason after a rollback by an alarm", "FailureReason", _failure_reason),
    Question(
        "EndpointConfigName is blue's while an update runs",
        "EndpointConfigName",
        _config_meanwhile,
    ),
    Question(
        "LastModifiedTime is later than before as soon as an update is seen",
        "EndpointStatus",
        _last_modified_at_the_start,
    ),
    Question(
        "LastModifiedTime when an update settles, to that while it ran",
        "EndpointStatus",
        _last_modified_at_the_end,
    ),
    Question(
        "Invocations and ModelLatency carry EndpointConfigName",
        "EndpointConfigName",
        _by_config("Invocations", "ModelLatency"),
    ),
    Question(
        "Invocation5XXErrors carry EndpointConfigName",
        "EndpointConfigName",
        _by_config(ERRORS),
    ),
    Question(
        "Invocation4XXErrors carry EndpointConfigName",
        "EndpointConfigName",
        _by_config(REFUSALS),
    ),
)
