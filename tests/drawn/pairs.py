"""Pairs of a policy and alarms, drawn by number: the same number is always the same pair.

What an alarm says is drawn near where it matters: the thresholds lie around green's share, a
latency that green can have, and the counts that the traffic brings.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bluegreen.guardrails.asked import Asked
from bluegreen.sagemaker.deployment_config import ROLLING, CapacitySize, Policy

INVOCATION: Final = "AWS/SageMaker"
HOST: Final = "/aws/sagemaker/Endpoints"
VARIANTS: Final = ("main", "second", "third")
ENDPOINT: Final = "{endpoint}"
"""Stands for the name of the endpoint in the dimensions of a drawn alarm, which each trial fills in
with its own; the configs are named after it."""

GREEN: Final = f"{ENDPOINT}-green"
BLUE: Final = f"{ENDPOINT}-blue"
HEALTHY_MS: Final = 20
LATE_MS: Final = 60_000
"""What a healthy fleet takes for an answer, and a late one."""

GREATER: Final = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
LESS: Final = ("LessThanThreshold", "LessThanOrEqualToThreshold")
PERCENTILES: Final = ("p50", "p90", "p95", "p99")
MAX_RATES: Final = (0.001, 0.01, 0.05, 0.2)
MAX_MILLISECONDS: Final = (25.0, 300.0, 5000.0, 60_000.0, 100_000.0)
SIMPLE: Final = ("Average", "Sum", "Maximum", "Minimum", "SampleCount")
MAXIMUM_SECONDS: Final = 28_800


@dataclass(frozen=True)
class Pair:
    """A policy and its alarms, on an endpoint with steady traffic.

    `blue` and `green` are the weight and the instances of each variant in either config, of which
    green gets blue's where it `retains` them. `bad` are the variants whose green is bad; `second`
    is when in its minute the update begins. `alarms` are requests of PutMetricAlarm without names;
    `asked` is what is asked of guardrails, None where nothing is.
    """

    number: int
    policy: Policy
    blue: Mapping[str, tuple[int, int]]
    green: Mapping[str, tuple[int, int]]
    retains: bool
    requests_per_minute: float
    bad: frozenset[str]
    second: int
    alarms: Sequence[Mapping[str, Any]] = ()
    asked: Asked | None = None

    def per_minute(self, variant: str) -> float:
        """The requests of a variant before the update."""
        total = sum(weight for weight, _ in self.blue.values())
        return self.requests_per_minute * self.blue[variant][0] / total


def draw(number: int) -> Pair:
    """The pair of that number."""
    chance = random.Random(f"pair {number}")  # noqa: S311 - not for secrets
    names = VARIANTS[: chance.choice((1, 1, 1, 2, 2, 3))]
    blue = _fleet(chance, names)
    green = _fleet(chance, names) if chance.random() < 0.3 else blue
    pair = Pair(
        number,
        _policy(chance, one=len(names) == 1),
        blue,
        green,
        retains=chance.random() < 0.6,
        requests_per_minute=chance.choice((0.4, 2, 7, 30, 120, 600, 600, 2400)),
        bad=_bad(chance, names),
        second=chance.randrange(60),
    )
    if chance.random() < 0.25:
        make = (_on_errors, _on_latency)
        return replace(pair, alarms=[each(chance, name) for name in names for each in make])
    alarms = [_alarm(chance, pair) for _ in range(chance.choice((1, 1, 2, 3, 4)))]
    return replace(pair, alarms=alarms)


def draw_guarded(number: int) -> Pair:
    """The same pair with guardrails, and mostly without an alarm that would hide what they do."""
    chance, pair = random.Random(f"guarded pair {number}"), draw(number)  # noqa: S311 - no secret
    alarms = pair.alarms[: chance.choice((0, 0, 0, 1))]
    return replace(pair, alarms=alarms, asked=Asked.from_json(_asked(chance)))


def _asked(chance: random.Random) -> Any:
    if chance.random() < 0.5:
        return chance.choice(("Default", "Default", "Strict"))
    latency = {"MaxMilliseconds": chance.choice(MAX_MILLISECONDS)}
    if chance.random() < 0.3:
        latency = {"MaxRatioToBlue": chance.choice((1.0, 1.5, 10.0))}
    percentile = chance.choice((50, 90, 99, 99.9))
    own = [
        {"Metric": "Invocation5XXErrors", "MaxRate": chance.choice(MAX_RATES)},
        {"Metric": "ModelLatency", "Percentile": percentile, **latency},
    ]
    return own if chance.random() < 0.6 else [chance.choice(own)]


def _fleet(chance: random.Random, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The first variant has some weight; another one may have none."""
    weights = (1, 1, 1, 2, 5, 9, 0)
    sizes = (1, 2, 3, 4, 8)
    return {
        name: (chance.choice(weights if place else weights[:-1]), chance.choice(sizes))
        for place, name in enumerate(names)
    }


def _bad(chance: random.Random, names: Sequence[str]) -> frozenset[str]:
    """One of the variants, or all of them."""
    return frozenset(names if chance.random() < 0.4 else [chance.choice(names)])


def _policy(chance: random.Random, *, one: bool) -> Policy:
    modes = ("ALL_AT_ONCE", "CANARY", "CANARY", "CANARY", "LINEAR", *([ROLLING] if one else []))
    mode = chance.choice(modes)
    size = None if mode == "ALL_AT_ONCE" else _size(chance, mode)
    wait = 0 if size is None else chance.choice((45, 90, 150, 240, 300, 300, 600))
    termination = 0 if mode == ROLLING else chance.choice((0, 45, 120, 240, 300, 300, 600))
    if not size and not termination:
        termination = 300
    return Policy(mode, wait, termination, size, maximum_seconds=MAXIMUM_SECONDS)


def _size(chance: random.Random, mode: str) -> CapacitySize:
    least = {"CANARY": (10, 25, 33, 50), "LINEAR": (25, 33, 50), ROLLING: (25, 33, 50)}[mode]
    return CapacitySize("CAPACITY_PERCENT", chance.choice(least))


# ---- Alarms ----------------------------------------------------------------------------------


def _alarm(chance: random.Random, pair: Pair) -> dict[str, Any]:
    if chance.random() < 0.75:
        return _any(chance, pair)
    variant = chance.choice(list(pair.blue))
    return chance.choice((_on_errors, _on_latency))(chance, variant)


def _on_errors(chance: random.Random, variant: str) -> dict[str, Any]:
    """As a careful person writes it."""
    if chance.random() < 0.7:
        return _plain(chance, variant, "Invocation5XXErrors", "Average", (0.02, 0.05, 0.2))
    statistic = chance.choice(("Sum", "Sum", "Sum", "SampleCount"))
    return _plain(chance, variant, "Invocation5XXErrors", statistic, (0.0, 1.0, 5.0, 50.0))


def _on_latency(chance: random.Random, variant: str) -> dict[str, Any]:
    """As a careful person writes it."""
    statistic = chance.choice(("Average", "Average", "Maximum", *PERCENTILES))
    return _plain(chance, variant, "ModelLatency", statistic, (1e5, 1e6))


def _plain(
    chance: random.Random, variant: str, metric: str, statistic: str, thresholds: Sequence[float]
) -> dict[str, Any]:
    fleet = {"EndpointConfigName": GREEN} if chance.random() < 0.3 else {}
    dimensions = {"EndpointName": ENDPOINT, "VariantName": variant, **fleet}
    points = chance.choice((1, 1, 2, 3))
    alarm = {
        "Namespace": INVOCATION,
        "MetricName": metric,
        "ExtendedStatistic" if statistic in PERCENTILES else "Statistic": statistic,
        "Period": 60,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Threshold": chance.choice(thresholds),
        "ComparisonOperator": GREATER[0],
        "EvaluationPeriods": points + chance.choice((0, 1)),
        "DatapointsToAlarm": points,
        "TreatMissingData": chance.choice(("notBreaching", "notBreaching", "missing", "ignore")),
    }
    return {**alarm, **(_slip(chance, variant, metric) if chance.random() < 0.25 else {})}


def _slip(chance: random.Random, variant: str, metric: str) -> dict[str, Any]:
    """What somebody may get wrong in an otherwise careful alarm."""
    blue = {"EndpointName": ENDPOINT, "VariantName": variant, "EndpointConfigName": BLUE}
    slips: tuple[dict[str, Any], ...] = (
        {"Namespace": HOST},
        {"Namespace": HOST},
        {"MetricName": metric.replace("Invocation", "").replace("Model", "")},
        {"Unit": chance.choice(("Count", "Percent", "Milliseconds"))},
        {"Unit": "Count"},
        {"Dimensions": [{"Name": key, "Value": value} for key, value in blue.items()]},
        {"Dimensions": [{"Name": "EndpointName", "Value": ENDPOINT}]},
        {"ComparisonOperator": chance.choice(LESS)},
        {"Period": chance.choice((120, 300))},
    )
    return chance.choice(slips)


def _any(chance: random.Random, pair: Pair) -> dict[str, Any]:
    period = chance.choice((60, 60, 60, 60, 120, 300))
    evaluated = chance.choice((1, 1, 2, 3, 5) if period == 60 else (1, 1, 2))
    watched, threshold, comparison = _watched(chance, pair, period)
    return {
        **watched,
        "Threshold": threshold,
        "ComparisonOperator": comparison,
        "EvaluationPeriods": evaluated,
        "DatapointsToAlarm": chance.choice((evaluated, evaluated, max(1, evaluated - 1), 1)),
        "TreatMissingData": _missing_data(chance, watched),
    }


def _missing_data(chance: random.Random, watched: Mapping[str, Any]) -> str:
    """Mostly not `breaching` where that is in ALARM before the update, and so tells nothing."""
    usual = ("notBreaching", "notBreaching", "missing", "ignore")
    waits = GREEN in [each["Value"] for each in watched.get("Dimensions", [])]
    return chance.choice(usual if waits and chance.random() < 0.8 else (*usual, "breaching"))


def _watched(chance: random.Random, pair: Pair, period: int) -> tuple[dict[str, Any], float, str]:
    """What it watches, its threshold and its comparison."""
    if chance.random() < 0.2:
        return _expression(chance, pair, period)
    namespace, name = _metric(chance)
    statistic = _statistic(chance, name)
    variant = chance.choice(list(pair.blue))
    dimensions = _dimensions(chance, variant)
    kind = "ExtendedStatistic" if statistic in PERCENTILES else "Statistic"
    watched = {
        "Namespace": namespace,
        "MetricName": name,
        kind: statistic,
        "Period": period,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    if statistic in PERCENTILES:
        low = chance.choice(("evaluate", "ignore"))
        watched["EvaluateLowSampleCountPercentile"] = low
    if chance.random() < 0.15:
        units = ("None", "Count", "Milliseconds", "Microseconds", "Percent")
        watched["Unit"] = chance.choice(units)
    comparison = chance.choice((*GREATER, *GREATER, *GREATER, *GREATER, *LESS))
    return watched, _threshold(chance, pair, name, statistic, variant, period), comparison


def _metric(chance: random.Random) -> tuple[str, str]:
    if chance.random() < 0.75:
        good = ("Invocation5XXErrors", "Invocation5XXErrors", "ModelLatency", "ModelLatency")
        more = ("InvocationModelErrors", "Invocation4XXErrors", "OverheadLatency", "Invocations")
        return INVOCATION, chance.choice((*good, *more, "InvocationsPerInstance"))
    return chance.choice(
        (
            (HOST, "CPUUtilization"),
            (HOST, "MemoryUtilization"),
            (HOST, "DiskUtilization"),
            (HOST, "Invocation5XXErrors"),
            (HOST, "ModelLatency"),
            (INVOCATION, "5XXError"),
            (INVOCATION, "5XXErrors"),
            (INVOCATION, "CPUUtilization"),
            (INVOCATION, "ApproximateBacklogSize"),
            (INVOCATION, "FirstChunkLatency"),
            (INVOCATION, "ModelSetupTime"),
            ("AWS/Sagemaker", "Invocation5XXErrors"),
            ("aws/sagemaker/Endpoints", "CPUUtilization"),
            ("AWS/SageMaker/", "ModelLatency"),
            ("Churn", "Errors"),
        )
    )


def _statistic(chance: random.Random, name: str) -> str:
    usual = {"Invocations": "Sum", "ModelLatency": "p90"}.get(name, "Average")
    return usual if chance.random() < 0.4 else chance.choice((*SIMPLE, *PERCENTILES))


def _dimensions(chance: random.Random, variant: str) -> dict[str, str]:
    both = {"EndpointName": ENDPOINT, "VariantName": variant}
    return chance.choice(
        (
            both,
            both,
            both,
            both,
            {**both, "EndpointConfigName": GREEN},
            {**both, "EndpointConfigName": GREEN},
            {**both, "EndpointConfigName": BLUE} if chance.random() < 0.5 else both,
            _odd_dimensions(chance, both),
        )
    )


def _odd_dimensions(chance: random.Random, both: Mapping[str, str]) -> dict[str, str]:
    """Those that see something else, or nothing."""
    return chance.choice(
        (
            {**both, "EndpointConfigName": f"{ENDPOINT}-older"},
            {**both, "VariantName": "AllTraffic"},
            {**both, "EndpointName": "elsewhere"},
            {"EndpointName": ENDPOINT},
            {"VariantName": both["VariantName"]},
            {**both, "Stage": "prod"},
            {**both, "InstanceId": "i-0"},
            {"EndpointName": ENDPOINT, "EndpointConfigName": GREEN},
            {},
        )
    )


def _threshold(
    chance: random.Random, pair: Pair, name: str, statistic: str, variant: str, period: int
) -> float:
    """Near what the metric may come to, in the units of the metric."""
    count = pair.per_minute(variant) * period / 60
    counts = [0.0, 1.0, count / 10, count / 4, count * 0.9, count * 1.5, count * 10]
    if statistic == "SampleCount" or (statistic == "Sum" and "Latency" not in name):
        return round(chance.choice(counts), 3)
    if "Latency" in name:
        microseconds = (500.0, 1e5, 1e6, 1e7, 1.4e7, 2.9e7, 5e7, 5.9e7, 7e7, 5e8)
        return chance.choice(microseconds) * (count if statistic == "Sum" else 1)
    if "Utilization" in name:
        return chance.choice((10.0, 50.0, 90.0, 99.0, 100.0, 120.0))
    return chance.choice((0.01, 0.05, 0.1, 0.2, 0.24, 0.25, 0.3, 0.49, 0.5, 0.9, 0.99, 1.0, 2.0))


# ---- Metric math -----------------------------------------------------------------------------


def _expression(
    chance: random.Random, pair: Pair, period: int
) -> tuple[dict[str, Any], float, str]:
    """An error rate, or the worst of several variants."""
    names = list(pair.blue)
    seen = names if chance.random() < 0.6 else [chance.choice(names)]
    fleet = {"EndpointConfigName": GREEN} if chance.random() < 0.3 else {}
    if chance.random() < 0.5:
        queries, text = _rate(chance, seen[0], fleet, period)
        threshold = chance.choice((0.02, 0.2, 0.5, 0.95))
    else:
        metric, statistic, threshold = chance.choice(
            (
                ("Invocation5XXErrors", "Average", 0.05),
                ("Invocation5XXErrors", "Average", 0.5),
                ("ModelLatency", "Average", 1e6),
                ("5XXError", "Average", 0.05),
            )
        )
        queries = [
            _query(f"m{n}", metric, statistic, {"VariantName": name, **fleet}, period)
            for n, name in enumerate(seen)
        ]
        listed = ", ".join(query["Id"] for query in queries)
        text = f"MAX([{listed}])" if len(queries) > 1 else "m0"
    result = {"Id": "result", "Expression": text, "ReturnData": True}
    return {"Metrics": [*queries, result]}, threshold, chance.choice(GREATER)


def _rate(
    chance: random.Random, variant: str, fleet: Mapping[str, str], period: int
) -> tuple[list[dict[str, Any]], str]:
    of = {"VariantName": variant, **fleet}
    queries = [
        _query("e", "Invocation5XXErrors", "Sum", of, period),
        _query("n", "Invocations", "Sum", of, period),
    ]
    return queries, chance.choice(("e / n", "IF(n >= 20, e / n, 0)", "FILL(e, 0) / FILL(n, 1)"))


def _query(
    id_: str, metric: str, statistic: str, dimensions: Mapping[str, str], period: int
) -> dict[str, Any]:
    those = {"EndpointName": ENDPOINT, **dimensions}
    shape = {
        "Namespace": INVOCATION,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in those.items()],
    }
    stat = {"Metric": shape, "Period": period, "Stat": statistic}
    return {"Id": id_, "MetricStat": stat, "ReturnData": False}
