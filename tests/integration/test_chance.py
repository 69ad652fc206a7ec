"""The embedded AWS with chance, and by other readings of AWS: what clients and alarms see of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bluegreen_simulator.aws.cloudwatch.evaluator import running
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.faults.kinds import FailingModel, FaultPlan
from bluegreen_simulator.rules.fleet.assumptions import MetricsByConfig
from bluegreen_simulator.rules.metrics.math.values import MissingBesideScalar
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import Outcome, simulate
from bluegreen_simulator.run.theatre import Fleet, Theatre

ROOT = Path(__file__).parents[2]
ENDPOINT = "churn"
BLUE = {"error_rate": 0.01, "latency_ms": 80, "latency_spread": 0.5}
GREEN = {
    "error_rate": 0.2,
    "client_error_rate": 0.3,
    "latency_ms": 80,
    "slow_start_seconds": 60,
    "slow_start_factor": 4,
}
CANARY = {
    "TrafficRoutingConfiguration": {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 600,
    },
}


class Stage:
    """An endpoint on the config `blue` with traffic, in which a canary begins."""

    def __init__(self, aws: EmbeddedAws, blue: Mapping[str, Any] = BLUE) -> None:
        self.aws = aws
        self.theatre = Theatre(aws)
        self.theatre.make_config("blue", Fleet(blue, 4))
        self.theatre.make_config("green", Fleet(GREEN, 4))
        self.theatre.make_endpoint(ENDPOINT, "blue")
        self.theatre.begin_traffic(ENDPOINT, 10)
        self.began = aws.clock.now().replace(second=0)

    def canary(self) -> datetime:
        """Run until the canary has traffic; when that was."""
        self.aws.client("sagemaker").update_endpoint(
            EndpointName=ENDPOINT,
            EndpointConfigName="green",
            DeploymentConfig={"BlueGreenUpdatePolicy": CANARY},
        )
        self.aws.clock.sleep(330)
        return self.aws.clock.now()

    def end_minute(self) -> datetime:
        """Run until the next full minute; which one that is."""
        now = self.aws.clock.now()
        start = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        self.aws.clock.sleep((start - now).total_seconds())
        return start

    def values(self, metric: str, statistic: str, config: str = "") -> list[float]:
        """A statistic of each minute since the traffic began, oldest first."""
        dimensions = {"EndpointName": ENDPOINT, "VariantName": "main"}
        dimensions |= {"EndpointConfigName": config} if config else {}
        those = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        known = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": those}
        found = self.aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {"Id": "m", "MetricStat": {"Metric": known, "Period": 60, "Stat": statistic}}
            ],
            StartTime=self.began,
            EndTime=self.aws.clock.now(),
            ScanBy="TimestampAscending",
        )
        values: list[float] = found["MetricDataResults"][0]["Values"]
        return values

    def series(self) -> Any:
        """All that CloudWatch has, by the minute."""
        return {
            json.dumps([*key[:2], sorted(key[2])]): {
                unit: {m: (s.sum, s.count, dict(s.samples or {})) for m, s in minutes.items()}
                for unit, minutes in series._units.items()
            }
            for key, series in running().series.items()
        }


def run_of(seed: int | None) -> Any:
    """What is left of a canary, with calls beside its traffic."""
    with EmbeddedAws(seed=seed) as aws:
        stage = Stage(aws)
        stage.canary()
        answers = [_call(stage) for _ in range(30)]
        aws.clock.sleep(300)
        return stage.series(), answers, aws.clock.now()


def _call(stage: Stage) -> str:
    runtime = stage.aws.client("sagemaker-runtime")
    try:
        answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=b"1,2")
    except ClientError as error:
        return error.response["Error"]["Message"].partition(" See")[0]
    return str(json.loads(answer["Body"].read())["EndpointConfigName"])


def test_a_seed_gives_the_same_run_and_another_one_another() -> None:
    first, again, other = run_of(1), run_of(1), run_of(2)
    assert first == again
    assert (first[0] != other[0], first[1] != other[1]) == (True, True)


def test_without_a_seed_every_run_is_the_same_and_has_exact_parts() -> None:
    series, answers, _ = first = run_of(None)
    assert first == run_of(None)
    key = json.dumps(
        ["AWS/SageMaker", "Invocations", [["EndpointName", ENDPOINT], ["VariantName", "main"]]]
    )
    assert [sums[0] for sums in series[key]["None"].values()][1:5] == [600.0] * 4
    said = 'Received {} error ({}) from primary with message "The simulated model {}.".'.format
    assert [text for text in answers if "green" in text or "error" in text][:4] == [
        "green",
        said("client", 400, "refuses (SIMULATED_CLIENT_ERROR_RATE)"),
        said("server", 500, "fails (SIMULATED_ERROR_RATE)"),
        "green",
    ]


def test_a_scenario_with_a_seed_ends_the_same_each_time_and_as_it_should() -> None:
    healthy = load(ROOT / "events/scenarios/canary-succeeds.yaml")

    def run(seed: int | None) -> Outcome:
        return simulate(replace(healthy, seed=seed), ROOT / "template.yaml")

    first, again, exact = run(1), run(1), run(None)
    assert first.journal == again.journal
    assert first.record == again.record
    assert (first.misses, exact.misses) == ([], [])
    assert first.record["GreenRequests"] != exact.record["GreenRequests"]


def test_green_refuses_fails_and_starts_slowly_in_its_metrics() -> None:
    with EmbeddedAws(seed=3) as aws:
        stage = Stage(aws)
        stage.canary()
        aws.clock.sleep(500)
        requests = sum(stage.values("Invocations", "Sum", "green"))
        for metric, rate in (("Invocation4XXErrors", 0.3), ("Invocation5XXErrors", 0.2)):
            found = sum(stage.values(metric, "Sum", "green"))
            assert abs(found - requests * rate) < 4 * sqrt(requests * rate * (1 - rate)), metric
        errors = sum(stage.values("InvocationModelErrors", "Sum", "green"))
        assert errors == sum(
            sum(stage.values(f"Invocation{kind}Errors", "Sum", "green")) for kind in ("4XX", "5XX")
        )
        slow = stage.values("ModelLatency", "Average", "green")
        assert (slow[0], set(slow[2:])) == (320_000.0, {80_000.0})
        assert 80_000 < slow[1] < 320_000


def test_the_percentile_rank_of_a_spread_is_that_of_a_log_normal() -> None:
    with EmbeddedAws(seed=3) as aws:
        stage = Stage(aws)
        aws.clock.sleep(1201)
        counts = stage.values("Invocations", "Sum", "blue")
        # 153.05 ms is the 90.25th percentile: of 80 ms, 1.2975 sigmas of 0.5.
        ranks = stage.values("ModelLatency", "PR(:153050)")
        within = sum(rank * count / 100 for rank, count in zip(ranks, counts, strict=True))
        part = 0.9028
        assert abs(within - part * sum(counts)) < 4 * sqrt(sum(counts) * part * (1 - part))
        slower = stage.values("ModelLatency", "PR(153050:)")
        assert [round(a + b, 9) for a, b in zip(ranks, slower, strict=True)] == [100.0] * len(ranks)


@pytest.mark.parametrize("in_math", [False, True])
def test_alarms_on_a_percentile_rank(in_math: bool) -> None:
    with EmbeddedAws() as aws:
        stage = Stage(aws, {"latency_ms": 80})
        dimensions = [
            {"Name": "EndpointName", "Value": ENDPOINT},
            {"Name": "VariantName", "Value": "main"},
            {"Name": "EndpointConfigName", "Value": "green"},
        ]
        metric = {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ModelLatency",
            "Dimensions": dimensions,
        }
        stat = {"Metric": metric, "Period": 60, "Stat": "PR(:79999)"}
        watched: dict[str, Any] = (
            {
                "Metrics": [
                    {"Id": "r", "MetricStat": stat, "ReturnData": False},
                    {"Id": "s", "Expression": "100 - r"},
                ],
                "Threshold": 50,
                "ComparisonOperator": "GreaterThanThreshold",
            }
            if in_math
            else {
                **metric,
                "ExtendedStatistic": "PR(:79999)",
                "Period": 60,
                "Threshold": 50,
                "ComparisonOperator": "LessThanThreshold",
            }
        )
        cloudwatch = aws.client("cloudwatch")
        cloudwatch.put_metric_alarm(AlarmName="slow", EvaluationPeriods=1, **watched)
        stage.canary()
        aws.clock.sleep(120)
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["slow"])["MetricAlarms"]
        assert alarm["StateValue"] == "ALARM"
        assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [
            100.0 if in_math else 0.0
        ]


@pytest.mark.parametrize(
    ("which", "names"),
    [
        (
            MetricsByConfig.ALL,
            {
                *("Invocations", "InvocationsPerInstance", "ModelLatency", "OverheadLatency"),
                *("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"),
            },
        ),
        (MetricsByConfig.DOCUMENTED, {"Invocations", "ModelLatency"}),
        (MetricsByConfig.NONE, set()),
    ],
)
def test_which_metrics_have_the_endpoint_config(which: MetricsByConfig, names: set[str]) -> None:
    with EmbeddedAws(metrics_by_config=which) as aws:
        stage = Stage(aws)
        aws.clock.sleep(130)
        found = aws.client("cloudwatch").list_metrics()["Metrics"]
        by_config = {
            metric["MetricName"]
            for metric in found
            if "EndpointConfigName" in {d["Name"] for d in metric["Dimensions"]}
        }
        assert by_config == names
        assert stage.values("Invocation5XXErrors", "SampleCount")[-1] == 600


@pytest.mark.parametrize(
    ("reading", "values", "state"),
    [
        (MissingBesideScalar.MISSING, [6.0], "INSUFFICIENT_DATA"),
        (MissingBesideScalar.ZERO, [6.0, 1.0], "ALARM"),
    ],
)
def test_alarms_and_queries_read_a_missing_datapoint_beside_a_scalar_as_they_are_told(
    reading: MissingBesideScalar, values: list[float], state: str
) -> None:
    with EmbeddedAws(missing_beside_scalar=reading) as aws:
        cloudwatch, start = aws.client("cloudwatch"), aws.clock.now()
        stat = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
        queries: list[dict[str, Any]] = [
            {"Id": "m", "MetricStat": stat, "ReturnData": False},
            {"Id": "e", "Expression": "m + 1"},
        ]
        cloudwatch.put_metric_alarm(
            AlarmName="math",
            Metrics=queries,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
        aws.clock.sleep(130)
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["math"])["MetricAlarms"]
        assert alarm["StateValue"] == state
        cloudwatch.put_metric_data(
            Namespace="N", MetricData=[{"MetricName": "m", "Value": 5, "Timestamp": start}]
        )
        found = cloudwatch.get_metric_data(
            MetricDataQueries=queries,
            StartTime=start,
            EndTime=start + timedelta(minutes=2),
            ScanBy="TimestampAscending",
        )
        assert found["MetricDataResults"][0]["Values"] == values


def test_a_blue_fails_in_bursts_and_is_as_it_was_between_them() -> None:
    bursts = [
        FailingModel(at=minute * 60, config="blue", **members)
        for minute, members in (
            (2, {"error_rate": 0.5}),
            (3, {"client_error_rate": 0.25, "latency_ms": 200}),
            (4, {"error_rate": 0.01}),
        )
    ]
    with EmbeddedAws() as aws:
        stage = Stage(aws, {"error_rate": 0.01, "latency_ms": 80})
        start = stage.end_minute()
        stage.began = start
        faults.add(aws.world, FaultPlan(failing_model=tuple(bursts)))
        aws.clock.sleep(301)
        assert stage.values("Invocation5XXErrors", "Sum") == [6, 6, 300, 6, 6]
        assert stage.values("Invocation4XXErrors", "Sum") == [0, 0, 0, 150, 0]
        assert stage.values("ModelLatency", "Maximum") == [80e3, 80e3, 80e3, 200e3, 80e3]
        faults.add(aws.world, FaultPlan(failing_model=FailingModel(0, "blue", 1)))
        faults.clear(aws.world)
        aws.clock.sleep(60)
        assert stage.values("Invocation5XXErrors", "Sum")[-1] == 6


def test_who_calls_waits_as_long_as_the_model_takes() -> None:
    with EmbeddedAws(seed=5) as aws:
        stage = Stage(aws, {"latency_ms": 80, "latency_spread": 0.5})
        stage.end_minute()
        before = aws.clock.now()
        for _ in range(10):
            _call(stage)
        waited = (aws.clock.now() - before).total_seconds()
        assert abs(waited - 0.82) > 0.001  # were they all 80 ms, with 2 of overhead
        assert 0.4 < waited < 1.7


def test_calls_fall_on_fleets_by_chance() -> None:
    with EmbeddedAws(seed=6) as aws:
        stage = Stage(aws, {})
        stage.canary()
        by_turns = [sum(_call(stage) != "blue" for _ in range(4)) for _ in range(20)]
        assert set(by_turns) >= {0, 1, 2}  # by turns it would be one each time
