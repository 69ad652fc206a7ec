"""Locks, deployments and claims on a real table of the embedded AWS."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.claims import Claims, claims_in
from bluegreen.aws.dynamodb.deployments import (
    LONGEST_RECORD_WITH_SERIES,
    Deployments,
    row_of,
)
from bluegreen.aws.dynamodb.history import History
from bluegreen.aws.dynamodb.locks import Lock, Locks
from bluegreen.aws.dynamodb.open_rows import Open, OpenRows
from bluegreen.aws.dynamodb.queue import Queue
from bluegreen.aws.dynamodb.table import Table, setting
from bluegreen.contract.errors import AbortAlarmRings, LockLost, ObservationUnavailable
from bluegreen.contract.record import DeploymentRecord, EndedDocument, Verdict
from bluegreen.contract.series import KeptSeries
from bluegreen.contract.times import to_text
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.history import PastDeployment, Told, key_of
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    alarm_tripped,
    deployment_started,
    stage_changed,
)
from bluegreen.deployment.ownership import Owner
from bluegreen.deployment.queue import Waiter
from bluegreen.deployment.record import record_of
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen.deployment.verdict import Decision
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Stage, StageSeen
from bluegreen_simulator.run.embedded import EmbeddedAws
from builders import BLUE, CANARY, GREEN, KEY, at, deployment
from scripted_account import make_table

MINE, OTHERS = "arn:mine", "arn:others"
OTHER_KEY = DeploymentKey("Churn", "deploy-2", at(10))


@pytest.fixture
def table() -> Iterator[Table]:
    with EmbeddedAws() as aws:
        yield make_table(aws)


def of(key: DeploymentKey, execution: str, **more: Any) -> Deployment:
    return deployment(key=key, execution_arn=execution, update_requested_at=None, **more)


def acquire(table: Table, key: DeploymentKey, execution: str, second: float = 0) -> Lock:
    locks = Locks(table)
    return locks.acquire(of(key, execution), locks.find(key.endpoint_name), at(second))


def holder(lock: Lock) -> tuple[str, int]:
    assert lock.owner is not None
    return lock.owner.execution_arn, lock.fence


def test_a_free_lock_is_taken_with_the_row_of_its_deployment(table: Table) -> None:
    assert holder(acquire(table, KEY, MINE, 5)) == (MINE, 1)
    assert Locks(table).find("churn").owner == Owner(KEY, MINE, 1, at(5))
    assert Locks(table).running("churn") == KEY
    found = Deployments(table).find(KEY)
    assert found is not None
    assert (found.fence, found.request, found.update_requested_at) == (1, of(KEY, "").request, None)


def test_a_lock_that_is_held_is_not_given_to_another_whatever_the_case_of_the_name(
    table: Table,
) -> None:
    acquire(table, KEY, MINE)
    free = Lock()
    assert holder(Locks(table).acquire(of(OTHER_KEY, OTHERS), free, at(1))) == (MINE, 1)
    assert Deployments(table).find(OTHER_KEY) is None
    assert Locks(table).running("CHURN") == KEY


def test_who_took_the_lock_and_heard_no_answer_finds_it_taken(table: Table) -> None:
    acquire(table, KEY, MINE)
    assert holder(Locks(table).acquire(of(KEY, MINE), Lock(), at(1))) == (MINE, 1)


def test_the_fence_rises_with_each_acquisition(table: Table) -> None:
    fences = []
    for number in range(3):
        key = DeploymentKey("churn", f"deploy-{number}", at(number))
        fences.append(acquire(table, key, MINE).fence)
        Locks(table).release(key, MINE)
    assert fences == [1, 2, 3]
    assert Locks(table).running("churn") is None


def test_only_its_owner_frees_a_lock(table: Table) -> None:
    acquire(table, KEY, MINE)
    locks = Locks(table)
    locks.release(KEY, OTHERS)
    locks.leave(KEY, OTHERS)
    assert locks.running("churn") == KEY


def test_a_lock_that_is_given_back_is_as_if_it_had_not_been_taken(table: Table) -> None:
    first = acquire(table, KEY, MINE)
    Locks(table).give_back(KEY, MINE, first.fence)
    assert Locks(table).find("churn").is_free
    assert acquire(table, KEY, MINE).fence == 2


def test_a_lock_whose_deployment_concluded_is_taken_over(table: Table) -> None:
    locks = Locks(table)
    acquire(table, KEY, MINE)
    locks.leave(KEY, MINE)
    assert locks.running("churn") is None
    assert holder(acquire(table, OTHER_KEY, OTHERS)) == (OTHERS, 2)
    locks.release(KEY, MINE)  # too late: it belongs to another now
    assert locks.running("churn") == OTHER_KEY


def test_a_deployment_is_adopted_once_and_its_first_execution_writes_nothing_more(
    table: Table,
) -> None:
    locks, deployments = Locks(table), Deployments(table)
    owner = acquire(table, KEY, MINE).owner
    assert owner is not None
    running = deployments.request_update(of(KEY, MINE), at(5))
    assert locks.adopt(owner, "arn:adopter", at(60)) is True
    assert locks.adopt(owner, "arn:adopter", at(61)) is True  # its answer was lost
    assert locks.adopt(owner, "arn:second", at(61)) is False
    assert locks.find("churn").owner == Owner(KEY, "arn:adopter", 2, at(60), adopter=True)
    adopted = deployments.find(KEY)
    assert adopted is not None
    assert (adopted.fence, adopted.adopted_at) == (2, at(60))
    with pytest.raises(LockLost, match="with fence 2"):
        deployments.keep_sleeper(KEY, MINE, running.fence, Sleeper("token", {}))
    with pytest.raises(LockLost, match="with fence 2"):
        deployments.keep_record(KEY, record(KEY, Verdict.FAILED), 1)
    kept = record(KEY, Verdict.ROLLED_BACK, "arn:adopter")
    with pytest.raises(LockLost, match="with fence 2"):
        deployments.keep_record(KEY, record(KEY, Verdict.FAILED, "arn:forged"), 2)
    assert deployments.keep_record(KEY, kept, 2) == kept
    assert deployments.keep_record(KEY, record(KEY, Verdict.FAILED), 1) == kept


def test_no_update_is_requested_by_who_lost_the_lock(table: Table) -> None:
    owner = acquire(table, KEY, MINE).owner
    assert owner is not None
    Locks(table).adopt(owner, "arn:adopter", at(1))
    with pytest.raises(LockLost):
        Deployments(table).request_update(of(KEY, MINE), at(2))
    Locks(table).release(KEY, "arn:adopter")
    with pytest.raises(LockLost):
        Deployments(table).request_update(of(KEY, MINE), at(3))
    found = Deployments(table).find(KEY)
    assert found is not None
    assert found.update_requested_at is None


def test_a_place_in_the_queue_is_taken_once_and_its_deployment_begins_with_it(
    table: Table,
) -> None:
    queue = Queue(table)
    waiting = queue.join(of(KEY, MINE), at(-100), at(5))
    assert waiting == Waiter(Owner(KEY, MINE, 0, at(5)), at(-100))
    assert queue.join(of(KEY, MINE), at(-100), at(60)) == waiting
    assert vars(queue.keep_token(KEY, MINE, "t-1")) == {**vars(waiting), "token": "t-1"}
    queue.give_way(waiting, "newer")
    queue.give_way(waiting, "another")
    (found,) = queue.waiting("CHURN")
    assert (found.token, found.superseded_by) == ("t-1", "newer")
    assert Deployments(table).find(KEY) is not None
    queue.leave(KEY)
    queue.give_way(waiting, "newer")
    assert queue.waiting("churn") == []


def test_a_lock_and_its_queue_are_read_together_and_nothing_else_of_the_endpoint(
    table: Table,
) -> None:
    queue = Queue(table)
    assert queue.look("churn") == (Lock(), [])
    waiting = queue.join(of(KEY, MINE), at(-100), at(5))
    assert queue.look("CHURN") == (Lock(), [waiting])
    acquire(table, OTHER_KEY, OTHERS)
    Claims(table).claim(deployment_started(deployment()), at(6))
    assert queue.look("churn") == (Locks(table).find("churn"), [waiting])
    queue.leave(KEY)
    assert queue.look("churn") == (Locks(table).find("churn"), [])
    assert queue.look("churn-2") == (Lock(), [])


def test_who_was_adopted_while_it_waited_takes_nothing_any_more(table: Table) -> None:
    queue, free = Queue(table), Lock()
    owner = queue.join(of(KEY, MINE), at(0), at(0)).owner
    assert queue.adopt(owner, "arn:adopter", at(10)) is True
    assert queue.adopt(owner, "arn:second", at(10)) is False
    for attempt in (
        lambda: queue.join(of(KEY, MINE), at(0), at(11)),
        lambda: queue.keep_token(KEY, MINE, "token"),
        lambda: Locks(table).acquire(of(KEY, MINE), free, at(11)),
    ):
        with pytest.raises(LockLost):
            attempt()
    assert queue.waiting("churn")[0].waits is False
    kept = record(KEY, Verdict.FAILED, "arn:adopter")
    assert Deployments(table).keep_record(KEY, kept, 1) == kept


def test_what_waits_is_concluded_by_its_own_execution_only(table: Table) -> None:
    deployments = Deployments(table)
    Queue(table).join(of(KEY, MINE), at(-100), at(5))
    with pytest.raises(LockLost):
        deployments.keep_record(KEY, record(KEY, Verdict.FAILED, "arn:forged"), None)
    rejected = record(KEY, Verdict.REJECTED, MINE)
    assert deployments.keep_record(KEY, rejected, None) == rejected


def test_the_index_has_what_is_open_and_nothing_else(table: Table) -> None:
    assert OpenRows(table).find() == Open({}, [], {})
    acquire(table, KEY, MINE)
    waiter = Queue(table).join(of(OTHER_KEY, OTHERS), at(10), at(10))
    claims = [alarm_tripped(deployment(), "z", Reading()), deployment_started(deployment())]
    ended = replace(claims[0], fact="TERMINAL")
    for second, fact in enumerate([ended, *claims]):
        Claims(table).claim(fact, at(second))
    found = OpenRows(table).find()
    assert [*found.locks] == ["churn"]
    assert found.waiters == [waiter]
    (open_claims,) = found.claims.values()
    assert [claim.notification for claim in open_claims] == [*claims, ended]
    for fact in (ended, *claims):
        Claims(table).mark_sent(fact, at(9))
    Queue(table).leave(OTHER_KEY)
    Locks(table).release(KEY, MINE)
    assert OpenRows(table).find() == Open({}, [], {})


def _with_abort_alarm(prepared: Deployment) -> Deployment:
    return replace(prepared, abort_alarm="bluegreen-abort-churn")


def test_no_update_is_requested_while_the_abort_alarm_may_ring(table: Table) -> None:
    """Its datapoint may be evaluated again; nothing is noted, and no alarm finds the deployment."""
    prepared, deployments = _with_abort_alarm(_holding(table)), Deployments(table)
    Locks(table).rings("churn", at(30))
    with pytest.raises(AbortAlarmRings, match="rung less than 2 minutes ago"):
        deployments.request_update(prepared, at(149))
    assert deployments.watched_by("churn-5xx") == []
    assert deployments.request_update(prepared, at(150)).update_requested_at == at(150)
    assert deployments.watched_by("churn-5xx") == [KEY]


def test_an_update_that_does_not_carry_the_abort_alarm_waits_for_no_silence(table: Table) -> None:
    """It has alarms enough of its own, or the stack makes none: the ring cannot roll it back."""
    prepared = _holding(table)
    Locks(table).rings("churn", at(30))
    assert Deployments(table).request_update(prepared, at(31)).update_requested_at == at(31)


def test_who_lost_the_lock_is_told_so_though_the_abort_alarm_rang(table: Table) -> None:
    prepared, locks = _with_abort_alarm(_holding(table)), Locks(table)
    locks.rings("churn", at(30))
    owner = locks.find("churn").owner
    assert owner is not None
    locks.adopt(owner, OTHERS, at(31))
    with pytest.raises(LockLost):
        Deployments(table).request_update(prepared, at(40))


def test_a_lock_stays_open_until_its_abort_alarm_is_seen_to_be_quiet(table: Table) -> None:
    locks = Locks(table)
    acquire(table, KEY, MINE)
    locks.rings("churn", at(30))
    locks.release(KEY, MINE)
    (lock,) = OpenRows(table).find().locks.values()
    assert (lock.owner, lock.rang_at, lock.rings) == (None, at(30), True)
    locks.is_quiet("churn")
    assert OpenRows(table).find().locks == {}
    assert locks.find("churn").rang_at == at(30)


@pytest.mark.parametrize("let_go", [Locks.release, Locks.leave])
@pytest.mark.parametrize("who", [MINE, OTHERS])
def test_what_a_deployment_holds_besides_is_given_up_whoever_has_the_lock(
    table: Table, let_go: Any, who: str
) -> None:
    """With it where it is the deployment's, alone where another execution took it over."""
    acquire(table, KEY, MINE)
    deployments, queue = Deployments(table), Queue(table)
    table.transact(*deployments.watching(deployment()))
    queue.join(of(OTHER_KEY, MINE), at(10), at(10))
    let_go(
        Locks(table),
        KEY,
        who,
        [*deployments.unwatching(KEY, ["churn-5xx"]), queue.leaving(OTHER_KEY)],
    )
    assert deployments.watched_by("churn-5xx") == []
    assert queue.waiting("churn") == []
    assert Locks(table).find("churn").is_free == (who == MINE)


def test_what_a_deployment_holds_besides_a_lock_that_rings_is_given_up_too(table: Table) -> None:
    acquire(table, KEY, MINE)
    deployments, locks = Deployments(table), Locks(table)
    table.transact(*deployments.watching(deployment()))
    locks.rings("churn", at(30))
    locks.release(KEY, MINE, deployments.unwatching(KEY, ["churn-5xx"]))
    assert deployments.watched_by("churn-5xx") == []
    lock = locks.find("churn")
    assert (lock.owner, lock.rings) == (None, True)


def test_who_forgets_an_endpoint_leaves_what_runs_and_what_is_unsent(table: Table) -> None:
    locks, deployments = Locks(table), Deployments(table)
    acquire(table, KEY, MINE)
    assert locks.forget("churn") is False
    deployments.keep_record(KEY, record(KEY, Verdict.FAILED), 1)
    locks.release(KEY, MINE)
    unsent_key = DeploymentKey("churn", "deploy-9", at(9))
    deployments.keep_record(unsent_key, record(unsent_key, Verdict.REJECTED), None)
    Claims(table).claim(deployment_started(deployment(key=unsent_key)), at(9))
    assert locks.forget("churn") is True
    assert deployments.forget("churn") == (1, 1)
    assert deployments.record_of(KEY) is None
    assert deployments.record_of(unsent_key) is not None


def test_an_update_is_requested_once_and_a_second_attempt_keeps_what_the_first_noted(
    table: Table,
) -> None:
    deployments = Deployments(table)
    prepared = _holding(table)
    first = deployments.request_update(prepared, at(5))
    again = replace(prepared, previous_config="other", last_modified_before=at(99))
    second = deployments.request_update(again, at(60))
    assert first.update_requested_at == second.update_requested_at == at(5)
    assert second.previous_config == "churn-blue"
    assert second.last_modified_before == at(-86400)
    assert deployments.find(KEY) == first


def test_a_withdrawn_update_was_never_requested(table: Table) -> None:
    deployments = Deployments(table)
    requested = deployments.request_update(_holding(table), at(5))
    deployments.withdraw_update(requested, "SageMaker refused UpdateEndpoint: no")
    found = deployments.find(KEY)
    assert found is not None
    assert (found.update_requested_at, found.refusal) == (
        None,
        "SageMaker refused UpdateEndpoint: no",
    )


def test_that_sagemaker_took_the_update_is_remembered(table: Table) -> None:
    deployments = Deployments(table)
    requested = deployments.request_update(_holding(table), at(5))
    assert not requested.update_accepted
    assert deployments.accept_update(requested).update_accepted
    found = deployments.find(KEY)
    assert found is not None
    assert found.update_accepted
    assert found.update_requested_at == at(5)


def test_the_last_sleeper_is_the_one_to_wake(table: Table) -> None:
    deployments = Deployments(table)
    running = deployments.request_update(_holding(table), at(5))
    mine = (KEY, running.execution_arn, running.fence)
    deployments.keep_sleeper(*mine, Sleeper("one", {}))
    kept = deployments.keep_sleeper(*mine, Sleeper("two", {"Stage": "BAKING"}))
    found = deployments.find(KEY)
    assert found is not None
    assert found.sleeper == Sleeper("two", {"Stage": "BAKING"})
    assert kept == found


def test_nobody_sleeps_on_what_has_not_begun_or_has_concluded(table: Table) -> None:
    deployments = Deployments(table)
    assert deployments.keep_sleeper(KEY, MINE, 1, Sleeper("token", {})) is None
    acquire(table, KEY, MINE)
    deployments.keep_record(KEY, record(KEY, Verdict.FAILED), 1)
    assert deployments.keep_sleeper(KEY, MINE, 1, Sleeper("token", {})) is None
    assert deployments.keep_sleeper(KEY, OTHERS, 2, Sleeper("token", {})) is None
    found = deployments.find(KEY)
    assert found is not None
    assert found.sleeper is None


def test_what_the_first_who_sees_a_stage_writes_holds(table: Table) -> None:
    deployments = Deployments(table)
    running = deployments.request_update(_holding(table), at(5))
    bake = StageSeen(Stage.BAKING, 25, at(320))
    assert record_stage(table, running, bake, 321) == [stage_changed(running, bake)]
    assert record_stage(table, running, replace(bake, traffic_percent=99), 322) == []
    first = SeenStage(bake, at(321))
    assert deployments.see_again(KEY, first, at(400)) == SeenStage(bake, at(400))
    found = deployments.find(KEY)
    assert found is not None
    assert found.stages == (SeenStage(bake, at(400), announced=False),)
    Claims(table).claim(deployment_started(running), at(401))
    for fact in (stage_changed(running, bake), deployment_started(running)):
        Claims(table).mark_sent(fact, at(402))
    told = deployments.find(KEY)
    assert told is not None
    assert (told.start_announced, told.stages) == (
        True,
        (SeenStage(bake, at(400), announced=True),),
    )


def test_stages_are_read_in_the_order_of_their_starts(table: Table) -> None:
    deployments = Deployments(table)
    running = deployments.request_update(_holding(table), at(5))
    for stage, start in ((Stage.BAKING, 320), (Stage.PROVISIONING, 0), (Stage.SHIFTING, 300)):
        record_stage(table, running, StageSeen(stage, 0, at(start)), start)
    found = deployments.find(KEY)
    assert found is not None
    assert [s.seen.stage for s in found.stages] == ["PROVISIONING", "SHIFTING", "BAKING"]


def test_an_alarm_finds_each_deployment_that_it_watches(table: Table) -> None:
    deployments = Deployments(table)
    other = DeploymentKey("fraud", "deploy-9", at(1))
    of_another = deployment(key=other, request=Request("fraud", GREEN, CANARY))
    table.transact(*deployments.watching(deployment()), *deployments.watching(of_another))
    assert deployments.watched_by("churn-5xx") == [KEY, other]
    assert deployments.watched_by("churn-5x") == []
    table.transact(*deployments.unwatching(KEY, ["churn-5xx", "churn-5xx", "never-watched"]))
    assert deployments.watched_by("churn-5xx") == [other]


def record_stage(
    table: Table, running: Deployment, seen: StageSeen, second: float
) -> list[Notification]:
    """Claim the fact that a stage began, with the stage; what is to be sent."""
    fact, row = stage_changed(running, seen), row_of(running, SeenStage(seen, at(second)))
    return Claims(table).claim_while_it_runs([fact], at(second), {fact.fact: row})


def _holding(table: Table) -> Deployment:
    """A deployment that has its lock, and is about to ask for its update."""
    arn = deployment().execution_arn
    acquire(table, KEY, arn)
    return deployment(update_requested_at=None)


def record(key: DeploymentKey, verdict: Verdict, execution: str = MINE) -> DeploymentRecord:
    return record_of(key, execution, Decision(verdict, "why."), [], at(1))


def test_a_record_is_written_once(table: Table) -> None:
    deployments, first = Deployments(table), record(KEY, Verdict.SUCCEEDED)
    assert deployments.record_of(KEY) is None
    assert deployments.keep_record(KEY, first, None) == first
    assert deployments.keep_record(KEY, record(KEY, Verdict.FAILED), None) == first
    assert deployments.record_of(KEY) == first
    assert deployments.load(KEY).record == first


def test_what_a_deployment_goes_to_or_comes_from_is_needed_and_then_what_one_may_go_back_to(
    table: Table,
) -> None:
    deployments = Deployments(table)
    assert deployments.configs_needed("churn") == set()
    acquire(table, KEY, MINE)
    assert deployments.configs_needed("churn") == {GREEN}
    deployments.request_update(of(KEY, MINE), at(5))
    assert deployments.configs_needed("CHURN") == {GREEN, BLUE}
    assert deployments.configs_needed("fraud") == set()
    ended: Any = {**record(KEY, Verdict.SUCCEEDED), "LiveEndpointConfigName": "churn-live"}
    deployments.keep_record(KEY, ended, 1)
    assert deployments.configs_needed("churn") == {"churn-live"}


def test_the_last_record_is_that_of_the_newest_deployment_that_has_one(table: Table) -> None:
    deployments = Deployments(table)
    assert deployments.last_record("churn") is None
    ids = ["deploy-9", "deploy-1", "deploy-5"]
    made = [DeploymentKey("churn", id_, at(10 * number)) for number, id_ in enumerate(ids)]
    kept = [deployments.keep_record(k, record(k, Verdict.REJECTED), None) for k in made]
    acquire(table, DeploymentKey("churn", "runs", at(999)), MINE)
    assert deployments.last_record("CHURN") == kept[-1]


def test_a_record_of_a_request_that_named_no_endpoint_is_kept_too(table: Table) -> None:
    key = DeploymentKey("", "deploy-1", at(0))
    rejected = record(key, Verdict.REJECTED)
    Deployments(table).keep_record(key, rejected, None)
    assert Deployments(table).record_of(key) == rejected


def start_of(second: float, id_: str = "deploy", endpoint: str = "Churn") -> DeploymentKey:
    return DeploymentKey(endpoint, f"{id_}-{second}", at(second))


def ids(listed: Iterator[EndedDocument]) -> list[str]:
    return [document["DeploymentId"] for document in listed]


def test_what_has_ended_is_listed_the_last_one_first(table: Table) -> None:
    history, deployments = History(table), Deployments(table)
    others = start_of(5, endpoint="fraud")
    for key in (start_of(3), start_of(1), others, start_of(2)):
        deployments.keep_record(key, record(key, Verdict.REJECTED), None)
    acquire(table, start_of(9), MINE)  # it runs
    assert ids(history.of_all(at(0))) == ["deploy-5", "deploy-3", "deploy-2", "deploy-1"]
    assert ids(history.of_all(at(3))) == ["deploy-5", "deploy-3"]
    assert ids(history.of_endpoint("CHURN", at(0))) == ["deploy-3", "deploy-2", "deploy-1"]
    assert ids(history.of_endpoint("churn", at(2))) == ["deploy-3", "deploy-2"]


def test_a_list_is_read_as_far_as_it_is_asked_for(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second in range(5):
        key = start_of(second)
        Deployments(table).keep_record(key, record(key, Verdict.REJECTED), None)
    monkeypatch.setattr("bluegreen.aws.dynamodb.table.PAGE", 2)
    asked: list[Any] = []
    table._client.meta.events.register(
        "before-call.dynamodb", lambda model, **_: asked.append(model.name)
    )
    listed = History(table).of_all(at(0))
    assert [next(listed)["DeploymentId"] for _ in range(3)] == ["deploy-4", "deploy-3", "deploy-2"]
    assert asked == ["Query", "Query"]


def test_the_same_id_after_90_days_is_another_deployment(table: Table) -> None:
    first, later = (DeploymentKey("churn", "nightly", at(s)) for s in (0, 91 * 86400))
    for key in (later, first):
        Deployments(table).keep_record(key, record(key, Verdict.SUCCEEDED), None)
    assert [key_of(document) for document in History(table).named("nightly")] == [first, later]
    assert History(table).named("night") == []


def test_a_record_that_is_lost_to_another_execution_is_not_listed(table: Table) -> None:
    Queue(table).join(of(KEY, MINE), at(-100), at(5))
    with pytest.raises(LockLost):
        Deployments(table).keep_record(KEY, record(KEY, Verdict.FAILED, "arn:forged"), None)
    assert History(table).named(KEY.deployment_id) == []
    assert list(History(table).of_all(at(-100))) == []


def test_what_release_0_1_concluded_is_found_by_its_endpoint_only(table: Table) -> None:
    old = record(KEY, Verdict.SUCCEEDED)
    row = ("ENDPOINT#churn", "DEPLOYMENT#2026-01-05T09:00:00.000Z#deploy-1")
    values = {"Record": json.dumps(old), "DeploymentId": "deploy-1"}
    table.update(row, setting(values), values)
    history = History(table)
    assert (list(history.of_all(at(0))), history.named("deploy-1")) == ([], [])
    assert ids(history.of_endpoint("churn", at(0))) == ["deploy-1"]
    past = history.whole(KEY)
    assert past is not None
    assert (past.record, past.told, past.fleet) == (old, (), 0)


def test_the_whole_of_a_deployment_has_what_was_told_in_its_order(table: Table) -> None:
    deployments, claims = Deployments(table), Claims(table)
    running = deployments.request_update(_holding(table), at(5))
    assert History(table).whole(KEY) is None
    bake = StageSeen(Stage.BAKING, 25, at(320))
    told = [deployment_started(running), stage_changed(running, bake)]
    unsent_alarm = alarm_tripped(running, "churn-5xx", Reading())
    for second, fact in enumerate([unsent_alarm, *told]):
        claims.claim(fact, at(400 + second))
    for second, fact in enumerate(told):
        claims.mark_sent(fact, at(500 + second))
    deployments.request_abort(KEY, Abort(at(600), AbortCause.COMMAND, "you", "why"))
    kept = deployments.keep_record(KEY, record(KEY, Verdict.FAILED, running.execution_arn), 1)
    past = History(table).whole(KEY)
    assert past == PastDeployment(
        KEY,
        kept,
        (Told(told[0], at(500)), Told(told[1], at(501)), Told(unsent_alarm, None)),
        Abort(at(600), AbortCause.COMMAND, "you", "why"),
        fleet=4,
        update_requested_at=at(5),
    )


def test_what_is_forgotten_is_listed_no_more(table: Table) -> None:
    deployments = Deployments(table)
    deployments.keep_record(KEY, record(KEY, Verdict.SUCCEEDED), None)
    assert len(History(table).named(KEY.deployment_id)) == 1
    assert deployments.forget("churn") == (1, 0)
    assert History(table).named(KEY.deployment_id) == []
    assert list(History(table).of_all(at(0))) == []


SERIES = KeptSeries(StartedAt=to_text(at(0)), Seconds=60, Gates=[])


def test_series_are_kept_with_the_record(table: Table) -> None:
    Deployments(table).keep_record(KEY, record(KEY, Verdict.REJECTED), None, SERIES)
    past = History(table).whole(KEY)
    assert past is not None
    assert past.series == SERIES


def test_a_record_that_leaves_no_room_for_series_is_kept_without_them(table: Table) -> None:
    long: Any = {**record(KEY, Verdict.REJECTED), "Reason": "r" * LONGEST_RECORD_WITH_SERIES}
    assert Deployments(table).keep_record(KEY, long, None, SERIES) == long
    past = History(table).whole(KEY)
    assert past is not None
    assert past.series is None


def unsent(table: Table, key: DeploymentKey) -> list[Notification]:
    return list(Deployments(table).load(key).unsent)


def test_a_fact_is_claimed_once_until_the_claim_is_a_minute_old(table: Table) -> None:
    claims, fact = Claims(table), deployment_started(deployment())
    assert claims.claim(fact, at(0)) is True
    assert claims.claim(fact, at(59)) is False
    assert (unsent(table, KEY), claims.is_settled(fact)) == ([fact], False)
    assert claims.claim(fact, at(60)) is True
    claims.mark_sent(fact, at(61))
    assert claims.claim(fact, at(999)) is False
    assert (unsent(table, KEY), claims.is_settled(fact)) == ([], True)


def test_a_claim_holds_as_long_as_its_claimant_may_live(table: Table) -> None:
    slow, quick = Claims(table, timedelta(seconds=130)), Claims(table)
    fact = deployment_started(deployment())
    assert slow.claim(fact, at(0)) is True
    assert quick.claim(fact, at(129)) is False
    (claim,) = claims_in(table.query(keys.fact(KEY, "")))
    assert (claim.held_until, claim.first_claimed_at) == (at(130), at(0))
    assert quick.claim(fact, at(130)) is True
    assert slow.claim(fact, at(189)) is False
    assert slow.claim(fact, at(190)) is True


def test_a_claim_that_sns_did_not_take_holds_nobody_up(table: Table) -> None:
    claims, fact = Claims(table, timedelta(seconds=130)), deployment_started(deployment())
    claims.claim(fact, at(0))
    claims.let_go(fact, at(1))
    assert claims.claim(fact, at(2)) is False
    claims.let_go(fact, at(0))
    assert claims.claim(fact, at(2)) is True


def test_a_claim_of_release_0_1_holds_a_minute(table: Table) -> None:
    claims, fact = Claims(table, timedelta(seconds=130)), deployment_started(deployment())
    claims.claim(fact, at(0))
    table.update(keys.fact(KEY, fact.fact), "REMOVE #HeldUntil, #FirstClaimedAt", {})
    (claim,) = claims_in(table.query(keys.fact(KEY, "")))
    assert (claim.held_until, claim.first_claimed_at) == (at(60), at(0))
    assert claims.claim(fact, at(59)) is False
    assert claims.claim(fact, at(60)) is True


def test_facts_are_claimed_together_in_their_order_and_each_once(table: Table) -> None:
    claims = Claims(table)
    alarms = [alarm_tripped(deployment(), name, Reading()) for name in ("z", "a", "m")]
    assert claims.claim(alarms[1], at(0))
    assert claims.claim_while_it_runs(alarms, at(1)) == [alarms[0], alarms[2]]
    assert claims.claim_while_it_runs(alarms, at(2)) == []
    assert unsent(table, KEY) == [alarms[1], alarms[0], alarms[2]]
    assert claims.claim_while_it_runs(alarms, at(60)) == [alarms[1]]
    assert claims.claim_while_it_runs([], at(60)) == []


def test_no_fact_is_claimed_and_no_stage_recorded_after_the_record(table: Table) -> None:
    acquire(table, KEY, MINE)
    running = of(KEY, MINE)
    Deployments(table).keep_record(KEY, record(KEY, Verdict.FAILED), 1)
    assert Claims(table).claim_while_it_runs([deployment_started(running)], at(9)) == []
    assert record_stage(table, running, StageSeen(Stage.BAKING, 25, at(8)), 9) == []
    assert table.query(keys.fact(KEY, "")) == []
    assert Claims(table).claim(deployment_started(running), at(9))  # as ConcludeDeployment does


def test_a_stage_that_an_earlier_release_recorded_and_did_not_announce_is_announced(
    table: Table,
) -> None:
    running, bake = deployment(), StageSeen(Stage.BAKING, 25, at(320))
    row = row_of(running, SeenStage(bake, at(321)))
    table.update(keys.fact(KEY, stage_changed(running, bake).fact), setting(row), row)
    assert record_stage(table, running, bake, 500) == [stage_changed(running, bake)]
    (fact,) = table.query(keys.fact(KEY, ""))
    assert (fact["LastSeenAt"], fact["ClaimedAt"]) == (to_text(at(321)), to_text(at(500)))


CONFLICT = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}


@pytest.mark.parametrize(("times", "taken"), [(2, True), (3, False)])
def test_a_transaction_that_another_one_stands_in_the_way_of_is_tried_again(
    table: Table, times: int, taken: bool
) -> None:
    fact = deployment_started(deployment())
    with Stubber(table._client) as stub:
        for _ in range(times):
            stub.add_client_error(
                "transact_write_items", "TransactionCanceledException", modeled_fields=CONFLICT
            )
        if taken:
            stub.add_response("transact_write_items", {})
            assert Claims(table).claim_while_it_runs([fact], at(0)) == [fact]
        else:
            with pytest.raises(ObservationUnavailable):
                Claims(table).claim_while_it_runs([fact], at(0))
        stub.assert_no_pending_responses()
    assert table._clock.now() == at(0.25)  # a pause that grows, before each further try


@pytest.mark.parametrize(("times", "taken"), [(2, True), (3, False)])
def test_a_write_that_a_transaction_stands_in_the_way_of_is_tried_again(
    table: Table, times: int, taken: bool
) -> None:
    fact = deployment_started(deployment())
    with Stubber(table._client) as stub:
        for _ in range(times):
            stub.add_client_error("update_item", "TransactionConflictException")
        if taken:
            stub.add_response("update_item", {})
            assert Claims(table).claim(fact, at(0))
        else:
            with pytest.raises(ObservationUnavailable):
                Claims(table).claim(fact, at(0))
        stub.assert_no_pending_responses()
    assert table._clock.now() == at(0.25)


@pytest.mark.parametrize("remove", [Queue.leave, lambda queue, _: Locks(queue._table).forget("x")])
def test_a_removal_that_a_transaction_stands_in_the_way_of_is_tried_again(
    table: Table, remove: Any
) -> None:
    with Stubber(table._client) as stub:
        stub.add_client_error("delete_item", "TransactionConflictException")
        stub.add_response("delete_item", {})
        remove(Queue(table), KEY)
        stub.assert_no_pending_responses()
    assert table._clock.now() == at(0.05)


def test_unsent_facts_come_in_the_order_of_their_claims(table: Table) -> None:
    claims = Claims(table)
    facts = [alarm_tripped(deployment(), name, Reading()) for name in ("z", "a", "m")]
    for second, fact in enumerate(facts):
        claims.claim(fact, at(second))
    assert unsent(table, KEY) == facts
    assert unsent(table, OTHER_KEY) == []


def test_what_was_told_is_found_whether_it_is_known_to_be_sent_or_not(table: Table) -> None:
    claims = Claims(table)
    facts = [alarm_tripped(deployment(), name, Reading()) for name in ("z", "a")]
    for second, fact in enumerate(facts):
        claims.claim(fact, at(second))
    claims.mark_sent(facts[0], at(5))
    row = {"Stage": "BAKING", "StartedAt": to_text(at(3))}  # recorded only, as by release 0.1
    table.update(keys.fact(KEY, "STAGE_CHANGED/BAKING"), setting(row), row)
    told = claims.of(KEY)
    assert [(each.notification, each.first_claimed_at) for each in told] == [
        (facts[0], at(0)),
        (facts[1], at(1)),
    ]
    assert claims.of(OTHER_KEY) == []
