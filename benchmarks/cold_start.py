"""Starts functions, each in a process of its own, and tells what each start took.

`python benchmarks/cold_start.py` reads a line of JSON for each start, `{"handler": "bluegreen...",
"adapters": ["locks"]}`, and writes one. It knows nothing but the standard library, so that what it
forks is as bare as Lambda's own process; the floor, a start without a handler, is boto3 with one
small client. With `--warm` each start goes on from what all functions import, and from models of
services that are read already: its modules are the same, and it is cheap.
"""

import importlib
import json
import os
import resource
import sys
import time
from typing import Any, Final

ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "ABORT_ALARM": "true",
    "ALLOW_SUPERSEDE": "true",
    "CHAT_TOPIC_ARN": "arn",
    "CLAIM_SECONDS": "60",
    "CLEAN_UP_AFTER_DAYS": "30",
    "CLEAN_UP_KEEP_LAST": "3",
    "DEPLOYMENTS_TABLE_NAME": "table",
    "GUARDRAIL_ALARMS": "OnRequest",
    "NOTIFICATIONS_TOPIC_ARN": "arn",
    "OPERATIONS_TOPIC_ARN": "arn",
    "POLICY_PATH": "/bluegreen/policies",
    "REPORTS_BUCKET": "reports",
    "STACK_NAME": "bluegreen",
    "STATE_MACHINE_ARN": "arn",
    "WEBHOOK_DEAD_LETTER_QUEUE_URL": "https://queue",
    "WEBHOOK_PARAMETER": "/webhook",
    "WEBHOOK_QUEUE_URL": "https://queue",
}
"""What the template sets, made up; no call is made."""

UPDATES: Final = "bluegreen.states.start_update"
"""Who calls UpdateEndpoint, for which SageMaker has a client that it makes then."""

Told = dict[str, Any]


def floor() -> Told:
    """Boto3 and one small client."""
    began = time.process_time()
    boto3 = importlib.import_module("boto3")
    boto3.client("stepfunctions")
    seconds = time.process_time() - began
    return {"imported": _modules(), "used": _modules(), "seconds": [seconds, seconds]}


def function(handler: str, adapters: list[str]) -> Told:
    """A handler's module, and then the adapters that an invocation asks the account for."""
    began = time.process_time()
    module = importlib.import_module(handler)
    imported, seconds = _modules(), time.process_time() - began
    account = module.account()
    for name in adapters:
        getattr(account, name)
    if handler == UPDATES and callable(account.endpoints._updating):  # noqa: SLF001 - ours
        account.endpoints._updating()  # noqa: SLF001 - likewise
    seconds_used = time.process_time() - began
    return {"imported": imported, "used": _modules(), "seconds": [seconds, seconds_used]}


def warm() -> None:
    """Import what all functions import, and read the larger models."""
    importlib.import_module("bluegreen.runtime")
    session = importlib.import_module("bluegreen.aws.account").session()
    for service in ("dynamodb", "sagemaker", "cloudwatch"):
        session.create_client(service)


def _modules() -> list[str]:
    return sorted(sys.modules)


def apart(start: Told) -> Told:
    """What a start tells, in a process of its own; with its greatest memory, in KiB.

    `seconds` are those of the processor: until the handler is imported, and until it has all
    adapters.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        told = function(**start) if start else floor()
        told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with os.fdopen(writing, "w") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    answer: Told = json.loads(text)
    return answer


def main() -> None:
    """Start what is asked for."""
    os.environ |= ENVIRONMENT  # noqa: TID251 - of the functions
    if "--warm" in sys.argv:
        warm()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(apart(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
