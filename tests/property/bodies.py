"""Bodies of DescribeEndpoint as SageMaker, for all that is documented, might give them too."""

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


def changed(body: Body, change: Callable[[Body], Body]) -> Body:
    """A body of DescribeEndpoint with all of its variants, blue and green, changed."""
    shown = {**body, "ProductionVariants": [change(v) for v in body["ProductionVariants"]]}
    if "PendingDeploymentSummary" in body:
        shown["PendingDeploymentSummary"] = changed(body["PendingDeploymentSummary"], change)
    return shown


def without_starts(variant: Body) -> Body:
    """A variant whose VariantStatus has no StartTime, which is optional."""
    if "VariantStatus" not in variant:
        return variant
    bare = [{"Status": status["Status"]} for status in variant["VariantStatus"]]
    return {**variant, "VariantStatus": bare}


def with_all_that_is_made(variant: Body) -> Body:
    """A variant whose CurrentInstanceCount says nothing of traffic."""
    return {**variant, "CurrentInstanceCount": variant["DesiredInstanceCount"]}
