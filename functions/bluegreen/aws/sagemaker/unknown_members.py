"""Keeps the members of SageMaker's answers that the AWS SDK in use does not know.

botocore drops members of an answer that its model of the API lacks, and the botocore of Lambda may
be older than the API. With this, the check can name what a clone would lose.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.model import ListShape, Shape, StructureShape

from bluegreen.registry.clone import DETAILED

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

EMPTY: Final[tuple[object, ...]] = (None, "", [], {})
CLONED: Final = {
    "DescribeEndpointConfig": ("CreateEndpointConfig", {"EndpointConfigArn", "CreationTime"}),
    "DescribeModel": (None, frozenset[str]()),
    "DescribeEndpoint": (None, frozenset[str]()),
}
"""What is read to be made again: by which operation, and what that one never takes."""

ONLY: Final = {"DescribeEndpoint": "LastDeploymentConfig"}
"""The part of an answer that is used again, where that is not the whole."""


def show_unknown_members(client: "SageMakerClient") -> "SageMakerClient":
    """Let the answers of this client have `UnknownMembers`, a list of paths, where there are any.

    Members that Describe shows and Create does not take count too: neither can be cloned. Whether
    a config has detailed observability is always shown, since we know what a clone has without it.
    """
    for operation in CLONED:
        client.meta.events.register(
            f"after-call.sagemaker.{operation}", _show, unique_id=f"unknown-members-{operation}"
        )
    return client


def _show(http_response: Any, parsed: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore has no types
    if "Error" in parsed:
        return
    body = json.loads(http_response.content)
    detailed = _take_detailed(body)
    _take_detailed(parsed)
    found = _unknown(model.output_shape, body, "")
    unknown = sorted(path for path in found if path.startswith(ONLY.get(model.name, "")))
    unknown += _not_taken(parsed, model)
    if unknown:
        parsed["UnknownMembers"] = unknown
    if detailed is not None:
        parsed["MetricsConfig"] = {**parsed.get("MetricsConfig", {}), DETAILED: detailed}


def _take_detailed(body: Mapping[str, Any]) -> object:
    """What the body says of detailed observability, which it says no more; None if nothing."""
    metrics = body.get("MetricsConfig")
    return metrics.pop(DETAILED, None) if isinstance(metrics, dict) else None


def says_detailed(creation: Shape | None) -> bool:
    """Whether a creation of an endpoint config can say if it has detailed observability.

    `creation`: `CreateEndpointConfigInput` as the AWS SDK in use knows it.
    """
    metrics = (
        creation.members.get("MetricsConfig") if isinstance(creation, StructureShape) else None
    )
    return isinstance(metrics, StructureShape) and DETAILED in metrics.members


def _unknown(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name, member in value.items():
            place = f"{path}.{name}".lstrip(".")
            if name not in shape.members and member not in EMPTY:
                yield place
            elif name in shape.members:
                yield from _unknown(shape.members[name], member, place)
    if isinstance(shape, ListShape) and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown(shape.member, item, f"{path}[{number}]")


def _not_taken(parsed: Mapping[str, Any], model: Any) -> list[str]:  # noqa: ANN401 - as above
    creation, left_out = CLONED[model.name]
    if creation is None:
        return []
    taken = model.service_model.operation_model(creation).input_shape.members
    shown = {name for name, value in parsed.items() if value not in EMPTY}
    return sorted(shown - taken.keys() - left_out - {"ResponseMetadata"})
