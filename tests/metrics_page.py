"""Writes `docs/metrics.md`, the catalogue of metrics as a page: `python -m metrics_page`."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from bluegreen.sagemaker.metrics import CATALOGUE, NO_UNIT, Dimensions, Kind, Published

PAGE = Path(__file__).parents[1] / "docs/metrics.md"
HEAD = """# The catalogue of metrics

What SageMaker publishes of endpoints in CloudWatch, and how sure that is. The check of a request
goes by it: see [how the check works](findings.md). The page is written from
`functions/bluegreen/sagemaker/metrics.py`.

* **documented**: a page of the SageMaker Developer Guide, which the table names, shows the metric
  with these dimensions.
* **UNCERTAIN**: some source has it, but no page of AWS in so many words. It gives a WARNING at
  most.
* **never**: everything else in these namespaces, another name or other dimensions. Only that counts
  as unable to trip.

A metric that had a datapoint in the last two weeks is there, whatever stands here. Namespaces are
told apart by case and by their first slash; of any other namespace nothing is known, and that is
what the check says. So it is of Model Monitor's, which AWS's pages spell in several ways
(`aws/sagemaker/Endpoints/data-metrics` is one) and which has values once an hour at most.

CloudWatch shows data for exactly one set of dimensions: E is EndpointName, V VariantName,
C EndpointConfigName, K ContainerName, I InferenceComponentName, and others are written out.
"""
LETTERS = {
    "EndpointName": "E",
    "VariantName": "V",
    "EndpointConfigName": "C",
    "ContainerName": "K",
    "InferenceComponentName": "I",
}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_namespaces()])


def _namespaces() -> Iterator[str]:
    for namespace, rows in groupby(CATALOGUE, lambda row: row.namespace):
        yield f"## {namespace}\n"
        yield "| Metrics | Documented with | UNCERTAIN with | Unit | Endpoints | Source |"
        yield "|---|---|---|---|---|---|"
        yield from map(_line, rows)
        yield ""


def _line(row: Published) -> str:
    cells = (
        ", ".join(f"`{name}`" for name in row.names),
        _sets(row.dimensions),
        _sets(row.uncertain),
        _unit(row),
        "" if row.kind is Kind.ANY else row.kind,
        row.source,
    )
    return f"| {' | '.join(cells)} |"


def _sets(sets: tuple[Dimensions, ...]) -> str:
    return "; ".join(" ".join(sorted(map(_short, each), key=_order)) for each in sets)


def _short(name: str) -> str:
    return LETTERS.get(name, name)


def _order(name: str) -> tuple[bool, int, str]:
    return len(name) > 1, "EVCKI".find(name), name


def _unit(row: Published) -> str:
    unit = "none" if row.unit == NO_UNIT else row.unit
    every = f", every {row.often} s" if row.often < 60 else ""
    percentiles = ", with percentiles" if row.percentiles else ""
    older = f" (UNCERTAIN: {', '.join(row.units)})" if row.units else ""
    return f"{unit}{older}{percentiles}{every}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
