"""What an execution ends with: the deployment record, kept in the table too, or a check."""

from enum import StrEnum
from typing import NotRequired, TypedDict

from bluegreen.contract.plan import PlanDocument
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import FindingDocument


class Verdict(StrEnum):
    """How a deployment ended."""

    SUCCEEDED = "SUCCEEDED"
    ROLLED_BACK = "ROLLED_BACK"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    SUPERSEDED = "SUPERSEDED"
    TIMED_OUT = "TIMED_OUT"


class Trigger(StrEnum):
    """What caused the end of a deployment, if there is something to say."""

    ABORT = "ABORT"
    ALARM = "ALARM"
    EXECUTION_TIMEOUT = "EXECUTION_TIMEOUT"
    PROVISIONING = "PROVISIONING"
    FOREIGN_UPDATE = "FOREIGN_UPDATE"
    UNKNOWN = "UNKNOWN"


class StageRecord(TypedDict):
    """One stage of a deployment, as it was seen."""

    Stage: str
    """`PROVISIONING`, `SHIFTING`, `BAKING`, `TERMINATING` or `ROLLING_BACK`."""
    TrafficPercent: int
    """The green fleet's share of the traffic; for `SHIFTING`, the share after the shift."""
    StartedAt: str
    """When it began, ISO 8601 in UTC: SageMaker's own time where it gives one."""
    EndedAt: str
    """When the next stage began; of the last one, when the endpoint settled."""


class WatchedAlarm(TypedDict):
    """An alarm of a deployment as it was at the end."""

    AlarmName: str
    """The alarm."""
    Present: bool
    """Whether it was there to the end; one that was deleted has watched nothing since."""
    State: NotRequired[str]
    """Its state at the end; absent if it was not there."""
    Datapoints: NotRequired[int]
    """How many it saw in the bakes; absent where they cannot be counted: of an expression, of a
    composite alarm, of another account's metric."""
    VariantName: NotRequired[str]
    """The variant of the endpoint that it watches; absent if it is about none alone."""


class GuardrailTerms(TypedDict):
    """What a guardrail demands; a GuardrailDocument is one too."""

    AlarmName: str
    """The alarm that is made of it."""
    VariantName: str
    """The variant of the green fleet that it is about."""
    Metric: str
    """`Invocation5XXErrors`, `Invocation4XXErrors` or `ModelLatency`."""
    Limit: float
    """The greatest part of green's requests that may be bad, 0 to 1."""
    Defect: float
    """The part of bad requests with which green must be found."""
    ExpectedRate: NotRequired[float]
    """Of errors: the part of blue's requests that may end so by chance or in bursts."""
    LimitMilliseconds: NotRequired[float]
    """Of latency: a request that is slower is bad."""


class GuardrailRecord(GuardrailTerms):
    """What became of a guardrail, and what that rests on."""

    Outcome: str
    """`TRIPPED`, `HEALTHY` or `NOT_ENOUGH_DATA`."""
    Requests: NotRequired[int]
    """How many requests green's variant got in the bake that says most; absent if not known."""
    Rate: NotRequired[float]
    """The part of green's requests that were bad in the bakes; absent if not known."""
    Power: NotRequired[float]
    """How likely the defect would have been found in the bake that says most, 0 to 1; absent if
    not known. It is HEALTHY from 0.95 on."""


class DeploymentRecord(TypedDict):
    """How a deployment ended. A member without a value is absent; lists are always there."""

    SchemaVersion: int
    """The version of this record."""
    DeploymentId: str
    """The name of the deployment's execution."""
    ExecutionArn: str
    """The execution that concluded it."""
    Verdict: str
    """How it ended: `SUCCEEDED`, `ROLLED_BACK`, `REJECTED`, `FAILED`, `ROLLBACK_FAILED`,
    `SUPERSEDED` or `TIMED_OUT`."""
    Trigger: NotRequired[str]
    """What caused this end, if there is something to say: `ABORT`, `ALARM`, `EXECUTION_TIMEOUT`,
    `PROVISIONING`, `FOREIGN_UPDATE` or `UNKNOWN`."""
    Reason: str
    """Why this verdict, in words."""
    EndpointName: NotRequired[str]
    """The endpoint; absent if the request had no readable name."""
    PreviousEndpointConfigName: NotRequired[str]
    """The endpoint config that was served before; absent if UpdateEndpoint was never called."""
    RequestedEndpointConfigName: NotRequired[str]
    """The endpoint config that should be served."""
    LiveEndpointConfigName: NotRequired[str]
    """The endpoint config that DescribeEndpoint shows as served at the end; absent if that is a
    mixture of two, or not known."""
    TrippedAlarms: list[str]
    """The alarms of the deployment that went into ALARM while they watched it."""
    Watched: NotRequired[list[WatchedAlarm]]
    """The alarms of the deployment at its end; absent if they could not be read."""
    GreenRequests: NotRequired[dict[str, int]]
    """How many requests each variant of the green fleet got in the bakes; absent if not known."""
    Guardrails: NotRequired[list[GuardrailRecord]]
    """What became of each guardrail; absent without guardrails, or before the update."""
    ModelApprovalStatus: NotRequired[str]
    """The approval of the model package at the end, where it is not Approved any more."""
    ModelRegistry: NotRequired[str]
    """How the model registry was updated, in words, if it was."""
    Findings: list[FindingDocument]
    """The findings of the check, the worst first, at most 50."""
    Stages: list[StageRecord]
    """The stages that were seen, in order."""
    StartedAt: str
    """When the execution started, ISO 8601 in UTC."""
    EndedAt: str
    """When the deployment was concluded, ISO 8601 in UTC."""
    Request: NotRequired[RequestDocument]
    """The normalised request, without what its guardrails came to, so that it can be requested
    again; absent if it was malformed, or too long for a Cause."""


class EndedDocument(TypedDict):
    """A deployment that has ended, in a few words. A member without a value is absent."""

    DeploymentId: str
    """The name of the deployment's execution."""
    EndpointName: NotRequired[str]
    """The endpoint; absent if the request had no readable name."""
    StartedAt: str
    """When the execution started, ISO 8601 in UTC."""
    EndedAt: str
    """When the deployment was concluded, ISO 8601 in UTC."""
    Verdict: str
    """How it ended, as in its record."""
    Trigger: NotRequired[str]
    """What caused this end, as in its record."""
    Reason: str
    """Why this verdict, in words, at most 500 characters."""
    RequestedBy: NotRequired[str]
    """Who asked for it, as claimed."""
    RequestReason: NotRequired[str]
    """Why it was asked for, as claimed."""
    StartedBy: NotRequired[str]
    """The execution of another workflow that started it, as claimed."""


class DryRunResult(TypedDict):
    """What the execution of a dry run ends with; the table keeps nothing of it."""

    DryRun: bool
    """True."""
    WouldBeRejected: bool
    """Whether a deployment of the request would end REJECTED."""
    Findings: list[FindingDocument]
    """The findings of the check, the worst first, at most 50."""
    Plan: PlanDocument
    """The plan; empty where there can be none."""
