"""What the account has to do with it: the role's permissions, quotas, auto scaling."""

from collections import Counter
from collections.abc import Iterator

from bluegreen.check.forecast import Forecast
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import quoted
from bluegreen.sagemaker.deployment_config import ROLLING


def check_account(forecast: Forecast) -> Iterator[Finding]:
    """Yield what could keep SageMaker from doing it, and what could not be found out."""
    if forecast.policy.alarms:
        yield from _check_roles(forecast)
    yield from check_quotas(forecast)
    yield from _check_scaling(forecast)


def _check_roles(forecast: Forecast) -> Iterator[Finding]:
    known = forecast.situation.roles_may_describe_alarms
    for role in sorted({v.role_arn for v in forecast.requested.variants if v.role_arn}):
        if known is None or role not in known:
            yield _role_unknown(forecast, role)
        elif not known[role]:
            yield _role_may_not(role)


def _role_unknown(forecast: Forecast, role: str) -> Finding:
    why = forecast.situation.why_unknown("roles")
    message = (
        f"Whether {quoted(role)} may call cloudwatch:DescribeAlarms is not known:"
        f" {why}. Without it no alarm rolls anything back."
    )
    fix = "Allow the model's execution role cloudwatch:DescribeAlarms on the alarms."
    return Finding("role-not-checked", "WARNING", message, fix)


def _role_may_not(role: str) -> Finding:
    message = f"The execution role {quoted(role)} may not call cloudwatch:DescribeAlarms."
    fix = "Allow it on the alarms; SageMaker reads them as this role."
    return Finding("role-may-not-describe-alarms", "WARNING", message, fix)


def check_quotas(forecast: Forecast) -> Iterator[Finding]:
    """Yield whether the quotas of instances have room for what is made beside what runs."""
    if forecast.situation.quotas is None:
        yield _quotas_unknown(forecast)
        return
    for type_, more in needed_instances(forecast).items():
        quota = forecast.situation.quotas.get(type_)
        if quota and quota.running + more > quota.allowed:
            message = (
                f'The quota "{type_} for endpoint usage" is {quota.allowed}, {quota.running} run,'
                f" and this deployment needs {more} more at once."
            )
            fix = "Ask Service Quotas for more, or use a rolling update with small batches."
            yield Finding("quota-too-small", "WARNING", message, fix)


def needed_instances(forecast: Forecast) -> Counter[str]:
    """The instances that are there at once beside what runs now, by type.

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


def _quotas_unknown(forecast: Forecast) -> Finding:
    types = ", ".join(f"{count} {type_}" for type_, count in needed_instances(forecast).items())
    why = forecast.situation.why_unknown("quotas")
    message = (
        f"Needed at once beside what runs: {types or 'nothing'}. The quota is not known: {why}."
    )
    fix = 'See "for endpoint usage" in Service Quotas.'
    return Finding("quota-not-checked", "INFO", message, fix)


def _check_scaling(forecast: Forecast) -> Iterator[Finding]:
    scalable = forecast.situation.scalable
    if scalable is None:
        why = forecast.situation.why_unknown("scaling")
        message = f"Whether variants are scalable targets is not known: {why}."
        yield Finding("autoscaling-not-checked", "INFO", message)
        return
    if scalable:
        yield _blocked(forecast, sorted(scalable))
    new = {variant.name: variant.instance_type for variant in forecast.requested.variants}
    live = forecast.situation.live.variants if forecast.situation.live else ()
    for variant in live:
        if variant.name in scalable and new.get(variant.name) != variant.instance_type:
            yield _type_changes(variant.name, variant.instance_type, new.get(variant.name))


def _blocked(forecast: Forecast, variants: list[str]) -> Finding:
    minutes = -(-forecast.schedule.seconds // 60)
    message = (
        f"Auto scaling of {', '.join(map(quoted, variants[:5]))} is blocked while the update runs,"
        f" some {minutes} minutes."
    )
    fix = "Scale out before, if the load may grow meanwhile."
    return Finding("autoscaling-blocked", "INFO", message, fix)


def _type_changes(variant: str, old: str, new: str | None) -> Finding:
    what = f"goes from {old} to {new}" if new else "is not in the new config"
    whose = f"Variant {quoted(variant)} is a scalable target and {what}"
    message = f"{whose}; SageMaker fails such an update of a registered target."
    fix = "Call DeregisterScalableTarget first, and register it again afterwards."
    return Finding("scalable-variant-changes", "WARNING", message, fix)
