"""The metrics of deployments, which whoever concludes one counts."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.record import seconds_taken, seconds_to_detect


def measure(record: DeploymentRecord) -> None:
    """Count a concluded deployment, and say how long it took.

    In the namespace `bluegreen`, of all stacks of the account and Region together: a count by
    verdict, `DeploymentRolledBack` for ROLLED_BACK and so on; `DeploymentSeconds`; and, where an
    alarm tripped, `SecondsToDetect`. Each dimension more would be billed as metrics of its own.
    """
    metrics = EphemeralMetrics(namespace="bluegreen")
    verdict = "".join(word.capitalize() for word in record["Verdict"].split("_"))
    metrics.add_metric(f"Deployment{verdict}", MetricUnit.Count, 1)
    metrics.add_metric("DeploymentSeconds", MetricUnit.Seconds, seconds_taken(record))
    detected = seconds_to_detect(record)
    if detected is not None:
        metrics.add_metric("SecondsToDetect", MetricUnit.Seconds, detected)
    metrics.add_metadata("deployment_id", record["DeploymentId"])
    metrics.flush_metrics()
