"""Service Quotas of instances "for endpoint usage"; SageMaker refuses what exceeds them."""

import hashlib
import json
from collections import Counter
from typing import Any, Final

from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import SagemakerClientError
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from bluegreen_simulator.aws.sagemaker.driver import INSTANCE_QUOTA, Driver, running
from bluegreen_simulator.moto.replacements import ABSENT, replaces

PAGE: Final = 100
"""How many quotas a page has at most, and where MaxResults does not say."""


def require_quota(driver: Driver, needed: Counter[str]) -> None:
    """ResourceLimitExceeded, in AWS's words, unless so many instances more are allowed."""
    held = driver.held()
    for instance_type, count in needed.items():
        quota = driver.quotas.get(instance_type, INSTANCE_QUOTA)
        if held[instance_type] + count > quota:
            error = SagemakerClientError(_words(instance_type, quota, held[instance_type], count))
            error.code = "ResourceLimitExceeded"
            raise error


def _words(instance_type: str, quota: int, held: int, needed: int) -> str:
    return (
        f"The account-level service limit '{instance_type} for endpoint usage' is {quota}"
        f" Instances, with current utilization of {held} Instances and a request delta of"
        f" {needed} Instances. Please use AWS Service Quotas to request an increase for this"
        " quota. If AWS Service Quotas is not available, contact AWS support to request an"
        " increase for this quota."
    )


@replaces(
    ServiceQuotasResponse,
    "list_service_quotas",
    restores="ListServiceQuotas tells the quotas of SageMaker for endpoint usage, in pages.",
    original=ABSENT,
)
def list_service_quotas(response: ServiceQuotasResponse) -> str:
    """A page of the quotas that the embedded SageMaker keeps to; there are no others."""
    params: dict[str, Any] = json.loads(response.body)
    unknown = sorted(params.keys() - {"ServiceCode", "MaxResults", "NextToken"})
    if unknown or params["ServiceCode"] != "sagemaker":
        raise NotImplementedError("Only all quotas of sagemaker.")
    if response.region != running().world.region:
        raise NotImplementedError(f"Only quotas of {running().world.region}.")
    first = int(params.get("NextToken", "0"))
    last, quotas = first + params.get("MaxResults", PAGE), _quotas()
    more = {"NextToken": str(last)} if last < len(quotas) else {}
    return json.dumps({"Quotas": quotas[first:last], **more})


@replaces(
    ServiceQuotasResponse,
    "get_service_quota",
    restores="GetServiceQuota knows what ListServiceQuotas lists.",
    original="4ee6a4213295",
)
def get_service_quota(response: ServiceQuotasResponse) -> str:
    """One quota, by its code; no quota here is of a single resource."""
    return _one(response, _quotas())


@replaces(
    ServiceQuotasResponse,
    "get_aws_default_service_quota",
    restores="GetAWSDefaultServiceQuota tells what a quota is before somebody sets it.",
    original=ABSENT,
)
def get_default_quota(response: ServiceQuotasResponse) -> str:
    """One quota with AWS's value, by its code."""
    return _one(response, [{**one, "Value": float(INSTANCE_QUOTA)} for one in _quotas()])


def _one(response: ServiceQuotasResponse, quotas: list[dict[str, Any]]) -> str:
    params: dict[str, Any] = json.loads(response.body)
    if "ContextId" in params:
        raise NotImplementedError("ContextId of a quota.")
    for quota in quotas:
        if (quota["ServiceCode"], quota["QuotaCode"]) == (
            params["ServiceCode"],
            params["QuotaCode"],
        ):
            return json.dumps({"Quota": quota})
    raise NoSuchResource


def _quotas() -> list[dict[str, Any]]:
    """A quota for each instance type that the API knows, or that somebody set."""
    types = get_service_model("sagemaker").shape_for("ProductionVariantInstanceType").enum
    return [_quota(name) for name in sorted({*types, *running().quotas})]


def _quota(instance_type: str) -> dict[str, Any]:
    name = f"{instance_type} for endpoint usage"
    code = f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
    where = f"{running().world.region}:{running().world.account_id}"
    return {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:{where}:sagemaker/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(running().quotas.get(instance_type, INSTANCE_QUOTA)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
