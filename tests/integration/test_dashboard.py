"""The dashboard shows what there is: metrics that are written, queues and alarms that exist."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen.contract.record import Verdict
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import deploy

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
OF_ABORTS: Final = "-abort-"


def properties(aws: EmbeddedAws) -> list[dict[str, Any]]:
    """Of each widget of the only dashboard."""
    cloudwatch = aws.client("cloudwatch")
    (entry,) = cloudwatch.list_dashboards()["DashboardEntries"]
    assert entry["DashboardName"] == "bluegreen-eu-central-1"
    body = cloudwatch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]
    return [widget["properties"] for widget in json.loads(body)["widgets"]]


def metrics_in(widget: dict[str, Any]) -> list[list[str]]:
    """The metrics of a widget in full: `.` is the word above, `...` all words above."""
    found: list[list[str]] = []
    for row in widget.get("metrics", []):
        words = [word for word in row if isinstance(word, str)]
        if words[0] == "...":
            words = [*found[-1][: len(found[-1]) - len(words[1:])], *words[1:]]
        found.append([found[-1][n] if word == "." else word for n, word in enumerate(words)])
    return found


def test_without_the_parameter_there_is_no_dashboard() -> None:
    with EmbeddedAws() as aws:
        deploy(aws.world, TEMPLATE)
        assert aws.client("cloudwatch").list_dashboards()["DashboardEntries"] == []


EVERYTHING: Final = {"WebhookParameter": "/team/webhook", "CleanUpAfterDays": "30"}


@pytest.mark.parametrize("parts", [{}, EVERYTHING], ids=["least", "most"])
def test_the_dashboard_shows_every_verdict_both_times_every_queue_and_every_alarm(
    parts: dict[str, str],
) -> None:
    with EmbeddedAws() as aws:
        deploy(aws.world, TEMPLATE, {"Dashboard": "true", **parts})
        widgets = properties(aws)
        shown = [metric for widget in widgets for metric in metrics_in(widget)]
        ours = {metric[1] for metric in shown if metric[0] == "bluegreen"}
        verdicts = {"".join(w.capitalize() for w in verdict.split("_")) for verdict in Verdict}
        assert ours == {f"Deployment{name}" for name in verdicts} | {
            "DeploymentSeconds",
            "SecondsToDetect",
        }
        queues = [url.rsplit("/")[-1] for url in aws.client("sqs").list_queues()["QueueUrls"]]
        dead = {name for name in queues if "-WebhookQueue-" not in name}
        assert {metric[3] for metric in shown if metric[0] == "AWS/SQS"} == dead
        (alarms,) = [set(widget["alarms"]) for widget in widgets if "alarms" in widget]
        made = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert alarms == {each["AlarmArn"] for each in made if OF_ABORTS not in each["AlarmName"]}
        assert {w["region"] for w in widgets if "metrics" in w} == {"eu-central-1"}
