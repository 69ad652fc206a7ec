"""StartUpdate: create the clone, call UpdateEndpoint once, and return when the update has begun.

If the endpoint does not exist yet, CreateEndpoint is called instead.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NoReturn

from bluegreen.actions.follow import follow
from bluegreen.actions.make_clone import make_clone
from bluegreen.aws.account import Account
from bluegreen.contract.errors import (
    AbortAlarmRings,
    EndpointBusy,
    GuardrailInAlarm,
    LockLost,
    ObservationUnavailable,
    RequestRejected,
)
from bluegreen.contract.state import FunctionInput, LookAnswer
from bluegreen.deployment.abort import SILENT, still_rings
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.live_config import no_live_config, same_config
from bluegreen.deployment.next_look import Answer
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account
from bluegreen.sagemaker.deployment_config import MOST_ALARMS
from bluegreen.sagemaker.observation import GONE, Observation, busy_in_words
from bluegreen.states.state_input import deployment_in

LONGEST_BEFORE_THE_CALL: Final = timedelta(seconds=20)
"""From the look at the lock to the call of UpdateEndpoint."""

BEFORE_IT_BEGAN: Final = "The deployment was aborted before UpdateEndpoint was called."
LONGEST_LOOK_FOR_PROOF: Final = timedelta(seconds=60)
SECONDS_BETWEEN_LOOKS: Final = 5

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: FunctionInput, _context: object) -> LookAnswer:
    """Call UpdateEndpoint, once."""
    with about(event["DeploymentId"]):
        answer = start_update(deployment_in(event), account()).to_json()
        logger.info("update started", observation=answer["Observation"])
        return answer


def start_update(prepared: Deployment, account: Account) -> Answer:
    """Start the update of a deployment that holds the lock; the answer once it has begun.

    Safe to run again after a crash at any point: an update to our config is ours, and an update
    that SageMaker accepted is not requested again. RequestRejected and EndpointBusy mean that the
    endpoint was not changed.
    """
    observation = account.endpoints.look(prepared.key.endpoint_name)
    deployment = account.deployments.find_row(prepared.key)
    requested_before = deployment is not None and deployment.update_requested_at is not None
    if deployment is None or not requested_before:
        deployment = _prepare(_unless_aborted(prepared, deployment), observation, account)
    else:
        deployment = account.deployments.recall(deployment)
    mine = replace(deployment, fence=prepared.fence, execution_arn=prepared.execution_arn)
    if not (mine.update_accepted or mine.has_begun(observation)):
        _require_the_lock(mine, _looked_at_lock(deployment, prepared), account)
        mine = _update(mine, account, requested_before=requested_before)
    return follow(mine, _look_for_proof(mine, account), account)


def _unless_aborted(prepared: Deployment, kept: Deployment | None) -> Deployment:
    """RequestRejected where somebody asked to abort it before it began."""
    if kept is not None and kept.abort:
        raise RequestRejected(BEFORE_IT_BEGAN)
    return prepared


def _prepare(prepared: Deployment, observation: Observation, account: Account) -> Deployment:
    _refuse_what_changed(prepared, observation)
    if observation.status != GONE:
        prepared = _with_abort_alarm(prepared, account)
        _make_guardrail_alarms(prepared, account)
    if prepared.request.model_package_arn:
        account.deployments.watch_package(prepared)  # before its approval is looked at
        make_clone(prepared, account)
    before = prepared.as_it_stands(observation)
    return account.deployments.request_update(before, account.clock.now())


def _with_abort_alarm(prepared: Deployment, account: Account) -> Deployment:
    """Make the endpoint's abort alarm, unless the stack wants none or there is no room for it.

    AbortAlarmRings while it rings: it would roll this update back.
    """
    name, alarms = prepared.key.endpoint_name, prepared.request.alarms
    if not account.settings.makes_abort_alarms or len(alarms) >= MOST_ALARMS:
        return prepared
    account.abort_alarms.make(name)
    account.abort_alarms.publish(name, SILENT)
    if account.abort_alarms.rings(name):
        raise AbortAlarmRings(still_rings(name, "is in ALARM"))
    return replace(prepared, abort_alarm=account.abort_alarms.name_of(name))


def _make_guardrail_alarms(prepared: Deployment, account: Account) -> None:
    """Make the alarms of the request's guardrails, if it has any.

    GuardrailInAlarm while one of them is in ALARM, for an alarm keeps its state when it is written
    over: it would roll this update back for what an earlier one did.
    """
    request = prepared.request
    if not request.guardrails:
        return
    account.guardrail_alarms.make(request)
    ringing = account.guardrail_alarms.in_alarm(request)
    if ringing:
        raise GuardrailInAlarm(_of_guardrails(request.endpoint_name, ringing))


def _of_guardrails(endpoint_name: str, alarms: list[str]) -> str:
    others = f" (and {len(alarms) - 1} more)" if len(alarms) > 1 else ""
    return (
        f"The alarm {alarms[0]}{others} of a guardrail of endpoint {endpoint_name} is still in"
        " ALARM, by requests before this deployment. It could roll this one back for them. Try"
        " again later."
    )


def _refuse_what_changed(prepared: Deployment, observation: Observation) -> None:
    name, config = prepared.key.endpoint_name, prepared.request.endpoint_config_name
    if observation.status == GONE:
        _refuse_to_create(prepared)
        return
    if not observation.settled:
        raise EndpointBusy(busy_in_words(name, observation.status))
    if observation.live_config == config:
        same = same_config(observation)
        raise RequestRejected(f"{same.message} {same.fix}")
    if not observation.live_config:
        raise RequestRejected(no_live_config(name).message)


def _refuse_to_create(prepared: Deployment) -> None:
    """Raise unless the requester accepted that the endpoint is created."""
    if not prepared.may_create:
        raise RequestRejected(f"Endpoint {prepared.request.endpoint_name} no longer exists.")


def _update(deployment: Deployment, account: Account, *, requested_before: bool) -> Deployment:
    try:
        if deployment.creates:
            account.endpoints.create(deployment.request)
        else:
            account.endpoints.update(deployment.request, deployment.abort_alarm)
    except RequestRejected as refusal:
        observation = _look_after_refusal(deployment, account, requested_before=requested_before)
        if not deployment.is_visible(observation):
            account.deployments.withdraw_update(deployment, str(refusal))
            _refuse(deployment.key.endpoint_name, observation, refusal)
    return account.deployments.accept_update(deployment)


def _looked_at_lock(noted: Deployment, prepared: Deployment) -> datetime | None:
    """When the table last checked that this execution holds the lock: as it noted its request."""
    same = (noted.execution_arn, noted.fence) == (prepared.execution_arn, prepared.fence)
    return noted.update_requested_at if same else None


def _require_the_lock(deployment: Deployment, looked_at: datetime | None, account: Account) -> None:
    """LockLost unless this execution still holds the lock, right before it calls SageMaker.

    A function outlives its stopped execution, and SageMaker's call knows no fence. The adopter
    waits until such a function must have ended; so the call may not come long after the last look
    at the lock.
    """
    now = account.clock.now()
    if looked_at is not None and now <= looked_at + LONGEST_BEFORE_THE_CALL:
        return
    lock = account.locks.find(deployment.key.endpoint_name)
    mine = lock.belongs_to(deployment.key, deployment.execution_arn)
    if not mine or lock.fence != deployment.fence:
        raise LockLost(f"The lock has fence {lock.fence}, this execution {deployment.fence}.")
    if account.clock.now() > now + LONGEST_BEFORE_THE_CALL:
        raise ObservationUnavailable("It took too long to read who has the lock.")


def _look_after_refusal(
    deployment: Deployment, account: Account, *, requested_before: bool
) -> Observation:
    """What the endpoint shows after a refusal; an earlier call of ours may show a little later."""
    observation = account.endpoints.look(deployment.key.endpoint_name)
    foreign = deployment.is_anothers(observation)
    if foreign or (observation.settled and not requested_before):
        return observation
    return _look_for_proof(deployment, account)


def _refuse(name: str, observation: Observation, refusal: RequestRejected) -> NoReturn:
    if observation.settled:
        raise refusal
    raise EndpointBusy(f"{busy_in_words(name, observation.status)} {refusal}") from refusal


def _look_for_proof(deployment: Deployment, account: Account) -> Observation:
    latest = account.clock.now() + LONGEST_LOOK_FOR_PROOF
    observation = account.endpoints.look(deployment.key.endpoint_name)
    while not deployment.has_begun(observation) and account.clock.now() < latest:
        account.clock.sleep(SECONDS_BETWEEN_LOOKS)
        observation = account.endpoints.look(deployment.key.endpoint_name)
    return observation
