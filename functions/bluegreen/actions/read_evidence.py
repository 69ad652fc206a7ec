"""Read what CloudWatch knows of a deployment at its end: its alarms once, its metrics once.

Where that cannot be read, the verdict stands all the same.
"""

from datetime import datetime

from bluegreen.aws.account import Account
from bluegreen.aws.evidence import DescribedAlarms
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.series import KeptSeries
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.evidence import Evidence, GreenFleet, as_far_as_known, bakes_of
from bluegreen.deployment.gate import Fleets, Gate, Span
from bluegreen.deployment.series import kept_series, series_start
from bluegreen.deployment.tripped_alarms import (
    AlarmChange,
    Reading,
    Tripped,
    WatchedPeriod,
    tripping,
)
from bluegreen.sagemaker.observation import Observation


def look_at_alarms(
    deployment: Deployment, account: Account, *, served: bool
) -> DescribedAlarms | None:
    """All alarms that could roll it back, as they are now; None where that cannot be read.

    ObservationUnavailable where CloudWatch does not answer now and the update is not `served`: the
    verdict needs the alarms' history, and to ask for that too would outlast the function.
    """
    try:
        return account.evidence.look([*deployment.request.alarms, *_own(deployment)])
    except (ObservationUnavailable, RequestRejected) as error:
        if isinstance(error, ObservationUnavailable) and not served:
            raise
        account.log_error("alarms not read", error=str(error))
        return None


def tripped_in(
    watch: WatchedPeriod, deployment: Deployment, seen: DescribedAlarms | None, account: Account
) -> Tripped:
    """Which alarms tripped; one whose history may not be read is not known, and said as such."""
    ours = _own(deployment)
    readings, unread = dict[str, Reading](), ""
    for alarm in [*deployment.request.alarms, *ours]:
        try:
            change = tripping(_history(alarm, watch.start, seen, account), watch)
        except RequestRejected as refusal:
            unread = str(refusal)
        else:
            readings |= {alarm: change.reading} if change else {}
    alarms = tuple(alarm for alarm in readings if alarm not in ours)
    return Tripped(alarms, len(alarms) < len(readings), unread, readings)


def evidence_on(
    deployment: Deployment,
    observation: Observation,
    seen: DescribedAlarms | None,
    account: Account,
) -> Evidence:
    """What the verdict rests on, and the gates whose series are kept, if there are any."""
    if seen is None:
        return Evidence()
    request, now = deployment.request, account.clock.now()
    bakes = bakes_of(deployment, observation, now)
    variants = () if observation.asynchronous else tuple(v.name for v in observation.variants)
    name, config = request.endpoint_name, request.endpoint_config_name
    green = GreenFleet(name, config, variants, request.guardrails)
    evidence = account.evidence.read(request.alarms, green, bakes, _span(deployment, now), seen)
    if evidence.unread:
        account.log_error("datapoints not read", error=evidence.unread)
    if evidence.gates_unread:
        account.log_error("series not kept", error=evidence.gates_unread)
    return as_far_as_known(evidence, bakes, now)


def series_of(deployment: Deployment, gates: tuple[Gate, ...] | None) -> KeptSeries | None:
    """What the gates saw, for reports that are read when CloudWatch has forgotten it."""
    start = series_start(deployment)
    return None if gates is None or start is None else kept_series(gates, start)


def _own(deployment: Deployment) -> list[str]:
    """Its abort alarm, if that may have tripped."""
    return [deployment.abort_alarm] if deployment.abort and deployment.abort_alarm else []


def _history(
    alarm: str, since: datetime, seen: DescribedAlarms | None, account: Account
) -> list[AlarmChange]:
    """An alarm's changes down to the last one before `since`, which may be its last one of all."""
    last = seen.state_since(alarm, since) if seen is not None else None
    return [last] if last is not None else account.alarms.history(alarm, since)


def _span(deployment: Deployment, now: datetime) -> Span | None:
    """Of which time its series are kept, if it has any."""
    request, start = deployment.request, series_start(deployment)
    if start is None or not request.alarms:
        return None
    fleets = Fleets(request.endpoint_name, request.endpoint_config_name, deployment.previous_config)
    return Span(fleets, start, now)
