"""The request: what a person or a program asks for, checked, with every default filled in.

Members that `UpdateEndpoint` has keep its names and shapes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, cast

from bluegreen.contract.aws_shapes import DeploymentConfigShape
from bluegreen.contract.findings import Finding
from bluegreen.contract.json_shape import (
    Choice,
    Flag,
    ListOf,
    Structure,
    Text,
    Whole,
    not_allowed,
    with_whole_numbers,
)
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.times import from_text, to_text
from bluegreen.guardrails.asked import (
    GUARDRAILS,
    NONE,
    NOT_ENOUGH_DATA,
    WARN,
    Asked,
    check_asked,
)
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.request.named_policies import (
    ALL_AT_ONCE,
    NAMED_ALL_AT_ONCE_WAIT_SECONDS,
    check_name,
    named,
)
from bluegreen.request.waivers import WAIVABLE
from bluegreen.sagemaker import traffic_steps as plan
from bluegreen.sagemaker.deployment_config import (
    DEPLOYMENT_CONFIG,
    POLICIES,
    Policy,
    alarms_of,
    check_rules,
)
from bluegreen.sagemaker.package_name import PACKAGE_ARN

NAME_PATTERN: Final = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_name = Text(
    63,
    NAME_PATTERN,
    "1 to 63 letters, digits and hyphens, starting and ending with a letter or digit",
)
_retained_property = Structure(
    {"VariantPropertyType": Choice(("DesiredInstanceCount", "DesiredWeight"))},
    required=("VariantPropertyType",),
)
"""The API has DataCaptureConfig too, but says "not currently supported": SageMaker refuses it."""

_package_arn = Text(
    2048,
    PACKAGE_ARN,
    "the ARN of a model package version, such as arn:aws:sagemaker:...:model-package/GROUP/1",
)
REJECT_PACKAGE: Final = "REJECT_MODEL_PACKAGE"
ANNOTATE: Final = "ANNOTATE"
ON_ROLLBACK: Final = (REJECT_PACKAGE, ANNOTATE, "NONE")
"""What the model registry is told of a package whose deployment was rolled back."""

ON_REJECTION: Final = ("ABORT", "TELL")
"""What becomes of a deployment whose model package a person rejects while it runs."""

ONLY_WITH_PACKAGE: Final = (
    "VariantName",
    "OnRollback",
    "OnRejection",
    "KeepModelLifeCycle",
    "ApprovedAt",
)

ON_BUSY: Final = ("REJECT", "QUEUE", "SUPERSEDE")
"""What to do while another deployment runs: end, wait, or abort it and wait."""

QUEUE_TIMEOUT_SECONDS: Final = 28_800
A_TIME: Final = "a time in ISO 8601 with an offset"
APPROVED_AT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)"

STARTED_BY: Final = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
"""The execution that started this one, which Step Functions' guide and CDK have a parent say.

(Developer Guide, "Start workflow executions from a task state".)
"""

LONGEST_STARTED_BY: Final = 1024
"""Characters; ours. The ARN of an execution has some 250 at most."""

REQUEST: Final = Structure(
    {
        "EndpointName": _name,
        "EndpointConfigName": _name,
        "ModelPackageArn": _package_arn,
        "VariantName": _name,
        "OnRollback": Choice(ON_ROLLBACK),
        "OnRejection": Choice(ON_REJECTION),
        "KeepModelLifeCycle": Flag(),
        "DeploymentConfig": DEPLOYMENT_CONFIG,
        "DeploymentConfigName": Text(64),
        "RetainDeploymentConfig": Flag(),
        "Guardrails": GUARDRAILS,
        "NotEnoughData": Choice(NOT_ENOUGH_DATA),
        "RetainAllVariantProperties": Flag(),
        "ExcludeRetainedVariantProperties": ListOf(_retained_property, 0, 3),
        "OnBusy": Choice(ON_BUSY),
        "QueueTimeoutSeconds": Whole(60, 86_400, "seconds"),
        "ApprovedAt": Text(64, APPROVED_AT, A_TIME),
        "RequestedBy": Text(128),
        "Reason": Text(512),
        "AllowFindings": ListOf(Choice(WAIVABLE), 0, len(WAIVABLE)),
        "DryRun": Flag(),
        STARTED_BY: Text(LONGEST_STARTED_BY),
    },
    required=("EndpointName",),
)


@dataclass(frozen=True)
class Request:
    """A checked request; texts are the requester's own and only claimed.

    One for a model package has no `endpoint_config_name` until the workflow has named the config
    that it makes; `variant_name` is the variant whose model it replaces. One that `retains_policy`
    has none of its own yet: its `policy` means nothing until `with_policy` has given it one.
    `started_by` is the execution that says it started this one. `asked` is what it asks of its
    guardrails, None where it says nothing of them; `guardrails` is what that came to.
    """

    endpoint_name: str
    endpoint_config_name: str
    policy: Policy
    retain_all_variant_properties: bool = True
    exclude_retained: tuple[str, ...] = ()
    on_busy: str = "REJECT"
    requested_by: str = ""
    reason: str = ""
    allow_findings: tuple[str, ...] = ()
    model_package_arn: str = ""
    variant_name: str = ""
    on_rollback: str = ANNOTATE
    on_rejection: str = "TELL"
    keep_life_cycle: bool = False
    queue_timeout_seconds: int = QUEUE_TIMEOUT_SECONDS
    approved_at: datetime | None = None
    retains_policy: bool = False
    started_by: str = ""
    asked: Asked | None = None
    not_enough_data: str = WARN
    guardrails: tuple[Guardrail, ...] = ()

    @property
    def alarms(self) -> tuple[str, ...]:
        """The names of the alarms that may roll it back: the requester's own, and its guardrails'.

        The abort alarm is not among them.
        """
        return (*self.policy.alarms, *(guardrail.alarm for guardrail in self.guardrails))

    @property
    def queues(self) -> bool:
        """Whether it waits for its turn while the endpoint is busy."""
        return self.on_busy != "REJECT"

    def to_send(self, abort_alarm: str = "") -> "Request":
        """The same with all of its alarms in its policy, the abort alarm too if there is one."""
        ours = (abort_alarm,) if abort_alarm else ()
        return replace(self, policy=replace(self.policy, alarms=(*self.alarms, *ours)))

    def with_policy(self, config: DeploymentConfigShape) -> "Request":
        """The same with the policy of a `DeploymentConfig` that has passed its check."""
        ints = cast("DeploymentConfigShape", with_whole_numbers(config, DEPLOYMENT_CONFIG))
        policy = Policy.from_json(_with_default(ints))
        return replace(self, policy=policy, retains_policy=False)

    def to_json(self) -> RequestDocument:
        """The normalised request: members of the contract, nothing left to default."""
        body = {
            "EndpointName": self.endpoint_name,
            "EndpointConfigName": self.endpoint_config_name,
            **self._policy_to_json(),
            "RetainAllVariantProperties": self.retain_all_variant_properties,
            "ExcludeRetainedVariantProperties": [
                {"VariantPropertyType": name} for name in self.exclude_retained
            ],
            "OnBusy": self.on_busy,
            "RequestedBy": self.requested_by,
            "Reason": self.reason,
            "AllowFindings": list(self.allow_findings),
            STARTED_BY: self.started_by,
        }
        if self.asked is not None:
            body["Guardrails"], body["NotEnoughData"] = self.asked.to_json(), self.not_enough_data
        body["GuardrailAlarms"] = [guardrail.to_json() for guardrail in self.guardrails]
        if self.on_busy == "QUEUE":
            body["QueueTimeoutSeconds"] = self.queue_timeout_seconds
        if self.approved_at:
            body["ApprovedAt"] = to_text(self.approved_at)
        if self.model_package_arn:
            body |= {
                "ModelPackageArn": self.model_package_arn,
                "VariantName": self.variant_name,
                "OnRollback": self.on_rollback,
                "OnRejection": self.on_rejection,
                "KeepModelLifeCycle": self.keep_life_cycle,
            }
        filled = {name: value for name, value in body.items() if value not in ("", [])}
        return cast("RequestDocument", filled)

    def _policy_to_json(self) -> dict[str, object]:
        if self.retains_policy:
            return {"RetainDeploymentConfig": True}
        return {"DeploymentConfig": self.policy.to_json()}

    @classmethod
    def from_json(cls, body: RequestDocument) -> "Request":
        """Read a request that is well shaped: what `to_json` wrote, or a checked raw one."""
        body = cast("RequestDocument", with_whole_numbers(body, REQUEST))
        excluded = body.get("ExcludeRetainedVariantProperties", [])
        return cls(
            endpoint_name=body["EndpointName"],
            endpoint_config_name=body.get("EndpointConfigName", ""),
            policy=Policy.from_json(_deployment_config(body)),
            retain_all_variant_properties=body.get("RetainAllVariantProperties", True),
            exclude_retained=tuple(item["VariantPropertyType"] for item in excluded),
            on_busy=body.get("OnBusy", "REJECT"),
            requested_by=body.get("RequestedBy", ""),
            reason=body.get("Reason", ""),
            allow_findings=tuple(body.get("AllowFindings", [])),
            model_package_arn=body.get("ModelPackageArn", ""),
            variant_name=body.get("VariantName", ""),
            on_rollback=body.get("OnRollback", ANNOTATE),
            on_rejection=body.get("OnRejection", "TELL"),
            keep_life_cycle=body.get("KeepModelLifeCycle", False),
            queue_timeout_seconds=body.get("QueueTimeoutSeconds", QUEUE_TIMEOUT_SECONDS),
            approved_at=_time_in(body, "ApprovedAt"),
            retains_policy=body.get("RetainDeploymentConfig", False),
            started_by=body.get(STARTED_BY, ""),
            asked=Asked.from_json(body["Guardrails"]) if "Guardrails" in body else None,
            not_enough_data=body.get("NotEnoughData", WARN),
            guardrails=tuple(map(Guardrail.from_json, body.get("GuardrailAlarms", []))),
        )

    def for_fleet(self, instances: Iterable[int], start_seconds: int = 0) -> "Request":
        """The same request with its maximum execution time filled in; `instances` by variant.

        `start_seconds` are what the config's own timeouts let an instance take to come up.
        """
        if self.policy.maximum_seconds is not None:
            return self
        maximum = plan.default_maximum_seconds(self.policy, instances, start_seconds)
        return replace(self, policy=replace(self.policy, maximum_seconds=maximum))


def _time_in(body: RequestDocument, member: Literal["ApprovedAt"]) -> datetime | None:
    return from_text(body[member]) if member in body else None


def _deployment_config(body: RequestDocument) -> DeploymentConfigShape:
    config = body.get("DeploymentConfig", {})
    return _with_default(config, body.get("DeploymentConfigName", ALL_AT_ONCE))


def _with_default(config: DeploymentConfigShape, name: str = ALL_AT_ONCE) -> DeploymentConfigShape:
    if any(member in config for member in POLICIES):
        return config
    return {**config, **(named(name) or {})}


def check(raw: object) -> list[Finding]:
    """What the request alone can tell: every fault of shape, range and pairing."""
    faults, document = list(REQUEST.check(raw)), document_in(raw)
    if faults or document is None:
        return faults
    return list(_check_pairs(document))


def _check_pairs(body: RequestDocument) -> Iterator[Finding]:
    yield from _check_target(body)
    config = body.get("DeploymentConfig", {})
    name, policies = body.get("DeploymentConfigName"), list(_policies_in(body))
    yield from _check_waiting(body)
    if body.get("ExcludeRetainedVariantProperties") and not body.get(
        "RetainAllVariantProperties", True
    ):
        yield _exclusion_without_retention()
    if name is not None:
        yield from check_name(name)
    if len(policies) > 1:
        yield _two_policies(policies)
    if not policies:
        guarded = body.get("Guardrails", NONE) != NONE
        yield from no_policy(watched=guarded or bool(alarms_of(config)))
    yield from check_rules(config)
    yield from check_asked(body.get("Guardrails", NONE), "Guardrails")
    if "NotEnoughData" in body and body.get("Guardrails") == NONE:
        yield _too_little_of_nothing()


def _policies_in(body: RequestDocument) -> Iterator[str]:
    """What names a policy; beside a retained one, a DeploymentConfig that holds alarms does too."""
    config, retains = body.get("DeploymentConfig", {}), body.get("RetainDeploymentConfig", False)
    if retains:
        yield "RetainDeploymentConfig"
    if "DeploymentConfigName" in body:
        yield "DeploymentConfigName"
    policies = [f"DeploymentConfig.{member}" for member in POLICIES if member in config]
    if retains and "DeploymentConfig" in body and not policies:
        yield "DeploymentConfig"
    yield from policies


def _check_waiting(body: RequestDocument) -> Iterator[Finding]:
    """Yield a finding unless its time to wait and its place in the queue mean something."""
    if "QueueTimeoutSeconds" in body and body.get("OnBusy") != "QUEUE":
        yield _timeout_without_queue()
    try:
        _time_in(body, "ApprovedAt")
    except (ValueError, OverflowError):  # the thirteenth month, for example
        yield not_allowed("ApprovedAt", body["ApprovedAt"], A_TIME)


def _check_target(body: RequestDocument) -> Iterator[Finding]:
    """Yield a finding unless the request says in one way what is to be deployed."""
    package = "ModelPackageArn" in body
    if not package and "EndpointConfigName" not in body:
        yield _no_target()
    if package and "EndpointConfigName" in body:
        yield _two_targets()
    for member in ONLY_WITH_PACKAGE:
        if member in body and not package:
            message = f"{member} works only together with ModelPackageArn."
            yield Finding("only-with-model-package", "ERROR", message, f"Remove {member}.")


def _no_target() -> Finding:
    message = "EndpointConfigName and ModelPackageArn are both missing."
    fix = "Add the one that says what to deploy."
    return Finding("missing-member", "ERROR", message, fix)


def _two_targets() -> Finding:
    message = "The request names both EndpointConfigName and ModelPackageArn."
    fix = (
        "Keep EndpointConfigName to deploy a config that exists, or ModelPackageArn to have one"
        " made from the package."
    )
    return Finding("two-targets", "ERROR", message, fix)


def no_policy(*, watched: bool, whose: str = "The request") -> Iterator[Finding]:
    """Yield that there is none; what is done then has a bake of ours, `watched` by alarms."""
    unwatched = "" if watched else " It names no alarm to watch that bake."
    message = (
        f"{whose} has no policy. All traffic moves to the green fleet at once, which then bakes"
        f" for {NAMED_ALL_AT_ONCE_WAIT_SECONDS} seconds.{unwatched}"
    )
    fix = "Set DeploymentConfigName (Canary10Percent5Minutes, for example) or a DeploymentConfig."
    yield Finding("no-policy", "WARNING", message, fix)


def _two_policies(policies: list[str]) -> Finding:
    message = f"The request has more than one policy: {' and '.join(policies)}."
    return Finding("two-policies", "ERROR", message, "Keep one of them.")


def _timeout_without_queue() -> Finding:
    message = "QueueTimeoutSeconds has no effect unless OnBusy is QUEUE."
    fix = "Remove QueueTimeoutSeconds, or set OnBusy to QUEUE."
    return Finding("timeout-without-queue", "ERROR", message, fix)


def _too_little_of_nothing() -> Finding:
    message = "NotEnoughData has no effect while Guardrails is None."
    fix = "Remove NotEnoughData, or ask for guardrails."
    return Finding("not-enough-data-of-nothing", "ERROR", message, fix)


def _exclusion_without_retention() -> Finding:
    message = (
        "ExcludeRetainedVariantProperties has no effect while RetainAllVariantProperties is false."
    )
    fix = "Remove ExcludeRetainedVariantProperties, or set RetainAllVariantProperties to true."
    return Finding("exclusion-without-retention", "ERROR", message, fix)


def document_in(raw: object) -> RequestDocument | None:
    """The members of what may be a request, to be believed once `check` has let them pass."""
    return cast("RequestDocument", raw) if isinstance(raw, dict) else None


def name_in(raw: object) -> str | None:
    """The endpoint's name in a request that may be bad otherwise; None: there is none."""
    name = raw.get("EndpointName") if isinstance(raw, dict) else None
    return name if name and not any(_name.check(name, "")) else None
