"""Workflows of its steps for a model, an endpoint config and an endpoint, and of `Parallel`."""

from importlib.metadata import version

import sagemaker
from sagemaker.model import Model
from stepfunctions.inputs import ExecutionInput
from stepfunctions.steps import (
    Chain,
    EndpointConfigStep,
    EndpointStep,
    ModelStep,
    Parallel,
    Pass,
)
from stepfunctions.workflow import Workflow
from told import ROLE, holds, same, until, uses

BUCKET = "stepfunctions-models"


def workflow(name: str, *steps: object) -> Workflow:
    """A state machine of these steps, made."""
    made = Workflow(name=name, definition=Chain(list(steps)), role=ROLE)
    made.create()
    return made


def ended(execution: object) -> str:
    """How an execution ended."""
    until(lambda: execution.describe()["status"] != "RUNNING", wanted=True)  # type: ignore[attr-defined] # of the client
    return str(execution.describe()["status"])  # type: ignore[attr-defined] # likewise


uses(version("stepfunctions"))
session = sagemaker.Session(default_bucket=BUCKET)
model = Model("model:1", f"s3://{BUCKET}/model.tar.gz", ROLE, sagemaker_session=session)
with holds("`Workflow.create` of `ModelStep`, `EndpointConfigStep`, `EndpointStep`; `execute`"):
    model.name = "steps-churn"
    deploying = workflow(
        "steps-deploy",
        ModelStep("Model", model, model_name="steps-churn", instance_type="ml.m5.xlarge"),
        EndpointConfigStep("Config", "steps-churn", "steps-churn", 1, "ml.m5.xlarge"),
        EndpointStep("Endpoint", "steps-churn", "steps-churn"),
    )
    same(ended(deploying.execute()), "SUCCEEDED")
    client = session.sagemaker_client
    until(
        lambda: client.describe_endpoint(EndpointName="steps-churn")["EndpointStatus"], "InService"
    )
with holds("a workflow with `Parallel` and an `ExecutionInput`"):
    given = ExecutionInput(schema={"name": str})
    both = Parallel("Both")
    both.add_branch(Pass("Left", parameters={"name": given["name"]}))
    both.add_branch(Pass("Right"))
    same(ended(workflow("steps-parallel", both).execute(inputs={"name": "a"})), "SUCCEEDED")
with holds("`Workflow.list_executions`, `execution.list_events`"):
    (execution,) = deploying.list_executions()
    kinds = [event["type"] for event in execution.list_events()]
    assert "TaskSucceeded" in kinds, kinds
with holds("`Workflow.update` and `delete`"):
    deploying.update(definition=Pass("Only"), role=ROLE)
    deploying.delete()
