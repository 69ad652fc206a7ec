"""The warm-up of an alarm: INSUFFICIENT_DATA until its time is over, or its data is there.

Source: API reference, `WarmUpConfiguration`; CloudWatch User Guide, "Alarm warm-up periods".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bluegreen_simulator.rules.alarms.evaluation import Datapoint


@dataclass(frozen=True)
class WarmUp:
    """A warm-up that has begun; `whole` is OnlyStartEvaluatingAfterWarmUpPeriodEnds."""

    until: datetime
    whole: bool = False

    def goes_on(self, window: Sequence[Datapoint | None], now: datetime) -> bool:
        """Whether the alarm is not evaluated yet; `window` are its evaluation periods.

        Data from before the warm-up counts too (assumed).
        """
        return now < self.until and (self.whole or None in window)
