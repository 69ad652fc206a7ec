"""The checks before anything is created: account, cost, permissions, quota, layer, name."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import click
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen_smoke import cost
from bluegreen_smoke.aws import exists
from bluegreen_smoke.run import ROOT, Smoke
from bluegreen_smoke.steps import Step, StepFailedError, in_words

PRICE_REGIONS: Final = ("us-east-1", "eu-central-1", "ap-south-1")
"""Where the Price List API is; each of them knows the prices of all regions."""

READS: Final[Mapping[str, tuple[str, str, Mapping[str, Any]]]] = {
    "sagemaker:ListEndpoints": ("sagemaker", "list_endpoints", {"MaxResults": 1}),
    "cloudformation:DescribeStacks": ("cloudformation", "describe_stacks", {}),
    "states:ListStateMachines": ("stepfunctions", "list_state_machines", {"maxResults": 1}),
    "lambda:ListFunctions": ("lambda", "list_functions", {"MaxItems": 1}),
    "iam:ListRoles": ("iam", "list_roles", {"MaxItems": 1}),
    "s3:ListAllMyBuckets": ("s3", "list_buckets", {}),
    "events:ListRules": ("events", "list_rules", {"Limit": 1}),
    "sqs:ListQueues": ("sqs", "list_queues", {}),
    "cloudwatch:DescribeAlarms": ("cloudwatch", "describe_alarms", {"MaxRecords": 1}),
    "dynamodb:ListTables": ("dynamodb", "list_tables", {"Limit": 1}),
    "kms:ListAliases": ("kms", "list_aliases", {}),
}
"""One harmless read in each service in which the run creates something."""


def steps(smoke: Smoke) -> list[Step]:
    """The steps before anything is made."""
    table: list[tuple[str, str, Callable[[Smoke], str], bool]] = [
        ("caller", "which account this is, and who is calling", caller, False),
        ("price", "the list price of an instance", price, True),
        ("consent", "what it costs, and whether you accept that", consent, False),
        ("permissions", "one read in every service that the run uses", permissions, False),
        ("quota", "the quota allows the instances of both fleets", quota, False),
        ("layer", "the region has the layer of the functions", layer, False),
        ("name", "there is no stack of that name yet", name, False),
    ]
    return [Step(n, what, _of(smoke, run), goes_on=goes_on) for n, what, run, goes_on in table]


def _of(smoke: Smoke, run: Callable[[Smoke], str]) -> Callable[[], str]:
    return lambda: run(smoke)


def caller(smoke: Smoke) -> str:
    """The account and the caller, from STS."""
    found = smoke.aws.client("sts").get_caller_identity()
    smoke.account_id = found["Account"]
    embedded = ", which is the embedded AWS" if smoke.aws.embedded else ""
    where = f"account {found['Account']}, region {smoke.aws.region}{embedded}"
    return f"{where}, as {found['Arn']}"


def price(smoke: Smoke) -> str:
    """The list price of an hour of the instance type, if AWS tells one and only one."""
    try:
        with smoke.aws.reaching():
            found = set(_prices(smoke))
    except (BotoCoreError, ClientError) as error:
        return f"not known: {in_words(error)}"
    if len(found) != 1:
        return f"not known: {len(found)} prices match"
    (smoke.price,) = found
    return f"{smoke.price} USD an hour for {smoke.options.instance_type} in {smoke.aws.region}"


def _prices(smoke: Smoke) -> Iterator[float]:
    region = smoke.aws.region
    asked = smoke.aws.client("pricing", region if region in PRICE_REGIONS else PRICE_REGIONS[0])
    wanted = {
        "regionCode": region,
        "productFamily": "ML Instance",
        "component": "Hosting",
        "instanceName": smoke.options.instance_type,
    }
    filters = [{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()]
    for product in asked.get_products(ServiceCode="AmazonSageMaker", Filters=filters)["PriceList"]:
        yield from prices_of(json.loads(product))


def prices_of(product: Mapping[str, Any]) -> Iterator[float]:
    """The prices of an hour on demand in a product of the Price List API."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            amount = float(dimension["pricePerUnit"].get("USD", 0))
            if dimension["unit"] in ("Hrs", "Hours") and amount:
                yield amount


def consent(smoke: Smoke) -> str:
    """Show the cost, and ask whether to continue."""
    options = smoke.options
    for line in cost.in_words(cost.parts(), options.instances, options.instance_type, smoke.price):
        smoke.say(line)
    smoke.say(f"Everything it creates is named {smoke.name}..., and is deleted at the end.")
    if options.agreed or _confirmed():
        return "accepted"
    raise StepFailedError("not accepted; nothing was created")


def _confirmed() -> bool:
    try:
        return click.confirm("Continue?", default=False, err=True)
    except click.Abort:  # nobody is there to answer
        return False


def permissions(smoke: Smoke) -> str:
    """Look once in each service; what may not be looked at is named."""
    refused = [action for action in READS if not _is_allowed(smoke, action)]
    if refused:
        raise StepFailedError(f"the caller is not allowed to call {', '.join(refused)}")
    return f"reading works in all {len(READS)} services; creating is tried in the later steps"


def _is_allowed(smoke: Smoke, action: str) -> bool:
    service, operation, arguments = READS[action]
    try:
        getattr(smoke.aws.client(service), operation)(**arguments)
    except ClientError as error:
        if "denied" in str(error).lower() or "not authorized" in str(error).lower():
            return False
        raise
    return True


def quota(smoke: Smoke) -> str:
    """Whether Service Quotas grants both fleets; what is in use already is not counted."""
    kind, wanted = smoke.options.instance_type, 2 * smoke.options.instances
    try:
        with smoke.aws.reaching():
            found = list(_quotas(smoke, f"{kind} for endpoint usage"))
    except ClientError as error:
        return f"not known: {in_words(error)}"
    if not found:
        return f"not known: Service Quotas lists no quota for {kind}"
    if max(found) < wanted:
        few = f"the quota is {max(found):.0f} instances of {kind} for endpoints"
        raise StepFailedError(f"{few}, but {wanted} are needed")
    return f"{max(found):.0f} instances of {kind} for endpoints; {wanted} are needed"


def _quotas(smoke: Smoke, name: str) -> Iterator[float]:
    pages = smoke.aws.client("service-quotas").get_paginator("list_service_quotas")
    for page in pages.paginate(ServiceCode="sagemaker"):
        yield from (quota["Value"] for quota in page["Quotas"] if quota["QuotaName"] == name)


def layer(smoke: Smoke) -> str:
    """The layer's parameter, by the name that stands in the template."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    (parameter,) = set(re.findall(r"\{\{resolve:ssm:([^}]+)\}\}", template))
    found = smoke.aws.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    return str(found)


def name(smoke: Smoke) -> str:
    """The name of the stack is free."""
    stacks = smoke.aws.client("cloudformation")
    if exists(lambda: stacks.describe_stacks(StackName=smoke.name)):
        raise StepFailedError(f"the stack {smoke.name} exists already")
    return f"{smoke.name} is free"
