"""What the record of a deployment says of its model package, as the registry shows it then."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen.registry.model_package import ModelPackage
from bluegreen.states.conclude_deployment import APPROVAL_NOT_KNOWN, _Judged, _with_approval
from builders import KEY, PACKAGE, at, deployment

DEPLOYED = replace(deployment().request, model_package_arn=PACKAGE)
APPROVED = ModelPackage(PACKAGE, "churn", "Completed", "Approved")


def judged(found: Any, trigger: Trigger | None = None, **changes: Any) -> _Judged:
    """What is said when the registry finds this, or fails so."""

    def find(_: str) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    account: Any = SimpleNamespace(registry=SimpleNamespace(find=find))
    record = record_of(KEY, "arn", Decision(Verdict.SUCCEEDED, "It works.", trigger), [], at(9))
    return _with_approval(_Judged(record), deployment(**{"request": DEPLOYED, **changes}), account)


@pytest.mark.parametrize("found", [APPROVED, None], ids=["Approved", "gone"])
def test_of_a_package_that_is_approved_or_gone_nothing_is_said(found: Any) -> None:
    said = judged(found)
    assert said.record["Reason"] == "It works."
    assert "ModelApprovalStatus" not in said.record
    assert said.package == found


@pytest.mark.parametrize("approval", ["Rejected", "PendingManualApproval"])
def test_that_an_approval_was_withdrawn_is_said(approval: str) -> None:
    package = replace(APPROVED, approval=approval, approval_description="biased")
    said = judged(package)
    assert said.record["ModelApprovalStatus"] == approval
    assert said.record["Reason"] == (
        f"It works. Meanwhile the model package churn/7 was set to {approval}"
        ' (ApprovalDescription "biased").'
    )
    assert said.package == package


def test_where_it_is_why_the_deployment_was_aborted_it_is_not_said_twice() -> None:
    package = replace(APPROVED, approval="Rejected")
    abort = Abort(at(400), AbortCause.REJECTED)
    said = judged(package, Trigger.ABORT, abort=abort)
    assert said.record["Reason"] == "It works."
    assert said.record["ModelApprovalStatus"] == "Rejected"
    other = judged(package, Trigger.ALARM, abort=abort)
    assert "Meanwhile" in other.record["Reason"]


@pytest.mark.parametrize("error", [RequestRejected("denied"), ObservationUnavailable("later")])
def test_a_registry_that_cannot_be_read_is_said(error: Exception) -> None:
    said = judged(error)
    assert said.record["Reason"] == f"It works. {APPROVAL_NOT_KNOWN} {error}"
    assert said.package is None


def test_without_a_package_nothing_is_read() -> None:
    said = judged(RuntimeError("read"), request=deployment().request)
    assert said.record["Reason"] == "It works."
