"""Something of each kind in a served AWS, so that drawn bodies can name it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

ROLE: Final = "arn:aws:iam::123456789012:role/fuzzed"
TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["states.amazonaws.com", "sagemaker.amazonaws.com"]},
        }
    ],
}
VARIANT: Final = {
    "VariantName": "main",
    "ModelName": "fuzzed-model",
    "InitialInstanceCount": 2,
    "InstanceType": "ml.m5.large",
}
WAIT: Final = {
    "StartAt": "A",
    "States": {"A": {"Type": "Wait", "Seconds": 10**6, "End": True}},
}
DIMENSIONS: Final = [
    {"Name": "EndpointName", "Value": "fuzzed"},
    {"Name": "VariantName", "Value": "main"},
]

Client = Callable[[str], Any]


def make(client: Client) -> Mapping[str, tuple[str, ...]]:
    """Make it all; names and ARNs, by the ends of the members that take them."""
    arns = {**_models(client), **_workflows(client), **_messages(client), **_storage(client)}
    names = {kind: tuple(dict.fromkeys(values)) for kind, values in arns.items()}
    every = tuple(v for values in names.values() for v in values)
    return names | {
        "arn": tuple(value for value in every if value.startswith("arn:")),
        "name": tuple(value for value in every if not value.startswith("arn:")),
        "id": every,
    }


def _models(client: Client) -> dict[str, tuple[str, ...]]:
    sagemaker = client("sagemaker")
    made = sagemaker.create_model(
        ModelName="fuzzed-model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "model:1"}
    )
    for name in ("fuzzed-blue", "fuzzed-green"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[VARIANT])
    endpoint = sagemaker.create_endpoint(EndpointName="fuzzed", EndpointConfigName="fuzzed-blue")
    sagemaker.create_model_package_group(ModelPackageGroupName="fuzzed-group")
    package = sagemaker.create_model_package(
        ModelPackageGroupName="fuzzed-group",
        InferenceSpecification={
            "Containers": [{"Image": "model:1"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    client("cloudwatch").put_metric_alarm(
        AlarmName="fuzzed-alarm",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=DIMENSIONS,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
    )
    return {
        "alarmname": ("fuzzed-alarm",),
        "endpointarn": (endpoint["EndpointArn"],),
        "endpointconfigname": ("fuzzed-blue", "fuzzed-green"),
        "endpointname": ("fuzzed",),
        "instancetype": ("ml.m5.large", "ml.m5.xlarge"),
        "metricname": ("Invocation5XXErrors", "ModelLatency"),
        "modelarn": (made["ModelArn"],),
        "modelname": ("fuzzed-model",),
        "modelpackagearn": (package["ModelPackageArn"],),
        "modelpackagegroupname": ("fuzzed-group",),
        "modelpackagename": (package["ModelPackageArn"], "fuzzed-group"),
        "namespace": ("AWS/SageMaker",),
        "variantname": ("main",),
    }


def _workflows(client: Client) -> dict[str, tuple[str, ...]]:
    client("iam").create_role(RoleName="fuzzed", AssumeRolePolicyDocument=json.dumps(TRUST))
    states = client("stepfunctions")
    machine = states.create_state_machine(name="fuzzed", definition=json.dumps(WAIT), roleArn=ROLE)[
        "stateMachineArn"
    ]
    execution = states.start_execution(stateMachineArn=machine, name="fuzzed", input="{}")
    client("events").put_rule(Name="fuzzed-rule", ScheduleExpression="rate(1 hour)")
    return {
        "executionarn": (execution["executionArn"],),
        "functionname": ("bluegreen-fuzzed",),
        "rolearn": (ROLE,),
        "rolename": ("fuzzed",),
        "rule": ("fuzzed-rule",),
        "scheduleexpression": ("rate(1 hour)", "cron(0 9 * * ? *)"),
        "statemachinearn": (machine,),
    }


def _messages(client: Client) -> dict[str, tuple[str, ...]]:
    topic = client("sns").create_topic(Name="fuzzed")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="fuzzed")["QueueUrl"]
    client("logs").create_log_group(logGroupName="fuzzed")
    client("logs").create_log_stream(logGroupName="fuzzed", logStreamName="fuzzed")
    return {
        "eventbusname": ("default",),
        "loggroupname": ("fuzzed",),
        "logstreamname": ("fuzzed",),
        "queuename": ("fuzzed",),
        "queueurl": (queue,),
        "topicarn": (topic,),
    }


def _storage(client: Client) -> dict[str, tuple[str, ...]]:
    region = {"LocationConstraint": "eu-central-1"}
    client("s3").create_bucket(Bucket="fuzzed", CreateBucketConfiguration=region)
    client("s3").put_object(Bucket="fuzzed", Key="fuzzed", Body=b"1")
    client("ssm").put_parameter(Name="/fuzzed", Value="1", Type="String")
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("dynamodb").create_table(
        TableName="fuzzed",
        KeySchema=[{"AttributeName": "Key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    secret = client("secretsmanager").create_secret(Name="fuzzed", SecretString="{}")
    body = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'
    client("cloudformation").create_stack(StackName="fuzzed", TemplateBody=body)
    return {
        "bucket": ("fuzzed",),
        "key": ("fuzzed",),
        "keyid": (key,),
        "secretid": (secret["ARN"], "fuzzed"),
        "stackname": ("fuzzed",),
        "tablename": ("fuzzed",),
    }
