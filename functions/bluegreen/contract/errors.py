"""The errors that bluegreen raises; the workflow catches them by the names of these classes.

BlueGreenError
├── RequestRejected          the request is wrong or was refused; never retried
├── EndpointBusy             someone else is changing the endpoint; the caller can try later
├── LockLost                 another execution has taken this deployment over; this one ends
├── AbortAlarmRings          the abort alarm of an earlier deployment still rings; try again
├── GuardrailInAlarm         a guardrail's alarm still shows an earlier green; try again
├── ObservationUnavailable   an AWS call was throttled, timed out or failed, so its answer is not
│                            known; retried
├── RecoveryIncomplete       the reconcile could not look after everything; it is called again
└── EndpointNotSettled       it is too early to conclude; look again later
"""


class BlueGreenError(Exception):
    """The base class of all errors that bluegreen raises on purpose."""


class RequestRejected(BlueGreenError):
    """The request cannot be carried out as it is; nothing was changed."""


class EndpointBusy(BlueGreenError):
    """Another update of the endpoint is running; nothing was changed."""


class LockLost(BlueGreenError):
    """Another execution has taken this deployment over: this one changes nothing more."""


class AbortAlarmRings(BlueGreenError):
    """The endpoint's abort alarm is in ALARM, or was made to ring just now; nothing was changed."""


class GuardrailInAlarm(BlueGreenError):
    """The alarm of a guardrail is in ALARM by what came before; nothing was changed."""


class ObservationUnavailable(BlueGreenError):
    """An AWS call gave no useful answer: it was throttled, timed out, or failed with a 5XX."""


class EndpointNotSettled(BlueGreenError):
    """The endpoint is still being updated, and its deadline has not passed."""


class RecoveryIncomplete(BlueGreenError):
    """Something that is open could not be looked after; operators have to know of it."""
