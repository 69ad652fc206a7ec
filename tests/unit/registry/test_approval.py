"""Events on model packages: which are approvals, of when, and what execution each one starts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bluegreen.contract.times import from_text, to_text
from bluegreen.registry.approval import (
    Approval,
    approval_in,
    rejection_in,
    withdrawal_in_words,
)
from bluegreen.registry.model_package import ModelPackage
from bluegreen.sagemaker.package_name import PackageName
from builders import PACKAGE

TIME = "2026-03-02T09:00:11Z"
MODIFIED = "2026-03-02T09:00:10.900Z"
AT = datetime(2026, 3, 2, 9, 0, 10, 900_000, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 0, 12, tzinfo=UTC)
MILLISECONDS = 1_772_442_010_900


def event(arn: Any = PACKAGE, **detail: Any) -> dict[str, Any]:
    """An event as the developer guide shows it; a member of `detail` set to `...` is left out."""
    body = {
        "ModelPackageGroupName": "churn",
        "ModelPackageVersion": 7,
        "ModelPackageArn": arn,
        "CreationTime": "2026-03-01T17:40:02.151Z",
        "LastModifiedTime": MODIFIED,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "UpdatedModelPackageFields": ["ModelApprovalStatus"],
        **detail,
    }
    return {
        "detail-type": "SageMaker Model Package State Change",
        "source": "aws.sagemaker",
        "account": "123456789012",
        "time": TIME,
        "detail": {name: value for name, value in body.items() if value is not ...},
    }


def approval(arn: str = PACKAGE, now: datetime = NOW, **detail: Any) -> Approval:
    found = approval_in(event(arn, **detail), now)
    assert found is not None
    return found


def test_the_approval_in_the_documented_event() -> None:
    name = PackageName(PACKAGE, "eu-central-1", "123456789012", "churn", 7)
    found = approval()
    assert found == Approval(name, AT, names_the_change=True, claimed_at=AT)
    assert found.arn == PACKAGE


def test_what_is_nested_deeply_is_no_field_and_no_time() -> None:
    nested: list[Any] = []
    for _ in range(200_000):
        nested = [nested]
    found = approval(UpdatedModelPackageFields=[nested, "ModelApprovalStatus"])
    assert found.names_the_change
    assert approval(LastModifiedTime=nested).claimed_at == from_text(TIME)
    while nested:  # or its end would nest as deeply
        nested = nested.pop()


# ---- What changed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "names_the_change"),
    [
        (["ModelApprovalStatus"], True),
        (["modelApprovalStatus"], True),
        (["MODELAPPROVALSTATUS"], True),
        (["ApprovalDescription", "ModelApprovalStatus", "sourceUri"], True),
        ([None, 7, {}, "ModelApprovalStatus"], True),
        (..., False),
        (None, False),
        ([], False),
    ],
)
def test_an_event_that_names_the_approval_or_no_field_at_all(
    fields: Any, names_the_change: bool
) -> None:
    found = approval_in(event(UpdatedModelPackageFields=fields), NOW)
    assert found is not None
    assert found.names_the_change is names_the_change


@pytest.mark.parametrize(
    "fields",
    [
        ["ModelLifeCycle"],
        ["ApprovalDescription"],
        ["sourceUri", "CustomerMetadataProperties", "InferenceSpecification"],
        ["ModelApprovalStatusOther"],
        ["XModelApprovalStatus"],
        [None],
        [["ModelApprovalStatus"]],
    ],
)
def test_an_event_on_other_fields_only_is_about_something_else(fields: list[Any]) -> None:
    assert approval_in(event(UpdatedModelPackageFields=fields), NOW) is None


@pytest.mark.parametrize(
    "body", [{}, {"detail": None}, {"detail": {}}, {"detail": {"ModelApprovalStatus": "Approved"}}]
)
def test_an_event_without_a_package_is_no_approval(body: dict[str, Any]) -> None:
    assert approval_in({"time": TIME, **body}, NOW) is None


@pytest.mark.parametrize(
    "arn",
    [
        ...,
        None,
        7,
        ["x"],
        {"a": 1},
        "",
        "*",
        "churn/7",
        PACKAGE + "\n",
        PACKAGE + "/../8",
        PACKAGE + "#APPROVAL",
        PACKAGE.replace("/7", ""),
        PACKAGE.replace("/7", "/0"),
        PACKAGE.replace("/7", "/-7"),
        PACKAGE.replace("churn", "a" * 64),
        PACKAGE.replace("churn", "ch urn"),
        PACKAGE.replace("churn", "ch\x00urn"),
        PACKAGE.replace("churn", "ch\ud800urn"),
        PACKAGE.replace("churn", "..%2Fpolicies"),
        PACKAGE.replace("churn", "a" * 100_000),
        PACKAGE.replace("model-package", "endpoint"),
    ],
)
def test_a_hostile_arn_is_no_approval(arn: Any) -> None:
    assert approval_in(event(arn), NOW) is None


# ---- When ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        MODIFIED,
        "2026-03-02T09:00:10.900+00:00",
        "2026-03-02T10:00:10.900+01:00",
        MILLISECONDS,
        float(MILLISECONDS),
        str(MILLISECONDS),
        f"{MILLISECONDS}.0",
        "1.7724420109e12",
    ],
)
def test_the_time_of_the_change_however_it_is_written(value: Any) -> None:
    found = approval(LastModifiedTime=value)
    assert found.at == AT
    assert found.execution_name == approval().execution_name


@pytest.mark.parametrize(
    "value",
    [
        ...,
        None,
        "",
        "yesterday",
        True,
        [],
        {},
        [MODIFIED],
        "nan",
        float("nan"),
        "inf",
        float("-inf"),
        1e300,
        "9" * 400,
        10**18,
        -(10**18),
        "2026-13-02T09:00:00Z",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "x" * 100_000,
    ],
)
def test_without_a_time_of_the_change_it_is_that_of_the_event(value: Any) -> None:
    assert approval(LastModifiedTime=value).at == datetime(2026, 3, 2, 9, 0, 11, tzinfo=UTC)


def test_a_time_before_1970_or_at_its_beginning_is_one_too() -> None:
    assert approval(LastModifiedTime=0).at == datetime(1970, 1, 1, tzinfo=UTC)
    assert approval(LastModifiedTime=-1).at < datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("modified", ["2099-01-01T00:00:00Z", 253_402_300_799_999])
def test_a_time_in_the_future_is_cut_to_now(modified: Any) -> None:
    found = approval(LastModifiedTime=modified)
    assert found.at == NOW
    assert found.claimed_at > NOW


def test_the_time_of_an_event_in_the_future_is_cut_to_now() -> None:
    assert approval(LastModifiedTime=..., now=AT).at == AT


def test_a_copy_of_an_event_from_the_future_names_the_same_execution() -> None:
    claimed = "2099-01-01T00:00:00Z"
    first = approval(LastModifiedTime=claimed)
    copy = approval(LastModifiedTime=claimed, now=NOW + timedelta(hours=1))
    assert first.execution_name == copy.execution_name
    assert first.execution_name.startswith("churn-7-20990101T")


# ---- The execution ---------------------------------------------------------------------------


def test_the_name_of_an_execution_as_it_is_read() -> None:
    assert re.fullmatch("churn-7-20260302T090010900Z-[0-9a-f]{8}", approval().execution_name)


@pytest.mark.parametrize("group", ["a", "a" * 63, "a" + "-" * 61 + "b", "A1-" * 20 + "z"])
@pytest.mark.parametrize("version", [1, 999_999_999])
@pytest.mark.parametrize("modified", [MODIFIED, 0, -62_135_596_800_000, 253_402_300_799_999])
def test_a_name_is_one_that_step_functions_takes(group: str, version: int, modified: Any) -> None:
    arn = PACKAGE.replace("churn/7", f"{group}/{version}")
    name = approval(arn, LastModifiedTime=modified).execution_name
    assert re.fullmatch(r"[0-9A-Za-z_-]{1,80}", name)
    assert name.startswith(f"{group[:40]}-{version}-")


def test_events_of_one_approval_name_one_execution() -> None:
    names = {
        approval().execution_name,
        approval(UpdatedModelPackageFields=...).execution_name,
        approval(LastModifiedTime="2026-03-02T09:00:10.900499Z").execution_name,
        approval(ApprovalDescription="again", ModelPackageStatus="Failed").execution_name,
    }
    assert len(names) == 1


def test_another_time_or_package_is_another_execution() -> None:
    group = PACKAGE.replace("churn", "a" * 50)
    arns = {
        PACKAGE,
        PACKAGE.replace("/7", "/8"),
        PACKAGE.replace("churn", "fraud"),
        PACKAGE.replace("123456789012", "123456789013"),
        PACKAGE.replace("eu-central-1", "eu-central-2"),
        group,
        group.replace("a/", "ab/"),
    }
    times = (MODIFIED, MODIFIED.replace("900Z", "901Z"), MILLISECONDS + 2)
    names = {approval(arn, LastModifiedTime=time).execution_name for arn in arns for time in times}
    assert len(names) == len(arns) * len(times)


def test_a_name_tells_the_time_to_the_millisecond() -> None:
    found = approval(LastModifiedTime=MILLISECONDS + 0.4)
    assert to_text(found.at) == MODIFIED
    assert found.execution_name == approval().execution_name


# ---- Rejections ------------------------------------------------------------------------------


def test_the_package_that_an_event_says_was_rejected() -> None:
    found = rejection_in(event(ModelApprovalStatus="Rejected", UpdatedModelPackageFields=...))
    assert found is not None
    assert found.arn == PACKAGE


@pytest.mark.parametrize(
    "status", ["Approved", "PendingManualApproval", "", None, ["Rejected"], ...]
)
def test_an_event_of_another_status_is_about_no_rejection(status: Any) -> None:
    assert rejection_in(event(ModelApprovalStatus=status)) is None


@pytest.mark.parametrize("arn", ["", None, 7, PACKAGE.rpartition("/")[0], ...])
def test_a_rejection_of_something_else_than_a_version_is_none(arn: Any) -> None:
    assert rejection_in(event(arn, ModelApprovalStatus="Rejected")) is None


def test_a_package_that_is_approved_is_not_spoken_of() -> None:
    assert withdrawal_in_words(ModelPackage(PACKAGE, approval="Approved")) == ""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Rejected"),
        ({"modified_by": "anna"}, 'Rejected (last changed by "anna")'),
        ({"approval_description": "biased"}, 'Rejected (ApprovalDescription "biased")'),
        (
            {"modified_by": "anna", "approval_description": "biased"},
            'Rejected (last changed by "anna", ApprovalDescription "biased")',
        ),
        ({"approval": "PendingManualApproval"}, "PendingManualApproval"),
        ({"approval": ""}, "no approval"),
    ],
)
def test_what_a_person_made_of_an_approval(more: dict[str, Any], words: str) -> None:
    package = replace(ModelPackage(PACKAGE, approval="Rejected"), **more)
    said = withdrawal_in_words(package)
    assert said == f"Meanwhile the model package churn/7 was set to {words}."


def test_whatever_people_wrote_stays_short_and_in_one_line() -> None:
    long = "x\n" * 900
    package = ModelPackage(PACKAGE, approval="Rejected", modified_by=long)
    words = withdrawal_in_words(replace(package, approval_description=long))
    assert len(words) < 300
    assert words.isprintable()
