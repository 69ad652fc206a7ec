"""Service Quotas of instances "for endpoint usage", as SageMaker refuses what goes over them."""

from collections import Counter

from moto.sagemaker.exceptions import SagemakerClientError

from bluegreen_simulator.aws.sagemaker_driver import INSTANCE_QUOTA, Driver


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
