"""What `docs/fidelity.md` claims of events, as a table, compared with the events that came.

Order is not compared, and how often each came is not either: SageMaker promises neither.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from bluegreen.contract.text import plain

STATE: Final = "SageMaker Endpoint State Change"
DEPLOYMENT: Final = "SageMaker Endpoint Deployment State Change"
ALARM: Final = "CloudWatch Alarm State Change"
GREEN: Final = "PendingDeploymentSummary?.ProductionVariants[]"
LONGEST_EXAMPLE: Final = 60


class Verdict(StrEnum):
    """What the account says to a claim."""

    HOLDS = "as claimed"
    DIFFERS = "differs"
    NOT_SEEN = "not seen"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Row:
    """A claim or a question, what was seen, and the verdict."""

    claim: str
    seen: str
    verdict: Verdict

    def to_json(self) -> dict[str, str]:
        """The members as they are written."""
        return asdict(self) | {"verdict": str(self.verdict)}


def _is_epoch_milliseconds(value: Any) -> bool:  # noqa: ANN401 - any JSON
    this_century = 978_307_200_000
    return isinstance(value, int | float) and not isinstance(value, bool) and value > this_century


def _matches(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and bool(compiled.fullmatch(value))


KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "a text": lambda value: isinstance(value, str) and bool(value),
    "a number": lambda value: isinstance(value, int | float),
    "a whole number": lambda value: isinstance(value, int),
    "an object": lambda value: isinstance(value, Mapping),
    "epoch milliseconds": _is_epoch_milliseconds,
    "UPPER_SNAKE": _matches(r"[A-Z]+(_[A-Z]+)*"),
    "a status of the API": _matches("Creating|Updating|Deleting|ActivatingTraffic|Baking"),
    "ISO 8601 to the second": _matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "CloudWatch's own stamp": _matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"),
    "a state of an alarm": _matches("OK|ALARM|INSUFFICIENT_DATA"),
    "an ARN in lower case": _matches(r"arn:[a-z0-9:/-]+"),
}

ENVELOPE: Final = {
    "time": "ISO 8601 to the second",
    "account": "a text",
    "region": "a text",
    "resources[]": "a text",
}
_OF_ENDPOINT: Final = {
    "EndpointName": "a text",
    "EndpointArn": "an ARN in lower case",
    "EndpointConfigName": "a text",
    "EndpointStatus": "UPPER_SNAKE",
    "CreationTime": "epoch milliseconds",
    "LastModifiedTime": "epoch milliseconds",
    "Tags": "an object",
    "ProductionVariants?[].VariantName?": "a text",
    "ProductionVariants?[].DesiredWeight": "a number",
    "ProductionVariants?[].DesiredInstanceCount": "a whole number",
}
DETAILS: Final[Mapping[str, Mapping[str, str]]] = {
    STATE: _OF_ENDPOINT,
    DEPLOYMENT: {
        **_OF_ENDPOINT,
        "ProductionVariants?[].CurrentWeight": "a number",
        "ProductionVariants?[].CurrentInstanceCount": "a whole number",
        "PendingDeploymentSummary?.EndpointConfigName": "a text",
        "PendingDeploymentSummary?.StartTime": "epoch milliseconds",
        f"{GREEN}.VariantName": "a text",
        f"{GREEN}.CurrentInstanceCount": "a whole number",
        f"{GREEN}.DesiredInstanceCount": "a whole number",
        f"{GREEN}.VariantStatus?[].Status": "a status of the API",
        f"{GREEN}.VariantStatus?[].StatusMessage?": "a text",
        f"{GREEN}.VariantStatus?[].StartTime": "epoch milliseconds",
    },
    ALARM: {
        "alarmName": "a text",
        "state.value": "a state of an alarm",
        "state.reason": "a text",
        "state.timestamp": "CloudWatch's own stamp",
        "previousState.value": "a state of an alarm",
        "previousState.timestamp": "CloudWatch's own stamp",
        "configuration.metrics[].metricStat.metric.name": "a text",
        "configuration.metrics[].metricStat.period": "a whole number",
    },
}
"""The members of each detail: `?` may be absent, `[]` is each of a list."""

SHORT: Final = {STATE: "state event", DEPLOYMENT: "deployment event", ALARM: "alarm event"}
"""How the rows call them."""

STAGES: Final = ("Creating", "ActivatingTraffic", "Baking", "Deleting")
"""What green's variants go through, the rollback included."""

MISSING: Final = object()


def compare(events: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A row for each claim about events."""
    return [
        *_compare_members("every event", events, ENVELOPE),
        *(row for kind, members in DETAILS.items() for row in _compare_kind(kind, events, members)),
        _compare_statuses(events),
        _compare_stages(events),
        *_beyond(events),
    ]


def _compare_kind(
    kind: str, events: Sequence[Mapping[str, Any]], members: Mapping[str, str]
) -> Iterator[Row]:
    found = details(events, kind)
    verdict = Verdict.HOLDS if found else Verdict.NOT_SEEN
    yield Row(f"{SHORT[kind]}: is sent as {kind}", f"{len(found)} events", verdict)
    yield from _compare_members(SHORT[kind], found, members)


def details(events: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    """The details of the events of a kind."""
    return [event["detail"] for event in events if event["detail-type"] == kind]


def _compare_members(
    kind: str, bodies: Sequence[Mapping[str, Any]], members: Mapping[str, str]
) -> Iterator[Row]:
    for path, wanted in members.items():
        found = [value for body in bodies for value in values_at(body, path)]
        yield _judge(f"{kind}: {path} is {wanted}", found, KINDS[wanted])


def _judge(claim: str, found: Sequence[Any], fits: Callable[[Any], bool]) -> Row:
    wrong = [value for value in found if value is MISSING or not fits(value)]
    if not found:
        return Row(claim, "nothing", Verdict.NOT_SEEN)
    if wrong:
        return Row(claim, f"{len(wrong)} of {len(found)}: {_shown(wrong[0])}", Verdict.DIFFERS)
    return Row(claim, f"{len(found)}, as {_shown(found[0])}", Verdict.HOLDS)


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    return "absent" if value is MISSING else plain(str(value), LONGEST_EXAMPLE)


def values_at(body: Any, path: str) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Every value at a path; MISSING where a member that has to be there is not."""
    step, _, rest = path.partition(".")
    each = step.endswith("[]")
    optional = step.removesuffix("[]").endswith("?")
    name = step.removesuffix("[]").removesuffix("?")
    value = body.get(name, MISSING) if isinstance(body, Mapping) else MISSING
    if value is MISSING:
        yield from () if optional else (MISSING,)
        return
    for item in _items(value) if each else (value,):
        yield from values_at(item, rest) if rest else (item,)


def _items(value: Any) -> Iterable[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else (MISSING,)


def _compare_statuses(events: Sequence[Mapping[str, Any]]) -> Row:
    seen = sorted({str(detail.get("EndpointStatus")) for detail in details(events, STATE)})
    claim = f"{SHORT[STATE]}: CREATING, UPDATING and IN_SERVICE come, nothing of a rollback"
    if not seen:
        return Row(claim, "nothing", Verdict.NOT_SEEN)
    holds = set(seen) <= {"CREATING", "UPDATING", "IN_SERVICE"} and "IN_SERVICE" in seen
    return Row(claim, ", ".join(seen), Verdict.HOLDS if holds else Verdict.DIFFERS)


def _compare_stages(events: Sequence[Mapping[str, Any]]) -> Row:
    path = f"{GREEN}.VariantStatus?[].Status"
    found = [v for detail in details(events, DEPLOYMENT) for v in values_at(detail, path)]
    seen = [stage for stage in STAGES if stage in found]
    claim = f"{SHORT[DEPLOYMENT]}: green comes through {', '.join(STAGES)}"
    if not found:
        return Row(claim, "nothing", Verdict.NOT_SEEN)
    verdict = Verdict.HOLDS if len(seen) == len(STAGES) else Verdict.DIFFERS
    return Row(claim, ", ".join(seen), verdict)


def _beyond(events: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """What came and is claimed nowhere: kinds of events, and members of their details."""
    kinds = sorted({event["detail-type"] for event in events} - DETAILS.keys())
    if kinds:
        yield Row("kinds of events beyond the claimed", ", ".join(kinds), Verdict.ANSWERED)
    for kind, members in DETAILS.items():
        known = {re.split(r"[.?\[]", path)[0] for path in members}
        extra = sorted({name for detail in details(events, kind) for name in detail} - known)
        if extra:
            yield Row(
                f"{SHORT[kind]}: members beyond the claimed", ", ".join(extra), Verdict.ANSWERED
            )
