"""Keep what the gates of a deployment saw, for reports that are read when CloudWatch has forgotten.

Nothing waits for it and nothing depends on it: it is tried once, after everything else is done.
"""

from bluegreen.aws.account import Account
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.gate import Fleets
from bluegreen.deployment.series import BEFORE, kept_series


def keep_series(deployment: Deployment, account: Account) -> None:
    """Read the series of a deployment that has been updated, and keep them beside its record."""
    request, requested_at = deployment.request, deployment.update_requested_at
    alarms = request.alarms
    if requested_at is None or not alarms:
        return
    fleets = Fleets(request.endpoint_name, request.endpoint_config_name, deployment.previous_config)
    start, end = (requested_at - BEFORE).replace(second=0, microsecond=0), account.clock.now()
    try:
        gates = account.gates.read(alarms, fleets, start, end)
        account.deployments.keep_series(deployment.key, kept_series(gates, start))
    except ObservationUnavailable as error:
        account.log_error("series not kept", error=str(error))
