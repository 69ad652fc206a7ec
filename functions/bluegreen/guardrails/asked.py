"""What a request asks of its guardrails: a preset by its name, or a list of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

from bluegreen.contract.findings import Finding
from bluegreen.contract.json_shape import (
    Choice,
    ListOf,
    Number,
    Structure,
    WordOrList,
    missing,
)
from bluegreen.contract.request import AskedGuardrailDocument
from bluegreen.contract.text import quoted

SERVER_ERRORS: Final = "Invocation5XXErrors"
CLIENT_ERRORS: Final = "Invocation4XXErrors"
LATENCY: Final = "ModelLatency"
ERRORS: Final = (SERVER_ERRORS, CLIENT_ERRORS)

DEFAULT: Final = "Default"
STRICT: Final = "Strict"
NONE: Final = "None"
"""Asks for no guardrail, also where the stack would add some."""

NOT_ENOUGH_DATA: Final = ("PASS", "WARN", "ABORT")
"""What becomes of a deployment whose guardrails had too little data to judge it."""

WARN: Final = "WARN"
ABORT: Final = "ABORT"

JUDGED_BEFORE_THE_END: Final = timedelta(seconds=240)
"""How long before a bake ends ABORT is decided."""

SHORTEST_JUDGED: Final = timedelta(seconds=480)
"""A shorter bake is not judged: too little of it would have been seen."""

PERCENTILE: Final = 90.0
MOST_ASKED: Final = 10

_DEFECT_OF: Final = {SERVER_ERRORS: 10, CLIENT_ERRORS: 5, LATENCY: 5}
"""How many times its limit the defect is that a guardrail of one's own must find; so it is for
those of `Default`, of which blue's rate is 0."""

_LIMITS: Final = {
    SERVER_ERRORS: ("MaxRate",),
    CLIENT_ERRORS: ("MaxRate",),
    LATENCY: ("MaxMilliseconds", "MaxRatioToBlue"),
}
"""The members that say what is allowed, of which each metric takes one."""

_asked = Structure(
    {
        "Metric": Choice((*ERRORS, LATENCY)),
        "MaxRate": Number(0.0001, 0.99),
        "Percentile": Number(50, 99.9),
        "MaxMilliseconds": Number(1, 900_000, "milliseconds"),
        "MaxRatioToBlue": Number(1, 100),
    },
    required=("Metric",),
)
GUARDRAILS: Final = WordOrList(Choice((DEFAULT, STRICT, NONE)), ListOf(_asked, 1, MOST_ASKED))


@dataclass(frozen=True)
class AskedGuardrail:
    """One guardrail as it is asked for, of whichever variant changes.

    Of errors, either `max_rate` or `margin`, which is above blue's rate, both as a part of the
    requests. Of latency, either `max_milliseconds` or `max_ratio_to_blue` of the `percentile`.
    `defect` is the part of bad requests with which green must be found.
    """

    metric: str
    defect: float
    max_rate: float | None = None
    margin: float | None = None
    percentile: float = PERCENTILE
    max_milliseconds: float | None = None
    max_ratio_to_blue: float | None = None

    @property
    def key(self) -> str:
        """What tells it from others of the same variant, such as `5xx` and `latency-p90`."""
        if self.metric == LATENCY:
            return f"latency-p{self.percentile:g}"
        return "5xx" if self.metric == SERVER_ERRORS else "4xx"

    @property
    def slow_part(self) -> float:
        """Of latency: the greatest part of requests that may be slower than the limit, 0 to 1."""
        return round(1 - self.percentile / 100, 6)

    @classmethod
    def from_json(cls, body: AskedGuardrailDocument) -> "AskedGuardrail":
        """Read one that has passed its check."""
        metric, percentile = body["Metric"], body.get("Percentile", PERCENTILE)
        limit = body.get("MaxRate", 1 - percentile / 100)
        return cls(
            metric=metric,
            defect=min(1.0, _DEFECT_OF[metric] * round(limit, 6)),
            max_rate=body.get("MaxRate"),
            percentile=percentile,
            max_milliseconds=body.get("MaxMilliseconds"),
            max_ratio_to_blue=body.get("MaxRatioToBlue"),
        )

    def to_json(self) -> AskedGuardrailDocument:
        """It as a request has it."""
        body = AskedGuardrailDocument(Metric=self.metric)
        if self.max_rate is not None:
            body["MaxRate"] = self.max_rate
        if self.metric == LATENCY:
            body["Percentile"] = self.percentile
        if self.max_milliseconds is not None:
            body["MaxMilliseconds"] = self.max_milliseconds
        if self.max_ratio_to_blue is not None:
            body["MaxRatioToBlue"] = self.max_ratio_to_blue
        return body


PRESETS: Final[Mapping[str, tuple[AskedGuardrail, ...]]] = {
    DEFAULT: (
        AskedGuardrail(SERVER_ERRORS, defect=0.2, margin=0.02),
        AskedGuardrail(CLIENT_ERRORS, defect=0.5, margin=0.1),
        AskedGuardrail(LATENCY, defect=0.5, max_ratio_to_blue=1.5),
    ),
    STRICT: (
        AskedGuardrail(SERVER_ERRORS, defect=0.05, margin=0.005),
        AskedGuardrail(CLIENT_ERRORS, defect=0.2, margin=0.05),
        AskedGuardrail(LATENCY, defect=0.25, max_ratio_to_blue=1.25),
    ),
    NONE: (),
}


@dataclass(frozen=True)
class Asked:
    """What a request asks for: `preset` is its name, empty for a list of one's own."""

    preset: str
    guardrails: tuple[AskedGuardrail, ...]

    @classmethod
    def named(cls, preset: str) -> "Asked":
        """A preset by its name."""
        return cls(preset, PRESETS[preset])

    @classmethod
    def from_json(cls, body: str | Sequence[AskedGuardrailDocument]) -> "Asked":
        """Read what has passed its check."""
        if isinstance(body, str):
            return cls.named(body)
        return cls("", tuple(AskedGuardrail.from_json(each) for each in body))

    def to_json(self) -> str | list[AskedGuardrailDocument]:
        """It as a request has it."""
        return self.preset or [each.to_json() for each in self.guardrails]


def check_asked(body: object, path: str) -> Iterator[Finding]:
    """Yield what does not go together in `Guardrails` that are well shaped."""
    if isinstance(body, str):
        return
    asked = cast("list[AskedGuardrailDocument]", body)
    for number, each in enumerate(asked):
        yield from _check_limits(each, f"{path}[{number}]")
    keys = [AskedGuardrail.from_json(each).key for each in asked]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield _twice(path, key)


def _check_limits(body: AskedGuardrailDocument, path: str) -> Iterator[Finding]:
    metric, takes = body["Metric"], _LIMITS[body["Metric"]]
    has = [member for member in ("MaxRate", "MaxMilliseconds", "MaxRatioToBlue") if member in body]
    wrong: list[str] = [member for member in has if member not in takes]
    if "Percentile" in body and metric != LATENCY:
        wrong.append("Percentile")
    for member in wrong:
        yield _not_of(path, member, metric)
    if not wrong and len(has) != 1:
        yield _one_limit(path, takes, metric) if has else missing(f"{path}.{' or '.join(takes)}")


def _not_of(path: str, member: str, metric: str) -> Finding:
    message = f"{path}.{member} says nothing of {metric}."
    fix = f"Remove {member}. {metric} takes {' or '.join(_LIMITS[metric])}."
    return Finding("guardrail-members", "ERROR", message, fix)


def _one_limit(path: str, takes: Sequence[str], metric: str) -> Finding:
    message = f"{path} has {' and '.join(takes)}, and {metric} takes one of them."
    return Finding("guardrail-members", "ERROR", message, "Keep the one that you mean.")


def _twice(path: str, key: str) -> Finding:
    message = f"{path} has more than one guardrail {quoted(key)}; their alarms would be the same."
    return Finding("guardrail-members", "ERROR", message, "Keep one of them.")
