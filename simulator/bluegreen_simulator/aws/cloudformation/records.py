"""CloudFormation: what is kept of each stack, of its resources, and of what happened to them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bluegreen_simulator.aws.cloudformation.base_type import ResourceType
from bluegreen_simulator.aws.cloudformation.templates import Template
from bluegreen_simulator.time.tasks import Task

STACK_TYPE: Final = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Goal:
    """What a stack is to become: its template with the values of its parameters.

    `given` are the parameters as they were given, `values` what Ref gives for each.
    """

    template: Template
    given: Mapping[str, str]
    values: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None


@dataclass
class Resource:
    """One resource of a stack: what it is, was given, and stands for.

    `made` is what the API made of it, None as long as there is nothing.
    """

    logical_id: str
    type_name: str
    body: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    made: ResourceType | None = None
    status: str = ""
    reason: str | None = None
    changed_at: datetime | None = None

    @property
    def physical_id(self) -> str:
        """What `Ref` gives; empty as long as there is nothing."""
        return self.made.physical_id if self.made else ""


@dataclass(frozen=True)
class Event:
    """A line of DescribeStackEvents, the one of this `number` of a stack, from 0 on."""

    stack_id: str
    number: int
    at: datetime
    logical_id: str
    physical_id: str
    type_name: str
    status: str
    reason: str | None = None
    properties: str | None = None

    @property
    def event_id(self) -> str:
        """Its id, which is made when somebody asks for it."""
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.stack_id} {self.number}")
        is_stack = self.type_name == STACK_TYPE
        return str(unique) if is_stack else f"{self.logical_id}-{self.status}-{unique}"


@dataclass
class Stack:
    """A stack, from its first request on; it stays known by its id once it is deleted."""

    id: str
    name: str
    goal: Goal
    created_at: datetime
    status: str = ""
    reason: str | None = None
    on_failure: str = "ROLLBACK"
    protected: bool = False
    timeout_minutes: int | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, "ChangeSet"] = field(default_factory=dict)
    policy: str | None = None
    task: Task | None = None

    @property
    def in_progress(self) -> bool:
        """Whether something is being done with it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def exports(self) -> dict[str, str]:
        """The values that other stacks may import, by name."""
        return {
            one["ExportName"]: one["OutputValue"] for one in self.outputs if "ExportName" in one
        }

    def become(self, status: str, at: datetime, reason: str | None = None) -> None:
        """Have another status, with its event."""
        self.status, self.reason = status, reason
        event = Resource(self.name, STACK_TYPE, status=status, reason=reason)
        self._tell(event, self.id, at)

    def tell(
        self, resource: Resource, status: str, at: datetime, reason: str | None = None
    ) -> None:
        """Let a resource have another status, with its event."""
        resource.status, resource.reason, resource.changed_at = status, reason, at
        self._tell(resource, resource.physical_id, at)

    def _tell(self, what: Resource, physical_id: str, at: datetime) -> None:
        self.events.append(
            Event(
                self.id,
                len(self.events),
                at,
                what.logical_id,
                physical_id,
                what.type_name,
                what.status,
                what.reason,
            )
        )


@dataclass
class ChangeSet:
    """A change set: what a stack would become, and what of it would change."""

    id: str
    name: str
    stack: Stack
    kind: str
    goal: Goal | None
    created_at: datetime
    description: str | None = None
    on_failure: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution_status: str = "AVAILABLE"
