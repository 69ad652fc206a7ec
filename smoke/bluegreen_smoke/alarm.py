"""The alarm that the run trips itself, and every alarm that bluegreen made for the endpoint."""

from typing import Any, Final

from bluegreen_smoke.run import Smoke
from bluegreen_smoke.steps import Step, StepFailedError, Thing, wait_until

NAMESPACE: Final = "BluegreenSmoke"
METRIC: Final = "Trip"
KINDS: Final = ("MetricAlarms", "CompositeAlarms")
LONGEST_WAIT_SECONDS: Final = 900


def steps(smoke: Smoke) -> list[Step]:
    """The step that makes it."""
    what = "an alarm on a custom metric is in the state OK"
    return [Step("alarm", what, lambda: _make_alarm(smoke), (_alarms(smoke),))]


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
