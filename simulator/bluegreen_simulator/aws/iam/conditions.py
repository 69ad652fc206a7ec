"""Conditions of IAM policies: the operators and the keys that can be judged here, and no others.

Rules: IAM User Guide, "IAM JSON policy elements: Condition", "Condition operators" and "Set
operators for multi-valued context keys": every operator and every key of a condition has to
hold, one of the values of a key is enough, and a key that a request does not have satisfies
only `Null: true`, the operators that begin with `ForAllValues:` or end in `IfExists`, and those
that negate.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from bluegreen_simulator.aws.iam.wildcards import is_like, is_like_arn

RESOURCE_TAG: Final = "aws:ResourceTag/"
REQUEST_TAG: Final = "aws:RequestTag/"
ENCRYPTION_CONTEXT: Final = "kms:EncryptionContext:"
BEGINNINGS: Final = (RESOURCE_TAG, REQUEST_TAG, ENCRYPTION_CONTEXT)
KEYS: Final = (
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:TagKeys",
    "cloudwatch:namespace",
    "iam:PassedToService",
    "kms:CallerAccount",
    "kms:GrantIsForAWSResource",
    "kms:ViaService",
    "sagemaker:TaggingAction",
)
"""Of these it is known whether a request has them, and with which values."""

_KNOWN: Final = frozenset(key.lower() for key in KEYS)
_KNOWN_BEGINNINGS: Final = tuple(beginning.lower() for beginning in BEGINNINGS)


@dataclass(frozen=True)
class Keys:
    """What a request says of itself, by condition key in lower case; a key may be absent.

    `unseen` are beginnings of keys that the request may well have, and that are not known here.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, str | tuple[str, ...]], *unseen: str) -> Self:
        """The keys with one value or several."""
        values = {
            name.lower(): (value,) if isinstance(value, str) else value
            for name, value in given.items()
        }
        return cls(values, tuple(beginning.lower() for beginning in unseen))

    def get(self, key: str) -> tuple[str, ...] | None:
        """The values of a key, whose name has no case; None if the request does not have it."""
        if self.unseen and key.lower().startswith(self.unseen):
            raise NotImplementedError(f"{key} of such a resource in a policy is not modelled.")
        return self.values.get(key.lower())


@dataclass(frozen=True)
class _Operator:
    """How a value of the request meets one of the policy; negated: how it meets none of them."""

    meets: Callable[[str, str], bool]
    negated: bool = False

    def holds(self, value: str, values: list[str]) -> bool:
        return any(self.meets(value, one) for one in values) is not self.negated


def _numbers(compares: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def meets(value: str, one: str) -> bool:
        try:
            return compares(float(value), float(one))
        except ValueError:
            return False

    return meets


def _equals(value: str, one: str) -> bool:
    return value == one


def _equals_in_any_case(value: str, one: str) -> bool:
    return value.lower() == one.lower()


def _is_like(value: str, one: str) -> bool:
    return is_like(one, value)


def _is_like_arn(value: str, one: str) -> bool:
    return is_like_arn(one, value)


_PLAIN: Final = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_in_any_case,
    "StringLike": _is_like,
    "ArnEquals": _is_like_arn,
    "ArnLike": _is_like_arn,
    "NumericEquals": _numbers(lambda value, one: value == one),
}
_WITHOUT_OPPOSITE: Final = {
    "Bool": _equals_in_any_case,
    "NumericLessThan": _numbers(lambda value, one: value < one),
    "NumericLessThanEquals": _numbers(lambda value, one: value <= one),
    "NumericGreaterThan": _numbers(lambda value, one: value > one),
    "NumericGreaterThanEquals": _numbers(lambda value, one: value >= one),
}


def _opposite(name: str) -> str:
    """StringNotEquals of StringEquals, ArnNotLike of ArnLike."""
    beginning = next(kind for kind in ("String", "Arn", "Numeric") if name.startswith(kind))
    return f"{beginning}Not{name.removeprefix(beginning)}"


OPERATORS: Final[Mapping[str, _Operator]] = {
    **{name: _Operator(meets) for name, meets in (_PLAIN | _WITHOUT_OPPOSITE).items()},
    **{_opposite(name): _Operator(meets, negated=True) for name, meets in _PLAIN.items()},
}
NULL: Final = "Null"
ALL: Final = "ForAllValues:"
ANY: Final = "ForAnyValue:"
IF_EXISTS: Final = "IfExists"


def holds(condition: Mapping[str, Any], keys: Keys) -> bool:
    """Whether a statement's Condition holds for a request; NotImplementedError by name."""
    return all(_holds(name, values, keys.get(key)) for name, key, values in _tests(condition))


def _holds(name: str, values: list[str], found: tuple[str, ...] | None) -> bool:
    if name == NULL:
        return str(found is None).lower() in [value.lower() for value in values]
    operator = OPERATORS[_plain(name)]
    if found is None:
        return name.endswith(IF_EXISTS) or _holds_of_nothing(name, operator)
    if name.startswith(ALL):
        return all(operator.holds(value, values) for value in found)
    return any(operator.holds(value, values) for value in found)


def _holds_of_nothing(name: str, operator: _Operator) -> bool:
    if name.startswith((ALL, ANY)):
        return name.startswith(ALL)
    return operator.negated


def _plain(name: str) -> str:
    """The operator without what is said before and after its name."""
    return name.removeprefix(ALL).removeprefix(ANY).removesuffix(IF_EXISTS)


def _tests(condition: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Each operator with each of its keys and the values that it is given."""
    for name, by_key in condition.items():
        for key, given in by_key.items():
            values = given if isinstance(given, list) else [given]
            _refuse(name, key, values)
            yield name, key, [_text(value) for value in values]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse(name: str, key: str, values: list[Any]) -> None:
    if name != NULL and _plain(name) not in OPERATORS:
        raise NotImplementedError(f"{name} in a policy is not modelled.")
    if key.lower() not in _KNOWN and not key.lower().startswith(_KNOWN_BEGINNINGS):
        raise NotImplementedError(f"{key} in a policy is not modelled.")
    if key.lower() == "aws:tagkeys" and not name.startswith((ALL, ANY, NULL)):
        raise NotImplementedError(f"{name} of {key}, which has many values, is not modelled.")
    if any("${" in str(value) for value in values):
        raise NotImplementedError("A policy variable in a policy is not modelled.")
