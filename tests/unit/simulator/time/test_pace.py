"""What moment it is in virtual time, by real seconds and a real time that the test sets."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.time.pace import Scaled

REAL = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@dataclass
class Real:
    """The real time, from its beginning on; `shift` is what somebody sets its clock by."""

    seconds: float = 0
    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return REAL + timedelta(seconds=self.seconds) + self.shift

    def count(self) -> float:
        return self.seconds


def behind(real: Real, speed: float, by: timedelta = DAY) -> Scaled:
    return Scaled(real.now() - by, speed, real.now, real.count)


def after(pace: Scaled, real: Real, seconds: float) -> datetime:
    real.seconds = seconds
    return pace.present(REAL - DAY)


def test_without_a_limit_it_runs_at_its_speed_for_ever() -> None:
    real = Real()
    pace = Scaled(REAL, 60, None, real.count)
    assert after(pace, real, 10) == REAL + timedelta(minutes=10)
    assert after(pace, real, 86_400) == REAL + 60 * DAY
    assert (pace.speed_at(REAL), pace.behind(REAL)) == (60, None)


@pytest.mark.parametrize(
    ("real_seconds", "moment", "speed"),
    [
        (0, REAL - DAY, 60),
        (1, REAL - DAY + timedelta(minutes=1), 60),
        (600, REAL - DAY + timedelta(hours=10), 60),
        # 24 hours at 60 times real time, which goes on meanwhile: 86,400 / 59 seconds.
        (1464, REAL - DAY + timedelta(seconds=87_840), 60),
        (1465, REAL + timedelta(seconds=1465), 1),
        (1466, REAL + timedelta(seconds=1466), 1),
        (90_000, REAL + timedelta(seconds=90_000), 1),
    ],
)
def test_it_runs_at_its_speed_until_it_has_caught_up_and_then_like_real_time(
    real_seconds: float, moment: datetime, speed: float
) -> None:
    real = Real()
    pace = behind(real, 60)
    assert after(pace, real, real_seconds) == moment
    assert pace.speed_at(moment) == speed
    assert pace.behind(moment) == REAL + timedelta(seconds=real_seconds) - moment


@pytest.mark.parametrize("faster", [1, 60, 1000])
def test_no_other_speed_takes_it_past_the_real_time(faster: float) -> None:
    real = Real()
    pace = behind(real, 60, timedelta(minutes=10))
    pace.change(after(pace, real, 5), faster)
    for seconds in (6, 20, 700, 7000):
        assert after(pace, real, seconds) <= real.now()
    assert faster == 1 or pace.present(REAL) == real.now()


def test_where_it_has_caught_up_another_speed_changes_nothing() -> None:
    real = Real()
    pace = behind(real, 60, timedelta(minutes=10))
    caught_up = after(pace, real, 3600)
    real.seconds += 0.002  # what is done meanwhile takes its time
    pace.change(caught_up, 1000)
    assert pace.speed_at(caught_up) == 1
    real.seconds += 10
    assert pace.present(caught_up) == real.now()


def test_on_a_machine_that_is_too_slow_it_has_caught_up_when_it_is_there() -> None:
    real = Real()
    pace = behind(real, 60, timedelta(minutes=10))
    due = after(pace, real, 60)
    late = due - timedelta(minutes=5)
    assert (due, pace.speed_at(due), pace.speed_at(late)) == (real.now(), 1, 60)


def test_slow_is_as_it_was_until_somebody_makes_it_faster() -> None:
    real = Real()
    pace = behind(real, 60)
    reached = after(pace, real, 60)
    pace.change(reached, 1)
    assert after(pace, real, 3660) == reached + timedelta(hours=1)
    assert pace.behind(reached + timedelta(hours=1)) == DAY - timedelta(minutes=59)
    pace.change(reached + timedelta(hours=1), 1000)
    assert after(pace, real, 3670) == reached + timedelta(hours=1, seconds=10_000)


def test_it_stands_still_when_the_real_time_is_set_back() -> None:
    real = Real()
    pace = behind(real, 60, timedelta(minutes=10))
    caught_up = after(pace, real, 3600)
    real.shift = timedelta(minutes=-5)
    real.seconds += 60
    assert pace.present(caught_up) == caught_up
    real.seconds += 241
    assert pace.present(caught_up) == caught_up + timedelta(seconds=1)


def test_a_moment_is_due_when_both_its_speed_and_the_real_time_have_reached_it() -> None:
    real = Real()
    pace = behind(real, 60, timedelta(minutes=10))
    five_minutes_back, to_come = REAL - timedelta(minutes=5), REAL + timedelta(minutes=5)
    real.seconds = 5
    assert pace.await_moment(five_minutes_back)
    real.seconds = 300
    assert pace.await_moment(to_come)
    assert pace.seconds_until(to_come + timedelta(seconds=1)) == 1
    real.seconds = 4
    assert pace.seconds_until(five_minutes_back) == 1
    assert pace.seconds_until(to_come) == 296
