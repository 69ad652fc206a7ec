"""The samples in `events/`: the code reads each and warns of none, and they fit together."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen.check.report import check_situation
from bluegreen.registry.approval import approval_in
from bluegreen.registry.clone import named
from bluegreen.registry.group_policy import read_document, request_of
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request, check
from bluegreen.sagemaker.package_name import PackageName
from bluegreen_cli.world import read_world
from builders import START
from shipped import ROOT

EVENTS: Final = ROOT / "events"
CLAIMED: Final = {"RequestedBy", "Reason"}


def read(name: str) -> Any:
    return json.loads((EVENTS / name).read_text("utf-8"))


@pytest.mark.parametrize("path", sorted((EVENTS / "requests").glob("*.json")), ids=lambda p: p.stem)
def test_a_sample_request_on_a_healthy_endpoint_gives_no_warning(path: Path) -> None:
    body = json.loads(path.read_text("utf-8"))
    assert check(body) == []
    request = named(Request.from_json(body))
    checked = check_situation(request, read_world(read("worlds/churn.json"), request).situation)
    assert {finding.severity for finding in checked.findings} == {"INFO"}
    assert checked.not_checked == ()


@pytest.mark.parametrize("name", ["model-package", "guardrails"])
def test_nothing_is_found_in_the_request(name: str) -> None:
    assert check(read(f"requests/{name}.json")) == []


def test_nothing_is_found_in_the_policy_document() -> None:
    document, findings = read_document((EVENTS / "policies/churn.json").read_text("utf-8"))
    assert (document, findings) == (read("policies/churn.json"), [])


def test_the_event_is_an_approval_with_a_name_that_step_functions_takes() -> None:
    approval = approval_in(read("model-package-state-change.json"), START)
    assert approval
    assert approval.names_the_change
    assert re.fullmatch(r"[0-9A-Za-z_-]{1,80}", approval.execution_name)
    assert approval.execution_name.startswith("churn-2-20260105T090010900Z-")


def test_event_policy_request_and_world_are_of_one_model_package() -> None:
    event, request = read("model-package-state-change.json"), read("requests/model-package.json")
    arn = event["detail"]["ModelPackageArn"]
    assert PackageName.of(arn)
    by_policy = request_of(read("policies/churn.json"), ModelPackage(arn))
    assert {name: value for name, value in request.items() if name not in CLAIMED} == by_policy
    (package,) = read("worlds/churn.json")["ModelPackages"]
    assert [event["resources"], package["ModelPackageArn"]] == [[arn], arn]
    for name in ("ModelPackageGroupName", "ModelPackageVersion", "ModelApprovalStatus"):
        assert package[name] == event["detail"][name]
