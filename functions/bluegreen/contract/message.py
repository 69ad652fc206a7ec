"""The body of a notification, as programs get it through SQS, Lambda and HTTPS."""

from typing import Final, NotRequired, TypedDict

from bluegreen.contract.record import GuardrailRecord
from bluegreen.contract.state import FindingDocument

SCHEMA_VERSION: Final = 1
"""Of the body. Members may be added to it; one that is changed or taken away raises it."""


class Links(TypedDict, total=False):
    """Pages of the AWS console that a message is about, in its partition and Region."""

    Execution: str
    """The execution that runs the deployment."""
    Endpoint: str
    """The endpoint."""
    Alarm: str
    """The alarm that tripped; of several, the first."""
    Report: str
    """Of the terminal event: the report in its bucket, where reports are stored. It is usually
    there a moment after the message; not at all where it could not be stored."""


class MessageDetails(TypedDict, total=False):
    """The members of a message that not every event has."""

    Stage: str
    """Of STAGE_CHANGED: the stage that began."""
    TrafficPercent: int
    """Of STAGE_CHANGED: green's share of the traffic."""
    AlarmName: str
    """Of ALARM_TRIPPED and GUARDRAIL_BLIND: the alarm."""
    Verdict: str
    """Of the terminal event: how the deployment ended."""
    Trigger: str
    """Of the terminal event: what caused this end, if there is something to say."""
    AcceptedFindings: list[str]
    """The ids of the findings that the requester accepted with AllowFindings; absent if none."""
    ModelPackageArn: str
    """The model package that is deployed or was approved, if there is one."""
    ModelRegistry: str
    """Of the terminal event: how the model registry was updated, in words."""
    RequestedEndpointConfigName: str
    """The endpoint config that should be served, if it is known."""
    PreviousEndpointConfigName: str
    """The endpoint config that was served before the update."""
    LiveEndpointConfigName: str
    """Of the terminal event: what is served now; absent if that is not one endpoint config."""
    Guardrails: list[GuardrailRecord]
    """Of the terminal event: what became of each guardrail; absent if it had none."""
    Links: "Links"
    """Pages of the console; absent if the execution's ARN is not known."""
    Late: bool
    """True where the message could not be sent when it was due; otherwise absent."""
    Findings: list[FindingDocument]
    """Of POLICY_INVALID: what is wrong with the policy; of DRY_RUN_ENDED: what the check found; at
    most 10."""


class MessageBody(MessageDetails):
    """The whole body."""

    SchemaVersion: int
    """The version of this body."""
    Event: str
    """What happened: one of the events in docs/notifications.md; a message attribute too."""
    NotificationId: str
    """The same for every attempt to send this fact."""
    DeploymentId: str
    """The name of the deployment's execution."""
    EndpointName: NotRequired[str]
    """The endpoint, if it is known; a message attribute too."""
    Severity: str
    """`INFO`, `WARNING` or `CRITICAL`; a message attribute too."""
    Headline: str
    """What happened in a few words, for a title."""
    Message: str
    """What happened, for a person."""
    Lines: list[str]
    """What stands below the message in an e-mail, without pages: 20 lines and 2,000 characters."""


class WaitingNotification(TypedDict):
    """A notification as it waits in the table until it is sent, by this release or the next."""

    deployment_id: str
    """The name of the deployment's execution."""
    started_at: str
    """When the execution started, ISO 8601 in UTC."""
    endpoint_name: str
    """The endpoint; empty where it is not known."""
    event: str
    """What happened, as in the body."""
    fact: str
    """What makes it a fact of its own within the deployment; a part of the NotificationId."""
    severity: str
    """`INFO`, `WARNING` or `CRITICAL`; a message attribute."""
    headline: NotRequired[str]
    """What happened in a few words, for a subject; absent in what release 0.1 left."""
    message: str
    """What happened, for a person."""
    details: MessageDetails
    """The members of the body that not every event has."""
    lines: list[str]
    """What stands below the message in an e-mail."""
