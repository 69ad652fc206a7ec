"""Whole histories: whatever events are lost, what is seen agrees with what the engine did."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bluegreen.contract.record import Trigger, Verdict
from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import CLOCKS
from bluegreen.deployment.next_look import is_progress, observed
from bluegreen.sagemaker.observation import Stage
from bluegreen_simulator.rules.fleet.update import Phase
from property.bodies import COUNTS
from property.history import STAGES, Life, Look, Replay, concluded, lived, stored
from property.lives import calm_lives, lives

counts = st.sampled_from(list(COUNTS))


def stages_of(looks: list[Look]) -> list[tuple[Stage, int, datetime]]:
    return [(s.stage, s.traffic_percent, s.started_at) for look in looks if (s := look.stage)]


def cause_of(replay: Replay) -> str:
    """Why the engine rolled back: ALARM, WAS_IN_ALARM, TIMEOUT, FAILURE."""
    cause = replay.state.cause
    known = {
        "went into": "ALARM",
        "was in": "WAS_IN_ALARM",
        "maximum": "TIMEOUT",
        "come up": "FAILURE",
    }
    return next((name for words, name in known.items() if words in cause), "")


@given(lives())
def test_a_look_shows_the_stage_and_the_start_that_the_engine_has(life: Life) -> None:
    for look in lived(life).looks:
        assert (look.stage and look.stage.stage) == STAGES[look.truth.phase]
        if look.stage and look.stage.stage is not Stage.ROLLING_BACK:
            assert look.stage.started_at == stored(look.truth.since)


@given(lives(), st.booleans())
def test_stages_never_start_before_an_earlier_one(life: Life, tells_starts: bool) -> None:
    looks = lived(replace(life, tells_starts=tells_starts)).looks
    starts = [stored(start) for _, _, start in stages_of(looks)]
    assert starts == sorted(starts)
    for look in looks:
        assert look.stage is None or look.stage.started_at <= look.at


@given(lives(), st.booleans(), counts)
def test_greens_share_never_falls_before_a_rollback_and_is_none_in_it(
    life: Life, tells_starts: bool, counts: str
) -> None:
    told = replace(life, tells_starts=tells_starts, counts=counts)
    found = stages_of(lived(told).looks)
    shares = [percent for stage, percent, _ in found if stage is not Stage.ROLLING_BACK]
    assert shares == sorted(shares)
    assert all(percent == 0 for stage, percent, _ in found if stage is Stage.ROLLING_BACK)
    stages = [stage for stage, _, _ in found]
    if Stage.ROLLING_BACK in stages:
        assert set(stages[stages.index(Stage.ROLLING_BACK) :]) == {Stage.ROLLING_BACK}


@given(lives(), st.sampled_from(["documented", "blue falls"]))
def test_greens_share_in_a_bake_is_the_engines_where_counts_tell(life: Life, counts: str) -> None:
    for look in lived(replace(life, counts=counts)).looks:
        if look.truth.phase is Phase.BAKING:
            assert look.stage
            assert look.stage.traffic_percent == look.true_percent


@given(lives(), counts)
def test_greens_share_is_the_engines_in_every_stage_if_no_event_is_lost(
    life: Life, counts: str
) -> None:
    replay = lived(replace(life, delays=(0,), counts=counts))
    for look in replay.looks:
        if look.stage:
            assert look.stage.traffic_percent == share_of(look, replay)


def share_of(look: Look, replay: Replay) -> int:
    """Green's share by the engine's instances: in a shift the one after it, in a rollback none."""
    if STAGES[look.truth.phase] is Stage.ROLLING_BACK:
        return 0
    shifting = look.truth.phase is Phase.SHIFTING
    steps = replay.deployment.steps
    reached = look.truth.leg.step + shifting
    return steps[reached - 1].percent if reached else 0


@given(lives())
def test_sleeps_are_whole_and_reach_the_deadline_but_hardly_beyond(life: Life) -> None:
    replay = lived(life)
    deadline = replay.deployment.deadline
    assert deadline
    for look in replay.looks:
        waits = look.answer.wait_seconds
        assert all(type(wait) is int and wait >= 30 for wait in waits)
        end, latest = look.at + timedelta(seconds=sum(waits)), max(deadline, look.at)
        assert latest <= end <= latest + timedelta(seconds=31)


@given(lives())
def test_in_a_bake_the_next_look_is_a_minute_after_its_end(life: Life) -> None:
    replay = lived(life)
    deadline = replay.deployment.deadline
    assert deadline
    for look in replay.looks:
        if look.truth.phase is Phase.BAKING and life.instances == life.blue_instances:
            assert look.truth.until
            due = min(look.truth.until + timedelta(seconds=60), deadline)
            late = look.at + timedelta(seconds=look.answer.wait_seconds[0]) - due
            assert timedelta() <= late <= timedelta(seconds=31)


@given(lives())
def test_a_look_is_progress_when_a_bake_began_or_all_is_settled_and_at_no_other_time(
    life: Life,
) -> None:
    for before, look in pairwise(lived(life).looks):
        asleep_on = observed(before.stage)
        began = look.truth.phase is Phase.BAKING and look.truth != before.truth
        settled = look.truth.phase in (Phase.COMPLETED, Phase.ROLLED_BACK)
        assert is_progress(asleep_on, look.answer) is (began or settled or look.answer.overdue)


@given(lives(), st.booleans(), st.booleans())
def test_the_verdict_is_how_the_engine_ended(
    life: Life, tells_starts: bool, accepted: bool
) -> None:
    replay = lived(replace(life, tells_starts=tells_starts, accepted=accepted))
    _, decision = concluded(replay)
    seen = any(look.stage for look in replay.looks)
    if replay.state.phase is Phase.COMPLETED:
        assert decision.verdict is Verdict.SUCCEEDED
    elif accepted or seen:
        assert decision.verdict is Verdict.ROLLED_BACK
    else:
        assert decision.verdict is Verdict.FAILED
    assert (decision.trigger is None) is (decision.verdict is not Verdict.ROLLED_BACK)


@settings(max_examples=2 * settings().max_examples)
@given(lives())
def test_an_alarm_that_tripped_while_it_was_watched_is_always_the_trigger(life: Life) -> None:
    replay = lived(life)
    _, decision = concluded(replay)
    if cause_of(replay) == "ALARM":
        assert decision.trigger is Trigger.ALARM
        assert any(f"alarm {name} " in replay.state.cause for name in decision.tripped_alarms)


@settings(max_examples=2 * settings().max_examples)
@given(lives())
def test_without_lost_events_the_trigger_is_what_set_off_the_rollback(life: Life) -> None:
    replay = lived(replace(life, delays=(0,)))
    assume(not rises_too_late(replay))
    _, decision = concluded(replay)
    cause, latest_end = cause_of(replay), replay.deployment.latest_end
    assert latest_end
    if cause == "FAILURE" and replay.states[-2].since + CLOCKS < latest_end:
        assert decision.trigger is Trigger.PROVISIONING
    if cause == "TIMEOUT":
        assert decision.trigger is Trigger.EXECUTION_TIMEOUT
    assert (decision.trigger is Trigger.ALARM) is (cause in ("ALARM", "WAS_IN_ALARM"))


def rises_too_late(replay: Replay) -> bool:
    """Whether an alarm rose in a rollback that it did not set off: it counts all the same."""
    began = next((stored(state.since) for state in replay.states if state.cause), None)
    changes = [change for changes in replay.changes.values() for change in changes]
    late = began and any(began <= c.at <= replay.state.since for c in changes)
    return bool(late) and cause_of(replay) != "ALARM"


@given(calm_lives())
def test_without_alarms_no_trigger_is_made_up_whatever_was_lost(life: Life) -> None:
    replay = lived(life)
    _, decision = concluded(replay)
    possible: dict[str, set[Trigger | None]] = {
        "": {None},
        "TIMEOUT": {Trigger.EXECUTION_TIMEOUT},
        "FAILURE": {Trigger.PROVISIONING, Trigger.UNKNOWN, Trigger.EXECUTION_TIMEOUT},
    }
    assert decision.trigger in possible[cause_of(replay)]


@given(lives(), st.integers(0, 4000))
def test_the_stages_of_a_record_are_in_order_and_leave_no_gap(life: Life, after: int) -> None:
    record, _ = concluded(lived(life), after)
    stages = record["Stages"]
    for stage in stages:
        assert stage["StartedAt"] <= stage["EndedAt"] <= record["EndedAt"]
    for before, stage in pairwise(stages):
        assert before["EndedAt"] == stage["StartedAt"]


@given(lives())
def test_every_bake_that_was_looked_at_stands_in_the_record_as_the_engine_had_it(
    life: Life,
) -> None:
    replay = lived(life)
    record, _ = concluded(replay)
    recorded = [stage["StartedAt"] for stage in record["Stages"] if stage["Stage"] == "BAKING"]
    looked_at = {
        to_text(look.truth.since) for look in replay.looks if look.truth.phase is Phase.BAKING
    }
    assert recorded == sorted(looked_at)
