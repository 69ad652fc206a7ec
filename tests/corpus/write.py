"""Write the page of what is found: `PYTHONPATH=tests python -m corpus.write`.

`test_corpus.py` compares the page with the check, so a finding more or less is seen in a diff.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, get_args

from bluegreen.contract.catalogue import Severity
from bluegreen.contract.findings import Finding
from corpus.entries import Entry, entries

PAGE: Final = Path(__file__).with_name("findings.md")
HEAD: Final = """# What the check finds in policies as people have them

How many findings of each severity, and which. The policies, and what each was built after, stand in
`works.yaml` and `aws_examples.yaml`.
The check writes this page: `PYTHONPATH=tests python -m corpus.write`.
"""
TITLES: Final = {"works": "Policies that work", "aws_examples": "AWS's examples as they stand"}
SEVERITIES: Final = get_args(Severity)


def page() -> str:
    """The page as the check finds it now."""
    return "\n".join([HEAD, *(_table(title, entries(name)) for name, title in TITLES.items())])


def _table(title: str, rows: Iterable[Entry]) -> str:
    head = ["Policy", *SEVERITIES]
    lines = [f"# {title}\n", _line(head), _line(["---"] * len(head)), *map(_row, rows), ""]
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    found = entry.checked.findings
    return _line([entry.name, *(_of(severity, found) for severity in SEVERITIES)])


def _of(severity: str, found: Iterable[Finding]) -> str:
    """`3: alarm-a, alarm-b (2)`; nothing where there is none."""
    counts = Counter(finding.id for finding in found if finding.severity == severity)
    ids = [id_ if count == 1 else f"{id_} ({count})" for id_, count in counts.items()]
    return f"{counts.total()}: {', '.join(ids)}" if ids else ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
