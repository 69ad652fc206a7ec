"""CloudFormation: calls of the API with properties, whose types a template leaves open.

A template may write a number or a truth as a text, and a text as a number (User Guide, "Template
format"); a policy is an object there and a text in the API.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import boto3
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

SHAPES: Final = 1024
"""How many structures of the API are remembered."""


def client_of(service: str, region: str) -> Any:  # noqa: ANN401 - any of boto3's clients
    """A client of the embedded AWS."""
    client: Any = boto3.client
    return client(service, region_name=region)


def call(service: str, operation: str, region: str, **params: Any) -> Any:  # noqa: ANN401 - any JSON
    """The answer of an operation, such as `CreateModel`, to params as a template has them."""
    client = client_of(service, region)
    shape = client.meta.service_model.operation_model(operation).input_shape
    return getattr(client, xform_name(operation))(**fitted(shape, params))


def fitted(shape: Shape, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same in the types of the API; what does not fit stays, for the API to refuse."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _structure(shape, value)
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [fitted(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {str(name): fitted(shape.value, item) for name, item in value.items()}
    return _plain(shape.type_name, value)


def _structure(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Any]:
    """With the API's own spelling of a member where only the first letter differs."""
    names = _spelled(shape)
    return {
        names.get(name, name): fitted(shape.members[names[name]], item) if name in names else item
        for name, item in ((name[0].upper() + name[1:], item) for name, item in value.items())
    }


@lru_cache(SHAPES)
def _spelled(shape: StructureShape) -> dict[str, str]:
    """The API's own spelling by the one of templates."""
    return {name[0].upper() + name[1:]: name for name in shape.members}


def _plain(kind: str, value: Any) -> Any:  # noqa: ANN401, PLR0911 - any JSON; one for each type
    match kind, value:
        case "string", bool():
            return str(value).lower()
        case "string", int() | float():
            return str(value)
        case "string", dict() | list():
            return json.dumps(value)
        case (("integer" | "long"), str()) if value.lstrip("-").isdigit():
            return int(value)
        case (("integer" | "long"), float()) if value.is_integer():
            return int(value)
        case (("float" | "double"), str()):
            return _number(value)
        case "boolean", "true" | "false":
            return value == "true"
        case _:
            return value


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
