"""ForgetEndpoint: remove what is kept for an endpoint: records, lock, alarms of ours.

Refused while a deployment runs or waits. Models and endpoint configs that were made for the
endpoint stay, and so do the notes of them, by which the clean-up finds them.
"""

from functools import cache

from bluegreen.aws.account import Account
from bluegreen.commands.command_input import endpoint_name_in
from bluegreen.contract.command import CommandAnswer, ForgetCommand
from bluegreen.observability import logger
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: ForgetCommand, _context: object) -> CommandAnswer:
    """Forget the endpoint."""
    name = endpoint_name_in(event)
    answer = forget_endpoint(name, account())
    logger.info("endpoint forgotten", endpoint=name, done=answer["Done"])
    return answer


def forget_endpoint(endpoint_name: str, account: Account) -> CommandAnswer:
    """Remove the lock if it is free, our alarms, and what has concluded; safe to run again."""
    waits = account.queue.waiting(endpoint_name)
    if waits or not account.locks.forget(endpoint_name):
        runs = f"A deployment runs on endpoint {endpoint_name} or waits for it."
        return {"Done": False, "Message": f"{runs} Nothing was removed; try again when it ends."}
    account.abort_alarms.remove(endpoint_name)
    alarms = account.guardrail_alarms.remove(endpoint_name)
    removed, kept = account.deployments.forget(endpoint_name)
    return {"Done": True, "Message": _in_words(endpoint_name, alarms, removed, kept)}


def _in_words(endpoint_name: str, alarms: int, removed: int, kept: int) -> str:
    of_guardrails = f", {_counted(alarms, 'alarm')} of guardrails" if alarms else ""
    done = (
        f"Removed what was kept for endpoint {endpoint_name}: its lock, its abort alarm"
        f"{of_guardrails} and {_counted(removed, 'record')} of deployments."
    )
    unsent = f" Kept, because a notification is still to be sent: {kept}."
    return done + unsent if kept else done


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
