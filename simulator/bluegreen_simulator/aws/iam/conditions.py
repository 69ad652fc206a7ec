"""Conditions of IAM policies: the operators and the keys that our roles use, and no others.

Rules: IAM User Guide, "IAM JSON policy elements: Condition" and "Condition operators": every
operator and every key of a condition has to hold, one of the values of a key is enough, and a
key that a request does not have satisfies no operator but `Null: true`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

RESOURCE_TAG: Final = "aws:ResourceTag/"
KEYS: Final = ("iam:PassedToService", "sagemaker:TaggingAction")

Keys = Mapping[str, str]
"""What a request says of itself, by condition key; a key may be absent."""


def holds(condition: Mapping[str, Any], keys: Keys) -> bool:
    """Whether a statement's Condition holds for a request; NotImplementedError by name."""
    return all(OPERATORS[name](values, keys.get(key)) for name, key, values in _tests(condition))


def _tests(condition: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Each operator with each of its keys and the values that it is given."""
    for name, by_key in condition.items():
        for key, given in by_key.items():
            values = given if isinstance(given, list) else [given]
            _refuse(name, key, values)
            yield name, key, [str(value) for value in values]


def _refuse(name: str, key: str, values: list[Any]) -> None:
    if name not in OPERATORS:
        raise NotImplementedError(f"{name} in a role's policy is not modelled.")
    if key not in KEYS and not key.startswith(RESOURCE_TAG):
        raise NotImplementedError(f"{key} in a role's policy is not modelled.")
    if any("${" in str(value) for value in values):
        raise NotImplementedError("A policy variable in a role's policy is not modelled.")


def refuse_unknown(condition: Mapping[str, Any]) -> None:
    """Raise NotImplementedError for an operator or a key that is not modelled."""
    for _ in _tests(condition):
        pass


def _equals(values: list[str], found: str | None) -> bool:
    return found in values


def _is_like(values: list[str], found: str | None) -> bool:
    """`*` and `?` are wildcards, `[` is not."""
    patterns = [re.sub(r"\[", "[[]", value) for value in values]
    return found is not None and any(fnmatchcase(found, pattern) for pattern in patterns)


def _is_absent(values: list[str], found: str | None) -> bool:
    return str(found is None).lower() in [value.lower() for value in values]


OPERATORS: Final[Mapping[str, Callable[[list[str], str | None], bool]]] = {
    "StringEquals": _equals,
    "StringLike": _is_like,
    "Null": _is_absent,
}
