"""InvokeEndpoint through boto3: who answers, what is refused, and the metrics that come of it."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, seconds
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.run.embedded import START, EmbeddedAws

ENDPOINT = "churn"
NOT_MODELLED = "{} is not modelled by the simulator.".format
BLUE_GREEN = {
    "TrafficRoutingConfiguration": {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 300,
    },
    "TerminationWaitInSeconds": 120,
}


class Account:
    """An endpoint on the config `blue`, and what its clients see."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.sagemaker = aws.client("sagemaker")
        self.runtime = aws.client("sagemaker-runtime")
        self.make_config("blue")
        self.create_endpoint(ENDPOINT, "blue")

    def make_config(self, name: str, *variants: dict[str, Any], **behavior: str) -> None:
        environment = {f"SIMULATED_{key.upper()}": value for key, value in behavior.items()}
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/model",
            PrimaryContainer={"Image": "model:1", "Environment": environment},
        )
        plain = {
            "VariantName": "main",
            "ModelName": name,
            "InitialInstanceCount": 3,
            "InstanceType": "ml.m5.xlarge",
        }
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{**plain, **variant} for variant in variants or ({},)],
        )

    def create_endpoint(self, name: str, config: str) -> None:
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        while self.look(name)["EndpointStatus"] == "Creating":
            self.aws.clock.sleep(30)

    def look(self, name: str = ENDPOINT) -> Any:
        return self.sagemaker.describe_endpoint(EndpointName=name)

    def start_canary(self, config: str) -> None:
        """Update the endpoint, until one of three instances is green."""
        self.sagemaker.update_endpoint(
            EndpointName=ENDPOINT,
            EndpointConfigName=config,
            DeploymentConfig={"BlueGreenUpdatePolicy": BLUE_GREEN},
        )
        self.aws.clock.sleep(330)

    def invoke(self, endpoint: str = ENDPOINT, **members: Any) -> Any:
        request = {"ContentType": "text/csv", "Body": b"1,2", **members}
        return self.runtime.invoke_endpoint(
            EndpointName=endpoint, **{k: v for k, v in request.items() if v is not None}
        )

    def answers(self, count: int, **members: Any) -> list[str]:
        """Which config answered, request by request."""
        return [body_of(self.invoke(**members))["EndpointConfigName"] for _ in range(count)]

    def refused(self, **members: Any) -> dict[str, Any]:
        with pytest.raises(ClientError) as raised:
            self.invoke(**members)
        return dict(raised.value.response)

    def refusal(self, **members: Any) -> tuple[int, str]:
        """Status and message of a ValidationError."""
        response = self.refused(**members)
        assert response["Error"]["Code"] == "ValidationError"
        return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]

    def end_minute(self) -> datetime:
        """Sleep until the next full minute; when the one before it began."""
        start = self.aws.clock.now().replace(second=0, microsecond=0)
        left = start + timedelta(minutes=1) - self.aws.clock.now()
        self.aws.clock.sleep(left.total_seconds() + 1)
        return start

    def statistics(self, name: str, start: datetime, config: str = "", **more: Any) -> Any:
        """Sum and SampleCount of the minute."""
        dimensions = {"EndpointName": ENDPOINT, "VariantName": "main"}
        dimensions |= {"EndpointConfigName": config} if config else {}
        points = self.aws.client("cloudwatch").get_metric_statistics(
            Namespace=more.get("namespace", "AWS/SageMaker"),
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=start,
            EndTime=start + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        return [(round(point["Sum"], 6), point["SampleCount"]) for point in points]


@pytest.fixture
def account() -> Iterator[Account]:
    with EmbeddedAws() as aws:
        yield Account(aws)


def body_of(response: dict[str, Any]) -> Any:
    return json.loads(response["Body"].read())


def test_the_answer_says_who_gave_it(account: Account) -> None:
    answer = account.invoke(CustomAttributes="trace-1", InferenceId="request-1", Accept="*/*")
    assert body_of(answer) == {
        "EndpointConfigName": "blue",
        "VariantName": "main",
        "InferenceId": "request-1",
    }
    assert answer["InvokedProductionVariant"] == "main"
    assert answer["CustomAttributes"] == "trace-1"
    assert answer["ContentType"] == "application/json"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_binary_body_is_read(account: Account) -> None:
    answer = account.invoke(Body=b"\xff\xd8\x00", ContentType="image/jpeg")
    assert body_of(answer) == {"EndpointConfigName": "blue", "VariantName": "main"}


def test_who_asks_waits_for_as_long_as_the_model_takes(account: Account) -> None:
    account.make_config("slow", latency_ms="1498")
    account.create_endpoint("slow", "slow")
    before = seconds(account.aws)
    account.invoke("slow")
    assert seconds(account.aws) - before == pytest.approx(1.5)


def test_one_of_three_requests_is_answered_by_a_canary_of_one_in_three(account: Account) -> None:
    account.make_config("green")
    assert account.answers(6) == ["blue"] * 6
    account.start_canary("green")
    assert account.answers(9) == ["blue", "green", "blue"] * 3
    account.aws.clock.sleep(400)
    assert account.answers(6) == ["green"] * 6
    account.aws.clock.sleep(300)
    assert account.look()["EndpointConfigName"] == "green"
    assert account.answers(3) == ["green"] * 3


def test_a_failing_canary_fails_one_request_in_three_as_aws_does(account: Account) -> None:
    account.make_config("broken", error_rate="1")
    account.start_canary("broken")
    assert account.answers(1) == ["blue"]
    response = account.refused()
    assert account.answers(1) == ["blue"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["Error"]["Code"] == "ModelError"
    original = "The simulated model fails (SIMULATED_ERROR_RATE)."
    group = "/aws/sagemaker/Endpoints/churn"
    assert response["Error"]["Message"] == (
        f'Received server error (500) from primary with message "{original}".'
        " See https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1"
        f"#logEventViewer:group={group} in account 123456789012 for more information."
    )
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"] == original
    assert response["LogStreamArn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"


def test_variants_are_chosen_by_weight_or_by_the_caller(account: Account) -> None:
    account.make_config(
        "two",
        {"VariantName": "a", "InitialVariantWeight": 3},
        {"VariantName": "b", "InitialVariantWeight": 1},
        {"VariantName": "c", "InitialVariantWeight": 0},
    )
    account.create_endpoint("two", "two")
    invoked = [account.invoke("two")["InvokedProductionVariant"] for _ in range(8)]
    assert Counter(invoked) == {"a": 6, "b": 2}
    chosen = [account.invoke("two", TargetVariant="b")["InvokedProductionVariant"] for _ in "123"]
    assert chosen == ["b"] * 3
    assert account.refusal(endpoint="two", TargetVariant="d") == (
        400,
        "Variant d of endpoint two not found.",
    )
    no_traffic = "TargetVariant with a variant that has no traffic of its own"
    assert account.refusal(endpoint="two", TargetVariant="c") == (400, NOT_MODELLED(no_traffic))


def test_a_canary_has_its_share_of_the_requests_to_a_variant(account: Account) -> None:
    account.make_config("green")
    account.start_canary("green")
    answers = account.answers(9, TargetVariant="main")
    assert answers == ["blue", "green", "blue"] * 3


def test_an_endpoint_that_is_not_there(account: Account) -> None:
    missing = (400, "Endpoint other of account 123456789012 not found.")
    assert account.refusal(endpoint="other") == missing
    assert account.refusal(endpoint="other", TargetVariant="main") == missing
    account.sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="blue")
    assert account.look("other")["EndpointStatus"] == "Creating"
    assert account.refusal(endpoint="other") == missing
    account.aws.clock.sleep(300)
    assert account.invoke("other")["InvokedProductionVariant"] == "main"
    account.sagemaker.delete_endpoint(EndpointName="other")
    account.aws.clock.sleep(60)
    assert account.refusal(endpoint="other") == missing


def test_an_endpoint_is_in_its_region_only(account: Account) -> None:
    account.runtime = boto3.client("sagemaker-runtime", region_name="eu-west-1")
    assert account.refusal() == (400, "Endpoint churn of account 123456789012 not found.")


def test_names_keep_to_the_limits_of_the_api(account: Account) -> None:
    status, message = account.refusal(endpoint="no_such_name")
    assert status == 400
    assert message.startswith(
        "1 validation error detected: Value 'no_such_name' at 'endpointName' failed to satisfy"
        " constraint: Member must satisfy regular expression pattern: "
    )


@pytest.mark.parametrize(
    "member",
    [
        {"TargetModel": "model.tar.gz"},
        {"TargetContainerHostname": "second"},
        {"InferenceComponentName": "component"},
        {"EnableExplanations": "`true`"},
        {"SessionId": "NEW_SESSION"},
    ],
    ids=lambda member: next(iter(member)),
)
def test_what_is_not_modelled_is_refused_by_name(account: Account, member: dict[str, str]) -> None:
    (name,) = member
    message = NOT_MODELLED(f"InvokeEndpoint with {name}")
    assert account.refusal(**member) == (400, message)


def test_other_operations_are_refused_by_name(account: Account) -> None:
    body = {"EndpointName": ENDPOINT, "Body": b"1"}
    with pytest.raises(ClientError, match=NOT_MODELLED("InvokeEndpointWithResponseStream")):
        account.runtime.invoke_endpoint_with_response_stream(**body)
    with pytest.raises(ClientError, match=NOT_MODELLED("InvokeEndpointAsync")):
        account.runtime.invoke_endpoint_async(EndpointName=ENDPOINT, InputLocation="s3://a/b")


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"Body": b""}, 400),
        ({"Body": b"{", "ContentType": "application/json"}, 400),
        ({"ContentType": "text/html"}, 415),
        ({"ContentType": None}, 415),
        ({"Accept": "text/csv"}, 406),
    ],
)
def test_what_the_model_cannot_read_is_a_4xx(
    account: Account, members: dict[str, Any], status: int
) -> None:
    account.end_minute()
    response = account.refused(**members)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == status
    assert response["Error"]["Message"].startswith(
        f'Received client error ({status}) from primary with message "{response["OriginalMessage"]}'
    )
    account.invoke()
    start = account.end_minute()
    assert account.statistics("Invocation4XXErrors", start) == [(1, 2)]
    assert account.statistics("Invocation5XXErrors", start) == [(0, 2)]
    assert account.statistics("InvocationModelErrors", start) == [(1, 2)]


def test_what_no_model_was_asked_is_in_no_metric(account: Account) -> None:
    account.end_minute()
    account.refusal(TargetVariant="other")
    account.refusal(TargetModel="model")
    assert account.statistics("Invocations", account.end_minute()) == []


def test_requests_and_traffic_come_to_one_metric_per_config_and_in_all(account: Account) -> None:
    account.make_config("broken", error_rate="1", latency_ms="50")
    add_traffic(ENDPOINT, 2)
    account.start_canary("broken")
    account.end_minute()
    account.invoke()
    account.refused()
    account.invoke()
    start = account.end_minute()
    both = account.statistics
    assert both("Invocations", start) == [(123, 123)]
    assert both("Invocations", start, "blue") == [(82, 82)]
    assert both("Invocations", start, "broken") == [(41, 41)]
    assert both("Invocation5XXErrors", start) == [(41, 123)]
    assert both("Invocation5XXErrors", start, "blue") == [(0, 82)]
    assert both("Invocation5XXErrors", start, "broken") == [(41, 41)]
    assert both("InvocationsPerInstance", start) == [(41, 123)]
    assert both("ModelLatency", start, "broken") == [(41 * 50_000, 41)]
    assert both("ModelLatency", start) == [(82 * 5_000 + 41 * 50_000, 123)]
    assert both("OverheadLatency", start) == [(123 * 2_000, 123)]
    # Two instances with 41 requests of 5 ms each, one with 41 of 50 ms: 0.205 s and 2.05 s.
    host = "/aws/sagemaker/Endpoints"
    ((cpu, instances),) = both("CPUUtilization", start, namespace=host)
    assert (cpu, instances) == (pytest.approx((2 * 0.205 + 2.05) / 0.6, abs=1e-5), 3)
    assert both("MemoryUtilization", start, namespace=host) == [(60, 3)]


@pytest.mark.parametrize(
    ("namespace", "metric", "unit"),
    [
        ("/aws/sagemaker/Endpoints", "CPUUtilization", "Percent"),
        ("/aws/sagemaker/Endpoints", "MemoryUtilization", "Percent"),
        ("AWS/SageMaker", "ModelLatency", "Microseconds"),
        ("AWS/SageMaker", "Invocations", "None"),
    ],
)
def test_each_metric_has_its_unit(account: Account, namespace: str, metric: str, unit: str) -> None:
    account.end_minute()
    account.answers(2)
    start = account.end_minute()
    (point,) = account.aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": ENDPOINT},
            {"Name": "VariantName", "Value": "main"},
        ],
        StartTime=start,
        EndTime=start + timedelta(minutes=1),
        Period=60,
        Statistics=["Average"],
    )["Datapoints"]
    assert point["Unit"] == unit


def test_get_metric_data_returns_them(account: Account) -> None:
    account.end_minute()
    account.answers(2)
    start = account.end_minute()
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ModelLatency",
        "Dimensions": [
            {"Name": "EndpointName", "Value": ENDPOINT},
            {"Name": "VariantName", "Value": "main"},
        ],
    }
    stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
    (result,) = account.aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "latency", "MetricStat": stat}],
        StartTime=start,
        EndTime=start + timedelta(minutes=1),
    )["MetricDataResults"]
    assert result["Values"] == [5000.0]


def test_list_metrics_shows_each_once(account: Account) -> None:
    account.answers(1)
    account.end_minute()
    account.answers(1)
    account.end_minute()
    listed = account.aws.client("cloudwatch").list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    names = [(metric["MetricName"], len(metric["Dimensions"])) for metric in listed]
    assert Counter(names) == {
        (name, dimensions): 1
        for name in (
            "Invocations",
            "InvocationsPerInstance",
            "Invocation4XXErrors",
            "Invocation5XXErrors",
            "InvocationModelErrors",
            "ModelLatency",
            "OverheadLatency",
        )
        for dimensions in (2, 3)
    }


def test_each_run_is_the_same() -> None:
    runs = []
    for _ in range(2):
        with EmbeddedAws() as aws:
            account = Account(aws)
            account.make_config("green")
            account.start_canary("green")
            runs.append((account.answers(20), aws.clock.now() - START))
    assert runs[0] == runs[1]
