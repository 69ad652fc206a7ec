"""What came of a cell's draws."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import batched, islice
from math import ceil
from random import Random
from typing import Final

from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.power import ENOUGH, power
from odds.alarm import Sums, Suspect, Watch, watch_of
from odds.blue import WEEKS, guardrails
from odds.cells import BAKE, LINEAR, Cell, Green
from odds.chance import seeded
from odds.draws import Deployment
from odds.examples import EXAMPLES, Average, are_about

DRAWS: Final = 3000
AT_ONCE: Final = 200
"""Deployments of which what is suspect is computed together."""

SOON: Final = 3
"""Of what is suspect, if green is so bad that it mostly trips by then."""

FEW: Final = 60
"""Requests a minute; with more there is a request to green in each period."""

FOUND_LAG: Final = 120
"""Seconds until a minute is published, judged and seen, where it is late: for what is found."""

STOPPED_LAG: Final = 5
"""The same where it is early: for healthy fleets that are stopped."""

Guardrails = Mapping[str, Guardrail]
"""Those of a cell, by their keys."""


@dataclass
class Counts:
    """Draws of a cell, and in how many of them something came about.

    `first`: tripped in the first bake; `tripped`: at all, which is a false stop of a healthy green;
    `otherwise`: likewise where a missing datapoint counts as 0 beside a scalar. `unknown`: not
    tripped, and not enough data in any bake, by guardrail; `healthy`: not tripped, and enough.
    `sure`: enough data in the first bake, and a green as bad as must be found; `missed`: those of
    them that did not trip in it.
    `seconds` from the first shift to the trip: the median, and what 95 % of the trips took.
    """

    draws: int = 0
    first: int = 0
    tripped: int = 0
    otherwise: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    healthy: int = 0
    sure: int = 0
    missed: int = 0
    seconds: Sequence[int] = ()

    def count(self, after: int | None, times: list[int]) -> None:
        """Count a draw that trips so many seconds after the first shift, or never."""
        self.draws += 1
        if after is not None:
            self.tripped += 1
            self.first += after <= BAKE
            times.append(after)

    def judge(self, of: Guardrails, deployment: Deployment, after: int | None, bad: float) -> None:
        """Count whether there was enough data, by the power of each bake's counts.

        Where blue fails often, what must be found is worse than a green of which this part is
        bad (0 where that is no question): then it is no miss that it was not.
        """
        for key, guardrail in of.items():
            enough = power(guardrail, deployment.of_bake(0)) >= ENOUGH
            sure = enough and guardrail.defect <= bad
            self.sure += sure
            self.missed += sure and (after is None or after > BAKE)
            if after is None:
                self._end(key, guardrail, deployment, enough=enough)

    def _end(self, key: str, guardrail: Guardrail, deployment: Deployment, *, enough: bool) -> None:
        later = range(1, deployment.bakes)
        if enough or any(power(guardrail, deployment.of_bake(n)) >= ENOUGH for n in later):
            self.healthy += 1
        else:
            self.unknown[key] = self.unknown.get(key, 0) + 1

    def take(self, times: Sequence[int]) -> None:
        """Keep what the trips took."""
        if times:
            ordered = sorted(times)
            self.seconds = ordered[(len(ordered) - 1) // 2], ordered[ceil(0.95 * len(ordered)) - 1]

    def to_json(self) -> dict[str, object]:
        """What is not 0."""
        return {name: value for name, value in asdict(self).items() if value}


def counted(cells: Sequence[Cell], draws: int = DRAWS, seed: int = 0) -> Mapping[str, Counts]:
    """The counts of cells that differ in `by_config` alone, from the same draws, by their names.

    Where AWS's examples are about them, those stand beside, as `name | example`.
    """
    drawing = _Drawing(cells[0], draws, seed)
    found, times = defaultdict[str, Counts](Counts), defaultdict[str, list[int]](list)
    for deployment, all_of, latency in drawing.deployments():
        ends, tried = dict[Guardrail, int | None](), dict[Average, int | None]()
        for cell in cells:
            name, counts = cell.name, found[cell.name]
            of = {key: all_of[cell.by_config][key] for key in cell.keys}
            after = drawing.trips(of, deployment, ends, latency)
            counts.count(after, times[name])
            counts.otherwise += drawing.trips_otherwise(of, deployment, after)
            if cell.share != LINEAR and (after is None or cell.is_at_the_defect):
                bad = cell.size if cell.is_at_the_defect else 0.0
                counts.judge(of, deployment, after, bad)
        for name, example in EXAMPLES.items() if are_about(cells[0]) else ():
            key = f"{cells[0].name} | {name}"
            found[key].count(example.trips(cells[0], deployment, drawing.lag, tried), times[key])
    for name, counts in found.items():
        counts.take(times[name])
    return found


@dataclass
class _Drawing:
    """The draws of a cell, and the alarms."""

    cell: Cell
    draws: int
    seed: int
    _made: dict[Guardrail, tuple[Watch, Watch]] = field(default_factory=dict)

    def deployments(
        self,
    ) -> Iterator[tuple[Deployment, Sequence[Guardrails], Mapping[Guardrail, Suspect]]]:
        """Each with its guardrails, without and by config, and what is suspect of them if known."""
        chance = seeded(f"{self.seed} {self.cell.name}")
        for numbers in batched(range(self.draws), AT_ONCE, strict=False):
            those = [self._deployment(number, chance) for number in numbers]
            for (deployment, of), suspect in zip(those, self._computed(those), strict=True):
                yield deployment, of, suspect if self._is_seldom_found else {}

    def trips(
        self,
        of: Guardrails,
        deployment: Deployment,
        ends: dict[Guardrail, int | None],
        suspect: Mapping[Guardrail, Suspect],
    ) -> int | None:
        """Seconds after the first shift until the first of its alarms has gone off."""
        for each in of.values():
            if each not in ends:
                watch = self._watches(each)[0]
                ends[each] = watch.trips(deployment, self.lag, suspect.get(each))
        return self._first(deployment, [ends[each] for each in of.values()])

    def trips_otherwise(self, of: Guardrails, deployment: Deployment, after: int | None) -> bool:
        """Whether one goes off where a missing datapoint is 0 beside a scalar.

        An alarm of a single period never looks beyond the last one, so nothing changes for it; and
        for no other where all periods have data.
        """
        if not any(each.of_latency for each in of.values()) or self.cell.rate > FEW:
            return after is not None
        ends = [self._watches(each)[1].trips(deployment, self.lag) for each in of.values()]
        return self._first(deployment, ends) is not None

    @property
    def lag(self) -> int:
        """Seconds after the end of a minute at which it is seen."""
        return STOPPED_LAG if self.cell.is_healthy else FOUND_LAG

    @property
    def _is_seldom_found(self) -> bool:
        slight = {Green.SERVER: 0.05, Green.SLOWER: 2.0}
        return self.cell.size <= slight.get(self.cell.green, 0.0)

    def _deployment(
        self, number: int, chance: Random
    ) -> tuple[Deployment, tuple[Guardrails, Guardrails]]:
        week = number % WEEKS
        of = guardrails(self.cell, week), guardrails(self.cell, week, by_config=True)
        latency = of[0]["latency-p90"] if "latency-p90" in self.cell.keys else None
        return Deployment(self.cell, latency, chance), of

    def _first(self, deployment: Deployment, ends: Sequence[int | None]) -> int | None:
        found = [end for end in ends if end is not None]
        return deployment.after(min(found), self.lag) if found else None

    def _watches(self, guardrail: Guardrail) -> tuple[Watch, Watch]:
        """By both readings of what is missing."""
        if guardrail not in self._made:
            self._made[guardrail] = watch_of(guardrail), watch_of(guardrail, zero=True)
        return self._made[guardrail]

    def _computed(
        self, those: Sequence[tuple[Deployment, Sequence[Guardrails]]]
    ) -> list[Mapping[Guardrail, Suspect]]:
        """What is suspect in many deployments, computed at once; only some if they trip soon."""
        most = None if self._is_seldom_found else SOON
        wanted = defaultdict[Guardrail, list[Sums]](list)
        suspects = list[Mapping[Guardrail, Suspect]]()
        for deployment, of in those:
            guards = {of[0][key] for key in self.cell.keys} | {of[1][key] for key in self.cell.keys}
            suspect = {
                each: list(islice(self._watches(each)[0].suspect(deployment, self.lag), most))
                for each in guards
            }
            for each, periods in suspect.items():
                wanted[each] += [sums for _, sums in periods]
            suspects.append(suspect)
        for guardrail, sums in wanted.items():
            self._watches(guardrail)[0].learn(sums)
        return suspects
