"""What the abort alarm is told in which bake: one ring in each, and silence before a later one."""

from datetime import UTC, datetime, timedelta

import pytest

from bluegreen.deployment.abort import RINGS, SILENT, Ringing, next_value, seconds_to_next_value
from bluegreen.deployment.deployment import Deployment
from bluegreen.sagemaker.deployment_config import Policy
from builders import CANARY, START, at, deployment

FIRST, LATER = at(320), at(940)
RANG = Ringing(rang_for=FIRST)
SILENCED = Ringing(rang_for=FIRST, silenced_for=LATER, silenced_at=at(945))


@pytest.mark.parametrize(
    ("ringing", "bake", "now", "value"),
    [
        (Ringing(), FIRST, 321, RINGS),
        (Ringing(), FIRST, 919, RINGS),
        (RANG, FIRST, 330, None),
        (RANG, FIRST, 900, None),
        (RANG, LATER, 941, SILENT),  # by the change, it would not be seen to ring again
        (SILENCED, LATER, 946, None),
        (SILENCED, LATER, 959.999, None),  # in one minute, the greater value would count
        (SILENCED, LATER, 960, RINGS),
        (Ringing(LATER, LATER, at(945)), LATER, 1500, None),
        (Ringing(LATER, LATER, at(945)), at(2000), 2001, SILENT),
        (Ringing(FIRST, None, at(945)), LATER, 2000, SILENT),
        (Ringing(FIRST, LATER), LATER, 2000, SILENT),
    ],
)
def test_it_rings_once_in_each_bake_and_is_silent_in_an_earlier_minute(
    ringing: Ringing, bake: datetime, now: float, value: float | None
) -> None:
    assert next_value(ringing, bake, at(now)) == value


@pytest.mark.parametrize(
    ("ringing", "bake", "now", "seconds"),
    [
        (SILENCED, LATER, 945, 15),
        (SILENCED, LATER, 945.001, 15),  # whole seconds, never too early
        (SILENCED, LATER, 959, 1),
        (SILENCED, LATER, 960, 0),
        (SILENCED, LATER, 2000, 0),
        (Ringing(), FIRST, 321, None),
        (RANG, FIRST, 321, None),
        (RANG, LATER, 941, None),
        (SILENCED, at(2000), 2001, None),
        (Ringing(LATER, LATER, at(945)), LATER, 950, None),
        (Ringing(FIRST, LATER), LATER, 950, None),
    ],
)
def test_when_the_next_value_is_due(
    ringing: Ringing, bake: datetime, now: float, seconds: int | None
) -> None:
    assert seconds_to_next_value(ringing, bake, at(now)) == seconds


@pytest.mark.parametrize("silenced_at", [at(s) for s in (0, 0.001, 29.5, 59, 59.999, 60)])
def test_after_that_many_seconds_it_rings_and_in_another_minute(silenced_at: datetime) -> None:
    ringing = Ringing(START - timedelta(hours=1), START, silenced_at)
    seconds = seconds_to_next_value(ringing, START, silenced_at)
    assert seconds is not None
    assert 0 < seconds <= 60
    due = silenced_at + timedelta(seconds=seconds)
    assert next_value(ringing, START, due) == RINGS
    assert next_value(ringing, START, due - timedelta(seconds=1)) is None
    assert (due.hour, due.minute) != (silenced_at.hour, silenced_at.minute)


def test_the_minute_is_the_one_of_utc_whatever_the_hour() -> None:
    midnight = datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC)
    ringing = Ringing(START, midnight, midnight)
    assert seconds_to_next_value(ringing, midnight, midnight) == 1


@pytest.mark.parametrize(
    ("given", "can"),
    [
        (deployment(abort_alarm="bluegreen-abort-churn"), True),
        (deployment(), False),
        (
            deployment(
                abort_alarm="bluegreen-abort-churn",
                request=deployment().request.to_send("other"),
            ),
            True,
        ),
    ],
)
def test_a_deployment_with_an_abort_alarm_and_a_bake_can_be_aborted(
    given: Deployment, can: bool
) -> None:
    assert given.can_be_aborted is can


@pytest.mark.parametrize(("policy", "can"), [(CANARY, True), (Policy("ALL_AT_ONCE", 0, 0), False)])
def test_one_without_a_bake_cannot(policy: Policy, can: bool) -> None:
    request = deployment().request
    given = deployment(
        abort_alarm="bluegreen-abort-churn", request=type(request)("churn", "churn-green", policy)
    )
    assert given.can_be_aborted is can
