"""A pytest plugin: whatever a test decorates with moto's `mock_aws` runs on the embedded AWS.

For moto's own test modules, which are not part of this repository: `pytest -p clients.on_embedded`.
Without the plugin the same modules run on plain moto.
"""

from typing import Any

import boto3
import moto
from moto.core.models import MockAWS

from bluegreen_simulator.run.embedded import EmbeddedAws, _boto3_client

REGION = "us-east-1"
"""The Region of moto's tests."""


class MockEmbeddedAws(MockAWS):  # type: ignore[misc] # moto has no types
    """`mock_aws` in whose place there is an embedded AWS; one inside another is the same one."""

    depth = 0
    aws: EmbeddedAws

    def start(self, reset: bool = True) -> None:  # noqa: FBT002 - as in moto
        """Begin an AWS of its own, unless there is one."""
        del reset
        if MockEmbeddedAws.depth == 0:
            MockEmbeddedAws.aws = EmbeddedAws()
            MockEmbeddedAws.aws.world.region = REGION
            MockEmbeddedAws.aws.__enter__()
            boto3.client = _boto3_client  # tests give the Region by its place
        MockEmbeddedAws.depth += 1

    def stop(self, remove_data: bool = True) -> None:  # noqa: FBT002 - as in moto
        """End it where it began."""
        del remove_data
        MockEmbeddedAws.depth -= 1
        if MockEmbeddedAws.depth == 0:
            MockEmbeddedAws.aws.__exit__(None, None, None)


def _mock_embedded_aws(func: Any = None, config: Any = None) -> Any:
    mock = MockEmbeddedAws(config)
    return mock if func is None else mock(func)


moto.mock_aws = _mock_embedded_aws
