"""A model package: what the model registry knows about one version of a model.

Shape: `DescribeModelPackageOutput` (SageMaker API).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bluegreen.contract.aws_shapes import ModelPackageShape, UserContextShape


@dataclass(frozen=True)
class ModelPackage:
    """A model package; texts are whatever people wrote there.

    `environment` holds the names of the variables that its containers set. `instance_types` are
    those it says it supports, empty where it does not say. `for_marketplace`: whether it is
    certified for AWS Marketplace. `life_cycle` is its Stage and StageStatus.
    """

    arn: str
    group: str = ""
    status: str = ""
    approval: str = ""
    registration: str = ""
    containers: int = 0
    environment: frozenset[str] = frozenset()
    instance_types: frozenset[str] = frozenset()
    approval_description: str = ""
    last_modified: datetime | None = None
    modified_by: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    for_marketplace: bool = False
    life_cycle: tuple[str, str] = ("", "")

    @property
    def is_approved(self) -> bool:
        """Whether it may be deployed as far as the registry is concerned."""
        return self.approval == "Approved" and self.status == "Completed"

    @classmethod
    def from_shape(cls, body: ModelPackageShape) -> "ModelPackage":
        """Read a `DescribeModelPackageOutput`; LastModifiedTime as a datetime, if it is there."""
        inference = body.get("InferenceSpecification") or {}
        cycle = body.get("ModelLifeCycle") or {}
        containers = inference.get("Containers", [])
        return cls(
            arn=body["ModelPackageArn"],
            group=body.get("ModelPackageGroupName", ""),
            status=body.get("ModelPackageStatus", ""),
            approval=body.get("ModelApprovalStatus", ""),
            registration=body.get("ModelPackageRegistrationType", ""),
            containers=len(containers),
            environment=frozenset(name for c in containers for name in c.get("Environment") or {}),
            instance_types=frozenset(inference.get("SupportedRealtimeInferenceInstanceTypes", [])),
            approval_description=body.get("ApprovalDescription", ""),
            last_modified=body.get("LastModifiedTime"),
            modified_by=_who(body.get("LastModifiedBy") or {}),
            metadata=dict(body.get("CustomerMetadataProperties") or {}),
            for_marketplace=bool(body.get("CertifyForMarketplace")),
            life_cycle=(cycle.get("Stage", ""), cycle.get("StageStatus", "")),
        )


def _who(user: UserContextShape) -> str:
    """Who changed it last; shape: `UserContext`."""
    name: str = user.get("UserProfileName") or (user.get("IamIdentity") or {}).get("Arn", "")
    return name
