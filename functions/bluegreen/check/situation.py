"""The situation in which a request is checked: endpoint, configs, alarms and account, as data.

Whatever is None is not known, because nobody asked for it or it could not be read. `unknown` says
in words why, by what it is about; what it does not name was not asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bluegreen.contract.aws_shapes import DeploymentConfigShape
from bluegreen.contract.text import plain
from bluegreen.guardrails.blue import Week
from bluegreen.registry.clone import CloneSource
from bluegreen.sagemaker.observation import GONE, Observation

LONGEST_REASON: Final = 200
START_TIMEOUTS: Final = (
    "VariantInstanceProvisionTimeoutInSeconds",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
)
"""How long an instance of a variant may take to be made, to get its model, and to be healthy, one
after the other (API, ProductionVariant)."""

Settings = Mapping[str, object]
"""Members of a SageMaker structure by their names in the API, nothing empty among them."""

NOT_KNOWN: Final = "set, but not known to this AWS SDK"
"""The value of a setting whose name is all that is known of it."""

NOT_ASKED: Final = "it was not asked for"
"""Why something is not known, where nobody tried to read it."""


@dataclass(frozen=True)
class ConfigVariant:
    """A production variant of an endpoint config; `model` is empty for inference components.

    `instances` is its InitialInstanceCount, 0 where it is serverless. `marketplace`: whether a
    container of its model comes from AWS Marketplace. `role_arn` is its model's execution role.
    `model_exists` is False when there is no such model. `settings` are the members of the
    ProductionVariant but its name and its model, `model_network` those of its model that place it
    in a network; None: nobody knows the model.
    """

    name: str
    instances: int
    instance_type: str = ""
    model: str = ""
    serverless: bool = False
    accelerator: str = ""
    marketplace: bool | None = None
    role_arn: str = ""
    model_exists: bool | None = None
    settings: Settings = field(default_factory=dict)
    model_network: Settings | None = None

    @property
    def weight(self) -> float:
        """Its InitialVariantWeight; 1.0 where it names none, as the API says."""
        weight = self.settings.get("InitialVariantWeight", 1.0)
        return float(weight) if isinstance(weight, int | float) else 1.0

    @property
    def start_timeouts(self) -> dict[str, int]:
        """Those of `START_TIMEOUTS` that it sets, in seconds; AWS documents no defaults."""
        found = {name: self.settings.get(name) for name in START_TIMEOUTS}
        return {name: value for name, value in found.items() if isinstance(value, int)}

    @property
    def start_seconds(self) -> int:
        """How long an instance may take to come up by the timeouts that it sets."""
        return sum(self.start_timeouts.values())


@dataclass(frozen=True)
class Config:
    """An endpoint config; `shadows` counts its shadow variants.

    `settings` are the members of DescribeEndpointConfig but name, ARN, time and production
    variants. A member that the AWS SDK in use does not know is there by its path, as `NOT_KNOWN`.
    """

    name: str
    variants: tuple[ConfigVariant, ...]
    asynchronous: bool = False
    shadows: int = 0
    settings: Settings = field(default_factory=dict)


MetricKey = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric's namespace, name and dimensions."""


def metric_key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """A metric as a key."""
    return namespace, name, frozenset(dimensions.items())


@dataclass(frozen=True)
class Metric:
    """What a metric alarm, or one query of its expression, watches; `period_seconds` its Period.

    `statistic` is `Average`, `Sum`, ... or an extended one such as `p95`; `unit` is empty where
    the alarm names none. `account_id` is that of another account, where it watches one.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Average"
    period_seconds: int = 60
    unit: str = ""
    account_id: str = ""


@dataclass(frozen=True)
class Alarm:
    """An alarm as DescribeAlarms shows it.

    `metrics` has one entry for an alarm on a metric, one for each metric of an expression, none
    for a composite alarm and one on logs. `expression` is metric math, or an anomaly detection
    band; it is `open_ended` where it asks for more than the metrics that it names, as PromQL and
    Metrics Insights do. `missing_data` is its TreatMissingData. `ignores_low_samples`:
    EvaluateLowSampleCountPercentile is `ignore`. `by_the_clock`: its EvaluationWindow is a
    WallClockWindow. `fails_to_evaluate`: EvaluationState says so. `warms_up_until`: the end of its
    warm-up period.
    """

    name: str
    state: str = "OK"
    metrics: tuple[Metric, ...] = ()
    comparison: str = "GreaterThanThreshold"
    threshold: float = 0.0
    evaluation_periods: int = 1
    datapoints_to_alarm: int = 1
    missing_data: str = "missing"
    expression: bool = False
    composite: bool = False
    log: bool = False
    open_ended: bool = False
    ignores_low_samples: bool = False
    by_the_clock: bool = False
    fails_to_evaluate: bool = False
    warms_up_until: datetime | None = None

    @property
    def metric(self) -> Metric | None:
        """The one metric that it watches; None for expressions and composite alarms."""
        return self.metrics[0] if self.metrics and not self.expression else None

    @property
    def period_seconds(self) -> int:
        """The period of what it watches."""
        return max((metric.period_seconds for metric in self.metrics), default=60)


@dataclass(frozen=True)
class Traffic:
    """A variant's requests a minute in the last day: the mean, the least and the most of a minute.

    None where only the mean is known.
    """

    mean_per_minute: float
    lowest_per_minute: float | None = None
    highest_per_minute: float | None = None

    def between(self, factor: float) -> "Traffic":
        """What may come where either this traffic does or so many times as much."""
        less, more = min(1.0, factor), max(1.0, factor)
        lowest, highest = self.lowest_per_minute, self.highest_per_minute
        return Traffic(
            self.mean_per_minute * less,
            None if lowest is None else lowest * less,
            None if highest is None else highest * more,
        )


@dataclass(frozen=True)
class Quota:
    """Instances of one type "for endpoint usage": how many are allowed, how many run."""

    allowed: int
    running: int


@dataclass(frozen=True)
class LastPolicy:
    """The `DeploymentConfig` of an endpoint's last update, as DescribeEndpoint shows it.

    `unknown_members` are those of its members that the AWS SDK in use does not know.
    """

    config: DeploymentConfigShape
    unknown_members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """All that is known beside the request itself.

    `alarms` are those of the request that exist, by name; of one that retains its policy, those of
    `last_policy`, among them perhaps `abort_alarm`, which is the stack's own. `traffic` is by
    variant, `quotas` by instance type. `scalable` are the variants that are scalable targets.
    `roles_may_describe_alarms` is by role ARN. `source` is what the requested config is made
    from, where it is to be made from a model package. `shown` are metrics that had data in the last
    two weeks, of those that were looked for. `now` is when it was read. `weeks` is what blue did in
    its last week, by variant, of those that guardrails are to guard. `guardrail_alarms` is the
    stack's parameter GuardrailAlarms; empty: nobody knows it. `makes_abort_alarm`: the stack makes
    one, as it does unless it is told otherwise. `guardrail_texts` are what the tags of
    alarms of guardrails say, by alarm, of those of `last_policy` that are the stack's own.
    """

    endpoint: Observation
    live: Config | None = None
    requested: Config | None = None
    alarms: Mapping[str, Alarm] | None = None
    traffic: Mapping[str, Traffic] | None = None
    quotas: Mapping[str, Quota] | None = None
    scalable: frozenset[str] | None = None
    roles_may_describe_alarms: Mapping[str, bool] | None = None
    source: CloneSource | None = None
    shown: frozenset[MetricKey] = frozenset()
    now: datetime | None = None
    last_policy: LastPolicy | None = None
    abort_alarm: str = ""
    weeks: Mapping[str, Week] | None = None
    stack_name: str = "bluegreen"
    guardrail_alarms: str = ""
    makes_abort_alarm: bool = True
    guardrail_texts: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    def was_asked(self, what: str) -> bool:
        """Whether somebody tried to read something."""
        return self.unknown.get(what, NOT_ASKED) != NOT_ASKED

    def why_unknown(self, what: str) -> str:
        """Why something is not known, as it stands within a sentence."""
        return plain(self.unknown.get(what, NOT_ASKED), LONGEST_REASON)

    def true_name(self, asked: str) -> str:
        """An endpoint's own name, of which SageMaker ignores the case; the given one if not seen.

        The dimensions of its metrics have that name and no other.
        """
        name = self.endpoint.name
        return name if name.lower() == asked.lower() else asked

    @property
    def exists(self) -> bool:
        """Whether the endpoint is there."""
        return self.endpoint.status != GONE

    @property
    def live_variants(self) -> set[str]:
        """The names of the endpoint's variants, scaled to nothing though they may be."""
        configured = {variant.name for variant in self.live.variants} if self.live else set()
        return configured | {variant.name for variant in self.endpoint.variants}

    @property
    def live_instances(self) -> dict[str, int]:
        """The instances that each variant of the endpoint has, or is to have."""
        counts = {
            v.name: v.desired_instances or v.current_instances for v in self.endpoint.variants
        }
        configured = {v.name: v.instances for v in self.live.variants} if self.live else {}
        return configured | {name: count for name, count in counts.items() if count}
