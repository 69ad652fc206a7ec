"""Lives of updates: with failures, alarms and a maximum at moments that matter, and lost events."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, pairwise

from hypothesis import strategies as st

from bluegreen_simulator.rules.fleet.behavior import ProvisioningError
from property.history import Life, begin
from property.strategies import ALARMS, policies

MAXIMUM = range(600, 28_801)

PROVISIONING = st.sampled_from([0, 1, 300, 600, 1500, 5000]) | st.integers(0, 3000)
DELAYS = st.one_of(
    st.just([0]),
    st.just([None]),
    st.lists(st.none() | st.sampled_from([0, 0, 1, 15, 60, 900]), min_size=1, max_size=7),
)
EARLY = st.sampled_from([(), (), (), (), (-60,), (-600, -60)])
NAMES = st.sampled_from([(), ALARMS[:1], ALARMS[:1], ALARMS])
WATCHING = st.sampled_from([(), ALARMS, ALARMS, ALARMS])
QUIET = st.sampled_from(["OK", "INSUFFICIENT_DATA"])
BEFORE = st.sampled_from([0.25, 2])
FRACTIONS = st.sampled_from([0, 0.0004, 0.9996])
INSTANCES = st.integers(1, 60)
FAILS = st.sampled_from([None, None, None, None, *ProvisioningError])


@st.composite
def variables(draw: st.DrawFn) -> dict[str, str]:
    """How the green fleet comes up, if it does."""
    up = {"provisioning_seconds": str(draw(PROVISIONING))}
    error = draw(FAILS)
    return up | ({"provisioning_error": str(error)} if error else {})


@st.composite
def calm_lives(draw: st.DrawFn) -> Life:
    """Lives without alarms, in which the maximum strikes at times."""
    instances = draw(INSTANCES)
    life = Life(
        policy=draw(policies(instances)),
        instances=instances,
        blue_instances=draw(st.just(instances) | INSTANCES),
        variables=draw(variables()),
        delays=tuple(draw(DELAYS)),
        before=draw(BEFORE),
        fraction=draw(FRACTIONS),
    )
    striking = [second for second in moments(life) if second in MAXIMUM]
    maximum = draw(st.sampled_from([28_800] * (1 + len(striking)) + striking))
    return replace(life, policy=replace(life.policy, maximum_seconds=maximum))


def moments(life: Life) -> list[int]:
    """Seconds at, around and between the changes of a life that nothing disturbs."""
    replay = begin(life)
    replay.advance(life.began_at + timedelta(days=9))
    at = [int((state.since - life.began_at).total_seconds()) for state in replay.states]
    close = [max(0, second + by) for second in at for by in (-1, 0, 1, 10, 25)]
    between = [(first + second) // 2 for first, second in pairwise(at)]
    return [*at, *close, *between, *between]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Lives with alarms that change at moments that matter, and looks at any moment."""
    life = draw(calm_lives())
    soon = st.sampled_from(moments(life))
    looks = tuple(draw(st.lists(soon, max_size=6)))
    policy = replace(life.policy, alarms=draw(WATCHING))
    return replace(life, policy=policy, alarms=draw(alarm_changes(soon)), looks=looks)


@st.composite
def alarm_changes(
    draw: st.DrawFn, soon: st.SearchStrategy[int]
) -> tuple[tuple[int, str, str], ...]:
    """Changes of the alarms' states, into ALARM and out of it in turn; OK to begin with."""
    found: list[tuple[int, str, str]] = []
    for name in draw(NAMES):
        times = [*draw(EARLY), *sorted(draw(st.sets(soon, min_size=1, max_size=3)))]
        quiet = draw(QUIET)
        found += zip(times, cycle([name]), cycle(["ALARM", quiet]), strict=False)
    return tuple(sorted(found))
