"""When the check says that a guardrail finds a bad green fleet, against when its alarm does.

Each pair of a policy and a guardrail is tried in the embedded AWS with steady traffic, on a green
fleet whose every request is bad at once.
"""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from bluegreen.check.alarm_timing import MOST_LAG_SECONDS, AlarmTiming
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Config, ConfigVariant, Situation, Traffic
from bluegreen.guardrails.alarm import queries_of
from bluegreen.guardrails.asked import LATENCY, SERVER_ERRORS
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.windows import (
    LATENCY_PERIODS,
    errors_period,
    latency_period,
    shortest_bake,
)
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.observation import Observation
from bluegreen_simulator.aws.cloudwatch.evaluator import EVALUATION_SECOND
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.rules.alarms.evaluation import NewestMinute
from heavy import sampled
from sagemaker_account import Account, running_account
from situations import all_at_once, canary, linear, percent

ENDPOINT, GREEN = "churn-api", "bad"
INSTANCES = 10
WARM_UP_SECONDS = 1800
LIMIT_MS = 300.0
MANY = 40
BEHAVIOR = {
    SERVER_ERRORS: {"SIMULATED_ERROR_RATE": "1"},
    LATENCY: {"SIMULATED_LATENCY_MS": "2000"},
}


@dataclass(frozen=True)
class Pair:
    """A policy and a guardrail, how many requests come, and when in its minute it begins."""

    policy: Policy
    guardrail: Guardrail
    per_minute: int
    second: int

    def __str__(self) -> str:
        """A name for the test."""
        guardrail, policy = self.guardrail, self.policy
        share = policy.size.value if policy.size else 100
        form = "config" if guardrail.by_config else f"{guardrail.expected:g}"
        return f"{guardrail.key}-{form}-{policy.mode}-{share}-{self.per_minute}-{self.second}"


def pairs(metric: str, number: int) -> list[Pair]:
    """Pairs by chance, the same ones each time."""
    chance = random.Random(f"{metric} 16")  # noqa: S311 - not for secrets
    return [pair(metric, chance) for _ in range(number)]


def pair(metric: str, chance: random.Random) -> Pair:
    share, wait = percent(chance.choice((10, 20, 30, 50))), chance.choice((300, 600, 900))
    policy = chance.choice(
        (canary(share, wait), canary(share, wait), linear(share, wait), all_at_once(wait))
    )
    bake = shortest_bake(policy)
    made = _errors(chance, bake) if metric == SERVER_ERRORS else _latency(bake)
    rate = chance.choice((1, 2, 3, 10, 30, 60, 120, 600, 3000))
    return Pair(policy, made, rate, chance.randrange(60))


def _errors(chance: random.Random, bake: int) -> Guardrail:
    blue = chance.choice((0.0, 0.005, 0.02))
    return Guardrail(
        alarm="guardrail",
        variant="main",
        metric=SERVER_ERRORS,
        key="5xx",
        limit=blue + 0.02,
        defect=0.2,
        period_seconds=errors_period(bake),
        expected=blue,
        by_config=chance.random() < 0.5,
    )


def _latency(bake: int) -> Guardrail:
    return Guardrail(
        alarm="guardrail",
        variant="main",
        metric=LATENCY,
        key="latency-p90",
        limit=0.1,
        defect=0.5,
        period_seconds=latency_period(bake),
        periods=LATENCY_PERIODS,
        percentile=90.0,
        limit_ms=LIMIT_MS,
    )


def predicted(pair: Pair) -> tuple[Forecast, AlarmTiming]:
    """What the check says of it."""
    config = Config(GREEN, (ConfigVariant("main", INSTANCES),))
    request = Request(ENDPOINT, GREEN, pair.policy, guardrails=(pair.guardrail,))
    situation = Situation(
        endpoint=Observation("InService", "blue"),
        live=Config("blue", config.variants),
        requested=config,
        traffic={"main": Traffic(float(pair.per_minute))},
    )
    forecast = Forecast(request, situation, config)
    return forecast, forecast.timing_of_guardrail(pair.guardrail)


def tripped_after(account: Account, pair: Pair, forecast: Forecast) -> float | None:
    """When its alarm went off, in seconds after UpdateEndpoint; None: not while it was deployed."""
    account.make_config("before", InitialInstanceCount=INSTANCES)
    account.make_config(GREEN, BEHAVIOR[pair.guardrail.metric], InitialInstanceCount=INSTANCES)
    account.sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="before")
    guardrail = pair.guardrail
    queries: Any = queries_of(guardrail, ENDPOINT, GREEN)
    account.cloudwatch.put_metric_alarm(
        AlarmName=guardrail.alarm,
        Metrics=queries,
        EvaluationPeriods=guardrail.periods,
        DatapointsToAlarm=guardrail.periods,
        Threshold=guardrail.limit,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    add_traffic(ENDPOINT, pair.per_minute / 60)
    account.sleep_until(WARM_UP_SECONDS + pair.second)
    config: Any = pair.policy.to_json()
    account.sagemaker.update_endpoint(
        EndpointName=ENDPOINT, EndpointConfigName=GREEN, DeploymentConfig=config
    )
    began = account.world.clock.now()
    account.world.clock.sleep(forecast.schedule.seconds)
    changes = (entry for entry in account.world.journal.of_kind("alarm") if entry.at > began)
    trips = (e.at for e in changes if e.data["new"] == "ALARM")
    first = next(trips, None)
    return None if first is None else (first - began).total_seconds()


def assert_holds(pair: Pair) -> None:
    """It trips no sooner than is said, and no later, as late as alarms are here.

    Of half of the pairs alarms do not see the minute that has just ended.
    """
    forecast, timing = predicted(pair)
    late = pair.second % 2 == 1
    reading = NewestMinute.LATE if late else NewestMinute.SEEN
    with running_account(newest_minute=reading) as account:
        after = tripped_after(account, pair, forecast)
    if after is not None:
        assert timing.earliest is not None
        assert timing.earliest <= after
    if timing.latest is not None and timing.latest < forecast.schedule.bakes[-1].ends_after:
        assert after is not None
        assert after <= timing.latest - MOST_LAG_SECONDS + EVALUATION_SECOND + 60 * late


@pytest.mark.parametrize("pair", sampled(pairs(SERVER_ERRORS, MANY), 2), ids=str)
def test_a_guardrail_of_errors_trips_when_it_is_said_to(pair: Pair) -> None:
    assert_holds(pair)


@pytest.mark.parametrize("pair", sampled(pairs(LATENCY, MANY), 2), ids=str)
def test_a_guardrail_of_latency_trips_when_it_is_said_to(pair: Pair) -> None:
    assert_holds(pair)


def test_the_pairs_are_of_both_kinds() -> None:
    """Some are said to trip in the first bake, and some not for sure at all."""
    made = [*pairs(SERVER_ERRORS, MANY), *pairs(LATENCY, MANY)]
    latest = [(timing.latest, forecast) for forecast, timing in map(predicted, made)]
    sure = [f for at, f in latest if at is not None and at < f.schedule.bakes[0].ends_after]
    assert min(len(sure), sum(at is None for at, _ in latest)) >= 5
