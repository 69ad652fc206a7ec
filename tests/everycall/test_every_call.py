"""Whatever goes wrong at any single call of any function: verdicts are true, nobody is locked out.

Each kind of fault comes at each call of each scene, one at a time.
"""

from typing import Final

import pytest

from everycall.calls import LIST, lines_of, read
from everycall.kinds import KINDS, Call, Kind
from everycall.scenes import SCENES
from everycall.trial import Trial, trials
from heavy import sampled

CALLS: Final = read()
SAMPLED: Final = 2
"""How many calls the gate tries, each with a fault of another kind."""

SAMPLE: Final = [
    (*CALLS[number * len(CALLS) // SAMPLED], KINDS[number * len(KINDS) // SAMPLED])
    for number in range(SAMPLED)
]


def broken(trial: Trial) -> list[str]:
    missed = [] if trial.struck else ["the fault did not come"]
    return [f"{trial.call}, {trial.kind}: {each}" for each in (*trial.breaches, *missed)]


@pytest.mark.parametrize(("scene", "call", "kind"), SAMPLE, ids=str)
def test_whatever_goes_wrong_at_some_calls_nothing_is_lost_and_nobody_is_locked_out(
    scene: str, call: Call, kind: Kind
) -> None:
    assert [each for trial in trials(scene, call, [kind]) for each in broken(trial)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "call"), CALLS, ids=str)
def test_whatever_goes_wrong_at_a_call_nothing_is_lost_and_nobody_is_locked_out(
    scene: str, call: Call
) -> None:
    assert [each for trial in trials(scene, call) for each in broken(trial)] == []


@pytest.mark.parametrize("scene", sampled(SCENES, len(SCENES)))
def test_the_list_has_every_call_of_a_scene(scene: str) -> None:
    listed = [line for line in LIST.read_text("utf-8").splitlines() if line.split()[0] == scene]
    assert listed == lines_of(scene)
