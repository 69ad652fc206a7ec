"""AbortDeployment: have the running deployment of an endpoint rolled back.

Harmless when none runs, and when it is asked for again. Who may do it is who may invoke this
function.
"""

from functools import cache

from bluegreen.actions.abort import ask_to_abort, let_it_look
from bluegreen.actions.follow import look_and_wake
from bluegreen.aws.account import Account
from bluegreen.commands.command_input import endpoint_name_in
from bluegreen.contract.command import AbortCommand, CommandAnswer
from bluegreen.contract.text import plain
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.notifications import abort_in_words
from bluegreen.observability import logger
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: AbortCommand, _context: object) -> CommandAnswer:
    """Abort what runs on the endpoint."""
    name = endpoint_name_in(event)
    reason = plain(str(event.get("Reason", "")), 512)
    by = plain(str(event.get("RequestedBy", "")), 128)
    answer = abort_deployment(name, by, reason, account())
    id_ = answer.get("DeploymentId")
    logger.info("abort asked for", endpoint=name, done=answer["Done"], deployment_id=id_)
    return answer


def abort_deployment(endpoint_name: str, by: str, reason: str, account: Account) -> CommandAnswer:
    """Note the abort, and ring the alarm at once if a bake runs."""
    owner = account.locks.find(endpoint_name).unconcluded_owner
    abort = Abort(account.clock.now(), AbortCause.COMMAND, by, reason)
    first, deployment = ask_to_abort(owner.key, abort, account) if owner else (False, None)
    if deployment is None or deployment.concluded:
        nothing = f"No deployment runs on endpoint {endpoint_name}, so nothing was aborted."
        return {"Done": False, "Message": nothing}
    if deployment.update_requested_at is not None:
        deployment = account.deployments.recall(deployment)
        look_and_wake(deployment, deployment.sleeper, account)
        let_it_look(deployment, account)
    return {
        "Done": deployment.update_requested_at is None or deployment.can_be_aborted,
        "Message": _in_words(deployment, first=first),
        "DeploymentId": deployment.key.deployment_id,
    }


def _in_words(deployment: Deployment, *, first: bool) -> str:
    name, id_ = deployment.key.endpoint_name, deployment.key.deployment_id
    asked = "is to be aborted" if first else "was asked to be aborted before"
    return f"Deployment {id_} of endpoint {name} {asked}. {abort_in_words(deployment)}"
