"""What all faults that apply to an event do to it on its way to the bus."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bluegreen_simulator.rules.faults.kinds import EventFault

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
MILLISECONDS: Final = 1000


@dataclass(frozen=True)
class Passage:
    """So many copies of the event arrive, so late, behind the next event, with times so far off."""

    copies: int
    delay: float
    overtaken: bool
    skew: int


def passage_of(faults: Iterable[EventFault]) -> Passage:
    """Who hits it first does not matter; who drops it has the last word."""
    copies, delay, skew, overtaken = 1, 0.0, 0, False
    for fault in faults:
        copies *= 0 if fault.drop else fault.duplicate
        delay += fault.delay
        skew += fault.skew
        overtaken |= fault.reorder
    return Passage(copies, delay, overtaken, skew)


def skewed(value: Any, seconds: int, name: str = "") -> Any:  # noqa: ANN401 - any JSON
    """An event whose sender's clock is off: its ISO times, numbers named `...Time`, `...Date`."""
    if isinstance(value, dict):
        return {key: skewed(part, seconds, key) for key, part in value.items()}
    if isinstance(value, list):
        return [skewed(part, seconds) for part in value]
    if isinstance(value, str):
        return MOMENT.sub(lambda found: _later(found.group(), seconds), value)
    if name.endswith(("Time", "Date")) and isinstance(value, int | float):
        return value + MILLISECONDS * seconds
    return value


def _later(moment: str, seconds: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat()
