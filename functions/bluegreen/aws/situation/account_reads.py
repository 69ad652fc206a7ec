"""What is asked of an account only on demand: quotas, roles and prices."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bluegreen.aws.situation.optional_reads import OptionalReads, Unreadable

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]

FOR_ENDPOINTS: Final = " for endpoint usage"
MOST_ENDPOINTS: Final = 100
"""So many endpoints are looked at to count what runs; more are left alone."""

DESCRIBE_ALARMS: Final = "cloudwatch:DescribeAlarms"


class Quotas:
    """Instances "for endpoint usage": allowed ones, and those that run.

    `client` is one of Service Quotas (None: never asked for any).
    """

    def __init__(self, client: Any, sagemaker: "SageMakerClient", reads: OptionalReads) -> None:  # noqa: ANN401 - no stubs
        self._client = client
        self._sagemaker = sagemaker
        self._reads = reads
        self._types: dict[str, dict[str, str]] = {}

    def of(self, types: Sequence[str]) -> dict[str, dict[str, int]]:
        """The `Quotas` of instance types; Unreadable unless all of it can be told."""
        if not types:
            return {}
        allowed = self._allowed(types)
        missing = [type_ for type_ in types if type_ not in allowed]
        if missing:
            raise Unreadable(f"Service Quotas lists none for {', '.join(missing)}")
        running = self._running()
        return {t: {"Allowed": allowed[t], "Running": running[t]} for t in types}

    def _allowed(self, types: Sequence[str]) -> dict[str, int]:
        """By the quotas' names, which AWS documents nowhere; their codes differ by type.

        Shape: `ListServiceQuotasResponse` (Service Quotas API).
        """
        found: dict[str, int] = {}
        pages = self._client.get_paginator("list_service_quotas")
        for page in pages.paginate(ServiceCode="sagemaker", PaginationConfig={"PageSize": 100}):
            values = {quota["QuotaName"]: int(quota["Value"]) for quota in page["Quotas"]}
            found |= {t: values[name] for t in types if (name := t + FOR_ENDPOINTS) in values}
            if len(found) == len(types):
                break
            self._reads.go_on()
        return found

    def _running(self) -> Counter[str]:
        """The instances of all endpoints, by type."""
        pages = self._sagemaker.get_paginator("list_endpoints").paginate(
            PaginationConfig={"PageSize": 100}
        )
        listed = (endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"])
        names = list(islice(listed, MOST_ENDPOINTS + 1))
        if len(names) > MOST_ENDPOINTS:
            raise Unreadable(f"there are more than {MOST_ENDPOINTS} endpoints to count")
        running: Counter[str] = Counter()
        for name in names:
            self._reads.go_on()
            running.update(self._instances_of(name))
        return running

    def _instances_of(self, name: str) -> Counter[str]:
        """An endpoint's instances, and those that a green fleet is to have, by type."""
        endpoint = self._sagemaker.describe_endpoint(EndpointName=name)
        pending: Body = endpoint.get("PendingDeploymentSummary") or {}
        blue = self._counted(endpoint, "CurrentInstanceCount")
        return blue + self._counted(pending, "DesiredInstanceCount")

    def _counted(self, fleet: Body, member: str) -> Counter[str]:
        counted: Counter[str] = Counter()
        for variant in fleet.get("ProductionVariants", []):
            if variant.get(member):
                counted[self._type_of(fleet, variant)] += variant[member]
        return counted

    def _type_of(self, fleet: Body, variant: Body) -> str:
        """The type of a variant; `PendingProductionVariantSummary` tells it itself."""
        config: str = fleet.get("EndpointConfigName", "")
        if variant.get("InstanceType") or not config:
            return str(variant.get("InstanceType", ""))
        if config not in self._types:
            body = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
            self._types[config] = {
                each["VariantName"]: each.get("InstanceType", "")
                for each in body["ProductionVariants"]
            }
        return self._types[config].get(variant["VariantName"], "")


def roles_may_describe_alarms(
    client: "IAMClient", roles: Sequence[str], shapes: Body
) -> dict[str, bool]:
    """The `RolesMayDescribeAlarms` of roles, on the alarms that are there.

    CloudWatch API, DescribeAlarms: composite alarms are shown to those only who may describe
    all. Shape: `SimulatePolicyResponse` (IAM API); resource policies and service control
    policies that IAM does not see there are not counted.
    """
    if "MetricAlarms" not in shapes:
        raise Unreadable("the alarms are not known")
    resources = [alarm["AlarmArn"] for alarm in shapes["MetricAlarms"]]
    resources += ["*"] if shapes.get("CompositeAlarms") else []
    return {role: _may(client, role, resources) for role in roles} if resources else {}


def _may(client: "IAMClient", role: str, resources: Sequence[str]) -> bool:
    pages = client.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role, ActionNames=[DESCRIBE_ALARMS], ResourceArns=resources
    )
    decisions: set[str] = set()
    for result in (result for page in pages for result in page["EvaluationResults"]):
        decisions.add(result["EvalDecision"])
        each = result.get("ResourceSpecificResults", [])
        decisions |= {specific["EvalResourceDecision"] for specific in each}
    return decisions == {"allowed"}


class Prices:
    """USD an hour of an instance that hosts, by the Price List API; `client` is of us-east-1."""

    def __init__(self, client: Any, region: str, reads: OptionalReads) -> None:  # noqa: ANN401 - no stubs
        self._client = client
        self._region = region
        self._reads = reads

    def of(self, types: Sequence[str]) -> dict[str, float]:
        """The `Prices` of instance types, of those that have one."""
        found = {type_: self._of(type_) for type_ in types}
        missing = [type_ for type_, price in found.items() if price is None]
        if missing:
            self._reads.unknown["prices"] = f"the price list has none for {', '.join(missing)}"
        return {type_: price for type_, price in found.items() if price is not None}

    def _of(self, type_: str) -> float | None:
        """Newer records name the type in `instanceName`, older ones in `instanceType`."""
        for field, value in (("instanceName", type_), ("instanceType", f"{type_}-Hosting")):
            self._reads.go_on()
            found = [price for item in self._items(field, value) for price in _hourly(item)]
            if found:
                return max(found)
        return None

    def _items(self, field: str, value: str) -> Iterator[Body]:
        """Shape: `GetProductsResponse` (Price List API), whose items are JSON as text."""
        wanted = {"regionCode": self._region, field: value}
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode="AmazonSageMaker",
            FormatVersion="aws_v1",
            Filters=[{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()],
        )
        for page in pages:
            yield from map(json.loads, page["PriceList"])


def _hourly(item: Body) -> Iterator[float]:
    """The on-demand prices of an item that is an instance of a real-time endpoint."""
    usage: str = item.get("product", {}).get("attributes", {}).get("usagetype", "")
    if "Host:" not in usage:
        return
    for offer in item.get("terms", {}).get("OnDemand", {}).values():
        for dimension in offer.get("priceDimensions", {}).values():
            price = float(dimension.get("pricePerUnit", {}).get("USD", 0))
            if price > 0 and dimension.get("unit") == "Hrs":
                yield price
