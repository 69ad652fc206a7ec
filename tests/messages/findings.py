"""Every finding, each in the situations in which its words differ.

A row is an id, the situation in words, and what makes it: a request, a policy document, or what
differs from the healthy case of `situations`.
"""

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import jsonata

from bluegreen.check.rules.presence import not_permitted, supersede_not_allowed
from bluegreen.check.situation import Alarm, LastPolicy, Metric, Quota, Traffic
from bluegreen.contract.findings import Finding, to_list
from bluegreen.guardrails.asked import Asked
from bluegreen.guardrails.blue import Week
from bluegreen.registry.clone import CONSENT_TAG
from bluegreen.registry.group_policy import StoredPolicy, read_document, read_stored
from bluegreen.request.request import check
from bluegreen.sagemaker.observation import Observation, Variant
from builders import BLUE, GREEN, PACKAGE, at, canary_request, settled
from shipped import STATES
from situations import (
    BLUE_FLEET,
    BOTH_FLEETS,
    ENDPOINT_ARN,
    GREEN_FLEET,
    ROLE,
    TYPE,
    alarm,
    all_at_once,
    canary,
    checked,
    config,
    count,
    default_guardrails,
    endpoint,
    errors,
    found_in,
    guarded,
    linear,
    live_config,
    live_model,
    live_variant,
    max_latency,
    max_rate,
    package,
    percent,
    rolling,
    source,
    variant,
    watched_by,
    week,
)

POLICY: Final = "DeploymentConfig.BlueGreenUpdatePolicy"
ROUTING: Final = f"{POLICY}.TrafficRoutingConfiguration"
ROLLING: Final = "DeploymentConfig.RollingUpdatePolicy"


@dataclass(frozen=True)
class Row:
    """A finding's id, when it is made, and what makes it, perhaps beside others."""

    id: str
    situation: str
    make: Callable[[], Iterable[Finding]]

    def findings(self) -> Iterator[Finding]:
        """Those of this id, each text once."""
        made = {finding: None for finding in self.make() if finding.id == self.id}
        assert made, f"{self.id}: not found where {self.situation}"
        yield from made


# ---- Requests and policy documents -----------------------------------------------------------


def asked(id_: str, situation: str, **changes: Any) -> Row:
    """The sample request with other members at the first level; None leaves one out."""
    return Row(id_, situation, lambda: check(canary_request(**changes)))


def member(id_: str, situation: str, path: str, value: Any = ...) -> Row:
    """The sample request with another value at a path; without one that member is left out."""

    def make() -> list[Finding]:
        body = copy.deepcopy(canary_request())
        *parents, last = path.split(".")
        place = body
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
        if value is ...:
            del place[last]
        return check(body)

    return Row(id_, situation, make)


def rolled(id_: str, situation: str, **changes: Any) -> Row:
    """A request for a rolling update with other members in its policy."""
    size = {"Type": "CAPACITY_PERCENT", "Value": 20}
    policy = {"MaximumBatchSize": size, "WaitIntervalInSeconds": 300} | changes
    policy = {name: value for name, value in policy.items() if value is not None}
    return asked(id_, situation, DeploymentConfig={"RollingUpdatePolicy": policy})


REHEARSES: Final = {"EndpointName": "churn", "DeploymentConfigName": "AllAtOnce", "DryRun": True}
ENCRYPTED: Final = StoredPolicy("AQICAHh", encrypted=True)


def document(id_: str, situation: str, text: str) -> Row:
    """A deployment policy of a model package group."""
    return Row(id_, situation, lambda: read_document(text)[1])


TWICE: Final = '{"EndpointName": "churn", "EndpointName": "churn"}'
BATCH: Final = {"Type": "CAPACITY_PERCENT", "Value": 20}

SHAPE: Final = (
    Row("wrong-type", "the request is a list", lambda: check(["churn"])),
    document("wrong-type", "the policy document is a number", "7"),
    asked("wrong-type", "a number stands for a name", EndpointName=5),
    asked("wrong-type", "a text stands for true or false", RetainAllVariantProperties="yes"),
    asked("wrong-type", "a text stands for a list", AllowFindings="fleet-of-one"),
    asked("wrong-type", "a text stands for an object", DeploymentConfig="canary"),
    member("wrong-type", "a text stands for seconds", f"{ROUTING}.WaitIntervalInSeconds", "600"),
    asked("value-not-allowed", "a name has characters it may not have", EndpointName="-churn"),
    asked("value-not-allowed", "a mode is none of the known", OnBusy="WAIT"),
    asked(
        "value-not-allowed",
        "the name of a policy is outside its pattern",
        DeploymentConfig=None,
        DeploymentConfigName="Canary60Percent5Minutes",
    ),
    asked("value-not-allowed", "a reason is too long", Reason="x" * 513),
    asked(
        "value-not-allowed", "an ARN is none", EndpointConfigName=None, ModelPackageArn="churn/7"
    ),
    asked("value-not-allowed", "a finding cannot be waived", AllowFindings=["same-config"]),
    member("value-not-allowed", "a wait is too long", f"{ROUTING}.WaitIntervalInSeconds", 3601),
    member("value-not-allowed", "a canary is too large", f"{ROUTING}.CanarySize.Value", 51),
    member("value-not-allowed", "a canary is nothing", f"{ROUTING}.CanarySize.Value", 0),
    member(
        "value-not-allowed",
        "there are too many alarms",
        "DeploymentConfig.AutoRollbackConfiguration.Alarms",
        [{"AlarmName": f"a{number}"} for number in range(11)],
    ),
    member(
        "value-not-allowed",
        "an alarm's name cannot be one",
        "DeploymentConfig.AutoRollbackConfiguration.Alarms",
        [{"AlarmName": ""}],
    ),
    asked("missing-member", "there is no endpoint's name", EndpointName=None),
    asked("missing-member", "nothing is to be deployed", EndpointConfigName=None),
    member("missing-member", "a canary has no size", f"{ROUTING}.CanarySize"),
    rolled("missing-member", "a rolling update has no batch", MaximumBatchSize=None),
    asked("unknown-member", "a name is misspelt", EndpointNmae="churn"),
    member("unknown-member", "a name is misspelt further inside", f"{ROUTING}.Wait", 600),
    asked("two-targets", "a config and a package are named", ModelPackageArn=PACKAGE),
    asked("only-with-model-package", "VariantName stands beside a config", VariantName="main"),
    asked("only-with-model-package", "OnRollback stands beside a config", OnRollback="NONE"),
    member(
        "member-unfit-for-type",
        "a canary has the size of a linear step",
        f"{ROUTING}.LinearStepSize",
        {"Type": "INSTANCE_COUNT", "Value": 1},
    ),
    asked("timeout-without-queue", "it does not wait in a queue", QueueTimeoutSeconds=600),
    asked("two-policies", "a named and a written policy", DeploymentConfigName="AllAtOnce"),
    asked("two-policies", "a written and a retained policy", RetainDeploymentConfig=True),
    member(
        "two-policies",
        "a blue/green and a rolling policy",
        ROLLING,
        {"MaximumBatchSize": BATCH, "WaitIntervalInSeconds": 300},
    ),
    asked(
        "exclusion-without-retention",
        "nothing is retained, and something excluded",
        RetainAllVariantProperties=False,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    ),
    asked(
        "guardrail-members",
        "a latency is limited as errors are",
        Guardrails=[{"Metric": "ModelLatency", "MaxRate": 0.01}],
    ),
    asked(
        "guardrail-members",
        "a guardrail has two limits",
        Guardrails=[{"Metric": "ModelLatency", "MaxMilliseconds": 300, "MaxRatioToBlue": 1.3}],
    ),
    asked(
        "guardrail-members",
        "a guardrail stands twice",
        Guardrails=[{"Metric": "Invocation5XXErrors", "MaxRate": rate} for rate in (0.01, 0.02)],
    ),
    asked(
        "not-enough-data-of-nothing",
        "there is nothing that could lack data",
        Guardrails="None",
        NotEnoughData="ABORT",
    ),
    asked("no-policy", "there is no policy at all", DeploymentConfig=None),
    document("policy-not-json", "the document is no JSON", "EndpointName: churn"),
    document("policy-not-json", "the document has a member twice", TWICE),
    document("policy-not-json", "the document holds what is no number", '{"EndpointName": NaN}'),
    document("policy-not-json", "the document is too long", json.dumps({"Reason": "x" * 9000})),
    document("policy-rehearses", "approvals are only checked", json.dumps(REHEARSES)),
    Row("policy-encrypted", "the parameter is a SecureString", lambda: read_stored(ENCRYPTED)[1]),
)


# ---- The list itself -------------------------------------------------------------------------


def many_findings() -> list[Finding]:
    """What stands in the list of 52 findings."""
    made = [Finding("fleet-of-one", "ERROR", f"One of {n}.", "Scale.") for n in range(52)]
    return [Finding.from_json(body) for body in to_list(made)]


def failed_check() -> list[Finding]:
    """What a dry run ends with whose check failed; the workflow itself makes it."""
    text = STATES["DryRunFinished"]["Output"]["Findings"].strip().strip("{}").strip("%")
    expression = jsonata.Jsonata(text)
    frame = expression.create_frame()
    frame.bind("states", {"input": {"Problem": {"Error": "E", "Cause": "<the error's words>"}}})
    return [Finding.from_json(body) for body in expression.evaluate(None, frame)]


# ---- What is there ---------------------------------------------------------------------------


def found(id_: str, situation: str, **changes: Any) -> Row:
    """What differs from the healthy case: a canary of one of four instances."""
    return Row(id_, situation, lambda: checked(**changes).findings)


def ours(id_: str, situation: str, guardrails: Any = None, **changes: Any) -> Row:
    """The same without alarms, but with the guardrails of `Default`."""
    those = GUARDRAILS if guardrails is None else guardrails
    return Row(id_, situation, lambda: found_in(watched_by(those, **changes)))


def unreadable(id_: str, situation: str, what: str, **changes: Any) -> Row:
    """What could not be read for want of a permission."""
    return found(id_, situation, **changes, unknown={what: "no permission to read it"})


GUARDRAILS: Final = default_guardrails()
SEVEN: Final = [f"latency-{number}" for number in range(7)]
DEFAULT: Final = {"asked": Asked.named("Default")}
TWO: Final = {"main": 4, "second": 4}
GONE: Final[dict[str, Any]] = {"endpoint": Observation("Gone"), "live": None}
FOREIGN: Final = ENDPOINT_ARN.replace("123456789012", "999999999999")
OTHER_TYPE: Final = config(instance_type="ml.g5.xlarge")
SLOW: Final = config(
    BLUE,
    settings={
        "ModelDataDownloadTimeoutInSeconds": 3600,
        "ContainerStartupHealthCheckTimeoutInSeconds": 3600,
    },
)
CAPTURING: Final = replace(
    config(BLUE, settings={"VolumeSizeInGB": 64}),
    settings={"DataCaptureConfig": {"EnableCapture": True}, "KmsKeyId": "alias/volumes"},
)
HOST: Final = "/aws/sagemaker/Endpoints"
LOW: Final = "LessThanThreshold"

THERE: Final = (
    Row("more-findings", "there are more than fifty", many_findings),
    Row("check-failed", "the check of a dry run failed", failed_check),
    found(
        "waiver-unused",
        "what is allowed was not found",
        asking={"allow_findings": ("canary-out-of-bounds",)},
    ),
    Row(
        "not-permitted",
        "the role may not see the endpoint",
        lambda: [not_permitted("<the words of the refusal>")],
    ),
    found(
        "endpoint-missing",
        "there is no endpoint, and nothing to create it from",
        **GONE,
        requested=None,
    ),
    found("endpoint-will-be-created", "there is no endpoint", **GONE),
    found("endpoint-config-missing", "there is no such config", requested=None),
    found(
        "same-config", "the endpoint serves it already", endpoint=settled(GREEN), live=config(GREEN)
    ),
    found(
        "same-config",
        "a mixture of it and another one serves",
        endpoint=settled(GREEN, status="UpdateRollbackFailed"),
        live=config(GREEN),
    ),
    found(
        "endpoint-not-updatable",
        "the endpoint failed",
        endpoint=replace(endpoint(), status="Failed"),
    ),
    found(
        "endpoint-not-updatable",
        "the endpoint is being deleted",
        endpoint=replace(endpoint(), status="Deleting"),
    ),
    found(
        "endpoint-rollback-failed",
        "a rollback failed",
        endpoint=replace(endpoint(), status="UpdateRollbackFailed", failure_reason="No capacity."),
    ),
    found(
        "endpoint-out-of-service",
        "the endpoint takes no requests",
        endpoint=replace(endpoint(), status="OutOfService"),
    ),
    found(
        "endpoint-busy",
        "a change of counts is undone",
        endpoint=replace(endpoint(), status="RollingBack"),
    ),
    found(
        "endpoint-busy",
        "an update runs, and the request waits",
        endpoint=replace(endpoint(), status="Updating"),
        asking={"on_busy": "QUEUE"},
    ),
    Row(
        "supersede-not-allowed",
        "the stack allows no request to abort another",
        lambda: [supersede_not_allowed()],
    ),
    found("no-live-config", "the endpoint shows no config", endpoint=endpoint(live=""), live=None),
    found(
        "no-last-deployment-config",
        "the endpoint has had no update with a policy",
        asking={"retains_policy": True},
    ),
    found(
        "last-deployment-config-unfit",
        "it has what this release does not know",
        asking={"retains_policy": True},
        last_policy=LastPolicy({"TurboPolicy": {}}),
    ),
    found(
        "last-deployment-config-unfit",
        "it has what the AWS SDK does not know",
        asking={"retains_policy": True},
        last_policy=LastPolicy({}, ("LastDeploymentConfig.TurboPolicy",)),
    ),
    found(
        "guardrails-not-retained",
        "nobody knows what was asked of the last ones",
        asking={"retains_policy": True},
        last_policy=LastPolicy(canary(alarms=(GUARDRAILS[0].alarm,)).to_json()),
    ),
    unreadable(
        "guardrails-not-retained",
        "the tags of some could not be read",
        "tags",
        asking={"retains_policy": True},
        last_policy=LastPolicy(canary(alarms=tuple(each.alarm for each in GUARDRAILS)).to_json()),
        guardrail_texts={GUARDRAILS[0].alarm: "Default"},
    ),
    found("model-missing", "a model is not there", requested=config(model_exists=False)),
    found(
        "inference-components",
        "a variant has no model",
        requested=config(model="", model_exists=None),
    ),
    found(
        "variants-differ", "the new config has one variant more", requested=config(instances=TWO)
    ),
    found("config-differs", "the new config loses settings", live=CAPTURING),
    found(
        "config-differs",
        "the new config has other settings",
        requested=config(settings={"VolumeSizeInGB": 64}),
    ),
    found(
        "config-differs",
        "weights that were moved go back",
        instances=TWO,
        endpoint=replace(
            endpoint(TWO),
            variants=(Variant("main", 4, 4, weight=0.2), Variant("second", 2, 2, weight=0.8)),
        ),
        asking={"retain_all_variant_properties": False},
    ),
    found(
        "config-differs",
        "new weights are not used",
        instances=TWO,
        requested=replace(
            config(instances=TWO),
            variants=(
                variant("main", 4, settings={"InitialVariantWeight": 3.0}),
                variant("second", 2),
            ),
        ),
    ),
)


# ---- Made from a model package ---------------------------------------------------------------


def packaged(id_: str, situation: str, *models: Any, asking: Any = None, **changes: Any) -> Row:
    """What differs from a model package that may be deployed."""
    more = {"instances": changes.pop("instances")} if "instances" in changes else {}
    given = source(*models, **changes)
    wanted = {"model_package_arn": PACKAGE, **(asking or {})}
    return Row(id_, situation, lambda: checked(asking=wanted, source=given, **more).findings)


TWO_LIVE: Final = live_config(live_variant("main"), live_variant("second"))
BOTH_MODELS: Final = (live_model("main"), live_model("second"))
MANY_TAGS: Final = {live_model()["ModelArn"]: {f"k{number}": "v" for number in range(48)}}
VARIABLES: Final = {"Environment": {"A": "1", "B": "2"}}

PACKAGED: Final = (
    packaged("package-missing", "there is no such package", package=None),
    packaged(
        "package-of-another-account",
        "the endpoint is of another account",
        endpoint_arn=FOREIGN,
        tags={FOREIGN: {CONSENT_TAG: "churn"}},
    ),
    packaged(
        "package-not-approved",
        "it waits for its approval",
        package=package(approval="PendingManualApproval"),
    ),
    packaged("package-not-approved", "it has no approval", package=package(approval="")),
    packaged("package-not-completed", "it is not completed", package=package(status="Failed")),
    packaged("package-not-registered", "it is logged only", package=package(registration="Logged")),
    packaged("package-without-containers", "it has no containers", package=package(containers=0)),
    packaged("endpoint-without-consent", "the endpoint has no tag", tags={ENDPOINT_ARN: {}}),
    packaged(
        "endpoint-without-consent",
        "the endpoint's tag names another group",
        tags={ENDPOINT_ARN: {CONSENT_TAG: "fraud"}},
    ),
    packaged("live-config-unknown", "the live config could not be read", config=None),
    packaged("live-config-unknown", "the live model could not be read", models={}),
    packaged("variant-missing", "there is no such variant", asking={"variant_name": "other"}),
    packaged(
        "variant-not-named", "there are two variants", *BOTH_MODELS, config=TWO_LIVE, instances=TWO
    ),
    packaged(
        "same-package",
        "the endpoint serves it already",
        live_model(Containers=[{"ModelPackageName": PACKAGE}]),
    ),
    packaged(
        "members-not-known",
        "the live config has a new member",
        config=live_config(UnknownMembers=["New"]),
    ),
    packaged(
        "members-not-known", "the live model has a new member", live_model(UnknownMembers=["New"])
    ),
    packaged(
        "members-not-known", "bluegreen does not know a member", live_model(NewOne={"On": True})
    ),
    packaged(
        "shadow-variants-not-cloned",
        "the live config has shadow variants",
        config=live_config(ShadowProductionVariants=[live_variant("shadow")]),
    ),
    packaged("no-room-for-tags", "the live model has 48 tags", tags=MANY_TAGS),
    packaged("model-packages-not-permitted", "the stack passes no role on", passable_roles=()),
    packaged(
        "role-not-listed", "the stack does not pass this role on", passable_roles=(f"{ROLE}-2",)
    ),
    packaged(
        "environment-not-kept",
        "the live model sets environment variables",
        live_model(PrimaryContainer=VARIABLES),
    ),
    packaged(
        "observability-differs",
        "the SDK in use cannot switch detailed observability off",
        says_detailed=False,
    ),
    packaged(
        "instance-type-not-supported",
        "the package is for other instances",
        package=package(instance_types=frozenset({"ml.c5.large"})),
    ),
)


# ---- Fleet, time, account --------------------------------------------------------------------

FLEET: Final = (
    found("excluded-serverless", "the new config is serverless", requested=config(serverless=True)),
    found(
        "excluded-inf1",
        "the new config is on inf1",
        requested=config(instance_type="ml.inf1.xlarge"),
    ),
    found(
        "excluded-accelerator",
        "the new config has an accelerator",
        requested=config(accelerator="ml.eia2.medium"),
    ),
    found(
        "excluded-marketplace",
        "a container is of the Marketplace",
        requested=config(marketplace=True),
    ),
    unreadable("live-config-not-checked", "the live config is not known", "live", live=None),
    found("shadow-variants", "there are shadow variants", requested=replace(config(), shadows=1)),
    found(
        "marketplace-not-checked",
        "the containers are not known",
        requested=config(marketplace=None),
    ),
    found(
        "rolling-several-variants",
        "a rolling update of two variants",
        instances=TWO,
        policy=rolling(),
    ),
    found("fleet-of-one", "one instance has no half", instances=1, policy=canary(count(1))),
    found(
        "fleet-size-unknown",
        "the count is not known",
        asking={"retain_all_variant_properties": False},
        requested=config(instances=0),
    ),
    found(
        "canary-out-of-bounds", "a canary of more than half", instances=11, policy=canary(count(6))
    ),
    found(
        "step-out-of-bounds", "a step of less than a tenth", instances=11, policy=linear(count(1))
    ),
    found(
        "batch-out-of-bounds", "a batch of more than half", instances=20, policy=rolling(count(11))
    ),
    found(
        "rollback-batch-out-of-bounds",
        "a batch back of more than the fleet",
        policy=rolling(count(1), rollback_size=count(5)),
    ),
    found("share-rounded", "a share that is rounded", policy=canary(percent(30))),
    found(
        "share-rounded",
        "a step that is rounded below a tenth",
        instances=11,
        policy=linear(percent(10)),
    ),
    found(
        "instance-count-retained",
        "the new config has another count, not used",
        requested=config(instances=2),
    ),
    found(
        "instance-count-reset",
        "the new config's count is used",
        requested=config(instances=2),
        asking={"retain_all_variant_properties": False},
    ),
    found(
        "maximum-tight",
        "the config lets its containers take long to start",
        live=SLOW,
        requested=replace(SLOW, name=GREEN),
        policy=canary(maximum_seconds=3600),
    ),
    found("maximum-too-short", "the waits alone take longer", policy=canary(maximum_seconds=1200)),
    found("maximum-tight", "little is left beside the waits", policy=canary(maximum_seconds=1800)),
    found(
        "maximum-tight", "the longest maximum is too short", instances=20, policy=rolling(count(1))
    ),
    found("no-bake", "all at once, without a wait", policy=all_at_once(termination=0)),
    found("no-bake", "a canary without waits", policy=canary(wait=0, termination=0)),
    found("bake-of-zero", "no wait between steps", policy=canary(wait=0)),
    found("bake-of-zero", "no wait at the end", policy=canary(termination=0)),
    unreadable(
        "role-not-checked",
        "the role's permissions are not known",
        "roles",
        roles_may_describe_alarms=None,
    ),
    found(
        "role-may-not-describe-alarms",
        "the role may not read alarms",
        roles_may_describe_alarms={ROLE: False},
    ),
    found("quota-too-small", "the quota has room for a batch", quotas={TYPE: Quota(7, 4)}),
    found(
        "quota-too-small",
        "the quota has no room",
        instances=1,
        policy=all_at_once(),
        quotas={TYPE: Quota(1, 1)},
    ),
    unreadable("quota-not-checked", "the quota is not known", "quotas", quotas=None),
    found("autoscaling-blocked", "the variant scales by itself", scalable=frozenset({"main"})),
    found(
        "scalable-variant-changes",
        "a scalable variant changes its type",
        requested=OTHER_TYPE,
        quotas={"ml.g5.xlarge": Quota(100, 0)},
        scalable=frozenset({"main"}),
    ),
    found(
        "scalable-variant-changes",
        "a scalable variant goes",
        instances=TWO,
        requested=config(),
        scalable=frozenset({"second"}),
    ),
    unreadable(
        "autoscaling-not-checked", "whether it scales is not known", "scaling", scalable=None
    ),
)


# ---- Alarms and bakes ------------------------------------------------------------------------


def on_fleet(name: str, **dimensions: str) -> Alarm:
    """An alarm on latency with other dimensions."""
    return alarm(name, dimensions={**BOTH_FLEETS, **dimensions})


ASYNCHRONOUS: Final = config(asynchronous=True)
COMPOSITE: Final = Alarm("either", composite=True, missing_data="notBreaching")
ALARM_ARN: Final = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"
LONE: Final = (alarm(),)
P99: Final = alarm("p99", statistic="p99", ignores_low_samples=True)
REFUSED: Final = errors(0.05, name="refused", metric="Invocation4XXErrors")
COUNTING: Final = alarm("count", "Invocations", "Sum", 99)


def of(metric: str) -> Metric:
    """A metric of both fleets."""
    return Metric("AWS/SageMaker", metric, BOTH_FLEETS, "Sum")


def rate(*metrics: Metric) -> Alarm:
    """An alarm on an expression over these."""
    return Alarm("rate", metrics=metrics, expression=True, missing_data="notBreaching")


ALARMS: Final = (
    found("no-alarms", "the request names none", alarms=()),
    ours("no-alarms", "none of its guardrails can be made", asking=DEFAULT, guardrails=()),
    ours("too-many-alarms", "it names seven beside three guardrails", names=SEVEN),
    ours(
        "too-many-alarms",
        "it names eight, and the stack makes no abort alarm",
        names=[*SEVEN, "latency-7"],
        makes_abort_alarm=False,
    ),
    ours(
        "too-many-alarms",
        "four variants change",
        default_guardrails("main", "second", "third", "fourth"),
    ),
    found("no-room-for-abort", "it names ten", names=[f"latency-{n}" for n in range(10)]),
    unreadable(
        "alarms-not-checked", "the alarms could not be read", "alarms", knowing={"alarms": None}
    ),
    found("alarm-missing", "there is no such alarm", names=["latency", "nowhere"], alarms=LONE),
    found("alarm-missing", "its ARN is named", names=[f"{ALARM_ARN}latency"], alarms=LONE),
    found("alarm-named-twice", "a name comes twice", names=["latency", "latency"], alarms=LONE),
    found("alarm-in-alarm", "it is in ALARM", alarms=[alarm(state="ALARM")]),
    found(
        "alarm-in-alarm",
        "several are",
        alarms=[alarm(name, state="ALARM") for name in ("first", "second", "third")],
    ),
    found(
        "alarm-warming-up",
        "it warms up beyond green's first request",
        alarms=[alarm(state="INSUFFICIENT_DATA", warms_up_until=at(3600))],
        now=at(0),
    ),
    found(
        "alarm-not-evaluated",
        "CloudWatch cannot evaluate it",
        beside=alarm("broken", fails_to_evaluate=True),
    ),
    found(
        "alarm-insufficient-data",
        "it is about green alone, and has no data",
        alarms=[alarm(state="INSUFFICIENT_DATA")],
    ),
    found(
        "alarm-insufficient-data",
        "it is about both fleets, and has no data",
        alarms=[alarm(dimensions=BOTH_FLEETS, state="INSUFFICIENT_DATA")],
    ),
    found(
        "alarm-breaching-before-traffic",
        "missing data breach",
        alarms=[alarm(missing_data="breaching")],
    ),
    found(
        "alarm-without-variant",
        "it names no variant",
        beside=alarm("wide", dimensions={"EndpointName": "churn"}),
    ),
    found(
        "alarm-other-endpoint",
        "it is about another endpoint",
        beside=on_fleet("other", EndpointName="other"),
    ),
    found(
        "alarm-other-account",
        "its query names another account",
        beside=rate(replace(of("ModelLatency"), account_id="999999999999")),
    ),
    found(
        "alarm-other-variant",
        "it is about another variant",
        beside=on_fleet("other", VariantName="AllTraffic"),
    ),
    found(
        "alarm-old-config",
        "it is about an older config",
        beside=on_fleet("older", EndpointConfigName="churn-older"),
    ),
    found(
        "alarm-sees-only-blue",
        "it is about the live config",
        beside=alarm("blue", dimensions=BLUE_FLEET),
    ),
    found("alarm-composite", "it is a composite alarm", alarms=[COMPOSITE]),
    found("alarm-on-logs", "it is an alarm on logs", beside=Alarm("lines", log=True)),
    found(
        "alarm-not-judged", "it is on a metric of another kind", alarms=[alarm(namespace="Churn")]
    ),
    found(
        "alarm-not-judged",
        "its namespace is nearly one of SageMaker's",
        beside=alarm("near", namespace="AWS/Sagemaker"),
    ),
    found("alarm-not-judged", "it watches an expression", alarms=[alarm(expression=True)]),
    found(
        "alarm-not-judged",
        "it asks for more than it names",
        beside=Alarm("query", expression=True, open_ended=True),
    ),
    found(
        "alarm-not-judged",
        "it is about one instance",
        beside=on_fleet("one", InstanceId="i-0"),
    ),
    found("alarm-not-judged", "its window follows the clock", beside=alarm("x", by_the_clock=True)),
    found(
        "alarm-sees-both-fleets",
        "it is about both fleets",
        beside=alarm("wide", dimensions=BOTH_FLEETS),
    ),
    found(
        "alarm-sees-both-fleets",
        "two are about both fleets",
        alarms=[errors(0.05), alarm(dimensions=BOTH_FLEETS)],
    ),
    found("alarm-threshold-unreachable", "an error rate of more than all", beside=errors(1)),
    found(
        "alarm-threshold-unreachable",
        "a latency of more than SageMaker's limit",
        beside=alarm("late", threshold=480_000_000),
    ),
    found(
        "alarm-threshold-unreachable",
        "more than 100 %",
        beside=alarm("memory", "MemoryUtilization", threshold=100, namespace=HOST),
    ),
    found("alarm-unit-unmatched", "a unit of its own", beside=alarm("ms", unit="Milliseconds")),
    found("alarm-unit-unmatched", "a unit of an older page", beside=errors(0.1, unit="Count")),
    found(
        "alarm-metric-not-published",
        "no source has the name",
        beside=alarm("typo", "5XXError", dimensions=BOTH_FLEETS),
    ),
    found(
        "alarm-metric-not-published",
        "the name is in another namespace",
        beside=alarm("cpu", "CPUUtilization", dimensions=BOTH_FLEETS),
    ),
    found(
        "alarm-metric-not-published",
        "its dimensions are in no source",
        beside=on_fleet("dimensions", Stage="prod"),
    ),
    found(
        "alarm-metric-not-published",
        "a metric of asynchronous endpoints",
        beside=alarm("queue", "ApproximateBacklogSize", dimensions={"EndpointName": "churn"}),
    ),
    found(
        "alarm-metric-not-published",
        "one metric of an expression",
        beside=rate(of("5XXError"), of("Invocations")),
    ),
    found(
        "alarm-low-samples",
        "too few even on twice the traffic",
        alarms=[P99],
        traffic={"main": Traffic(400, 300, 499)},
    ),
    found("alarm-low-samples", "too few on the mean", alarms=[P99], traffic={"main": Traffic(60)}),
    found(
        "alarm-trips-on-traffic",
        "the fewest and the most requests trip it",
        beside=COUNTING,
        traffic={"main": Traffic(600, 400, 800)},
    ),
    found("alarm-trips-on-traffic", "the mean trips it", beside=COUNTING),
    found(
        "alarm-metric-not-published",
        "an asynchronous endpoint",
        requested=ASYNCHRONOUS,
        beside=alarm("overhead", "OverheadLatency"),
    ),
    found(
        "alarm-statistic-unfit",
        "a statistic that says little",
        beside=alarm("sum", statistic="Sum"),
    ),
    found(
        "alarm-statistic-unfit",
        "it trips when all is well",
        beside=errors(0.1, dimensions=GREEN_FLEET, comparison=LOW),
    ),
    found("latency-in-microseconds", "a threshold in milliseconds", alarms=[alarm(threshold=100)]),
    found("alarm-period-too-short", "a period of half a minute", alarms=[alarm(period=30)]),
    found(
        "alarm-metric-unproven",
        "errors of the green fleet alone",
        alarms=[alarm(), errors(0.05, dimensions=GREEN_FLEET)],
    ),
    found(
        "alarm-metric-unproven",
        "errors of the green fleet alone, and of both beside it",
        alarms=[errors(0.05, name="green", dimensions=GREEN_FLEET), errors(0.05)],
    ),
    found(
        "alarm-metric-unproven",
        "a percentile of what has none",
        alarms=[errors(0.05, "p75")],
    ),
    found("variant-unwatched", "no alarm sees it", instances=TWO, alarms=[errors(0.05)]),
    found(
        "variant-unwatched",
        "nobody knows",
        instances=TWO,
        alarms=[errors(0.05), Alarm("lines", log=True)],
    ),
    found(
        "variant-unwatched",
        "no request goes there",
        instances=TWO,
        alarms=[errors(0.05)],
        endpoint=Observation(
            "InService",
            BLUE,
            at(-86400),
            variants=(Variant("main", 4, 4, weight=1.0), Variant("second", 4, 4, weight=0.0)),
        ),
    ),
    found("defect-unseen", "only client errors are watched", alarms=[REFUSED]),
    found("defect-unseen", "latency is not", alarms=[errors(0.05)]),
    found("defect-unseen", "errors are not", alarms=[alarm()]),
    found(
        "alarm-cannot-trip-in-bake",
        "too much data for the first bake",
        beside=alarm("slow", period=300, points=3),
    ),
    found("alarm-cannot-trip-in-bake", "a threshold above green's share", beside=errors(0.25)),
    found("alarm-may-miss-bake", "a short bake", policy=canary(wait=180), alarms=LONE),
    found("alarm-may-miss-bake", "a Sum over blue's errors", alarms=[errors(150, "Sum")]),
    found(
        "alarm-may-miss-bake",
        "a Sum that the requests do not add up to",
        alarms=[errors(1200, "Sum", dimensions=GREEN_FLEET)],
    ),
    found("bake-unprotected", "no alarm can trip", policy=canary(wait=6)),
    found("bake-unprotected", "no alarm can trip at all", alarms=[on_fleet("x", Stage="prod")]),
    found(
        "protection-not-known",
        "nothing is known of any",
        alarms=[alarm("own", namespace="Churn"), alarm("two", namespace="Churn")],
    ),
    ours("bake-unprotected", "no guardrail can trip", policy=canary(wait=6)),
    ours(
        "not-enough-data-bake",
        "its bakes are short",
        policy=canary(wait=300, termination=420),
        asking={"not_enough_data": "ABORT"},
    ),
    ours(
        "not-enough-data-no-abort",
        "its stack makes no abort alarm",
        asking={"not_enough_data": "ABORT"},
        makes_abort_alarm=False,
    ),
    found("alarm-diluted", "half of green's requests do not trip it", alarms=[errors(0.24)]),
    found("alarm-too-little-traffic", "hardly any requests", traffic={"main": Traffic(0.39)}),
    unreadable("traffic-not-checked", "the traffic is not known", "traffic", traffic=None),
)


# ---- Guardrails ------------------------------------------------------------------------------


def guarding(id_: str, situation: str, guardrails: Any = "Default", **changes: Any) -> Row:
    """The healthy case with guardrails; what differs is as `guarded` takes it."""
    return found(id_, situation, **guarded(guardrails, **changes))


ADDING: Final = {"guardrail_alarms": "Default"}
UNREAD: Final[dict[str, Any]] = {
    "weeks": None,
    "unknown": {"guardrails": "no permission to read it"},
}
IDLE: Final = {"InitialVariantWeight": 0}
NEW: Final = week(minutes=1200)

GUARDING: Final = (
    guarding("guardrails-not-allowed", "a preset", knowing={"guardrail_alarms": "Never"}),
    guarding(
        "guardrails-not-allowed",
        "limits of one's own",
        max_rate(0.01),
        knowing={"guardrail_alarms": "Never"},
    ),
    guarding(
        "guardrails-impossible",
        "the endpoint is asynchronous",
        knowing={"live": replace(ASYNCHRONOUS, name=BLUE), "requested": ASYNCHRONOUS},
    ),
    guarding(
        "guardrails-impossible",
        "a variant is serverless",
        knowing={"requested": config(serverless=True)},
    ),
    guarding(
        "guardrails-impossible",
        "a variant has inference components",
        knowing={"requested": config(model="")},
    ),
    guarding("guardrails-impossible", "nothing bakes", policy=all_at_once(0)),
    guarding(
        "guardrails-impossible",
        "nothing bakes, and only the stack would add them",
        None,
        policy=all_at_once(0),
        alarms=(),
        knowing=ADDING,
    ),
    guarding(
        "guardrails-impossible",
        "no request goes there",
        knowing={"live": config(BLUE, settings=IDLE), "requested": config(settings=IDLE)},
    ),
    guarding("guardrails-not-known", "the week could not be read", knowing=UNREAD),
    guarding(
        "guardrails-not-known",
        "the week could not be read, and only the stack would add them",
        None,
        alarms=(),
        knowing={**UNREAD, **ADDING},
    ),
    guarding("guardrails-assumed", "no alarm is named", None, alarms=(), knowing=ADDING),
    guarding("guardrail-not-made", "blue is new", blue=NEW),
    guarding("guardrail-not-made", "there is no latency", blue=week(latency_ms={})),
    guarding("guardrail-not-made", "a bake is short", policy=canary(termination=299)),
    guarding("guardrail-not-made", "blue had no request", blue=Week()),
    guarding("guardrail-not-made", "blue had hardly a request", blue=week(1, minutes=3)),
    guarding("guardrail-not-made", "blue fails all", max_rate(0.5), blue=week(server=1)),
    guarding("guardrail-below-blue", "its errors", max_rate(0.01), blue=week(server=0.0234)),
    guarding(
        "guardrail-below-blue", "its latency", max_latency(Percentile=99, MaxMilliseconds=79.5)
    ),
    guarding("guardrail-little-data", "few requests", knowing={"traffic": {"main": Traffic(5)}}),
    guarding("guardrail-little-data", "no request", knowing={"traffic": {"main": Traffic(0)}}),
    guarding(
        "guardrail-little-data",
        "latency in a short bake",
        max_latency(MaxRatioToBlue=2),
        policy=canary(wait=300, termination=300),
        knowing={"traffic": {"main": Traffic(20)}},
    ),
)

ROWS: Final = (*SHAPE, *THERE, *PACKAGED, *FLEET, *ALARMS, *GUARDING)
