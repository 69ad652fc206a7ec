"""What the operations do when SageMaker does what the simulated one never would."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError

from bluegreen.actions.announce import announce
from bluegreen.actions.follow import look_and_wake
from bluegreen.aws.dynamodb.deployments import row_of
from bluegreen.aws.dynamodb.locks import Lock
from bluegreen.check.situation import Situation
from bluegreen.contract.errors import (
    EndpointBusy,
    ObservationUnavailable,
    RecoveryIncomplete,
    RequestRejected,
)
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.state import Problem, State, TooEarlyAnswer
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.notifications import deployment_started, stage_changed
from bluegreen.deployment.ownership import Execution
from bluegreen.deployment.tripped_alarms import AlarmChange
from bluegreen.events.alarm_event import relay_alarm_event
from bluegreen.events.reconcile import reconcile
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.states.acquire_endpoint_lock import acquire_endpoint_lock
from bluegreen.states.await_stage import await_stage
from bluegreen.states.conclude_deployment import conclude_deployment, is_record
from bluegreen.states.start_update import start_update
from bluegreen.states.validate_policy import validate_policy
from builders import (
    BLUE,
    CANARY,
    GREEN,
    KEY,
    START,
    at,
    canary_request,
    deployment,
    settled,
    updating,
)
from scripted_account import BEFORE, scripted_account

ARN = "arn:aws:states:eu-central-1:123456789012:execution:bluegreen-deployment:deploy-1"
BUSY = "Endpoint churn is being updated by someone else (its status is Updating)."


@pytest.fixture
def account() -> Iterator[Any]:
    with scripted_account() as account:
        yield account


PREPARED = deployment(
    update_requested_at=None, previous_config="", last_modified_before=None, execution_arn=ARN
)
STATE: State = {"Request": PREPARED.request.to_json(), "LockAcquired": True, "Fence": 1}


def acquire(account: Any, deployment: Deployment = PREPARED) -> Lock:
    locks = account.locks
    lock: Lock = locks.acquire(
        deployment, locks.find(deployment.key.endpoint_name), account.clock.now()
    )
    return lock


def conclude(account: Any, state: State = STATE, key: DeploymentKey = KEY) -> DeploymentRecord:
    answer = conclude_deployment(key, ARN, state, account)
    assert is_record(answer), answer
    return answer


def too_early(account: Any, state: State = STATE) -> TooEarlyAnswer:
    answer = conclude_deployment(KEY, ARN, state, account)
    assert not is_record(answer)
    return answer


def start(account: Any, *script: Observation) -> None:
    """Take the lock and start the update as the workflow does."""
    acquire(account)
    account.endpoints.script = [BEFORE, *script]
    start_update(PREPARED, account)


def test_an_endpoint_that_never_settles_times_out_and_stays_locked_until_it_settles(
    account: Any,
) -> None:
    start(account, updating("Creating", 0))
    account.clock.time = at(5000 + 1799)
    assert too_early(account)["Settled"] is False
    account.clock.time = at(5000 + 1800)
    record = conclude(account)
    assert record["Verdict"] == "TIMED_OUT"
    assert account.told[-1].event == "DEPLOYMENT_TIMED_OUT"
    assert account.told[-1].severity == "CRITICAL"

    following = replace(
        PREPARED, key=DeploymentKey("churn", "deploy-2", at(7000)), execution_arn="arn:2"
    )
    answer = acquire_endpoint_lock(following, account)
    assert answer["LockAcquired"] is False
    assert answer["BusyReason"] == BUSY
    account.endpoints.script = [settled(GREEN, 7100)]
    assert acquire_endpoint_lock(following, account)["LockAcquired"] is True


def test_a_busy_lock_names_the_deployment_that_holds_it(account: Any) -> None:
    acquire(account)
    second = replace(PREPARED, key=DeploymentKey("churn", "deploy-2", at(1)), execution_arn="arn:2")
    assert acquire_endpoint_lock(second, account) == {
        "LockAcquired": False,
        "Fence": 0,
        "CheckAgain": False,
        "WaitFor": "NOTHING",
        "BusyReason": "Deployment deploy-1 of endpoint churn is still running.",
    }


def test_a_foreign_update_makes_the_endpoint_busy_and_the_lock_is_given_back(
    account: Any,
) -> None:
    account.endpoints.script = [settled("other", status="Updating")]
    answer = acquire_endpoint_lock(PREPARED, account)
    assert answer["BusyReason"] == BUSY
    assert account.locks.running("churn") is None


def test_proof_that_lags_behind_is_waited_for(account: Any) -> None:
    lagging = [BEFORE] * 5
    start(account, *lagging, updating("Creating", 0))
    assert account.clock.now() == at(25)
    assert [fact.event for fact in account.told] == ["DEPLOYMENT_STARTED", "STAGE_CHANGED"]


def test_an_update_without_any_effect_never_began(account: Any) -> None:
    start(account, BEFORE)
    assert account.clock.now() == at(60)
    assert account.told == []
    account.clock.time = at(299)
    assert too_early(account)["Settled"] is False
    account.clock.time = at(300)
    record = conclude(account)
    assert record["Verdict"] == "FAILED"
    assert record["Reason"] == (
        "UpdateEndpoint had no effect. Endpoint churn still serves churn-blue."
    )
    assert [fact.event for fact in account.told] == ["DEPLOYMENT_FAILED"]


@pytest.mark.parametrize(
    ("seen", "error"),
    [
        (replace(updating("Creating", 0), pending=None), EndpointBusy),
        (BEFORE, RequestRejected),
    ],
)
def test_what_sagemaker_refuses_was_never_requested(
    account: Any, seen: Observation, error: type[Exception]
) -> None:
    account.endpoints.refusal = "no"
    with pytest.raises(error):
        start(account, seen)
    found = account.deployments.find(KEY)
    assert found.update_requested_at is None
    problem = Problem(Error=error.__name__, Cause='{"errorMessage": "no"}')
    record = conclude(account, STATE | {"Problem": problem})
    assert (record["Verdict"], record["Reason"]) == (
        "REJECTED",
        "SageMaker refused UpdateEndpoint: no",
    )
    assert account.locks.running("churn") is None
    assert account.deployments.watched_by("churn-5xx") == []


def test_what_sagemaker_said_is_told_even_if_its_hearer_died(account: Any) -> None:
    account.endpoints.refusal = "no"
    with pytest.raises(RequestRejected):
        start(account, BEFORE)
    record = conclude(account, STATE | {"Problem": {"Error": "Timeout"}})
    assert (record["Verdict"], record["Reason"]) == (
        "REJECTED",
        "SageMaker refused UpdateEndpoint: no",
    )


def test_a_change_by_another_before_the_call_is_no_proof_of_ours(account: Any) -> None:
    acquire(account)
    noted = account.deployments.request_update(PREPARED.as_it_stands(BEFORE), at(0))
    rescaled = settled(BLUE, modified=30)
    account.endpoints.script = [rescaled, updating("Creating", 60)]
    account.clock.time = at(60)
    start_update(PREPARED, account)
    assert not noted.update_accepted
    assert len(account.endpoints.updates) == 1


@pytest.mark.parametrize(("accepted", "verdict"), [(True, "ROLLED_BACK"), (False, "FAILED")])
def test_a_later_modification_is_proof_only_once_sagemaker_took_the_update(
    account: Any, accepted: bool, verdict: str
) -> None:
    acquire(account)
    noted = account.deployments.request_update(PREPARED.as_it_stands(BEFORE), at(0))
    if accepted:
        account.deployments.accept_update(noted)
    account.endpoints.script = [settled(BLUE, modified=200)]
    account.clock.time = at(300)
    assert conclude(account)["Verdict"] == verdict


def test_an_update_that_sagemaker_took_is_not_asked_for_again(account: Any) -> None:
    acquire(account)
    noted = account.deployments.request_update(PREPARED.as_it_stands(BEFORE), at(0))
    account.deployments.accept_update(noted)
    account.endpoints.script = [BEFORE, BEFORE, updating("Creating", 0)]
    start_update(PREPARED, account)
    assert account.endpoints.updates == []


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_refusal_of_a_second_call_is_looked_behind_before_it_is_believed(
    account: Any, asked_before: bool
) -> None:
    acquire(account)
    if asked_before:  # and its answer was lost
        account.deployments.request_update(PREPARED.as_it_stands(BEFORE), at(0))
    account.endpoints.refusal = "Cannot update in-progress endpoint"
    pending = replace(updating("Creating", 0), pending=None)
    lagging = BEFORE if asked_before else pending
    account.endpoints.script = [BEFORE, lagging, lagging, updating("Creating", 0)]
    start_update(PREPARED, account)
    assert account.deployments.find(KEY).update_accepted


def test_a_foreign_update_that_runs_is_no_proof_and_none_of_its_stages_are_told(
    account: Any,
) -> None:
    acquire(account)
    account.deployments.request_update(PREPARED.as_it_stands(BEFORE), at(0))
    foreign = updating("Creating", 10)
    assert foreign.pending
    foreign = replace(foreign, pending=replace(foreign.pending, config="theirs"))
    account.endpoints.script = [foreign]
    look_and_wake(account.deployments.find(KEY), None, account)
    assert account.told == []
    account.endpoints.script = [settled(BLUE, modified=200)]
    account.clock.time = at(300)
    record = conclude(account)
    assert (record["Verdict"], record["Stages"]) == ("FAILED", [])


def test_what_was_seen_once_is_proof_for_ever(account: Any) -> None:
    acquire(account)
    account.deployments.request_update(PREPARED.as_it_stands(BEFORE), at(0))
    account.endpoints.script = [updating()]  # pending, and nothing said of its variants yet
    look_and_wake(account.deployments.find(KEY), None, account)
    account.endpoints.script = [settled(BLUE, modified=200)]
    account.clock.time = at(300)
    assert conclude(account)["Verdict"] == "ROLLED_BACK"
    assert [fact.event for fact in account.told] == [
        "DEPLOYMENT_STARTED",
        "DEPLOYMENT_ROLLED_BACK",
    ]


def test_a_stage_whose_first_teller_died_is_told_by_the_next(account: Any) -> None:
    start(account, updating("Creating", 0))
    running = account.deployments.find(KEY)
    bake = SeenStage(StageSeen(Stage.BAKING, 25, at(320)), at(321))
    fact = stage_changed(running, bake.seen)
    account.claims.claim_while_it_runs([fact], at(321), {fact.fact: row_of(running, bake)})
    account.endpoints.script = [updating("Baking", 320)]
    account.clock.time = at(380)
    look_and_wake(account.deployments.find(KEY), None, account)
    assert [told.event for told in account.told[1:]] == ["STAGE_CHANGED"]  # the first stage
    account.clock.time = at(381)
    look_and_wake(account.deployments.find(KEY), None, account)
    told = account.told[-1].details
    assert (told["Stage"], told["TrafficPercent"]) == ("BAKING", 25)


def test_whoever_sleeps_is_woken_though_sns_takes_nothing(account: Any) -> None:
    woken = list[str]()
    account.workflow.wake = lambda token, _answer: woken.append(token)
    start(account, updating("Creating", 0))
    account.topic.deaf = True
    account.endpoints.script = [updating("Baking", 320)]
    look_and_wake(account.deployments.find(KEY), Sleeper("token", {}), account)
    assert woken == ["token"]
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    assert conclude(account)["Verdict"] == "SUCCEEDED"
    assert account.locks.running("churn") is None
    account.topic.deaf = False
    account.clock.time = at(1960)
    assert reconcile(account) == 0
    assert [(fact.event, fact.details.get("Late")) for fact in account.told] == [
        ("DEPLOYMENT_STARTED", None),
        ("STAGE_CHANGED", None),
        ("STAGE_CHANGED", True),
        ("DEPLOYMENT_SUCCEEDED", True),
    ]


def test_what_was_claimed_is_told_though_the_sleeper_cannot_be_woken(account: Any) -> None:
    start(account, updating("Creating", 0))
    account.workflow.wake = unavailable
    account.endpoints.script = [updating("Baking", 320)]
    with pytest.raises(ObservationUnavailable):
        look_and_wake(account.deployments.find(KEY), Sleeper("token", {}), account)
    assert account.told[-1].details.get("Stage") == "BAKING"


def test_one_fact_whose_note_fails_keeps_no_other_from_being_told(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account.claims, "mark_sent", unavailable)
    with pytest.raises(ObservationUnavailable):
        start(account, updating("Creating", 0))
    assert [told.event for told in account.told] == ["DEPLOYMENT_STARTED", "STAGE_CHANGED"]


def test_a_look_that_began_before_the_end_and_goes_on_after_it_tells_and_records_nothing(
    account: Any,
) -> None:
    start(account, updating("Creating", 0))
    stale = account.deployments.find(KEY)
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    conclude(account)
    account.endpoints.script = [updating("Baking", 320)]
    look_and_wake(stale, None, account)
    assert account.told[-1].event == "DEPLOYMENT_SUCCEEDED"
    assert account.deployments.find(KEY).stages == stale.stages


def test_who_lags_behind_with_the_lock_of_an_ended_deployment_frees_no_other(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(account, updating("Creating", 0))
    lock, waiters = account.queue.look("churn")
    monkeypatch.setattr(account.queue, "look", lambda _: (replace(lock, concluded=True), waiters))
    account.workflow.executions = {ARN: Execution("FAILED")}  # so that the lock itself is read
    account.endpoints.script = [settled(GREEN, 1880)]
    reconcile(account)
    assert account.locks.running("churn") == KEY


def test_a_notification_that_somebody_may_be_sending_is_left_to_them_and_no_problem(
    account: Any,
) -> None:
    start(account, updating("Creating", 0))
    account.told.clear()
    fact = stage_changed(account.deployments.find(KEY), StageSeen(Stage.BAKING, 25, at(320)))
    assert account.claims.claim(fact, at(330))
    account.clock.time = at(389)
    assert reconcile(account) == 1
    assert account.told == []
    account.clock.time = at(390)
    assert reconcile(account) == 1
    assert [told.details.get("Late") for told in account.told] == [True]


def test_operators_are_told_how_many_notifications_wait_behind_one_that_sns_refuses(
    account: Any,
) -> None:
    account.topic.deaf = True
    start(account, updating("Creating", 0))
    account.clock.time = at(300)
    with pytest.raises(
        RecoveryIncomplete, match=r"^2 notifications of deployment deploy-1 could not"
    ):
        reconcile(account)


def test_an_endpoint_that_cannot_be_looked_after_keeps_no_other_from_it(account: Any) -> None:
    others = replace(PREPARED, key=DeploymentKey("aaa", "deploy-0", at(0)), execution_arn="arn:0")
    acquire(account, others)
    acquire(account)
    for arn in (ARN, "arn:0"):
        account.workflow.executions[arn] = Execution("FAILED")
    begin = account.workflow.start
    account.workflow.start = lambda machine, name, document: (
        _denied("StartExecution") if "deploy-0" in name else begin(machine, name, document)
    )
    account.clock.time = at(600)
    problem = "Could not look after endpoint aaa: ClientError, which the log explains."
    with pytest.raises(RecoveryIncomplete, match=f"^{re.escape(problem)}$"):
        reconcile(account)
    assert [document["Adopt"]["DeploymentId"] for _, document in account.workflow.started] == [
        "deploy-1"
    ]


def unavailable(*_args: Any) -> NoReturn:
    raise ObservationUnavailable("Try again.")


def _denied(operation: str) -> NoReturn:
    code, message = "AccessDeniedException", "not authorized"
    raise ClientError({"Error": {"Code": code, "Message": message}}, operation)


def test_nothing_is_told_after_the_end(account: Any) -> None:
    start(account, updating("Creating", 0))
    running = account.deployments.find(KEY)
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    conclude(account)
    account.endpoints.script = [updating("", 1840, blue_status="Deleting")]
    look_and_wake(running, None, account)  # by one who looked before the end
    assert account.told[-1].event == "DEPLOYMENT_SUCCEEDED"


def test_what_nobody_concludes_is_not_followed_for_ever(account: Any) -> None:
    start(account, updating("Creating", 0))
    account.clock.time = at(5000 + 1799)
    assert relay_alarm_event("churn-5xx", at(6799), account) == 1
    account.clock.time = at(5000 + 1800)
    assert relay_alarm_event("churn-5xx", at(6800), account) == 0


@pytest.mark.parametrize(
    ("observation", "verdict"),
    [
        (settled(GREEN, 6000, status="Updating"), "SUCCEEDED"),
        (settled(BLUE, 6000, status="Updating"), "TIMED_OUT"),
        (settled(GREEN, 6000, status="Creating"), "TIMED_OUT"),
    ],
)
def test_an_endpoint_that_is_scaled_at_the_deadline_has_succeeded_all_the_same(
    account: Any, observation: Observation, verdict: str
) -> None:
    start(account, updating("Creating", 0))
    account.endpoints.script = [observation]
    account.clock.time = at(5000 + 1800)
    assert conclude(account)["Verdict"] == verdict


def test_the_history_of_alarms_is_not_asked_for_where_it_decides_nothing(account: Any) -> None:
    def forbidden(_name: str, _since: object) -> list[AlarmChange]:
        raise AssertionError("the history was read")

    start(account, updating("Creating", 0))
    account.alarms.history = forbidden
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    assert conclude(account)["Verdict"] == "SUCCEEDED"


def test_a_refusal_because_our_own_update_runs_is_none(account: Any) -> None:
    account.endpoints.refusal = "Cannot update in-progress endpoint"
    start(account, updating("Creating", 0))
    assert account.deployments.find(KEY).update_requested_at == START


def test_a_second_attempt_does_not_ask_for_an_update_that_has_begun(account: Any) -> None:
    start(account, updating("Creating", 0))
    account.endpoints.script = [settled(BLUE, modified=400)]
    start_update(PREPARED, account)
    assert len(account.endpoints.updates) == 1


@pytest.mark.parametrize(
    ("observation", "error"),
    [
        (Observation("Gone"), RequestRejected),
        (settled(GREEN), RequestRejected),
        (settled(BLUE, status="SystemUpdating"), EndpointBusy),
        (settled(""), RequestRejected),
    ],
)
def test_what_changed_since_the_check_is_noticed_under_the_lock(
    account: Any, observation: Observation, error: type[Exception]
) -> None:
    acquire(account)
    account.endpoints.script = [observation]
    with pytest.raises(error):
        start_update(PREPARED, account)
    assert account.endpoints.updates == []
    assert account.deployments.find(KEY).update_requested_at is None


def test_an_endpoint_that_is_not_there_is_created_if_the_requester_accepted_that(
    account: Any,
) -> None:
    acquire(account)
    account.endpoints.script = [Observation("Gone")]
    with pytest.raises(RequestRejected, match=r"^Endpoint churn no longer exists\.$"):
        start_update(PREPARED, account)
    assert account.endpoints.created == []
    account.endpoints.script = [Observation("Gone"), updating("Creating", 0)]
    start_update(replace(PREPARED, may_create=True), account)
    assert account.endpoints.created == [PREPARED.request]
    assert account.endpoints.updates == []


@pytest.mark.parametrize(
    ("observation", "verdict", "trigger"),
    [
        (settled(GREEN, 1900), "SUCCEEDED", None),
        (settled("somebody-elses", 1900), "FAILED", "FOREIGN_UPDATE"),
        (settled(BLUE, 1900, status="UpdateRollbackFailed"), "ROLLBACK_FAILED", "UNKNOWN"),
        (settled(BLUE, 1900, status="Failed"), "FAILED", None),
        (Observation("Gone"), "FAILED", None),
    ],
)
def test_the_verdict_is_what_describe_endpoint_says(
    account: Any, observation: Observation, verdict: str, trigger: str | None
) -> None:
    start(account, updating("Creating", 0))
    account.endpoints.script = [observation]
    account.clock.time = at(1910)
    record = conclude(account)
    assert (record["Verdict"], record.get("Trigger")) == (verdict, trigger)
    assert account.locks.running("churn") is None


def test_an_alarm_whose_event_was_lost_is_found_in_its_history(account: Any) -> None:
    start(account, updating("Baking", 320))
    account.alarms.history = lambda _name, _since: [AlarmChange(at(400), "ALARM")]
    account.endpoints.script = [settled(BLUE, 450)]
    account.clock.time = at(1000)
    record = conclude(account)
    assert (record["Trigger"], record["TrippedAlarms"]) == ("ALARM", ["churn-5xx"])
    assert [fact.event for fact in account.told][-2:] == [
        "ALARM_TRIPPED",
        "DEPLOYMENT_ROLLED_BACK",
    ]


def test_a_late_event_from_before_the_update_is_not_about_it(account: Any) -> None:
    start(account, updating("Creating", 0))
    assert relay_alarm_event("churn-5xx", at(-1), account) == 0
    assert relay_alarm_event("churn-5xx", at(1), account) == 1
    assert relay_alarm_event("a-strangers", at(1), account) == 0
    assert [fact.event for fact in account.told].count("ALARM_TRIPPED") == 1


def told_of_alarms(account: Any) -> int:
    return [fact.event for fact in account.told].count("ALARM_TRIPPED")


def test_an_event_that_its_alarm_does_not_bear_out_is_told_to_nobody(account: Any) -> None:
    start(account, updating("Creating", 0), updating("Baking", 60, green_current=1))
    asked: list[tuple[str, datetime]] = []

    def shown(name: str, since: datetime) -> list[AlarmChange]:
        asked.append((name, since))
        return [AlarmChange(since, "OK")]

    account.alarms.shown = shown
    assert relay_alarm_event("churn-5xx", at(100), account) == 1
    assert asked == [("churn-5xx", at(100))]
    assert told_of_alarms(account) == 0
    assert account.told[-1].event == "STAGE_CHANGED"  # it was a reason to look, though
    assert account.logged == []


@pytest.mark.parametrize(
    "error", [ObservationUnavailable("Rate exceeded"), RequestRejected("AWS denied access: no")]
)
def test_an_event_that_cannot_be_checked_is_told_and_the_log_says_so(
    account: Any, error: Exception
) -> None:
    def refuse(_name: str, _since: datetime) -> bool:
        raise error

    start(account, updating("Creating", 0))
    account.alarms.shown = refuse
    assert relay_alarm_event("churn-5xx", at(1), account) == 1
    assert told_of_alarms(account) == 1
    fields = {"alarm": "churn-5xx", "error": str(error)}
    assert account.logged == [("alarm not checked", fields)]


def test_an_event_of_an_alarm_that_cloudwatch_does_not_show_is_told(account: Any) -> None:
    start(account, updating("Creating", 0))
    account.alarms.shown = lambda _name, _since: []
    assert relay_alarm_event("churn-5xx", at(1), account) == 1
    assert told_of_alarms(account) == 1
    fields = {"alarm": "churn-5xx", "error": "CloudWatch does not show it."}
    assert account.logged == [("alarm not checked", fields)]


def test_cloudwatch_is_not_asked_about_an_alarm_that_watches_nothing(account: Any) -> None:
    account.alarms = None
    assert relay_alarm_event("a-strangers", at(1), account) == 0


def test_a_young_claim_of_a_teller_that_may_still_live_is_waited_for(account: Any) -> None:
    start(account, updating("Creating", 0))
    fact = replace(deployment_started(PREPARED), fact="ALARM_TRIPPED/x")
    account.clock.time = at(1900)
    account.claims.claim(fact, at(1890))
    account.endpoints.script = [settled(GREEN, 1880)]
    with pytest.raises(ObservationUnavailable, match="not known yet"):
        conclude(account)
    account.clock.time = at(1950)
    conclude(account)
    assert [told.fact for told in account.told][-2:] == ["ALARM_TRIPPED/x", "TERMINAL"]


def test_nothing_follows_the_terminal_message_and_no_claim_is_left_behind(account: Any) -> None:
    start(account, updating("Creating", 0))
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    conclude(account)
    late = replace(deployment_started(PREPARED), fact="ALARM_TRIPPED/late")
    announce(late, account)
    assert account.told[-1].fact == "TERMINAL"
    assert account.deployments.load(PREPARED.key).unsent == ()


def test_what_others_claim_until_the_record_stands_goes_out_before_the_terminal_message(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(account, updating("Creating", 0))
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    keep = account.deployments.keep_record
    late = replace(deployment_started(PREPARED), fact="ALARM_TRIPPED/late")

    def kept(*arguments: Any) -> Any:
        account.claims.claim(late, at(1000))
        return keep(*arguments)

    monkeypatch.setattr(account.deployments, "keep_record", kept)
    conclude(account)
    assert [told.fact for told in account.told][-2:] == ["ALARM_TRIPPED/late", "TERMINAL"]


def test_a_second_conclusion_tells_and_judges_nothing_anew(account: Any) -> None:
    start(account, updating("Creating", 0))
    account.endpoints.script = [settled(GREEN, 1880)]
    account.clock.time = at(1900)
    first, told = conclude(account), len(account.told)
    account.endpoints.script = [settled(BLUE, 5000)]
    assert conclude(account) == first
    assert len(account.told) == told


def test_nothing_is_called_on_sagemaker_for_a_request_that_was_refused(account: Any) -> None:
    def forbidden(_name: str) -> Observation:
        raise AssertionError("SageMaker was asked")

    account.endpoints.look = forbidden
    state = State(WouldBeRejected=True, Findings=[], EndpointName="churn")
    record = conclude(account, state)
    assert record["Verdict"] == "REJECTED"


def test_the_policys_maximum_is_what_the_deadline_goes_by(account: Any) -> None:
    short: Deployment = replace(
        PREPARED, request=Request("churn", GREEN, replace(CANARY, maximum_seconds=600))
    )
    acquire(account)
    account.endpoints.script = [BEFORE, updating("Creating", 0)]
    start_update(short, account)
    account.clock.time = at(600 + 1800)
    assert conclude(account)["Verdict"] == "TIMED_OUT"


def test_an_endpoint_that_our_role_may_not_see_is_a_finding_and_no_error(account: Any) -> None:
    def refuse(_request: Request) -> Situation:
        raise RequestRejected("AWS denied access: not authorized")

    account.situations = SimpleNamespace(of=refuse)
    state = validate_policy(canary_request(), KEY, account)
    assert state["WouldBeRejected"] is True
    assert state["Findings"] == [
        {
            "Id": "not-permitted",
            "Severity": "ERROR",
            "Message": "AWS denied access: not authorized",
            "Fix": (
                "Check the name, the account and the Region. The stack sees only endpoints whose"
                " names begin with its parameter EndpointNamePrefix."
            ),
        }
    ]


def test_whoever_sleeps_on_an_update_that_was_never_asked_for_is_sent_to_the_end(
    account: Any,
) -> None:
    await_stage(KEY, ARN, 1, Sleeper("token", {}), account)
    ((token, answer),) = account.workflow.woken
    assert (token, answer["Settled"], answer["Observation"]) == ("token", True, {})
