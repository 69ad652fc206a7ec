"""Findings as a terminal shows them: the worst first, each with its fix."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from bluegreen.contract.findings import Finding
from bluegreen.contract.text import plain

SEVERITIES: Final = {"ERROR": "bold red", "WARNING": "yellow", "INFO": "cyan"}
"""How severities look, the worst first."""

FIX_INDENT: Final = "    "


def show_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print each finding with its fix, or that there are none."""
    width = console.width if console.is_terminal else None
    for line in finding_lines(findings, width):
        console.print(line, soft_wrap=True)
    if not findings:
        console.print("No findings.")


def finding_lines(findings: Iterable[Finding], width: int | None = None) -> Iterator[Text]:
    """The findings in lines, the worst first, each with its fix indented below it.

    Lines are at most `width` columns wide; without it each text is one line, as in a pipe.
    """
    for finding in sorted(findings, key=lambda found: list(SEVERITIES).index(found.severity)):
        heading = f"{finding.severity} {finding.id}:"
        for line in _wrapped(f"{heading} {plain(finding.message)}", "", width):
            text = Text(line)
            if line.startswith(heading):
                text.stylize(SEVERITIES[finding.severity], 0, len(heading))
            yield text
        for line in _wrapped(plain(finding.fix), FIX_INDENT, width):
            yield Text(line, "dim")


def _wrapped(text: str, indent: str, width: int | None) -> list[str]:
    return textwrap.wrap(
        text,
        width or len(indent + text) + 1,
        initial_indent=indent,
        subsequent_indent=indent or "  ",
        break_on_hyphens=False,
    )
