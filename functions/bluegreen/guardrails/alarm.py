"""The alarm of a guardrail: its value is green's rate, its threshold the limit.

Metrics and dimensions: SageMaker Developer Guide, "Amazon SageMaker AI metrics in Amazon
CloudWatch"; Invocations and ModelLatency by endpoint config as in "Auto-Rollback Configuration
and Monitoring". Shapes: `MetricDataQuery` and `PutMetricAlarmInput` (CloudWatch API). An alarm on
an expression takes ten metrics and ten expressions.
"""

from typing import Final

from bluegreen.contract.aws_shapes import MetricAlarmShape, MetricQueryShape
from bluegreen.guardrails.chance import FEW_SLOW, SIGMAS, SLOW_SIGMAS, SMALL_COUNT
from bluegreen.guardrails.guardrail import Guardrail

NAMESPACE: Final = "AWS/SageMaker"
RESULT: Final = "part"
"""The id of the expression that is compared with the limit."""


def alarm_of(guardrail: Guardrail, endpoint: str, config: str) -> MetricAlarmShape:
    """The members of PutMetricAlarm but for the tags; `config` is the requested endpoint config."""
    return {
        "AlarmName": guardrail.alarm,
        "AlarmDescription": description_of(guardrail, endpoint),
        "Metrics": queries_of(guardrail, endpoint, config),
        "EvaluationPeriods": guardrail.periods,
        "DatapointsToAlarm": guardrail.periods,
        "Threshold": guardrail.limit,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": False,  # SageMaker reads its state; it is nobody's to be called by
    }


def description_of(guardrail: Guardrail, endpoint: str) -> str:
    """What somebody is told who finds the alarm in the console."""
    counted = f"counted over {guardrail.period_seconds} seconds"
    if guardrail.periods > 1:
        counted += f", {guardrail.periods} times in a row"
    return (
        f"Rolls back a deployment of endpoint {endpoint} when more than"
        f" {_number(100 * guardrail.limit)} % of green's requests to variant {guardrail.variant}"
        f" {_bad_of(guardrail)}, {counted}, and chance does not explain it. bluegreen makes it,"
        f" and puts it right for each deployment; `bluegreen forget {endpoint}` removes it."
    )


def _bad_of(guardrail: Guardrail) -> str:
    if guardrail.of_latency:
        return f"take longer than {_number(guardrail.limit_ms)} ms"
    return f"end in {guardrail.metric}"


def queries_of(guardrail: Guardrail, endpoint: str, config: str) -> list[MetricQueryShape]:
    """What the alarm watches; `config` is the requested endpoint config, which is green's.

    No FILL: an alarm with it may be left stuck (CloudWatch User Guide). Without a datapoint of its
    own an alarm goes on by old ones, and stays in ALARM long after green is gone. So all of them
    watch the requests of both fleets too: while blue is called there is a 0.
    """
    dimensions = {"EndpointName": endpoint, "VariantName": guardrail.variant}
    green = dimensions | {"EndpointConfigName": config}
    seconds = guardrail.period_seconds
    if guardrail.of_latency:
        rank = f"PR(:{_number(guardrail.limit_microseconds)})"
        requests = _metric("green", guardrail.metric, "SampleCount", green, seconds)
        bad = _metric("fast", guardrail.metric, rank, green, seconds)
    else:
        whose = green if guardrail.by_config else dimensions
        requests = _metric("green", "Invocations", "Sum", green, seconds)
        bad = _metric("errors", guardrail.metric, "Sum", whose, seconds)
    both = _metric("both", "Invocations", "Sum", dimensions, seconds)
    return [requests, both, bad, _result(guardrail)]


def expression_of(guardrail: Guardrail) -> str:
    """Green's rate where it is over the limit by more than chance, otherwise 0.

    Between two series a missing datapoint counts as 0 (CloudWatch User Guide, "Using math
    expressions with CloudWatch metrics"), so `green+0*both` is green's, and 0 where only blue has
    requests. AWS does not say which of its operators bind more strongly, so parentheses do.
    """
    limit, blue = _number(guardrail.limit), _number(guardrail.expected)
    allowed, some = f"{limit}*green", "((green+(0*both))>0)"
    if guardrail.of_latency:
        slow, bound = "green*(1-fast/100)", f"{allowed}+{SLOW_SIGMAS}*({allowed})^0.5+{FEW_SLOW}"
        return f"IF({some} AND ({slow}>({bound})), 1-fast/100, 0)"
    if guardrail.by_config:
        bound = f"{allowed}+{SIGMAS}*({allowed})^0.5+{SMALL_COUNT}"
        return f"IF({some} AND (errors>({bound})), errors/green, 0)"
    of_blue = f"{blue}*(both-green)"
    bound = f"{of_blue}+{allowed}+{SIGMAS}*({of_blue}+{allowed})^0.5+{SMALL_COUNT}"
    return f"IF((green>0) AND (errors>({bound})), (errors-{of_blue})/green, 0)"


def _result(guardrail: Guardrail) -> MetricQueryShape:
    return {
        "Id": RESULT,
        "Expression": expression_of(guardrail),
        "Label": label_of(guardrail),
        "ReturnData": True,
    }


def label_of(guardrail: Guardrail) -> str:
    """What the alarm's value is, in words."""
    if guardrail.of_latency:
        return f"part of green's requests slower than {_number(guardrail.limit_ms)} ms"
    return f"part of green's requests with {guardrail.metric}"


def _metric(
    id_: str, name: str, statistic: str, dimensions: dict[str, str], seconds: int
) -> MetricQueryShape:
    shown = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": shown}
    stat = {"Metric": metric, "Period": seconds, "Stat": statistic}
    return {"Id": id_, "MetricStat": stat, "ReturnData": False}


def _number(value: float) -> str:
    """A number as metric math reads it, without an exponent."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
