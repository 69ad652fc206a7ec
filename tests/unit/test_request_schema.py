"""The JSON Schemas: made from the code, take what is good, refuse what the code does.

That of requests, and that of the policy documents of model package groups.
"""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types

from bluegreen.contract.json_shape import ListOf, Shape, Structure, WordOrList
from bluegreen.registry.group_policy import DOCUMENT, check_document
from bluegreen.request.named_policies import check_name
from bluegreen.request.request import REQUEST, STARTED_BY, check
from bluegreen.sagemaker.deployment_config import DEPLOYMENT_CONFIG
from bluegreen_cli.request_schema import DESCRIPTIONS, SCHEMAS, policy_schema, request_schema, text
from shipped import ROOT, members, nodes

SHAPES: Final = {"request": REQUEST, "policy": DOCUMENT}
REQUESTS: Final = sorted((ROOT / "events/requests").glob("*.json"))
POLICIES: Final = sorted((ROOT / "events/policies").glob("*.json"))
VALIDATOR: Final = Draft202012Validator(request_schema())
OF_POLICIES: Final = Draft202012Validator(policy_schema())

CANARY: Final = json.loads((ROOT / "events/requests/canary.json").read_text("utf-8"))
ROLLING: Final = json.loads((ROOT / "events/requests/rolling.json").read_text("utf-8"))
PACKAGE: Final = json.loads((ROOT / "events/requests/model-package.json").read_text("utf-8"))
NAMED: Final = json.loads((ROOT / "events/requests/named.json").read_text("utf-8"))
POLICY: Final = json.loads((ROOT / "events/policies/churn.json").read_text("utf-8"))
ARN: Final = PACKAGE["ModelPackageArn"]
CONFIG: Final = "DeploymentConfig"
BLUE_GREEN: Final = f"{CONFIG}.BlueGreenUpdatePolicy"
ROUTING: Final = f"{BLUE_GREEN}.TrafficRoutingConfiguration"
BATCHES: Final = f"{CONFIG}.RollingUpdatePolicy"
ALARMS: Final = f"{CONFIG}.AutoRollbackConfiguration.Alarms"


def percent(value: float) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def changed(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with members at other values, or without them where the value is `...`."""
    other = copy.deepcopy(body)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = other
        for name in parents:
            place = place[name]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return other


GOOD: Final = [
    changed(CANARY, RetainDeploymentConfig=False),
    changed(CANARY, DeploymentConfig=..., RetainDeploymentConfig=True),
    changed(CANARY, **{STARTED_BY: "arn:aws:states:eu-central-1:123456789012:execution:a:b"}),
    changed(CANARY, **{f"{ROUTING}.WaitIntervalInSeconds": 600.0}),
    changed(CANARY, **{f"{ROUTING}.CanarySize": percent(25.0)}),
    changed(CANARY, OnBusy="QUEUE", QueueTimeoutSeconds=6e2),
    changed(CANARY, Guardrails="Default"),
    changed(CANARY, Guardrails="Strict", NotEnoughData="ABORT"),
    changed(CANARY, Guardrails="None"),
    changed(CANARY, Guardrails=[{"Metric": "Invocation4XXErrors", "MaxRate": 0.01}]),
    changed(CANARY, Guardrails=[{"Metric": "ModelLatency", "MaxRatioToBlue": 1.3}]),
    {"EndpointName": "a", "EndpointConfigName": "b"},
    changed(CANARY, RetainAllVariantProperties=False, ExcludeRetainedVariantProperties=[]),
    changed(CANARY, OnBusy="REJECT", DryRun=True, AllowFindings=["fleet-of-one"]),
    changed(CANARY, OnBusy="QUEUE"),
    changed(CANARY, OnBusy="QUEUE", QueueTimeoutSeconds=60),
    changed(CANARY, OnBusy="SUPERSEDE"),
    changed(PACKAGE, ApprovedAt="2026-01-05T09:00:00Z"),
    changed(PACKAGE, ApprovedAt="2026-01-05T09:00:00.123456+01:00"),
    changed(CANARY, **{f"{ROUTING}.CanarySize": {"Type": "INSTANCE_COUNT", "Value": 70}}),
    changed(CANARY, **{ROUTING: {"Type": "ALL_AT_ONCE"}}),
    changed(ROLLING, **{f"{BATCHES}.RollbackMaximumBatchSize": percent(100)}),
    {"EndpointName": "a", "ModelPackageArn": ARN},
    changed(PACKAGE, VariantName="main", OnRollback="NONE"),
    changed(PACKAGE, ModelPackageArn=ARN.replace(":aws:", ":aws-us-gov:").replace("churn", "A-1")),
]

BAD: Final = [
    [],
    {},
    changed(CANARY, EndpointName=...),
    changed(CANARY, EndpointName=5),
    changed(CANARY, EndpointName=""),
    changed(CANARY, EndpointName="-churn"),
    changed(CANARY, EndpointConfigName="a" * 64),
    changed(CANARY, Colour="green"),
    changed(CANARY, EndpointConfigName=...),
    changed(CANARY, ModelPackageArn=ARN),
    changed(CANARY, VariantName="main"),
    changed(CANARY, OnRollback="NONE"),
    changed(PACKAGE, ModelPackageArn="arn"),
    changed(PACKAGE, ModelPackageArn=ARN.removesuffix("/2")),
    changed(PACKAGE, ModelPackageArn=ARN.replace("/2", "/0")),
    changed(PACKAGE, ModelPackageArn=ARN.replace("churn", "-churn")),
    changed(PACKAGE, VariantName=""),
    changed(PACKAGE, OnRollback="DELETE"),
    changed(CANARY, RetainDeploymentConfig=True),
    changed(CANARY, RetainDeploymentConfig=None),
    changed(NAMED, RetainDeploymentConfig=True),
    changed(CANARY, DeploymentConfig={}, RetainDeploymentConfig=True),
    changed(CANARY, **{STARTED_BY: 5}),
    changed(CANARY, **{STARTED_BY: "x" * 1025}),
    changed(CANARY, Guardrails="default"),
    changed(CANARY, Guardrails=[]),
    changed(CANARY, Guardrails=[{"MaxRate": 0.01}]),
    changed(CANARY, Guardrails=[{"Metric": "Invocation5XXErrors", "MaxRate": 0}]),
    changed(CANARY, Guardrails=[{"Metric": "Invocation5XXErrors", "MaxRate": 1}]),
    changed(CANARY, Guardrails=[{"Metric": "Invocations", "MaxRate": 0.1}]),
    changed(CANARY, NotEnoughData="STOP"),
    changed(CANARY, QueueTimeoutSeconds=60),
    changed(CANARY, OnBusy="REJECT", QueueTimeoutSeconds=60),
    changed(CANARY, OnBusy="SUPERSEDE", QueueTimeoutSeconds=60),
    changed(CANARY, OnBusy="QUEUE", QueueTimeoutSeconds=59),
    changed(CANARY, OnBusy="QUEUE", QueueTimeoutSeconds=86_401),
    changed(CANARY, OnBusy="QUEUE", QueueTimeoutSeconds="600"),
    changed(CANARY, ApprovedAt="2026-01-05T09:00:00Z"),
    changed(PACKAGE, ApprovedAt="2026-01-05T09:00:00"),
    changed(PACKAGE, ApprovedAt=1767603600),
    changed(CANARY, OnBusy="SOMETIME"),
    changed(CANARY, Reason="a" * 513),
    changed(CANARY, DryRun="yes"),
    changed(CANARY, AllowFindings=["alarm-missing"]),
    changed(CANARY, RetainAllVariantProperties=None),
    changed(
        CANARY,
        RetainAllVariantProperties=False,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    ),
    changed(CANARY, ExcludeRetainedVariantProperties=[{}]),
    changed(CANARY, ExcludeRetainedVariantProperties=[{"VariantPropertyType": "Colour"}]),
    changed(CANARY, DeploymentConfigName="AllAtOnce"),
    changed(ROLLING, DeploymentConfigName="AllAtOnce"),
    changed(CANARY, **{BATCHES: ROLLING[CONFIG]["RollingUpdatePolicy"]}),
    changed(CANARY, **{ROUTING: ...}),
    changed(CANARY, **{f"{ROUTING}.Type": "BLUE"}),
    changed(CANARY, **{f"{ROUTING}.Type": "LINEAR"}),
    changed(CANARY, **{f"{ROUTING}.Type": "ALL_AT_ONCE"}),
    changed(CANARY, **{f"{ROUTING}.CanarySize": ...}),
    changed(CANARY, **{f"{ROUTING}.CanarySize": percent(51)}),
    changed(CANARY, **{f"{ROUTING}.CanarySize": percent(0)}),
    changed(CANARY, **{f"{ROUTING}.LinearStepSize": percent(10)}),
    changed(CANARY, **{ROUTING: {"Type": "LINEAR", "LinearStepSize": percent(10)}}),
    changed(
        CANARY,
        **{ROUTING: {"Type": "LINEAR", "LinearStepSize": percent(9), "WaitIntervalInSeconds": 1}},
    ),
    changed(CANARY, **{f"{ROUTING}.WaitIntervalInSeconds": ...}),
    changed(CANARY, **{f"{ROUTING}.WaitIntervalInSeconds": 3601}),
    changed(CANARY, **{f"{ROUTING}.WaitIntervalInSeconds": -1}),
    changed(CANARY, **{f"{ROUTING}.WaitIntervalInSeconds": 1.5}),
    changed(CANARY, **{f"{ROUTING}.WaitIntervalInSeconds": True}),
    changed(CANARY, **{f"{BLUE_GREEN}.MaximumExecutionTimeoutInSeconds": 599}),
    changed(CANARY, **{f"{BLUE_GREEN}.MaximumExecutionTimeoutInSeconds": 28801}),
    changed(CANARY, **{ALARMS: []}),
    changed(CANARY, **{ALARMS: [{"AlarmName": str(n)} for n in range(11)]}),
    changed(CANARY, **{ALARMS: [{}]}),
    changed(CANARY, **{ALARMS: [{"AlarmName": "  "}]}),
    changed(CANARY, **{ALARMS: [{"AlarmName": "a\tb"}]}),
    changed(ROLLING, **{f"{BATCHES}.WaitIntervalInSeconds": ...}),
    changed(ROLLING, **{f"{BATCHES}.MaximumBatchSize": percent(4)}),
    changed(ROLLING, **{f"{BATCHES}.RollbackMaximumBatchSize": percent(101)}),
    changed(ROLLING, **{f"{BATCHES}.MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1}}),
]


GOOD_POLICIES: Final = [
    {"EndpointName": "a"},
    {"EndpointName": "a", "VariantName": "main", "OnRollback": "ANNOTATE"},
    changed(POLICY, DryRun=True, RequestedBy="team"),
    changed(POLICY, OnBusy="QUEUE", QueueTimeoutSeconds=600),
    {"EndpointName": "a", "DeploymentConfigName": "Canary10Percent5Minutes"},
    {"EndpointName": "a", "RetainDeploymentConfig": True},
    changed(POLICY, **{f"{ROUTING}.WaitIntervalInSeconds": 600.0}),
]

BAD_POLICIES: Final = [
    [],
    {},
    changed(POLICY, EndpointName=...),
    changed(POLICY, EndpointConfigName="green"),
    changed(POLICY, ModelPackageArn=ARN),
    changed(POLICY, ExecutionRoleArn="arn:aws:iam::123456789012:role/model"),
    changed(POLICY, OnRollback="DELETE"),
    changed(POLICY, OnBusy="WAIT"),
    changed(POLICY, QueueTimeoutSeconds=600),
    changed(POLICY, ApprovedAt="2026-01-05T09:00:00Z"),
    changed(POLICY, DeploymentConfigName="AllAtOnce"),
    changed(POLICY, RetainDeploymentConfig=True),
    changed(POLICY, **{STARTED_BY: "arn:aws:states:eu-central-1:123456789012:execution:a:b"}),
    changed(POLICY, **{f"{ROUTING}.CanarySize": percent(51)}),
    changed(
        POLICY,
        RetainAllVariantProperties=False,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    ),
]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_file_is_what_the_code_makes(name: str) -> None:
    file = ROOT / f"docs/{name}.schema.json"
    assert file.read_text("utf-8") == text(name), "run `make schema`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_make_writes_what_the_module_prints(name: str) -> None:
    recipe = f"python -m bluegreen_cli.request_schema {name} > docs/{name}.schema.json"
    assert recipe in (ROOT / "Makefile").read_text("utf-8")
    command = [sys.executable, "-m", "bluegreen_cli.request_schema", name]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    assert printed == text(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name)
def test_the_requests_that_are_shown_are_taken(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(json.loads(path.read_text("utf-8")))) == []


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_the_policies_that_are_shown_are_taken(path: Path) -> None:
    assert list(OF_POLICIES.iter_errors(json.loads(path.read_text("utf-8")))) == []


@pytest.mark.parametrize("body", GOOD_POLICIES)
def test_a_policy_that_the_check_takes_is_taken(body: dict[str, Any]) -> None:
    assert [finding for finding in check_document(body) if finding.severity == "ERROR"] == []
    assert list(OF_POLICIES.iter_errors(body)) == []


@pytest.mark.parametrize("body", BAD_POLICIES)
def test_a_policy_that_is_refused_the_check_refuses_too(body: Any) -> None:
    assert not OF_POLICIES.is_valid(body)
    assert "ERROR" in [finding.severity for finding in check_document(body)]


@pytest.mark.parametrize("body", GOOD)
def test_what_the_check_takes_is_taken(body: dict[str, Any]) -> None:
    assert [finding for finding in check(body) if finding.severity == "ERROR"] == []
    assert list(VALIDATOR.iter_errors(body)) == []


@pytest.mark.parametrize("body", BAD)
def test_what_is_refused_the_check_refuses_too(body: Any) -> None:
    assert not VALIDATOR.is_valid(body)
    assert "ERROR" in [finding.severity for finding in check(body)]


def names_of_policies() -> Iterator[str]:
    yield from ("AllAtOnce", "AllAtOnce5Minutes", "Canary10Percent", "canary10Percent5Minutes")
    numbers = (0, 1, 4, 5, 9, 10, 11, 19, 49, 50, 51, 59, 60, 61, 100, 110)
    for mode in ("Canary", "Linear", "Rolling"):
        for every in ("", "Every"):
            for minutes in (
                "0Minutes",
                "1Minute",
                "10Minutes",
                "059Minutes",
                "60Minute",
                "61Minutes",
            ):
                yield from (f"{mode}{number}Percent{every}{minutes}" for number in numbers)


def test_the_names_of_policies_are_those_of_the_check() -> None:
    pattern = request_schema()["properties"]["DeploymentConfigName"]["pattern"]
    sound = {name: not list(check_name(name)) for name in names_of_policies()}
    assert {name: bool(re.search(pattern, name)) for name in sound} == sound
    assert sum(sound.values()) > 20


@pytest.mark.parametrize(("name", "count"), [("request", 7), ("policy", 4)])
def test_patterns_are_anchored_and_none_is_pythons_own(name: str, count: int) -> None:
    patterns = [p for p in members(SCHEMAS[name](), "pattern") if isinstance(p, str)]
    assert len(patterns) == count
    assert [p for p in patterns if not (p.startswith("^(?:") and p.endswith(")$"))] == []
    assert [p for p in patterns if re.search(r"\(\?P|\\[AZz]|\(\?[a-z]", p)] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_nothing_is_open(name: str) -> None:
    objects = [node for node in nodes(SCHEMAS[name]()) if node.get("type") == "object"]
    assert len(objects) > 10
    assert {node["additionalProperties"] for node in objects} == {False}


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_member_is_shown(name: str) -> None:
    assert set(SCHEMAS[name]()["properties"]) == set(SHAPES[name].members)


def members_of(shape: Shape, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(shape, ListOf):
        yield from members_of(shape.item, name)
    if isinstance(shape, WordOrList):
        yield from members_of(shape.items, name)
    if isinstance(shape, Structure):
        for member, content in shape.members.items():
            yield name, member
            yield from members_of(content, member)


def test_every_member_is_described_and_every_description_is_used() -> None:
    found = set(members_of(REQUEST))
    used = {
        qualified if (qualified := f"{structure}.{member}") in DESCRIPTIONS else member
        for structure, member in found
    }
    assert used == set(DESCRIPTIONS)
    assert set(members_of(DEPLOYMENT_CONFIG, CONFIG)) < found
    assert [text for text in DESCRIPTIONS.values() if not text.endswith(".")] == []
