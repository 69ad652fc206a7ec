"""What requests publish, with fakes for the endpoint's fleets and for CloudWatch."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from math import isclose

import pytest

from bluegreen_simulator.aws.sagemaker.meters import Meters, add_traffic, begin
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.fleet.serving import Fleet
from bluegreen_simulator.rules.metrics.statistic_names import calculation
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.rules.traffic.metrics import Dimensions
from bluegreen_simulator.time.clock import VirtualClock

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TWO = {"EndpointName", "VariantName"}
THREE = TWO | {"EndpointConfigName"}
INVOCATION = "AWS/SageMaker"
HOST = "/aws/sagemaker/Endpoints"


def blue(share: float, error_rate: float = 0.0) -> Fleet:
    return Fleet("churn-blue", "main", share, error_rate, 5.0)


def green(share: float, error_rate: float = 0.0, latency_ms: float = 5.0) -> Fleet:
    return Fleet("churn-green", "main", share, error_rate, latency_ms)


class Endpoint:
    """In place of SageMaker and CloudWatch: settable fleets, and what was published."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fleets = [blue(1.0)]
        self.active = {("churn-blue", "main"): 4}
        self.published: list[tuple[datetime, str, str, str, set[str], Statistics]] = []
        self.meters = Meters(world.clock, lambda _: self.fleets, lambda _: self.active, self.keep)

    def shift(self, *fleets: Fleet) -> None:
        self.fleets = list(fleets)
        self.meters.fleets_changed("churn")

    def keep(
        self,
        namespace: str,
        name: str,
        dimensions: Dimensions,
        at: datetime,
        statistics: Statistics,
    ) -> None:
        those = dict(dimensions)
        assert (those["EndpointName"], those["VariantName"]) == ("churn", "main")
        config = those.get("EndpointConfigName", "")
        self.published.append((at, namespace, name, config, set(those), statistics))

    def traffic(self, requests_per_second: float) -> None:
        begin(self.meters)
        add_traffic("churn", requests_per_second)

    def ask(self) -> str:
        """Send a request that the model can read; which config answered it, and how."""
        fleet = self.meters.next_fleet("churn")
        assert fleet
        answer = self.meters.answer("churn", fleet)
        return fleet.config if answer.well else f"{fleet.config} fails"

    def pass_minutes(self, minutes: int) -> None:
        """So many full minutes, the last one's end included."""
        self.world.clock.sleep(60 * minutes + 1)

    def of_config(self, name: str, config: str) -> list[Statistics]:
        return [s for _, _, n, c, _, s in self.published if (n, c) == (name, config)]

    def sums(self, name: str, config: str) -> list[float]:
        return [statistics.sum for statistics in self.of_config(name, config)]

    def requests(self, config: str) -> list[float]:
        return self.sums("Invocations", config)

    def errors(self, config: str) -> list[float]:
        return self.sums("Invocation5XXErrors", config)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    clock = VirtualClock(START)
    with clock.running():
        yield Endpoint(World(clock))


def test_a_minute_is_published_at_its_end_with_both_sets_of_dimensions(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(1.0, error_rate=0.01)]
    endpoint.traffic(10)
    endpoint.world.clock.sleep(59)
    assert endpoint.published == []
    endpoint.world.clock.sleep(2)
    errors = Statistics(sum=6.0, count=600, minimum=0.0, maximum=1.0)
    of_requests = {
        "Invocations": Statistics(sum=600.0, count=600, minimum=1.0, maximum=1.0),
        "InvocationsPerInstance": Statistics(sum=150.0, count=600, minimum=0.25, maximum=0.25),
        "Invocation4XXErrors": Statistics(sum=0.0, count=600, minimum=0.0, maximum=0.0),
        "Invocation5XXErrors": errors,
        "InvocationModelErrors": errors,
        "ModelLatency": Statistics(sum=3_000_000.0, count=600, minimum=5000.0, maximum=5000.0),
        "OverheadLatency": Statistics(sum=1_200_000.0, count=600, minimum=2000.0, maximum=2000.0),
    }
    of_instances = {
        # 150 requests of 5 ms are 0.75 s of a minute.
        "CPUUtilization": Statistics(sum=5.0, count=4, minimum=1.25, maximum=1.25),
        "MemoryUtilization": Statistics(sum=80.0, count=4, minimum=20.0, maximum=20.0),
    }
    assert endpoint.published == [
        *(
            (START, INVOCATION, name, config, dimensions, statistics)
            for name, statistics in of_requests.items()
            for config, dimensions in (("", TWO), ("churn-blue", THREE))
        ),
        *((START, HOST, name, "", TWO, statistics) for name, statistics in of_instances.items()),
    ]


def test_a_shift_within_a_minute_splits_it_by_time_and_share(endpoint: Endpoint) -> None:
    endpoint.traffic(10)
    endpoint.world.clock.sleep(20)
    endpoint.shift(blue(0.75), green(0.25, error_rate=0.1, latency_ms=400.0))
    endpoint.world.clock.sleep(101)
    # 20 s all blue, 40 s in which green has a quarter of 10 a second.
    assert endpoint.requests("churn-blue") == [500.0, 450.0]
    assert endpoint.requests("churn-green") == [100.0, 150.0]
    assert endpoint.errors("churn-green") == [10.0, 15.0]
    assert endpoint.errors("churn-blue") == [0.0, 0.0]
    assert endpoint.of_config("ModelLatency", "churn-green")[0] == Statistics(
        sum=40_000_000.0, count=100, minimum=400_000.0, maximum=400_000.0
    )
    assert endpoint.requests("") == [500.0, 100.0, 450.0, 150.0]


def test_a_fleet_without_traffic_publishes_nothing(endpoint: Endpoint) -> None:
    endpoint.traffic(10)
    endpoint.world.clock.sleep(60)
    endpoint.shift(green(1.0))
    endpoint.world.clock.sleep(60)
    endpoint.shift()
    endpoint.world.clock.sleep(120)
    assert [(at.minute, config) for at, _, _, config, *_ in endpoint.published if config] == [
        *[(0, "churn-blue")] * 7,
        *[(1, "churn-green")] * 7,
    ]


def test_what_rounding_leaves_comes_in_a_later_minute(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(2 / 3), green(1 / 3, error_rate=0.3)]
    endpoint.traffic(0.025)  # 1.5 a minute, of which green gets 0.5
    endpoint.pass_minutes(8)
    assert endpoint.requests("churn-blue") == [1.0] * 8
    assert endpoint.requests("churn-green") == [1.0] * 4
    assert endpoint.errors("churn-green") == [0.0, 1.0, 0.0, 0.0]
    assert endpoint.of_config("Invocation5XXErrors", "churn-green")[1] == Statistics.of(1.0)


def test_halves_are_rounded_up_though_no_float_is_exactly_seven_tenths(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(1.0, error_rate=0.7)]
    endpoint.traffic(5 / 60)
    endpoint.pass_minutes(2)
    assert endpoint.requests("churn-blue") == [5.0, 5.0]
    assert endpoint.errors("churn-blue") == [4.0, 3.0]


def test_thirds_add_up_for_ever(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(2 / 3), green(1 / 3, error_rate=0.05)]
    endpoint.traffic(10)
    endpoint.pass_minutes(480)
    assert set(endpoint.requests("churn-blue")) == {400.0}
    assert set(endpoint.requests("churn-green")) == {200.0}
    assert set(endpoint.errors("churn-green")) == {10.0}
    assert len(endpoint.requests("churn-green")) == 480


def test_traffic_that_begins_within_a_minute(endpoint: Endpoint) -> None:
    endpoint.world.clock.sleep(45)
    endpoint.traffic(10)
    endpoint.world.clock.sleep(76)
    assert endpoint.requests("churn-blue") == [150.0, 600.0]
    minutes = [at.minute for at, _, name, *_ in endpoint.published if name == "Invocations"]
    assert minutes == [0, 0, 1, 1]


def test_traffic_that_begins_beside_other_traffic(endpoint: Endpoint) -> None:
    endpoint.traffic(10)
    endpoint.world.clock.sleep(30)
    endpoint.traffic(2)
    endpoint.pass_minutes(1)
    assert endpoint.requests("churn-blue") == [660.0]


def test_another_endpoint_is_not_ours(endpoint: Endpoint) -> None:
    endpoint.traffic(10)
    endpoint.fleets = []
    endpoint.meters.fleets_changed("another")
    endpoint.pass_minutes(1)
    assert endpoint.requests("churn-blue") == [600.0]


def test_requests_and_traffic_are_in_the_same_metrics(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(2 / 3), green(1 / 3, error_rate=0.5)]
    endpoint.traffic(1)
    for _ in range(12):
        endpoint.ask()
    endpoint.pass_minutes(1)
    assert endpoint.requests("churn-blue") == [40.0 + 8]
    assert endpoint.requests("churn-green") == [20.0 + 4]
    assert endpoint.errors("churn-green") == [10.0 + 2]


def test_two_thirds_and_one_third_are_answered_in_turn(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(2 / 3), green(1 / 3)]
    colors = [endpoint.ask().removeprefix("churn-") for _ in range(9)]
    assert colors == ["blue", "green", "blue"] * 3


def test_shares_hold_from_the_moment_of_a_shift(endpoint: Endpoint) -> None:
    endpoint.ask()
    endpoint.shift(blue(0.5), green(0.5))
    assert [endpoint.ask() for _ in range(4)] == ["churn-blue", "churn-green"] * 2
    endpoint.shift(green(1.0))
    assert [endpoint.ask() for _ in range(3)] == ["churn-green"] * 3


def test_requests_fail_by_the_rate_of_their_model(endpoint: Endpoint) -> None:
    endpoint.fleets = [green(1.0, error_rate=0.25)]
    answers = [endpoint.ask() for _ in range(8)]
    assert answers == [
        *["churn-green", "churn-green fails", "churn-green", "churn-green"] * 2,
    ]
    endpoint.pass_minutes(1)
    assert endpoint.of_config("Invocation5XXErrors", "churn-green") == [
        Statistics(sum=2.0, count=8, minimum=0.0, maximum=1.0)
    ]


def test_a_request_that_cannot_be_read_is_a_4xx_and_no_5xx(endpoint: Endpoint) -> None:
    failing = green(1.0, error_rate=1.0)
    endpoint.fleets = [failing]
    endpoint.meters.refuse("churn", failing)
    assert endpoint.ask() == "churn-green fails"
    endpoint.pass_minutes(1)
    assert endpoint.requests("churn-green") == [2.0]
    assert endpoint.sums("Invocation4XXErrors", "churn-green") == [1.0]
    assert endpoint.errors("churn-green") == [1.0]
    assert endpoint.sums("InvocationModelErrors", "churn-green") == [2.0]


def test_a_request_at_a_full_minute_belongs_to_the_next_one(endpoint: Endpoint) -> None:
    endpoint.world.clock.sleep(30)
    endpoint.world.clock.call_later(30, endpoint.ask, "before the timer of the minute's end")
    endpoint.ask()
    endpoint.pass_minutes(2)
    minutes = [at.minute for at, _, name, *_ in endpoint.published if name == "Invocations"]
    assert minutes == [0, 0, 1, 1]
    assert endpoint.requests("churn-blue") == [1.0, 1.0]


def test_time_without_requests_publishes_nothing_and_sets_no_timer(endpoint: Endpoint) -> None:
    endpoint.ask()
    endpoint.pass_minutes(1)
    already = len(endpoint.published)
    assert endpoint.world.clock._next_moment() is None
    endpoint.pass_minutes(5)
    assert len(endpoint.published) == already
    endpoint.ask()
    endpoint.pass_minutes(1)
    assert [at.minute for at, *_ in endpoint.published[already:]] == [6] * already


def test_an_instance_of_the_variant_gets_its_part_of_blue_and_green(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(2 / 3), green(1 / 3)]
    endpoint.active = {("churn-blue", "main"): 2, ("churn-green", "main"): 1, ("x", "other"): 7}
    endpoint.traffic(1)
    endpoint.pass_minutes(1)
    assert isclose(sum(endpoint.sums("InvocationsPerInstance", "")), 20.0)
    assert [s.count for s in endpoint.of_config("CPUUtilization", "")] == [2, 1]


def test_each_request_is_divided_by_the_instances_of_its_own_time(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(1.0)]
    endpoint.active = {("churn-blue", "main"): 3}
    endpoint.traffic(1)
    endpoint.world.clock.sleep(40)
    endpoint.ask()
    endpoint.fleets = [blue(3 / 4), green(1 / 4)]
    endpoint.active = {("churn-blue", "main"): 3, ("churn-green", "main"): 1}
    endpoint.meters.fleets_changed("churn")
    endpoint.ask()
    endpoint.world.clock.sleep(21)
    both = endpoint.of_config("InvocationsPerInstance", "")
    assert isclose(sum(statistics.sum for statistics in both), 41 / 3 + 21 / 4)
    assert sum(statistics.count for statistics in both) == 62
    assert {(s.minimum, s.maximum) for s in both} == {(1 / 4, 1 / 3), (1 / 4, 1 / 4)}


def test_counts_that_change_alone_begin_no_new_turns(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(0.5), green(0.5)]
    first = endpoint.ask()
    endpoint.active = {("churn-blue", "main"): 9}
    endpoint.meters.fleets_changed("churn")
    assert endpoint.ask() != first


def test_overhead_has_no_percentiles(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(1.0)]
    endpoint.traffic(1)
    endpoint.pass_minutes(2)
    overhead = reduce(Statistics.merged, endpoint.of_config("OverheadLatency", ""))
    latency = reduce(Statistics.merged, endpoint.of_config("ModelLatency", ""))
    p90, average = calculation("p90"), calculation("Average")
    assert (p90(overhead), average(overhead)) == (None, 2000.0)
    assert p90(latency) == 5000.0


def test_an_endpoint_without_instances_publishes_none_per_instance(endpoint: Endpoint) -> None:
    endpoint.active = {}
    endpoint.traffic(1)
    endpoint.pass_minutes(1)
    names = {name for _, _, name, *_ in endpoint.published}
    assert names.isdisjoint({"InvocationsPerInstance", "CPUUtilization", "MemoryUtilization"})
    assert endpoint.requests("churn-blue") == [60.0]


def test_a_model_computes_on_one_core_at_most(endpoint: Endpoint) -> None:
    endpoint.fleets = [green(1.0, latency_ms=60_000)]
    endpoint.active = {("churn-green", "main"): 2}
    endpoint.traffic(10)
    endpoint.pass_minutes(1)
    assert endpoint.of_config("CPUUtilization", "") == [Statistics.of(100.0, 2)]
