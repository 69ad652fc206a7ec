"""What tests of adapters share: answers of AWS, checked against botocore's own model."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from made_up_keys import MADE_UP_KEYS


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("cloudwatch", region_name="eu-central-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()
