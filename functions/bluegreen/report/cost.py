"""What the deployment cost beyond what runs anyway, in instance-hours of one variant.

Billing: SageMaker Developer Guide, "Blue/Green Deployments": both fleets while both are there.
"""

from bluegreen.contract.times import from_text
from bluegreen.deployment.history import PastDeployment
from bluegreen.drawing.markup import Markup, tag
from bluegreen.report.words import HOUR, length, note, section
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.traffic_steps import instances_of


def cost(past: PastDeployment) -> Markup:
    """The section."""
    record = past.record
    if not record["Stages"] or "Request" not in record or not past.fleet:
        return section("Cost", note("No second fleet was seen, so nothing was paid beyond blue."))
    first, last = record["Stages"][0], record["Stages"][-1]
    start, end = from_text(first["StartedAt"]), from_text(last["EndedAt"])
    more = _more_instances(Request.from_json(record["Request"]).policy, past.fleet)
    hours = more * (end - start).total_seconds() / HOUR
    return section(
        "Cost",
        tag("p", f"About {hours:.2f} instance-hours beyond those of blue."),
        note(
            f"{more} more instances for {length(start, end)}, as if all were there from the first"
            " stage to the end of the last one. It is of one variant, the smallest if there are"
            " several."
        ),
    )


def _more_instances(policy: Policy, fleet: int) -> int:
    """How many instances there are beside blue's: a fleet, or in a rolling update a batch."""
    if policy.mode == "ROLLING" and policy.size:
        return instances_of(policy.size.type, policy.size.value, fleet)
    return fleet
