"""What the check says of alarms and bakes, against what happens on a green fleet that fails."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from bluegreen.aws.situation.situations import Situations
from bluegreen.check.forecast import Forecast
from bluegreen.check.report import check_situation
from bluegreen.check.rules.bakes import bakes_of
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import ROLLING, CapacitySize, Policy
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from sagemaker_account import Account, running_account

FAILING = {"SIMULATED_ERROR_RATE": "1", "SIMULATED_LATENCY_MS": "50000"}
REQUESTS_PER_SECOND = 5
FIRST_TRAFFIC_SECONDS = 900


@dataclass(frozen=True)
class Pair:
    """An alarm and a policy, and at which second of a minute the update begins."""

    policy: Policy
    alarm: dict[str, Any]
    instances: int
    second: int

    def __str__(self) -> str:
        """A name for the test."""
        alarm, policy = self.alarm, self.policy
        statistic = alarm.get("Statistic", alarm.get("ExtendedStatistic"))
        return (
            f"{policy.mode}-{policy.wait_seconds}-{policy.termination_wait_seconds}-{statistic}-"
            f"{alarm['MetricName']}-{alarm['Threshold']:g}-{alarm['DatapointsToAlarm']}of"
            f"{alarm['EvaluationPeriods']}x{alarm['Period']}-{len(alarm['Dimensions'])}"
        )


def pairs(number: int) -> list[Pair]:
    """Pairs by chance, the same ones each time."""
    chance = random.Random(20)  # noqa: S311 - not for secrets
    return [pair(chance) for _ in range(number)]


def pair(chance: random.Random) -> Pair:
    return Pair(policy(chance), alarm(chance), chance.choice((3, 4, 10)), chance.randrange(60))


def policy(chance: random.Random) -> Policy:
    mode = chance.choice(("ALL_AT_ONCE", "CANARY", "CANARY", "LINEAR", ROLLING))
    wait = chance.choice((45, 90, 150, 240, 300, 600, 900))
    size = None if mode == "ALL_AT_ONCE" else CapacitySize("CAPACITY_PERCENT", 33)
    termination = 0 if mode == ROLLING else chance.choice((45, 120, 300, 600))
    return Policy(
        mode, 0 if size is None else wait, termination, size, maximum_seconds=28800, alarms=("a",)
    )


def alarm(chance: random.Random) -> dict[str, Any]:
    metric, statistic, thresholds = chance.choice(
        (
            ("Invocation5XXErrors", "Average", (0.02, 0.2, 0.3, 0.5, 0.95, 1.0)),
            ("Invocation5XXErrors", "Sum", (10.0, 400.0, 1000.0)),
            ("Invocation5XXErrors", "Minimum", (0.5,)),
            ("Invocation5XXErrors", "p90", (0.5,)),
            ("Invocation5XXErrors", "p50", (0.5,)),
            ("ModelLatency", "Average", (1e5, 2e7, 4.5e7, 7e7)),
            ("ModelLatency", "Maximum", (1e5, 7e7)),
        )
    )
    evaluated = chance.choice((1, 1, 2, 3, 5))
    dimensions = {"EndpointName": "churn-api", "VariantName": "main"}
    if chance.random() < 0.4:
        dimensions["EndpointConfigName"] = "failing"
    return {
        "AlarmName": "a",
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "ExtendedStatistic" if statistic.startswith("p") else "Statistic": statistic,
        "Threshold": chance.choice(thresholds),
        "ComparisonOperator": chance.choice(
            ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
        ),
        "Period": chance.choice((60, 60, 60, 120, 300, 600)),
        "EvaluationPeriods": evaluated,
        "DatapointsToAlarm": chance.choice((evaluated, max(1, evaluated - 1))),
        "TreatMissingData": chance.choice(("notBreaching", "ignore", "missing")),
        "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
    }


def prepared(account: Account, pair: Pair) -> Forecast:
    """The pair on a busy endpoint, and what the check makes of it."""
    account.make_config("failing", FAILING, InitialInstanceCount=pair.instances)
    account.cloudwatch.put_metric_alarm(**pair.alarm)
    add_traffic("churn-api", REQUESTS_PER_SECOND)
    account.sleep_until(FIRST_TRAFFIC_SECONDS + pair.second)
    request = Request("churn-api", "failing", pair.policy, retain_all_variant_properties=False)
    situations = Situations(
        clock=account.world.clock, sagemaker=account.sagemaker, cloudwatch=account.cloudwatch
    )
    situation = situations.of(request)
    forecast = check_situation(request, situation).forecast
    assert forecast is not None
    return forecast


def bakes_that_were(account: Account, forecast: Forecast) -> tuple[list[int], int | None]:
    """Green's share in each bake that ended without ALARM, and in the one that did not."""
    config: Any = forecast.policy.to_json()
    account.sagemaker.update_endpoint(
        EndpointName="churn-api", EndpointConfigName="failing", DeploymentConfig=config
    )
    began = account.world.clock.now()
    account.world.clock.sleep(forecast.schedule.seconds + 60)
    alarms = account.world.journal.of_kind("alarm")
    tripped_at = min(
        (e.at for e in alarms if e.at > began and e.data["new"] == "ALARM"), default=None
    )
    stages = [
        entry.data
        for entry in account.world.journal.of_kind("endpoint")
        if entry.at >= began and (tripped_at is None or entry.at < tripped_at)
    ]
    bakes = [stage["traffic_percent"] for stage in stages if stage["stage"] == "BAKING"]
    in_bake = tripped_at is not None and stages[-1]["stage"] == "BAKING"
    return (bakes[:-1], bakes[-1]) if in_bake else (bakes, None)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id=f"{number}-{pair}", marks=[pytest.mark.slow] if number % 2 else [])
        for number, pair in enumerate(pairs(80))
    ],
)
def test_an_alarm_that_cannot_trip_in_a_bake_does_not_and_any_other_does(pair: Pair) -> None:
    with running_account() as account:
        forecast = prepared(account, pair)
        possible = {bake.traffic_percent: bake for bake in bakes_of("a", forecast)}
        passed, tripped = bakes_that_were(account, forecast)
    if tripped is not None:
        assert tripped in possible, "the check said that it could not trip"
    latest = forecast.timings["a"].latest
    for share in passed:
        surely = share in possible and latest and latest < possible[share].ends_after
        assert not surely, f"the check said that it would trip by {latest} s"


def test_the_pairs_are_of_both_kinds() -> None:
    outcomes = []
    for one in pairs(12):
        with running_account() as account:
            forecast = prepared(account, one)
            possible = bakes_of("a", forecast)
            outcomes.append(len(possible) / len(forecast.schedule.bakes))
    assert 0 < sum(outcomes) < len(outcomes)
    assert min(outcomes) == 0
    assert max(outcomes) == 1
