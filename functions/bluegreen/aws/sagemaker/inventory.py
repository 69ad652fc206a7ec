"""The endpoint configs and models of the account: which are in use, and which can be deleted.

A stack deletes only what carries its own tag, here and by the permissions of its role.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import passing_faults_as_unavailable
from bluegreen.aws.sagemaker.describe import (
    describe_config,
    describe_endpoint,
    describe_model,
    is_missing,
    observation_of,
)
from bluegreen.registry.clone import STACK_TAG
from bluegreen.sagemaker.observation import GONE, Observation

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]


class Inventory:
    """The endpoint configs and models of the account, as a stack of that name may change them."""

    def __init__(self, client: "SageMakerClient", stack: str) -> None:
        self._client = client
        self._stack = stack

    def configs_in_use(self) -> set[str]:
        """The configs that any endpoint of the account serves or goes to."""
        names: set[str] = set()
        for name in self._names("list_endpoints", "Endpoints", "EndpointName"):
            names |= self._configs_of(name)
        return names

    def _configs_of(self, endpoint: str) -> set[str]:
        body = describe_endpoint(self._client, endpoint)
        observation = observation_of(body) if body else Observation(GONE)
        pending = observation.pending
        return {observation.live_config, *([pending.config] if pending else [])}

    def models_in_use(self) -> set[str]:
        """The models that any endpoint config of the account names."""
        names: set[str] = set()
        for name in self._names("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"):
            body = describe_config(self._client, name) or {}
            variants = [
                *body.get("ProductionVariants", []),
                *body.get("ShadowProductionVariants", []),
            ]
            names |= {variant.get("ModelName", "") for variant in variants}
        return names

    def _names(self, operation: str, member: str, name: str) -> Iterator[str]:
        paginator: Any = self._client.get_paginator(operation)  # type: ignore[call-overload] # its name is not a literal
        with passing_faults_as_unavailable():
            for page in paginator.paginate():
                for item in page[member]:
                    yield item[name]

    def delete_config(self, name: str) -> bool:
        """Delete an endpoint config of the stack's own; whether there is none of it any more."""
        body = describe_config(self._client, name)
        if body is None:
            return True
        return self._delete(
            body["EndpointConfigArn"],
            lambda: self._client.delete_endpoint_config(EndpointConfigName=name),
        )

    def delete_model(self, name: str) -> bool:
        """Delete a model of the stack's own; whether there is none of it any more."""
        body = describe_model(self._client, name)
        if body is None:
            return True
        return self._delete(body["ModelArn"], lambda: self._client.delete_model(ModelName=name))

    def _delete(self, arn: str, delete: Callable[[], object]) -> bool:
        with passing_faults_as_unavailable():
            try:
                pages = self._client.get_paginator("list_tags").paginate(ResourceArn=arn)
                tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
                if tags.get(STACK_TAG) != self._stack:
                    return False
                delete()
            except ClientError as error:
                if not is_missing(error):
                    raise
        return True
