"""The plan of a deployment as JSON: `bluegreen plan --json` prints it, a dry run ends with it."""

from typing import TypedDict


class PlannedStageDocument(TypedDict):
    """One stage of a deployment that succeeds, as it is predicted."""

    Stage: str
    """`PROVISIONING`, `SHIFTING`, `BAKING` or `TERMINATING`."""
    TrafficPercent: int
    """Green's share of the traffic; of `SHIFTING`, after the shift."""
    StartsAfterSeconds: int
    """When it begins, in seconds after UpdateEndpoint."""
    Seconds: int
    """How long it lasts."""
    BlueInstances: int
    """The instances of the blue fleet that are billed during the stage, over all variants."""
    GreenInstances: int
    """Those of the green fleet."""


class PlanDocument(TypedDict, total=False):
    """A plan; empty where there can be none, because the endpoint or its config is missing."""

    Mode: str
    """`ALL_AT_ONCE`, `CANARY`, `LINEAR`, `ROLLING`, or `CREATION` of an endpoint."""
    Stages: list[PlannedStageDocument]
    """The stages in order."""
    StagesLeftOut: int
    """How many more stages there are, where a dry run had no room for all of them."""
    PredictedSeconds: int
    """How long the deployment takes, if instances are made as fast as is assumed."""
    LeastSeconds: int
    """The same, if they are made as fast as AWS is known to make them."""
    MostSeconds: int
    """The same, if they are made as slowly."""
    MaximumExecutionTimeoutInSeconds: int
    """After how long SageMaker itself rolls back; absent where an endpoint is created."""
    NotChecked: list[str]
    """What nobody asked to be checked, in words."""
