"""Bad and hostile policies, packages and requests: told clearly, and nothing is started."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from registry_account import CONSENT, ROLE, Registry, policy_of, running_registry

ACCOUNT_ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
POLICY = policy_of("churn")
CANARY = POLICY["DeploymentConfig"]["BlueGreenUpdatePolicy"]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with running_registry("churn") as registry:
        registry.sagemaker.create_model_package_group(ModelPackageGroupName="fraud")
        yield registry


def changed(**members: Any) -> dict[str, Any]:
    """The sample policy with other members; one that is None is left out."""
    return {name: value for name, value in (POLICY | members).items() if value is not None}


def with_canary(**members: Any) -> dict[str, Any]:
    config = POLICY["DeploymentConfig"]
    return changed(DeploymentConfig=config | {"BlueGreenUpdatePolicy": CANARY | members})


BAD_DOCUMENTS: list[tuple[str, Any, str, str]] = [
    ("a blank", " ", "policy-not-json", "cannot be read as JSON"),
    ("no JSON", "EndpointName: churn", "policy-not-json", "cannot be read as JSON"),
    ("cut off", json.dumps(POLICY)[:-1], "policy-not-json", "cannot be read as JSON"),
    ("a list", "[]", "wrong-type", "The policy document is [],"),
    ("a text", '"churn"', "wrong-type", 'The policy document is "churn",'),
    ("a number", "7", "wrong-type", "The policy document is 7,"),
    ("null", "null", "wrong-type", "The policy document is None,"),
    (
        "a member twice",
        '{"EndpointName": "churn", "EndpointName": "other"}',
        "policy-not-json",
        'the member "EndpointName" twice',
    ),
    ("not a number", '{"EndpointName": NaN}', "policy-not-json", "NaN is not a number in JSON"),
    ("deeply nested", "[" * 4000, "policy-not-json", "cannot be read as JSON"),
    ("no endpoint", changed(EndpointName=None), "missing-member", "EndpointName is missing"),
    ("a number for a name", changed(EndpointName=7), "wrong-type", "EndpointName is 7,"),
    ("a path", changed(EndpointName="../churn"), "value-not-allowed", "EndpointName is"),
    ("two lines", changed(EndpointName="churn\nx"), "value-not-allowed", "EndpointName is"),
    ("too long a name", changed(EndpointName="c" * 64), "value-not-allowed", "has 64 characters"),
    ("half a character", changed(Reason="\ud800"), "value-not-allowed", "Reason is"),
    ("an unknown member", changed(EndpointNmae="x"), "unknown-member", '"EndpointNmae"'),
    ("a role", changed(ExecutionRoleArn=ROLE), "unknown-member", '"ExecutionRoleArn"'),
    ("a key", changed(KmsKeyId="alias/other"), "unknown-member", '"KmsKeyId"'),
    (
        "a place in S3",
        changed(DataCaptureConfig={"DestinationS3Uri": "s3://other/"}),
        "unknown-member",
        '"DataCaptureConfig"',
    ),
    ("a network", changed(VpcConfig={"Subnets": ["s"]}), "unknown-member", '"VpcConfig"'),
    ("a config", changed(EndpointConfigName="x"), "unknown-member", '"EndpointConfigName"'),
    (
        "a package",
        changed(ModelPackageArn=f"{ACCOUNT_ARN}:model-package/churn/1"),
        "unknown-member",
        '"ModelPackageArn"',
    ),
    ("a wrong wish", changed(OnRollback="DELETE"), "value-not-allowed", "OnRollback is"),
    ("a queue of another kind", changed(OnBusy="WAIT"), "value-not-allowed", 'OnBusy is "WAIT"'),
    ("a time without a queue", changed(QueueTimeoutSeconds=90), "timeout-without-queue", "OnBusy"),
    (
        "two policies",
        changed(DeploymentConfigName="AllAtOnce"),
        "two-policies",
        "more than one policy",
    ),
    ("a long wait", with_canary(TerminationWaitInSeconds=3601), "value-not-allowed", "is 3601,"),
    (
        "a large canary",
        with_canary(
            TrafficRoutingConfiguration=CANARY["TrafficRoutingConfiguration"]
            | {"CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 60}}
        ),
        "value-not-allowed",
        "CanarySize.Value is 60,",
    ),
    (
        "eleven alarms",
        changed(
            DeploymentConfig=POLICY["DeploymentConfig"]
            | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"a{n}"} for n in range(11)]}}
        ),
        "value-not-allowed",
        "Alarms has 11 items",
    ),
    ("what no waiver allows", changed(AllowFindings=["same-config"]), "value-not-allowed", "Allow"),
    ("a long text", changed(RequestedBy="x" * 129), "value-not-allowed", "has 129 characters"),
    ("a flag in words", changed(DryRun="yes"), "wrong-type", 'DryRun is "yes",'),
]


def approve(registry: Registry, group: str = "churn") -> str:
    arn = registry.register(group)
    registry.approve(arn)
    registry.sleep(60)
    return arn


def assert_nothing_started(registry: Registry, executions: int) -> None:
    assert len(registry.executions()) == executions
    for operation in ("CreateModel", "CreateEndpointConfig", "UpdateEndpoint", "CreateEndpoint"):
        assert registry.calls(operation) == []
    live = registry.sagemaker.describe_endpoint(EndpointName="churn")
    assert (live["EndpointStatus"], live["EndpointConfigName"]) == ("InService", "churn-one")


@pytest.mark.parametrize(
    ("document", "id_", "words"),
    [case[1:] for case in BAD_DOCUMENTS],
    ids=[case[0] for case in BAD_DOCUMENTS],
)
def test_a_bad_document_is_told_once_and_starts_nothing(
    registry: Registry, document: Any, id_: str, words: str
) -> None:
    before, executions = len(registry.notifications()), len(registry.executions())
    registry.put_policy("churn", document)
    arn = approve(registry)
    (told,) = registry.notifications()[before:]
    assert told["Event"] == "POLICY_INVALID"
    assert told["ModelPackageArn"] == arn
    assert told["Findings"][0]["Id"] == id_
    assert words in told["Findings"][0]["Message"]
    assert words in told["Message"]
    assert_nothing_started(registry, executions)


def test_a_group_without_a_policy_is_told_once(registry: Registry) -> None:
    before, executions = len(registry.notifications()), len(registry.executions())
    arn = approve(registry, "fraud")
    (told,) = registry.notifications()[before:]
    assert (told["Event"], told["ModelPackageArn"]) == ("POLICY_MISSING", arn)
    assert 'its group "fraud" has no deployment policy' in told["Message"]
    assert_nothing_started(registry, executions)


def rejected(registry: Registry, before: int) -> dict[str, Any]:
    """The one notification since, and with it the record's ERROR findings."""
    (told,) = registry.notifications()[before:]
    assert told["Event"] == "DEPLOYMENT_REJECTED"
    return told


def errors(registry: Registry) -> list[str]:
    record = registry.record(registry.executions()[0]["executionArn"])
    return [f["Id"] for f in record["Findings"] if f["Severity"] == "ERROR"]


BAD_POLICIES: list[tuple[str, Mapping[str, Any], str]] = [
    ("an endpoint that is not there", {"EndpointName": "other"}, "endpoint-missing"),
    ("a variant that is not there", {"VariantName": "other"}, "variant-missing"),
    (
        "an alarm that is not there",
        {
            "DeploymentConfig": POLICY["DeploymentConfig"]
            | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "nobody"}]}}
        },
        "alarm-missing",
    ),
]


@pytest.mark.parametrize(
    ("members", "id_"), [case[1:] for case in BAD_POLICIES], ids=[case[0] for case in BAD_POLICIES]
)
def test_a_policy_that_does_not_fit_the_account_is_rejected(
    registry: Registry, members: Mapping[str, Any], id_: str
) -> None:
    before, executions = len(registry.notifications()), len(registry.executions())
    registry.put_policy("churn", POLICY | dict(members))
    arn = approve(registry)
    told = rejected(registry, before)
    assert told["ModelPackageArn"] == arn
    assert id_ in errors(registry)
    assert_nothing_started(registry, executions + 1)


@pytest.mark.parametrize("tag", [None, "fraud", "Churn", "churn fraud", ""])
def test_an_endpoint_whose_owner_does_not_consent_is_left_alone(
    registry: Registry, tag: str | None
) -> None:
    before, executions = len(registry.notifications()), len(registry.executions())
    registry.put_policy("churn", POLICY)
    arn = f"{ACCOUNT_ARN}:endpoint/churn"
    registry.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[CONSENT])
    if tag is not None:
        registry.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": CONSENT, "Value": tag}])
    approve(registry)
    told = rejected(registry, before)
    assert errors(registry) == ["endpoint-without-consent"]
    assert f"tag {CONSENT}" in told["Message"]
    assert 'its owner has not allowed deployments of the group "churn"' in told["Message"]
    assert_nothing_started(registry, executions + 1)
    registry.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[CONSENT])
    registry.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": CONSENT, "Value": "churn"}])


OTHERS = "arn:aws:sagemaker:eu-central-1:210987654321:model-package/churn/2"
ELSEWHERE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/2"
BAD_PACKAGES: list[tuple[str, str, str]] = [
    ("of another account", OTHERS, "package-of-another-account"),
    ("of another Region", ELSEWHERE, "package-of-another-account"),
    ("that is not there", f"{ACCOUNT_ARN}:model-package/churn/900", "package-missing"),
    ("of a group that is not there", f"{ACCOUNT_ARN}:model-package/no/1", "package-missing"),
    ("that was rejected", f"{ACCOUNT_ARN}:model-package/churn/1", "package-not-approved"),
    ("that is served", f"{ACCOUNT_ARN}:model-package/churn/1", "same-package"),
    ("without a version", f"{ACCOUNT_ARN}:model-package/churn", "value-not-allowed"),
    ("that is a group", f"{ACCOUNT_ARN}:model-package-group/churn", "value-not-allowed"),
    ("with a path", f"{ACCOUNT_ARN}:model-package/churn/../1", "value-not-allowed"),
    ("with two lines", f"{ACCOUNT_ARN}:model-package/churn/1\n", "value-not-allowed"),
    ("by its name", "churn", "value-not-allowed"),
]


@pytest.mark.parametrize(
    ("arn", "id_"), [case[1:] for case in BAD_PACKAGES], ids=[case[0] for case in BAD_PACKAGES]
)
def test_a_package_that_cannot_be_deployed_is_rejected_by_hand_too(
    registry: Registry, arn: str, id_: str
) -> None:
    before, executions = len(registry.notifications()), len(registry.executions())
    name = f"by-hand-{before}"
    record = registry.start(name, POLICY | {"ModelPackageArn": arn})
    assert record["Verdict"] == "REJECTED"
    assert id_ in [f["Id"] for f in record["Findings"] if f["Severity"] == "ERROR"]
    rejected(registry, before)
    assert_nothing_started(registry, executions + 1)


@pytest.mark.parametrize(
    "arn", [OTHERS, ELSEWHERE, f"{ACCOUNT_ARN}:model-package/churn/900", "churn", None, 7, [], {}]
)
def test_an_event_about_anything_but_a_package_of_ours_starts_nothing(
    registry: Registry, arn: Any
) -> None:
    before, executions = len(registry.notifications()), len(registry.executions())
    registry.put_policy("churn", POLICY)
    registry.send_approval({"ModelPackageArn": arn, "LastModifiedTime": "2026-01-06T09:00:00Z"})
    registry.sleep(600)
    told = [body["Event"] for body in registry.notifications()[before:]]
    assert told == (["APPROVAL_FOREIGN"] if arn in (OTHERS, ELSEWHERE) else [])
    assert_nothing_started(registry, executions)
