"""What tests make in an embedded AWS, through its API, and what they read there."""

import json
from collections.abc import Mapping
from typing import Any, Final

from bluegreen_simulator.run.embedded import START, EmbeddedAws

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
EVENTS: Final = {"Service": "events.amazonaws.com"}


def seconds(aws: EmbeddedAws) -> float:
    """How much virtual time has passed since the beginning."""
    return (aws.clock.now() - START).total_seconds()


def trusting(service: str) -> str:
    """The trust policy of a role as which a service may act."""
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(
    aws: EmbeddedAws, name: str, *statements: Mapping[str, Any], service: str = "lambda"
) -> str:
    """A role of a service that allows what the statements say, and nothing else; its ARN."""
    iam = aws.client("iam")
    trust = trusting(service)
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
    arn: str = made["Arn"]
    return arn


def allow(action: str, resource: str, effect: str = "Allow") -> dict[str, str]:
    """A statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource}


def make_function(
    aws: EmbeddedAws, name: str, handler: str, *statements: Mapping[str, Any], **more: Any
) -> str:
    """A function with a handler of `sample_handlers`, a role of its own and a log; its ARN."""
    aws.world.handlers.add(f"sample_handlers.{handler}")
    plain = {"Runtime": "python3.13", "Code": {"ZipFile": b"nothing"}, "Timeout": 60}
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Handler=f"sample_handlers.{handler}",
        Role=make_role(aws, f"{name}-role", allow("logs:*", "*"), *statements),
        **{**plain, **more},
    )
    arn: str = made["FunctionArn"]
    return arn


def invoke(aws: EmbeddedAws, name: str, event: Any = None) -> tuple[Any, str | None]:
    """What a function answers, and its FunctionError."""
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def statement(principal: Any, action: Any, **more: Any) -> dict[str, Any]:
    """A statement of a policy that stands at a resource."""
    plain = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return {**plain, **more}


def make_topic(aws: EmbeddedAws, *statements: Mapping[str, Any], key: str = "") -> str:
    """A topic with these statements, or its default policy, and a key; its ARN."""
    client = aws.client("sns")
    arn: str = client.create_topic(Name="news")["TopicArn"]
    attributes = {"KmsMasterKeyId": key} if key else {}
    if statements:
        document = {"Version": "2012-10-17", "Statement": statements}
        attributes["Policy"] = json.dumps(document)
    for name, value in attributes.items():
        client.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    return arn


def make_queue(aws: EmbeddedAws, name: str) -> tuple[str, str]:
    """A queue that takes what EventBridge sends; its URL and its ARN."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    sending = statement(EVENTS, "sqs:SendMessage")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [sending]})
    made = aws.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})
    return made["QueueUrl"], arn


def on_failure(aws: EmbeddedAws, function: str, **config: Any) -> str:
    """Let a queue have what a function fails on, as the function's role may; its URL."""
    url, arn = make_queue(aws, "failed")
    document = {"Version": "2012-10-17", "Statement": [allow("sqs:SendMessage", arn)]}
    aws.client("iam").put_role_policy(
        RoleName=f"{function}-role", PolicyName="sends", PolicyDocument=json.dumps(document)
    )
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function, DestinationConfig={"OnFailure": {"Destination": arn}}, **config
    )
    return url


def messages(aws: EmbeddedAws, url: str) -> list[dict[str, Any]]:
    """What lies in a queue: body, attributes of the message, attributes of its sending."""
    found: list[dict[str, Any]] = (
        aws.client("sqs")
        .receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        .get("Messages", [])
    )
    return found


def bodies(aws: EmbeddedAws, url: str) -> list[Any]:
    """The bodies of what lies in a queue, as JSON."""
    return [json.loads(message["Body"]) for message in messages(aws, url)]


def invocations(aws: EmbeddedAws, function: str) -> list[float]:
    """The seconds at which a function ended a run."""
    return [
        (entry.at - START).total_seconds()
        for entry in aws.journal.of_kind("lambda_invoked")
        if entry.data["function"] == function
    ]
