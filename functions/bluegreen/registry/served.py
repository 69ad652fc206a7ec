"""Which model packages an endpoint config holds, by the records of the deployments that made it.

A config that was made from a package is a clone of the one before it with one other model, so the
packages of its other variants are those that the config before it holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bluegreen.contract.record import DeploymentRecord

MOST_CLONES: Final = 20
"""How many configs are followed back, each a clone of the next."""

MadeBy = Callable[[str], DeploymentRecord | None]
"""The record of the deployment that made a config from a package; None where none is known."""


@dataclass(frozen=True)
class Change:
    """The packages that an endpoint serves since a deployment, and those it served only before."""

    served: frozenset[str]
    gone: frozenset[str]


def change_by(record: DeploymentRecord, made_by: MadeBy) -> Change:
    """What a deployment that succeeded changed."""
    before = packages_in(record.get("PreviousEndpointConfigName", ""), made_by)
    now = packages_in(record.get("RequestedEndpointConfigName", ""), made_by)
    return Change(served=now - before, gone=before - now)


def packages_in(config: str, made_by: MadeBy) -> frozenset[str]:
    """The packages of a config's variants, as far as records tell; none of a config of others."""
    found: dict[str, str] = {}
    for _ in range(MOST_CLONES):
        record = made_by(config)
        request = record.get("Request", {}) if record else {}
        package, variant = request.get("ModelPackageArn"), request.get("VariantName", "")
        if record is None or package is None:
            break
        if variant or not found:
            found.setdefault(variant, package)
        if not variant:  # it has only one
            break
        config = record.get("PreviousEndpointConfigName", "")
    return frozenset(found.values())
