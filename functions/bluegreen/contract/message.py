"""The body of a notification, as programs get it through SQS, Lambda and HTTPS."""

from typing import NotRequired, TypedDict

from bluegreen.contract.state import FindingDocument


class MessageDetails(TypedDict, total=False):
    """The members of a message that not every event has."""

    Stage: str
    """Of STAGE_CHANGED: the stage that began."""
    TrafficPercent: int
    """Of STAGE_CHANGED: green's share of the traffic."""
    AlarmName: str
    """Of ALARM_TRIPPED: the alarm."""
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
    Late: bool
    """True where the message could not be sent when it was due; otherwise absent."""
    Findings: list[FindingDocument]
    """Of POLICY_INVALID: what is wrong with the policy, at most 10."""


class MessageBody(MessageDetails):
    """The whole body."""

    Event: str
    """What happened: one of the events in docs/notifications.md; a message attribute too."""
    NotificationId: str
    """The same for every attempt to send this fact."""
    DeploymentId: str
    """The name of the deployment's execution."""
    EndpointName: NotRequired[str]
    """The endpoint, if it is known; a message attribute too."""
    Message: str
    """What happened, for a person."""


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
    message: str
    """What happened, for a person."""
    details: MessageDetails
    """The members of the body that not every event has."""
    lines: list[str]
    """What stands below the message in an e-mail."""
