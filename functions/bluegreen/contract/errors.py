"""Every error of ours; it imports nothing, and an error's class name is its name in the workflow.

BlueGreenError
├── RequestRejected          the caller's request is wrong or was refused; never retried
├── EndpointBusy             something else has the endpoint; the caller may come back later
├── ObservationUnavailable   an AWS call was throttled, timed out or failed; what it would have
│                            shown is not known; retried
└── EndpointNotSettled       too early to conclude; look again later
"""


class BlueGreenError(Exception):
    """The root: what bluegreen raises on purpose."""


class RequestRejected(BlueGreenError):
    """The request cannot be carried out as it stands; nothing was changed."""


class EndpointBusy(BlueGreenError):
    """Another update of the endpoint runs; nothing was changed."""


class ObservationUnavailable(BlueGreenError):
    """An AWS call gave no answer that means anything: throttled, timed out, 5XX."""


class EndpointNotSettled(BlueGreenError):
    """The endpoint is still being updated, and its deadline has not passed."""
