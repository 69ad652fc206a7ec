"""Locks, deployments and claims on a real table of the embedded AWS."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bluegreen.aws.dynamodb.claims import Claims
from bluegreen.aws.dynamodb.deployments import Deployments
from bluegreen.aws.dynamodb.locks import Lock, Locks
from bluegreen.aws.dynamodb.table import Table
from bluegreen.contract.errors import EndpointBusy
from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.deployment.deployment import DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.notifications import (
    Notification,
    alarm_tripped,
    deployment_started,
    stage_changed,
)
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Stage, StageSeen
from bluegreen_simulator.run.embedded import EmbeddedAws
from builders import CANARY, GREEN, KEY, at, deployment

MINE, OTHERS = "arn:mine", "arn:others"
OTHER_KEY = DeploymentKey("Churn", "deploy-2", at(10))


@pytest.fixture
def table() -> Iterator[Table]:
    with EmbeddedAws() as aws:
        client = aws.client("dynamodb")
        keys = {"pk": "HASH", "sk": "RANGE"}
        client.create_table(
            TableName="deployments",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[{"AttributeName": k, "KeyType": v} for k, v in keys.items()],
        )
        yield Table(client, "deployments")


def test_a_free_lock_is_taken_and_taking_it_again_changes_nothing(table: Table) -> None:
    locks = Locks(table)
    assert locks.acquire(KEY, MINE) == Lock("deploy-1", MINE, 1)
    assert locks.acquire(KEY, MINE) == Lock("deploy-1", MINE, 1)
    assert locks.running("churn") == KEY


def test_a_lock_that_is_held_is_not_given_to_another_whatever_the_case_of_the_name(
    table: Table,
) -> None:
    locks = Locks(table)
    locks.acquire(KEY, MINE)
    assert locks.acquire(OTHER_KEY, OTHERS) == Lock("deploy-1", MINE, 1)
    assert locks.running("CHURN") == KEY


def test_the_fence_rises_with_each_acquisition(table: Table) -> None:
    locks = Locks(table)
    fences = []
    for _ in range(3):
        fences.append(locks.acquire(KEY, MINE).fence)
        locks.release(KEY, MINE)
    assert fences == [1, 2, 3]
    assert locks.running("churn") is None


def test_an_execution_of_the_same_name_90_days_later_takes_an_orphaned_lock(table: Table) -> None:
    locks = Locks(table)
    locks.acquire(KEY, MINE)
    later = replace(KEY, started_at=at(90 * 86400))
    assert locks.acquire(later, MINE) == Lock("deploy-1", MINE, 2)
    assert locks.running("churn") == later
    locks.release(KEY, MINE)  # by whoever was left of the first one
    assert locks.running("churn") == later


def test_only_its_owner_frees_a_lock(table: Table) -> None:
    locks = Locks(table)
    locks.acquire(KEY, MINE)
    locks.release(KEY, OTHERS)
    locks.leave(KEY, OTHERS)
    assert locks.running("churn") == KEY


def test_a_lock_whose_deployment_concluded_is_taken_over(table: Table) -> None:
    locks = Locks(table)
    locks.acquire(KEY, MINE)
    locks.leave(KEY, MINE)
    assert locks.running("churn") is None
    assert locks.acquire(OTHER_KEY, OTHERS) == Lock("deploy-2", OTHERS, 2)
    locks.release(KEY, MINE)  # too late: it belongs to another now
    assert locks.running("churn") == OTHER_KEY


def test_an_update_is_requested_once_and_a_second_attempt_keeps_what_the_first_noted(
    table: Table,
) -> None:
    deployments = Deployments(table)
    prepared = deployment(update_requested_at=None)
    first = deployments.request_update(prepared, at(5))
    again = replace(prepared, previous_config="other", last_modified_before=at(99))
    second = deployments.request_update(again, at(60))
    assert first.update_requested_at == second.update_requested_at == at(5)
    assert second.previous_config == "churn-blue"
    assert second.last_modified_before == at(-86400)
    assert deployments.find(KEY) == first


def test_a_withdrawn_update_was_never_requested(table: Table) -> None:
    deployments = Deployments(table)
    requested = deployments.request_update(deployment(update_requested_at=None), at(5))
    deployments.withdraw_update(requested, "SageMaker refused UpdateEndpoint: no")
    found = deployments.find(KEY)
    assert found is not None
    assert (found.update_requested_at, found.refusal) == (
        None,
        "SageMaker refused UpdateEndpoint: no",
    )


def test_that_sagemaker_took_the_update_is_remembered(table: Table) -> None:
    deployments = Deployments(table)
    requested = deployments.request_update(deployment(update_requested_at=None), at(5))
    assert not requested.update_accepted
    assert deployments.accept_update(requested).update_accepted
    found = deployments.find(KEY)
    assert found is not None
    assert found.update_accepted
    assert found.update_requested_at == at(5)


def test_an_execution_that_was_taken_over_cannot_write_any_more(table: Table) -> None:
    deployments = Deployments(table)
    deployments.request_update(deployment(fence=2, update_requested_at=None), at(5))
    stale = deployment(fence=1)
    with pytest.raises(EndpointBusy, match="with fence 2"):
        deployments.keep_sleeper(stale, Sleeper("token", {}))
    with pytest.raises(EndpointBusy, match="with fence 2"):
        deployments.withdraw_update(stale, "no")
    found = deployments.find(KEY)
    assert found is not None
    assert found.sleeper is None


def test_the_last_sleeper_is_the_one_to_wake(table: Table) -> None:
    deployments = Deployments(table)
    running = deployments.request_update(deployment(update_requested_at=None), at(5))
    deployments.keep_sleeper(running, Sleeper("one", {}))
    deployments.keep_sleeper(running, Sleeper("two", {"Stage": "BAKING"}))
    found = deployments.find(KEY)
    assert found is not None
    assert found.sleeper == Sleeper("two", {"Stage": "BAKING"})


def test_what_the_first_who_sees_a_stage_writes_holds(table: Table) -> None:
    deployments = Deployments(table)
    running = deployments.request_update(deployment(update_requested_at=None), at(5))
    bake = StageSeen(Stage.BAKING, 25, at(320))
    first = deployments.record_stage(running, bake, at(321))
    again = deployments.record_stage(running, replace(bake, traffic_percent=99), at(322))
    assert first == again == SeenStage(bake, at(321))
    assert deployments.see_again(KEY, first, at(400)) == SeenStage(bake, at(400))
    found = deployments.find(KEY)
    assert found is not None
    assert found.stages == (SeenStage(bake, at(400), announced=False),)
    for fact in (stage_changed(running, bake), deployment_started(running)):
        assert Claims(table).claim(fact, at(401))
        Claims(table).mark_sent(fact, at(402))
    told = deployments.find(KEY)
    assert told is not None
    assert (told.start_announced, told.stages) == (
        True,
        (SeenStage(bake, at(400), announced=True),),
    )


def test_stages_are_read_in_the_order_of_their_starts(table: Table) -> None:
    deployments = Deployments(table)
    running = deployments.request_update(deployment(update_requested_at=None), at(5))
    for stage, start in ((Stage.BAKING, 320), (Stage.PROVISIONING, 0), (Stage.SHIFTING, 300)):
        deployments.record_stage(running, StageSeen(stage, 0, at(start)), at(start))
    found = deployments.find(KEY)
    assert found is not None
    assert [s.seen.stage for s in found.stages] == ["PROVISIONING", "SHIFTING", "BAKING"]


def test_an_alarm_finds_each_deployment_that_it_watches(table: Table) -> None:
    deployments = Deployments(table)
    other = DeploymentKey("fraud", "deploy-9", at(1))
    deployments.watch(deployment())
    deployments.watch(deployment(key=other, request=Request("fraud", GREEN, CANARY)))
    assert deployments.watched_by("churn-5xx") == [KEY, other]
    assert deployments.watched_by("churn-5x") == []
    deployments.unwatch(KEY, ["churn-5xx", "never-watched"])
    assert deployments.watched_by("churn-5xx") == [other]


def record(key: DeploymentKey, verdict: Verdict) -> DeploymentRecord:
    return record_of(key, "arn", Decision(verdict, "why."), [], at(1))


def test_a_record_is_written_once(table: Table) -> None:
    deployments, first = Deployments(table), record(KEY, Verdict.SUCCEEDED)
    assert deployments.record_of(KEY) is None
    assert deployments.keep_record(KEY, first) == first
    assert deployments.keep_record(KEY, record(KEY, Verdict.FAILED)) == first
    assert deployments.record_of(KEY) == first
    assert deployments.load(KEY).record == first


def test_a_record_of_a_request_that_named_no_endpoint_is_kept_too(table: Table) -> None:
    key = DeploymentKey("", "deploy-1", at(0))
    rejected = record(key, Verdict.REJECTED)
    Deployments(table).keep_record(key, rejected)
    assert Deployments(table).record_of(key) == rejected


def unsent(table: Table, key: DeploymentKey) -> list[Notification]:
    return list(Deployments(table).load(key).unsent)


def test_a_fact_is_claimed_once_until_the_claim_is_a_minute_old(table: Table) -> None:
    claims, fact = Claims(table), deployment_started(deployment())
    assert claims.claim(fact, at(0)) is True
    assert claims.claim(fact, at(59)) is False
    assert (unsent(table, KEY), claims.is_sent(fact)) == ([fact], False)
    assert claims.claim(fact, at(60)) is True
    claims.mark_sent(fact, at(61))
    assert claims.claim(fact, at(999)) is False
    assert (unsent(table, KEY), claims.is_sent(fact)) == ([], True)


def test_a_claim_is_given_back_by_its_owner_only(table: Table) -> None:
    claims, fact = Claims(table), deployment_started(deployment())
    claims.claim(fact, at(0))
    claims.give_back(fact, at(1))
    assert unsent(table, KEY) == [fact]
    claims.give_back(fact, at(0))
    assert unsent(table, KEY) == []
    assert claims.claim(fact, at(2)) is True
    claims.mark_sent(fact, at(3))
    claims.give_back(fact, at(2))
    assert claims.is_sent(fact)


def test_unsent_facts_come_in_the_order_of_their_claims(table: Table) -> None:
    claims = Claims(table)
    facts = [alarm_tripped(deployment(), name) for name in ("z", "a", "m")]
    for second, fact in enumerate(facts):
        claims.claim(fact, at(second))
    assert unsent(table, KEY) == facts
    assert unsent(table, OTHER_KEY) == []
