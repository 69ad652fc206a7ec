"""The page that the benchmarks write: docs/performance.md, with a marked block for each table."""

from pathlib import Path
from typing import Final

from pages.blocks import replaced

PAGE: Final = Path(__file__).parents[1] / "docs/performance.md"


def write(name: str, text: str) -> None:
    """Put a text into the block with the mark `<!-- printed: NAME -->`."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, name, text), encoding="utf-8")
