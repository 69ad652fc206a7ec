"""What the verdict rests on: alarms, green's requests, and the series against their limits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.record import DeploymentRecord, GuardrailRecord, WatchedAlarm
from bluegreen.contract.series import GateSeries, KeptSeries, Pairs
from bluegreen.contract.text import in_figures
from bluegreen.contract.times import from_text
from bluegreen.deployment.history import PastDeployment
from bluegreen.deployment.judged import limit_in_short, name_of, percent, shown_power
from bluegreen.drawing.chart import LINES, Plot, chart, legend
from bluegreen.drawing.markup import Markup, joined, tag
from bluegreen.drawing.shapes import Span
from bluegreen.guardrails.power import ENOUGH
from bluegreen.report.words import note, section, table
from bluegreen.sagemaker.observation import Stage

OVER: Final = {
    "GreaterThanThreshold": "above",
    "GreaterThanOrEqualToThreshold": "at or above",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at or below",
}
NAMES: Final = {"Green": "green", "Blue": "blue", "Watched": "both fleets together"}
NOT_KNOWN: Final = "not known"
NOT_KEPT: Final = (
    "What the alarms saw was not kept, and CloudWatch has one-minute data for 15 days only. It is"
    " not kept of a deployment that ended before its update, where CloudWatch did not answer at the"
    " end, and of those of release 0.1."
)


def watched(past: PastDeployment) -> Markup:
    """The section."""
    return section(
        "What watched it",
        *_requests(past.record),
        *_guardrails(past.record),
        *_alarms(past.record),
        *_charts(past),
    )


def _requests(record: DeploymentRecord) -> Iterator[Markup]:
    if "GreenRequests" in record:
        said = (f"{name}: {count:,}" for name, count in record["GreenRequests"].items())
        yield tag("p", f"Requests that green got in its bakes, by variant: {', '.join(said)}.")


def _guardrails(record: DeploymentRecord) -> Iterator[Markup]:
    rows = [_guardrail(row) for row in record.get("Guardrails", [])]
    if rows:
        heads = ("Guardrail", "Outcome", "Of green's requests", "At most", "Requests", "Likelihood")
        yield table("What became of its guardrails", heads, rows)
        yield note(
            "Requests are green's in the bake that says most. The likelihood is that with which its"
            f" defect would have been found in it; with less than {percent(ENOUGH)} nothing is"
            " known."
        )


def _guardrail(row: GuardrailRecord) -> tuple[str, ...]:
    return (
        name_of(row),
        row["Outcome"],
        percent(row["Rate"]) if "Rate" in row else NOT_KNOWN,
        limit_in_short(row),
        f"{row['Requests']:,}" if "Requests" in row else NOT_KNOWN,
        shown_power(row["Power"]) if "Power" in row else NOT_KNOWN,
    )


def _alarms(record: DeploymentRecord) -> Iterator[Markup]:
    if not record.get("Watched"):
        known = "Watched" in record
        yield note("No alarm was named." if known else "Its alarms at the end are not known.")
        return
    heads = ("Alarm", "Went into ALARM", "At the end", "Datapoints in the bakes", "Variant")
    rows = [_row(alarm, record) for alarm in record["Watched"]]
    yield table("The alarms of the deployment", heads, rows)


def _row(alarm: WatchedAlarm, record: DeploymentRecord) -> tuple[str, ...]:
    name = alarm["AlarmName"]
    return (
        name,
        "yes" if name in record["TrippedAlarms"] else "no",
        alarm.get("State", "") if alarm["Present"] else "deleted meanwhile",
        str(alarm.get("Datapoints", "cannot be counted")),
        alarm.get("VariantName", ""),
    )


def _charts(past: PastDeployment) -> Iterator[Markup]:
    if past.series is None or not past.series["Gates"]:
        yield note(NOT_KEPT)
        return
    span = _span(past.series, from_text(past.record["EndedAt"]))
    names = {row["AlarmName"]: name_of(row) for row in past.record.get("Guardrails", [])}
    for gate in past.series["Gates"]:
        figures = percent if gate["AlarmName"] in names else in_figures
        start, seconds = from_text(past.series["StartedAt"]), past.series["Seconds"]
        plot = Plot(gate, start, seconds, span, _bakes(past.record), figures)
        yield _figure(plot, names.get(gate["AlarmName"], gate["AlarmName"]))
    minutes = past.series["Seconds"] // 60
    worst = f"of {minutes} minutes the worst one" if minutes > 1 else "one minute"
    yield note(f"Each value is {worst}, as it was kept at the end. The bands are the bakes.")


def _span(series: KeptSeries, end: datetime) -> Span:
    """From the first datapoint of any gate to the end of the deployment."""
    start = from_text(series["StartedAt"])
    first = min((at for gate in series["Gates"] for at in _beginnings(gate)), default=0)
    return Span(start + timedelta(seconds=first), max(end, start))


def _beginnings(gate: GateSeries) -> Iterator[int]:
    for pairs in (gate.get("Watched", []), gate.get("Green", []), gate.get("Blue", [])):
        yield from (at for at, _ in pairs[:1])


def _bakes(record: DeploymentRecord) -> tuple[Span, ...]:
    return tuple(
        Span(from_text(stage["StartedAt"]), from_text(stage["EndedAt"]))
        for stage in record["Stages"]
        if stage["Stage"] == Stage.BAKING
    )


def _figure(plot: Plot, name: str) -> Markup:
    gate = plot.gate
    heading = joined(tag("h3", name), tag("p", _in_words(plot), class_="note"))
    if not any(plot.lines.values()):
        return tag("div", heading, note("It saw no data."), class_="gate")
    said = [(LINES[of], _line(of, pairs, plot)) for of, pairs in plot.lines.items()]
    limit = [("limit", f"limit {plot.figures(gate['Limit'])}")] if "Limit" in gate else []
    title = f"{name}: {'; '.join(words for _, words in [*said, *limit])}"
    return tag("div", heading, chart(plot, title), legend(*reversed(said), *limit), class_="gate")


def _in_words(plot: Plot) -> str:
    gate = plot.gate
    metric = gate.get("Metric") or "What it watches cannot be read"
    over = OVER.get(gate.get("Comparison", ""), "")
    limit = (
        f". It goes off {over} {plot.figures(gate['Limit'])}" if over and "Limit" in gate else ""
    )
    return f"{metric}{limit}."


def _line(name: str, pairs: Pairs, plot: Plot) -> str:
    """A series in words: how low and how high it was."""
    if not pairs:
        return f"{NAMES[name]}: no data"
    values = sorted(value for _, value in pairs)
    low, high = plot.figures(values[0]), plot.figures(values[-1])
    return f"{NAMES[name]}: {low if low == high else f'{low} to {high}'}"
