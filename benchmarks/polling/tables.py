"""What was measured, as it stands in docs/performance.md: one block of text a table."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import median
from textwrap import wrap
from typing import Final

from polling.deployments import Deployment
from polling.facts import ALARM, told_after
from polling.measured import Cell, Measured
from polling.ways import BLUEGREEN, POLL_30

Results = Mapping[Cell, Measured]
MOST_EVENTS: Final = 25_000
"""Of the history of one execution (Step Functions service quotas)."""

EVENT_SECONDS: Final = (0.5, 5, 30)
"""Assumed: how late an event reaches its target. AWS publishes no figure."""

USUAL_SECONDS: Final = 5
"""Which of them the tables of counts take."""


def blocks(results: Results) -> dict[str, str]:
    """Each block's text by its name."""
    return {
        "bench": "\n".join(_ratios(results)) + "\n",
        "bench-counts": "\n".join(_counts(results)) + "\n",
        "bench-dollars": "\n".join(_dollars(results)) + "\n",
        "bench-delays": "\n".join(_delays(results)) + "\n",
        "bench-words": "\n".join(_words(results)) + "\n",
    }


def _by_deployment(results: Results) -> Iterator[tuple[Deployment, list[Cell]]]:
    for deployment, cells in groupby(results, key=lambda cell: cell.deployment):
        yield deployment, list(cells)


# ---- Beside a look every 30 seconds -----------------------------------------------------------


def _ratios(results: Results) -> Iterator[str]:
    yield (
        f"{'':<34}{'transitions':^24}{'Lambda invocations':^24}{'told of the end after':>22}\n"
        f"{'':<34}{'ours':>7}{'polling':>9}{'':>8}{'ours':>7}{'polling':>9}{'':>8}"
        f"{'ours':>11}{'polling':>11}"
    )
    for deployment, _ in _by_deployment(results):
        ours = results[Cell(deployment, BLUEGREEN, USUAL_SECONDS)]
        polling = results[Cell(deployment, POLL_30[0], USUAL_SECONDS)]
        yield (
            f"{deployment.name:<34}"
            f"{_beside(ours.transitions, polling.transitions)}"
            f"{_beside(ours.invocations, polling.invocations)}"
            f"{_seconds(_end(ours)):>11}{_seconds(_end(polling)):>11}"
        )


def _beside(ours: int, theirs: int) -> str:
    return f"{ours:>7}{theirs:>9,}{theirs / ours:>7.1f}x"


def _end(measured: Measured) -> float:
    return told_after(measured.facts, measured.told)[-1]


def _seconds(seconds: float) -> str:
    return f"{seconds:,g} s"


# ---- What was counted -------------------------------------------------------------------------


def _counts(results: Results) -> Iterator[str]:
    for number, (deployment, cells) in enumerate(_by_deployment(results)):
        if number:
            yield ""
        (length,) = {results[cell].seconds for cell in cells}
        yield heading(deployment, f"{length:,.0f} s from UpdateEndpoint to the end")
        yield COUNTED
        yield from (counts_row(cell, results[cell]) for cell in cells)


def heading(deployment: Deployment, more: str) -> str:
    """The line above the rows of a deployment."""
    return f"{deployment.name} ({more})"


COUNTED: Final = (
    f"{'':<20}{'transitions':>12}{'history':>9}{'of limit':>9}{'invocations':>12}{'USD':>9}"
    "  calls of the state machine; calls of functions"
)


def counts_row(cell: Cell, measured: Measured) -> str:
    """What was counted in one run."""
    share = f"{100 * measured.history_events / MOST_EVENTS:.1f} %"
    ran = f"{measured.invocations}+{measured.ticks}" if measured.ticks else measured.invocations
    calls = [_in_words(measured.machine_calls), _in_words(measured.function_calls)]
    return (
        f"{_name(cell):<20}{measured.transitions:>12,}{measured.history_events:>9,}{share:>9}"
        f"{ran:>12}{measured.work.dollars:>9.5f}  {'; '.join(filter(None, calls))}"
    )


def _name(cell: Cell) -> str:
    """With the delay of events, where that has a part in it."""
    late = f", {_seconds(cell.event_seconds)}" if cell.way.is_ours else ""
    return f"{cell.way.name}{late}"


def _in_words(calls: Mapping[str, int]) -> str:
    most = sorted(calls.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} {count}" for name, count in most)


def _dollars(results: Results) -> Iterator[str]:
    """The sums of the longest deployments."""
    longest = list(results)[-1].deployment.length
    sums = {
        f"{cell.deployment.name}, {cell.way.name}": measured.work
        for cell, measured in results.items()
        if cell.deployment.length == longest and cell.event_seconds == USUAL_SECONDS
    }
    for name, work in sums.items():
        yield f"{name}: {work.dollars:.5f} USD"
        terms = [
            f"{count:,.4g} {what} x {_plain(price)}"
            for what, (count, price) in work.terms.items()
            if count
        ]
        yield from wrap(" + ".join(terms), 100, initial_indent="  = ", subsequent_indent="    ")


def _plain(price: float) -> str:
    """Without an exponent."""
    return f"{price:.10f}".rstrip("0")


# ---- From fact to notification ----------------------------------------------------------------


def _delays(results: Results) -> Iterator[str]:
    for number, (deployment, cells) in enumerate(_by_deployment(results)):
        if number:
            yield ""
        facts = {len(results[cell].facts) for cell in cells}
        yield heading(deployment, f"{max(facts)} facts")
        yield DELAYED
        yield from dict.fromkeys(delays_row(cell, results[cell]) for cell in cells)


DELAYED: Final = (
    f"{'':<20}{'event delay':>12}{'told':>8}{'median':>9}{'worst':>9}{'the end':>9}"
    f"{'seen':>9}{'median':>9}{'worst':>9}"
)


def delays_row(cell: Cell, measured: Measured) -> str:
    """How long after the facts they were told, and could have been seen."""
    event = _seconds(cell.event_seconds) if cell.way.is_ours else "any"
    told = told_after(measured.facts, measured.told)
    seen = "" if cell.way.is_ours else _spread(measured.seen, 9)
    row = f"{cell.way.rhythm:<20}{event:>12}{_spread(told, 8)}{_seconds(_end(measured)):>9}{seen}"
    return row.rstrip()


def _spread(delays: Sequence[float], width: int) -> str:
    return f"{len(delays):>{width}}{_seconds(median(delays)):>9}{_seconds(max(delays)):>9}"


# ---- What was said after a rollback -----------------------------------------------------------


def _words(results: Results) -> Iterator[str]:
    """Of the longest deployment that an alarm ended: what people were told from then on."""
    last = [cell for cell in results if cell.deployment.alarm][-1].deployment
    told: dict[str, Measured] = {}
    for cell in results:
        if cell.deployment == last and cell.event_seconds == USUAL_SECONDS:
            told.setdefault(cell.way.rhythm, results[cell])
    yield f"{last.name}; events {_seconds(USUAL_SECONDS)} late"
    for rhythm, measured in told.items():
        yield f"{rhythm}: the execution is {measured.status}"
        yield from _words_after_alarm(measured)


def _words_after_alarm(measured: Measured) -> Iterator[str]:
    (tripped,) = [fact for fact in measured.facts if fact.what.startswith(ALARM)]
    for each in measured.told:
        if each.at >= tripped.at:
            after = (each.at - tripped.at).total_seconds()
            yield f"  {_seconds(after)} after the alarm: {each.subject}"
    yield from wrap(measured.told[-1].text, 100, initial_indent="    ", subsequent_indent="    ")
