"""Write docs/guardrails-odds.md from the stored counts: `python -m odds.write`.

With PYTHONPATH=tests. A test compares the page with the counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from bluegreen.guardrails.asked import DEFAULT, STRICT
from odds.blue import MEDIAN_MS, WEEKS
from odds.cells import BOTH, LINEAR, RATES, SHARES, Blue, Cell, Green, cells
from odds.claims import Figure, Table, called_healthy, figures_of, found_first, stopped
from odds.counts import Counts
from odds.examples import SHARES as OF_EXAMPLES
from odds.intervals import interval, sigmas
from odds.stored import stored
from shipped import ROOT

PAGE: Final = ROOT / "docs/guardrails-odds.md"

ENOUGH_TRIPS: Final = 20
"""Of fewer nothing is said of their times."""

FOUND_FIRST: Final = (
    "greens failing 20 % found in the first bake, at 60 requests a minute or more, a share of 25 %"
    " or more, blue at 0.5 % or less"
)

HEAD: Final = """# Guardrails: what they find, and whom they stop falsely

What the alarms of `"Guardrails": "Default"` and `"Strict"` do by chance: whether a bad green fleet
trips one in time, whether a healthy one does too, and how often there is not enough data to say.
The figures are computed, not measured on AWS: {draws} deployments are drawn for each cell, and
each guardrail's alarm, with the expression that it is made with, is evaluated minute by minute as
the [embedded AWS](fidelity.md) evaluates alarms. `PYTHONPATH=tests python -m odds.run` computes
`tests/odds/counts.jsonl` (long; it can be resumed), `PYTHONPATH=tests python -m odds.write`
writes this page; a test holds it to the counts, and draws some cells anew.

## How to read it
* **60 a minute** is how many requests the endpoint gets, of both fleets. A *share* is green's in
  the first step: a canary of 10, 25 or 50 % for ten minutes, and then 100 % for ten; 100 % is all
  at once, with one bake of ten minutes; *linear* are ten steps of 10 %, of ten minutes each.
* **Blue** is what it has been like for a week, by which the limits are made, and is now; a healthy
  green is the same, and one with a defect at least. At 0.5 % so many requests fail with 5XX, and
  as many with 4XX; in *bursts*: 0.2 %, and six times a day 5 to 10 % for 2 to 8 minutes; *by time
  of day*: 0.2 to 1.8 times as many requests, of which 0.1 to 0.9 % fail; deployed at any time.
* **93 / 100 / 0, 310-470 s**: 93 % are found in the first bake, 100 % in all, 0 % end with "not
  enough data"; then the median of the time from the first shift to the trip, and what 95 % of the
  trips took at most. What is neither found nor without enough data is called healthy.
* **Both fleets**: errors are counted over both, less blue's expected ones. **By config**: green's
  alone, where SageMaker publishes errors by endpoint config.

## What was assumed
* Requests come as a Poisson process, and each fails or is slow by itself. Latencies are log-normal
  with a median of {median:g} ms; sigma, that of their logarithm, is 0.5 unless said otherwise.
* The shift lies at a random second of its minute; traffic moves at once.
* A minute is published, judged and seen by SageMaker 120 s after its end for what is found, and
  5 s after it for what is stopped falsely: late where late is worse, early where early is worse.
* A healthy green starts slowly: all requests to instances that get their first traffic in a step
  are over the limit for 120 s, a fifth of the bake.
* {weeks} weeks of blue are drawn for each kind of it and each number of requests, and limits are
  made of each.
* AWS leaves open whether a datapoint that is missing beside a scalar stays missing or counts as 0.
  Both were tried: {otherwise}
* All figures together are within their intervals with 99 %: for {figures} figures that is
  {sigmas:.1f} sigma. 50 % is within {half:.1f} points, and 0 of {draws} is at most {none:.2f} %.
"""


def page(table: Table) -> str:
    """The page of these counts."""
    parts = [_head(table), _held(table), _healthy(table), *_bad(table), _honest(table)]
    return "\n".join([*parts, _examples(table)])


def _head(table: Table) -> str:
    figures = figures_of(table)
    draws = min(counts.draws for counts in table.values())
    return HEAD.format(
        draws=f"{draws:,}",
        median=MEDIAN_MS,
        weeks=WEEKS,
        otherwise=_otherwise(table),
        figures=f"{figures:,}",
        sigmas=sigmas(figures),
        half=100 * sigmas(figures) * 0.5 / draws**0.5,
        none=100 * interval(0, draws, figures).high,
    )


def _otherwise(table: Table) -> str:
    ours = [counts for name, counts in table.items() if "|" not in name]
    differing = [each for each in ours if each.otherwise != each.tripped]
    if not differing:
        return "no draw ended differently."
    most = max(abs(each.otherwise - each.tripped) / each.draws for each in differing)
    return (
        f"the number of trips differs in {len(differing)} of {len(ours)} cells, by"
        f" {_percent(most)} % of the draws at most."
    )


def _held(table: Table) -> str:
    """What must hold, with the worst figure."""
    calm, bursts = (_most(stopped(table, bursts=each)) for each in BOTH)
    found = min(found_first(table), key=lambda figure: figure.part)
    called = _most(called_healthy(table))
    rows = (
        ("healthy greens stopped, by all guardrails together", "at most 1 %", calm),
        ("the same where blue comes in bursts", "at most 2 %", bursts),
        (FOUND_FIRST, "at least 95 %", found),
        ("called healthy, though as bad as must be found", "at most 5 %", called),
    )
    lines = ["## What holds\n", _line("", "promised", "the worst cell", "with 99 %", "which")]
    lines.append(_line(*["---"] * 5))
    lines += [_line(words, promised, *_worst(table, each)) for words, promised, each in rows]
    return "\n".join([*lines, ""])


def _most(figures: Iterable[Figure]) -> Figure:
    return max(figures, key=lambda figure: figure.part)


def _worst(table: Table, figure: Figure) -> tuple[str, str, str]:
    low, high = map(_percent, figure.within(table))
    return f"{_percent(figure.part)} %", f"{low} to {high} %", figure.cell.name


def _healthy(table: Table) -> str:
    """Whom they stop falsely, and how often they could not tell."""
    lines = [
        "## Healthy greens\n",
        "Stopped falsely by all three together, in %: 10 / 25 / 50 / 100 % / linear.\n",
        *_rates_head("Blue", "errors of"),
    ]
    for blue, by_config in product(Blue, BOTH):
        cell = Cell(Green.HEALTHY, 0.0, blue, by_config=by_config)
        lines.append(_by_rate(table, cell, (*SHARES, LINEAR), blue, _way(cell)))
    wide = Cell(Green.HEALTHY, sigma=1.0)
    lines.append(_by_rate(table, wide, (*SHARES, LINEAR), "0.5 %, sigma 1", _way(wide)))
    lines += [
        "\n`Strict`, at shares of 25 / 100 % / linear where that was tried.\n",
        *_rates_head("Blue", "errors of"),
    ]
    for blue in Blue:
        shares = (0.25, 1.0, *([LINEAR] if blue in (Blue.HALF, Blue.BURSTS) else []))
        strict = Cell(Green.HEALTHY, 0.0, blue, preset=STRICT)
        lines.append(_by_rate(table, strict, shares, blue, _way(strict)))
    lines += [
        "\nNot enough data, in %, for 5XX / 4XX / latency; blue at 0.5 %.\n",
        *_rates_head("Guardrails, share", "errors of"),
    ]
    for preset, share, by_config in product((DEFAULT, STRICT), SHARES, BOTH):
        cell = Cell(Green.HEALTHY, share=share, by_config=by_config, preset=preset)
        if cell.name in table:
            texts = [_unknown(table[replace(cell, rate=rate).name]) for rate in RATES]
            lines.append(_line(f"{preset}, {_percent(share)} %", _way(cell), *texts))
    return "\n".join([*lines, ""])


def _by_rate(table: Table, cell: Cell, shares: Sequence[float], *labels: str) -> str:
    texts = [
        " / ".join(
            _percent(counts.tripped / counts.draws)
            for counts in (table[replace(cell, share=share, rate=rate).name] for share in shares)
        )
        for rate in RATES
    ]
    return _line(*labels, *texts)


def _unknown(counts: Counts) -> str:
    keys = ("5xx", "4xx", "latency-p90")
    return " / ".join(_percent(counts.unknown.get(key, 0) / counts.draws) for key in keys)


def _bad(table: Table) -> Iterator[str]:
    for size in (0.01, 0.05, 0.2, 1.0):
        words = {0.01: " (within the limit of `Default`, which is 2 points above blue)"}
        title = f"## {_percent(size)} % of green's requests fail with 5XX"
        cell = Cell(Green.SERVER, size)
        yield _found(table, title + words.get(size, ""), cell, Blue)
    yield _found(table, "## All of green's requests fail with 4XX", Cell(Green.CLIENT, 1.0), Blue)
    for size in (1.2, 2.0, 10.0):
        yield _latency(table, size)
    yield _found(
        table,
        "## One of two variants fails 20 %\n\nEach has half of the requests.",
        Cell(Green.SERVER, 0.2, variants=2),
        (Blue.HALF,),
    )
    yield _found(
        table,
        "## No metrics by endpoint config\n\nGreen fails 20 %, and nothing of it is published by"
        " endpoint config: nothing is found, and all of it is said to be without enough data.",
        Cell(Green.SILENT, 0.2),
        (Blue.HALF,),
    )


def _found(table: Table, title: str, cell: Cell, blues: Iterable[Blue]) -> str:
    lines = [f"{title}\n", *_rates_head("Blue, share", "errors of")]
    for blue, share, by_config in product(blues, SHARES, BOTH):
        row = replace(cell, blue=blue, share=share, by_config=by_config)
        if row.name in table:
            lines.append(_row(table, row, f"{blue}, {_percent(share)} %", _way(row)))
    return "\n".join([*lines, ""])


def _latency(table: Table, size: float) -> str:
    title = f"## Green is {size:g} times slower"
    lines = [f"{title}\n", *_rates_head("Guardrails, blue, sigma", "share")]
    ways = [(DEFAULT, Blue.HALF, 0.5), (DEFAULT, Blue.HALF, 1.0), (DEFAULT, Blue.DAY, 0.5)]
    ways += [(STRICT, Blue.HALF, 0.5)] if size <= 2 else []
    for (preset, blue, sigma), share in product(ways, SHARES):
        row = Cell(Green.SLOWER, size, blue, share, sigma=sigma, preset=preset)
        label = f"{preset}, {'by time of day' if blue is Blue.DAY else 'steady'}, {sigma:g}"
        lines.append(_row(table, row, label, f"{_percent(share)} %"))
    return "\n".join([*lines, ""])


def _honest(table: Table) -> str:
    """What is said of greens that are just as bad as must be found."""
    lines = [
        "## Just as bad as must be found\n",
        "`HEALTHY` needs 95 % power for this defect; what lacks to 100 % was called so.\n",
        *_rates_head("Guardrail, defect", "blue, share, errors of"),
    ]
    for cell in cells():
        is_shown = cell.is_at_the_defect and cell.rate == RATES[0] and cell.variants == 1
        if is_shown and (cell.size, cell.preset) != (0.2, DEFAULT):
            way = "" if cell.keys == ("latency-p90",) else f", {_way(cell)}"
            label = f"{cell.preset}, {cell.green} {_percent(cell.size)} %"
            lines.append(_row(table, cell, label, f"{cell.blue}, {_percent(cell.share)} %{way}"))
    return "\n".join([*lines, ""])


def _examples(table: Table) -> str:
    """AWS's own alarms on the same draws."""
    lines = [EXAMPLES_HEAD, *_rates_head("Green, share", "alarms")]
    for (green, size, words), share in product(TRIED, OF_EXAMPLES):
        cell = Cell(green, size, share=share)
        lines.append(_example(table, cell, f"{words}, {_percent(share)} %", "`Default`", ""))
        for name, title in TITLES.items():
            lines.append(
                _example(table, cell, f"{words}, {_percent(share)} %", title, f" | {name}")
            )
    return "\n".join([*lines, ""])


TITLES: Final = {
    "guide": "guide",
    "guide, 1 %": "guide, 1 %",
    "notebook": "notebooks",
    "notebook, 1 %": "notebooks, 1 %",
}
TRIED: Final = (
    (Green.HEALTHY, 0.0, "healthy, slow start"),
    (Green.QUICK, 0.0, "healthy"),
    (Green.SERVER, 0.2, "5XX 20 %"),
    (Green.SERVER, 1.0, "5XX 100 %"),
    (Green.CLIENT, 1.0, "4XX 100 %"),
    (Green.SLOWER, 2.0, "2 times slower"),
    (Green.SLOWER, 10.0, "10 times slower"),
)
EXAMPLES_HEAD: Final = """## Beside AWS's documented example alarms

On the same draws, blue at 0.5 %: stopped in the first bake / in all, in percent.
* *guide*: SageMaker Developer Guide, "Auto-Rollback Configuration and Monitoring":
  `Invocation4XXErrors` Average > 1 (600 s, 2 of 2, both fleets) and `ModelLatency` Average > 100 ms
  (300 s, 2 of 2, by endpoint config).
* *notebooks*: canary, linear and rolling in aws/amazon-sagemaker-examples: `Invocation5XXErrors`
  Average >= 1 and `ModelLatency` Average >= 10 ms (60 s, 1 of 1, both fleets). Their model is taken
  to be ten times as fast as ours, so that 10 ms are as far above blue as the guide's 100 ms.
* An error metric is 1 for a request that fails and 0 for others, so an Average of 1 means that all
  failed. *1 %*: the same with 0.01, which may have been meant.
* Instances that have just begun are ten times slower here, for the slow start.
"""


def _example(table: Table, cell: Cell, label: str, title: str, end: str) -> str:
    texts = []
    for rate in RATES:
        counts = table[replace(cell, rate=rate).name + end]
        first, all_ = counts.first / counts.draws, counts.tripped / counts.draws
        texts.append(f"{_percent(first)} / {_percent(all_)}")
    return _line(label, title, *texts)


def _row(table: Table, cell: Cell, *labels: str) -> str:
    return _line(*labels, *(_told(table[replace(cell, rate=rate).name]) for rate in RATES))


def _told(counts: Counts) -> str:
    unknown = sum(counts.unknown.values()) / counts.draws
    parts = (counts.first / counts.draws, counts.tripped / counts.draws, unknown)
    text = " / ".join(map(_percent, parts))
    if counts.tripped < ENOUGH_TRIPS:
        return text
    return f"{text}, {counts.seconds[0]}-{counts.seconds[1]} s"


def _rates_head(*labels: str) -> list[str]:
    head = [*labels, *(f"{rate:,} a minute" for rate in RATES)]
    return [_line(*head), _line(*["---"] * len(head))]


def _way(cell: Cell) -> str:
    return "green, by config" if cell.by_config else "both fleets"


def _percent(part: float) -> str:
    return f"{100 * part:.1f}".removesuffix(".0")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(stored()), encoding="utf-8")
