"""`aws` in a shell: endpoints, alarms, metrics, executions, templates, with waiters and queries."""

import json
import os
import shutil
from typing import Any

from told import ROLE, holds, ran, refused, same, until, uses

AWS = shutil.which("aws") or "aws"
URL = os.environ["AWS_ENDPOINT_URL"]  # noqa: TID251 - one service of the CLI has to be told
CONFIG = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "LINEAR",
            "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 300,
        }
    }
}


def aws(*arguments: str) -> Any:
    """What a command prints, read as JSON; RuntimeError with what it says, where it fails."""
    return json.loads(ran(AWS, *arguments, "--output", "json") or "null")


def status() -> str:
    query = ("--query", "EndpointStatus")
    return str(aws("sagemaker", "describe-endpoint", "--endpoint-name", "cli-churn", *query))


def make(name: str) -> None:
    role = ("--execution-role-arn", ROLE)
    container = ("--primary-container", "Image=model:1")
    aws("sagemaker", "create-model", "--model-name", name, *role, *container)
    variant = f"VariantName=main,ModelName={name},InitialInstanceCount=2,InstanceType=ml.m5.xlarge"
    variants = ("--production-variants", variant)
    aws("sagemaker", "create-endpoint-config", "--endpoint-config-name", name, *variants)


uses(ran(AWS, "--version").split()[0].partition("/")[2])
with holds("`create-model`, `create-endpoint-config`, `create-endpoint`, `wait`"):
    make("cli-blue")
    make("cli-green")
    named = ("--endpoint-name", "cli-churn")
    aws("sagemaker", "create-endpoint", *named, "--endpoint-config-name", "cli-blue")
    until(status, "InService")
    aws("sagemaker", "wait", "endpoint-in-service", *named)
with holds("`sagemaker-runtime invoke-endpoint`"):
    body = ("--content-type", "text/csv", "--body", "1,2", "/dev/stdout")
    said = ran(AWS, "sagemaker-runtime", "invoke-endpoint", *named, *body)
    assert "VariantName" in said, said
with holds("`update-endpoint` with a linear policy ends on the new config"):
    config = ("--endpoint-config-name", "cli-green", "--deployment-config", json.dumps(CONFIG))
    aws("sagemaker", "update-endpoint", *named, *config)
    until(status, "InService")
    query = ("--query", "EndpointConfigName")
    same(aws("sagemaker", "describe-endpoint", *named, *query), "cli-green")
with holds("`cloudwatch put-metric-alarm`, `set-alarm-state`, `describe-alarm-history`"):
    alarm = ("--alarm-name", "cli-alarm")
    metric = ("--namespace", "AWS/SageMaker", "--metric-name", "ModelLatency")
    variant = ("Name=EndpointName,Value=cli-churn", "Name=VariantName,Value=main")
    rule = ("--statistic", "Average", "--period", "60", "--evaluation-periods", "1")
    limit = ("--threshold", "9", "--comparison-operator", "GreaterThanThreshold")
    aws("cloudwatch", "put-metric-alarm", *alarm, *metric, "--dimensions", *variant, *rule, *limit)
    ringing = ("--state-value", "ALARM", "--state-reason", "trial")
    aws("cloudwatch", "set-alarm-state", *alarm, *ringing)
    kind = ("--history-item-type", "StateUpdate")
    assert aws("cloudwatch", "describe-alarm-history", *alarm, *kind)["AlarmHistoryItems"]
with holds("`stepfunctions` of a machine of one's own: create, start, describe, history"):
    definition = {"StartAt": "Go", "States": {"Go": {"Type": "Pass", "End": True}}}
    made = ("--name", "cli", "--definition", json.dumps(definition), "--role-arn", ROLE)
    machine = aws("stepfunctions", "create-state-machine", *made)["stateMachineArn"]
    started = aws("stepfunctions", "start-execution", "--state-machine-arn", machine)
    arn = ("--execution-arn", started["executionArn"])
    until(lambda: aws("stepfunctions", "describe-execution", *arn)["status"], "SUCCEEDED")
    history = aws("stepfunctions", "get-execution-history", *arn, "--reverse-order")
    same(history["events"][0]["type"], "ExecutionSucceeded")
with holds("`cloudformation describe-stacks` has our stack's outputs"):
    (stack,) = aws("cloudformation", "describe-stacks", "--stack-name", "bluegreen")["Stacks"]
    keys = {each["OutputKey"] for each in stack["Outputs"]}
    assert "AbortDeploymentFunctionName" in keys, keys
with holds("`sqs list-queues`, with `--endpoint-url`"):
    assert "QueueUrls" in aws("sqs", "list-queues", "--endpoint-url", URL)
with holds("`sts get-caller-identity`"):
    same(aws("sts", "get-caller-identity")["Account"], "123456789012")
with refused("`sagemaker create-inference-component`"):
    part = ("--inference-component-name", "part", "--variant-name", "main")
    aws("sagemaker", "create-inference-component", *named, *part)
with holds("`delete-endpoint`, `wait endpoint-deleted`"):
    aws("sagemaker", "delete-endpoint", *named)
    aws("sagemaker", "wait", "endpoint-deleted", *named)
