"""The two deployments: a canary that succeeds, and one that is rolled back by a tripped alarm."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.contract.record import DeploymentRecord, StageRecord
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.times import from_text
from bluegreen_cli.account import Account
from bluegreen_cli.commands.deploy import has_ended, start
from bluegreen_cli.exit_codes import EXIT_CODES
from bluegreen_cli.following import follow
from bluegreen_cli.looks import Looks
from bluegreen_cli.moment import Moment
from bluegreen_cli.show.views import LinesView, of_day
from bluegreen_smoke import alarm, cost
from bluegreen_smoke.run import BLUE, GREEN, RED, VARIANT, Look, Smoke
from bluegreen_smoke.steps import Step, StepFailedError

SUCCEEDS: Final = "canary-succeeds"
ROLLS_BACK: Final = "canary-rolls-back"
ERRORS: Final = "Invocation5XXErrors"
REFUSALS: Final = "Invocation4XXErrors"
METRICS: Final = ("Invocations", "ModelLatency", ERRORS, REFUSALS)


def steps(smoke: Smoke) -> list[Step]:
    """The steps that deploy, each followed to its end."""
    return [
        Step(
            SUCCEEDS,
            "a canary ends SUCCEEDED, and the endpoint serves the green config",
            lambda: _succeeds(smoke),
        ),
        Step(
            ROLLS_BACK,
            "does SageMaker roll back if an alarm on a custom metric trips in the first bake?",
            lambda: _rolls_back(smoke),
        ),
    ]


class Onlooker(LinesView):
    """The lines of `bluegreen deploy --wait`, with something done at every look."""

    def __init__(self, smoke: Smoke, at_each_look: Callable[[], None]) -> None:
        super().__init__(
            lambda line: smoke.say(f"    {of_day(line.at)}  {line.text.plain}"), smoke.clock
        )
        self._at_each_look = at_each_look

    def show(self, moment: Moment, /) -> None:
        """Say what has changed."""
        self._at_each_look()
        super().show(moment)


def request(smoke: Smoke, config: str, bake_seconds: int, alarms: list[str]) -> RequestDocument:
    """A canary to a config; its first bake takes `bake_seconds`."""
    size = {"Type": "CAPACITY_PERCENT", "Value": smoke.options.canary_percent}
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": bake_seconds, "CanarySize": size}
    watched = {"Alarms": [{"AlarmName": name} for name in alarms]}
    policy = {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": cost.BAKE_SECONDS,
    }
    return {
        "EndpointName": smoke.name,
        "EndpointConfigName": smoke.named(config),
        "DeploymentConfig": {
            "BlueGreenUpdatePolicy": policy,
            **({"AutoRollbackConfiguration": watched} if alarms else {}),
        },
        "RequestedBy": "the smoke run",
    }


def _succeeds(smoke: Smoke) -> str:
    body = request(smoke, GREEN, cost.BAKE_SECONDS, [])
    record = _deploy(smoke, SUCCEEDS, body, lambda: None)
    return _held(smoke, record, "SUCCEEDED", GREEN)


def _rolls_back(smoke: Smoke) -> str:
    tripped: list[bool] = []

    def trip_in_the_first_bake() -> None:
        if not tripped and _is_baking(smoke.evidence.looks[-1].body):
            alarm.publish(smoke, 1)
            tripped.append(True)
            smoke.say("    first bake: sending a datapoint of 1 to trip the alarm")

    body = request(smoke, RED, cost.TRIPPED_BAKE_SECONDS, [smoke.named("trip")])
    record = _deploy(smoke, ROLLS_BACK, body, trip_in_the_first_bake)
    smoke.evidence.alarm_at_the_end = alarm.alarm_state(smoke)
    held = _held(smoke, record, "ROLLED_BACK", GREEN)
    if (record.get("Trigger"), record.get("TrippedAlarms")) != ("ALARM", [smoke.named("trip")]):
        found = f"the trigger is {record.get('Trigger')}"
        raise StepFailedError(f"{found}, the tripped alarms are {record.get('TrippedAlarms')}")
    return f"yes: {held}"


def _is_baking(body: Mapping[str, Any]) -> bool:
    green = body.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    return any(s["Status"] == "Baking" for variant in green for s in variant["VariantStatus"])


def _deploy(
    smoke: Smoke, deployment: str, body: RequestDocument, then: Callable[[], None]
) -> DeploymentRecord:
    """Start a deployment and follow it to its end, looking on; its record."""

    def at_each_look() -> None:
        _look(smoke, deployment)
        _invoke(smoke)
        then()

    account = Account(smoke.stack, smoke.aws.endpoint_url)
    _look(smoke, deployment)
    deployment_id = start(body, account, smoke.clock)
    looks = Looks(account, smoke.name, smoke.clock, deployment_id)
    last = follow(looks, Onlooker(smoke, at_each_look), has_ended)
    _look(smoke, deployment)
    record = last.ending if last else None
    if record is None:
        raise StepFailedError("the execution ended without a record")
    smoke.evidence.records[deployment] = record
    return record


def _look(smoke: Smoke, deployment: str) -> None:
    body = smoke.aws.client("sagemaker").describe_endpoint(EndpointName=smoke.name)
    body.pop("ResponseMetadata", None)
    looks = smoke.evidence.looks
    if not looks or looks[-1] != Look(deployment, body):
        looks.append(Look(deployment, body))


def _invoke(smoke: Smoke) -> None:
    """One request, so that there are metrics; what the model answers does not matter."""
    client = smoke.aws.client("sagemaker-runtime")
    try:
        client.invoke_endpoint(EndpointName=smoke.name, ContentType="text/csv", Body=b"1")
    except (BotoCoreError, ClientError) as error:
        smoke.say(f"    a request to the endpoint failed: {type(error).__name__}")


def _held(smoke: Smoke, record: DeploymentRecord, verdict: str, live: str) -> str:
    """Check the verdict, and what serves; how long each stage took."""
    assert verdict in EXIT_CODES
    if record["Verdict"] != verdict:
        raise StepFailedError(f"{record['Verdict']}: {record['Reason']}")
    served = smoke.evidence.looks[-1].body["EndpointConfigName"]
    if served != smoke.named(live):
        raise StepFailedError(f"the endpoint serves {served}")
    return f"{verdict}, serves {served}; {_stages(record)}"


def _stages(record: DeploymentRecord) -> str:
    return ", ".join(map(_stage, record["Stages"]))


def _stage(stage: StageRecord) -> str:
    took = from_text(stage["EndedAt"]) - from_text(stage["StartedAt"])
    return f"{stage['Stage']} {stage['TrafficPercent']} % for {took.total_seconds():.0f} s"


def measure(smoke: Smoke) -> None:
    """How many samples each metric of the endpoint has under the name of a green config."""
    for metric in METRICS:
        for word in (GREEN, RED):
            samples = _samples(smoke, metric, smoke.named(word))
            known = smoke.evidence.metrics.get(metric, 0.0)
            smoke.evidence.metrics[metric] = known + samples


def _samples(smoke: Smoke, metric: str, config: str) -> float:
    """Over days before and after now: the embedded AWS is ahead of this machine's clock."""
    dimensions = {"EndpointName": smoke.name, "VariantName": VARIANT, "EndpointConfigName": config}
    found = smoke.aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
        StartTime=smoke.clock.now() - timedelta(days=1),
        EndTime=smoke.clock.now() + timedelta(days=2),
        Period=3600,
        Statistics=["SampleCount"],
    )
    return float(sum(point["SampleCount"] for point in found["Datapoints"]))


FIRST: Final = {SUCCEEDS: BLUE, ROLLS_BACK: GREEN}
"""What serves before each deployment."""

WANTED: Final = {SUCCEEDS: GREEN, ROLLS_BACK: RED}
"""What each deployment asks for."""
