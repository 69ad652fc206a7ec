"""Drawn deployments on the whole embedded AWS: the real template, and what was left of each.

Those of an account are asked for at once, each on an endpoint of its own whose blue has had traffic
for long.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, Final

from bluegreen.contract.message import MessageBody
from bluegreen.contract.record import DeploymentRecord
from bluegreen_simulator.aws.cloudwatch.evaluator import running
from bluegreen_simulator.aws.cloudwatch.metrics import publish
from bluegreen_simulator.aws.cloudwatch.queries import metric_key
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.service import set_quota
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.rules.traffic.chance import poisson
from bluegreen_simulator.rules.traffic.latencies import Latencies
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import INSTANCE_TYPE, ROLE, Theatre
from odds.deployments import INSTANCES, MEDIAN_MS, SIGMA, Assumed, Drawn, Green, assumed_of
from shipped import ROOT

SEED: Final = 16
LATELY_SECONDS: Final = 1200
"""For how long blue's requests come by chance before the deployments, instead of exactly."""

MOST_INSTANCES: Final = 100_000
BETWEEN_LOOKS: Final = 600
AFTERMATH_SECONDS: Final = 600
DIFFERENT_MINUTES: Final = 50
"""Of latencies in blue's past; each comes again and again."""

NAMESPACE: Final = "AWS/SageMaker"
METRICS: Final = ("Invocations", "Invocation5XXErrors", "Invocation4XXErrors", "ModelLatency")


@dataclass(frozen=True)
class Counted:
    """What a variant had in a minute, in both fleets and in green alone; None: not published.

    `both_ms` and `green_ms` are latencies in milliseconds, with how often each came.
    """

    both: float | None = None
    both5: float | None = None
    both4: float | None = None
    green: float | None = None
    green5: float | None = None
    green4: float | None = None
    both_ms: Mapping[float, float] = field(default_factory=dict)
    green_ms: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Run:
    """A deployment that has ended.

    `began` is when UpdateEndpoint was called, None if it was not, `stages` are SageMaker's with
    when each began, `minutes` what each variant had by the number of the minute since the epoch,
    `changes` the states that each alarm went into.
    """

    drawn: Drawn
    assumed: Assumed
    record: DeploymentRecord
    told: Sequence[MessageBody]
    began: datetime | None
    stages: Sequence[tuple[datetime, str, str]]
    minutes: Mapping[str, Mapping[int, Counted]]
    changes: Mapping[str, Sequence[tuple[datetime, str]]]

    @property
    def is_stopped(self) -> bool:
        """Whether an alarm has rolled it back."""
        return self.record["Verdict"] == "ROLLED_BACK" and self.record.get("Trigger") == "ALARM"


def run(deployments: Iterable[Drawn]) -> Iterator[Run]:
    """Run deployments, in the order of their numbers, those of each account together."""
    for assumed, those in groupby(deployments, key=lambda each: assumed_of(each.number)):
        yield from _in_an_account(assumed, list(those))


def _in_an_account(assumed: Assumed, deployments: Sequence[Drawn]) -> Iterator[Run]:
    with EmbeddedAws(
        seed=SEED,
        alarms_read=assumed.alarms_read,
        metrics_by_config=assumed.metrics_by_config,
    ) as aws:
        theatre = Theatre(aws)
        allowed = {"AbortAlarm": str(assumed.abort_alarm).lower(), "GuardrailAlarms": "OnRequest"}
        theatre.deploy(ROOT / "template.yaml", **allowed)
        set_quota(INSTANCE_TYPE, MOST_INSTANCES)
        for each in deployments:
            _prepare(theatre, each)
        theatre.advance(LATELY_SECONDS)
        executions = _deploy(theatre, deployments)
        while theatre.running():
            theatre.advance(BETWEEN_LOOKS)
        theatre.advance(AFTERMATH_SECONDS)
        for each in deployments:
            yield _left_of(theatre, each, assumed, executions[each.number])


# ---- What there is before ---------------------------------------------------------------------


def _prepare(theatre: Theatre, drawn: Drawn) -> None:
    """Both configs, and the endpoint with its past; its requests go on by chance."""
    name, rate = drawn.endpoint, drawn.rate * len(drawn.variants) / 60
    well = dict.fromkeys(drawn.variants, drawn.well)
    _make_config(theatre, f"{name}-blue", well)
    _make_config(theatre, f"{name}-green", {**well, drawn.bad: drawn.behavior})
    theatre.make_endpoint(name, f"{name}-blue")
    for variant in drawn.variants:
        _live_through(theatre, drawn, variant)
    theatre.begin_traffic(name, rate)


def _live_through(theatre: Theatre, drawn: Drawn, variant: str) -> None:
    """Blue's past until now, by chance, as far as guardrails look at it."""
    chance = random.Random(f"past of {drawn.number} {variant}")  # noqa: S311 - nothing to guess
    dimensions = frozenset({("EndpointName", drawn.endpoint), ("VariantName", variant)})
    now = theatre.aws.clock.now().replace(second=0, microsecond=0)
    latencies = _latencies(drawn.rate)
    for ago in range(drawn.past, 0, -1):
        at, requests = now - timedelta(minutes=ago), poisson(chance, drawn.rate)
        if not requests:
            continue
        failed = chance.binomialvariate(requests, drawn.blue)
        refused = chance.binomialvariate(requests - failed, drawn.blue / (1 - drawn.blue))
        for metric, statistics in (
            ("Invocations", Statistics.of(1.0, requests)),
            ("Invocation5XXErrors", _ones(failed, requests)),
            ("Invocation4XXErrors", _ones(refused, requests)),
            ("ModelLatency", chance.choice(latencies)),
        ):
            publish(NAMESPACE, metric, dimensions, at, statistics)


@cache
def _latencies(requests: int) -> list[Statistics]:
    """Some minutes of so many answers."""
    chance = random.Random(f"latencies of {requests}")  # noqa: S311 - nothing to guess
    drawn = Latencies(MEDIAN_MS, SIGMA, chance)
    return [_in_microseconds(drawn.of(requests)) for _ in range(DIFFERENT_MINUTES)]


def _in_microseconds(lengths: Mapping[float, float]) -> Statistics:
    return Statistics.of_values({ms * 1000: count for ms, count in lengths.items()})


def _ones(ones: int, samples: int) -> Statistics:
    return Statistics.of_values({1.0: ones, 0.0: samples - ones})


def _make_config(theatre: Theatre, name: str, behaviors: Mapping[str, Mapping[str, Any]]) -> None:
    """An endpoint config with a model of its own for each variant."""
    sagemaker, variants = theatre.aws.client("sagemaker"), []
    for variant, behavior in behaviors.items():
        environment = {f"SIMULATED_{key.upper()}": str(each) for key, each in behavior.items()}
        sagemaker.create_model(
            ModelName=f"{name}-{variant}",
            ExecutionRoleArn=ROLE.format(account=theatre.aws.world.account_id),
            PrimaryContainer={"Image": "model:1", "Environment": environment},
        )
        variants.append(
            {
                "VariantName": variant,
                "ModelName": f"{name}-{variant}",
                "InitialInstanceCount": INSTANCES,
                "InitialVariantWeight": 1,
                "InstanceType": INSTANCE_TYPE,
            }
        )
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)


# ---- The deployments --------------------------------------------------------------------------


def _deploy(theatre: Theatre, deployments: Sequence[Drawn]) -> dict[int, str]:
    """Ask for each at its second of the next minute; the executions' ARNs by number."""
    now, found = theatre.aws.clock.now(), {}
    theatre.advance(60 - now.second - now.microsecond / 1e6)
    began = theatre.aws.clock.now()
    for each in sorted(deployments, key=lambda drawn: drawn.second):
        ahead = began + timedelta(seconds=each.second) - theatre.aws.clock.now()
        theatre.advance(max(0.0, ahead.total_seconds()))
        if each.green is Green.SILENT:
            theatre.begin_traffic(each.endpoint, -each.rate * len(each.variants) / 60)
        found[each.number] = theatre.start(each.request, each.endpoint)
    return found


# ---- What is left -----------------------------------------------------------------------------


def _left_of(theatre: Theatre, drawn: Drawn, assumed: Assumed, execution: str) -> Run:
    record: DeploymentRecord = json.loads(theatre.execution(execution).said)
    journal, name = theatre.aws.journal, drawn.endpoint
    stages = list(_stages(journal.of_kind("endpoint"), name))
    bodies = [body for body in theatre.notifications() if body.get("EndpointName") == name]
    return Run(
        drawn=drawn,
        assumed=assumed,
        record=record,
        told=bodies,
        began=stages[0][0] if stages else None,
        stages=stages,
        minutes={variant: dict(_minutes(drawn, variant)) for variant in drawn.variants},
        changes=_changes(journal.of_kind("alarm"), name),
    )


def _stages(entries: Iterable[Entry], endpoint: str) -> Iterator[tuple[datetime, str, str]]:
    """Each stage of the update, with what the endpoint serves then."""
    begun = False
    for entry in entries:
        data = entry.data
        begun = begun or bool(data["pending"])
        if begun and data["endpoint"] == endpoint:
            yield entry.at, data["stage"], data["config"]


def _changes(entries: Iterable[Entry], endpoint: str) -> dict[str, list[tuple[datetime, str]]]:
    """By variant and key, as the end of the alarm's name has it."""
    found: dict[str, list[tuple[datetime, str]]] = {}
    for entry in entries:
        alarm = entry.data["name"]
        if f"-guardrail-{endpoint}/" in alarm:
            found.setdefault(alarm, []).append((entry.at, entry.data["new"]))
    return found


def _minutes(drawn: Drawn, variant: str) -> Iterator[tuple[int, Counted]]:
    """All that CloudWatch has, straight from what was put there, not by its statistics."""
    of_both = {"EndpointName": drawn.endpoint, "VariantName": variant}
    of_green = of_both | {"EndpointConfigName": f"{drawn.endpoint}-green"}
    both = [_series(metric, of_both) for metric in METRICS]
    green = [_series(metric, of_green) for metric in METRICS]
    for minute in both[0]:
        yield (
            minute,
            Counted(
                both=_sum(both[0], minute),
                both5=_sum(both[1], minute),
                both4=_sum(both[2], minute),
                green=_sum(green[0], minute),
                green5=_sum(green[1], minute),
                green4=_sum(green[2], minute),
                both_ms=_in_ms(both[3], minute),
                green_ms=_in_ms(green[3], minute),
            ),
        )


def _series(metric: str, dimensions: Mapping[str, str]) -> Mapping[int, Statistics]:
    """By the number of the minute since the epoch."""
    series = running().series.get(metric_key(NAMESPACE, metric, dimensions))
    return {at: each for of in series._units.values() for at, each in of.items()} if series else {}


def _sum(of: Mapping[int, Statistics], minute: int) -> float | None:
    return of[minute].sum if minute in of else None


def _in_ms(of: Mapping[int, Statistics], minute: int) -> Mapping[float, float]:
    samples = of[minute].samples if minute in of else None
    return {us / 1000: count for us, count in (samples or {}).items()}
