"""The calls at which the search lets something go wrong: those that functions make.

Most stand in the list of every call of every scene, from which they are read, so that none is drawn
which no function makes any more. The others come only after something else has gone wrong.
"""

from typing import Final

from everycall.calls import read

type Drawn = tuple[str, str, str]
"""A function, a service and an operation."""

UNPLAYED: Final = {"approval", "forget", "reported", "retained"}
"""The scenes that have what no history has: model packages, stored reports, retained policies."""

STATES: Final = (
    "ValidatePolicy",
    "AcquireEndpointLock",
    "AwaitTurn",
    "StartUpdate",
    "AwaitStage",
    "ConcludeDeployment",
)

ACTING: Final = (
    *STATES,
    "RelayEndpointEvent",
    "RelayAlarmEvent",
    "RelayExecutionEvent",
    "Reconcile",
    "AbortDeployment",
)

LISTED: Final = frozenset(
    (call.function, call.service, call.operation)
    for scene, call in read()
    if scene not in UNPLAYED and call.function in ACTING
)

IN_TROUBLE: Final[frozenset[Drawn]] = frozenset(
    {
        ("AcquireEndpointLock", "dynamodb", "GetItem"),
        ("StartUpdate", "dynamodb", "Query"),
        ("RelayEndpointEvent", "cloudwatch", "PutMetricData"),
    }
)
"""What functions call only after something else has gone wrong; a long search has to meet each."""

CALLS: Final[list[Drawn]] = sorted(LISTED | IN_TROUBLE)

OF_STATES: Final = [call for call in CALLS if call[0] in STATES]
"""The calls of the functions that executions invoke."""

TELLING: Final = sorted({function for function, service, _ in CALLS if service == "sns"})
"""The functions that send notifications."""

_STARTING: Final = [
    (call.operation, call.nth)
    for scene, call in read()
    if (scene, call.function) == ("canary", "StartUpdate")
]

BEFORE_AN_UPDATE: Final = _STARTING[: _STARTING.index(("UpdateEndpoint", 1)) + 1]
"""The calls that StartUpdate makes up to its update, and which time it makes them."""
