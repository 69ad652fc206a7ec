"""Statements of policies: which of them concern a request, and what they decide together.

Rules: IAM User Guide, "Policy evaluation logic": a denial decides; else one that allows is
enough; else nothing is allowed. A statement whose condition does not hold is as if not there.
One whose condition cannot be judged here is refused by name where it could decide.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

from bluegreen_simulator.aws.iam.conditions import Keys, holds
from bluegreen_simulator.aws.iam.wildcards import is_like

ALLOWED: Final = "allowed"
DENIED: Final = "explicitDeny"
NOT_ALLOWED: Final = "implicitDeny"
"""As SimulatePrincipalPolicy calls them; the last where no policy says anything."""

MEMBERS: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
EVERYBODY: Final = "*"


@dataclass(frozen=True)
class Asked:
    """An action on a resource, with what the request says of itself."""

    action: str
    resource: str
    keys: Keys = field(default_factory=Keys)


Named = Mapping[str, frozenset[str]]
"""The names by which a principal may stand in a policy, by kind: `AWS`, `Service`."""


def decide(documents: Iterable[str], asked: Asked, named: Named | None = None) -> str:
    """What the policies decide; those of a resource concern who is `named` in them, or all."""
    effects, unknown = set(), None
    for statement in _about(documents, asked, named):
        try:
            if holds(statement.get("Condition", {}), asked.keys):
                effects.add(statement["Effect"])
        except NotImplementedError as error:
            if statement["Effect"] == "Deny":
                raise
            unknown = error
    if "Deny" in effects:
        return DENIED
    if unknown and not effects:
        raise unknown
    return ALLOWED if effects else NOT_ALLOWED


def _about(
    documents: Iterable[str], asked: Asked, named: Named | None
) -> Iterator[Mapping[str, Any]]:
    """The statements about this action, resource and principal."""
    for document in documents:
        for statement in _concerning(document, asked.action, asked.resource):
            if _is_about(statement, named):
                yield statement


@lru_cache(maxsize=4096)
def _concerning(document: str, action: str, resource: str) -> tuple[Mapping[str, Any], ...]:
    """The statements about this action and resource; the same calls ask for them all the time."""
    asked = Asked(action, resource)
    return tuple(each for each in statements_of(document) if _concerns(each, asked))


def _concerns(statement: Mapping[str, Any], asked: Asked) -> bool:
    """Whether it is about the action, whose name has no case, and the resource.

    A trust policy has no resource: it is about its role.
    """
    action = asked.action.lower()
    return _is_among(statement, "Action", lambda one: is_like(one.lower(), action)) and _is_among(
        statement, "Resource", lambda one: _is_like_resource(one, asked.resource)
    )


def _is_among(statement: Mapping[str, Any], name: str, meets: Callable[[str], bool]) -> bool:
    """Whether one of its Actions or Resources meets it, or none of its NotActions does."""
    if f"Not{name}" in statement:
        return not any(meets(one) for one in _texts(statement[f"Not{name}"]))
    return any(meets(one) for one in _texts(statement.get(name, "*")))


def _is_like_resource(pattern: str, resource: str) -> bool:
    if "${" in pattern:
        raise NotImplementedError("A policy variable in a policy is not modelled.")
    return is_like(pattern, resource)


def _is_about(statement: Mapping[str, Any], named: Named | None) -> bool:
    if named is None:
        return True
    return any(
        name == EVERYBODY or name in named.get(kind, ())
        for kind, name in _principals(statement["Principal"])
    )


def _principals(given: str | Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each principal of a statement with its kind; `*` is as `AWS: *`."""
    by_kind = {"AWS": given} if isinstance(given, str) else given
    for kind, names in by_kind.items():
        for name in _texts(names):
            yield kind, name


def _texts(given: str | list[str]) -> list[str]:
    return given if isinstance(given, list) else [given]


def as_text(document: str | Mapping[str, Any]) -> str:
    """A policy as it is sent; moto keeps some of them as JSON, others as text."""
    return document if isinstance(document, str) else json.dumps(document)


@cache
def statements_of(document: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a policy; NotImplementedError by name for a member that cannot be read."""
    found = json.loads(document).get("Statement", [])
    statements = tuple(found) if isinstance(found, list) else (found,)
    for statement in statements:
        unknown = sorted(statement.keys() - MEMBERS)
        if unknown:
            raise NotImplementedError(f"{unknown[0]} in a policy is not modelled.")
    return statements
