"""What Parameter Store refuses, in plain words: the limits of PutParameter in the SSM API."""

import json

import pytest

from bluegreen_cli.parameter import objections
from shipped import ROOT

NAME = "/bluegreen/policies/churn"
ARN = "arn:aws:ssm:eu-central-1:123456789012:parameter"
POLICY = (ROOT / "events/policies/churn.json").read_text("utf-8")


REFERS = "The policy has {{ and }} in it, which is kept for references to other parameters."
BETWEEN = "may have only letters, digits, and . _ - between its slashes."
WITH_ARN = "characters with its ARN, but at most 1011 are allowed."


def why(name: str = NAME, value: str = POLICY) -> list[str]:
    return list(objections(name, value, ARN))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (NAME, POLICY),
        (NAME, "x" * 4096),
        (NAME, "é" * 2048),
        (NAME, json.dumps({"a": {"b": {"c": "{{"}}})[:-3]),
        (NAME, '{"a":{"b":{}}}'),  # ends with }}}
        ("/a" * 15, POLICY),
        ("/Team_B-1.x/churn", POLICY),
        ("/laws/ssm", POLICY),
        ("/" + "a" * (1011 - len(ARN) - 1), POLICY),
    ],
)
def test_what_parameter_store_keeps(name: str, value: str) -> None:
    assert why(name, value) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x" * 4097, "The policy has 4097 bytes, but a standard parameter takes 4096 at most."),
        ("é" * 2049, "The policy has 4098 bytes, but a standard parameter takes 4096 at most."),
        (
            '{"Reason": "{{ssm:other}}"}',
            REFERS,
        ),
        (
            '{"Reason": "{{\n}}"}',
            REFERS,
        ),
    ],
)
def test_a_value_that_it_refuses(value: str, words: str) -> None:
    assert why(value=value) == [words]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "/team b/churn",
            f'The name "/team b/churn" {BETWEEN}',
        ),
        (
            "/team//churn",
            f'The name "/team//churn" {BETWEEN}',
        ),
        (
            "/AWS/policies/churn",
            'The name "/AWS/policies/churn" begins with aws or ssm, which AWS keeps for itself.',
        ),
        (
            "/ssm-policies/churn",
            'The name "/ssm-policies/churn" begins with aws or ssm, which AWS keeps for itself.',
        ),
        ("/a" * 16, f'The name "{"/a" * 16}" has 16 levels, but at most 15 are allowed.'),
        (
            "/" + "a" * (1011 - len(ARN)),
            f'The name "/{"a" * 78}…" has 1012 {WITH_ARN}',
        ),
    ],
)
def test_a_name_that_it_refuses(name: str, words: str) -> None:
    assert why(name) == [words]


def test_all_of_it_is_said_at_once() -> None:
    assert len(why("/aws/b c", "{{}}" * 2000)) == 4
