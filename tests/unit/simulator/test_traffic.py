"""What a scenario's traffic publishes, with fakes for the endpoint's fleets and for CloudWatch."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bluegreen_simulator import traffic
from bluegreen_simulator.alarms.statistics import Statistics
from bluegreen_simulator.clock import VirtualClock
from bluegreen_simulator.fleet.traffic import Fleet
from bluegreen_simulator.world import World

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TWO = ("EndpointName", "VariantName")
THREE = (*TWO, "EndpointConfigName")


def blue(share: float, error_rate: float = 0.0) -> Fleet:
    return Fleet("churn-blue", "main", share, error_rate, 5.0)


def green(share: float, error_rate: float = 0.0, latency_ms: float = 5.0) -> Fleet:
    return Fleet("churn-green", "main", share, error_rate, latency_ms)


class Endpoint:
    """In place of SageMaker and CloudWatch: settable fleets, and what was published."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fleets = [blue(1.0)]
        self.callbacks: list[Callable[[str], None]] = []
        self.published: list[tuple[datetime, str, str, tuple[str, ...], Statistics]] = []

    def shift(self, *fleets: Fleet) -> None:
        self.fleets = list(fleets)
        for callback in self.callbacks:
            callback("churn")

    def publish(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        at: datetime,
        statistics: Statistics,
    ) -> None:
        assert (namespace, dimensions["EndpointName"]) == ("AWS/SageMaker", "churn")
        assert dimensions["VariantName"] == "main"
        config = dimensions.get("EndpointConfigName", "")
        self.published.append((at, name, config, tuple(dimensions), statistics))

    def pass_minutes(self, minutes: int) -> None:
        """So many full minutes, the last one's end included."""
        self.world.clock.sleep(60 * minutes + 1)

    def of_config(self, name: str, config: str) -> list[Statistics]:
        return [s for _, n, c, _, s in self.published if (n, c) == (name, config)]

    def requests(self, config: str) -> list[float]:
        return [statistics.sum for statistics in self.of_config("Invocations", config)]

    def errors(self, config: str) -> list[float]:
        return [statistics.sum for statistics in self.of_config("Invocation5XXErrors", config)]


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    clock = VirtualClock(START)
    fake = Endpoint(World(clock))
    sagemaker = SimpleNamespace(
        fleets=lambda _: fake.fleets, on_traffic_change=fake.callbacks.append
    )
    monkeypatch.setattr(traffic, "sagemaker", sagemaker)
    monkeypatch.setattr(traffic, "cloudwatch", fake)
    with clock.running():
        yield fake


def test_a_minute_is_published_at_its_end_with_both_sets_of_dimensions(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(1.0, error_rate=0.01)]
    traffic.Traffic(endpoint.world, "churn", 10)
    endpoint.world.clock.sleep(59)
    assert endpoint.published == []
    endpoint.world.clock.sleep(2)
    invocations = Statistics(sum=600.0, count=600, minimum=1.0, maximum=1.0)
    errors = Statistics(sum=6.0, count=600, minimum=0.0, maximum=1.0)
    latency = Statistics(sum=3_000_000.0, count=600, minimum=5000.0, maximum=5000.0)
    assert endpoint.published == [
        (START, "Invocations", "", TWO, invocations),
        (START, "Invocations", "churn-blue", THREE, invocations),
        (START, "Invocation5XXErrors", "", TWO, errors),
        (START, "Invocation5XXErrors", "churn-blue", THREE, errors),
        (START, "ModelLatency", "", TWO, latency),
        (START, "ModelLatency", "churn-blue", THREE, latency),
    ]


def test_a_shift_within_a_minute_splits_it_by_time_and_share(endpoint: Endpoint) -> None:
    traffic.Traffic(endpoint.world, "churn", 10)
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
    traffic.Traffic(endpoint.world, "churn", 10)
    endpoint.world.clock.sleep(60)
    endpoint.shift(green(1.0))
    endpoint.world.clock.sleep(60)
    endpoint.shift()
    endpoint.world.clock.sleep(120)
    assert [(at.minute, config) for at, name, config, *_ in endpoint.published if config] == [
        *[(0, "churn-blue")] * 3,
        *[(1, "churn-green")] * 3,
    ]


def test_what_rounding_leaves_comes_in_a_later_minute(endpoint: Endpoint) -> None:
    endpoint.shift(blue(2 / 3), green(1 / 3, error_rate=0.3))
    traffic.Traffic(endpoint.world, "churn", 0.025)  # 1.5 a minute, of which green gets 0.5
    endpoint.pass_minutes(8)
    assert endpoint.requests("churn-blue") == [1.0] * 8
    assert endpoint.requests("churn-green") == [1.0] * 4
    assert endpoint.errors("churn-green") == [0.0, 1.0, 0.0, 0.0]
    assert endpoint.of_config("Invocation5XXErrors", "churn-green")[1] == Statistics.of(1.0)


def test_halves_are_rounded_up_though_no_float_is_exactly_seven_tenths(endpoint: Endpoint) -> None:
    endpoint.fleets = [blue(1.0, error_rate=0.7)]
    traffic.Traffic(endpoint.world, "churn", 5 / 60)
    endpoint.pass_minutes(2)
    assert endpoint.requests("churn-blue") == [5.0, 5.0]
    assert endpoint.errors("churn-blue") == [4.0, 3.0]


def test_thirds_add_up_for_ever(endpoint: Endpoint) -> None:
    endpoint.shift(blue(2 / 3), green(1 / 3, error_rate=0.05))
    traffic.Traffic(endpoint.world, "churn", 10)
    endpoint.pass_minutes(480)
    assert set(endpoint.requests("churn-blue")) == {400.0}
    assert set(endpoint.requests("churn-green")) == {200.0}
    assert set(endpoint.errors("churn-green")) == {10.0}
    assert len(endpoint.requests("churn-green")) == 480


def test_traffic_that_begins_within_a_minute(endpoint: Endpoint) -> None:
    endpoint.world.clock.sleep(45)
    traffic.Traffic(endpoint.world, "churn", 10)
    endpoint.world.clock.sleep(76)
    assert endpoint.requests("churn-blue") == [150.0, 600.0]
    assert [at.minute for at, name, *_ in endpoint.published if name == "Invocations"] == [
        *[0, 0],
        *[1, 1],
    ]


def test_another_endpoint_is_not_ours(endpoint: Endpoint) -> None:
    traffic.Traffic(endpoint.world, "churn", 10)
    endpoint.fleets = []
    endpoint.callbacks[0]("another")
    endpoint.pass_minutes(1)
    assert endpoint.requests("churn-blue") == [600.0]
