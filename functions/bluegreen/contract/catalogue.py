"""Every finding that there is: its id, its severities, its title, and whether it can be waived.

A finding that is not in this table cannot be made. The waivers, the schema of requests and the
tests derive from it, and `docs/findings.md` has a section for each of them, in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["ERROR", "WARNING", "INFO"]
"""ERROR rejects; WARNING is what a careful person would change before starting; INFO the rest."""


@dataclass(frozen=True)
class FindingKind:
    """One kind of finding, with the severities that it may have.

    An ERROR that is `waivable` becomes a WARNING when the request accepts it by its id. What is
    malformed, what SageMaker could not do and what would lose every guardrail is never waivable.
    """

    id: str
    severities: tuple[Severity, ...]
    title: str
    waivable: bool = False


def _error(id_: str, title: str) -> FindingKind:
    return FindingKind(id_, ("ERROR",), title)


def _waivable(id_: str, title: str) -> FindingKind:
    return FindingKind(id_, ("ERROR",), title, waivable=True)


def _warning(id_: str, title: str) -> FindingKind:
    return FindingKind(id_, ("WARNING",), title)


def _info(id_: str, title: str) -> FindingKind:
    return FindingKind(id_, ("INFO",), title)


def _info_or_warning(id_: str, title: str) -> FindingKind:
    return FindingKind(id_, ("INFO", "WARNING"), title)


def _error_or_warning(id_: str, title: str) -> FindingKind:
    """One that is an ERROR only for those who ask for what it is about; it cannot be waived."""
    return FindingKind(id_, ("ERROR", "WARNING"), title)


def _graded(id_: str, title: str, *severities: Severity) -> FindingKind:
    """One that is an ERROR, which can be waived, only where it is sure."""
    return FindingKind(id_, ("ERROR", *severities), title, waivable=True)


_KINDS: Final = (
    # The request's shape.
    _error("wrong-type", "A member has a value of the wrong type"),
    _error("value-not-allowed", "A value is not allowed"),
    _error("missing-member", "A required member is missing"),
    _error("unknown-member", "A member is not known"),
    _error("two-targets", "The request names both an endpoint config and a model package"),
    _error("only-with-model-package", "A member works only with a model package"),
    _error("member-unfit-for-type", "A size does not belong to the Type"),
    _error("two-policies", "The request has more than one policy"),
    _error("timeout-without-queue", "A time to wait is given, but the request does not wait"),
    _error("exclusion-without-retention", "Something is excluded, but nothing is retained"),
    _error("guardrail-members", "Members of Guardrails do not go together"),
    _error("not-enough-data-of-nothing", "NotEnoughData is given, but no guardrail"),
    _warning("no-policy", "The request has no policy"),
    # The list itself.
    _info("more-findings", "There are more findings than are shown"),
    _error("check-failed", "The check could not be completed"),
    _info("waiver-unused", "AllowFindings accepts a finding that was not found"),
    # What is there.
    _error("not-permitted", "The stack may not see the endpoint or its config"),
    _error("endpoint-missing", "The endpoint does not exist"),
    _waivable("endpoint-will-be-created", "The endpoint does not exist and would be created"),
    _error("endpoint-config-missing", "The endpoint config does not exist"),
    _error("same-config", "The endpoint already serves this config"),
    _error("endpoint-not-updatable", "The endpoint can only be deleted"),
    _warning("endpoint-rollback-failed", "The endpoint serves a mixture of two configs"),
    _warning("endpoint-out-of-service", "The endpoint takes no requests"),
    _info("endpoint-busy", "Something changes the endpoint now"),
    _error("supersede-not-allowed", "The stack allows no request to abort another deployment"),
    _error("no-live-config", "The endpoint serves no endpoint config"),
    _error("no-last-deployment-config", "There is no earlier policy to retain"),
    _error("last-deployment-config-unfit", "The last policy cannot be used again"),
    _error("guardrails-not-retained", "What was asked of the last guardrails is not known"),
    _error("model-missing", "A model does not exist"),
    _error("inference-components", "A variant has no model"),
    _waivable("variants-differ", "The names of the variants change"),
    _info_or_warning("config-differs", "The new config changes more than the model"),
    # Made from a model package.
    _error("policy-not-json", "The policy document cannot be read"),
    _error("policy-encrypted", "The policy is a SecureString"),
    _info("policy-rehearses", "Approvals are only rehearsed"),
    _error("package-missing", "The model package does not exist"),
    _error("package-of-another-account", "The model package belongs to another account or Region"),
    _error("package-not-approved", "The model package is not approved"),
    _error("package-not-completed", "The model package is not completed"),
    _error("package-not-registered", "The model package is only logged"),
    _error("package-without-containers", "The model package has no containers"),
    _error("endpoint-without-consent", "The endpoint's owner has not allowed this group"),
    _error("live-config-unknown", "The live config or model could not be read"),
    _error("variant-missing", "The endpoint has no such variant"),
    _error("variant-not-named", "The request does not say which variant gets the model"),
    _error("same-package", "The endpoint already serves this model package"),
    _error("members-not-known", "A copy would lose a setting"),
    _error("shadow-variants-not-cloned", "Shadow variants are not copied"),
    _error("no-room-for-tags", "A copy would have too many tags"),
    _error("model-packages-not-permitted", "The stack may not create models"),
    _error("role-not-listed", "The stack may not pass on the live role"),
    _warning("environment-not-kept", "The new model would lose environment variables"),
    _warning("observability-differs", "The copy would have detailed observability"),
    _warning("instance-type-not-supported", "The model package does not list the instance type"),
    # Exclusions.
    _error("excluded-serverless", "A variant is serverless"),
    _error("excluded-inf1", "A variant runs on Inf1 instances"),
    _error("excluded-accelerator", "A variant has an Elastic Inference accelerator"),
    _error("excluded-marketplace", "A container comes from AWS Marketplace"),
    _warning("live-config-not-checked", "The live config is not known"),
    _warning("shadow-variants", "A config has shadow variants"),
    _info("marketplace-not-checked", "Whether a container comes from AWS Marketplace is not known"),
    _error("rolling-several-variants", "A rolling update takes only one variant"),
    # The fleet.
    _waivable("fleet-of-one", "One instance cannot be split"),
    _warning("fleet-size-unknown", "The number of instances is not known"),
    _waivable("canary-out-of-bounds", "The canary is too large for the fleet"),
    _waivable("step-out-of-bounds", "The step is too small or too large for the fleet"),
    _waivable("batch-out-of-bounds", "The batch is too small or too large for the fleet"),
    _waivable("rollback-batch-out-of-bounds", "The batch of a rollback is larger than the fleet"),
    _info_or_warning("share-rounded", "A percentage is rounded to whole instances"),
    _warning("instance-count-retained", "The new config's instance count is not used"),
    _warning("instance-count-reset", "The number of instances changes to the new config's"),
    # Time.
    _waivable("maximum-too-short", "The maximum execution time is not longer than the waits"),
    _warning("maximum-tight", "The maximum execution time leaves little time to start instances"),
    _warning("no-bake", "There is no bake"),
    _warning("bake-of-zero", "One of the two waits is 0"),
    # Alarms.
    _waivable("no-alarms", "The request names no alarm"),
    _error("too-many-alarms", "There are more alarms than SageMaker takes"),
    _warning("no-room-for-abort", "The deployment could not be aborted"),
    _warning("alarms-not-checked", "The alarms could not be read"),
    _error("alarm-missing", "An alarm does not exist"),
    _warning("alarm-named-twice", "An alarm is named more than once"),
    _waivable("alarm-in-alarm", "An alarm is already in ALARM"),
    _info_or_warning("alarm-insufficient-data", "An alarm has no data"),
    _warning("alarm-warming-up", "An alarm is warming up"),
    _warning("alarm-not-evaluated", "CloudWatch cannot evaluate an alarm"),
    _waivable("alarm-breaching-before-traffic", "An alarm would trip before green has traffic"),
    _waivable("alarm-without-variant", "An alarm names no variant"),
    _waivable("alarm-other-endpoint", "An alarm watches another endpoint"),
    _waivable("alarm-other-account", "An alarm watches another account"),
    _waivable(
        "alarm-other-variant", "An alarm watches a variant that the new config does not have"
    ),
    _waivable("alarm-old-config", "An alarm watches an old endpoint config"),
    _waivable("alarm-sees-only-blue", "An alarm watches only the blue fleet"),
    _warning("alarm-composite", "An alarm is a composite alarm"),
    _warning("alarm-on-logs", "An alarm is an alarm on logs"),
    _info("alarm-not-judged", "Whether an alarm can trip in a bake was not checked"),
    _info("alarm-sees-both-fleets", "Alarms watch both fleets together"),
    _waivable("alarm-threshold-unreachable", "An alarm's threshold cannot be reached"),
    _graded("alarm-unit-unmatched", "An alarm asks for a unit that is not published", "WARNING"),
    _graded(
        "alarm-metric-not-published", "An alarm watches a metric that is not published", "WARNING"
    ),
    _graded("alarm-low-samples", "An alarm ignores periods with few samples", "WARNING"),
    _graded("alarm-trips-on-traffic", "Ordinary traffic trips an alarm", "WARNING"),
    _warning("alarm-statistic-unfit", "An alarm's statistic or comparison says little about green"),
    _warning("latency-in-microseconds", "A latency threshold is under a millisecond"),
    _warning("alarm-period-too-short", "An alarm's period is shorter than a minute"),
    _info_or_warning("alarm-metric-unproven", "An alarm may never have data"),
    # What they see together.
    _graded("variant-unwatched", "No alarm sees a variant", "WARNING", "INFO"),
    _warning("defect-unseen", "A kind of defect would pass unseen"),
    # Bakes.
    _warning("alarm-cannot-trip-in-bake", "An alarm cannot trip in a bake"),
    _warning("alarm-may-miss-bake", "An alarm may trip too late in a bake"),
    _waivable("bake-unprotected", "No alarm can trip in a bake"),
    _warning("protection-not-known", "Whether any alarm can trip is not known"),
    _warning("not-enough-data-bake", "A bake is too short to judge NotEnoughData in it"),
    _warning("not-enough-data-no-abort", "Too little data would abort, and the stack cannot"),
    _warning("alarm-diluted", "Blue's good answers hide green's errors"),
    _warning("alarm-too-little-traffic", "Green gets too few requests for an alarm"),
    _info("traffic-not-checked", "The number of requests is not known"),
    # Guardrails.
    _error("guardrails-not-allowed", "The stack makes no alarms of guardrails"),
    _error_or_warning("guardrails-impossible", "Guardrails would have nothing to count"),
    _error_or_warning("guardrails-not-known", "What guardrails come to is not known"),
    _info("guardrails-assumed", "The stack adds guardrails"),
    _warning("guardrail-not-made", "A guardrail is not made"),
    _warning("guardrail-below-blue", "A guardrail allows less than the blue fleet needs"),
    _warning("guardrail-little-data", "A guardrail has too little data"),
    # The account.
    _warning("role-not-checked", "Whether the model's role may read the alarms is not known"),
    _warning("role-may-not-describe-alarms", "The model's role may not read the alarms"),
    _warning("quota-too-small", "The instance quota is too small"),
    _info("quota-not-checked", "The instance quota is not known"),
    _info("autoscaling-blocked", "Auto scaling is paused during the update"),
    _warning(
        "scalable-variant-changes", "A variant with auto scaling changes its type or is removed"
    ),
    _info("autoscaling-not-checked", "Whether a variant has auto scaling is not known"),
)

CATALOGUE: Final[Mapping[str, FindingKind]] = {kind.id: kind for kind in _KINDS}
"""Each kind by its id."""
