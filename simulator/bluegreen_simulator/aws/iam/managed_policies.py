"""IAM: the policies that AWS manages, each of which is there for whoever names it.

moto has all of them as text, which takes too long to read and to hold at each start.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

BY_ARN: Final = {
    "attach_group_policy": "5ffcedbe4257",
    "attach_role_policy": "e8207b104371",
    "attach_user_policy": "79961b49037b",
    "get_policy": "1a91d19a957f",
    "get_policy_version": "649981b6103c",
    "list_policy_versions": "973c3266e2a5",
}
"""What moto does for a policy by its ARN, with the fingerprints."""


@cache
def _known() -> Mapping[str, Mapping[str, Any]]:
    """AWS's policies as moto has them, by name: path, version and document."""
    known: Mapping[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return known


def arns() -> Mapping[str, str]:
    """The ARN of each of AWS's policies by its name."""
    return {name: f"arn:aws:iam::aws:policy{data['Path']}{name}" for name, data in _known().items()}


def _provide(backend: Any, names: Iterable[str]) -> None:  # noqa: ANN401 - moto has no types
    for name in names:
        if name in _known():
            data: Any = _known()[name]
            policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            backend.managed_policies.setdefault(policy.arn, policy)


def _providing(method: str) -> Callable[..., Any]:
    def call(self: Any, policy_arn: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - likewise
        if policy_arn not in self.managed_policies and ":iam::aws:policy/" in policy_arn:
            _provide(self, [policy_arn.rpartition("/")[2]])
        return ORIGINALS[IAMBackend, method](self, policy_arn, *more, **named)

    return call


for _method, _original in BY_ARN.items():
    replaces(
        IAMBackend,
        _method,
        restores="a policy that AWS manages is there",
        original=_original,
    )(_providing(_method))


@replaces(
    IAMBackend,
    "list_policies",
    restores="the policies that AWS manages are listed",
    original="09429e2ad7e0",
)
def _list(self: Any, *given: Any) -> Any:  # noqa: ANN401 - likewise
    *_, only_attached, _, scope = given
    if scope != "Local" and not only_attached:
        _provide(self, _known())
    return ORIGINALS[IAMBackend, "list_policies"](self, *given)
