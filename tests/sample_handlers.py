"""Handlers of the functions that tests make; each function has this module for itself."""

import json
import os
import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from bluegreen.aws.account import PATIENT

_CALLS: list[Any] = []


class SampleError(Exception):
    """What a handler raises."""


def tell_environment(event: Any, context: Any) -> dict[str, Any]:
    """Some of the environment that the function sees, and what it is told of itself."""
    time.sleep(event.get("seconds", 0))  # noqa: TID251 - virtual, as everything here
    names = event["names"]
    told = {name: os.environ.get(name) for name in names}  # noqa: TID251 - it is what is tested
    return {**told, "name": context.function_name, "arn": context.invoked_function_arn}


def count(event: Any, _context: Any) -> int:
    """How often this function was called."""
    _CALLS.append(event)
    return len(_CALLS)


def fail(event: Any, _context: Any) -> None:
    """Fail, with a message."""
    raise SampleError(f"no use for {event}")


def fail_twice(event: Any, context: Any) -> str:
    """Fail when called for the first and for the second time."""
    if count(event, context) <= 2:
        raise SampleError("not yet")
    return "done"


def sleep(event: Any, _context: Any) -> str:
    """Take some time."""
    time.sleep(event["seconds"])  # noqa: TID251 - virtual, as everything here
    return "awake"


def print_event(event: Any, _context: Any) -> None:
    """Print the event in a line."""
    print(json.dumps(event))  # noqa: T201 - it is what is tested


def fail_what_says_so(event: Any, _context: Any) -> dict[str, Any]:
    """Report the messages of a batch that say so as failed."""
    failed = [one["messageId"] for one in event["Records"] if json.loads(one["body"]).get("fails")]
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def sleep_ten_seconds(_event: Any, _context: Any) -> None:
    """Sleep, whatever comes."""
    time.sleep(10)  # noqa: TID251 - virtual, as everything here


def answer_no_json(_event: Any, _context: Any) -> Any:
    """Answer with something that JSON has no word for."""
    return {1, 2}


def chat(_event: Any, _context: Any) -> None:
    """Print two lines."""
    print("first\nsecond")  # noqa: T201 - it is what is tested


def read(event: Any, _context: Any) -> Any:
    """Read a row of a table."""
    return boto3.client("dynamodb").get_item(**_row(event)).get("Item")


def read_patiently(event: Any, _context: Any) -> dict[str, Any]:
    """Read a row of a table as our functions do; how it went."""
    client = boto3.client("dynamodb", config=PATIENT)
    try:
        answered = _answered(client.get_item(**_row(event)))
    except ClientError as error:
        return {**_answered(error.response), "code": error.response["Error"]["Code"]}
    return {**answered, "code": None}


def _answered(answer: Mapping[str, Any]) -> dict[str, int]:
    metadata = answer["ResponseMetadata"]
    return {"retries": metadata["RetryAttempts"], "status": metadata["HTTPStatusCode"]}


def write_and_count(event: Any, context: Any) -> int:
    """Write a row of a table, and tell how often this function was called."""
    boto3.client("dynamodb").put_item(TableName=event["table"], Item={"pk": {"S": event["key"]}})
    return count(event, context)


def write(event: Any, _context: Any) -> str:
    """Write a row of a table, twice."""
    client = boto3.client("dynamodb")
    for _ in range(2):
        key = {"S": event["key"]}
        client.put_item(TableName=event["table"], Item={"pk": key})
    return "written"


def call(event: Any, _context: Any) -> dict[str, Any]:
    """Call an operation of a service; how it went."""
    service, operation, call = event.pop("service"), event.pop("operation"), event
    client: Any = boto3.client(service, config=PATIENT)
    try:
        return {**_answered(getattr(client, operation)(**call)), "code": None}
    except ClientError as error:
        return {**_answered(error.response), "code": error.response["Error"]["Code"]}


def call_what_is_not_modelled(_event: Any, _context: Any) -> Any:
    """Call an operation that permissions.ACTIONS does not know."""
    return boto3.client("dynamodb").list_tables()


def _row(event: Any) -> Any:
    return {"TableName": event["table"], "Key": {"pk": {"S": event["key"]}}}
