"""AWS's three example notebooks on deployment guardrails, call by call through boto3.

"Leverage deployment guardrails to update a SageMaker Inference endpoint" with canary and with
linear traffic shifting, and with a rolling deployment. Each deploys a model, updates to one that
fails and is slow, sees that rolled back by an alarm, and updates to a good one with the same
policy. Meanwhile a client invokes the endpoint at every second.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from account import ACCOUNT
from bluegreen_simulator.run.embedded import EmbeddedAws

VARIANT = "AllTraffic"
LATENCY = "TestAlarm-ModelLatency"
ERRORS = "TestAlarm-5XXErrors"
MODELS = {
    "first": {},
    "broken": {"SIMULATED_ERROR_RATE": "1", "SIMULATED_LATENCY_MS": "22"},
    "good": {},
}
ONE_IN_THREE = {"Type": "CAPACITY_PERCENT", "Value": 33}
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 300,
        },
        "TerminationWaitInSeconds": 120,
        "MaximumExecutionTimeoutInSeconds": 1800,
    }
}
LINEAR = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "LINEAR",
            "LinearStepSize": ONE_IN_THREE,
            "WaitIntervalInSeconds": 180,
        },
        "TerminationWaitInSeconds": 120,
        "MaximumExecutionTimeoutInSeconds": 1800,
    }
}
ROLLING = {
    "RollingUpdatePolicy": {
        "MaximumBatchSize": ONE_IN_THREE,
        "WaitIntervalInSeconds": 180,
        "MaximumExecutionTimeoutInSeconds": 1800,
    }
}


class Client:
    """Invokes the endpoint at every full second, and keeps who answered."""

    def __init__(self, aws: EmbeddedAws, endpoint: str) -> None:
        self.aws = aws
        self.endpoint = endpoint
        self.answers: Counter[str] = Counter()
        self.stopped = False

    def run(self) -> None:
        while not self.stopped:
            self.answers[self.invoke()] += 1
            now = self.aws.clock.now()
            self.aws.clock.sleep(1 - now.microsecond / 10**6)

    def invoke(self) -> str:
        runtime = self.aws.client("sagemaker-runtime")
        try:
            answer = runtime.invoke_endpoint(
                EndpointName=self.endpoint, ContentType="text/csv", Body="186,0.1,137.8,97"
            )
        except runtime.exceptions.ModelError:
            return "broken"
        config: str = json.loads(answer["Body"].read())["EndpointConfigName"]
        return config


class Notebook:
    """The cells of a notebook, in their order."""

    def __init__(self, aws: EmbeddedAws, name: str, provisioning_seconds: int) -> None:
        self.aws = aws
        self.sm = aws.client("sagemaker")
        self.cw = aws.client("cloudwatch")
        self.endpoint = f"DEMO-Deployment-Guardrails-{name}"
        self.provisioning = {"SIMULATED_PROVISIONING_SECONDS": str(provisioning_seconds)}
        self.client = Client(aws, self.endpoint)

    def create(self) -> None:
        """Step 1: models, endpoint configs, endpoint."""
        for name, behavior in MODELS.items():
            container = {
                "Image": f"xgboost:{name}",
                "ModelDataUrl": "s3://bucket/model.tar.gz",
                "Environment": {**self.provisioning, **behavior},
            }
            role = f"arn:aws:iam::{ACCOUNT}:role/notebook"
            self.sm.create_model(ModelName=name, ExecutionRoleArn=role, Containers=[container])
        for name in MODELS:
            variant = {
                "VariantName": VARIANT,
                "ModelName": name,
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 3,
            }
            self.sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
            self.aws.clock.sleep(5)
        self.sm.create_endpoint(EndpointName=self.endpoint, EndpointConfigName="first")
        self.wait_until_in_service()

    def wait_until_in_service(self) -> Any:
        while True:
            details = self.sm.describe_endpoint(EndpointName=self.endpoint)
            if details["EndpointStatus"] in {"InService", "Failed"}:
                return details
            self.aws.clock.sleep(30)

    def invoke(self, times: int) -> None:
        """Step 2, in the time that it takes; `client` does it."""
        self.aws.clock.sleep(times)

    def create_alarms(self) -> None:
        """Step 3."""
        for name, metric, threshold in (
            (ERRORS, "Invocation5XXErrors", 1),
            (LATENCY, "ModelLatency", 10_000),
        ):
            self.cw.put_metric_alarm(
                AlarmName=name,
                AlarmDescription="Test SageMaker endpoint deployment auto-rollback alarm",
                ActionsEnabled=False,
                Namespace="AWS/SageMaker",
                MetricName=metric,
                Statistic="Average",
                Dimensions=self.dimensions(),
                Period=60,
                EvaluationPeriods=1,
                Threshold=threshold,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
                TreatMissingData="notBreaching",
            )
        assert len(self.cw.describe_alarms(AlarmNames=[ERRORS, LATENCY])["MetricAlarms"]) == 2
        self.aws.clock.sleep(60)

    def update(self, config: str, invocations: int, **members: Any) -> Any:
        """Step 4: update, invoke meanwhile, wait; what DescribeEndpoint shows at the end."""
        self.sm.update_endpoint(EndpointName=self.endpoint, EndpointConfigName=config, **members)
        details = self.sm.describe_endpoint(EndpointName=self.endpoint)
        assert details["EndpointStatus"] == "Updating"
        self.invoke(invocations)
        return self.wait_until_in_service()

    def clean_up(self) -> None:
        self.sm.delete_endpoint(EndpointName=self.endpoint)
        for name in MODELS:
            self.sm.delete_endpoint_config(EndpointConfigName=name)
            self.sm.delete_model(ModelName=name)
        self.cw.delete_alarms(AlarmNames=[ERRORS, LATENCY])

    def dimensions(self, config: str | None = None) -> list[dict[str, str]]:
        dimensions = [
            {"Name": "EndpointName", "Value": self.endpoint},
            {"Name": "VariantName", "Value": VARIANT},
        ]
        if config:
            dimensions.append({"Name": "EndpointConfigName", "Value": config})
        return dimensions

    def metric(self, name: str, statistic: str, config: str | None = None) -> dict[int, float]:
        """What the notebook plots: the statistic of each of the last 60 minutes that has one."""
        now = self.aws.clock.now()
        points = self.cw.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=name,
            StartTime=now - timedelta(minutes=60),
            EndTime=now,
            Period=60,
            Statistics=[statistic],
            Dimensions=self.dimensions(config),
        )["Datapoints"]
        for point in points:
            del point["Unit"]  # The notebook drops it, and would fail without it.
        return {int(p["Timestamp"].timestamp()) // 60: p[statistic] for p in points}

    def shift(self) -> list[tuple[float, float, float]]:
        """The invocations of first, broken and good, minute by minute."""
        by_config = {name: self.metric("Invocations", "Sum", name) for name in MODELS}
        minutes = sorted({minute for of_config in by_config.values() for minute in of_config})
        first, broken, good = by_config.values()
        return [(first.get(m, 0), broken.get(m, 0), good.get(m, 0)) for m in minutes]

    def tripped(self) -> list[str]:
        """The alarms that have been in ALARM."""
        return [
            item["AlarmName"]
            for item in self.cw.describe_alarm_history(HistoryItemType="StateUpdate")[
                "AlarmHistoryItems"
            ]
            if json.loads(item["HistoryData"])["newState"]["stateValue"] == "ALARM"
        ]


@contextmanager
def started(name: str, provisioning_seconds: int) -> Iterator[Notebook]:
    """A notebook up to the update: the endpoint is invoked, the alarms are there."""
    with EmbeddedAws() as aws:
        notebook = Notebook(aws, name, provisioning_seconds)
        notebook.create()
        aws.clock.spawn(notebook.client.run, "client")
        notebook.invoke(100)
        assert set(notebook.metric("Invocation5XXErrors", "Sum").values()) == {0}
        assert set(notebook.metric("Invocation4XXErrors", "Sum").values()) == {0}
        assert set(notebook.metric("ModelLatency", "Average").values()) == {5_000}
        assert set(notebook.metric("OverheadLatency", "Average").values()) == {2_000}
        notebook.create_alarms()
        yield notebook
        notebook.clean_up()


def steady(counts: list[float]) -> list[float]:
    """What holds for two minutes and more, in its order."""
    return [count for count, minutes in groupby(counts) if len(list(minutes)) > 1]


def check_rollback(notebook: Notebook, details: dict[str, Any], policy: dict[str, Any]) -> None:
    """The broken model got a third of the requests, and the latency alarm brought blue back."""
    assert (details["EndpointStatus"], details["EndpointConfigName"]) == ("InService", "first")
    assert details["LastDeploymentConfig"] == policy
    assert notebook.tripped() == [LATENCY]
    broken = [count for _, count, _ in notebook.shift()]
    assert max(broken) == 20
    assert max(notebook.metric("ModelLatency", "Average").values()) == pytest.approx(32_000 / 3)
    # A third of the requests fail, so an Average of 1 is out of reach at this stage.
    assert max(notebook.metric("Invocation5XXErrors", "Average").values()) == pytest.approx(1 / 3)
    assert notebook.metric("Invocation5XXErrors", "Sum", "broken") == notebook.metric(
        "Invocations", "Sum", "broken"
    )


def check_success(notebook: Notebook, details: dict[str, Any], policy: dict[str, Any]) -> None:
    """The good model got the requests step by step, and no alarm tripped again."""
    assert (details["EndpointStatus"], details["EndpointConfigName"]) == ("InService", "good")
    assert details["LastDeploymentConfig"] == policy
    assert notebook.tripped() == [LATENCY]


def check_counts(notebook: Notebook) -> None:
    """Each second's request is in the metrics, under the config that answered it."""
    notebook.client.stopped = True
    notebook.aws.clock.sleep(60)
    shift = notebook.shift()
    assert {sum(minute) for minute in shift[1:-1]} == {60}
    totals = dict(zip(MODELS, map(sum, zip(*shift, strict=True)), strict=True))
    assert totals == notebook.client.answers


def run(
    name: str, routing: dict[str, Any], provisioning_seconds: int, invocations: tuple[int, int]
) -> list[float]:
    """Both updates of a notebook; the good model's requests a minute where they are steady."""
    alarms = {"Alarms": [{"AlarmName": ERRORS}, {"AlarmName": LATENCY}]}
    policy = {**routing, "AutoRollbackConfiguration": alarms}
    with started(name, provisioning_seconds) as notebook:
        first, second = invocations
        details = notebook.update("broken", first, DeploymentConfig=policy)
        check_rollback(notebook, details, policy)
        details = notebook.update("good", second, RetainDeploymentConfig=True)
        check_success(notebook, details, policy)
        check_counts(notebook)
        return steady([good for *_, good in notebook.shift()])


def test_canary_with_instances_that_come_up_in_half_a_minute() -> None:
    assert run("Canary", CANARY, 30, (150, 560)) == [0, 20, 60]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "routing", "steps"),
    [
        ("Canary", CANARY, [0, 20, 60]),
        ("Linear", LINEAR, [0, 20, 40, 60]),
        ("Rolling", ROLLING, [0, 20, 40, 60]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_notebook(name: str, routing: dict[str, Any], steps: list[float]) -> None:
    assert run(name, routing, 300, (600, 500)) == steps
