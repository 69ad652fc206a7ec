"""Builds the way through an update: each method adds a phase and changes the instance counts."""

from dataclasses import replace
from datetime import timedelta
from typing import Self

from bluegreen.sagemaker.schedule import DELETION_SECONDS
from bluegreen.sagemaker.traffic_steps import SHIFT_SECONDS
from bluegreen_simulator.rules.fleet.assumptions import TRAFFIC_RETURN_SECONDS
from bluegreen_simulator.rules.fleet.phases import Counts, Leg, Phase
from bluegreen_simulator.rules.fleet.provisioning import (
    Provisioning,
    provisioning,
    provisioning_again,
)
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest


class RouteBuilder:
    """The legs so far, and the instances that there are after the last of them."""

    def __init__(self, order: UpdateRequest) -> None:
        self._order = order
        self._batches = 0
        none = (0,) * len(order.green.sizes)
        self._now = Leg(Phase.CREATING, None, order.blue.sizes, none, none)
        self.legs: list[Leg] = []

    @classmethod
    def onward_from(cls, order: UpdateRequest, leg: Leg) -> Self:
        """A course that leaves another one; what is being created counts, as it must be deleted."""
        route = cls(order)
        launched = leg.count if leg.phase is Phase.CREATING else ()
        green = _sum(leg.green, launched)
        route._now = Leg(leg.phase, None, leg.blue, green, leg.active, step=leg.step)
        return route

    @property
    def active(self) -> Counts:
        """The green instances that have traffic by now."""
        return self._now.active

    def create(self, green: Counts) -> None:
        """Launch green instances until there are so many."""
        self._batches += 1
        how = provisioning(self._order.green, self._order.trouble, self._batches)
        self._launch(Phase.CREATING, _difference(green, self._now.green), how)
        self._now = replace(self._now, green=green)

    def shift(self, active: Counts) -> None:
        """Give traffic to green instances until so many have it."""
        self._add(Phase.SHIFTING, SHIFT_SECONDS, active)
        self._now = replace(self._now, active=active, step=self._now.step + 1)

    def bake(self) -> None:
        """Wait and watch; a bake of no length does not appear."""
        seconds = self._order.bake_seconds(self._now.step)
        if seconds:
            self._add(Phase.BAKING, seconds, self._now.active)

    def delete_blue(self, blue: Counts) -> None:
        """Terminate blue instances until so many are left."""
        gone = _difference(self._now.blue, blue)
        self._now = replace(self._now, blue=_difference(self._now.blue, gone))
        if any(gone):
            self._add(Phase.DELETING_BLUE, DELETION_SECONDS, gone)

    def recreate_blue(self, blue: Counts) -> None:
        """Launch blue instances until there are so many."""
        missing = _difference(blue, self._now.blue)
        if any(missing):
            how = provisioning_again(self._order.blue, self._order.trouble)
            self._launch(Phase.RECREATING_BLUE, missing, how)
        self._now = replace(self._now, blue=_sum(self._now.blue, missing))

    def return_traffic(self, active: Counts) -> None:
        """Give traffic back to blue until so many green instances have it."""
        if active != self._now.active:
            blue = self._order.beside(active)
            self._add(Phase.RETURNING_TRAFFIC, TRAFFIC_RETURN_SECONDS, blue)
        self._now = replace(self._now, active=active, step=0)

    def delete_green(self, green: Counts) -> None:
        """Terminate green instances until so many are left."""
        gone = _difference(self._now.green, green)
        self._now = replace(self._now, green=green)
        self._add(Phase.DELETING_GREEN, DELETION_SECONDS, gone)

    def end(self, phase: Phase) -> list[Leg]:
        """The whole way, with where it ends."""
        return [*self.legs, replace(self._now, phase=phase, length=None)]

    def _add(self, phase: Phase, seconds: int, count: Counts) -> None:
        length = timedelta(seconds=seconds)
        self.legs.append(replace(self._now, phase=phase, length=length, count=count))

    def _launch(self, phase: Phase, count: Counts, how: Provisioning) -> None:
        leg = replace(self._now, phase=phase, length=how.length, count=count, failure=how.failure)
        self.legs.append(leg)


def _sum(these: Counts, those: Counts) -> Counts:
    return tuple(map(sum, zip(these, those, strict=True))) if those else these


def _difference(these: Counts, those: Counts) -> Counts:
    return tuple(max(0, one - other) for one, other in zip(these, those, strict=True))
