"""The state document of the workflow: what each function gets, and what it returns.

Every function gets the whole document, and what it returns is merged into it
(`statemachine/deployment.asl.yaml`). Executions that wait during an upgrade go on with the new
functions, so members are added, never renamed. `docs/deployment-step-by-step.md` shows one.
"""

from typing import Final, NotRequired, TypedDict

from bluegreen.contract.plan import PlanDocument
from bluegreen.contract.request import RequestDocument

SCHEMA_VERSION: Final = 1
"""The version of the state document and of the record; it rises when a member changes meaning."""

WORKFLOW_VERSION: Final = 2
"""The version of the workflow, which it gives to every function; release 0.1 gave none.

Since 2, ConcludeDeployment may answer that it is too early, and LockLost ends an execution.
"""


class FindingDocument(TypedDict):
    """One finding of the check."""

    Id: str
    """Its stable id; `docs/findings.md` has a section for each."""
    Severity: str
    """An `ERROR` rejects the request, a `WARNING` should be looked at first, an `INFO` informs."""
    Message: NotRequired[str]
    """What was found, with its numbers; at most 500 characters. Dropped where room is short."""
    Fix: NotRequired[str]
    """What to do; at most 500 characters. Dropped first where room is short."""


class ObservedStage(TypedDict, total=False):
    """What AwaitStage went to sleep on; empty before the first stage was seen."""

    Stage: str
    """`PROVISIONING`, `SHIFTING`, `BAKING`, `TERMINATING` or `ROLLING_BACK`."""
    StartedAt: str
    """When it began, ISO 8601 in UTC."""


class Problem(TypedDict, total=False):
    """The error of a state that failed, as Step Functions gives it to a Catch."""

    Error: str
    """The error's name, `States.Timeout` for example, or one of `contract/errors.py`."""
    Cause: str
    """The beginning of its text; of a Lambda function that raised, JSON with `errorMessage`."""


class PolicyChecked(TypedDict):
    """What ValidatePolicy answers, and so what the document begins with."""

    SchemaVersion: int
    """The version of this document."""
    EndpointName: str
    """The endpoint's name; empty where the request holds none that can be read."""
    WouldBeRejected: bool
    """Whether an ERROR is among the findings."""
    Findings: list[FindingDocument]
    """The findings, the worst first."""
    Request: NotRequired[RequestDocument]
    """The normalised request, with its maximum execution time; absent if it is malformed, and in a
    dry run that no approval started."""
    Fleet: NotRequired[int]
    """The instances of the smallest variant of the green fleet."""
    Creates: NotRequired[bool]
    """True where there is no endpoint yet and the requester accepted that it is created
    (`endpoint-will-be-created` in AllowFindings); otherwise absent."""
    DryRun: NotRequired[bool]
    """True for a dry run, which ends with the check."""
    Plan: NotRequired[PlanDocument]
    """Of a dry run: the plan."""


class RehearsalAnswer(TypedDict):
    """What ConcludeDeployment answers to a dry run that an approval started."""

    SchemaVersion: int
    """The version of this document."""
    DryRun: bool
    """True."""


class LockAnswer(TypedDict):
    """What AcquireEndpointLock answers."""

    LockAcquired: bool
    """Whether this deployment holds the endpoint now."""
    Fence: NotRequired[int]
    """The number of this acquisition; every later write carries it. 0 where there is none."""
    BusyReason: NotRequired[str]
    """Who has the endpoint, where the lock was not acquired."""
    SupersededBy: NotRequired[str]
    """The id of the newer deployment that this one gave way to, where it did."""
    WaitFor: NotRequired[str]
    """Where the lock was not acquired, what this deployment waits for: `TURN`, in the queue, until
    it is woken; `LOCK`, for a deployment that is being concluded after its execution ended, or for
    an update by somebody else; or `NOTHING`."""
    WaitSeconds: NotRequired[list[int]]
    """With WaitFor: how long, in seconds."""
    WaitsSince: NotRequired[str]
    """With WaitFor: since when, ISO 8601 in UTC."""
    CheckAgain: NotRequired[bool]
    """True where the lock was acquired after a wait: the policy has to be checked again first.
    It stays so for that check, during which the lock is held."""


class TurnAnswer(TypedDict):
    """What wakes AwaitTurn: there may be news, so AcquireEndpointLock looks again."""

    SchemaVersion: int
    """The version of this document."""


class AdoptedDeployment(TypedDict):
    """A deployment whose execution ended without concluding it, for the one that adopts it."""

    EndpointName: str
    """The endpoint."""
    DeploymentId: str
    """The name of the deployment's first execution."""
    StartedAt: str
    """The first execution's start, ISO 8601 in UTC."""
    Fence: int
    """The adopter's fence, which stands in the table already."""


class Adoption(TypedDict):
    """The input of an execution that adopts a deployment."""

    Adopt: AdoptedDeployment
    """The deployment."""


class LookAnswer(TypedDict):
    """What StartUpdate answers, and whoever wakes AwaitStage."""

    SchemaVersion: int
    """The version of this document."""
    Observation: ObservedStage
    """The stage that was seen; the next AwaitStage sleeps on it."""
    Settled: bool
    """Whether the endpoint has come to rest."""
    Overdue: bool
    """Whether half an hour has passed since SageMaker's own maximum execution time."""
    WaitSeconds: list[int]
    """How long to sleep, in seconds: the first one now, the next one after a timeout; the last
    one stays."""


class TooEarlyAnswer(LookAnswer):
    """What ConcludeDeployment answers while the endpoint has not come to rest."""

    TooEarly: int
    """How many times in a row it was too early; AwaitStage counts anew when it was woken."""


class State(TypedDict, total=False):
    """The document as it stands after any state: all that was answered until then."""

    SchemaVersion: int
    """As in PolicyChecked."""
    EndpointName: str
    """As in PolicyChecked."""
    WouldBeRejected: bool
    """As in PolicyChecked."""
    Findings: list[FindingDocument]
    """As in PolicyChecked."""
    Request: RequestDocument
    """As in PolicyChecked."""
    Fleet: int
    """As in PolicyChecked."""
    Creates: bool
    """As in PolicyChecked."""
    DryRun: bool
    """As in PolicyChecked."""
    Plan: PlanDocument
    """As in PolicyChecked."""
    LockAcquired: bool
    """As in LockAnswer."""
    Fence: int
    """As in LockAnswer."""
    BusyReason: str
    """As in LockAnswer."""
    SupersededBy: str
    """As in LockAnswer."""
    WaitFor: str
    """As in LockAnswer."""
    WaitsSince: str
    """As in LockAnswer."""
    CheckAgain: bool
    """As in LockAnswer."""
    Observation: ObservedStage
    """As in LookAnswer."""
    Settled: bool
    """As in LookAnswer."""
    Overdue: bool
    """As in LookAnswer."""
    WaitSeconds: list[int]
    """As in LookAnswer."""
    TooEarly: int
    """As in TooEarlyAnswer."""
    Problem: Problem
    """The error of the last state that failed; added by the workflow's Catch."""


class FunctionInput(TypedDict):
    """What the workflow gives to the function of a state."""

    WorkflowVersion: NotRequired[int]
    """The version of the workflow that the execution runs; absent where release 0.1 began it."""
    ExecutionArn: str
    """The execution that runs the deployment."""
    DeploymentId: str
    """The name of the deployment's first execution, which is the deployment's id."""
    StartedAt: str
    """The first execution's start, ISO 8601 in UTC; an id may come again after 90 days."""
    State: State
    """The document as it stands."""


class ValidatePolicyInput(TypedDict):
    """What the workflow gives to ValidatePolicy, which comes before any document."""

    WorkflowVersion: NotRequired[int]
    """As in FunctionInput."""
    ExecutionArn: str
    """As in FunctionInput."""
    DeploymentId: str
    """As in FunctionInput."""
    StartedAt: str
    """As in FunctionInput."""
    Request: object
    """The execution's own input, whatever it is."""


class AwaitStageInput(FunctionInput):
    """What the workflow gives to AwaitStage."""

    TaskToken: str
    """The token by which the sleeping state is woken."""
