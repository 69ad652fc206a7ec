"""Prices, as the Price List API words them, and quotas with what runs."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bluegreen.aws.situation.account_reads import Prices, Quotas
from bluegreen.aws.situation.optional_reads import OptionalReads
from bluegreen.clock import SystemClock
from made_up_keys import MADE_UP_KEYS


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("pricing", region_name="us-east-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def reads() -> OptionalReads:
    return OptionalReads(SystemClock())


def item(
    usage: str = "EUC1-Host:ml.m5.xlarge", usd: str = "0.2760000000", unit: str = "Hrs"
) -> str:
    dimension = {"unit": unit, "pricePerUnit": {"USD": usd}}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage}},
            "terms": {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}},
        }
    )


def expect(stub: Stubber, field: str, value: str, *items: str) -> None:
    wanted = {"regionCode": "eu-central-1", field: value}
    filters = [{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()]
    sent = {"ServiceCode": "AmazonSageMaker", "FormatVersion": "aws_v1", "Filters": filters}
    stub.add_response("get_products", {"PriceList": list(items)}, sent)


def prices(stub: Stubber, reads: OptionalReads, *types: str) -> dict[str, float]:
    return Prices(stub.client, "eu-central-1", reads).of(types)


def test_the_price_of_an_instance_that_hosts(stub: Stubber, reads: OptionalReads) -> None:
    others: list[Any] = [
        item("EUC1-Train:ml.m5.xlarge", "9"),
        item("EUC1-AsyncInf:ml.m5.xlarge", "9"),
        item(usd="0.0000000000"),
        item(usd="9", unit="GB"),
        json.dumps({}),
    ]
    expect(stub, "instanceName", "ml.m5.xlarge", *others, item())
    assert prices(stub, reads, "ml.m5.xlarge") == {"ml.m5.xlarge": 0.276}
    assert reads.unknown == {}


def test_older_records_name_the_type_otherwise(stub: Stubber, reads: OptionalReads) -> None:
    expect(stub, "instanceName", "ml.m5.xlarge", item("EUC1-Train:ml.m5.xlarge", "9"))
    expect(stub, "instanceType", "ml.m5.xlarge-Hosting", item(), item(usd="0.3"))
    assert prices(stub, reads, "ml.m5.xlarge") == {"ml.m5.xlarge": 0.3}


def test_a_type_without_a_price_is_named(stub: Stubber, reads: OptionalReads) -> None:
    expect(stub, "instanceName", "ml.a")
    expect(stub, "instanceType", "ml.a-Hosting")
    expect(stub, "instanceName", "ml.m5.xlarge", item())
    assert prices(stub, reads, "ml.a", "ml.m5.xlarge") == {"ml.m5.xlarge": 0.276}
    assert reads.unknown == {"prices": "the price list has none for ml.a"}


# ---- Quotas ----------------------------------------------------------------------------------


class Pages:
    """In place of a paginator: one page."""

    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [self._page]


def listing(**page: Any) -> Any:
    return lambda _operation: Pages(page)


def account_of(*endpoints: dict[str, Any]) -> Any:
    """A SageMaker with these endpoints, whose config has ml.m5.xlarge."""
    by_name = {endpoint["EndpointName"]: endpoint for endpoint in endpoints}
    variant = {"VariantName": "main", "InstanceType": "ml.m5.xlarge"}
    return SimpleNamespace(
        get_paginator=listing(Endpoints=list(endpoints)),
        describe_endpoint=lambda EndpointName: by_name[EndpointName],  # noqa: N803 - boto3's
        describe_endpoint_config=lambda EndpointConfigName: {  # noqa: ARG005, N803 - boto3's
            "ProductionVariants": [variant]
        },
    )


def test_what_runs_is_counted_around_endpoints_of_inference_components(
    reads: OptionalReads,
) -> None:
    variants = [{"VariantName": "main", "CurrentInstanceCount": 3}]
    ours = {"EndpointName": "a", "EndpointConfigName": "c", "ProductionVariants": variants}
    components = {"EndpointName": "b", "ProductionVariants": variants}
    pending = [{"VariantName": "main", "DesiredInstanceCount": 2, "InstanceType": "ml.g5.xlarge"}]
    summary = {"EndpointConfigName": "d", "ProductionVariants": pending}
    updated = {**ours, "EndpointName": "c", "PendingDeploymentSummary": summary}
    allowed = [
        {"QuotaName": f"{type_} for endpoint usage", "Value": 20.0}
        for type_ in ("ml.m5.xlarge", "ml.g5.xlarge")
    ]
    quotas = Quotas(
        SimpleNamespace(get_paginator=listing(Quotas=allowed)),
        account_of(ours, components, updated),
        reads,
    )
    assert quotas.of(["ml.m5.xlarge", "ml.g5.xlarge"]) == {
        "ml.m5.xlarge": {"Allowed": 20, "Running": 6},
        "ml.g5.xlarge": {"Allowed": 20, "Running": 2},
    }
