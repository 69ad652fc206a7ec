"""Executions of earlier releases, which keep their workflow and meet this release's handlers.

`README.md` tells what the folders hold.
"""

from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen_simulator.run.stack import transformed
from releases.record import ROOT, STATES
from releases.resume import (
    AFTER_ERROR,
    ENTERED,
    WORKFLOW,
    Parked,
    Resumed,
    parked,
    releases,
    resume,
)

PARKED = list(parked())
WORDS = {"Findings", "Reason", "Request"}
"""Members of the record that hold sentences, or may come to hold more members."""


def names(findings: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(finding["Id"], finding["Severity"]) for finding in findings]


TOLD_IN_WORDS: Final = {"Message", "ModelRegistry"}
SINCE_THEN: Final = {
    "SchemaVersion",
    "Headline",
    "Lines",
    "Links",
    "Severity",
    "RequestedEndpointConfigName",
    "PreviousEndpointConfigName",
    "LiveEndpointConfigName",
}
"""What the earlier release did not tell."""


def without_words(notification: dict[str, Any]) -> dict[str, Any]:
    left_out = TOLD_IN_WORDS | SINCE_THEN
    return {name: value for name, value in notification.items() if name not in left_out}


def test_every_release_is_recorded_whole() -> None:
    assert next(folder.name for folder in releases()) == "0.1"
    for release in releases():
        entered = {p.state["State"] for p in PARKED if p.folder.parent == release}
        assert entered == set(STATES)
        assert "QueryLanguage" in (release / WORKFLOW).read_text(encoding="utf-8")


@pytest.mark.parametrize("release", releases(), ids=lambda folder: folder.name)
def test_this_release_is_where_executions_of_an_earlier_one_look_for_it(release: Path) -> None:
    machine = transformed(ROOT / "template.yaml")["Resources"]["DeploymentStateMachine"]
    given = set(machine["Properties"]["DefinitionSubstitutions"])
    assert set(wanted_by((release / WORKFLOW).read_text(encoding="utf-8"))) <= given


def wanted_by(workflow: str) -> list[str]:
    return [part.partition("}")[0] for part in workflow.split("${")[1:]]


def in_the_gate() -> set[str]:
    """One at each state, and in each way: of the last deployment that came there."""
    ways = {(each.state["State"], each.how): str(each) for each in PARKED}
    return {one for (state, how), one in ways.items() if (state, how) != ("AwaitStage", ENTERED)}


def marked(execution: Parked) -> Any:
    """Who is put to sleep enters AwaitStage too: that is for `make test-all`, like all others."""
    marks = [] if str(execution) in in_the_gate() else [pytest.mark.slow]
    return pytest.param(execution, id=str(execution), marks=marks)


@pytest.mark.parametrize("execution", [marked(execution) for execution in PARKED])
def test_an_execution_of_an_earlier_release_goes_on_to_its_end(execution: Parked) -> None:
    resumed = resume(execution)
    assert_it_is_the_recorded_moment(execution, resumed)
    assert_it_ends_as_it_did(execution, resumed)
    assert_what_is_told_follows_on(execution, resumed)
    assert_the_lock_is_free(execution, resumed)


def assert_it_is_the_recorded_moment(execution: Parked, resumed: Resumed) -> None:
    recorded = execution.deployment["Execution"]
    assert resumed.execution["name"] == recorded["Name"]
    assert resumed.execution["executionArn"] == recorded["Id"]
    assert resumed.endpoint_then == execution.state["Endpoint"]


def assert_it_ends_as_it_did(execution: Parked, resumed: Resumed) -> None:
    wanted, state = execution.deployment["End"], execution.state
    assert (resumed.end["Status"], resumed.end["Error"]) == (wanted["Status"], wanted["Error"])
    if execution.how != AFTER_ERROR:  # which takes five minutes more
        assert resumed.states == execution.states()
    record = resumed.end["Record"]
    plain = {name: value for name, value in wanted["Record"].items() if name not in WORDS}
    assert {name: record.get(name) for name in plain} == plain
    assert record["Reason"]
    request = wanted["Record"].get("Request", {})
    assert {name: record["Request"].get(name) for name in request} == request
    if state["State"] != "ValidatePolicy":
        assert names(record["Findings"]) == names(wanted["Record"]["Findings"])
    assert resumed.package == wanted["ModelPackage"]


def assert_what_is_told_follows_on(execution: Parked, resumed: Resumed) -> None:
    """No fact is told twice over the change of releases, and none is left out."""
    wanted = execution.deployment["End"]["Notifications"]
    told = [without_words(body) for body in resumed.told]
    assert told == [without_words(body) for body in wanted[execution.told_before :]]
    assert "Verdict" in told[-1]


def assert_the_lock_is_free(execution: Parked, resumed: Resumed) -> None:
    rows = [row for row in resumed.rows if "Ended" not in row]  # release 0.1 wrote no such rows
    keys = [[row["pk"], row["sk"]] for row in rows]
    assert keys == execution.deployment["End"]["RowKeys"]
    locks = [row for row in resumed.rows if row["sk"] == "LOCK"]
    assert [set(lock) for lock in locks] == [{"pk", "sk", "EndpointName", "Fence"}] * len(locks)
