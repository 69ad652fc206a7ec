"""The request: anything is answered with findings, and one fault is never let through."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.contract.findings import rejecting
from bluegreen.contract.text import quoted
from bluegreen.contract.times import to_text
from bluegreen.registry.group_policy import NOT_IN_POLICIES, read_document, request_of
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import ON_ROLLBACK, ONLY_WITH_PACKAGE, Request, check
from builders import PACKAGE
from property.faults import (
    of_wrong_type,
    out_of_range,
    refuses,
    with_unknown_member,
    without_required,
)
from property.strategies import (
    FLEETS,
    FOREIGN,
    JSON,
    NAMES,
    paths_in,
    policies,
)

DEPTH = 5000
DEEP = json.loads("[" * DEPTH + "]" * DEPTH)
LARGE = json.loads("9" * 4300)
TREE = {
    "EndpointName": {},
    "EndpointConfigName": {},
    "ModelPackageArn": {},
    "VariantName": {},
    "OnRollback": {},
    "DeploymentConfigName": {},
    "RetainAllVariantProperties": {},
    "OnBusy": {},
    "QueueTimeoutSeconds": {},
    "ApprovedAt": {},
    "Reason": {},
    "ExcludeRetainedVariantProperties": {"VariantPropertyType": {}},
    "DeploymentConfig": {
        "BlueGreenUpdatePolicy": {
            "TerminationWaitInSeconds": {},
            "MaximumExecutionTimeoutInSeconds": {},
            "TrafficRoutingConfiguration": {
                "Type": {},
                "WaitIntervalInSeconds": {},
                "CanarySize": {"Type": {}, "Value": {}},
                "LinearStepSize": {"Type": {}, "Value": {}},
            },
        },
        "AutoRollbackConfiguration": {"Alarms": {"AlarmName": {}}},
        "RollingUpdatePolicy": {},
    },
    "DryRun": {},
}
WORDS = st.sampled_from(["CANARY", "LINEAR", "ALL_AT_ONCE", "INSTANCE_COUNT", "CAPACITY_PERCENT"])
LEAVES = st.one_of(WORDS, NAMES, st.integers(-1, 30_000), st.just(LARGE), JSON)


def like(tree: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON with the members of a request, in which anything may stand."""
    if not tree:
        return LEAVES
    members = st.fixed_dictionaries({}, optional={name: like(tree[name]) for name in tree})
    strange = st.builds(lambda known, more: {**more, **known}, members, st.just({}) | JSON_OBJECTS)
    return st.one_of(members, members, st.lists(members, max_size=2), strange, LEAVES)


JSON_OBJECTS = st.dictionaries(FOREIGN, JSON, max_size=2)
REQUESTS_OF_A_SORT = like(TREE)


@st.composite
def deployment_configs(draw: st.DrawFn) -> dict[str, Any]:
    """Valid deployment configs, with what may be left out left out at times."""
    config = dict(draw(FLEETS.flatmap(policies)).to_json())
    blue_green = config["BlueGreenUpdatePolicy"]
    if draw(st.booleans()):
        del blue_green["TerminationWaitInSeconds"]
    if blue_green["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE" and draw(st.booleans()):
        del blue_green["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"]
    return config


WHOLE = st.characters(exclude_categories=["Cs"])
"""Every character but halves of one."""

PRINTED = st.characters(exclude_categories=["Cs", "Cc"])
"""Those without control characters."""


@st.composite
def named_policies(draw: st.DrawFn) -> dict[str, Any]:
    """Valid names of policies, with alarms or without."""
    minutes = draw(st.integers(1, 60))
    canary = f"Canary{draw(st.integers(1, 50))}Percent{minutes}Minutes"
    linear = f"Linear{draw(st.integers(10, 50))}PercentEvery{minutes}Minutes"
    name = {"DeploymentConfigName": draw(st.sampled_from(["AllAtOnce", canary, linear]))}
    alarm = st.text(PRINTED, min_size=1, max_size=255).filter(str.strip)
    alarms = draw(st.lists(alarm, max_size=10))
    listed = {"Alarms": [{"AlarmName": alarm} for alarm in alarms]}
    return name | ({"DeploymentConfig": {"AutoRollbackConfiguration": listed}} if alarms else {})


NAMELESS = {"no-policy", "two-policies", "exclusion-without-retention"}
PROPERTIES = st.sampled_from(["DesiredInstanceCount", "DesiredWeight"])
EXCLUDED = st.lists(st.fixed_dictionaries({"VariantPropertyType": PROPERTIES}), max_size=3)
VERSIONS = st.builds(
    lambda group, version: (
        f"arn:aws:sagemaker:eu-central-1:123456789012:model-package/{group}/{version}"
    ),
    NAMES,
    st.integers(1, 999_999_999),
)
TARGETS = st.fixed_dictionaries({"EndpointConfigName": NAMES}) | st.fixed_dictionaries(
    {"ModelPackageArn": VERSIONS},
    optional={
        "VariantName": NAMES,
        "OnRollback": st.sampled_from(ON_ROLLBACK),
        "ApprovedAt": st.datetimes(timezones=st.just(UTC)).map(to_text),
    },
)
"""The two ways to say what is deployed."""

WAITING = st.fixed_dictionaries(
    {"OnBusy": st.just("QUEUE")}, optional={"QueueTimeoutSeconds": st.integers(60, 86_400)}
) | st.fixed_dictionaries({}, optional={"OnBusy": st.sampled_from(["REJECT", "SUPERSEDE"])})

VALID = st.builds(
    lambda names, target, policy, retention, waiting, texts: (
        names | target | policy | retention | waiting | texts
    ),
    st.fixed_dictionaries({"EndpointName": NAMES}),
    TARGETS,
    st.fixed_dictionaries({"DeploymentConfig": deployment_configs()})
    | named_policies()
    | st.just({}),
    st.just({"RetainAllVariantProperties": False})
    | st.fixed_dictionaries({}, optional={"ExcludeRetainedVariantProperties": EXCLUDED}),
    WAITING,
    st.fixed_dictionaries(
        {},
        optional={
            "RequestedBy": st.text(WHOLE, max_size=128),
            "Reason": st.text(WHOLE, max_size=512),
        },
    ),
)


@given(JSON | REQUESTS_OF_A_SORT)
def test_anything_is_answered_with_findings_that_name_a_path(raw: Any) -> None:
    known = paths_in(raw)
    named = {"The request", *known, *(quoted(path) for path in known)}
    named |= {quoted(f"…{path[-79:]}") for path in known if len(path) > 80}
    for finding in check(raw):
        body = finding.to_json()
        assert body["Id"]
        assert body["Severity"] in {"ERROR", "WARNING", "INFO"}
        assert 0 < len(body["Message"]) <= 500
        assert finding.id in NAMELESS or may_be_named(finding.message, named)


def may_be_named(message: str, named: set[str]) -> bool:
    """Whether a message is about a path that there is, or about a member that lacks there."""
    if message == "EndpointConfigName and ModelPackageArn are both missing.":
        return True
    if message.startswith("Unknown member "):
        return message.removeprefix("Unknown member ").removesuffix(".") in named
    path, _, lacking = message.partition(" is missing")
    if lacking:
        return path.rpartition(".")[0] in {"", *named}
    return any(message.startswith(f"{path} ") for path in named)


@pytest.mark.parametrize("member", ["EndpointName", "DeploymentConfig", "OnBusy", "\ud800"])
def test_deep_nesting_is_answered_with_findings(member: str) -> None:
    ids = {finding.id for finding in check({member: DEEP})}
    assert ids & {"wrong-type", "value-not-allowed", "unknown-member"}


@given(VALID)
def test_a_valid_request_is_let_through_and_normalising_it_again_changes_nothing(
    raw: Any,
) -> None:
    assert rejecting(check(raw)) == []
    request = Request.from_json(raw)
    body = json.loads(json.dumps(request.to_json()))
    assert check(body) == []
    assert Request.from_json(body) == request
    assert Request.from_json(body).to_json() == body


@given(VALID)
def test_what_a_request_says_stands_in_its_normal_form(raw: Any) -> None:
    said = {name: value for name, value in raw.items() if value not in ("", [])}
    said.pop("DeploymentConfigName", None)
    assert holds(Request.from_json(raw).to_json(), said)


def holds(whole: Any, part: Any) -> bool:
    """Whether all members of a part stand in the whole, as they are."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], part[name]) for name in part)
    return bool(whole == part)


@given(VALID, FLEETS)
def test_filling_in_the_maximum_twice_is_filling_it_in_once(raw: Any, fleet: int) -> None:
    filled = Request.from_json(raw).for_fleet([fleet])
    assert check(filled.to_json()) == []
    assert Request.from_json(filled.to_json()).for_fleet([fleet + 1]) == filled


@settings(max_examples=50)
@given(VALID)
def test_a_value_just_out_of_range_is_refused_by_the_name_of_its_member(
    raw: dict[str, Any],
) -> None:
    assert [fault for fault in out_of_range(raw) if not refuses(fault)] == []


@settings(max_examples=50)
@given(VALID)
def test_a_value_of_the_wrong_type_is_refused_by_the_name_of_its_member(
    raw: dict[str, Any],
) -> None:
    assert [fault for fault in of_wrong_type(raw) if not refuses(fault)] == []


@given(VALID)
def test_an_unknown_member_is_refused_by_name(raw: dict[str, Any]) -> None:
    assert [fault for fault in with_unknown_member(raw) if not refuses(fault)] == []


@given(VALID)
def test_a_required_member_that_lacks_is_refused_by_name(raw: dict[str, Any]) -> None:
    assert [fault for fault in without_required(raw) if not refuses(fault)] == []


@given(VALID)
def test_a_request_without_a_target_or_with_two_is_refused(raw: dict[str, Any]) -> None:
    packaged = "ModelPackageArn" in raw
    other = {"EndpointConfigName": "a"} if packaged else {"ModelPackageArn": PACKAGE}
    assert "two-targets" in {finding.id for finding in rejecting(check({**raw, **other}))}
    del raw["ModelPackageArn" if packaged else "EndpointConfigName"]
    ids = {finding.id for finding in rejecting(check(raw))}
    assert "missing-member" in ids
    assert ("only-with-model-package" in ids) is bool(raw.keys() & {*ONLY_WITH_PACKAGE})


@given(st.fixed_dictionaries({"EndpointName": NAMES}), TARGETS, FOREIGN)
def test_a_package_is_named_by_the_arn_of_a_version(
    name: dict[str, Any], target: dict[str, Any], text: str
) -> None:
    arn = target.get("ModelPackageArn", PACKAGE)
    for bad in (text, f"{arn}{text}" if text.strip("0123456789") else f"{arn}x", f"{text}:{arn}"):
        ids = {finding.id for finding in check({**name, "ModelPackageArn": bad})}
        assert "value-not-allowed" in ids


@given(FOREIGN | (JSON | REQUESTS_OF_A_SORT).map(json.dumps))
def test_anything_that_stands_in_a_policy_document_is_answered_with_findings(text: str) -> None:
    document, findings = read_document(text)
    assert isinstance(document, dict)
    assert document or rejecting(findings)
    for finding in findings:
        assert 0 < len(finding.to_json()["Message"]) <= 500
        assert finding.message.isprintable()


@given(VALID)
def test_a_document_is_good_when_the_request_for_a_package_is(raw: dict[str, Any]) -> None:
    named = {name: value for name, value in raw.items() if name not in NOT_IN_POLICIES}
    document, findings = read_document(json.dumps(named))
    assert document == named
    assert rejecting(findings) == []
    request = request_of(document, ModelPackage(PACKAGE, modified_by="ann"))
    assert rejecting(check(request)) == []
    assert read_document(json.dumps(raw))[1] != []
