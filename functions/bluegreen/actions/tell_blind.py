"""Tell of guardrails whose alarms still judge nothing when the first bake is far, once of each."""

from datetime import timedelta
from typing import Final

from bluegreen.actions.announce import announce
from bluegreen.aws.account import Account
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.evidence import GreenFleet
from bluegreen.deployment.notifications import guardrail_blind
from bluegreen.sagemaker.observation import Stage

UNTIL_AN_ALARM_JUDGES: Final = timedelta(minutes=5)
"""An alarm judges anew every minute; a younger one may not have done so yet."""


def tell_blind(deployment: Deployment, account: Account) -> None:
    """Look at the alarms of guardrails in a look that comes anyway, so with no state and no sleep.

    That is in the next bake, or late in the first one, where too little data aborts. What cannot
    be read is in the log only: the end of the deployment says it.
    """
    if not _bakes_long(deployment, account):
        return
    request = deployment.request
    alarms = [guardrail.alarm for guardrail in request.guardrails]
    fleet = GreenFleet(request.endpoint_name, request.endpoint_config_name)
    try:
        watches = account.evidence.read(alarms, fleet, None).watches or ()
    except ObservationUnavailable as error:
        account.log_error("guardrails not looked at", error=str(error))
        return
    for watch in watches:
        if watch.state == "INSUFFICIENT_DATA":
            announce(guardrail_blind(deployment, watch.alarm), account)


def _bakes_long(deployment: Deployment, account: Account) -> bool:
    """Whether it bakes, and its first bake began some minutes ago."""
    seen = [stage.seen for stage in deployment.stages]
    if not seen or seen[-1].stage is not Stage.BAKING:
        return False
    first = next(stage.started_at for stage in seen if stage.stage is Stage.BAKING)
    return account.clock.now() >= first + UNTIL_AN_ALARM_JUDGES
