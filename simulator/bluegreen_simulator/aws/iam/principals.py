"""Who asks: a role, a service of AWS, or whoever administers the account and deploys the stack."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from moto.iam.models import iam_backends

from bluegreen_simulator.aws.iam.statements import (
    ALLOWED,
    DENIED,
    NOT_ALLOWED,
    Asked,
    Named,
    as_text,
    decide,
)
from bluegreen_simulator.aws.world import World


@dataclass(frozen=True)
class Role:
    """A role, by its ARN: what its policies allow, within its permissions boundary."""

    arn: str

    @property
    def name(self) -> str:
        """What others call it."""
        return self.arn

    @property
    def named(self) -> Named:
        """The role itself; what allows its account only lets its own policies decide."""
        return {"AWS": frozenset({self.arn})}

    def decision(self, world: World, asked: Asked) -> str:
        """What its own policies decide; its boundary, if it has one, must allow it too."""
        own, boundary = decide(_documents(world, self.arn), asked), _boundary(world, self.arn)
        within = decide([boundary], asked) if boundary else ALLOWED
        if DENIED in {own, within}:
            return DENIED
        return ALLOWED if {own, within} == {ALLOWED} else NOT_ALLOWED


@dataclass(frozen=True)
class Service:
    """A service of AWS, by its name: policies of resources alone decide about it."""

    name: str

    @property
    def named(self) -> Named:
        """The service."""
        return {"Service": frozenset({self.name})}

    def decision(self, _world: World, _asked: Asked) -> str:
        """It has no policies of its own."""
        return NOT_ALLOWED


@dataclass(frozen=True)
class Administrator:
    """Whoever makes stacks in the account: IAM allows them everything."""

    account_id: str

    @property
    def name(self) -> str:
        """What others call them."""
        return account_root(self.account_id)

    @property
    def named(self) -> Named:
        """The account."""
        return account(self.account_id)

    def decision(self, _world: World, _asked: Asked) -> str:
        """They may do everything that no resource forbids."""
        return ALLOWED


Principal = Role | Service | Administrator

EVENTS: Final = Service("events.amazonaws.com")
CLOUDWATCH: Final = Service("cloudwatch.amazonaws.com")
SNS: Final = Service("sns.amazonaws.com")
CHATBOT: Final = Service("chatbot.amazonaws.com")


def account_root(account_id: str) -> str:
    """The ARN that stands for an account in policies."""
    return f"arn:aws:iam::{account_id}:root"


def account(account_id: str) -> Named:
    """The names of an account in policies."""
    return {"AWS": frozenset({account_id, account_root(account_id)})}


def _documents(world: World, role_arn: str) -> Iterable[str]:
    role = _role(world, role_arn)
    yield from map(as_text, role.policies.values())
    for policy in role.managed_policies.values():
        yield _document(policy)


def _boundary(world: World, role_arn: str) -> str:
    """The policy that bounds what a role may do; empty where there is none."""
    arn = _role(world, role_arn).permissions_boundary_arn
    return _document(iam_backends[world.account_id]["aws"].get_policy(arn)) if arn else ""


def _role(world: World, arn: str) -> Any:  # noqa: ANN401 - moto has no types
    return iam_backends[world.account_id]["aws"].get_role(arn.rpartition("/")[2])


def _document(policy: Any) -> str:  # noqa: ANN401 - likewise
    (default,) = [version for version in policy.versions if version.is_default]
    return as_text(default.document)
