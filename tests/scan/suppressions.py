"""What the scanner finds and we leave as it is, each with its reason; `*` stands for any text."""

from dataclasses import dataclass
from typing import Final

FUNCTIONS: Final = "AWS::Lambda::Function.*"


@dataclass(frozen=True)
class Suppression:
    """A check that does not count for the resources of a name, and why."""

    check: str
    resource: str
    reason: str


SUPPRESSIONS: Final = (
    Suppression(
        "CKV_AWS_26",  # a topic is encrypted
        "AWS::SNS::Topic.OperationsTopic",
        "It tells operators that the key does not work, so it must not need the key. It carries"
        " names of alarms and functions, and what could not be sent for 14 days.",
    ),
    Suppression(
        "CKV_AWS_119",  # a table is encrypted with a key of the customer's
        "AWS::DynamoDB::Table.DeploymentsTable",
        "The table outlives its stack and the stack's key. DynamoDB encrypts it with AWS's own.",
    ),
    Suppression(
        "CKV_AWS_18",  # a bucket has a log of who reads it
        "AWS::S3::Bucket.ReportsBucket",
        "Such a log wants a bucket of its own, which the account may have for all of its buckets."
        " CloudTrail's data events say the same.",
    ),
    Suppression(
        "CKV_AWS_115",  # a function has a concurrency of its own
        FUNCTIONS,
        "A reserve is taken from the rest of the account, and as a limit it would throttle the"
        " workflow or lose events. Step Functions and Lambda try again what is throttled.",
    ),
    Suppression(
        "CKV_AWS_116",  # a function has a dead-letter queue
        FUNCTIONS,
        "The functions of rules and topics have a destination on failure, which holds more than a"
        " dead-letter queue, and the webhook's queue has one of its own. States and commands are"
        " called synchronously, and schedules come again; an alarm watches the errors of each.",
    ),
    Suppression(
        "CKV_AWS_117",  # a function is in a VPC
        FUNCTIONS,
        "They speak to the public APIs of AWS, and one of them to Slack or Teams. Nothing can"
        " connect to them.",
    ),
    Suppression(
        "CKV_AWS_173",  # a function's environment is encrypted with a key of the customer's
        FUNCTIONS,
        "It holds names, ARNs and switches, and no secret. Lambda encrypts it with AWS's own key;"
        " with ours, no function would start once the key is disabled.",
    ),
)
