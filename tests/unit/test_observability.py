"""Each line on a deployment has its id, the last one before an error too; others have none."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bluegreen.contract.record import DeploymentRecord, StageRecord
from bluegreen.metrics import measure
from bluegreen.observability import about, logger


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logger.registered_handler.setStream(stream)  # type: ignore[attr-defined] # a StreamHandler
    yield stream
    if before is not None:
        logger.registered_handler.setStream(before)  # type: ignore[attr-defined] # likewise


def lines_in(log: io.StringIO) -> list[tuple[str, Any]]:
    documents = [json.loads(line) for line in log.getvalue().splitlines()]
    return [(line["message"], line.get("deployment_id")) for line in documents]


def test_a_line_has_the_id_of_the_deployment_that_it_is_about(log: io.StringIO) -> None:
    logger.info("before")
    with about("deploy-1"):
        logger.info("first")
    logger.info("between")
    with about("deploy-2"):
        logger.info("second")
    assert lines_in(log) == [
        ("before", None),
        ("first", "deploy-1"),
        ("between", None),
        ("second", "deploy-2"),
    ]


def test_before_an_error_a_line_names_it_without_its_words(log: io.StringIO) -> None:
    with pytest.raises(ValueError, match="secret"), about("deploy-1"):
        raise ValueError("secret")
    logger.info("after")
    assert lines_in(log) == [("ends with an error", "deploy-1"), ("after", None)]
    assert '"error":"ValueError"' in log.getvalue()
    assert "secret" not in log.getvalue()


def stage(name: str, share: int, minute: int) -> StageRecord:
    moment = f"2026-01-05T09:{minute:02}:00.000Z"
    return {"Stage": name, "TrafficPercent": share, "StartedAt": moment, "EndedAt": moment}


ROLLED_BACK: DeploymentRecord = {
    "SchemaVersion": 1,
    "DeploymentId": "deploy-1",
    "ExecutionArn": "arn",
    "Verdict": "ROLLED_BACK",
    "Trigger": "ALARM",
    "Reason": "an alarm",
    "TrippedAlarms": ["errors"],
    "Findings": [],
    "Stages": [
        stage("PROVISIONING", 0, 0),
        stage("BAKING", 25, 5),
        stage("ROLLING_BACK", 0, 8),
    ],
    "StartedAt": "2026-01-05T09:00:00.000Z",
    "EndedAt": "2026-01-05T09:10:30.000Z",
}


def measured(record: DeploymentRecord, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    measure(record)
    document = json.loads(capsys.readouterr().out)
    (metrics,) = document["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "bluegreen"
    assert metrics["Dimensions"] in ([[]], [["service"]])  # each id would be a metric of its own
    assert document["deployment_id"] == "deploy-1"
    return {each["Name"]: document[each["Name"]] for each in metrics["Metrics"]}


def test_a_rollback_is_counted_with_its_time_and_the_time_until_it_was_detected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert measured(ROLLED_BACK, capsys) == {
        "DeploymentRolledBack": [1.0],
        "DeploymentSeconds": [630.0],
        "SecondsToDetect": [180.0],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"Verdict": "ROLLED_BACK", "Trigger": "ABORT"},  # nobody detected anything
        {"Stages": ROLLED_BACK["Stages"][:2]},  # no event told when it began
        {"Stages": [ROLLED_BACK["Stages"][0], ROLLED_BACK["Stages"][2]]},
    ],
)
def test_what_was_not_detected_or_not_seen_has_no_time_to_detect(
    changes: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "SecondsToDetect" not in measured({**ROLLED_BACK, **changes}, capsys)
