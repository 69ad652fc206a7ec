"""Heavy tests: a fixed sample of their rows is in the gate, all of them in `make test-all`."""

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(rows: Iterable[Any], every: int) -> list[Any]:
    """All rows; those that are not each `every`-th one, from the first on, are marked as slow."""
    return [
        row if not number % every else pytest.param(*_values(row), marks=pytest.mark.slow)
        for number, row in enumerate(rows)
    ]


def _values(row: object) -> tuple[object, ...]:
    return row if isinstance(row, tuple) else (row,)
