"""Whether the account lets it through: the role's permissions, quotas, auto scaling."""

from collections import Counter
from collections.abc import Iterator, Mapping

from bluegreen.check.forecast import Forecast
from bluegreen.check.not_asked import ROLES, SCALING, Result, quotas_for
from bluegreen.check.situation import Quota
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import listed, quoted
from bluegreen.sagemaker.deployment_config import PERCENT_OF_MODE, ROLLING


def check_account(forecast: Forecast) -> Iterator[Result]:
    """Yield what in the account could stop SageMaker, and what could not be found out."""
    if forecast.alarms or forecast.guardrails or forecast.has_unread_alarms:
        yield from _check_roles(forecast)
    yield from check_quotas(forecast)
    yield from _check_scaling(forecast)


def _check_roles(forecast: Forecast) -> Iterator[Result]:
    known = forecast.situation.roles_may_describe_alarms
    for role in sorted({v.role_arn for v in forecast.requested.variants if v.role_arn}):
        if known is None or role not in known:
            asked = forecast.situation.was_asked("roles")
            yield _role_unknown(forecast, role) if asked else ROLES
        elif not known[role]:
            yield _role_may_not(role)


def _role_unknown(forecast: Forecast, role: str) -> Finding:
    why = forecast.situation.why_unknown("roles")
    message = (
        f"Whether the role {quoted(role)} may call cloudwatch:DescribeAlarms is not known: {why}."
        " If it may not, no alarm rolls back."
    )
    fix = "Make sure that the model's role may call cloudwatch:DescribeAlarms on the alarms."
    return Finding("role-not-checked", "WARNING", message, fix, role)


def _role_may_not(role: str) -> Finding:
    message = (
        f"The role {quoted(role)} may not call cloudwatch:DescribeAlarms on the alarms. SageMaker"
        " reads them as this role, so no alarm would roll back."
    )
    fix = "Allow the role cloudwatch:DescribeAlarms on the alarms."
    return Finding("role-may-not-describe-alarms", "WARNING", message, fix, role)


def check_quotas(forecast: Forecast) -> Iterator[Result]:
    """Yield whether the quotas leave room for the instances that are added for a time."""
    needed = added_instances(forecast)
    if forecast.situation.quotas is None:
        if needed:
            yield _quotas_unknown(forecast, needed)
        return
    for type_, more in needed.items():
        quota = forecast.situation.quotas.get(type_)
        if quota and quota.running + more > quota.allowed:
            yield _quota_too_small(type_, more, quota, _smaller_batch(forecast, quota))


def added_instances(forecast: Forecast) -> Counter[str]:
    """The most instances that there are at the same time beyond those that run now, by type.

    A second fleet for blue/green; the largest batch for a rolling update.
    """
    types = {variant.name: variant.instance_type for variant in forecast.requested.variants}
    needed: Counter[str] = Counter()
    for variant, count in forecast.green.items():
        steps = [step.instances for step in forecast.steps(variant)]
        batches = [after - before for before, after in zip([0, *steps], steps, strict=False)]
        in_batches = forecast.policy.mode == ROLLING and not forecast.creates
        most = max(batches, default=count) if in_batches else count
        needed[types[variant]] += most
    return Counter({type_: count for type_, count in needed.items() if type_ and count})


def _smaller_batch(forecast: Forecast, quota: Quota) -> int:
    """The largest batch of a rolling update that the quota leaves room for; 0: there is none.

    A rolling update takes one variant, and batches of 5 to 50 % of it (API, RollingUpdatePolicy).
    """
    fleets = list(forecast.green.values())
    if forecast.creates or len(fleets) != 1:
        return 0
    least, most = PERCENT_OF_MODE[ROLLING]
    low, high = max(1, -(-fleets[0] * least // 100)), fleets[0] * most // 100
    room = min(high, quota.allowed - quota.running)
    return room if room >= low else 0


def _quota_too_small(type_: str, more: int, quota: Quota, batch: int) -> Finding:
    message = (
        f'The deployment needs {more} more {type_} at the same time, but the quota "{type_} for'
        f' endpoint usage" is {quota.allowed} and {quota.running} are running already.'
    )
    fix = (
        f"Ask Service Quotas for {quota.running + more} or more, or use another instance type in"
        " the new config."
    )
    if batch:
        instances = "1 instance" if batch == 1 else f"{batch} instances or fewer"
        fix = (
            f"Ask Service Quotas for {quota.running + more} or more, or use a RollingUpdatePolicy"
            f" with a MaximumBatchSize of {instances}."
        )
    return Finding("quota-too-small", "WARNING", message, fix)


def _quotas_unknown(forecast: Forecast, needed: Mapping[str, int]) -> Result:
    more = " and ".join(f"{count} more {type_}" for type_, count in needed.items())
    if not forecast.situation.was_asked("quotas"):
        return quotas_for(more)
    why = forecast.situation.why_unknown("quotas")
    quotas = listed([f"{type_} for endpoint usage" for type_ in needed])
    message = f"The deployment needs {more} at the same time. The quota is not known: {why}."
    fix = f"Compare with {quotas} in Service Quotas."
    return Finding("quota-not-checked", "INFO", message, fix)


def _check_scaling(forecast: Forecast) -> Iterator[Result]:
    scalable = forecast.situation.scalable
    if scalable is None:
        yield _scaling_unknown(forecast) if forecast.situation.was_asked("scaling") else SCALING
        return
    if scalable:
        yield _scaling_paused(forecast, sorted(scalable))
    new = {variant.name: variant.instance_type for variant in forecast.requested.variants}
    live = forecast.situation.live.variants if forecast.situation.live else ()
    for variant in live:
        if variant.name in scalable and new.get(variant.name) != variant.instance_type:
            yield _type_changes(variant.name, variant.instance_type, new.get(variant.name))


def _scaling_unknown(forecast: Forecast) -> Finding:
    why = forecast.situation.why_unknown("scaling")
    message = f"Whether a variant has auto scaling is not known: {why}."
    fix = "Allow application-autoscaling:DescribeScalableTargets."
    return Finding("autoscaling-not-checked", "INFO", message, fix)


def _scaling_paused(forecast: Forecast, variants: list[str]) -> Finding:
    minutes = -(-forecast.schedule.seconds // 60)
    message = (
        f"Auto scaling of {listed(variants)} is paused while the update runs, for about {minutes}"
        " minutes."
    )
    fix = "If the load may grow in that time, scale out first."
    if not forecast.retains_counts:
        fix = (
            "If the load may grow in that time, raise InitialInstanceCount in the new config: the"
            " counts of now are not kept."
        )
    return Finding("autoscaling-blocked", "INFO", message, fix)


def _type_changes(variant: str, old: str, new: str | None) -> Finding:
    what = f"changes its instance type from {old} to {new or 'none'}"
    if new is None:
        what = "is not in the new config"
    message = (
        f"Variant {quoted(variant)} has auto scaling and {what}. SageMaker would fail the update."
    )
    fix = (
        "Call DeleteScalingPolicy and DeregisterScalableTarget before the update, and make both"
        " again afterwards."
    )
    if new is None:
        fix = "Call DeleteScalingPolicy and DeregisterScalableTarget before the update."
    return Finding("scalable-variant-changes", "WARNING", message, fix)
