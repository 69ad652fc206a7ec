"""What tests make in an embedded AWS, through its API, and what they read there."""

import json
from collections.abc import Mapping
from typing import Any, Final

from bluegreen_simulator.run.embedded import START, EmbeddedAws

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"


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
    """A function with a handler of `sample_handlers` and a role of its own; its ARN."""
    aws.world.handlers.add(f"sample_handlers.{handler}")
    plain = {"Runtime": "python3.13", "Code": {"ZipFile": b"nothing"}, "Timeout": 60}
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Handler=f"sample_handlers.{handler}",
        Role=make_role(aws, f"{name}-role", *statements),
        **{**plain, **more},
    )
    arn: str = made["FunctionArn"]
    return arn


def invoke(aws: EmbeddedAws, name: str, event: Any = None) -> tuple[Any, str | None]:
    """What a function answers, and its FunctionError."""
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def make_queue(aws: EmbeddedAws, name: str) -> tuple[str, str]:
    """A queue; its URL and its ARN."""
    url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


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
