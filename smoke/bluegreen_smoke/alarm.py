"""The alarm that the run trips itself, alarms as guardrails have, and all that bluegreen made."""

from typing import Any, Final

from bluegreen.guardrails.alarm import alarm_of
from bluegreen.guardrails.asked import LATENCY, SERVER_ERRORS
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen_smoke.run import BLUE, VARIANT, Smoke
from bluegreen_smoke.steps import Step, StepFailedError, Thing, wait_until

NAMESPACE: Final = "BluegreenSmoke"
METRIC: Final = "Trip"
KINDS: Final = ("MetricAlarms", "CompositeAlarms")
LONGEST_WAIT_SECONDS: Final = 900


def steps(smoke: Smoke) -> list[Step]:
    """The steps that make them."""
    what = "an alarm on a custom metric is in the state OK"
    ours = "alarms on the expressions of guardrails are taken, and come to the state OK"
    return [
        Step("alarm", what, lambda: _make_alarm(smoke), (_alarms(smoke),)),
        Step("guardrails", ours, lambda: _make_guardrails(smoke), goes_on=True),
    ]


def _make_alarm(smoke: Smoke) -> str:
    """One datapoint latches it: what is missing later changes nothing."""
    smoke.aws.client("cloudwatch").put_metric_alarm(
        AlarmName=smoke.named("trip"),
        Namespace=NAMESPACE,
        MetricName=METRIC,
        Dimensions=_dimensions(smoke),
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="ignore",
        ActionsEnabled=False,
    )
    publish(smoke, 0)
    if not wait_until(lambda: alarm_state(smoke) == "OK", smoke.clock, LONGEST_WAIT_SECONDS):
        raise StepFailedError(f"the alarm is {alarm_state(smoke)} after a datapoint of 0")
    return f"{smoke.named('trip')} is OK after a datapoint of 0"


def _make_guardrails(smoke: Smoke) -> str:
    """One on errors of both fleets, and one on latency with `PR(:x)`; no deployment has them."""
    names = [smoke.named(f"guardrail-{each}") for each in ("5xx", "latency")]
    errors = Guardrail(names[0], VARIANT, SERVER_ERRORS, "5xx", 0.02, 0.2, period_seconds=60)
    slow = Guardrail(names[1], VARIANT, LATENCY, "latency-p90", 0.1, 0.5, 60, 3, limit_ms=300)
    client = smoke.aws.client("cloudwatch")
    for guardrail in (errors, slow):
        client.put_metric_alarm(**alarm_of(guardrail, smoke.name, smoke.named(BLUE)))
    if not wait_until(lambda: _are_ok(smoke, names), smoke.clock, LONGEST_WAIT_SECONDS):
        raise StepFailedError(f"not all of them are OK: {_states(smoke, names)}")
    return "both are OK without a request"


def _are_ok(smoke: Smoke, names: list[str]) -> bool:
    return set(_states(smoke, names).values()) == {"OK"}


def _states(smoke: Smoke, names: list[str]) -> dict[str, str]:
    """By name, with why CloudWatch cannot evaluate one, if it says so."""
    found = smoke.aws.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return {each["AlarmName"]: each.get("EvaluationState") or each["StateValue"] for each in found}


def _dimensions(smoke: Smoke) -> list[dict[str, str]]:
    return [{"Name": "Run", "Value": smoke.name}]


def publish(smoke: Smoke, value: float) -> None:
    """Send a datapoint of the alarm's metric: 1 trips it."""
    data = {"MetricName": METRIC, "Dimensions": _dimensions(smoke), "Value": value}
    smoke.aws.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])


def alarm_state(smoke: Smoke) -> str:
    """The state of the alarm to trip."""
    found = smoke.aws.client("cloudwatch").describe_alarms(AlarmNames=[smoke.named("trip")])
    return str(found["MetricAlarms"][0]["StateValue"])


def _alarms(smoke: Smoke) -> Thing:
    """The alarm to trip, and every alarm that bluegreen itself made for the endpoint."""
    client = smoke.aws.client("cloudwatch")

    def ours() -> list[str]:
        pages = client.get_paginator("describe_alarms").paginate(
            AlarmTypes=[kind.removesuffix("s") for kind in KINDS]
        )
        alarms = [alarm for page in pages for kind in KINDS for alarm in page.get(kind, [])]
        return [alarm["AlarmName"] for alarm in alarms if _is_ours(smoke, alarm)]

    return Thing(
        f"alarms of {smoke.name}",
        lambda: bool(ours()),
        lambda: client.delete_alarms(AlarmNames=ours()),
    )


def _is_ours(smoke: Smoke, alarm: dict[str, Any]) -> bool:
    """Alarms of the stack, which watch what AWS measures, go with the stack."""
    return smoke.name in alarm["AlarmName"] and not alarm.get("Namespace", "").startswith("AWS/")
