"""Whether anybody notices that a permission is gone: the scenes are played without it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bluegreen_simulator.aws.iam.wildcards import is_like
from bluegreen_simulator.run.stack import StackError, transformed
from permissions.removals import Permission
from permissions.scenes import SCENES, Scene, logical_ids, noticed
from registry_account import TEMPLATE, Registry

ASSUME: Final = "sts:AssumeRole"
MANAGED_BY_AWS: Final = {"AWSLambdaBasicExecutionRole": "logs:*"}
"""What is asked for of an AWS managed policy; of others nothing is ever asked."""

SERVICE: Final = ".amazonaws.com"
REFERENCE: Final = re.compile(r"\$\{[^}]+\}")
NO_STACK: Final = "the stack"


@dataclass(frozen=True)
class Played:
    """What was noticed of a scene; who asked for which action on what, by logical ids."""

    noticed: Mapping[str, Any]
    asked: frozenset[tuple[str, str, str]]


def notice(permission: Permission) -> str | None:
    """The scene, and what of it, that is another one without the permission; None if all are alike.

    A scene in which nobody ever asks for the permission is not played again.
    """
    template = permission.removed_from(transformed(TEMPLATE))
    for name in SCENES:
        if any(_is_asked(permission, *asked) for asked in played(name).asked):
            what = _difference(name, template)
            if what:
                return what
    return None


def _difference(name: str, template: Mapping[str, Any]) -> str | None:
    try:
        now = _play(SCENES[name], template).noticed
    except StackError:
        return NO_STACK
    before = played(name).noticed
    return next((f"{name}: {what}" for what in before if now[what] != before[what]), None)


@cache
def played(name: str) -> Played:
    """The scene with every permission."""
    return _play(SCENES[name], transformed(TEMPLATE))


def _play(scene: Scene, template: Mapping[str, Any]) -> Played:
    with scene.on(template) as registry:
        scene.play(registry)
        return Played(noticed(registry), frozenset(_asked(registry)))


def _asked(registry: Registry) -> Iterator[tuple[str, str, str]]:
    names = logical_ids(registry)
    for who, action, resource in registry.aws.world.asked:
        yield names(who), action, names(resource)


def _is_asked(permission: Permission, who: str, action: str, on: str) -> bool:
    """Whether the permission may have been what allowed it."""
    wanted = MANAGED_BY_AWS.get(permission.action, permission.action)
    if not is_like(wanted, action):
        return False
    if permission.holder.endswith("Role"):
        return permission.holder in {who, on} and _may_be(permission.detail, on)
    if permission.source.endswith(":root"):
        return not who.endswith(SERVICE)
    return is_like(REFERENCE.sub("*", permission.source), who)


def _may_be(detail: str, on: str) -> bool:
    """Whether a resource in words may be the one that was asked for: by its id or its kind."""
    if ":" not in on + detail and "*" not in on + detail:
        return detail in {"", on}
    kind = detail.partition(":::")[2]
    return not kind or not on.startswith("arn:") or is_like(f"*:{REFERENCE.sub('*', kind)}", on)
