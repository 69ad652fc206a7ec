"""The logger and the counter of verdicts that handlers share."""

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="bluegreen")


def count_verdict(verdict: str) -> None:
    """Count a concluded deployment: `DeploymentRolledBack` for ROLLED_BACK, and so on."""
    name = "".join(word.capitalize() for word in verdict.split("_"))
    with single_metric(f"Deployment{name}", MetricUnit.Count, value=1, namespace="bluegreen"):
        pass
