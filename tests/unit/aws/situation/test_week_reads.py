"""What CloudWatch may answer when it is asked for a week."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.aws.reads import NO_TIME, Unreadable
from bluegreen.aws.situation.week_reads import weeks
from bluegreen.check.guardrails import Wanted
from bluegreen.guardrails.blue import Week
from builders import at

ENDPOINT = {"EndpointName": "churn", "EndpointConfigName": "blue"}
WANTED = Wanted(("main", "second"), (90.0, 99.5), 120)


def client(*pages: Sequence[Mapping[str, Any]], asked: list[Any] | None = None) -> Any:
    """CloudWatch with these pages, each a list of `MetricDataResult`."""

    def paginate(**members: Any) -> Any:
        if asked is not None:
            asked.append(members)
        return [{"MetricDataResults": page} for page in pages]

    return SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))


def result(id_: str, values: Mapping[float, float], status: str = "Complete") -> dict[str, Any]:
    """Values by how many minutes ago they were; `at(0)` is now."""
    return {
        "Id": id_,
        "StatusCode": status,
        "Timestamps": [at(-60 * ago) for ago in values],
        "Values": list(values.values()),
    }


def read(client: Any, go_on: Callable[[], None] = lambda: None) -> dict[str, Week]:
    return weeks(client, ENDPOINT, WANTED, at(30), go_on)


def test_one_call_asks_for_all_of_it() -> None:
    asked: list[Any] = []
    read(client(asked=asked))
    (call,) = asked
    assert call["EndTime"] == at(-180)
    assert call["EndTime"] - call["StartTime"] == timedelta(days=7)
    stats = [query["MetricStat"] for query in call["MetricDataQueries"]]
    of_first = [
        (s["Metric"]["MetricName"], s["Stat"], s["Period"], len(s["Metric"]["Dimensions"]))
        for s in stats[: len(stats) // 2]
    ]
    assert of_first == [
        ("Invocations", "Sum", 60, 2),
        ("Invocation5XXErrors", "Sum", 60, 2),
        ("Invocation4XXErrors", "Sum", 60, 2),
        ("ModelLatency", "p90", 120, 2),
        ("ModelLatency", "p99.5", 120, 2),
        ("Invocation5XXErrors", "Sum", 86_400, 3),
        ("Invocation4XXErrors", "Sum", 86_400, 3),
    ]
    assert {"Name": "EndpointConfigName", "Value": "blue"} in stats[5]["Metric"]["Dimensions"]


def test_what_comes_in_parts_is_put_together() -> None:
    first = [result("w0", {4: 5}, "PartialData"), result("w3", {4: 80_000}, "PartialData")]
    found = read(client(first, [result("w0", {6: 3}), result("w3", {6: 70_000})]))
    assert list(found["main"].requests) == [3, 0, 5]
    assert found["main"].latency_ms == {90: [70, 80], 99.5: []}
    assert found["second"] == Week([], [], [], {90: [], 99.5: []})


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_data_that_may_be_missing_are_not_known(status: str) -> None:
    with pytest.raises(Unreadable, match=f"CloudWatch answered {status}"):
        read(client([result("w0", {5: 1})], [result("w1", {5: 1}, status)]))


def test_it_ends_when_the_time_is_over() -> None:
    def go_on() -> None:
        raise Unreadable(NO_TIME)

    with pytest.raises(Unreadable, match="the check ran out of time"):
        read(client([result("w0", {5: 1})], [result("w0", {6: 1})]), go_on)
