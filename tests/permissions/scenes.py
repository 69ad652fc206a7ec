"""A small battery in which every function acts, and what of it people would notice.

A scene is played on the whole stack, with every optional part of it. What is noticed is what
people and programs see: verdicts, records, notifications, alarms, dead letters, what stands in
SageMaker, and logs; never a call that failed and was made up for.
"""

import http.client
import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

from moto.kms.models import kms_backends

from bluegreen_simulator.aws.events.bus import emit
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    EventFault,
    FaultPlan,
    Pause,
    SystemUpdating,
    Window,
)
from bluegreen_simulator.run.embedded import START
from guarded import guardrail
from loopback import ADDRESS, Answer, serving
from registry_account import FAILING, LONG, ROOT, Registry, policy_of, running_registry

WEBHOOK: Final = "/team-churn/webhook"
WEBHOOK_KEY: Final = "arn:aws:kms:eu-central-1:123456789012:key/of-the-owner"
EVERY_PART: Final = {
    "SlackWorkspaceId": "T012AB3CD",
    "SlackChannelId": "C012AB3CD",
    "WebhookParameter": WEBHOOK,
    "WebhookKeyArn": WEBHOOK_KEY,
    "CleanUpAfterDays": "1",
    "CleanUpKeepLast": "1",
    "CheckQuotas": "true",
    "CheckRoles": "true",
    "AllowSupersede": "true",
    "GuardrailAlarms": "OnRequest",
    "StoreReports": "true",
}
ALARM_EVENTS: Final = "CloudWatch Alarm State Change"
ENDPOINT_EVENTS: Final = (
    "SageMaker Endpoint State Change",
    "SageMaker Endpoint Deployment State Change",
)
SAMPLES: Final = ("endpoint-state-change", "alarm-state-change", "model-package-state-change")
RANDOM_END: Final = re.compile(r"-[A-Z0-9]{12}\b")
"""Of the names that CloudFormation makes; it is another one in each stack."""

GUARDED: Final = {"Guardrails": "Default", "NotEnoughData": "ABORT"}
RETRIED_SECONDS: Final = 7200
"""In which every retry of an event has come to its end."""


@dataclass(frozen=True)
class Scene:
    """What happens, and which faults there are from its beginning on."""

    play: Callable[[Registry], None]
    plan: FaultPlan | None = None

    def on(self, template: Mapping[str, Any]) -> AbstractContextManager[Registry]:
        """The account in which it is played, without groups; StackError if there is no stack."""
        faults = Faults(self.plan) if self.plan else None
        return running_registry(template=template, faults=faults, **EVERY_PART)


def approved(registry: Registry) -> None:
    """Two versions are approved, one after the other: each is deployed, with a key for volumes."""
    key = registry.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    _make_role(registry)
    registry.add_group("churn", KmsKeyId=key)
    registry.sleep(300)
    for _ in range(2):
        registry.approve(registry.register("churn"))
        registry.sleep(LONG)


def rolled_back(registry: Registry) -> None:
    """A version that fails is approved: its alarm trips."""
    registry.add_group("churn")
    registry.sleep(300)
    registry.approve(registry.register("churn", FAILING))
    registry.sleep(LONG)


def told_by_webhook(registry: Registry) -> None:
    """The same, and the webhook takes what it is told only when it is told for the second time."""
    client, journal = registry.aws.client("kms"), registry.aws.journal
    _own(client.create_key()["KeyMetadata"]["KeyId"])
    registry.ssm.put_parameter(Name=WEBHOOK, Value=ADDRESS, Type="SecureString", KeyId=WEBHOOK_KEY)
    with serving((Answer(429, (("Retry-After", "5"),)), Answer())) as line:
        line.receiver.hear = lambda: journal.write(registry.aws.clock.now(), "posted")
        with patch.object(http.client, "HTTPSConnection", line.connect):
            rolled_back(registry)


def without_policy(registry: Registry) -> None:
    """A version is approved whose group has no policy."""
    registry.sagemaker.create_model_package_group(ModelPackageGroupName="lone")
    registry.approve(registry.register("lone"))
    registry.sleep(60)


def rejected(registry: Registry) -> None:
    """Two versions are rejected while they are deployed; the policy has the second one aborted."""
    registry.add_group("churn")
    registry.sleep(300)
    for more in ({}, {"OnRejection": "ABORT"}):
        registry.put_policy("churn", policy_of("churn") | more)
        package = registry.register("churn")
        registry.approve(package)
        registry.sleep(400)
        registry.approve(package, "Rejected")
        registry.sleep(LONG)


def requested(registry: Registry) -> None:
    """A healthy config is requested."""
    _request(registry, {})


def requested_and_failing(registry: Registry) -> None:
    """A config that fails is requested; its alarm trips while the workflow still sleeps."""
    _request(registry, {**FAILING, "SIMULATED_PROVISIONING_SECONDS": "420"})


def requested_twice(registry: Registry) -> None:
    """While a deployment runs, another one is requested, and a dry run."""
    _request(registry, {}, seconds=400)
    other = {**_body("churn", "churn-two")}
    for name, body in (("other", other), ("dry", {**other, "DryRun": True})):
        _start(registry, name, body)
    registry.sleep(LONG)


def queued(registry: Registry) -> None:
    """Two more deployments wait for their turn: the newer one takes it, the older gives way."""
    _request(registry, {}, seconds=60)
    for name in ("three", "four"):
        _make_config(registry, f"churn-{name}", {})
        _start(registry, name, {**_body("churn", f"churn-{name}"), "OnBusy": "QUEUE"})
        registry.sleep(60)
    registry.sleep(2 * LONG)


def superseded(registry: Registry) -> None:
    """A deployment in its bake is superseded by a newer request."""
    _request(registry, {}, seconds=400)
    _make_config(registry, "churn-three", {})
    _start(registry, "three", {**_body("churn", "churn-three"), "OnBusy": "SUPERSEDE"})
    registry.sleep(2 * LONG)


def aborted(registry: Registry) -> None:
    """A deployment in its bake is aborted by command; later all that is kept is forgotten."""
    _request(registry, {}, seconds=400)
    _invoke(registry, "AbortDeploymentFunction", {"Reason": "a bad feeling"})
    registry.sleep(LONG)
    _invoke(registry, "ForgetEndpointFunction", {})
    registry.sleep(60)


def aborted_unseen(registry: Registry) -> None:
    """A deployment is aborted by command in a bake that nobody has seen begin yet."""
    _request(registry, {}, seconds=340)
    _invoke(registry, "AbortDeploymentFunction", {"Reason": "a bad feeling"})
    registry.sleep(LONG)


def aborted_before_an_alarm(registry: Registry) -> None:
    """A deployment is aborted before its bake; an alarm that rang then is heard of in it."""
    _request(registry, {}, seconds=60)
    _invoke(registry, "AbortDeploymentFunction", {"Reason": "a bad feeling"})
    registry.aws.client("cloudwatch").set_alarm_state(
        AlarmName="churn-5xx", StateValue="ALARM", StateReason="a hiccup"
    )
    registry.sleep(LONG)


def queued_at_the_end(registry: Registry) -> None:
    """Another deployment comes to wait just when the one before it ends."""
    _request(registry, {}, seconds=1560)
    _make_config(registry, "churn-three", {})
    _start(registry, "three", {**_body("churn", "churn-three"), "OnBusy": "QUEUE"})
    registry.sleep(2 * LONG)


def never_at_rest(registry: Registry) -> None:
    """An endpoint is not at rest until long after its update had to be over."""
    _request(registry, {"SIMULATED_PROVISIONING_SECONDS": "9000"}, seconds=3 * LONG)
    registry.sleep(LONG)


def aborted_early(registry: Registry) -> None:
    """A deployment is aborted by command before its bake."""
    _request(registry, {}, seconds=60)
    _invoke(registry, "AbortDeploymentFunction", {"Reason": "a bad feeling"})
    registry.sleep(LONG)


def deceived(registry: Registry) -> None:
    """An event says in a bake that an alarm rings, which is not so."""
    _request(registry, {}, seconds=400)
    configuration: dict[str, Any] = {"metrics": []}
    state = {"value": "ALARM", "reason": "none", "timestamp": "2026-01-05T09:21:40.000+0000"}
    detail = {"alarmName": "churn-5xx", "state": state, "previousState": {"value": "OK"}}
    emit("aws.cloudwatch", ALARM_EVENTS, {**detail, "configuration": configuration}, [])
    registry.sleep(LONG)


def stopped(registry: Registry) -> None:
    """The execution of a deployment is stopped in the console while it bakes."""
    _request(registry, {}, seconds=400)
    _stop(registry, "to-two")
    registry.sleep(2 * LONG)


def stopped_and_requested(registry: Registry) -> None:
    """Likewise, and at once another deployment is requested."""
    _request(registry, {}, seconds=400)
    _stop(registry, "to-two")
    _make_config(registry, "churn-three", {})
    _start(registry, "three", _body("churn", "churn-three"))
    registry.sleep(2 * LONG)


def out_of_key(registry: Registry) -> None:
    """The key of the notifications is disabled for the last minutes of a deployment."""
    _request(registry, {}, seconds=LONG - 1500)
    kms, key = registry.aws.client("kms"), registry.stack.resources["Key"]
    kms.disable_key(KeyId=key)
    registry.sleep(1500)
    kms.enable_key(KeyId=key)
    registry.sleep(1200)


def guarded_twice(registry: Registry) -> None:
    """Configs are deployed with guardrails of two presets, one of them twice; all is forgotten."""
    _request(registry, {}, LONG, **GUARDED)
    for name in ("three", "four"):
        _make_config(registry, f"churn-{name}", {})
    _start(registry, "three", {**_body("churn", "churn-three"), "Guardrails": "Strict"})
    registry.sleep(LONG)
    again = {"EndpointConfigName": "churn-four", "RetainDeploymentConfig": True}
    _start(registry, "four", {"EndpointName": "churn", **again})
    registry.sleep(LONG)
    _invoke(registry, "ForgetEndpointFunction", {})
    registry.sleep(60)


def guarded_by_nothing(registry: Registry) -> None:
    """While it runs, somebody has the alarm of its guardrail watch what is never published."""
    _request(registry, {}, seconds=120, Guardrails="Default")
    registry.aws.client("cloudwatch").put_metric_alarm(
        AlarmName=guardrail().alarm,
        Namespace="Theirs",
        MetricName="NeverPublished",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="missing",
    )
    registry.sleep(LONG)


def created(registry: Registry) -> None:
    """An endpoint is requested that does not exist yet."""
    _make_config(registry, "new-one", {})
    request = {"EndpointName": "new", "EndpointConfigName": "new-one"}
    _start(registry, "new", {**request, "AllowFindings": ["endpoint-will-be-created"]})
    registry.sleep(LONG)


def cleaned_up(registry: Registry) -> None:
    """Four versions are deployed; two days later the older ones are not needed any more."""
    registry.add_group("churn")
    for _ in range(4):
        registry.approve(registry.register("churn"))
        registry.sleep(LONG)
    stay = registry.stack.resources["CleanUpFailsAlarm"]
    registry.wait_days(2, keep=(stay,))


def events_that_nobody_takes(registry: Registry) -> None:
    """One event of each kind, while functions cannot be invoked, or can do nothing."""
    for name in SAMPLES:
        body = json.loads((ROOT / f"events/{name}.json").read_text("utf-8"))
        emit(body["source"], body["detail-type"], body["detail"], body["resources"])
    machine = registry.stack.outputs["StateMachineArn"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:gone"
    now = round(registry.aws.clock.now().timestamp() * 1000)
    detail = {
        "executionArn": execution,
        "stateMachineArn": machine,
        "status": "ABORTED",
        "startDate": now,
        "stopDate": now,
        "input": json.dumps({"EndpointName": "churn"}),
    }
    emit("aws.states", "Step Functions Execution Status Change", detail, [execution])
    registry.sleep(RETRIED_SECONDS + 900)


def _failing(*services: str) -> FaultPlan:
    window = Window(0, RETRIED_SECONDS)
    return FaultPlan(
        apis=tuple(ApiFault(name, ApiError.THROTTLING, window=window) for name in services)
    )


NO_SLEEP: Final = (
    ApiFault("lambda", ApiError.INTERNAL, function="AwaitStage", window=Window(0, 2100)),
)
NO_SILENCE: Final = (
    ApiFault("cloudwatch", ApiError.INTERNAL, "PutMetricData", "ConcludeDeployment"),
)
NO_ENDS: Final = (EventFault("Step Functions Execution Status Change", drop=True),)


def _alarms_alone(delay: int) -> tuple[EventFault, ...]:
    """No event of an endpoint arrives; those of alarms do, late."""
    dropped = [EventFault(kind, drop=True) for kind in ENDPOINT_EVENTS]
    return (*dropped, EventFault(ALARM_EVENTS, delay=delay))


SCENES: Final[Mapping[str, Scene]] = {
    "without policy": Scene(without_policy),
    "created": Scene(created),
    "requested": Scene(requested),
    "rolled back": Scene(rolled_back),
    "told by webhook": Scene(told_by_webhook),
    "no event arrives": Scene(requested, FaultPlan(drop_events=True)),
    "no event of stages arrives": Scene(
        requested_and_failing, FaultPlan(events=(EventFault(ENDPOINT_EVENTS[1], drop=True),))
    ),
    "only alarms arrive, late": Scene(requested_and_failing, FaultPlan(events=_alarms_alone(130))),
    "approved": Scene(approved),
    "rejected": Scene(rejected),
    "requested twice": Scene(requested_twice),
    "queued": Scene(queued),
    "superseded": Scene(superseded),
    "aborted": Scene(aborted),
    "guarded": Scene(guarded_twice),
    "guarded by nothing": Scene(guarded_by_nothing),
    "aborted early": Scene(aborted_early),
    "aborted early, without events": Scene(aborted_early, FaultPlan(drop_events=True)),
    "aborted unseen": Scene(aborted_unseen, FaultPlan(drop_events=True)),
    "aborted before an alarm": Scene(aborted_before_an_alarm, FaultPlan(events=_alarms_alone(280))),
    "queued at the end": Scene(
        queued_at_the_end, FaultPlan(pauses=(Pause("AwaitTurn", "UpdateItem", 15, before=True),))
    ),
    "queued, and nobody is woken": Scene(
        queued,
        FaultPlan(
            apis=(
                ApiFault(
                    "stepfunctions",
                    ApiError.THROTTLING,
                    "SendTaskSuccess",
                    "ConcludeDeployment",
                    window=Window(0, 3600),
                ),
            )
        ),
    ),
    "cannot sleep": Scene(
        requested,
        FaultPlan(drop_events=True, apis=NO_SLEEP),
    ),
    "aborted early, and cannot sleep": Scene(aborted_early, FaultPlan(apis=NO_SLEEP)),
    "aborted early, and it rings on": Scene(aborted_early, FaultPlan(apis=NO_SILENCE)),
    "deceived": Scene(deceived),
    "never at rest": Scene(
        never_at_rest,
        FaultPlan(drop_events=True, system_updating=SystemUpdating(4240, 3000)),
    ),
    "stopped": Scene(stopped),
    "stopped, without events": Scene(stopped, FaultPlan(drop_events=True)),
    "stopped and requested": Scene(stopped_and_requested, FaultPlan(events=NO_ENDS)),
    "out of key": Scene(out_of_key),
    "undelivered": Scene(events_that_nobody_takes, _failing("lambda")),
    "unprocessed": Scene(events_that_nobody_takes, _failing("dynamodb", "sagemaker")),
    "cleaned up": Scene(cleaned_up),
}


# ---- Requests -------------------------------------------------------------------------------


def _request(
    registry: Registry, green: Mapping[str, str], seconds: float = LONG, **more: str
) -> None:
    """Request the config `churn-two` for the endpoint of the group churn."""
    registry.add_group("churn")
    registry.sleep(300)
    _make_config(registry, "churn-two", green)
    _start(registry, "to-two", {**_body("churn", "churn-two"), **more})
    registry.sleep(seconds)


def _body(endpoint: str, config: str) -> dict[str, Any]:
    body = policy_of(endpoint)
    del body["OnRollback"]
    return {**body, "EndpointConfigName": config}


def _start(registry: Registry, name: str, request: Mapping[str, Any]) -> None:
    machine = registry.stack.outputs["StateMachineArn"]
    registry.states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(request))


def _stop(registry: Registry, name: str) -> None:
    (arn,) = [one["executionArn"] for one in registry.executions() if one["name"] == name]
    registry.states.stop_execution(executionArn=arn, error="Stopped", cause="by hand")


def _invoke(registry: Registry, function: str, command: Mapping[str, Any]) -> None:
    payload = json.dumps({"EndpointName": "churn", **command})
    name = registry.stack.resources[function]
    registry.aws.client("lambda").invoke(FunctionName=name, Payload=payload)


def _make_config(registry: Registry, name: str, environment: Mapping[str, str]) -> None:
    container = {"Image": "model:1", "Environment": dict(environment)}
    client = registry.sagemaker
    client.create_model(ModelName=name, PrimaryContainer=container)
    variant = {"VariantName": "main", "ModelName": name, "InitialInstanceCount": 4}
    client.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.xlarge"}],
    )


def _own(key_id: str) -> None:
    """Let a key have the ARN that the stack was told before the key was there."""
    keys = kms_backends["123456789012"]["eu-central-1"].keys
    key = keys.pop(key_id)
    key.id, key.arn = WEBHOOK_KEY.rpartition("/")[2], WEBHOOK_KEY
    keys[key.id] = key


def _make_role(registry: Registry) -> None:
    """The role of the models, which may describe alarms."""
    statement = {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client = registry.aws.client("iam")
    client.create_role(RoleName="model-execution", AssumeRolePolicyDocument="{}")
    client.put_role_policy(RoleName="model-execution", PolicyName="p", PolicyDocument=document)


# ---- What is noticed ------------------------------------------------------------------------


def noticed(registry: Registry) -> dict[str, Any]:
    """Everything that people and programs see, by what it is."""
    return {
        "executions": _entries(registry, "execution_ended", "execution", "status", "error"),
        "notifications": [
            (_seconds(entry), {**entry.data["body"]} or RANDOM_END.sub("", entry.data["subject"]))
            for entry in registry.aws.journal.of_kind("notification")
        ],
        "chat": _entries(registry, "chat_message", "message"),
        "webhook": _entries(registry, "posted"),
        "records": sorted(row["Record"] for row in registry.rows() if "Record" in row),
        "alarms": _entries(registry, "alarm", "name", "old", "new"),
        "alarms left": _alarms_left(registry),
        "alarm actions": _entries(registry, "alarm_action", "name", "action", "error"),
        "dead letters": _entries(registry, "dead_letter", "queue"),
        "endpoints": _entries(registry, "endpoint", "endpoint", "status", "config", "stage"),
        "made": _made(registry),
        "reports": _reports(registry),
        "packages": _packages(registry),
        "logs": sorted({function for _, function in _entries(registry, "log", "function")}),
    }


def logical_ids(registry: Registry) -> Callable[[Any], Any]:
    """What the template calls what an id or ARN stands for: the ids themselves are drawn."""
    names = {_last(id_): name for name, id_ in registry.stack.resources.items()}
    return lambda id_: names.get(_last(id_), id_) if isinstance(id_, str) else id_


def _last(id_: str) -> str:
    """What a physical id or an ARN ends with."""
    return id_.rpartition("/")[2].rpartition(":")[2]


def _seconds(entry: Entry) -> float:
    return (entry.at - START).total_seconds()


def _entries(registry: Registry, kind: str, *members: str) -> list[tuple[Any, ...]]:
    names = logical_ids(registry)
    return [
        (_seconds(entry), *[names(entry.data.get(member)) for member in members])
        for entry in registry.aws.journal.of_kind(kind)
    ]


def _made(registry: Registry) -> list[str]:
    client = registry.sagemaker
    configs = client.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
    models = client.list_models(MaxResults=100)["Models"]
    return sorted(
        [*[one["EndpointConfigName"] for one in configs], *[one["ModelName"] for one in models]]
    )


def _alarms_left(registry: Registry) -> list[str]:
    pages = registry.aws.client("cloudwatch").get_paginator("describe_alarms").paginate()
    names = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
    return sorted(RANDOM_END.sub("", name) for name in names)


def _reports(registry: Registry) -> list[str]:
    client, bucket = registry.aws.client("s3"), registry.stack.outputs["ReportsBucketName"]
    return [one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def _packages(registry: Registry) -> list[Any]:
    client = registry.sagemaker
    found = []
    for group in client.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        name = group["ModelPackageGroupName"]
        for one in client.list_model_packages(ModelPackageGroupName=name)[
            "ModelPackageSummaryList"
        ]:
            package = registry.package(one["ModelPackageArn"])
            shown = (
                "ModelApprovalStatus",
                "ApprovalDescription",
                "CustomerMetadataProperties",
                "ModelLifeCycle",
            )
            found.append([one["ModelPackageArn"], *[package.get(member) for member in shown]])
    return found
