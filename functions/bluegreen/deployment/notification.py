"""A notification: one fact about one deployment, as text for people and as JSON for programs."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Final, cast

from bluegreen.contract.message import (
    SCHEMA_VERSION,
    MessageBody,
    MessageDetails,
    WaitingNotification,
)
from bluegreen.contract.text import first_of
from bluegreen.contract.times import from_text, to_the_second
from bluegreen.deployment.console import PAGE
from bluegreen.deployment.deployment import DeploymentKey

SUBJECT_LENGTH: Final = 99
"""SNS takes subjects of fewer than 100 characters."""

TERMINAL_FACT: Final = "TERMINAL"


@dataclass(frozen=True)
class Notification:
    """One fact about one deployment, as text for people and as members for programs.

    Subscribers filter by `event`. `fact` is unique within the deployment. `headline` says it in a
    few words, for a subject. `details` holds the members that this event has: Stage,
    TrafficPercent, AlarmName, Verdict, Trigger. In an e-mail, `lines` follow the message.
    """

    deployment_id: str
    started_at: str
    endpoint_name: str
    event: str
    fact: str
    severity: str
    headline: str
    message: str
    details: MessageDetails = field(default_factory=MessageDetails)
    lines: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The NotificationId: the same for every attempt to send this notification."""
        return f"{self.deployment_id}/{self.started_at}/{self.fact}"

    @property
    def is_terminal(self) -> bool:
        """Whether it says how its deployment ended; nothing is sent after it."""
        return self.fact == TERMINAL_FACT

    @property
    def key(self) -> DeploymentKey:
        """The deployment that this notification is about."""
        return DeploymentKey(self.endpoint_name, self.deployment_id, from_text(self.started_at))

    @property
    def subject(self) -> str:
        """The subject of an e-mail: what happened to which endpoint."""
        subject = f"{self.severity}: {self.endpoint_name or 'bluegreen'}: {self.headline}"
        return subject.encode("ascii", "replace").decode()[:SUBJECT_LENGTH]

    @property
    def text(self) -> str:
        """The text for people, who get it by e-mail."""
        return "\n".join([self.message, "", *self.lines, f"Deployment: {self.deployment_id}"])

    def late(self, since: datetime) -> "Notification":
        """The same, sent long after `since`, when it could not be sent, and saying so."""
        late = f"This message is late: it could not be sent at {to_the_second(since)}."
        return replace(self, details=self.details | {"Late": True}, lines=(late, *self.lines))

    def body(self) -> MessageBody:
        """The JSON for programs."""
        named = {"EndpointName": self.endpoint_name} if self.endpoint_name else {}
        body = {
            "SchemaVersion": SCHEMA_VERSION,
            "Event": self.event,
            "NotificationId": self.id,
            "DeploymentId": self.deployment_id,
            **named,
            "Severity": self.severity,
            "Headline": self.headline,
            "Message": self.message,
            **self.details,
            "Lines": first_of([line for line in self.lines if not PAGE.fullmatch(line)]),
        }
        return cast("MessageBody", body)

    def to_json(self) -> WaitingNotification:
        """The notification as it waits in the table until it is sent."""
        return cast("WaitingNotification", asdict(self))

    @classmethod
    def from_json(cls, body: WaitingNotification) -> "Notification":
        """Read what `to_json` wrote, in release 0.1 without a headline."""
        return cls(
            deployment_id=body["deployment_id"],
            started_at=body["started_at"],
            endpoint_name=body["endpoint_name"],
            event=body["event"],
            fact=body["fact"],
            severity=body["severity"],
            headline=body.get("headline", body["event"].replace("_", " ").lower()),
            message=body["message"],
            details=body["details"],
            lines=tuple(body["lines"]),
        )
