"""Quotas, with what runs."""

from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.aws.reads import OptionalReads
from bluegreen.aws.situation.account_reads import Quotas
from bluegreen.clock import SystemClock


@pytest.fixture
def reads() -> OptionalReads:
    return OptionalReads(SystemClock())


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
