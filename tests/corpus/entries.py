"""Policies as people have them, read from YAML: the request of each, and the world it stands in.

Members in capitals are AWS's own, of PutMetricAlarm and PutCompositeAlarm; the others are ours.
The head of `works.yaml` says what stands for what is left out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from bluegreen.check.report import Checked, check_situation
from bluegreen.registry.clone import named
from bluegreen.request.request import Request
from bluegreen_cli.world import read_world
from builders import BLUE, GREEN
from shipped import ROOT

HERE: Final = Path(__file__).parent
HEALTHY: Final[Mapping[str, Any]] = json.loads(
    (ROOT / "events/worlds/churn.json").read_text("utf-8")
)
SIZES: Final = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
FLEETS: Final = {"blue": BLUE, "green": GREEN}
ASYNCHRONOUS: Final = {"OutputConfig": {"S3OutputPath": "s3://churn-answers/"}}
SCALABLE: Final = "sagemaker:variant:DesiredInstanceCount"
TRAFFIC: Final = 600
QUOTA: Final = {"Allowed": 100, "Running": 20}
OF_STATS: Final = {"Period", "Stat", "Unit"}
OURS: Final = {"fleet", "variant", "beside", "metrics"}
DEFAULTS: Final[Mapping[str, Any]] = {
    "StateValue": "OK",
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


@dataclass(frozen=True)
class Entry:
    """One policy; `seen` says where its shape comes from.

    `asks` are the alarms that the request names, all of them if left out. `scaled` are the
    instances that auto scaling has made of `variants`. `config` is more of both endpoint configs.
    `right` are the WARNINGs that it deserves; `derived` are findings, as "SEVERITY id", that
    follow from SageMaker's facts for an example of AWS's.
    """

    name: str
    seen: str
    policy: Mapping[str, Any] | str
    alarms: tuple[Mapping[str, Any], ...] = ()
    asks: tuple[str, ...] | None = None
    variants: Mapping[str, int] = field(default_factory=lambda: {"main": 4})
    scaled: Mapping[str, int] = field(default_factory=dict)
    type: str = "ml.m5.xlarge"
    traffic: Mapping[str, float] | float = TRAFFIC
    asynchronous: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)
    right: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()

    @property
    def request(self) -> Any:
        """The request, which names each alarm unless the entry says which."""
        names = [alarm["AlarmName"] for alarm in self._alarms]
        asked = names if self.asks is None else list(self.asks)
        rollback = {"Alarms": [{"AlarmName": name} for name in asked]}
        body: dict[str, Any] = {"EndpointName": "churn", "EndpointConfigName": GREEN}
        guard = {"AutoRollbackConfiguration": rollback} if asked else {}
        if isinstance(self.policy, str):
            return {**body, "DeploymentConfigName": self.policy, "DeploymentConfig": guard}
        return {**body, "DeploymentConfig": {**_policy(self.policy), **guard}}

    @property
    def world(self) -> dict[str, Any]:
        """The healthy world of the samples, with this entry's fleets, traffic and alarms."""
        fleets = {**self.variants, **self.scaled}
        alarms = self._alarms
        return {
            **{name: body for name, body in HEALTHY.items() if name != "Traffic"},
            **self._traffic(),
            "Endpoint": {**HEALTHY["Endpoint"], "ProductionVariants": list(_summaries(fleets))},
            "EndpointConfigs": [self._config(body) for body in HEALTHY["EndpointConfigs"]],
            "ScalableTargets": [*map(_scalable, self.scaled)],
            "MetricAlarms": [alarm for alarm in alarms if "AlarmRule" not in alarm],
            "CompositeAlarms": [alarm for alarm in alarms if "AlarmRule" in alarm],
            "Quotas": {self.type: QUOTA},
        }

    @cached_property
    def checked(self) -> Checked:
        """The check of the request in that world, both read as the command line reads them."""
        request = named(Request.from_json(self.request))
        return check_situation(request, read_world(self.world, request).situation)

    def _config(self, healthy: Mapping[str, Any]) -> dict[str, Any]:
        """An endpoint config with the entry's variants; shape: DescribeEndpointConfigOutput."""
        of_all = {"InstanceType": self.type, "InitialVariantWeight": 1.0}
        variants = [
            {"VariantName": name, "InitialInstanceCount": count, **of_all}
            | {"ModelName": healthy["EndpointConfigName"]}
            for name, count in self.variants.items()
        ]
        queue = {"AsyncInferenceConfig": ASYNCHRONOUS} if self.asynchronous else {}
        return {**healthy, "ProductionVariants": variants, **queue, **self.config}

    def _traffic(self) -> dict[str, Any]:
        """Asynchronous endpoints count no requests, so of those nothing is known."""
        if self.asynchronous:
            return {}
        given = self.traffic
        means = given if isinstance(given, Mapping) else dict.fromkeys(self.variants, given)
        return {"Traffic": {name: {"MeanPerMinute": mean} for name, mean in means.items()}}

    @property
    def _alarms(self) -> list[dict[str, Any]]:
        return [_alarm(f"churn-{n}", body) for n, body in enumerate(self.alarms, 1)]


def entries(name: str) -> list[Entry]:
    """The entries of one of the YAML files here."""
    bodies = yaml.load((HERE / f"{name}.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return [Entry(**{**body, **_tuples(body)}) for body in bodies]


def _summaries(fleets: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Shape: ProductionVariantSummary."""
    for name, count in fleets.items():
        yield {"VariantName": name, "CurrentInstanceCount": count, "DesiredInstanceCount": count}


def _scalable(variant: str) -> dict[str, str]:
    """Shape: ScalableTarget."""
    return {"ResourceId": f"endpoint/churn/variant/{variant}", "ScalableDimension": SCALABLE}


def _tuples(body: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(value) for name, value in body.items() if isinstance(value, list)}


# ---- Policies --------------------------------------------------------------------------------


def _policy(body: Mapping[str, Any]) -> dict[str, Any]:
    """`{CANARY: 25%, wait: 600, termination: 600, maximum: 3600}` as a DeploymentConfig has it."""
    mode, size = next(iter(body.items()))
    maximum = {"MaximumExecutionTimeoutInSeconds": body["maximum"]} if "maximum" in body else {}
    if mode == "ROLLING":
        back = {"RollbackMaximumBatchSize": _size(body["back"])} if "back" in body else {}
        batch = {"MaximumBatchSize": _size(size), "WaitIntervalInSeconds": body["wait"]}
        return {"RollingUpdatePolicy": {**batch, **back, **maximum}}
    routing = {"Type": mode, "WaitIntervalInSeconds": body.get("wait", 0)}
    if mode in SIZES:
        routing[SIZES[mode]] = _size(size)
    wait = {"TerminationWaitInSeconds": body["termination"]} if "termination" in body else {}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **wait, **maximum}}


def _size(value: int | str) -> dict[str, Any]:
    """`25%` or a number of instances, as a CapacitySize."""
    if isinstance(value, str):
        return {"Type": "CAPACITY_PERCENT", "Value": int(value.removesuffix("%"))}
    return {"Type": "INSTANCE_COUNT", "Value": value}


# ---- Alarms ----------------------------------------------------------------------------------


def _alarm(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """An alarm as DescribeAlarms shows it; `metrics` by id are those of an expression."""
    given = {member: value for member, value in body.items() if member not in OURS}
    if "AlarmRule" in body:
        return {"AlarmName": name, "StateValue": "OK", **given}
    if "metrics" not in body:
        return {"AlarmName": name, **DEFAULTS, "Period": 60, **given, **_metric(body)}
    queries = list(_queries(body["metrics"], "ThresholdMetricId" in body))
    return {"AlarmName": name, **DEFAULTS, **given, "Metrics": queries}


def _metric(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is measured: of both fleets of `main`, unless `fleet` or `variant` says otherwise."""
    fleet = {"EndpointConfigName": FLEETS[body["fleet"]]} if "fleet" in body else {}
    variant = {"VariantName": body.get("variant", "main")}
    names = {"EndpointName": "churn", **variant, **fleet, **body.get("beside", {})}
    names = body.get("Dimensions", names)
    return {
        "Namespace": body.get("Namespace", "AWS/SageMaker"),
        "MetricName": body["MetricName"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
    }


def _queries(metrics: Mapping[str, Any], returns_all: bool) -> Iterator[dict[str, Any]]:
    """Shape: `MetricDataQuery`; the last one is returned, or a band with what it is around."""
    *_, last = metrics
    for id_, query in metrics.items():
        returns = {"Id": id_, "ReturnData": returns_all or id_ == last}
        if isinstance(query, str):
            yield {**returns, "Expression": query}
        else:
            stat = {member: query[member] for member in OF_STATS & query.keys()}
            yield {**returns, "MetricStat": {"Period": 60, **stat, "Metric": _metric(query)}}
