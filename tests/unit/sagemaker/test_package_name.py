"""What the ARN of a model package says."""

import pytest

from bluegreen.sagemaker.package_name import is_of_the_account
from builders import PACKAGE
from situations import ENDPOINT_ARN


@pytest.mark.parametrize(
    ("arn", "other", "expected"),
    [
        (PACKAGE, ENDPOINT_ARN, True),
        (PACKAGE, "arn:aws:states:eu-central-1:123456789012:stateMachine:x", True),
        (PACKAGE, ENDPOINT_ARN.replace("eu-central-1", "eu-west-1"), False),
        (PACKAGE, ENDPOINT_ARN.replace("123456789012", "123456789013"), False),
        (PACKAGE, "", False),
        ("churn/7", ENDPOINT_ARN, False),
        ("", "", False),
    ],
)
def test_whether_a_package_is_of_the_account(arn: str, other: str, expected: bool) -> None:
    assert is_of_the_account(arn, other) is expected
