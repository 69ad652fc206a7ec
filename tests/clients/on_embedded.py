"""A pytest plugin: whatever a test decorates with moto's `mock_aws` runs on the embedded AWS.

For moto's own test modules, which are not part of this repository: `pytest -p clients.on_embedded`.
Without the plugin the same modules run on plain moto.
"""

import time
from typing import Any, SupportsIndex

import boto3
import moto
from moto.core.models import MockAWS

from bluegreen_simulator.run.embedded import EmbeddedAws, _boto3_client

REGION = "us-east-1"
"""Where moto's tests are that name no Region."""


class MockEmbeddedAws(MockAWS):  # type: ignore[misc] # moto has no types
    """`mock_aws` in whose place there is an embedded AWS; one inside another is the same one.

    It is in the Region of a test's first client.
    """

    depth = 0
    is_placed = False
    aws: EmbeddedAws

    def start(self, reset: bool = True) -> None:  # noqa: FBT002 - as in moto
        """Begin an AWS of its own, unless there is one."""
        del reset
        if MockEmbeddedAws.depth == 0:
            MockEmbeddedAws.aws = EmbeddedAws()
            MockEmbeddedAws.aws.world.region = REGION
            MockEmbeddedAws.aws.__enter__()
            MockEmbeddedAws.is_placed = False
            boto3.client = _in_its_region  # type: ignore[assignment] # for a while
        MockEmbeddedAws.depth += 1

    def stop(self, remove_data: bool = True) -> None:  # noqa: FBT002 - as in moto
        """End it where it began."""
        del remove_data
        MockEmbeddedAws.depth -= 1
        if MockEmbeddedAws.depth == 0:
            MockEmbeddedAws.aws.__exit__(None, None, None)


def _in_its_region(service_name: str, region_name: str | None = None, **more: Any) -> Any:
    """A client; the first one of a test says where the AWS is."""
    if not MockEmbeddedAws.is_placed:
        MockEmbeddedAws.is_placed = True
        MockEmbeddedAws.aws.world.region = region_name or REGION
    return _boto3_client(service_name, region_name, **more)


def _mock_embedded_aws(func: Any = None, config: Any = None) -> Any:
    mock = MockEmbeddedAws(config)
    return mock if func is None else mock(func)


moto.mock_aws = _mock_embedded_aws


_really_sleep = time.sleep  # noqa: TID251 - of what runs without an embedded AWS


def _sleep(seconds: float | SupportsIndex) -> None:
    """In virtual time: tests take `sleep` by its name, before there is an embedded AWS."""
    if MockEmbeddedAws.depth:
        MockEmbeddedAws.aws.clock.sleep(float(seconds))
    else:
        _really_sleep(seconds)


time.sleep = _sleep  # noqa: TID251 - the tests' own
