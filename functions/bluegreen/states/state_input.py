"""What each function gets from the workflow as its input."""

from bluegreen.contract.findings import Finding
from bluegreen.contract.state import FunctionInput
from bluegreen.contract.times import from_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.request.request import Request


def key_in(event: FunctionInput) -> DeploymentKey:
    """The deployment: the execution's name and start, and the endpoint (empty if not known)."""
    name = event["State"].get("EndpointName", "")
    return DeploymentKey(name, event["DeploymentId"], from_text(event["StartedAt"]))


def deployment_in(event: FunctionInput) -> Deployment:
    """The deployment as StartUpdate gets it, with the lock held."""
    state = event["State"]
    return Deployment(
        key=key_in(event),
        execution_arn=event["ExecutionArn"],
        fence=state["Fence"],
        request=Request.from_json(state["Request"]),
        findings=tuple(Finding.from_json(body) for body in state["Findings"]),
        fleet=state["Fleet"],
    )
