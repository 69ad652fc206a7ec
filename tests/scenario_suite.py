"""The matrix of scenarios: every strategy with every outcome and fault that makes sense.

What is expected is worked out here from the policy, the documented sequence of SageMaker and
CloudWatch's published rule of M out of N, without the code that is tested: a plan is a list of
(stage, share, seconds), and an alarm trips where the shares of that plan make it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bluegreen_simulator.inputs.scenario import Scenario
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FaultPlan,
    Window,
)

SHIFT, DELETION, TRAFFIC_RETURN = 20, 30, 10
"""Seconds; docs/fidelity.md has them as assumed."""

PROVISIONING: Final = 300
EVALUATION_SECOND: Final = 5
ERROR_RATE, ERROR_THRESHOLD = 0.5, 0.05
SLOW_MS, FAST_MS, LATENCY_THRESHOLD_MS = 400, 5, 50

Stage = tuple[str, int, int]
"""A stage, green's share in percent, its seconds."""


def _alarm(name: str, metric: str, threshold: float) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "Dimensions": {"EndpointName": "churn", "VariantName": "main"},
        "Statistic": "Average",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "TreatMissingData": "notBreaching",
    }


ALARMS: Final = (
    _alarm("churn-5xx", "Invocation5XXErrors", ERROR_THRESHOLD),
    _alarm("churn-latency", "ModelLatency", LATENCY_THRESHOLD_MS * 1000),
)


@dataclass(frozen=True)
class Strategy:
    """A policy on a fleet; `counts` are green's instances with traffic after each step."""

    name: str
    fleet: int
    counts: Sequence[int]
    wait: int
    termination: int
    policy: dict[str, Any]
    rolling: bool = False

    def request(self, maximum: int) -> dict[str, Any]:
        """The execution's input."""
        member = "RollingUpdatePolicy" if self.rolling else "BlueGreenUpdatePolicy"
        policy = {**self.policy, "MaximumExecutionTimeoutInSeconds": maximum}
        alarms = [{"AlarmName": alarm["AlarmName"]} for alarm in ALARMS]
        config = {member: policy, "AutoRollbackConfiguration": {"Alarms": alarms}}
        return {
            "EndpointName": "churn",
            "EndpointConfigName": "churn-green",
            "DeploymentConfig": config,
        }

    def plan(self, provisioning: int = PROVISIONING) -> list[Stage]:
        """The stages of a deployment that succeeds."""
        return list(self._rolling(provisioning) if self.rolling else self._blue_green(provisioning))

    def _shares(self) -> list[int]:
        return [int(100 * count / self.fleet + 0.5) for count in self.counts]

    def _blue_green(self, provisioning: int) -> Iterator[Stage]:
        yield "PROVISIONING", 0, provisioning
        for share in self._shares():
            yield "SHIFTING", share, SHIFT
            yield "BAKING", share, self.termination if share == 100 else self.wait
        yield "TERMINATING", 100, DELETION

    def _rolling(self, provisioning: int) -> Iterator[Stage]:
        before = 0
        for share in self._shares():
            yield "PROVISIONING", before, provisioning
            yield "SHIFTING", share, SHIFT
            yield "BAKING", share, self.wait
            yield "TERMINATING", share, DELETION
            before = share


def _blue_green(
    name: str, fleet: int, counts: Sequence[int], wait: int, termination: int, **routing: Any
) -> Strategy:
    routing = {"WaitIntervalInSeconds": wait, **routing}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": termination}
    return Strategy(name, fleet, counts, wait, termination, policy)


def _percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def _count(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


BLUE_GREEN: Final = (
    _blue_green("all-at-once", 3, [3], 0, 600, Type="ALL_AT_ONCE"),
    _blue_green("canary-25", 4, [1, 4], 600, 900, Type="CANARY", CanarySize=_percent(25)),
    _blue_green("canary-one", 3, [1, 3], 300, 120, Type="CANARY", CanarySize=_count(1)),
    _blue_green("canary-half", 10, [5, 10], 240, 240, Type="CANARY", CanarySize=_percent(50)),
    _blue_green(
        "linear-20", 10, [2, 4, 6, 8, 10], 300, 300, Type="LINEAR", LinearStepSize=_percent(20)
    ),
    _blue_green("linear-33", 3, [1, 2, 3], 180, 180, Type="LINEAR", LinearStepSize=_percent(33)),
    _blue_green("linear-two", 4, [2, 4], 240, 300, Type="LINEAR", LinearStepSize=_count(2)),
)


def _rolling(name: str, fleet: int, counts: Sequence[int], wait: int, **policy: Any) -> Strategy:
    policy = {"WaitIntervalInSeconds": wait, **policy}
    return Strategy(name, fleet, counts, wait, 0, policy, rolling=True)


ROLLING: Final = (
    _rolling("rolling-33", 3, [1, 2, 3], 180, MaximumBatchSize=_percent(33)),
    _rolling("rolling-two", 10, [2, 4, 6, 8, 10], 240, MaximumBatchSize=_count(2)),
)
STRATEGIES: Final = (*BLUE_GREEN, *ROLLING)


def _cut(plan: Sequence[Stage], at: int) -> list[Stage]:
    """The plan until `at` seconds after its beginning."""
    kept, begins = list[Stage](), 0
    for stage, share, seconds in plan:
        if begins >= at:
            break
        kept.append((stage, share, min(seconds, at - begins)))
        begins += seconds
    return kept


def _share_at(plan: Sequence[tuple[str, float, int]], second: float) -> float:
    """Green's share of the traffic, 0 to 1; a shift gives it at its end."""
    begins, before = 0, 0.0
    for stage, share, seconds in plan:
        if begins <= second < begins + seconds:
            return (before if stage == "SHIFTING" else share) / 100
        begins, before = begins + seconds, share
    return 1.0


def _minute(plan: Sequence[tuple[str, float, int]], minute: int) -> float:
    """Green's part of the requests of a minute, counted from the deployment's start."""
    return sum(_share_at(plan, 60 * minute + second + 0.5) for second in range(60)) / 60


def trips_at(plan: Sequence[Stage], strategy: Strategy, *, slow: bool) -> int | None:
    """When the alarm trips, in seconds: two of the last three minutes breach, seen at :05."""
    breaches = []
    for minute in range(sum(seconds for _, _, seconds in plan) // 60 + 1):
        part = _true_part(plan, strategy, minute)
        value = SLOW_MS * part + FAST_MS * (1 - part) if slow else ERROR_RATE * part
        breaches.append(value > (LATENCY_THRESHOLD_MS if slow else ERROR_THRESHOLD))
        if sum(breaches[-3:]) >= 2:
            return 60 * (minute + 1) + EVALUATION_SECOND
    return None


def _true_part(plan: Sequence[Stage], strategy: Strategy, minute: int) -> float:
    """As `_minute`, with shares by instances and not by rounded percents."""
    exact = {
        share: 100 * count / strategy.fleet
        for share, count in zip(strategy._shares(), strategy.counts, strict=True)
    }
    return _minute([(s, exact.get(share, share), n) for s, share, n in plan], minute)


@dataclass(frozen=True)
class Case:
    """A scenario with what has to hold at its end.

    `exact`: stages and notifications are exactly those; else, since events are lost or late,
    the stages are some of them, in order, with PROVISIONING and every bake of over six minutes.
    """

    scenario: Scenario
    stages: Sequence[Stage]
    verdict: str
    trigger: str | None = None
    tripped: tuple[str, ...] = ()
    live: str | None = "churn-blue"
    exact: bool = True


def _scenario(strategy: Strategy, outcome: str, maximum: int, **members: Any) -> Scenario:
    name = f"{strategy.name}-{outcome}"
    fleet = strategy.fleet
    given = {"instances": fleet, "green_instances": fleet, "alarms": ALARMS, **members}
    return Scenario(name, name, strategy.request(maximum), **given)


def succeeds(strategy: Strategy) -> Case:
    """A green model that works."""
    return Case(
        _scenario(strategy, "succeeds", 14400), strategy.plan(), "SUCCEEDED", live="churn-green"
    )


def fails(strategy: Strategy, *, slow: bool) -> Case:
    """A green model that fails or is slow from its first request on: its alarm trips."""
    plan = strategy.plan()
    at = trips_at(plan, strategy, slow=slow)
    assert at is not None, strategy.name
    green = {"latency_ms": SLOW_MS} if slow else {"error_rate": ERROR_RATE}
    name, alarm = ("is-slow", "churn-latency") if slow else ("fails", "churn-5xx")
    stages = [*_cut(plan, at), ("ROLLING_BACK", 0, TRAFFIC_RETURN + DELETION)]
    return Case(
        _scenario(strategy, name, 14400, green=green), stages, "ROLLED_BACK", "ALARM", (alarm,)
    )


def cannot_be_made(strategy: Strategy, error: str, after: int) -> Case:
    """A green fleet that does not come up."""
    green = {"provisioning_error": error}
    stages = [("PROVISIONING", 0, after), ("ROLLING_BACK", 0, DELETION)]
    name = "no-capacity" if error.startswith("Insufficient") else "no-ping"
    return Case(
        _scenario(strategy, name, 14400, green=green), stages, "ROLLED_BACK", "PROVISIONING"
    )


def times_out_in_provisioning(strategy: Strategy) -> Case:
    """A maximum execution time that is over while green is made."""
    waits = sum(seconds for stage, _, seconds in strategy.plan() if stage == "BAKING")
    maximum = max(600, waits + 60)  # a maximum within the waits would be rejected
    green = {"provisioning_seconds": maximum + 300}
    stages = [("PROVISIONING", 0, maximum), ("ROLLING_BACK", 0, DELETION)]
    scenario = _scenario(strategy, "times-out-in-provisioning", maximum, green=green)
    return Case(scenario, stages, "ROLLED_BACK", "EXECUTION_TIMEOUT")


def times_out_in_last_bake(strategy: Strategy) -> Case:
    """A maximum execution time that is over half a minute before the last bake is."""
    provisioning = 900
    plan = strategy.plan(provisioning)
    maximum = sum(seconds for _, _, seconds in plan) - DELETION - 30
    anew = PROVISIONING if strategy.rolling else 0  # for the blue instances that are gone
    stages = [*_cut(plan, maximum), ("ROLLING_BACK", 0, anew + TRAFFIC_RETURN + DELETION)]
    green = {"provisioning_seconds": provisioning}
    scenario = _scenario(strategy, "times-out-in-last-bake", maximum, green=green)
    return Case(scenario, stages, "ROLLED_BACK", "EXECUTION_TIMEOUT")


def was_in_alarm(strategy: Strategy) -> Case:
    """A blue model that fails too: its alarm is in ALARM when traffic is due, which is allowed."""
    stages = [("PROVISIONING", 0, PROVISIONING), ("ROLLING_BACK", 0, DELETION)]
    scenario = _scenario(strategy, "blue-fails-too", 14400, blue={"error_rate": ERROR_RATE})
    request = {**scenario.request, "AllowFindings": ["alarm-in-alarm"]}
    scenario = replace(scenario, request=request)
    return Case(scenario, stages, "ROLLED_BACK", "ALARM", ("churn-5xx",))


def outcomes(strategy: Strategy) -> Iterator[Case]:
    """Every outcome of a strategy without any fault."""
    yield succeeds(strategy)
    yield fails(strategy, slow=False)
    yield fails(strategy, slow=True)
    yield cannot_be_made(strategy, "InsufficientInstanceCapacity", PROVISIONING)
    yield cannot_be_made(strategy, "PingHealthCheckFailed", 1500)
    yield times_out_in_provisioning(strategy)
    yield times_out_in_last_bake(strategy)
    yield was_in_alarm(strategy)


def with_death(case: Case, function: str, operation: str, nth: int) -> Case:
    """The same, and a function dies after a call of it."""
    name = f"{case.scenario.id}-{function}-dies-{operation}-{nth}"
    plan = replace(case.scenario.plan, deaths=(Death(function, operation, nth),))
    scenario = replace(case.scenario, id=name[:80], plan=plan)
    return replace(case, scenario=scenario, exact=False)


def with_faults(case: Case, name: str, plan: FaultPlan, *, exact: bool = False) -> Case:
    """The same, and something goes wrong around it."""
    scenario = replace(case.scenario, id=f"{case.scenario.id}-{name}", plan=plan)
    return replace(case, scenario=scenario, exact=exact)


def without_events(case: Case) -> Case:
    """The same, and no event arrives."""
    plan = replace(case.scenario.plan, drop_events=True)
    scenario = replace(case.scenario, id=f"{case.scenario.id}-deaf", plan=plan)
    return replace(case, scenario=scenario, exact=False)


def cannot_go_back(strategy: Strategy) -> Case:
    """A rolling update that is over in its last bake, when blue's instances cannot be had again."""
    case = times_out_in_last_bake(strategy)
    plan = FaultPlan(rollback_fails=True)
    failed = with_faults(case, "cannot-go-back", plan)
    return replace(failed, verdict="ROLLBACK_FAILED", live=None)


DEATHS: Final = (
    ("StartUpdate", "UpdateEndpoint", 1),
    ("StartUpdate", "Publish", 1),
    ("AwaitStage", "UpdateItem", 1),
    ("RelayEndpointEvent", "DescribeEndpoint", 2),
    ("RelayEndpointEvent", "SendTaskSuccess", 1),
    ("ConcludeDeployment", "UpdateItem", 1),
    ("ConcludeDeployment", "Publish", 1),
)
STAGE_EVENTS: Final = "SageMaker Endpoint Deployment State Change"
ALARM_EVENTS: Final = "CloudWatch Alarm State Change"
EVENT_FAULTS: Final = (
    ("alarm-events-lost", EventFault(ALARM_EVENTS, drop=True), True),
    ("stage-events-lost", EventFault(STAGE_EVENTS, drop=True), False),
    ("events-late", EventFault(delay=120), False),
    ("events-thrice", EventFault(duplicate=3), True),
    ("events-reordered", EventFault(reorder=True), False),
    ("events-skewed", EventFault(skew=-300), True),
)
"""What happens to events, and whether every stage is seen all the same."""

THROTTLED: Final = ("sagemaker", "cloudwatch", "dynamodb", "sns", "stepfunctions")
WHILE_THE_FIRST_BAKE_BEGINS: Final = Window(310, 400)
"""A minute and a half around the first bake's beginning, longer than botocore's own retries."""

WITH_EVERY_FAULT: Final = ("canary-25", "linear-20", "rolling-33")


def faulty(good: Case, bad: Case) -> Iterator[Case]:
    """Every fault of ours and of AWS around a success and around a rollback."""
    for case in (good, bad):
        for death in DEATHS:
            yield with_death(case, *death)
        for name, fault, exact in EVENT_FAULTS:
            yield with_faults(case, name, FaultPlan(events=(fault,)), exact=exact)
        for service in THROTTLED:
            refused = ApiFault(service, ApiError.THROTTLING, window=WHILE_THE_FIRST_BAKE_BEGINS)
            yield with_faults(case, f"{service}-throttled", FaultPlan(apis=(refused,)))


def cases() -> list[Case]:
    """All of them."""
    found = list[Case]()
    for strategy in STRATEGIES:
        plain = list(outcomes(strategy))
        found += plain
        found += [without_events(case) for case in plain]
        if strategy.name in WITH_EVERY_FAULT:
            found += faulty(*plain[:2])
    return found + [cannot_go_back(strategy) for strategy in ROLLING]
