"""Each permission of the template is needed: without it, something that people see is another."""

import pytest

from bluegreen_simulator.aws.iam.wildcards import is_like
from bluegreen_simulator.run.stack import transformed
from heavy import sampled
from permissions.removals import Permission, permissions_of
from permissions.search import notice
from permissions.unnoticed import REASONS, reason_of
from registry_account import TEMPLATE

PERMISSIONS = permissions_of(transformed(TEMPLATE))
NEEDED = [one for one in PERMISSIONS if reason_of(one) is None]
NOT_MISSED = [one for one in PERMISSIONS if reason_of(one) is not None]


SAMPLE = (
    "Key (iam:::root): kms:CreateAlias *",
    "Key (logs.*.amazonaws.com): kms:Encrypt *",
    "ValidatePolicyFunctionRole: cloudwatch:GetMetricData *",
    "StartUpdateFunctionRole: sagemaker:CreateEndpoint *:endpoint-config/*",
    "ConcludeDeploymentFunctionRole (NotifyPolicy): kms:GenerateDataKey Key",
    "ConcludeDeploymentFunctionRole: AWSLambdaBasicExecutionRole",
    "RelayEndpointEventFunctionEndpointEventPermission *",
    "RelayEndpointEventFunctionRole (WakeWorkflowPolicy): states:SendTaskSuccess *",
    "RelayAlarmEventFunctionRole (KeepDeploymentsPolicy): dynamodb:Query *",
    "RelayApprovalEventFunctionRole: ssm:GetParameter *",
    "TellChatFunctionNotificationPermission *",
    "WebhookQueuePolicy (sns.amazonaws.com): sqs:SendMessage *",
    "DeploymentStateMachineRole: lambda:InvokeFunction AwaitStageFunction",
    "DeploymentStateMachineRole: logs:CreateLogDelivery *",
)
"""One of each kind, among those that the first scenes need."""


SAMPLED = [one for one in NEEDED if any(is_like(pattern, str(one)) for pattern in SAMPLE)]


@pytest.mark.parametrize("permission", sampled(SAMPLED, 4), ids=str)
def test_somebody_notices_that_one_of_the_sample_is_gone(permission: Permission) -> None:
    assert notice(permission) is not None


@pytest.mark.slow
@pytest.mark.parametrize("permission", NEEDED, ids=str)
def test_somebody_notices_that_a_permission_is_gone(permission: Permission) -> None:
    assert notice(permission) is not None


@pytest.mark.parametrize("pattern", SAMPLE)
def test_the_sample_is_of_permissions_that_there_are(pattern: str) -> None:
    assert sum(is_like(pattern, str(one)) for one in NEEDED) == 1


@pytest.mark.slow
@pytest.mark.parametrize("permission", NOT_MISSED, ids=str)
def test_nobody_notices_what_has_a_reason_not_to_be_noticed(permission: Permission) -> None:
    assert notice(permission) is None


@pytest.mark.parametrize("pattern", REASONS)
def test_every_reason_is_that_of_a_permission(pattern: str) -> None:
    assert any(is_like(pattern, str(one)) for one in PERMISSIONS)


def test_every_permission_has_a_name_of_its_own() -> None:
    names = [str(one) for one in PERMISSIONS]
    assert len(set(names)) == len(names)


OF_ROLES = [one for one in PERMISSIONS if one.holder.endswith("Role")]


@pytest.mark.parametrize("permission", OF_ROLES[::10], ids=str)
def test_a_removal_takes_one_permission_of_a_role_away_and_no_other(
    permission: Permission,
) -> None:
    left = permissions_of(permission.removed_from(transformed(TEMPLATE)))
    gone = {_what(one) for one in OF_ROLES} - {_what(one) for one in left}
    assert gone == {_what(permission)}


def _what(permission: Permission) -> tuple[str, str, str]:
    """Without its source: a managed policy becomes the role's own when something of it is gone."""
    return permission.holder, permission.action, permission.detail
