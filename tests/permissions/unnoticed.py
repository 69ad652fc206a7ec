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
    "AbortDeploymentFunctionRole (FollowPolicy): cloudwatch:PutMetricData *": (
        "the workflow, which it wakes, rings in the same bake"
    ),
    "StartUpdateFunctionRole: sagemaker:CreateModel sagemaker:::model-package/*": (
        "whether AWS asks for it on the model package too is not known, and not modelled"
    ),
    **{
        f"{function}FunctionRole (KeepDeploymentsPolicy): dynamodb:GetItem DeploymentsTable": (
            "it reads what became of a fact that another one is about to tell, which no scene has"
        )
        for function in ("AwaitStage", "RelayExecutionEvent")
    },
    "StartUpdateFunctionRole (KeepDeploymentsPolicy): dynamodb:Query DeploymentsTable": (
        "it reads what was told only when it is tried again after it asked for the update"
    ),
    "ReconcileFunctionRole: states:ListExecutions *": (
        "what is not listed is described; only hundreds at once would be throttled"
    ),
    "ReconcileFunctionRole: sns:Publish OperationsTopic": (
        "only what could not be sent for two weeks is given up, after 4,000 looks"
    ),
}


def reason_of(permission: Permission) -> str | None:
    """Why nobody misses it; None if somebody has to."""
    name = str(permission)
    return next((reason for pattern, reason in REASONS.items() if is_like(pattern, name)), None)
