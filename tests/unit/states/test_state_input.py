"""What StartUpdate reads from the state document, of this release and of earlier ones."""

from typing import Any

import pytest

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.state import FindingDocument, FunctionInput
from bluegreen.request.request import Request
from bluegreen.states.state_input import deployment_in, key_in, workflow_version_in
from builders import CANARY, GREEN

ID = "endpoint-will-be-created"
OF_RELEASE_0_1: FindingDocument = {"Id": ID, "Severity": "INFO", "Message": "It will be created."}
OTHERS: list[FindingDocument] = [
    {"Id": "no-policy", "Severity": "WARNING"},
    {"Id": "share-rounded", "Severity": "INFO"},
]


def given(findings: list[FindingDocument], **members: Any) -> FunctionInput:
    state: Any = {
        "EndpointName": "churn",
        "Findings": findings,
        "Request": Request("churn", GREEN, CANARY).to_json(),
        "Fleet": 4,
        "Fence": 1,
        **members,
    }
    return {
        "ExecutionArn": "arn",
        "DeploymentId": "deploy-1",
        "StartedAt": "2026-01-05T09:00:00.000Z",
        "State": state,
    }


@pytest.mark.parametrize("name", ["churn", "c" * 63, "C-1"])
def test_the_key_has_the_name_of_the_endpoint(name: str) -> None:
    assert key_in(given([], EndpointName=name)).endpoint_name == name


@pytest.mark.parametrize("name", ["", "c" * 64, "c" * 2048, "-churn", "churn\n", "é", None, 7, []])
def test_what_cannot_be_the_name_of_an_endpoint_is_no_key(name: Any) -> None:
    assert key_in(given([], EndpointName=name)).endpoint_name == ""


@pytest.mark.parametrize(
    ("findings", "members", "may_create"),
    [
        ([], {}, False),
        (OTHERS, {}, False),
        (OTHERS, {"Creates": True}, True),
        # The list of findings is cut after the worst fifty: only the member counts.
        ([{"Id": ID, "Severity": "WARNING"}], {"Creates": True}, True),
        ([{"Id": ID, "Severity": "WARNING"}], {}, False),
        ([{"Id": ID, "Severity": "ERROR"}], {}, False),
        # Begun by release 0.1, which knew no such member.
        ([OF_RELEASE_0_1], {}, True),
        ([*OTHERS, OF_RELEASE_0_1], {}, True),
        ([{"Id": ID, "Severity": "INFO"}], {}, True),  # its message was cut off
        ([OF_RELEASE_0_1], {"Creates": False}, False),
    ],
)
def test_whether_the_endpoint_may_be_created(
    findings: list[FindingDocument], members: dict[str, Any], may_create: bool
) -> None:
    assert deployment_in(given(findings, **members)).may_create is may_create


def test_this_release_makes_no_finding_that_could_be_taken_for_that_of_0_1() -> None:
    assert CATALOGUE[ID].severities == ("ERROR",)


def test_findings_of_an_earlier_release_are_kept_as_they_were() -> None:
    unknown: FindingDocument = {"Id": "of-another-release", "Severity": "WARNING", "Message": "m"}
    kept = deployment_in(given([unknown, OF_RELEASE_0_1])).findings
    assert [finding.to_json() for finding in kept] == [unknown, OF_RELEASE_0_1]


def test_an_execution_of_release_0_1_does_not_say_which_workflow_it_runs() -> None:
    assert workflow_version_in(given([])) == 1
    assert workflow_version_in({**given([]), "WorkflowVersion": 2}) == 2


def test_who_has_no_lock_has_no_fence() -> None:
    state: Any = given([])
    assert deployment_in(state).fence == 1
    del state["State"]["Fence"]
    assert deployment_in(state).fence == 0
