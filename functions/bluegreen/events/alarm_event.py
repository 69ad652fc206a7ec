"""An alarm went into ALARM: announce it for each deployment that it watches, and look again."""

from datetime import datetime
from functools import cache

from bluegreen.actions.announce import announce
from bluegreen.actions.follow import look_and_wake, updating
from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.times import from_text
from bluegreen.deployment.notifications import alarm_tripped
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> None:
    """Announce the alarm for the deployments that it watches."""
    detail = event["detail"]
    alarm, at = detail["alarmName"], from_text(detail["state"]["timestamp"])
    concerned = relay_alarm_event(alarm, at, account())
    logger.info("alarm event handled", alarm=alarm, deployments=concerned)


def relay_alarm_event(alarm: str, at: datetime, account: Account) -> int:
    """Announce, for each deployment that an alarm watches, that it went into ALARM at that time.

    Returns the number of those deployments. An event from before a deployment's update is not
    about that deployment. People are not told of what the alarm itself does not show.
    """
    watched = [updating(key, account) for key in account.deployments.watched_by(alarm)]
    concerned = [d for d in watched if d and d.update_requested_at and at >= d.update_requested_at]
    reading = _reading(alarm, at, account) if concerned else None
    for deployment in concerned:
        with about(deployment.key.deployment_id):
            if reading is not None:
                announce(alarm_tripped(deployment, alarm, reading), account)
            look_and_wake(deployment, deployment.sleeper, account)
            logger.info("alarm compared", alarm=alarm, tripped=reading is not None)
    return len(concerned)


def _reading(alarm: str, at: datetime, account: Account) -> Reading | None:
    """What the alarm saw when it was in ALARM, then or later; None if it was not.

    What cannot be checked is believed, without a reading.
    """
    try:
        shown = account.alarms.shown(alarm, at)
    except (ObservationUnavailable, RequestRejected) as error:
        account.log_error("alarm not checked", alarm=alarm, error=str(error))
        return Reading()
    if not shown:
        account.log_error("alarm not checked", alarm=alarm, error="CloudWatch does not show it.")
        return Reading()
    return next((change.reading for change in shown if change.state == "ALARM"), None)
