"""Bodies of DescribeEndpoint as SageMaker, for all that is documented, might give them too."""

from collections.abc import Callable
from typing import Any, Final

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


def with_all_that_is_made(body: Body) -> Body:
    """A body whose CurrentInstanceCount says nothing of traffic."""
    return changed(body, lambda v: {**v, "CurrentInstanceCount": v["DesiredInstanceCount"]})


def with_blue_that_falls(body: Body) -> Body:
    """A body in which blue, too, counts its instances with traffic, as many as green's others."""
    green = body.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    others = {
        v["VariantName"]: v["DesiredInstanceCount"] - v["CurrentInstanceCount"] for v in green
    }
    blue = [
        {**v, "CurrentInstanceCount": others.get(v["VariantName"], v["CurrentInstanceCount"])}
        for v in body["ProductionVariants"]
    ]
    return {**body, "ProductionVariants": blue}


COUNTS: Final[dict[str, Callable[[Body], Body]]] = {
    "documented": lambda body: body,
    "all that is made": with_all_that_is_made,
    "blue falls": with_blue_that_falls,
}
"""What CurrentInstanceCount may count; documented is only one sample, of a canary."""
