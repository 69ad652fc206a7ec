"""The function of a polling loop: which status an endpoint has."""

from typing import Any

import boto3


def handler(event: dict[str, str], _: object) -> dict[str, str]:
    """`EndpointStatus` of the endpoint `EndpointName`, by DescribeEndpoint."""
    client: Any = boto3.client("sagemaker")
    told = client.describe_endpoint(EndpointName=event["EndpointName"])
    return {"EndpointStatus": told["EndpointStatus"]}
