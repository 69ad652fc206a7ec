"""Each line on a deployment has its id, the last one before an error too; others have none."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bluegreen.observability import about, count_verdict, logger


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


def test_a_verdict_that_is_counted_has_the_id_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    count_verdict("ROLLED_BACK", "deploy-1")
    counted = json.loads(capsys.readouterr().out)
    assert counted["DeploymentRolledBack"] == [1.0]
    assert counted["deployment_id"] == "deploy-1"
    (metrics,) = counted["_aws"]["CloudWatchMetrics"]
    assert metrics["Dimensions"] in ([[]], [["service"]])  # each id would be a metric of its own
