"""The request as JSON: what an execution is started with, and what a group's policy says of it.

Nothing of it is believed before `request.check` has passed it. README.md says what each member
does; `docs/request.schema.json` is the same for editors and other programs.
"""

from typing import NotRequired, TypedDict

from bluegreen.contract.aws_shapes import DeploymentConfigShape


class AskedGuardrailDocument(TypedDict):
    """One guardrail of a list of one's own."""

    Metric: str
    """`Invocation5XXErrors`, `Invocation4XXErrors` or `ModelLatency`."""
    MaxRate: NotRequired[float]
    """Of errors: the greatest part of green's requests that may end so, 0.0001 to 0.99."""
    Percentile: NotRequired[float]
    """Of latency: which percentile, 90 unless it is given."""
    MaxMilliseconds: NotRequired[float]
    """Of latency: what the percentile may be at most."""
    MaxRatioToBlue: NotRequired[float]
    """Likewise, as so many times blue's."""


class GuardrailDocument(TypedDict):
    """A guardrail as it came out for one variant: what must hold in numbers, and its alarm."""

    AlarmName: str
    """The alarm that is made of it."""
    VariantName: str
    """The variant of the green fleet that it is about."""
    Metric: str
    """As in AskedGuardrailDocument."""
    Key: str
    """What tells it from others of the variant: `5xx`, `4xx`, `latency-p90`."""
    Limit: float
    """The greatest part of green's requests that may be bad, 0 to 1; the alarm's threshold."""
    Defect: float
    """The part of bad requests with which green must be found."""
    PeriodSeconds: int
    """Over how many seconds its alarm counts."""
    Periods: int
    """In how many such periods in a row the limit must be passed."""
    ExpectedRate: NotRequired[float]
    """Of errors: the part of blue's requests that may end so by chance or in bursts."""
    BlueRate: NotRequired[float]
    """Of errors: the part of blue's requests that surely end so."""
    ByEndpointConfig: NotRequired[bool]
    """Of errors: whether they are counted of green alone, and not of both fleets."""
    Percentile: NotRequired[float]
    """Of latency: the percentile."""
    LimitMilliseconds: NotRequired[float]
    """Of latency: a request that is slower is bad."""
    BlueMilliseconds: NotRequired[float]
    """Of latency: blue's own percentile; absent where it is not known."""


class GroupPolicyDocument(TypedDict, total=False):
    """The deployment policy of a model package group: a request but for what is to be served."""

    EndpointName: str
    """The endpoint that is to be updated."""
    VariantName: str
    """With a model package: the variant whose model it replaces."""
    OnRollback: str
    """With a model package: what the model registry is told when it is rolled back."""
    OnRejection: str
    """With a model package: what becomes of its deployment when a person rejects it meanwhile."""
    KeepModelLifeCycle: bool
    """With a model package: true to leave its ModelLifeCycle to the team that sets it."""
    DeploymentConfig: DeploymentConfigShape
    """How traffic moves, and which alarms watch: a shape of SageMaker's own."""
    DeploymentConfigName: str
    """A policy by its name, in place of one in DeploymentConfig."""
    RetainDeploymentConfig: bool
    """True for the policy of the endpoint's last update, in place of one in DeploymentConfig."""
    Guardrails: str | list[AskedGuardrailDocument]
    """What must hold of green, of which alarms are made: `Default`, `Strict`, `None`, or a list."""
    NotEnoughData: str
    """With Guardrails: what to do where they had too little data: `PASS`, `WARN` or `ABORT`."""
    RetainAllVariantProperties: bool
    """Whether variants keep the counts and weights that they have now."""
    ExcludeRetainedVariantProperties: list[dict[str, str]]
    """What they do not keep: a list of `{"VariantPropertyType": ...}`, SageMaker's own."""
    OnBusy: str
    """What to do while another deployment runs on the endpoint."""
    QueueTimeoutSeconds: int
    """With OnBusy QUEUE: after how many seconds of waiting it ends REJECTED."""
    RequestedBy: str
    """Who asks; claimed, and believed by nobody."""
    Reason: str
    """Why; claimed likewise."""
    AllowFindings: list[str]
    """The ids of findings of severity ERROR that the requester accepts."""
    DryRun: bool
    """True to have the request checked, and nothing deployed."""


class RequestDocument(GroupPolicyDocument, total=False):
    """A request; one that is normalised has every default filled in, and nothing empty."""

    GuardrailAlarms: list[GuardrailDocument]
    """What Guardrails came to; only in a request that is normalised."""
    EndpointConfigName: str
    """The endpoint config that is to be served."""
    ModelPackageArn: str
    """In its place, the model package of which one is made."""
    AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: str
    """The execution of another workflow that started this one; claimed."""
    ApprovedAt: str
    """With a model package: when it was approved, ISO 8601; its place in the queue goes by it."""
