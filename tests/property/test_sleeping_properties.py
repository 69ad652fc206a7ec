"""Histories without any event: the sleeps alone bring a deployment to its end."""

from datetime import timedelta

from hypothesis import given

from bluegreen.contract.state import ObservedStage
from bluegreen.contract.times import to_text
from bluegreen.deployment.next_look import is_progress, observed
from bluegreen_simulator.rules.fleet.update import Phase, State
from property.history import Life, Replay, begin, concluded
from property.lives import calm_lives


def slept(life: Life) -> Replay:
    """The same life, followed by sleeping alone: no event comes, and alarms keep quiet."""
    replay = begin(life)
    now, waits, asleep_on = life.began_at, [30], ObservedStage()
    while True:
        look = replay.look(now)
        if look.answer.settled or look.answer.overdue:
            return replay
        if is_progress(asleep_on, look.answer) or look is replay.looks[0]:
            waits, asleep_on = look.answer.wait_seconds, observed(look.stage)
        now += timedelta(seconds=waits[0])
        waits = waits[1:] or waits
        replay.advance(now)


@given(calm_lives())
def test_without_any_event_the_sleeps_alone_see_provisioning_and_every_long_bake(
    life: Life,
) -> None:
    replay = slept(life)
    record, _ = concluded(replay)
    long = {
        to_text(state.since)
        for state in replay.states
        if state.phase is Phase.BAKING and length_of(state, replay) > timedelta(seconds=900)
    }
    recorded = {stage["StartedAt"] for stage in record["Stages"] if stage["Stage"] == "BAKING"}
    assert long <= recorded
    if length_of(replay.states[0], replay):
        assert record["Stages"][0]["Stage"] == "PROVISIONING"


def length_of(state: State, replay: Replay) -> timedelta:
    following = replay.states[replay.states.index(state) + 1 :]
    return following[0].since - state.since if following else timedelta()


@given(calm_lives())
def test_without_any_event_the_end_is_seen_after_one_sleep_at_most(life: Life) -> None:
    end = (replay := slept(life)).looks[-1]
    assert end.answer.settled
    bakes = () if replay.state.phase is Phase.COMPLETED else replay.deployment.steps
    longest = max([900, *(step.bake_seconds + 60 for step in bakes)])
    assert end.at - end.truth.since <= timedelta(seconds=longest)


@given(calm_lives())
def test_without_any_event_the_number_of_sleeps_goes_with_the_steps_not_with_the_bakes(
    life: Life,
) -> None:
    replay = slept(life)
    idle = sum(
        (length_of(state, replay) for state in replay.states if state.phase is not Phase.BAKING),
        timedelta(),
    )
    bakes = sum(state.phase is Phase.BAKING for state in replay.states)
    assert len(replay.looks) <= 5 + 3 * bakes + idle / timedelta(seconds=900)
