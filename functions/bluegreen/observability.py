"""The logger that handlers share.

A log may hold ids, names of resources, verdicts, stages and AWS's words on a call that was refused.
It never holds what a request or a policy says, not even where it is malformed, nor a task token.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Logger

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
