"""Green models and endpoint configs: what they are made from, and how each is created once.

CreateModel and CreateEndpointConfig take no idempotency token. If the name exists already, what
has it is ours if all of its settings are those that we would have set.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import (
    is_passing,
    message_of,
    passing_faults_as_unavailable,
    unsent_as_rejections,
)
from bluegreen.aws.reads import NeededReads
from bluegreen.aws.sagemaker.describe import describe_config, describe_model
from bluegreen.aws.sagemaker.live_fleet import FleetReader, clone_source_in
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.text import quoted
from bluegreen.registry.clone import Clone, CloneSource, differences
from bluegreen.request.request import Request

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]


class Clones:
    """The models and endpoint configs that are made from model packages.

    `client` shows unknown members; `creating` makes each call once, since botocore would repeat
    one that may have had its effect.
    """

    def __init__(
        self,
        client: "SageMakerClient",
        creating: "SageMakerClient",
        passable_roles: Sequence[str] | None,
    ) -> None:
        self._client = client
        self._creating = creating
        self._passable_roles = passable_roles

    def source(self, request: Request) -> CloneSource:
        """What the green config would be made from, as it is now."""
        shapes = FleetReader(self._client, NeededReads()).read(request)
        return clone_source_in(shapes, request, self._passable_roles)

    def create(self, green: Clone) -> None:
        """Create the model and the config unless they exist already, exactly as wanted.

        RequestRejected if SageMaker or its SDK refuse, or if something else has the name.
        """
        model, config = green.model["ModelName"], green.config["EndpointConfigName"]
        self._create(
            f"model {quoted(model)}",
            lambda: self._creating.create_model(**green.model),
            lambda: describe_model(self._client, model),
            green.model,
        )
        self._create(
            f"endpoint config {quoted(config)}",
            lambda: self._creating.create_endpoint_config(**green.config),
            lambda: describe_config(self._client, config),
            green.config,
        )

    def _create(
        self,
        what: str,
        create: Callable[[], object],
        find: Callable[[], Body | None],
        wanted: Body,
    ) -> None:
        with passing_faults_as_unavailable(), unsent_as_rejections(f"the creation of the {what}"):
            try:
                create()
            except ClientError as error:
                if is_passing(error):
                    raise
                found = find() if _is_taken(error) else None
                if found is None:
                    message = f"SageMaker refused to create the {what}: {message_of(error)}"
                    raise RequestRejected(message) from error
                _require_same(what, wanted, found)


def _is_taken(error: ClientError) -> bool:
    """Whether the name exists already; SageMaker says so in its message only."""
    return "already existing" in message_of(error)


def _require_same(what: str, wanted: Body, found: Body) -> None:
    other = differences(wanted, found)
    if other:
        members = ", ".join(other[:5])
        raise RequestRejected(f"The {what} already exists, with different settings: {members}.")
