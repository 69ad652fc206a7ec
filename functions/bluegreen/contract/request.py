"""The request as JSON: what an execution is started with, and what a group's policy says of it.

Nothing of it is believed before `request.check` has passed it. README.md says what each member
does; `docs/request.schema.json` is the same for editors and other programs.
"""

from typing import TypedDict

from bluegreen.contract.aws_shapes import DeploymentConfigShape


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

    EndpointConfigName: str
    """The endpoint config that is to be served."""
    ModelPackageArn: str
    """In its place, the model package of which one is made."""
    AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: str
    """The execution of another workflow that started this one; claimed."""
    ApprovedAt: str
    """With a model package: when it was approved, ISO 8601; its place in the queue goes by it."""
