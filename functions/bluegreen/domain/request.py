"""The request: what a person or a program asks for, checked, with every default filled in.

Members that `UpdateEndpoint` has keep its names and shapes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bluegreen.domain import plan
from bluegreen.domain.finding import Finding
from bluegreen.domain.policy import (
    DEPLOYMENT_CONFIG,
    POLICIES,
    Policy,
    alarms_of,
    check_rules,
)
from bluegreen.domain.policy_name import check_name, named
from bluegreen.domain.shape import Choice, Flag, ListOf, Structure, Text, not_supported
from bluegreen.domain.waiver import WAIVABLE

NAME_PATTERN: Final = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_name = Text(
    63,
    NAME_PATTERN,
    "1 to 63 letters, digits and hyphens, beginning and ending with none of the last",
)
_retained_property = Structure(
    {"VariantPropertyType": Choice(("DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig"))},
    required=("VariantPropertyType",),
)
REQUEST: Final = Structure(
    {
        "EndpointName": _name,
        "EndpointConfigName": _name,
        "DeploymentConfig": DEPLOYMENT_CONFIG,
        "DeploymentConfigName": Text(64),
        "RetainAllVariantProperties": Flag(),
        "ExcludeRetainedVariantProperties": ListOf(_retained_property, 0, 3),
        "OnBusy": Choice(("REJECT", "QUEUE", "SUPERSEDE")),
        "RequestedBy": Text(128),
        "Reason": Text(512),
        "AllowFindings": ListOf(Choice(WAIVABLE), 0, len(WAIVABLE)),
        "DryRun": Flag(),
    },
    required=("EndpointName", "EndpointConfigName"),
    later=(
        "ModelPackageArn",
        "RetainDeploymentConfig",
        "QueueTimeoutSeconds",
        "Guardrails",
    ),
)


@dataclass(frozen=True)
class Request:
    """A checked request; texts are the requester's own and only claimed."""

    endpoint_name: str
    endpoint_config_name: str
    policy: Policy
    retain_all_variant_properties: bool = True
    exclude_retained: tuple[str, ...] = ()
    on_busy: str = "REJECT"
    requested_by: str = ""
    reason: str = ""
    allow_findings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The normalised request: members of the contract, nothing left to default."""
        body = {
            "EndpointName": self.endpoint_name,
            "EndpointConfigName": self.endpoint_config_name,
            "DeploymentConfig": self.policy.to_json(),
            "RetainAllVariantProperties": self.retain_all_variant_properties,
            "ExcludeRetainedVariantProperties": [
                {"VariantPropertyType": name} for name in self.exclude_retained
            ],
            "OnBusy": self.on_busy,
            "RequestedBy": self.requested_by,
            "Reason": self.reason,
            "AllowFindings": list(self.allow_findings),
        }
        return {name: value for name, value in body.items() if value not in ("", [])}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Request":
        """Read a request that is well shaped: what `to_json` wrote, or a checked raw one."""
        excluded = body.get("ExcludeRetainedVariantProperties", [])
        return cls(
            endpoint_name=body["EndpointName"],
            endpoint_config_name=body["EndpointConfigName"],
            policy=Policy.from_json(_deployment_config(body)),
            retain_all_variant_properties=body.get("RetainAllVariantProperties", True),
            exclude_retained=tuple(item["VariantPropertyType"] for item in excluded),
            on_busy=body.get("OnBusy", "REJECT"),
            requested_by=body.get("RequestedBy", ""),
            reason=body.get("Reason", ""),
            allow_findings=tuple(body.get("AllowFindings", [])),
        )

    def for_fleet(self, instances: Iterable[int]) -> "Request":
        """The same request with its maximum execution time filled in; `instances` by variant."""
        if self.policy.maximum_seconds is not None:
            return self
        maximum = plan.default_maximum_seconds(self.policy, instances)
        return replace(self, policy=replace(self.policy, maximum_seconds=maximum))


def _deployment_config(body: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = body.get("DeploymentConfig", {})
    if any(member in config for member in POLICIES):
        return config
    return config | (named(body.get("DeploymentConfigName", "AllAtOnce")) or {})


def check(raw: object) -> list[Finding]:
    """What the request alone can tell: every fault of shape, range and pairing."""
    faults = list(REQUEST.check(raw))
    if faults or not isinstance(raw, dict):
        return faults
    return list(_check_pairs(raw))


def _check_pairs(body: Mapping[str, Any]) -> Iterator[Finding]:
    config = body.get("DeploymentConfig", {})
    name = body.get("DeploymentConfigName")
    policies = ["DeploymentConfigName"] if name is not None else []
    policies += [f"DeploymentConfig.{member}" for member in POLICIES if member in config]
    if body.get("OnBusy", "REJECT") != "REJECT":
        yield not_supported("OnBusy", body["OnBusy"])
    if body.get("ExcludeRetainedVariantProperties") and not body.get(
        "RetainAllVariantProperties", True
    ):
        yield _exclusion_without_retention()
    if name is not None:
        yield from check_name(name)
    if len(policies) > 1:
        yield _two_policies(policies)
    if not policies:
        yield from _no_policy(config)
    yield from check_rules(config)


def _no_policy(config: Mapping[str, Any]) -> Iterator[Finding]:
    what = "All traffic shifts at once, then bakes for 300 seconds"
    watched = "" if alarms_of(config) else ", and no alarm watches it"
    yield Finding(
        "no-policy",
        "WARNING",
        f"The request names no policy. {what}{watched}.",
        "Give DeploymentConfigName, or a policy in DeploymentConfig.",
    )


def _two_policies(policies: list[str]) -> Finding:
    message = f"{' and '.join(policies)} exclude each other."
    fix = f"Give one of them; {policies[0]} alone, for example."
    return Finding("two-policies", "ERROR", message, fix)


def _exclusion_without_retention() -> Finding:
    message = (
        "ExcludeRetainedVariantProperties means nothing with RetainAllVariantProperties false."
    )
    fix = "Leave ExcludeRetainedVariantProperties out, or let RetainAllVariantProperties be true."
    return Finding("exclusion-without-retention", "ERROR", message, fix)


def name_in(raw: object) -> str | None:
    """The endpoint's name in a request that may be bad otherwise; None: there is none."""
    name = raw.get("EndpointName") if isinstance(raw, dict) else None
    return name if name and not any(_name.check(name, "")) else None
