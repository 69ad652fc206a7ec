"""One account in which scenes are played one after the other, each on an endpoint of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bluegreen.guardrails.guardrail import alarm_prefix
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.lambda_ import calls
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import START, EmbeddedAws
from bluegreen_simulator.run.theatre import ROLE, Fleet, Seen, Theatre
from policies import all_at_once, canary
from releases import rows as table_rows

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
REQUESTS_PER_SECOND: Final = 10
BETWEEN_TICKS: Final = timedelta(minutes=5)
AFTER_A_TICK: Final = timedelta(seconds=20)
LONGEST: Final = 24 * 3600
BETWEEN_LOOKS: Final = 120
AFTERMATH: Final = 600
"""Longer than Lambda takes for all its retries of an event."""

REHEARSED: Final = 240
"""The same where calls are listed: a fault at the last of them has to come in time elsewhere."""

BETWEEN_TRIES: Final = 60
TRIES: Final = 5
"""How often a person asks again when a command fails."""

CANARY: Final = canary(termination_wait=120)
NO_BAKE: Final = all_at_once(termination_wait=0)
SHORT_BAKE: Final = all_at_once(termination_wait=120)
LONG_BAKES: Final = canary(termination_wait=600, bake=600)
LONGER_THAN_THREE_LOOKS: Final = canary(termination_wait=120, bake=1200)
"""Of the reconcile: it finds in the first bake what it did not find at its first look."""
RETAINED: Final[dict[str, Any]] = {}
"""In place of a policy: that of the endpoint's deployment before."""


class Stage:
    """The account: its stack, and the endpoint of the scene that is played."""

    def __init__(self, aws: EmbeddedAws, *, reported: bool) -> None:
        self.aws = aws
        self.reported = reported
        self.theatre = Theatre(aws)
        roles = ROLE.format(account=aws.world.account_id)
        self.stack = self.theatre.deploy(
            TEMPLATE,
            AllowSupersede="true",
            GuardrailAlarms="OnRequest",
            ModelExecutionRoleArns=roles,
            StoreReports=str(reported).lower(),
        )
        self.scenes = 0
        self.requests_per_second: float = 0
        self.asked: list[str] = []
        self.known: set[str] = set()
        self.past: set[str] = set()

    # ---- Before and after a scene ----

    def set_up(
        self, *, packaged: bool = False, requests_per_second: float = REQUESTS_PER_SECOND
    ) -> None:
        """An endpoint that is in service, with an alarm and traffic, just after a reconcile."""
        self.scenes += 1
        self.requests_per_second = requests_per_second
        self.asked = []
        package = self._make_group() if packaged else ""
        self.theatre.make_config(f"{self.endpoint}-blue", Fleet({}), package)
        self.theatre.make_endpoint(self.endpoint, f"{self.endpoint}-blue", group=self.endpoint)
        self._make_alarm()
        self.theatre.begin_traffic(self.endpoint, requests_per_second)
        self.advance(180)
        since = (self.aws.clock.now() - START) % BETWEEN_TICKS
        self.advance((BETWEEN_TICKS - since + AFTER_A_TICK).total_seconds())

    def let(self, plan: FaultPlan) -> None:
        """Let the scene begin, and its faults."""
        self.known = {each.arn for each in self.theatre.executions()}
        self.past = {row["sk"] for row in self.rows() if "Record" in row}
        self.aws.journal.entries.clear()
        calls.install(self.aws.world)
        faults.clear(self.aws.world)
        faults.add(self.aws.world, plan)

    def clear_away(self) -> None:
        """Take away what the next scene has no part in."""
        faults.clear(self.aws.world)
        self.theatre.begin_traffic(self.endpoint, -self.requests_per_second)
        alarms = [f"{self.endpoint}-5xx", *self.alarms_of_ours()]
        self.aws.client("cloudwatch").delete_alarms(AlarmNames=alarms)
        table_rows.replace_all(self.aws, self.stack, [])
        self.advance(60)

    # ---- What people do ----

    @property
    def endpoint(self) -> str:
        """The endpoint of this scene."""
        return f"e{self.scenes}"

    def request(
        self,
        *,
        healthy: bool = True,
        on_busy: str = "REJECT",
        policy: dict[str, Any] = CANARY,
        **more: str,
    ) -> str:
        """Ask for a deployment of a config of its own; the ARN of its execution."""
        id_ = f"{self.endpoint}-d{len(self.asked)}"
        self.asked.append(id_)
        self.theatre.make_config(f"{id_}-config", Fleet({} if healthy else {"error_rate": 0.5}))
        alarms = {"Alarms": [{"AlarmName": f"{self.endpoint}-5xx"}]}
        request: dict[str, Any] = {
            "EndpointName": self.endpoint,
            "EndpointConfigName": f"{id_}-config",
            "OnBusy": on_busy,
            "AllowFindings": ["bake-unprotected"],
            **more,
        }
        if policy is RETAINED:
            request["RetainDeploymentConfig"] = True
        else:
            request["DeploymentConfig"] = {**policy, "AutoRollbackConfiguration": alarms}
        return self.theatre.start(request, id_)

    def command(self, function: str, **event: str) -> dict[str, Any]:
        """Invoke a command, again and again if it fails; its last answer."""
        answer: dict[str, Any] = {}
        for _ in range(TRIES):
            answer = self._invoke(function, {"EndpointName": self.endpoint, **event})
            if "errorType" not in answer:
                break
            self.advance(BETWEEN_TRIES)
        return answer

    def stop(self, arn: str) -> None:
        """Stop an execution as in the console, if it still runs."""
        if self.theatre.execution(arn).status == "RUNNING":
            self.theatre.stop(arn)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.theatre.advance(seconds)

    def settle(self, aftermath: int = AFTERMATH) -> None:
        """Let time pass until nothing was open for a while; the faults go on, up to a day."""
        self.advance(1)
        quiet = 0
        for _ in range(LONGEST // BETWEEN_LOOKS):
            self.advance(BETWEEN_LOOKS)
            quiet = quiet + BETWEEN_LOOKS if self.is_quiet() else 0
            if quiet >= aftermath:
                return

    # ---- What is to be seen ----

    @property
    def journal(self) -> list[Entry]:
        """What has happened in this scene."""
        return self.aws.journal.entries

    def executions(self) -> list[Seen]:
        """The executions that this scene has started."""
        return [each for each in self.theatre.executions() if each.arn not in self.known]

    def rows(self) -> list[dict[str, Any]]:
        """What stands in the table."""
        return table_rows.read(self.aws, self.stack)

    def reports(self) -> set[str]:
        """The ids of the deployments whose reports are stored."""
        bucket = self.stack.outputs["ReportsBucketName"]
        found = self.aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        return {Path(each["Key"]).stem for each in found}

    def rings(self) -> bool:
        """Whether the abort alarm of the endpoint is in ALARM."""
        name = f"bluegreen-abort-{self.endpoint}"
        found = self.aws.client("cloudwatch").describe_alarms(AlarmNames=[name])
        return any(alarm["StateValue"] == "ALARM" for alarm in found["MetricAlarms"])

    def alarms_of_ours(self) -> list[str]:
        """The names of the alarms that the stack has made for the endpoint and not removed."""
        pages = self.aws.client("cloudwatch").get_paginator("describe_alarms").paginate()
        names = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
        of_guardrails = alarm_prefix("bluegreen", self.endpoint)
        abort = f"bluegreen-abort-{self.endpoint}"
        return [name for name in names if name == abort or name.startswith(of_guardrails)]

    def approval(self) -> str:
        """The approval status of the newest package of the endpoint's group."""
        sagemaker = self.aws.client("sagemaker")
        found = sagemaker.list_model_packages(ModelPackageGroupName=self.endpoint)
        newest = max(found["ModelPackageSummaryList"], key=_version)
        status: str = newest["ModelApprovalStatus"]
        return status

    def is_quiet(self) -> bool:
        """Whether no execution runs, nothing is open, and the endpoint is not being updated."""
        return (
            self.theatre.endpoint(self.endpoint)["EndpointStatus"] == "InService"
            and not any("Open" in row for row in self.rows())
            and not self.theatre.running()
        )

    def _invoke(self, function: str, event: dict[str, str]) -> dict[str, Any]:
        name = self.stack.outputs[f"{function}FunctionName"]
        answer = self.aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        return body

    def _make_group(self) -> str:
        """A model package group with the endpoint's name, and its policy; its first package."""
        alarms = {"Alarms": [{"AlarmName": f"{self.endpoint}-5xx"}]}
        policy = {
            "EndpointName": self.endpoint,
            "DeploymentConfig": {**CANARY, "AutoRollbackConfiguration": alarms},
            "OnRollback": "REJECT_MODEL_PACKAGE",
        }
        name = f"{self.stack.outputs['PolicyPath']}/{self.endpoint}"
        client = self.aws.client("ssm")
        client.put_parameter(Name=name, Value=json.dumps(policy), Type="String")
        return self.theatre.register(self.endpoint)

    def _make_alarm(self) -> None:
        alarm = {
            "AlarmName": f"{self.endpoint}-5xx",
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation5XXErrors",
            "Dimensions": {"EndpointName": self.endpoint, "VariantName": "main"},
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0.05,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        self.theatre.make_alarms([alarm])


def _version(package: dict[str, Any]) -> int:
    version: int = package["ModelPackageVersion"]
    return version


@contextmanager
def a_stage(*, reported: bool = False) -> Iterator[Stage]:
    """An account of its own; `reported`: with a store of reports."""
    with EmbeddedAws() as aws:
        yield Stage(aws, reported=reported)
