"""The limits of an API's own model that botocore leaves to the service: maxima, enums, patterns."""

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

QUANTIFIED_END: Final = re.compile(r"\$\{1,\d+\}$")
"""Ends some of SageMaker's patterns, and says nothing; Python cannot read it."""

NULL: Final = "Value null at '{path}' failed to satisfy constraint: Member must not be null"
BROKEN = "Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"

JAVA_CLASSES: Final = {
    r"\p{L}": r"\w",
    r"\p{N}": "",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
r"""What stands for Java's classes of letters, numbers and separators; \w is letters and numbers."""


def violations(service: str, operation: str, params: Mapping[str, Any]) -> list[str]:
    """Every limit of the operation's input shape that `params` break, in AWS's words."""
    shape = get_service_model(service).operation_model(operation).input_shape
    return list(_of_value(shape, params, ""))


def missing(service: str, operation: str, params: Mapping[str, Any]) -> list[str]:
    """Every required member that `params` and what is in them do not have, in AWS's words."""
    shape = get_service_model(service).operation_model(operation).input_shape
    return list(_missing_in(shape, params, ""))


def summary(broken: list[str]) -> str:
    """The message of the ValidationException for broken limits."""
    errors = "error" if len(broken) == 1 else "errors"
    return f"{len(broken)} validation {errors} detected: {'; '.join(broken)}"


def _of_value(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    for rule in _broken_rules(shape, value):
        yield BROKEN.format(value=value, path=path, rule=rule)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in value:
                yield from _of_value(member, value[name], f"{path}.{_camel(name)}".lstrip("."))
    if isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from _of_value(shape.member, item, f"{path}.{number}.member")
    if isinstance(shape, MapShape):
        for name, item in value.items():
            yield from _of_value(shape.key, name, path)
            yield from _of_value(shape.value, item, f"{path}.{name}.member")


def _missing_in(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            at = f"{path}.{_camel(name)}".lstrip(".")
            if name in value:
                yield from _missing_in(member, value[name], at)
            elif name in shape.required_members:
                yield NULL.format(path=at)
    if isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from _missing_in(shape.member, item, f"{path}.{number}.member")


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    limits = shape.metadata
    size = len(value) if isinstance(value, str | list | dict) else value
    what = {"string": "length ", "list": "length ", "map": "length "}.get(shape.type_name, "value ")
    if "min" in limits and size < limits["min"]:
        yield f"have {what}greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"have {what}less than or equal to {limits['max']}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = limits.get("pattern", "")
    if pattern and not re.fullmatch(_for_python(pattern), value):
        yield f"satisfy regular expression pattern: {pattern}"


@cache
def _for_python(pattern: str) -> str:
    for java, ours in JAVA_CLASSES.items():
        pattern = pattern.replace(java, ours)
    pattern = re.sub(r"\\p\{([MSP])\}", lambda match: _characters_of(match[1]), pattern)
    return QUANTIFIED_END.sub("", pattern)


@cache
def _characters_of(category: str) -> str:
    """Every mark, symbol or mark of punctuation, for the inside of brackets."""
    found = (chr(code) for code in range(sys.maxunicode + 1))
    return "".join(re.escape(c) for c in found if unicodedata.category(c)[0] == category)


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]
