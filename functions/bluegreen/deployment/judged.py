"""What became of a deployment's guardrails: the rows of its record, and what they say in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bluegreen.contract.record import DeploymentRecord, GuardrailRecord, GuardrailTerms
from bluegreen.contract.text import in_figures, quoted
from bluegreen.deployment.gate import Gate
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen.guardrails.asked import CLIENT_ERRORS, LATENCY, SERVER_ERRORS
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import Outcome, Result
from bluegreen.guardrails.power import ENOUGH

_NAMES: Final = {SERVER_ERRORS: "5XX", CLIENT_ERRORS: "4XX"}
MOST_NAMED: Final = 3
DIGITS: Final = 6
MOST_CERTAIN: Final = 999
"""Of 1,000: a likelihood is not said to be more."""


def row_of(guardrail: Guardrail, result: Result) -> GuardrailRecord:
    """A guardrail for a record."""
    document = guardrail.to_json()
    row = GuardrailRecord(
        AlarmName=guardrail.alarm,
        VariantName=guardrail.variant,
        Metric=guardrail.metric,
        Limit=guardrail.limit,
        Defect=guardrail.defect,
        Outcome=str(result.outcome),
    )
    if "ExpectedRate" in document:
        row["ExpectedRate"] = document["ExpectedRate"]
    if "LimitMilliseconds" in document:
        row["LimitMilliseconds"] = document["LimitMilliseconds"]
    if result.requests is not None:
        row["Requests"] = result.requests
    if result.rate is not None:
        row["Rate"] = round(result.rate, DIGITS)
    if result.power is not None:
        row["Power"] = int(result.power * 10**DIGITS) / 10**DIGITS  # 0.95 is never rounded up to
    return row


def of_outcome(record: DeploymentRecord, outcome: Outcome) -> list[GuardrailRecord]:
    """The guardrails of a record of which that became."""
    return [row for row in record.get("Guardrails", []) if row["Outcome"] == outcome]


# ---- A guardrail in words --------------------------------------------------------------------


def name_of(terms: GuardrailTerms) -> str:
    """What it is about, such as `5XX of variant "main"`."""
    return f"{_measure(terms)} of variant {quoted(terms['VariantName'])}"


def name_in_short(guardrail: Guardrail) -> str:
    """The same for a label, such as `5XX of main`."""
    return f"{_measure(guardrail.to_json())} of {guardrail.variant}"


def _measure(terms: GuardrailTerms) -> str:
    """A limit of 10 % of the requests is one of their p90."""
    if terms["Metric"] == LATENCY:
        return f"p{100 - 100 * terms['Limit']:.4g} latency"
    return _NAMES.get(terms["Metric"], terms["Metric"])


def with_names(gates: Iterable[Gate], guardrails: Iterable[Guardrail]) -> tuple[Gate, ...]:
    """The gates, each guardrail's with its name in short."""
    names = {each.alarm: name_in_short(each) for each in guardrails}
    return tuple(replace(gate, name=names.get(gate.alarm, "")) for gate in gates)


def percent(part: float) -> str:
    """A part of requests as a percentage of three figures."""
    return f"{in_figures(float(f'{100 * part:.3g}'))} %"


def seen_in_words(terms: GuardrailTerms, rates: Sequence[float]) -> str:
    """What was seen of green beside what may be, without a full stop.

    Such as: 21.3 % of green's requests, at most 2.5 % were allowed (blue: up to 0.5 %). An alarm's
    own value may be above 1, where blue had more errors than are expected of it.
    """
    seen = f"{', '.join(percent(min(1.0, rate)) for rate in rates)} of green's requests"
    if "LimitMilliseconds" in terms:
        return f"{seen} took longer than {_limit_ms(terms)}, at most {percent(terms['Limit'])} may"
    return f"{seen}, at most {percent(terms['Limit'])} were allowed{_blue(terms)}"


def tripped_in_words(guardrail: Guardrail, reading: Reading) -> str:
    """That it was over its limit, by what its alarm saw, without a full stop."""
    terms = guardrail.to_json()
    if reading.values:
        return f"{name_of(terms)}: {seen_in_words(terms, reading.last_values)}"
    return f"{name_of(terms)}: {demanded_in_words(terms)}; what it saw is not known"


def demanded_in_words(terms: GuardrailTerms) -> str:
    """What must hold of green, without a full stop."""
    return f"at most {limit_in_words(terms)}"


def limit_in_words(terms: GuardrailTerms) -> str:
    """The greatest part of green's requests that may be bad, and what of blue it goes by."""
    what = f" over {_limit_ms(terms)}" if "LimitMilliseconds" in terms else ""
    return f"{percent(terms['Limit'])} of green's requests{what}{_blue(terms)}"


def limit_in_short(terms: GuardrailTerms) -> str:
    """The same where it is said already that these are parts of green's requests."""
    what = f" over {_limit_ms(terms)}" if "LimitMilliseconds" in terms else ""
    return f"{percent(terms['Limit'])}{what}{_blue(terms)}"


def _limit_ms(terms: GuardrailTerms) -> str:
    return f"{in_figures(float(f'{terms["LimitMilliseconds"]:.4g}'))} ms"


def _blue(terms: GuardrailTerms) -> str:
    expected = terms.get("ExpectedRate")
    if expected is None:
        return ""
    return f" (blue: {f'up to {percent(expected)}' if expected else 'none'})"


# ---- What became of it in words --------------------------------------------------------------


def line_of(row: GuardrailRecord) -> str:
    """A row of a record in a line, without a full stop."""
    said = f"{name_of(row)}: {row['Outcome']}, {_rate_in_words(row)}"
    return f"{said}; {power_in_words(row)}" if row["Outcome"] != Outcome.TRIPPED else said


def _rate_in_words(row: GuardrailRecord) -> str:
    if "Rate" in row:
        return seen_in_words(row, [row["Rate"]])
    return f"green's rate is not known, {demanded_in_words(row)}"


def power_in_words(row: GuardrailRecord) -> str:
    """How much was seen, and what it proves."""
    if "Power" not in row:
        return "how many requests it was judged by is not known"
    return (
        f"{_requests(row)} in a bake, where a defect of {percent(row['Defect'])} is found with a"
        f" likelihood of {shown_power(row['Power'])}"
    )


def shown_power(power: float) -> str:
    """A likelihood in percent, never rounded up: what is not enough does not look as if it was.

    Nor is it ever 100 %, since chance is never certain.
    """
    return f"{in_figures(min(int(1000 * power + 1e-6), MOST_CERTAIN) / 10)} %"


def _requests(row: GuardrailRecord) -> str:
    requests = row.get("Requests", 0)
    return f"{requests:,} request{'' if requests == 1 else 's'}"


def judged_in_words(record: DeploymentRecord) -> list[str]:
    """What a verdict rests on by its guardrails, in sentences; none where it has none."""
    rows = record.get("Guardrails", [])
    little = of_outcome(record, Outcome.NOT_ENOUGH_DATA)
    healthy = of_outcome(record, Outcome.HEALTHY)
    needed = f"It was judged by too little data ({percent(ENOUGH)} is needed)"
    states = {each["AlarmName"]: each.get("State", "") for each in record.get("Watched", [])}
    said = [f"{needed}: {_too_little(little, states)}."] if little else []
    if healthy:
        which = "Its" if len(healthy) == len(rows) else "The other"
        said.append(f"{which} {_guardrails(healthy)} held, with {_at_least(healthy)} in a bake.")
    return said


def _guardrails(rows: Sequence[GuardrailRecord]) -> str:
    return "guardrail" if len(rows) == 1 else f"{len(rows)} guardrails"


def _at_least(rows: Sequence[GuardrailRecord]) -> str:
    least = min(rows, key=lambda row: row.get("Requests", 0))
    return f"{'at least ' if len(rows) > 1 else ''}{_requests(least)} to green"


def _too_little(rows: Sequence[GuardrailRecord], states: Mapping[str, str]) -> str:
    """The first of them and why; `states` are those of alarms at the end, empty of deleted ones."""
    named = [f"{name_of(row)} ({_why(row, states)})" for row in rows[:MOST_NAMED]]
    more = [f"{len(rows) - MOST_NAMED} more"] if len(rows) > MOST_NAMED else []
    return ", ".join([*named, *more])


def _why(row: GuardrailRecord, states: Mapping[str, str]) -> str:
    state = states.get(row["AlarmName"])
    if state == "":
        return "its alarm was deleted"
    if state not in (None, "OK", "ALARM"):
        return f"its alarm was in {state} at the end, and has judged nothing"
    return power_in_words(row)


def tripped_late_in_words(rows: Iterable[GuardrailRecord]) -> list[str]:
    """That a guardrail was over its limit at the end, although the update had succeeded."""
    return [
        f"{name_of(row)} is over its limit now: {_rate_in_words(row)}. That came too late to roll"
        " it back."
        for row in rows
    ]
