"""Many pairs in one account: what the check says of each, and what comes of it.

Each pair is tried with three green fleets, each on an endpoint of its own: one that is healthy, one
that answers every request with a 5XX at once, and one that answers well after 60 seconds. A fourth
one, which fails at once, is updated without auto-rollback, so that all of its bakes come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Any, Final

from bluegreen.aws.situation.situations import Situations
from bluegreen.check.report import Checked, check_situation
from bluegreen.guardrails.alarm import alarm_of
from bluegreen.guardrails.guardrail import Guardrail, alarm_name
from bluegreen.request.request import Request
from bluegreen_simulator.aws.cloudwatch.evaluator import EVALUATION_SECOND, running
from bluegreen_simulator.aws.cloudwatch.queries import metric_key
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.aws.sagemaker.service import set_quota, settle
from bluegreen_simulator.rules.alarms.evaluation import NEWEST_MINUTE, NewestMinute
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.run.embedded import EmbeddedAws
from drawn.pairs import BLUE, ENDPOINT, GREEN, HEALTHY_MS, INVOCATION, LATE_MS, Pair

ROLE: Final = "arn:aws:iam::123456789012:role/model"
INSTANCE_TYPE: Final = "ml.m5.xlarge"
MOST_INSTANCES: Final = 100_000
DAY_MINUTES: Final = 1440
WARM_UP_SECONDS: Final = 1500
"""How long the blue fleets serve before the updates: longer than what any alarm looks back on."""

AFTERMATH_SECONDS: Final = 120
MINUTE: Final = 60


class Green(StrEnum):
    """How a green fleet behaves."""

    HEALTHY = "healthy"
    FAILS = "fails"
    LATE = "late"
    UNGUARDED = "fails, without auto-rollback"


CHECKED: Final = Green.HEALTHY
"""Whose request is checked: that of the first, and so of all, since the check cannot tell them."""

_BEHAVIOR: Final = {
    Green.HEALTHY: {},
    Green.FAILS: {"SIMULATED_ERROR_RATE": "1", "SIMULATED_LATENCY_MS": "1"},
    Green.LATE: {"SIMULATED_LATENCY_MS": str(LATE_MS)},
    Green.UNGUARDED: {"SIMULATED_ERROR_RATE": "1", "SIMULATED_LATENCY_MS": str(LATE_MS)},
}
_HEALTHY: Final = {"SIMULATED_LATENCY_MS": str(HEALTHY_MS)}


@dataclass(frozen=True)
class Trial:
    """What happened with one green fleet, in seconds after UpdateEndpoint.

    `tripped` is when each alarm of the pair went into ALARM, `left` when it left that;
    `guards_tripped` is the former of each guardrail's alarm. `rolled_back` is when SageMaker began
    to go back, None if it did not. `updated`: the endpoint serves the green config at the end.
    """

    green: Green
    tripped: Sequence[Sequence[float]]
    left: Sequence[Sequence[float]]
    rolled_back: float | None
    updated: bool
    guards_tripped: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class Tried:
    """A pair: what the check said of it, about the alarms `names`, and its trials."""

    pair: Pair
    checked: Checked
    names: Sequence[str]
    trials: Mapping[Green, Trial]
    newest_minute: NewestMinute = NEWEST_MINUTE

    @property
    def lag(self) -> int:
        """How many seconds after a minute's end alarms see it."""
        return EVALUATION_SECOND + MINUTE * (self.newest_minute is NewestMinute.LATE)


@dataclass
class _Running:
    """A trial under way."""

    pair: Pair
    green: Green
    endpoint: str
    checked: Checked | None = None
    began: datetime | None = None
    guards: tuple[Guardrail, ...] = ()

    @property
    def names(self) -> list[str]:
        return [f"{self.endpoint}-{place}" for place in range(len(self.pair.alarms))]

    @property
    def all_names(self) -> list[str]:
        return [*self.names, *(guard.alarm for guard in self.guards)]


def tried(pairs: Sequence[Pair], newest_minute: NewestMinute = NEWEST_MINUTE) -> list[Tried]:
    """Try pairs, all of them at once in one account."""
    with EmbeddedAws(newest_minute=newest_minute) as aws:
        set_quota(INSTANCE_TYPE, MOST_INSTANCES)
        trials = [_prepare(aws, pair, green) for pair in pairs for green in Green]
        _begin_traffic(aws, trials)
        guards = dict[int, tuple[Guardrail, ...]]()
        for trial in sorted(trials, key=lambda each: each.pair.second):
            _begin_update(aws, trial, guards)
        aws.clock.sleep(max(map(_length, trials)) + AFTERMATH_SECONDS)
        journal = list(aws.journal.of_kind("endpoint"))
        done = [_done(aws, trial, journal) for trial in trials]
    found = [_of_pair(pair, trials, done) for pair in pairs]
    return [replace(each, newest_minute=newest_minute) for each in found]


def _of_pair(pair: Pair, trials: Sequence[_Running], done: Sequence[Trial]) -> Tried:
    """What became of a pair among those of all."""
    own = [place for place, trial in enumerate(trials) if trial.pair is pair]
    (read,) = [trials[place] for place in own if trials[place].green is CHECKED]
    assert read.checked is not None
    return Tried(pair, read.checked, read.names, {done[p].green: done[p] for p in own})


def _length(trial: _Running) -> int:
    forecast = trial.checked.forecast if trial.checked else None
    return forecast.schedule.seconds if forecast else 0


# ---- What there is before ---------------------------------------------------------------------


def _prepare(aws: EmbeddedAws, pair: Pair, green: Green) -> _Running:
    """The configs, the endpoint and the alarms of a trial."""
    trial = _Running(pair, green, f"p{pair.number}-{green.name.lower()}")
    _make_config(aws, trial, BLUE, pair.blue, {})
    _make_config(aws, trial, GREEN, pair.green, _BEHAVIOR[green])
    aws.client("sagemaker").create_endpoint(
        EndpointName=trial.endpoint, EndpointConfigName=_filled(BLUE, trial)
    )
    for name, alarm in zip(trial.names, pair.alarms, strict=True):
        aws.client("cloudwatch").put_metric_alarm(AlarmName=name, **_filled(alarm, trial))
    return trial


def _make_config(
    aws: EmbeddedAws,
    trial: _Running,
    name: str,
    fleet: Mapping[str, tuple[int, int]],
    bad: Mapping[str, str],
) -> None:
    """An endpoint config with a model for each variant, of which some may behave badly."""
    name, sagemaker = _filled(name, trial), aws.client("sagemaker")
    variants = []
    for variant, (weight, instances) in fleet.items():
        behavior = {**_HEALTHY, **(bad if variant in trial.pair.bad else {})}
        sagemaker.create_model(
            ModelName=f"{name}-{variant}",
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": "model:1", "Environment": behavior},
        )
        variants.append(
            {
                "VariantName": variant,
                "ModelName": f"{name}-{variant}",
                "InitialInstanceCount": instances,
                "InitialVariantWeight": weight,
                "InstanceType": INSTANCE_TYPE,
            }
        )
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)


def _filled(what: Any, trial: _Running) -> Any:
    """A drawn alarm with the name of the trial's endpoint in its place."""
    if isinstance(what, str):
        return what.replace(ENDPOINT, trial.endpoint)
    if isinstance(what, Mapping):
        return {key: _filled(value, trial) for key, value in what.items()}
    return [_filled(each, trial) for each in what] if isinstance(what, list) else what


def _begin_traffic(aws: EmbeddedAws, trials: Sequence[_Running]) -> None:
    """Steady traffic, since a day as far as anybody can see."""
    for trial in trials:
        settle(trial.endpoint)
    _to_full_minute(aws)
    for trial in trials:
        if trial.green is CHECKED:
            _pretend_a_day(aws, trial)
        add_traffic(trial.endpoint, trial.pair.requests_per_minute / 60)
    aws.clock.sleep(WARM_UP_SECONDS)


def _to_full_minute(aws: EmbeddedAws) -> None:
    now = aws.clock.now()
    ahead = now.replace(second=0, microsecond=0) + timedelta(minutes=1) - now
    aws.clock.sleep(ahead.total_seconds())


def _pretend_a_day(aws: EmbeddedAws, trial: _Running) -> None:
    """Let there have been requests for a day, of which only their number is known."""
    begin, pair = aws.clock.now() - timedelta(minutes=DAY_MINUTES), trial.pair
    for variant in pair.blue:
        each = pair.per_minute(variant)
        those = {"EndpointName": trial.endpoint, "VariantName": variant}
        key = metric_key(INVOCATION, "Invocations", those)
        for minute in range(DAY_MINUTES):
            requests = int((minute + 1) * each) - int(minute * each)
            if requests:
                at = begin + timedelta(minutes=minute)
                running().add(key, at, Statistics.of(1.0, requests))


# ---- The update ------------------------------------------------------------------------------


def _begin_update(
    aws: EmbeddedAws, trial: _Running, guards: dict[int, tuple[Guardrail, ...]]
) -> None:
    """Check the request, then call UpdateEndpoint as if nothing had been found.

    `guards` are what the guardrails of pairs came to, by number.
    """
    ahead, number = trial.pair.second - aws.clock.now().second, trial.pair.number
    aws.clock.sleep(max(0, ahead))
    if trial.green is CHECKED:
        trial.checked = _checked(aws, trial)
        assert trial.checked.request is not None
        guards[number] = trial.checked.request.guardrails
    _guard(aws, trial, guards[number])
    trial.began = aws.clock.now()
    alarms = () if trial.green is Green.UNGUARDED else trial.all_names
    config = replace(trial.pair.policy, alarms=tuple(alarms)).to_json()
    aws.client("sagemaker").update_endpoint(
        EndpointName=trial.endpoint,
        EndpointConfigName=_filled(GREEN, trial),
        DeploymentConfig=config,
        RetainAllVariantProperties=trial.pair.retains,
    )


def _guard(aws: EmbeddedAws, trial: _Running, guards: Sequence[Guardrail]) -> None:
    """Make the alarms of guardrails for the endpoint of a trial."""
    trial.guards = tuple(
        replace(guard, alarm=alarm_name("", trial.endpoint, guard.variant, guard.key))
        for guard in guards
    )
    for guard in trial.guards:
        members: Any = alarm_of(guard, trial.endpoint, _filled(GREEN, trial))
        aws.client("cloudwatch").put_metric_alarm(**members)


def _checked(aws: EmbeddedAws, trial: _Running) -> Checked:
    situations = Situations(
        clock=aws.clock,
        sagemaker=aws.client("sagemaker"),
        cloudwatch=aws.client("cloudwatch"),
        makes_abort_alarm=False,
    )
    policy = replace(trial.pair.policy, alarms=tuple(trial.names))
    green, retains = _filled(GREEN, trial), trial.pair.retains
    request = Request(
        trial.endpoint,
        green,
        policy,
        retain_all_variant_properties=retains,
        asked=trial.pair.asked,
    )
    return check_situation(request, situations.of(request))


def _done(aws: EmbeddedAws, trial: _Running, journal: Sequence[Entry]) -> Trial:
    """What became of it, by DescribeAlarmHistory, by SageMaker's stages and by DescribeEndpoint."""
    assert trial.began is not None
    changes = [list(_changes(aws, name, trial.began)) for name in trial.all_names]
    tripped = [[at for at, what in each if what.endswith("to ALARM")] for each in changes]
    own = len(trial.names)
    told = aws.client("sagemaker").describe_endpoint(EndpointName=trial.endpoint)
    back = next(
        (
            (entry.at - trial.began).total_seconds()
            for entry in journal
            if entry.data["endpoint"] == trial.endpoint
            and entry.at >= trial.began
            and entry.data["stage"] == "ROLLING_BACK"
        ),
        None,
    )
    return Trial(
        green=trial.green,
        tripped=tripped[:own],
        left=[[at for at, what in each if "from ALARM" in what] for each in changes[:own]],
        rolled_back=back,
        updated=told["EndpointConfigName"] == _filled(GREEN, trial),
        guards_tripped=tripped[own:],
    )


def _changes(aws: EmbeddedAws, alarm: str, began: datetime) -> Iterator[tuple[float, str]]:
    """When an alarm changed its state since the update began, and how."""
    pages = (
        aws.client("cloudwatch")
        .get_paginator("describe_alarm_history")
        .paginate(
            AlarmName=alarm,
            HistoryItemType="StateUpdate",
            StartDate=began,
            ScanBy="TimestampAscending",
        )
    )
    for item in chain.from_iterable(page["AlarmHistoryItems"] for page in pages):
        yield (item["Timestamp"] - began).total_seconds(), item["HistorySummary"]
