"""RetainDeploymentConfig: the policy of the endpoint's last update, with the alarms of today.

SageMaker would take all of its alarms, among them the abort alarm of that deployment and those of
its guardrails, which watch the config that is blue by now. So the policy is read from the endpoint,
and sent as `DeploymentConfig`; guardrails are asked for anew, as the tags of their alarms say they
were. (API, `UpdateEndpoint` and `DescribeEndpoint`, LastDeploymentConfig.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bluegreen.check.situation import LastPolicy, Situation
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import and_listed, listed, quoted
from bluegreen.deployment.abort import ABORT_NAMESPACE
from bluegreen.guardrails.guardrail import alarm_prefix, is_of_guardrail
from bluegreen.guardrails.tags import asked_in
from bluegreen.request.request import Request, no_policy
from bluegreen.sagemaker.deployment_config import DEPLOYMENT_CONFIG, POLICIES, check_rules

PATH: Final = "LastDeploymentConfig"
NOT_TAGGED: Final = "they are not there, are another stack's, or their tags do not say it"


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
    retained, faults_of_guardrails = _with_guardrails(request.with_policy(last.config), situation)
    found = list(faults_of_guardrails)
    if not any(member in last.config for member in POLICIES):
        watched = bool(retained.policy.alarms or (retained.asked and retained.asked.guardrails))
        found += no_policy(watched=watched, whose="The last deployment config of the endpoint")
    return retained, found


def _faults(last: LastPolicy) -> Iterator[str]:
    """Yield why the policy could not be sent again as it was."""
    if last.unknown_members:
        yield f"The AWS SDK in use does not know {listed(last.unknown_members)}."
    shape = list(DEPLOYMENT_CONFIG.check(last.config, PATH))
    yield from (finding.message for finding in shape or check_rules(last.config, PATH))


def _with_guardrails(request: Request, situation: Situation) -> tuple[Request, list[Finding]]:
    """The request with the last one's guardrails instead of their alarms, and without ours.

    Where it says itself what it asks for, or that it asks for none, that holds.
    """
    endpoint, alarms = request.endpoint_name, request.policy.alarms
    of_guardrails = [name for name in alarms if is_of_guardrail(name, endpoint)]
    kept = tuple(n for n in alarms if n not in of_guardrails and not _is_abort_alarm(n, situation))
    request = replace(request, policy=replace(request.policy, alarms=kept))
    if request.asked is not None or not of_guardrails:
        return request, []
    ours = [n for n in of_guardrails if n.startswith(alarm_prefix(situation.stack_name, endpoint))]
    texts = {n: situation.guardrail_texts[n] for n in ours if n in situation.guardrail_texts}
    asked = asked_in(texts.values()) if texts else None
    unknown = [name for name in of_guardrails if asked is None or name not in texts]
    found = [_not_told(endpoint, unknown, situation)] if unknown else []
    return replace(request, asked=asked), found


def _is_abort_alarm(name: str, situation: Situation) -> bool:
    """By its name, also when it was deleted; another stack's by the metric that it watches."""
    alarm = (situation.alarms or {}).get(name)
    watched = {metric.namespace for metric in alarm.metrics} if alarm else set()
    return name == situation.abort_alarm or watched == {ABORT_NAMESPACE}


def _not_told(endpoint: str, alarms: Sequence[str], situation: Situation) -> Finding:
    why = situation.why_unknown("tags") if situation.was_asked("tags") else NOT_TAGGED
    message = (
        f"The last update of the endpoint {quoted(endpoint)} had guardrails, and what was asked of"
        f" them is not known from the alarms {and_listed(alarms)}: {why}."
    )
    fix = "Set Guardrails in the request: Default, Strict or a list; or None for no guardrail."
    return Finding("guardrails-not-retained", "ERROR", message, fix)


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
