"""Permissions that nobody misses in the scenes, each with its reason; `*` stands for any text."""

from collections.abc import Mapping
from typing import Final

from bluegreen_simulator.aws.iam.wildcards import is_like
from permissions.removals import Permission

ADMINISTRATION: Final = "people and later updates of the stack need it, and no scene does"
TRACES: Final = "only traces would be missing; X-Ray is not modelled"

REASONS: Final[Mapping[str, str]] = {
    "*: AWSXrayWriteOnlyAccess": TRACES,
    **{
        f"Key (iam:::root): kms:{action} *": ADMINISTRATION
        for action in (
            "CancelKeyDeletion",
            "DeleteAlias",
            "DescribeKey",
            "DisableKey",
            "EnableKey",
            "Encrypt",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "ListResourceTags",
            "ScheduleKeyDeletion",
            "TagResource",
            "UntagResource",
            "UpdateAlias",
            "UpdateKeyDescription",
        )
    },
    "StartUpdateFunctionRole: sagemaker:CreateModel sagemaker:::model-package/*": (
        "whether AWS asks for it on the model package too is not known, and not modelled"
    ),
}

UNUSED: Final = (
    "AcquireEndpointLockFunctionRole (KeepDeploymentsPolicy): dynamodb:GetItem *",
    "AcquireEndpointLockFunctionRole (KeepDeploymentsPolicy): dynamodb:Query *",
    "AcquireEndpointLockFunctionRole (KeepDeploymentsPolicy): dynamodb:PutItem *",
    "AcquireEndpointLockFunctionRole (KeepDeploymentsPolicy): dynamodb:DeleteItem *",
    "StartUpdateFunctionRole (KeepDeploymentsPolicy): dynamodb:Query *",
    "StartUpdateFunctionRole (KeepDeploymentsPolicy): dynamodb:DeleteItem *",
    "AwaitStageFunctionRole (KeepDeploymentsPolicy): dynamodb:DeleteItem *",
    "ConcludeDeploymentFunctionRole (KeepDeploymentsPolicy): dynamodb:PutItem *",
    "RelayEndpointEventFunctionRole (KeepDeploymentsPolicy): dynamodb:DeleteItem *",
    "RelayAlarmEventFunctionRole (KeepDeploymentsPolicy): dynamodb:DeleteItem *",
    "RelayApprovalEventFunctionRole (KeepDeploymentsPolicy): dynamodb:GetItem *",
    "RelayApprovalEventFunctionRole (KeepDeploymentsPolicy): dynamodb:Query *",
    "RelayApprovalEventFunctionRole (KeepDeploymentsPolicy): dynamodb:PutItem *",
    "RelayApprovalEventFunctionRole (KeepDeploymentsPolicy): dynamodb:DeleteItem *",
    "CleanUpFunctionRole: sagemaker:DeleteEndpointConfig sagemaker:::model/*",
    "CleanUpFunctionRole: sagemaker:DeleteModel sagemaker:::endpoint-config/*",
    "CleanUpFunctionRole (KeepDeploymentsPolicy): dynamodb:GetItem *",
    "CleanUpFunctionRole (KeepDeploymentsPolicy): dynamodb:PutItem *",
    "CleanUpFunctionRole (KeepDeploymentsPolicy): dynamodb:UpdateItem *",
    "CleanUpFunctionRole (LookAtModelsPolicy): sagemaker:DescribeModelPackage *",
    "CleanUpFunctionRole (LookAtModelsPolicy): sagemaker:ListTags sagemaker:::endpoint/*",
)
"""What the policies that functions share allow too many; nothing ever asks for it."""

PATTERNS: Final = (*REASONS, *UNUSED)


def reason_of(permission: Permission) -> str | None:
    """Why nobody misses it; None if somebody has to."""
    for pattern in PATTERNS:
        if is_like(pattern, str(permission)):
            return REASONS.get(pattern, "a shared policy allows it, and nobody ever uses it")
    return None
