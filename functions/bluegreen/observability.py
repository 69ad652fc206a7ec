"""The logger and the metrics of deployments that handlers share.

A log may hold ids, names of resources, verdicts, stages and AWS's words on a call that was refused.
It never holds what a request or a policy says, not even where it is malformed, nor a task token.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.record import seconds_taken, seconds_to_detect

logger = Logger(service="bluegreen")


@contextmanager
def about(deployment_id: str) -> Iterator[None]:
    """Let each line that is logged meanwhile carry the id of a deployment.

    What the Lambda runtime logs of an error carries none, so a line with the id goes before it.
    """
    logger.thread_safe_append_keys(deployment_id=deployment_id)
    try:
        yield
    except Exception as error:
        logger.info("ends with an error", error=type(error).__name__)
        raise
    finally:
        logger.thread_safe_remove_keys(["deployment_id"])


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
