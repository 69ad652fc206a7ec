"""Checks requests and responses against botocore's service model, so that no simulator drifts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.utils import get_service_model

TYPES: Final[dict[str, tuple[type[Any], ...]]] = {
    "blob": (bytes,),
    "boolean": (bool,),
    "double": (float, int),
    "float": (float, int),
    "integer": (int,),
    "list": (list, tuple),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
    "timestamp": (datetime,),
}
NOT_OF_THE_SHAPE: Final = "ResponseMetadata"


def of_request(service: str, operation: str, params: Mapping[str, Any]) -> list[str]:
    """What is wrong with the members of a request, each problem with its path."""
    return _of_shape(get_service_model(service).operation_model(operation).input_shape, params)


def of_response(service: str, operation: str, body: Mapping[str, Any]) -> list[str]:
    """What is wrong with a response body, boto3's or the one that is still to be sent."""
    own = {name: value for name, value in body.items() if name != NOT_OF_THE_SHAPE}
    return _of_shape(get_service_model(service).operation_model(operation).output_shape, own)


@contextmanager
def watched(responses: type, service: str, names: set[str]) -> Iterator[None]:
    """Check what `responses`, moto's class for a service, is asked and answers meanwhile.

    `names` are its methods that are ours; AssertionError at the end if one does not fit.
    """
    problems: list[str] = []
    operations = {xform_name(name): name for name in get_service_model(service).operation_names}
    originals = {name: getattr(responses, name) for name in sorted(names) if name in operations}
    for name, original in originals.items():
        setattr(responses, name, _checked(original, service, operations[name], problems))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(responses, name, original)
    if problems:
        raise AssertionError("\n".join(problems))


def _checked(
    original: Callable[[Any], Any], service: str, operation: str, problems: list[str]
) -> Callable[[Any], Any]:
    def method(response: Any) -> Any:
        asked = of_request(service, operation, response._get_params())
        answer = original(response)
        answered = of_response(service, operation, answer.result or {})
        problems.extend(f"{operation}: {problem}" for problem in (*asked, *answered))
        return answer

    return method


def _of_shape(shape: Shape | None, value: Mapping[str, Any]) -> list[str]:
    if shape is None:
        return [f"{name}: is not in the model" for name in value]
    return list(_problems(shape, value, ""))


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    allowed: tuple[type[Any], ...] = TYPES[shape.type_name]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _of_structure(shape, value, path)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value):
            yield from _problems(shape.member, item, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.value, item, f"{path}[{key}]")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is not one of {', '.join(shape.enum)}"


def _of_structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    inside = f"{path}." if path else ""
    for name in shape.required_members:
        if name not in value:
            yield f"{inside}{name}: is missing"
    for name, item in value.items():
        if name not in shape.members:
            yield f"{inside}{name}: is not in the model"
        else:
            yield from _problems(shape.members[name], item, f"{inside}{name}")
