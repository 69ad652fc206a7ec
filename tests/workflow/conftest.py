"""A fault that a test asks for at a call has to come: at a call that is gone, nothing is tested."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from bluegreen_simulator.rules.faults.active import Faults, Recurring, Stopping, Sudden
from bluegreen_simulator.rules.faults.kinds import ApiFault, Death, FaultPlan, LambdaTimeout, Pause

type AtACall = (
    Sudden[Death] | Sudden[LambdaTimeout] | Sudden[Pause] | Stopping | Recurring[ApiFault]
)


@pytest.fixture(autouse=True)
def every_fault_at_a_call_comes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    asked, add = set[AtACall](), Faults.add

    def noted(self: Faults, plan: FaultPlan, since: datetime | None) -> None:
        add(self, plan, since)
        asked.update(_at_a_call(self))

    monkeypatch.setattr(Faults, "add", noted)
    yield
    assert [each.fault for each in asked if not _has_come(each)] == []


def _at_a_call(faults: Faults) -> list[AtACall]:
    named = [each for each in faults.apis if each.fault.operation and each.fault.function]
    return [*faults.deaths, *faults.lambda_timeouts, *faults.pauses, *faults.stops, *named]


def _has_come(asked: AtACall) -> bool:
    return asked.is_over if isinstance(asked, Sudden) else bool(asked.struck)
