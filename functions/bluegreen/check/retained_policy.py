"""RetainDeploymentConfig: the policy of the endpoint's last update, with the alarms of today.

SageMaker would take all of its alarms, among them the abort alarm of that deployment. So the policy
is read from the endpoint, and sent as `DeploymentConfig`. (API, `UpdateEndpoint` and
`DescribeEndpoint`, LastDeploymentConfig.)
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bluegreen.check.situation import LastPolicy, Situation
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import listed, quoted
from bluegreen.deployment.abort import ABORT_NAMESPACE
from bluegreen.request.request import Request, no_policy
from bluegreen.sagemaker.deployment_config import DEPLOYMENT_CONFIG, POLICIES, check_rules

PATH: Final = "LastDeploymentConfig"


def with_retained_policy(request: Request, situation: Situation) -> tuple[Request, list[Finding]]:
    """The request with the policy that it retains, if it does, and what is wrong with that.

    Where that policy cannot be used, the request still retains it.
    """
    if not request.retains_policy:
        return request, []
    last = situation.last_policy
    if last is None:
        return request, [_none(request.endpoint_name)]
    faults = list(_faults(last))
    if faults:
        return request, [_unfit(request.endpoint_name, faults[0])]
    config = last.config
    retained = _without_abort_alarms(request.with_policy(config), situation)
    if any(member in config for member in POLICIES):
        return retained, []
    return retained, list(no_policy(config, "The last deployment config of the endpoint"))


def _faults(last: LastPolicy) -> Iterator[str]:
    """Yield why the policy could not be sent again as it was."""
    if last.unknown_members:
        yield f"The AWS SDK in use does not know {listed(last.unknown_members)}."
    shape = list(DEPLOYMENT_CONFIG.check(last.config, PATH))
    yield from (finding.message for finding in shape or check_rules(last.config, PATH))


def _without_abort_alarms(request: Request, situation: Situation) -> Request:
    policy = request.policy
    alarms = tuple(name for name in policy.alarms if not _is_abort_alarm(name, situation))
    return replace(request, policy=replace(policy, alarms=alarms))


def _is_abort_alarm(name: str, situation: Situation) -> bool:
    """By its name, also when it was deleted; another stack's by the metric that it watches."""
    alarm = (situation.alarms or {}).get(name)
    watched = {metric.namespace for metric in alarm.metrics} if alarm else set()
    return name == situation.abort_alarm or watched == {ABORT_NAMESPACE}


def _none(name: str) -> Finding:
    message = (
        f"RetainDeploymentConfig is true, but the endpoint {quoted(name)} has no deployment config"
        " of an earlier update that could be used again."
    )
    fix = "Remove RetainDeploymentConfig, and set DeploymentConfig or DeploymentConfigName."
    return Finding("no-last-deployment-config", "ERROR", message, fix)


def _unfit(name: str, fault: str) -> Finding:
    message = (
        f"The deployment config of the last update of the endpoint {quoted(name)} cannot be used"
        f" again: {fault}"
    )
    fix = "Remove RetainDeploymentConfig, and set the policy in DeploymentConfig."
    return Finding("last-deployment-config-unfit", "ERROR", message, fix)
