"""The plan of a deployment as JSON: `bluegreen plan --json` prints it, a dry run ends with it."""

from typing import NotRequired, TypedDict

from bluegreen.contract.request import GuardrailDocument


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


class ConfigChangeDocument(TypedDict):
    """A member in which the requested endpoint config is not as the live one, besides the model."""

    Member: str
    """Its path in DescribeEndpointConfig, or after `Model.` in DescribeModel."""
    VariantName: NotRequired[str]
    """The variant whose member it is; absent where it is one of the config itself."""
    Live: NotRequired[str]
    """What it is now, at most 80 characters; absent where it is not set."""
    Requested: NotRequired[str]
    """What the requested config says, likewise."""
    Loses: bool
    """Whether the update drops or weakens something."""


class ProtectionDocument(TypedDict):
    """Whether an alarm would see a bad green fleet of a variant, and which one first."""

    VariantName: str
    """The variant."""
    Defect: str
    """`5XX`: every request is answered so at once. `LATENCY`: well, but very late."""
    Seen: str
    """`YES`, `PERHAPS` (nothing judges it), `NOT_KNOWN` or `NO`."""
    AlarmName: NotRequired[str]
    """The alarm; absent where none would."""
    Guardrail: NotRequired[str]
    """The `Key` of the guardrail of which that alarm is made."""
    EarliestAfterSeconds: NotRequired[int]
    """When it trips at the earliest, in seconds after UpdateEndpoint; only with `YES`."""
    LatestAfterSeconds: NotRequired[int]
    """The same at the latest."""


class PlannedGuardrailDocument(GuardrailDocument):
    """A guardrail as the deployment will have it, and what it would find."""

    RequestsPerMinute: NotRequired[float]
    """The requests to its variant, on the mean of the last day; absent where nobody knows."""
    PlannedPower: NotRequired[float]
    """With them, how likely it finds a green fleet with its defect, 0 to 1, in the bake in which
    that is likeliest; absent likewise. With less than 0.95 nothing follows from its silence."""


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
    ConfigChanges: list[ConfigChangeDocument]
    """What the update changes besides the model, what is lost first; absent where the live endpoint
    config is not known or there is none."""
    ConfigChangesLeftOut: int
    """How many more changes there are, where there was no room for all of them."""
    Guardrails: list[PlannedGuardrailDocument]
    """What must hold of green, in numbers, and of which alarms are made; absent where nothing is
    asked for or nothing came of it."""
    GuardrailsLeftOut: int
    """How many more there are, where there was no room for all of them."""
    Protection: list[ProtectionDocument]
    """Which alarm would see which defect of which variant; empty where nothing bakes."""
    NotChecked: list[str]
    """What nobody asked to be checked, in words."""
