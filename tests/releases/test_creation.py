"""A creation that release 0.1 began: it asked nobody, and its document has no member Creates."""

import copy
import json
from typing import Any, Final

import pytest
import yaml

from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import deploy
from releases.deployments import ENDPOINT, ROLE
from releases.record import HERE, ROOT
from releases.resume import WORKFLOW, beginning_with, filled

RELEASE: Final = HERE / "0.1"
CREATED_BY_0_1: Final = {
    "Id": "endpoint-will-be-created",
    "Severity": "INFO",
    "Message": (
        'There is no endpoint "churn" in this account and Region: it will be created with'
        ' "churn-green". No bake and no alarm guard that.'
    ),
    "Fix": "Check EndpointName, if it should be there.",
}


def begun_by_0_1(findings: list[dict[str, str]]) -> dict[str, Any]:
    """Its workflow after its ValidatePolicy, which has found this."""
    workflow: dict[str, Any] = yaml.safe_load((RELEASE / WORKFLOW).read_text(encoding="utf-8"))
    path = RELEASE / "canary-succeeds/02-AcquireEndpointLock.json"
    document = copy.deepcopy(json.loads(path.read_text(encoding="utf-8"))["Input"])
    checked = {"Type": "Pass", "Output": {**document, "Findings": findings}}
    resume = checked | {"Next": "AcquireEndpointLock"}
    return beginning_with(resume, workflow)


def run(aws: EmbeddedAws, findings: list[dict[str, str]]) -> dict[str, Any]:
    """Let it go on to its end on this release's functions, in an account without the endpoint."""
    stack = deploy(aws.world, ROOT / "template.yaml", {})
    machine, states = stack.outputs["StateMachineArn"], aws.client("stepfunctions")
    definition = filled(begun_by_0_1(findings), aws, stack)
    states.update_state_machine(stateMachineArn=machine, definition=definition)
    sagemaker, name = aws.client("sagemaker"), "churn-green"
    container = {"Image": "model:1"}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "main", "ModelName": name, "InitialInstanceCount": 4}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant | {"InstanceType": "ml.m5.xlarge"}]
    )
    arn = states.start_execution(stateMachineArn=machine, name="creation", input="{}")
    aws.clock.sleep(3600)
    ended: dict[str, Any] = states.describe_execution(executionArn=arn["executionArn"])
    return ended


def endpoints(aws: EmbeddedAws) -> list[str]:
    found = aws.client("sagemaker").list_endpoints()["Endpoints"]
    return [endpoint["EndpointName"] for endpoint in found]


def test_it_is_created_as_that_release_told_it() -> None:
    with EmbeddedAws() as aws:
        ended = run(aws, [CREATED_BY_0_1])
        assert ended["status"] == "SUCCEEDED"
        record = json.loads(ended["output"])
        assert (record["Verdict"], record["LiveEndpointConfigName"]) == ("SUCCEEDED", "churn-green")
        assert record["Findings"] == [CREATED_BY_0_1]
        assert endpoints(aws) == [ENDPOINT]


@pytest.mark.parametrize("severity", ["WARNING", "ERROR"])
def test_without_its_finding_nothing_is_created(severity: str) -> None:
    with EmbeddedAws() as aws:
        ended = run(aws, [{**CREATED_BY_0_1, "Severity": severity}])
        assert (ended["status"], ended["error"]) == ("FAILED", "DeploymentRejected")
        assert endpoints(aws) == []
