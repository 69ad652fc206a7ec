"""What people ask the command functions for, and what these answer."""

from typing import NotRequired, TypedDict


class AbortCommand(TypedDict):
    """What AbortDeployment is invoked with."""

    EndpointName: str
    """The endpoint whose running deployment is to be rolled back."""
    Reason: NotRequired[str]
    """Why, at most 512 characters; claimed."""
    RequestedBy: NotRequired[str]
    """Who asks, at most 128 characters; claimed. CloudTrail knows who invoked the function."""


class ForgetCommand(TypedDict):
    """What ForgetEndpoint is invoked with."""

    EndpointName: str
    """The endpoint of which nothing is to be kept any more."""


class CommandAnswer(TypedDict):
    """What a command function answers."""

    Done: bool
    """Whether it did, or had done before, what it was asked for."""
    Message: str
    """What it did, or why not, for a person."""
    DeploymentId: NotRequired[str]
    """The deployment that is aborted."""
