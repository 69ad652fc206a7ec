"""What is told of an approval that started nothing."""

import json
from typing import Any

import pytest

from bluegreen.contract.findings import Finding
from bluegreen.deployment.ending import HOW_TO_RETRY
from bluegreen.deployment.notification import Notification
from bluegreen.registry.approval import Approval
from bluegreen.registry.approval_notifications import PolicyPlace, policy_invalid, policy_missing
from bluegreen.registry.group_policy import read_document
from bluegreen.sagemaker.package_name import PackageName
from builders import PACKAGE, START

NAME = PackageName.of(PACKAGE)
assert NAME is not None
APPROVAL = Approval(NAME, START, names_the_change=True, claimed_at=START)
ID = f"{APPROVAL.execution_name}/2026-01-05T09:00:00.000Z"
BAD = Finding("unknown-member", "ERROR", '"Kms" is not a member.', "Allowed: EndpointName.")
WARNING = Finding("no-policy", "WARNING", "The request names no policy.", "Give one.")


def place(group: str = "churn", stack: str = "bluegreen") -> PolicyPlace:
    return PolicyPlace(group, f"/{stack}/policies/{group}", stack)


def invalid(*findings: Finding, document: object = None, group: str = "churn") -> Notification:
    return policy_invalid(APPROVAL, place(group), document or {}, findings or [BAD])


def test_a_policy_that_is_missing_word_by_word() -> None:
    told = policy_missing(APPROVAL, place())
    message = (
        "The model package churn/7 was approved but not deployed, because its group"
        ' "churn" has no deployment policy.'
    )
    assert dict(told.body()) == {
        "SchemaVersion": 1,
        "Event": "POLICY_MISSING",
        "NotificationId": f"{ID}/POLICY_MISSING",
        "DeploymentId": APPROVAL.execution_name,
        "Severity": "INFO",
        "Headline": "policy missing",
        "Message": message,
        "ModelPackageArn": PACKAGE,
        "Lines": list(told.lines),
    }
    assert told.severity == "INFO"
    assert told.subject == "INFO: bluegreen: policy missing"
    assert told.text == (
        f"{message}\n\n"
        'To add a policy, run "bluegreen policy put churn FILE", or write the SSM parameter'
        ' "/bluegreen/policies/churn".\n'
        f"Model package: {PACKAGE}\n"
        f"{HOW_TO_RETRY}\n"
        "Account: 123456789012, eu-central-1\n"
        f"Deployment: {APPROVAL.execution_name}"
    )


def test_another_stack_is_named_in_the_command_and_has_a_parameter_of_its_own() -> None:
    told = policy_missing(APPROVAL, place(stack="team-b"))
    assert told.lines[0] == (
        'To add a policy, run "bluegreen policy put churn FILE --stack-name team-b", or write the'
        ' SSM parameter "/team-b/policies/churn".'
    )


def test_a_policy_that_is_bad_word_by_word() -> None:
    told = invalid(WARNING, BAD, document={"EndpointName": "shop", "Kms": 1})
    message = (
        "The model package churn/7 was approved but not deployed, because the deployment policy of"
        ' its group "churn" is invalid. "Kms" is not a member.'
    )
    assert dict(told.body()) == {
        "SchemaVersion": 1,
        "Event": "POLICY_INVALID",
        "NotificationId": f"{ID}/POLICY_INVALID",
        "DeploymentId": APPROVAL.execution_name,
        "EndpointName": "shop",
        "Severity": "WARNING",
        "Headline": "policy invalid",
        "Message": message,
        "ModelPackageArn": PACKAGE,
        "Findings": [BAD.to_json()],
        "Lines": list(told.lines),
    }
    assert told.severity == "WARNING"
    assert told.subject == "WARNING: shop: policy invalid"
    assert told.text == (
        f"{message}\n\n"
        'ERROR unknown-member: "Kms" is not a member. Allowed: EndpointName.\n'
        'The policy is the SSM parameter "/bluegreen/policies/churn". To check a corrected policy,'
        ' run "bluegreen policy check FILE".\n'
        "Endpoint: shop\n"
        f"Model package: {PACKAGE}\n"
        f"{HOW_TO_RETRY}\n"
        "Account: 123456789012, eu-central-1\n"
        f"Deployment: {APPROVAL.execution_name}"
    )


def test_how_to_try_again() -> None:
    assert HOW_TO_RETRY == (
        "To try again, set the model package to PendingManualApproval and then to Approved, or"
        " start an execution with its ModelPackageArn."
    )


@pytest.mark.parametrize("name", ["", "../churn", "churn\n", 7, None, ["churn"], "\ud800"])
def test_an_endpoint_that_is_badly_named_is_not_named(name: Any) -> None:
    assert "EndpointName" not in invalid(document={"EndpointName": name}).body()


@pytest.mark.parametrize(("count", "lines"), [(1, 5), (10, 14), (11, 15), (500, 15)])
def test_ten_faults_are_told_and_the_rest_counted(count: int, lines: int) -> None:
    faults = [Finding("unknown-member", "ERROR", f"m{n}", f"f{n}") for n in range(count)]
    told = invalid(*faults)
    assert len(told.lines) == lines
    assert len(told.details["Findings"]) == min(count, 10)
    assert told.lines[0] == "ERROR unknown-member: m0 f0"
    assert (f"{count - 10} more errors." in told.lines) is (count > 10)
    assert told.message.endswith(" is invalid. m0")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 8192,
        "\x00",
        '{"EndpointName": "\\ud800\\u001b[31m"}',
        json.dumps({f"{n}\n" + "k" * 300: 1 for n in range(20)}),
        json.dumps({"EndpointName": "churn", "Reason": "x\n" * 3000}),
        "{" + "🚀" * 5000,
    ],
)
def test_whatever_stands_in_a_document_the_notification_is_sound(text: str) -> None:
    document, findings = read_document(text)
    told = policy_invalid(APPROVAL, place(), document, findings)
    assert all(line.isprintable() and len(line) <= 1000 for line in (told.message, *told.lines))
    assert told.subject.isprintable()
    assert len(told.subject) < 100
    assert len(json.dumps(told.body()).encode()) < 30_000
    json.dumps(told.body(), ensure_ascii=False).encode()


def test_it_comes_back_from_json_as_it_was() -> None:
    for told in (policy_missing(APPROVAL, place()), invalid()):
        again = Notification.from_json(json.loads(json.dumps(told.to_json())))
        assert again == told
        assert again.key.deployment_id == APPROVAL.execution_name
        assert (again.key.endpoint_name, again.key.started_at) == ("", START)


def test_a_group_of_any_name_stays_in_its_line() -> None:
    group = "a\n\x1b" + "b" * 300
    told = policy_missing(APPROVAL, place(group))
    assert told.message.isprintable()
    assert told.message.endswith(f'its group "a {"b" * 77}…" has no deployment policy.')
