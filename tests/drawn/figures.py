"""How much of everything there was among the pairs that were tried."""

from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.check.alarm_reach import can_never_trip
from bluegreen.check.protection import Seen, protection_of
from bluegreen.check.rules.bakes import bakes_of
from drawn.world import Green, Tried


@dataclass
class Figures:
    """Counts over pairs.

    `unable` alarms can never trip; in `lost` bakes an alarm that can trip cannot. `seen` counts
    defects of bad variants that an alarm is said to see in time, `unseen` those that none does.
    `sure` pairs are said to be rolled back whatever green does, `clean` ones have no finding above
    INFO. `guardrails` are those that were made, of which `tripped` did in some trial. `rolled_back`
    are trials.
    """

    pairs: int = 0
    alarms: int = 0
    unable: int = 0
    lost: int = 0
    seen: int = 0
    unseen: int = 0
    sure: int = 0
    clean: int = 0
    guardrails: int = 0
    tripped: int = 0
    rolled_back: int = 0
    contradictions: int = 0

    def add(self, tried: Tried, found: Sequence[str]) -> None:
        """Count a pair, and what was found to be untrue of it."""
        forecast = tried.checked.forecast
        assert forecast is not None
        never = [can_never_trip(alarm, forecast) for alarm in forecast.alarms.values()]
        rows = [row.seen for row in protection_of(forecast) if row.variant in tried.pair.bad]
        self.pairs += 1
        self.alarms += len(never)
        self.unable += sum(never)
        self.lost += sum(
            len(forecast.schedule.bakes) - len(bakes_of(name, forecast))
            for name, unable in zip(forecast.alarms, never, strict=True)
            if not unable
        )
        self.seen += rows.count(Seen.YES)
        self.unseen += rows.count(Seen.NO)
        self.sure += any(
            finding.id == "alarm-trips-on-traffic" and finding.severity == "ERROR"
            for finding in tried.checked.findings
        )
        self.clean += all(finding.severity == "INFO" for finding in tried.checked.findings)
        guards = [each.guards_tripped for each in tried.trials.values()]
        self.guardrails += len(forecast.guardrails)
        self.tripped += sum(any(times) for times in zip(*guards, strict=True))
        self.rolled_back += sum(tried.trials[green].rolled_back is not None for green in Green)
        self.contradictions += len(found)

    def __str__(self) -> str:
        """All of them in a line."""
        return ", ".join(f"{name.replace('_', ' ')}: {n}" for name, n in vars(self).items())
