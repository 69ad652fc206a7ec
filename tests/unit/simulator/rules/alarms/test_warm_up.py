"""How long an alarm warms up."""

from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.rules.alarms.evaluation import Datapoint
from bluegreen_simulator.rules.alarms.warm_up import WarmUp

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
POINT = Datapoint(START, 1.0, 1)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("whole", "window", "goes_on"),
    [
        (False, [POINT, POINT], False),
        (False, [None, POINT], True),
        (False, [None, None], True),
        (True, [POINT, POINT], True),
    ],
)
def test_it_goes_on_until_its_window_is_full_or_to_its_end(
    whole: bool, window: list[Datapoint | None], goes_on: bool
) -> None:
    warm_up = WarmUp(START + HALF_AN_HOUR, whole)
    just_before = START + HALF_AN_HOUR - timedelta(seconds=1)
    assert warm_up.goes_on(window, START) is goes_on
    assert warm_up.goes_on(window, just_before) is goes_on
    assert not warm_up.goes_on(window, START + HALF_AN_HOUR)
