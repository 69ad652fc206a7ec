"""What each function gets from the workflow as its input."""

from bluegreen.contract.findings import Finding
from bluegreen.contract.state import FunctionInput, State
from bluegreen.contract.times import from_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.request.request import Request, name_in

OF_RELEASE_0_1 = 1
"""What an execution's workflow counts as that gives no WorkflowVersion."""


def key_in(event: FunctionInput) -> DeploymentKey:
    """The deployment: the first execution's name and start, and the endpoint.

    The endpoint is empty if it is not known, or if no endpoint can have that name: a check that
    failed has judged nothing.
    """
    name = name_in(event["State"]) or ""
    return DeploymentKey(name, event["DeploymentId"], from_text(event["StartedAt"]))


def workflow_version_in(event: FunctionInput) -> int:
    """The version of the workflow that the execution runs, which may be an earlier release's."""
    return event.get("WorkflowVersion", OF_RELEASE_0_1)


def deployment_in(event: FunctionInput) -> Deployment:
    """The deployment as the check has passed it, with its fence once it has the lock."""
    state = event["State"]
    return Deployment(
        key=key_in(event),
        execution_arn=event["ExecutionArn"],
        fence=state.get("Fence", 0),
        request=Request.from_json(state["Request"]),
        findings=tuple(Finding.from_json(body) for body in state["Findings"]),
        fleet=state["Fleet"],
        may_create=_may_create(state),
    )


def _may_create(state: State) -> bool:
    """Whether the requester accepted that an endpoint which is not there is created.

    Release 0.1 asked nobody and had no member Creates: it created every endpoint that its check
    had not found, and an INFO finding said so. An execution that it began goes on as it was told.
    This release makes no such INFO, so nothing of its own is taken for one of 0.1.
    """
    of_release_0_1 = {"Id": "endpoint-will-be-created", "Severity": "INFO"}
    told = any(of_release_0_1.items() <= finding.items() for finding in state["Findings"])
    return state.get("Creates", told)
