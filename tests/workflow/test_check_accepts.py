"""What the check passes, SageMaker takes; what would lose its guardrails, the check refuses."""

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from bluegreen.aws.situation.situations import Situations
from bluegreen.check.report import Checked, check_situation
from bluegreen.contract.findings import rejecting
from bluegreen.request.request import Request, check
from bluegreen_simulator.aws.sagemaker import service
from sagemaker_account import Account, running_account

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        ProductionVariantServerlessConfigTypeDef,
        ProductionVariantTypeDef,
    )

REQUESTS = 120
SERVERLESS: "ProductionVariantServerlessConfigTypeDef" = {
    "MemorySizeInMB": 2048,
    "MaxConcurrency": 5,
}
ROLE = "arn:aws:iam::123456789012:role/model"


@dataclass
class Tally:
    """How the requests went: what the check said, what SageMaker did."""

    seen: Counter[tuple[str, str]]
    wrong: list[str]


def size(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {"Type": "INSTANCE_COUNT", "Value": chance.randint(1, 8)}
    return {"Type": "CAPACITY_PERCENT", "Value": chance.choice((1, 10, 25, 33, 50, 60))}


def blue_green(chance: random.Random) -> dict[str, Any]:
    mode = chance.choice(("ALL_AT_ONCE", "CANARY", "LINEAR"))
    routing: dict[str, Any] = {"Type": mode, "WaitIntervalInSeconds": chance.choice((0, 60, 600))}
    if mode != "ALL_AT_ONCE":
        routing["CanarySize" if mode == "CANARY" else "LinearStepSize"] = size(chance)
    return {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": chance.choice((0, 300)),
        "MaximumExecutionTimeoutInSeconds": chance.choice((600, 7200, 28800)),
    }


def rolling(chance: random.Random) -> dict[str, Any]:
    back = {"RollbackMaximumBatchSize": size(chance)} if chance.random() < 0.5 else {}
    return {
        "MaximumBatchSize": size(chance),
        "WaitIntervalInSeconds": chance.choice((0, 60)),
        "MaximumExecutionTimeoutInSeconds": chance.choice((600, 28800)),
        **back,
    }


def policy(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {"RollingUpdatePolicy": rolling(chance)}
    return {"BlueGreenUpdatePolicy": blue_green(chance)}


def variants(chance: random.Random) -> "list[ProductionVariantTypeDef]":
    kinds = ("two", "inf1", "serverless", "marketplace")
    kind = chance.choice(kinds) if chance.random() < 0.3 else "plain"
    fleet: ProductionVariantTypeDef = {
        "VariantName": "main",
        "ModelName": "bought" if kind == "marketplace" else "model",
        "InitialInstanceCount": chance.choice((1, 2, 3, 4, 10, 20)),
        "InstanceType": "ml.inf1.xlarge" if kind == "inf1" else "ml.m5.xlarge",
    }
    if kind == "serverless":
        return [{"VariantName": "main", "ModelName": "model", "ServerlessConfig": SERVERLESS}]
    return [fleet, {**fleet, "VariantName": "other"}] if kind == "two" else [fleet]


def make(account: Account, number: int, chance: random.Random) -> dict[str, Any]:
    """An endpoint with one fleet by chance, and a request for another one."""
    for color in ("blue", "green"):
        account.sagemaker.create_endpoint_config(
            EndpointConfigName=f"{color}-{number}", ProductionVariants=variants(chance)
        )
    name = f"endpoint-{number}"
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"blue-{number}")
    service.settle(name)
    return {
        "EndpointName": name,
        "EndpointConfigName": f"green-{number}",
        "DeploymentConfig": policy(chance),
        "RetainAllVariantProperties": chance.random() < 0.5,
    }


def checked(account: Account, raw: Any) -> Checked:
    findings = check(raw)
    if rejecting(findings):
        return Checked(findings)
    situations = Situations(
        clock=account.world.clock, sagemaker=account.sagemaker, cloudwatch=account.cloudwatch
    )
    request = Request.from_json(raw)
    return check_situation(request, situations.of(request), findings)


def asked(account: Account, raw: dict[str, Any]) -> str:
    """What SageMaker makes of it: `refused`, `guarded`, or `unguarded` if it tells no stage."""
    try:
        account.sagemaker.update_endpoint(**raw)
    except ClientError:
        return "refused"
    account.world.clock.sleep(2)
    told = [
        event["detail"]["EndpointName"]
        for event in account.events()
        if event["detail_type"] == "SageMaker Endpoint Deployment State Change"
    ]
    return "guarded" if raw["EndpointName"] in told else "unguarded"


@pytest.fixture(scope="module")
def tally() -> Tally:
    chance, found = random.Random(4), Tally(Counter(), [])  # noqa: S311 - not for secrets
    with running_account() as account:
        account.sagemaker.create_model(
            ModelName="model", PrimaryContainer={"Image": "model:1"}, ExecutionRoleArn=ROLE
        )
        make_bought(account)
        for number in range(REQUESTS):
            raw = make(account, number, chance)
            watched = {**raw, "AllowFindings": ["no-alarms"]}  # which is not what this is about
            said = "rejected" if checked(account, watched).would_be_rejected else "passed"
            done = asked(account, raw)
            found.seen[said, done] += 1
            if said == "passed" and done != "guarded":
                found.wrong.append(f"{done}: {raw}")
    return found


def make_bought(account: Account) -> None:
    """A model from AWS Marketplace: its package belongs to another account."""
    package = "arn:aws:sagemaker:eu-central-1:865070037744:model-package/bought"
    account.sagemaker.create_model(
        ModelName="bought", PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=ROLE
    )


def test_what_the_check_passes_sagemaker_takes_with_guardrails(tally: Tally) -> None:
    assert tally.wrong == []


def test_the_requests_are_of_every_kind(tally: Tally) -> None:
    assert tally.seen["passed", "guarded"] > REQUESTS / 10
    assert tally.seen["rejected", "unguarded"] > REQUESTS / 10
    assert tally.seen["rejected", "refused"] > REQUESTS / 20
