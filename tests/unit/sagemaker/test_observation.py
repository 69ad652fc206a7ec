from dataclasses import replace
from typing import Final

import pytest

from bluegreen.aws.sagemaker.describe import observation_of
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import (
    Observation,
    PendingDeployment,
    Stage,
    StageSeen,
    Variant,
    VariantStatus,
    counted_percent,
    stage_of,
)
from bluegreen.sagemaker.traffic_steps import steps_of
from builders import BLUE, CANARY, GREEN, at, settled, updating

STEPS = steps_of(CANARY, 4)
BAKE_AT_25 = StageSeen(Stage.BAKING, 25, at(320))


@pytest.mark.parametrize(
    ("observation", "seen", "expected"),
    [
        (updating("Creating", 0), [], StageSeen(Stage.PROVISIONING, 0, at(0))),
        (updating("ActivatingTraffic", 300), [], StageSeen(Stage.SHIFTING, 25, at(300))),
        (updating("Baking", 320, green_current=1), [], BAKE_AT_25),
        (
            updating("ActivatingTraffic", 920, green_current=1),
            [BAKE_AT_25],
            StageSeen(Stage.SHIFTING, 100, at(920)),
        ),
        (
            updating("Baking", 940, green_current=4),
            [BAKE_AT_25],
            StageSeen(Stage.BAKING, 100, at(940)),
        ),
        (
            updating(green_current=4, blue_status="Deleting", since=1840),
            [BAKE_AT_25],
            StageSeen(Stage.TERMINATING, 100, at(1840)),
        ),
        (updating("Deleting", 500), [BAKE_AT_25], StageSeen(Stage.ROLLING_BACK, 0, at(500))),
        (
            updating(blue_status="ActivatingTraffic", since=490),
            [BAKE_AT_25],
            StageSeen(Stage.ROLLING_BACK, 0, at(490)),
        ),
        (settled(BLUE), [BAKE_AT_25], None),
        (updating(), [], None),
    ],
)
def test_the_stage_that_an_observation_shows(
    observation: Observation, seen: list[StageSeen], expected: StageSeen | None
) -> None:
    assert stage_of(observation, STEPS, seen, at(9999)) == expected


SHIFT_TO_25 = StageSeen(Stage.SHIFTING, 25, at(300))


@pytest.mark.parametrize(
    ("since", "seen", "share"),
    [
        (320, [SHIFT_TO_25], 25),  # they may be all that were made
        (940, [SHIFT_TO_25], 100),  # the bake after that shift is over, unseen
        (940, [], 100),  # whatever there was, nothing of it was seen
        (940, [BAKE_AT_25], 100),
    ],
)
def test_where_all_of_green_counts_it_has_all_traffic_unless_the_plan_knows_better(
    since: int, seen: list[StageSeen], share: int
) -> None:
    full = updating("Baking", since, green_current=4)
    assert stage_of(full, STEPS, seen, at(since)) == StageSeen(Stage.BAKING, share, at(since))


AWS_SAMPLE: Final = {
    "EndpointName": "sample-endpoint",
    "EndpointConfigName": "sample-endpoint-config-1",
    "EndpointStatus": "Updating",
    "ProductionVariants": [
        {
            "VariantName": "AllTraffic",
            "CurrentWeight": 1,
            "DesiredWeight": 1,
            "CurrentInstanceCount": 3,
            "DesiredInstanceCount": 3,
        }
    ],
    "PendingDeploymentSummary": {
        "EndpointConfigName": "sample-endpoint-config-2",
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "CurrentWeight": 1,
                "DesiredWeight": 1,
                "CurrentInstanceCount": 1,
                "DesiredInstanceCount": 3,
                "VariantStatus": [{"Status": "Baking", "StartTime": at(320)}],
            }
        ],
    },
}
"""Developer Guide, "Automating Amazon SageMaker with Amazon EventBridge": the sample event of an
endpoint deployment, in a canary's bake, as DescribeEndpoint has it."""


def test_the_share_in_the_sample_that_aws_publishes() -> None:
    assert counted_percent(observation_of(AWS_SAMPLE)) == 33


@pytest.mark.parametrize(
    ("green", "blue", "share"),
    [
        # as in AWS's sample: blue counts what exists
        ((1, 4), 4, 25),
        ((3, 4), 4, 75),
        ((4, 4), 4, None),  # all with traffic, or all that were made
        # blue's count falls as green's rises
        ((1, 4), 3, 25),
        ((3, 4), 1, 75),
        ((4, 4), 1, None),
        ((4, 4), 0, 100),
        # a rolling update has deleted as many
        ((2, 4), 2, 50),
        # what no reading explains
        ((0, 4), 4, None),
        ((5, 4), 0, None),
        ((1, 0), 4, None),
        ((None, 4), 0, None),
        ((1, None), 0, None),
        ((4, 4), None, None),
    ],
)
def test_the_share_that_counts_tell_in_a_bake(
    green: tuple[int | None, int | None], blue: int | None, share: int | None
) -> None:
    assert counted_percent(counted(Variant("main", *green), blue=Variant("main", blue, 4))) == share


def test_of_several_variants_the_lowest_share_counts_and_a_full_one_proves_nothing() -> None:
    one, three = Variant("one", 1, 1), Variant("three", 1, 3)
    assert counted_percent(counted(one, three, blue=Variant("three", 3, 3))) == 33
    assert counted_percent(counted(one, blue=Variant("one", 1, 1))) is None
    assert counted_percent(counted(one, blue=Variant("other", 1, 1))) is None
    assert counted_percent(replace(counted(one, blue=one), pending=None)) is None


def counted(*green: Variant, blue: Variant) -> Observation:
    return Observation("Updating", BLUE, variants=(blue,), pending=PendingDeployment(GREEN, green))


def test_a_second_look_at_a_bake_shows_the_same_share() -> None:
    again = updating("Baking", 320, green_current=4, blue_current=4)
    assert stage_of(again, STEPS, [BAKE_AT_25], at(400)) == BAKE_AT_25


def test_a_stage_without_a_start_keeps_that_of_the_last_look() -> None:
    first = stage_of(updating("Baking"), STEPS, [], at(330))
    assert first == StageSeen(Stage.BAKING, 25, at(300))  # to the minute
    assert stage_of(updating("Baking"), STEPS, [first], at(390)) == first


def test_two_who_look_together_agree_on_a_start_that_sagemaker_does_not_give() -> None:
    looks = [stage_of(updating("Baking"), STEPS, [], at(seconds)) for seconds in (330, 331.5)]
    assert looks[0] == looks[1]


def test_a_start_that_sagemaker_does_not_give_is_not_before_the_last_stage() -> None:
    provisioning = StageSeen(Stage.PROVISIONING, 0, at(310))
    assert stage_of(updating("Baking"), STEPS, [provisioning], at(330)) == StageSeen(
        Stage.BAKING, 25, at(310)
    )


@pytest.mark.parametrize("status", ["Creating", "ActivatingTraffic"])
def test_variants_that_leave_a_stage_one_by_one_make_no_new_one(status: str) -> None:
    first = stage_of(two_variants((status, 0), (status, 5)), STEPS, [], at(6))
    assert first
    rest = two_variants((status, 0), ("Baking", 320))
    assert stage_of(rest, STEPS, [first], at(330)) == first


def test_a_bake_without_a_start_is_the_next_one_once_its_time_is_over() -> None:
    during = stage_of(updating("Baking"), STEPS, [BAKE_AT_25], at(920))
    after = stage_of(updating("Baking"), STEPS, [BAKE_AT_25], at(921))
    assert during == BAKE_AT_25
    assert after == StageSeen(Stage.BAKING, 100, at(920))
    assert stage_of(updating("Baking"), STEPS, [BAKE_AT_25, after], at(9000)) == after


def two_variants(*green: tuple[str, float]) -> Observation:
    variants = tuple(
        Variant(f"v{index}", 0, 4, (VariantStatus(status, at(since)),))
        for index, (status, since) in enumerate(green)
    )
    pending = PendingDeployment(GREEN, variants, at(0))
    return Observation("Updating", BLUE, at(1), pending=pending)


@pytest.mark.parametrize(
    ("green", "expected"),
    [
        ([("Creating", 0), ("Creating", 5)], StageSeen(Stage.PROVISIONING, 0, at(5))),
        ([("Baking", 320), ("Creating", 0)], StageSeen(Stage.PROVISIONING, 0, at(0))),
        ([("ActivatingTraffic", 300), ("Baking", 310)], StageSeen(Stage.SHIFTING, 25, at(300))),
        ([("Baking", 310), ("Baking", 330)], StageSeen(Stage.BAKING, 25, at(330))),
        ([("Baking", 310), ("Deleting", 400)], StageSeen(Stage.ROLLING_BACK, 0, at(400))),
    ],
)
def test_of_several_variants_the_one_that_is_furthest_behind_counts(
    green: list[tuple[str, float]], expected: StageSeen
) -> None:
    assert stage_of(two_variants(*green), STEPS, [], at(9999)) == expected


def test_a_step_that_does_not_bake_is_passed_over_by_the_next_bake() -> None:
    steps = steps_of(replace(CANARY, wait_seconds=0), 4)
    shift = stage_of(updating("ActivatingTraffic", 300), steps, [], at(301))
    bake = stage_of(updating("Baking", 340), steps, [], at(341))
    assert shift == StageSeen(Stage.SHIFTING, 25, at(300))
    assert bake == StageSeen(Stage.BAKING, 100, at(340))
    next_shift = stage_of(updating("ActivatingTraffic", 320), steps, [shift], at(321))
    assert next_shift == StageSeen(Stage.SHIFTING, 100, at(320))


ROLLING_STEPS = steps_of(Policy("ROLLING", 180, 0, CapacitySize("INSTANCE_COUNT", 1)), 4)
FIRST_BATCH = StageSeen(Stage.BAKING, 25, at(320))


@pytest.mark.parametrize(
    ("observation", "seen", "expected"),
    [
        (updating("Creating", 0), [], StageSeen(Stage.PROVISIONING, 0, at(0))),
        (updating("Baking", 320, green_current=1), [], FIRST_BATCH),
        (
            updating("", 500, green_current=1, blue_status="Deleting"),
            [FIRST_BATCH],
            StageSeen(Stage.TERMINATING, 25, at(500)),
        ),
        (
            updating("Creating", 530, green_current=1, blue_current=3),
            [FIRST_BATCH],
            StageSeen(Stage.PROVISIONING, 25, at(530)),
        ),
        (
            updating("ActivatingTraffic", 830, green_current=1, blue_current=3),
            [FIRST_BATCH],
            StageSeen(Stage.SHIFTING, 50, at(830)),
        ),
        (
            updating("Baking", 850, green_current=2, blue_current=3),
            [FIRST_BATCH],
            StageSeen(Stage.BAKING, 50, at(850)),
        ),
        (
            updating("", 900, green_current=2, blue_status="Creating", blue_current=2),
            [FIRST_BATCH],
            StageSeen(Stage.ROLLING_BACK, 0, at(900)),
        ),
    ],
)
def test_the_stages_of_a_rolling_update(
    observation: Observation, seen: list[StageSeen], expected: StageSeen
) -> None:
    assert stage_of(observation, ROLLING_STEPS, seen, at(9999)) == expected


def test_both_parts_of_a_rollback_are_one_stage() -> None:
    first = stage_of(updating(blue_status="ActivatingTraffic", since=490), STEPS, [], at(495))
    assert first
    assert stage_of(updating("Deleting", 500), STEPS, [first], at(505)) == first


@pytest.mark.parametrize(
    ("status", "is_settled"),
    [
        ("InService", True),
        ("Failed", True),
        ("UpdateRollbackFailed", True),
        ("OutOfService", True),
        ("Gone", True),
        ("Updating", False),
        ("SystemUpdating", False),
        ("RollingBack", False),
        ("Creating", False),
    ],
)
def test_which_status_is_settled(status: str, is_settled: bool) -> None:
    assert settled(BLUE, status=status).settled is is_settled


def test_in_service_with_something_pending_is_not_settled() -> None:
    assert not replace(updating("Creating", 0), status="InService").settled
