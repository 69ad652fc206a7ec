"""What a verdict rests on: said in words, and doubtful where nothing was measured."""

from typing import Any

import pytest

from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.deployment.evidence import (
    Bakes,
    Evidence,
    Watch,
    as_far_as_known,
    bakes_of,
    is_doubtful,
    rests_on,
)
from bluegreen.deployment.record import record_of_update
from bluegreen.deployment.verdict import Decision
from bluegreen.sagemaker.observation import Stage
from builders import GREEN, at, deployment, seen, settled

PROVISIONED = (seen(Stage.PROVISIONING, 0, 0),)
BAKED = (*PROVISIONED, seen(Stage.BAKING, 25, 320))
A, B = Watch("a", "OK", 25, "main"), Watch("b", "OK", 25, "main")
BLIND, GONE, COMPOSITE = Watch("a", "OK", 0, "main"), Watch("a"), Watch("either", "OK")


def record(evidence: Evidence, stages: tuple[Any, ...] = BAKED) -> DeploymentRecord:
    decision = Decision(Verdict.SUCCEEDED, "why.")
    given = deployment(stages=stages)
    return record_of_update(given, settled(GREEN, 2000), decision, at(2100), evidence=evidence)


GOT = "Green got"
NOT_COUNTED = "How many requests green got in its bakes is not known."
NOTHING = "Green got no request in its bakes, so nothing was measured."
BY_A = 'The alarm "a" watched it.'
BLIND_A = 'The alarm "a" saw no datapoint in them.'


@pytest.mark.parametrize(
    ("evidence", "said", "doubtful"),
    [
        (Evidence((A,), {"main": 3600}), [f"{GOT} 3,600 requests in its bakes.", BY_A], False),
        (
            Evidence((A, B), {"main": 1}),
            [f"{GOT} 1 request in its bakes.", 'The alarms "a", "b" watched it.'],
            False,
        ),
        (  # a metric of errors has no data while all is well
            Evidence((BLIND, B), {"main": 2}),
            [f"{GOT} 2 requests in its bakes.", 'The alarm "b" watched it.', BLIND_A],
            False,
        ),
        (Evidence((BLIND,), {"main": 0}), [NOTHING, BLIND_A], True),
        (
            Evidence((A,), {"main": 0, "other": 0}),
            [NOTHING, BY_A, 'No alarm watched the variant "other".'],
            True,
        ),
        (
            Evidence((), {"main": 5}),
            [f"{GOT} 5 requests in its bakes.", "No alarm watched it."],
            False,
        ),
        (  # the composite alarm may well be about the other variant
            Evidence((A, COMPOSITE), {"main": 5, "other": 5}),
            [f"{GOT} 10 requests in its bakes.", 'The alarms "a", "either" watched it.'],
            False,
        ),
        (Evidence((BLIND,)), [NOT_COUNTED, BLIND_A], True),
        (Evidence((COMPOSITE,)), [NOT_COUNTED, 'The alarm "either" watched it.'], False),
        (Evidence(), [NOT_COUNTED, "Whether its alarms watched is not known."], True),
        (
            Evidence((GONE, B), {"main": 5}),
            [
                f"{GOT} 5 requests in its bakes.",
                'The alarm "b" watched it.',
                'The alarm "a" was deleted meanwhile, and has watched nothing since.',
            ],
            True,
        ),
        (
            Evidence((GONE, Watch("c")), {"main": 5}),
            [
                f"{GOT} 5 requests in its bakes.",
                'The alarms "a", "c" were deleted meanwhile, and have watched nothing since.',
            ],
            True,
        ),
    ],
)
def test_what_a_success_rests_on(evidence: Evidence, said: list[str], doubtful: bool) -> None:
    assert rests_on(record(evidence)) == " ".join(said)
    assert is_doubtful(record(evidence)) is doubtful


def test_where_no_bake_was_seen_only_deleted_alarms_are_told() -> None:
    assert rests_on(record(Evidence((A,)), PROVISIONED)) == ""
    assert not is_doubtful(record(Evidence((A,)), PROVISIONED))
    assert not is_doubtful(record(Evidence(), PROVISIONED))
    assert rests_on(record(Evidence((GONE,)), PROVISIONED)) == (
        'The alarm "a" was deleted meanwhile, and has watched nothing since.'
    )


@pytest.mark.parametrize(
    ("stages", "bakes"),
    [
        (PROVISIONED, None),
        (BAKED, Bakes(at(320), at(2000))),  # until the endpoint settled
        ((*BAKED, seen(Stage.TERMINATING, 100, 1500)), Bakes(at(320), at(1500))),
        (
            (*BAKED, seen(Stage.SHIFTING, 100, 920), seen(Stage.BAKING, 100, 930)),
            Bakes(at(320), at(2000)),
        ),
        ((*BAKED, seen(Stage.ROLLING_BACK, 0, 700)), Bakes(at(320), at(700))),
    ],
)
def test_the_bakes_are_from_the_first_to_the_end_of_the_last(
    stages: tuple[Any, ...], bakes: Bakes | None
) -> None:
    assert bakes_of(deployment(stages=stages), settled(GREEN, 2000), at(2100)) == bakes


@pytest.mark.parametrize(
    ("now", "evidence", "known"),
    [
        (619, Evidence((BLIND, A), {"main": 0}), Evidence((Watch("a", "OK", None, "main"), A))),
        (619, Evidence((A,), {"main": 0, "x": 1}), Evidence((A,), {"main": 0, "x": 1})),
        (619, Evidence(), Evidence()),
        (620, Evidence((BLIND, A), {"main": 0}), Evidence((BLIND, A), {"main": 0})),
    ],
)
def test_soon_after_a_bake_began_nothing_seen_is_not_known(
    now: float, evidence: Evidence, known: Evidence
) -> None:
    assert as_far_as_known(evidence, Bakes(at(320), at(400)), at(now)) == known
    assert as_far_as_known(evidence, None, at(now)) == evidence
