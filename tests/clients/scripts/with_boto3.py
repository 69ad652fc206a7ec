"""An endpoint made, invoked, updated with guardrails; a rollback; a deployment by our machine."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from told import ROLE, holds, refused, same, until, uses

sagemaker: Any = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
cloudwatch: Any = boto3.client("cloudwatch")
states = boto3.client("stepfunctions")

CANARY: Any = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 30},
            "WaitIntervalInSeconds": 600,
        },
        "TerminationWaitInSeconds": 600,
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-5xx"}]},
}


def make(name: str, error_rate: str) -> None:
    """A model that fails this part of its requests, and a config with it."""
    container = {"Image": "model:1", "Environment": {"SIMULATED_ERROR_RATE": error_rate}}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "main", "ModelName": name, "InstanceType": "ml.m5.xlarge"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant | {"InitialInstanceCount": 4}]
    )


def invoke() -> int:
    try:
        answer = runtime.invoke_endpoint(EndpointName="churn", ContentType="text/csv", Body=b"1,2")
    except runtime.exceptions.ModelError:
        return 500
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def described() -> dict[str, Any]:
    answer: dict[str, Any] = sagemaker.describe_endpoint(EndpointName="churn")
    return answer


def status() -> str:
    return str(described()["EndpointStatus"])


def alarm_state() -> str:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["churn-5xx"])["MetricAlarms"]
    return str(alarm["StateValue"])


def status_under_load() -> str:
    """The status, after a few requests."""
    for _ in range(20):
        invoke()
    return status()


uses(boto3.__version__)
with holds("models, endpoint configs and an endpoint are made; the waiter sees InService"):
    for name, rate in (("churn-blue", "0"), ("churn-green", "0"), ("churn-red", "1")):
        make(name, rate)
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="churn-blue")
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="churn", WaiterConfig={"Delay": 1, "MaxAttempts": 240})
with holds("`invoke_endpoint` is answered by the model"):
    same(invoke(), 200)
with holds("`put_metric_alarm` on the endpoint's errors"):
    cloudwatch.put_metric_alarm(
        AlarmName="churn-5xx",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": "churn"},
            {"Name": "VariantName", "Value": "main"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    until(alarm_state, "OK")
with holds("`update_endpoint` with a canary ends on the new config"):
    sagemaker.update_endpoint(
        EndpointName="churn", EndpointConfigName="churn-green", DeploymentConfig=CANARY
    )
    same(status(), "Updating")
    until(status, "InService")
    same(described()["EndpointConfigName"], "churn-green")
with holds("a canary of a model that fails is rolled back by its alarm"):
    sagemaker.update_endpoint(
        EndpointName="churn", EndpointConfigName="churn-red", DeploymentConfig=CANARY
    )
    until(status_under_load, "InService")
    same(described()["EndpointConfigName"], "churn-green")
with holds("the alarm's history tells that it tripped"):
    history = cloudwatch.describe_alarm_history(AlarmName="churn-5xx")["AlarmHistoryItems"]
    assert any("to ALARM" in item["HistorySummary"] for item in history), history
with holds("`get_metric_data` of the last day by the client's own clock has the requests"):
    now = datetime.now(UTC)  # noqa: TID251 - as people ask for them
    stat = {
        "Metric": {
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocations",
            "Dimensions": [
                {"Name": "EndpointName", "Value": "churn"},
                {"Name": "VariantName", "Value": "main"},
            ],
        },
        "Period": 60,
        "Stat": "Sum",
    }
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "n", "MetricStat": stat}],
        StartTime=now - timedelta(hours=25),
        EndTime=now,
    )
    assert sum(answer["MetricDataResults"][0]["Values"]) > 20, answer
with holds("our state machine deploys: verdict SUCCEEDED"):
    (machine,) = [
        each["stateMachineArn"]
        for each in states.list_state_machines()["stateMachines"]
        if each["name"].endswith("-deployment")
    ]
    request: dict[str, Any] = {"EndpointName": "churn", "EndpointConfigName": "churn-blue"}
    request |= {"DeploymentConfig": CANARY, "RequestedBy": "boto3", "Reason": "trial"}
    execution = states.start_execution(stateMachineArn=machine, input=json.dumps(request))
    arn = execution["executionArn"]
    until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING", wanted=True)
    ended = states.describe_execution(executionArn=arn)
    same(ended["status"], "SUCCEEDED")
    same(json.loads(ended["output"])["Verdict"], "SUCCEEDED")
with refused("`create_inference_component`"):
    sagemaker.create_inference_component(
        InferenceComponentName="part", EndpointName="churn", VariantName="main"
    )
with refused("`invoke_endpoint_async`"):
    runtime.invoke_endpoint_async(EndpointName="churn", InputLocation="s3://bucket/input")
with holds("`delete_endpoint`, and the endpoint is gone"):
    sagemaker.delete_endpoint(EndpointName="churn")
    waiter = sagemaker.get_waiter("endpoint_deleted")
    waiter.wait(EndpointName="churn", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
