"""What was published is read: GetMetricData, GetMetricStatistics and ListMetrics through boto3."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from bluegreen_simulator.aws.cloudwatch import alarms as service
from bluegreen_simulator.aws.cloudwatch.evaluator import running
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from integration.cloudwatch_account import MAIN, START, Account, named, running_account


def minute(number: int) -> Any:
    return START + timedelta(minutes=number)


def stat(name: str, statistic: str, period: int = 60, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "AWS/SageMaker", "MetricName": name, "Dimensions": named(MAIN)}
    return {"MetricStat": {"Metric": metric, "Period": period, "Stat": statistic, **more}}


@pytest.fixture
def account() -> Iterator[Account]:
    """Three minutes of traffic, the second without any, and a slow tenth in the third."""
    with running_account() as account:
        latencies = [{5000.0: 600}, {}, {5000.0: 540, 400_000.0: 60}]
        for number, counts in enumerate(latencies):
            if counts:
                publish("ModelLatency", number, Statistics.of_values(counts))
                publish("Invocations", number, Statistics.of(1.0, 600))
        publish("Invocation5XXErrors", 2, Statistics.of_values({0.0: 570, 1.0: 30}))
        yield account


def publish(name: str, number: int, statistics: Statistics) -> None:
    service.publish("AWS/SageMaker", name, frozenset(MAIN.items()), minute(number), statistics)


def read(account: Account, *queries: dict[str, Any], **params: Any) -> dict[str, Any]:
    times = {"StartTime": minute(0), "EndTime": minute(3), "ScanBy": "TimestampAscending"}
    page: dict[str, Any] = account.cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), **{**times, **params}
    )
    return page


def results(account: Account, *queries: dict[str, Any], **params: Any) -> dict[str, Any]:
    """The values of each query with the minutes at which they stand."""
    return {
        result["Id"]: {
            (at - START) // timedelta(minutes=1): value
            for at, value in zip(result["Timestamps"], result["Values"], strict=True)
        }
        for result in read(account, *queries, **params)["MetricDataResults"]
    }


def test_statistics_percentiles_and_expressions(account: Account) -> None:
    found = results(
        account,
        {"Id": "inv", **stat("Invocations", "Sum")},
        {"Id": "err", **stat("Invocation5XXErrors", "Sum"), "ReturnData": False},
        {"Id": "share", "Expression": "err / inv * 100"},
        {"Id": "p90", **stat("ModelLatency", "p90")},
        {"Id": "p95", **stat("ModelLatency", "p95")},
        {"Id": "slow", "Expression": "FILL(p95, 0) > 100000"},
        {"Id": "mean", **stat("ModelLatency", "tm90")},
        {"Id": "none", **stat("Unknown", "Sum")},
    )
    assert found == {
        "inv": {0: 600.0, 2: 600.0},
        "share": {0: 0.0, 2: 5.0},
        "p90": {0: 5000.0, 2: 5000.0},
        "p95": {0: 5000.0, 2: 400_000.0},
        "slow": {0: 0.0, 1: 0.0, 2: 1.0},
        "mean": {0: 5000.0, 2: 5000.0},
        "none": {},
    }


def test_a_body(account: Account) -> None:
    page = read(account, {"Id": "inv", **stat("Invocations", "Sum", 120)}, EndTime=minute(4))
    del page["ResponseMetadata"]
    assert page == {
        "MetricDataResults": [
            {
                "Id": "inv",
                "Label": "Invocations",
                "Timestamps": [minute(0), minute(2)],
                "Values": [600.0, 600.0],
                "StatusCode": "Complete",
            }
        ],
        "Messages": [],
    }


def test_periods_begin_at_the_minute_of_the_start_and_the_end_is_no_part(account: Account) -> None:
    query = {"Id": "inv", **stat("Invocations", "Sum")}
    start, end = minute(0) + timedelta(seconds=30), minute(2)
    assert results(account, query, StartTime=start, EndTime=end) == {"inv": {0: 600.0}}
    end += timedelta(seconds=1)
    assert results(account, query, StartTime=start, EndTime=end) == {"inv": {0: 600.0, 2: 600.0}}


@pytest.mark.parametrize(
    ("scan", "minutes"),
    [
        ({"ScanBy": "TimestampAscending"}, [0, 2]),
        ({"ScanBy": "TimestampDescending"}, [2, 0]),
        ({}, [2, 0]),
    ],
)
def test_the_order(account: Account, scan: dict[str, str], minutes: list[int]) -> None:
    page = account.cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "inv", **stat("Invocations", "Sum")}],
        StartTime=minute(0),
        EndTime=minute(3),
        **scan,
    )
    assert page["MetricDataResults"][0]["Timestamps"] == [minute(number) for number in minutes]


def test_pages(account: Account) -> None:
    queries = [
        {"Id": "none", **stat("Unknown", "Sum")},
        {"Id": "inv", **stat("Invocations", "Sum")},
        {"Id": "p95", **stat("ModelLatency", "p95")},
    ]
    pages = account.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=minute(0),
        EndTime=minute(3),
        MaxDatapoints=3,
    )
    shown = [
        [(r["Id"], r["Values"], r["StatusCode"]) for r in page["MetricDataResults"]]
        for page in pages
    ]
    assert shown == [
        [
            ("none", [], "Complete"),
            ("inv", [600.0, 600.0], "Complete"),
            ("p95", [400_000.0], "PartialData"),
        ],
        [("none", [], "Complete"), ("inv", [], "Complete"), ("p95", [5000.0], "Complete")],
    ]


@pytest.mark.parametrize(
    ("queries", "labels"),
    [
        (
            [stat("Invocations", "Sum"), stat("ModelLatency", "Sum")],
            ["Invocations", "ModelLatency"],
        ),
        ([stat("A", "Sum"), stat("A", "p95")], ["A Sum", "A p95"]),
        ([stat("A", "Sum"), stat("A", "Sum", 300)], ["A 60", "A 300"]),
        ([stat("A", "Sum"), stat("A", "Minimum", 300)], ["A Sum 60", "A Minimum 300"]),
        ([{**stat("A", "Sum"), "Label": "all"}, stat("A", "p95")], ["all", "A p95"]),
        ([stat("A", "Sum"), {"Expression": "q0 * 2"}], ["A", "q1"]),
        ([stat("A", "Sum"), {"Expression": "q0 * 2", "Label": "twice"}], ["A", "twice"]),
    ],
)
def test_labels(account: Account, queries: list[dict[str, Any]], labels: list[str]) -> None:
    page = read(account, *({"Id": f"q{n}", **query} for n, query in enumerate(queries)))
    assert [result["Label"] for result in page["MetricDataResults"]] == labels


def test_a_metric_in_several_units_is_told(account: Account) -> None:
    account.put_data(Value=2.0, Unit="Seconds")
    account.put_data(Value=500.0, Unit="Milliseconds")
    name = "Invocation5XXErrors"
    page = read(account, {"Id": "all", **stat(name, "Maximum")}, EndTime=minute(1))
    assert page["MetricDataResults"][0]["Messages"] == [
        {
            "Code": "MultipleUnits",
            "Value": "Multiple units returned: '[Milliseconds, None, Seconds]'",
        }
    ]
    seconds = {"Id": "s", **stat(name, "Maximum", Unit="Seconds")}
    page = read(account, seconds, EndTime=minute(1))
    assert "Messages" not in page["MetricDataResults"][0]
    assert page["MetricDataResults"][0]["Values"] == [2.0]


SUM = {"Id": "inv", **stat("Invocations", "Sum")}


@pytest.mark.parametrize(
    ("queries", "params", "message"),
    [
        (
            [SUM],
            {"EndTime": minute(-1)},
            "ValidationError: The parameter EndTime must be greater than StartTime.",
        ),
        (
            [SUM],
            {"EndTime": minute(0)},
            "ValidationError: The parameter StartTime must not equal parameter EndTime.",
        ),
        ([SUM], {"NextToken": "x"}, "InvalidNextToken: The NextToken is invalid."),
        ([SUM], {"NextToken": "9"}, "InvalidNextToken: The NextToken is invalid."),
        (
            [SUM],
            {"LabelOptions": {"Timezone": "+0100"}},
            (
                "ValidationError: GetMetricData with LabelOptions is not modelled yet by the"
                " simulator."
            ),
        ),
        (
            [{**SUM, "Label": "${MAX}"}],
            {},
            "ValidationError: A dynamic Label (${MAX}) is not modelled yet by the simulator.",
        ),
        (
            [SUM],
            {"EndTime": minute(100_801)},
            (
                "ValidationError: GetMetricData of 100801 periods of one metric is not modelled yet"
                " by the simulator."
            ),
        ),
        (
            [SUM, SUM],
            {},
            (
                "ValidationError: The value inv for parameter Id is invalid: it must begin with a"
                " lower-case letter, have only letters, digits and underscores, and stand there"
                " once."
            ),
        ),
        (
            [SUM, {"Id": "e", "Expression": "METRICS()"}],
            {},
            (
                "ValidationError: Error in expression 'e' [The result must be a single time series,"
                " and is TS[]]"
            ),
        ),
        (
            [{"Id": "e", "Expression": "SELECT AVG(x) FROM y", "Period": 60}],
            {},
            (
                "ValidationError: Error in expression 'e' [A Metrics Insights query (SELECT) is not"
                " modelled yet by the simulator]"
            ),
        ),
        (
            [{"Id": "q", "Label": "nothing"}],
            {},
            "ValidationError: The parameter MetricDataQueries.member.1.MetricStat is required.\n",
        ),
        (
            [SUM, {"Id": "q", **stat("A", "Sum", Period=90)}],
            {},
            (
                "ValidationError: The parameter MetricDataQueries.member.2.MetricStat.Period must"
                " be a value in the set [ 1, 5, 10, 20, 30 ] or multiple of 60."
            ),
        ),
        (
            [SUM],
            {"EndTime": minute(0) + timedelta(milliseconds=900)},
            "ValidationError: The parameter StartTime must not equal parameter EndTime.",
        ),
        (
            [{"Id": "q", **stat("A", "Median")}],
            {},
            "ValidationError: The value Median for parameter Stat is not supported.",
        ),
        (
            [{"Id": "q", **stat("A", "Sum"), "Period": 300}],
            {},
            (
                "ValidationError: q: a Period beside that of its MetricStat is not modelled yet by"
                " the simulator."
            ),
        ),
        (
            [{"Id": f"q{n}", **stat("A", "Sum")} for n in range(501)],
            {},
            "ValidationError: MetricDataQueries must have at most 500 items.",
        ),
    ],
)
def test_queries_that_are_refused(
    account: Account, queries: list[dict[str, Any]], params: dict[str, Any], message: str
) -> None:
    assert account.refusal(lambda: read(account, *queries, **params)) == message


def statistics(account: Account, name: str, **params: Any) -> list[dict[str, Any]]:
    body = {
        "Namespace": "AWS/SageMaker",
        "MetricName": name,
        "Dimensions": named(MAIN),
        "StartTime": minute(0),
        "EndTime": minute(4),
        "Period": 120,
    }
    answer = account.cloudwatch.get_metric_statistics(**body, **params)
    assert answer["Label"] == name
    points: list[dict[str, Any]] = answer["Datapoints"]
    return points


def test_extended_statistics(account: Account) -> None:
    assert statistics(account, "ModelLatency", ExtendedStatistics=["p90", "p99"]) == [
        {
            "Timestamp": minute(0),
            "Unit": "Microseconds",
            "ExtendedStatistics": {"p90": 5000.0, "p99": 5000.0},
        },
        {
            "Timestamp": minute(2),
            "Unit": "Microseconds",
            "ExtendedStatistics": {"p90": 5000.0, "p99": 400_000.0},
        },
    ]


def test_sets_have_no_extended_statistics(account: Account) -> None:
    values = {"Sum": 10.0, "SampleCount": 20.0, "Minimum": 0.0, "Maximum": 1.0}
    account.put_data(StatisticValues=values, Timestamp=minute(0))
    single = {"Sum": 1.0, "SampleCount": 1.0, "Minimum": 1.0, "Maximum": 1.0}
    account.put_data(StatisticValues=single, Timestamp=minute(3))
    (point,) = statistics(account, "Invocation5XXErrors", ExtendedStatistics=["p50", "p100"])
    assert point == {
        "Timestamp": minute(2),
        "Unit": "None",
        "ExtendedStatistics": {"p50": 0.0, "p100": 1.0},
    }


def test_statistics_by_unit(account: Account) -> None:
    account.put_data(Value=2.0, Unit="Seconds")
    account.put_data(Value=500.0, Unit="Milliseconds")
    name = "Invocation5XXErrors"
    every = statistics(account, name, Statistics=["Sum"])
    assert [(point["Unit"], point["Sum"]) for point in every] == [
        ("Seconds", 2.0),
        ("Milliseconds", 500.0),
        ("None", 30.0),
    ]
    of_one = statistics(account, name, Statistics=["Sum"], Unit="Seconds")
    assert of_one == [{"Timestamp": minute(0), "Unit": "Seconds", "Sum": 2.0}]
    assert statistics(account, name, Statistics=["Sum"], Unit="Count") == []


def test_statistics_that_are_not_modelled(account: Account) -> None:
    wm = account.refusal(lambda: statistics(account, "ModelLatency", ExtendedStatistics=["wm98"]))
    assert wm == "ValidationError: The statistic wm98 is not modelled yet by the simulator."
    neither = account.refusal(lambda: statistics(account, "ModelLatency"))
    assert neither == (
        "InvalidParameterCombination: Must specify either Statistics or ExtendedStatistics"
    )


def test_many_samples_are_kept_as_one(account: Account) -> None:
    million: dict[str, Any] = {"Values": [5000.0, 400_000.0], "Counts": [900_000.0, 100_000.0]}
    account.put_data(**million, Timestamp=minute(0))
    account.put_data(**million, Timestamp=minute(0), Unit="None")
    point, _ = statistics(account, "Invocation5XXErrors", Statistics=["SampleCount", "Average"])
    assert (point["SampleCount"], point["Average"]) == (2_000_000.0, 44_500.0)
    series = running().series[("AWS/SageMaker", "Invocation5XXErrors", frozenset(MAIN.items()))]
    kept = series.over(minute(0), 1)
    assert kept
    assert len(cloudwatch_backends["123456789012"]["eu-central-1"].metric_data) == 3
    assert kept.samples == {5000.0: 1_800_000.0, 400_000.0: 200_000.0}


def test_a_metric_is_listed_once(account: Account) -> None:
    account.put_data(Value=1.0)
    account.put_data({"EndpointName": "churn"}, Value=1.0)
    listed = account.cloudwatch.list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    found = [(metric["MetricName"], len(metric["Dimensions"])) for metric in listed]
    assert found == [
        ("ModelLatency", 2),
        ("Invocations", 2),
        ("Invocation5XXErrors", 2),
        ("Invocation5XXErrors", 1),
    ]


def test_recently_active_metrics_are_those_of_the_last_three_hours(account: Account) -> None:
    account.put_data({"EndpointName": "old"}, Value=1.0, Timestamp=START - timedelta(hours=4))
    listed = account.cloudwatch.list_metrics
    assert len(listed(Namespace="AWS/SageMaker")["Metrics"]) == 4
    assert len(listed(Namespace="AWS/SageMaker", RecentlyActive="PT3H")["Metrics"]) == 3


def test_metrics_are_listed_in_pages_of_500(account: Account) -> None:
    account.put_data(Value=1.0)
    for first in range(0, 600, 200):
        data = [{"MetricName": f"m{n}", "Value": 1.0} for n in range(first, first + 200)]
        account.cloudwatch.put_metric_data(Namespace="Many", MetricData=data)
    page = account.cloudwatch.list_metrics(Namespace="Many")
    rest = account.cloudwatch.list_metrics(Namespace="Many", NextToken=page["NextToken"])
    assert (len(page["Metrics"]), len(rest["Metrics"])) == (500, 100)
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"NextToken": "x"},
            "InvalidParameterValue: Request parameter NextToken is invalid",
        ),
        (
            {"RecentlyActive": "PT4H"},
            (
                "InvalidParameterValue: The parameter RecentlyActive must be a value in the set"
                " [ PT3H ]."
            ),
        ),
        (
            {"IncludeLinkedAccounts": True},
            (
                "ValidationError: ListMetrics with IncludeLinkedAccounts is not modelled yet by the"
                " simulator."
            ),
        ),
    ],
)
def test_lists_that_are_refused(account: Account, params: dict[str, Any], message: str) -> None:
    assert account.refusal(lambda: account.cloudwatch.list_metrics(**params)) == message


def test_buckets_have_the_metrics_that_are_listed(account: Account) -> None:
    s3 = account.aws.client("s3")
    where = {"LocationConstraint": account.aws.world.region}
    s3.create_bucket(Bucket="reports", CreateBucketConfiguration=where)
    s3.put_object(Bucket="reports", Key="one", Body=b"1234")
    those = [{"Name": "BucketName", "Value": "reports"}]
    metrics = account.cloudwatch.list_metrics(Namespace="AWS/S3", Dimensions=those)["Metrics"]
    assert len(metrics) == 2
    for metric in metrics:
        points = account.cloudwatch.get_metric_statistics(
            **metric,
            StartTime=START - timedelta(days=2),
            EndTime=START + timedelta(minutes=5),
            Period=86400,
            Statistics=["Average"],
        )["Datapoints"]
        (point,) = points
        assert point["Average"] == 1 or metric["MetricName"] == "BucketSizeBytes"
        assert point["Average"] > 0


@pytest.mark.parametrize(
    ("datum", "message"),
    [
        (
            {"Value": 1.0, "Unit": "Hours"},
            (
                "InvalidParameterValue: The parameter MetricData.member.1.Unit must be a value in"
                " the set [ Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes,"
                " Gigabytes, Terabytes, Bits, Kilobits, Megabits, Gigabits, Terabits, Percent,"
                " Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, Gigabytes/Second,"
                " Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second,"
                " Gigabits/Second, Terabits/Second, Count/Second, None ]."
            ),
        ),
        ({}, "MissingParameter: The parameter MetricData.member.1.Value is required."),
        (
            {"Value": 2.0**361},
            (
                f"InvalidParameterValue: The value {2.0**361} for parameter"
                " MetricData.member.1.Value is invalid."
            ),
        ),
        (
            {"Value": float("inf")},
            (
                "InvalidParameterValue: The value inf for parameter MetricData.member.1.Value is"
                " invalid."
            ),
        ),
        (
            {"Value": float("nan")},
            (
                "InvalidParameterValue: The value NaN for parameter MetricData.member.1.Value is"
                " invalid."
            ),
        ),
        (
            {"Values": [1.0], "Counts": [1.0, 2.0]},
            (
                "InvalidParameterValue: The parameters MetricData.member.1.Values and"
                " MetricData.member.1.Counts must be of the same size."
            ),
        ),
        (
            {"Values": [1.0], "Value": 1.0},
            (
                "InvalidParameterValue: The parameters MetricData.member.1.Value and"
                " MetricData.member.1.Values are mutually exclusive and you have specified both."
            ),
        ),
    ],
)
def test_data_that_is_refused(account: Account, datum: dict[str, Any], message: str) -> None:
    assert account.refusal(lambda: account.put_data(**datum)) == message


def test_entities_are_not_modelled(account: Account) -> None:
    entity = {"Entity": {"KeyAttributes": {"Type": "Service", "Name": "churn"}}}
    put = account.cloudwatch.put_metric_data
    assert account.refusal(lambda: put(Namespace="N", EntityMetricData=[entity])) == (
        "ValidationError: PutMetricData with EntityMetricData is not modelled yet by the simulator."
    )
