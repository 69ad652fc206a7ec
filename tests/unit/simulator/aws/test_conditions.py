"""Conditions of policies: every operator that is judged, with a key and without, or a refusal."""

from typing import Any

import pytest

from bluegreen_simulator.aws.iam.conditions import Keys, holds
from bluegreen_simulator.aws.iam.statements import ALLOWED, DENIED, NOT_ALLOWED, Asked, decide

ARN = "arn:aws:events:eu-central-1:123456789012:rule/orders"
KEY = "iam:PassedToService"


def judged(operator: str, wanted: Any, *values: str, key: str = KEY) -> bool:
    keys = Keys.of({key: values}) if values else Keys()
    return holds({operator: {key: wanted}}, keys)


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["b", "a"], "a", True),
        ("StringEquals", "a*", "ab", False),
        ("StringNotEquals", "a", "a", False),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "Ab", "aB", True),
        ("StringNotEqualsIgnoreCase", "Ab", "aB", False),
        ("StringLike", "a*c?", "abbcd", True),
        ("StringLike", "a*c?", "abbc", False),
        ("StringLike", "[a]", "a", False),
        ("StringNotLike", "a*", "b", True),
        ("StringNotLike", "a*", "ab", False),
        ("ArnEquals", ARN, ARN, True),
        ("ArnLike", "arn:aws:events:*:123456789012:rule/*", ARN, True),
        ("ArnLike", "arn:aws:events:*:rule/orders", ARN, False),
        ("ArnLike", "arn:aws:*", ARN, False),
        ("ArnEquals", f"{ARN}s", ARN, False),
        ("ArnNotEquals", ARN, ARN, False),
        ("ArnNotLike", f"{ARN}?", ARN, True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("NumericEquals", 5, "5.0", True),
        ("NumericNotEquals", "5", "5", False),
        ("NumericLessThan", "5", "4", True),
        ("NumericLessThan", "5", "5", False),
        ("NumericLessThanEquals", 5, "5", True),
        ("NumericGreaterThan", 5, "5", False),
        ("NumericGreaterThan", 5, "5.5", True),
        ("NumericGreaterThanEquals", 5, "5", True),
        ("NumericLessThan", 5, "few", False),
        ("Null", "false", "a", True),
        ("Null", True, "a", False),
        ("StringEqualsIfExists", "a", "b", False),
    ],
)
def test_a_key_meets_an_operator_or_does_not(
    operator: str, wanted: Any, value: str, expected: bool
) -> None:
    assert judged(operator, wanted, value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("ArnLike", False),
        ("ArnNotLike", True),
        ("Bool", False),
        ("NumericLessThan", False),
        ("NumericNotEquals", True),
        ("StringEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("Null", True),
    ],
)
def test_a_key_that_a_request_does_not_have(operator: str, expected: bool) -> None:
    assert judged(operator, "true") is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ["team", "stack"], ("team", "stack"), True),
        ("ForAllValues:StringEquals", ["team"], ("team", "stack"), False),
        ("ForAnyValue:StringEquals", ["team"], ("team", "stack"), True),
        ("ForAnyValue:StringEquals", ["other"], ("team", "stack"), False),
        ("ForAllValues:StringLike", "*a*", ("team", "stack"), True),
        ("ForAllValues:StringNotEquals", ["team"], ("team", "stack"), False),
        ("ForAnyValue:StringNotEquals", ["team"], ("team", "stack"), True),
    ],
)
def test_a_key_with_many_values(
    operator: str, wanted: Any, values: tuple[str, ...], expected: bool
) -> None:
    assert judged(operator, wanted, *values, key="aws:TagKeys") is expected


def test_the_name_of_a_key_has_no_case() -> None:
    assert judged("StringEquals", "1", "1", key="AWS:SourceAccount")
    assert holds({"StringEquals": {"aws:sourceaccount": "1"}}, Keys.of({"aws:SourceAccount": "1"}))


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ({"IpAddress": {KEY: "10.0.0.0/8"}}, "IpAddress"),
        ({"ForAllValues:DateEquals": {"aws:TagKeys": "x"}}, "ForAllValues:DateEquals"),
        ({"StringEquals": {"aws:PrincipalOrgID": "o"}}, "aws:PrincipalOrgID"),
        ({"StringEquals": {"aws:TagKeys": "x"}}, "StringEquals of aws:TagKeys"),
        ({"StringLike": {KEY: "${aws:username}"}}, "A policy variable"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(condition: dict[str, Any], what: str) -> None:
    with pytest.raises(NotImplementedError, match=what):
        holds(condition, Keys())


def test_a_key_that_a_request_has_and_nobody_here_knows_is_refused() -> None:
    keys = Keys.of({}, "aws:ResourceTag/")
    with pytest.raises(NotImplementedError, match="aws:ResourceTag/team of such a resource"):
        holds({"StringEquals": {"aws:ResourceTag/team": "a"}}, keys)


# ---- Statements ----------------------------------------------------------------------------


def policy(**members: Any) -> str:
    plain = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    return str({"Statement": [{**plain, **members}]}).replace("'", '"')


PUBLISH = Asked("sns:Publish", "arn:aws:sns:eu-central-1:1:news")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, ALLOWED),
        ({"Action": "SNS:publish"}, ALLOWED),
        ({"Action": ["sns:Get*", "sns:Pub*"]}, ALLOWED),
        ({"Action": "sns:PublishBatch"}, NOT_ALLOWED),
        ({"Resource": "arn:aws:sns:*:1:n?ws"}, ALLOWED),
        ({"Resource": ["arn:aws:sns:eu-central-1:1:old"]}, NOT_ALLOWED),
        ({"Effect": "Deny"}, DENIED),
    ],
)
def test_a_statement_concerns_its_actions_and_its_resources(
    members: dict[str, Any], expected: str
) -> None:
    assert decide([policy(**members)], PUBLISH) == expected


def test_a_denial_decides_whatever_else_allows() -> None:
    assert decide([policy(), policy(Effect="Deny")], PUBLISH) == DENIED


NAMED = {"Service": frozenset({"events.amazonaws.com"})}


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", ALLOWED),
        ({"AWS": "*"}, ALLOWED),
        ({"Service": "events.amazonaws.com"}, ALLOWED),
        ({"Service": ["s3.amazonaws.com", "events.amazonaws.com"]}, ALLOWED),
        ({"Service": "s3.amazonaws.com"}, NOT_ALLOWED),
        ({"AWS": "events.amazonaws.com"}, NOT_ALLOWED),
    ],
)
def test_a_resources_statement_is_about_whom_it_names(principal: Any, expected: str) -> None:
    assert decide([policy(Principal=principal)], PUBLISH, NAMED) == expected


def without(member: str, **members: Any) -> str:
    return policy(**members).replace(f'"{member}": ', '"Sid": ', 1)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (without("Action", NotAction="sns:Get*"), ALLOWED),
        (without("Action", NotAction=["sqs:*", "sns:publish"]), NOT_ALLOWED),
        (without("Resource", NotResource="arn:aws:sns:*:1:old"), ALLOWED),
        (without("Resource", NotResource=["*:old", "*:news"]), NOT_ALLOWED),
    ],
)
def test_a_statement_may_name_what_it_does_not_concern(document: str, expected: str) -> None:
    assert decide([document], PUBLISH) == expected


def test_a_member_that_is_not_modelled_is_refused_by_name() -> None:
    with pytest.raises(NotImplementedError, match=r"^NotPrincipal in a policy"):
        decide([policy(NotPrincipal="x")], PUBLISH)


UNKNOWN: dict[str, Any] = {"Condition": {"StringEquals": {"aws:CalledVia": "x"}}}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([policy()], ALLOWED),
        ([policy(), policy(Effect="Deny")], DENIED),
        ([policy(Effect="Deny")], DENIED),
    ],
)
def test_a_condition_that_nobody_here_knows_is_of_no_weight_where_others_decide(
    others: list[str], expected: str
) -> None:
    assert decide([policy(**UNKNOWN), *others], PUBLISH) == expected


@pytest.mark.parametrize(
    "documents",
    [
        [policy(**UNKNOWN)],
        [policy(), policy(Effect="Deny", **UNKNOWN)],
        [policy(Resource="arn:aws:sns:*:${aws:PrincipalAccount}:news")],
    ],
    ids=["allows", "denies", "variable"],
)
def test_it_is_refused_by_name_where_it_decides(documents: list[str]) -> None:
    with pytest.raises(NotImplementedError, match="in a policy is not modelled"):
        decide(documents, PUBLISH)


def test_what_is_about_something_else_is_not_asked() -> None:
    assert decide([policy(), policy(Action="sqs:*", **UNKNOWN)], PUBLISH) == ALLOWED
