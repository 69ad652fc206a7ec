"""The Rules of a template, as the CDK writes them: the version of its bootstrap must not be old."""

from typing import Any, Final

import pytest

from bluegreen_simulator.aws.cloudformation.template_rules import broken

SAID: Final = "CDK bootstrap stack version 6 required."
OLD: Final[dict[str, Any]] = {"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "Version"}]}
TEMPLATE: Final[dict[str, Any]] = {
    "Parameters": {"Version": {"Type": "String", "Default": "6"}},
    "Rules": {
        "CheckBootstrapVersion": {
            "Assertions": [{"Assert": {"Fn::Not": [OLD]}, "AssertDescription": SAID}]
        }
    },
}


@pytest.mark.parametrize(
    ("given", "said"), [({}, []), ({"Version": "30"}, []), ({"Version": "5"}, [SAID])]
)
def test_a_rule_may_ask_whether_a_list_contains_a_parameter(
    given: dict[str, str], said: list[str]
) -> None:
    assert list(broken(TEMPLATE, given)) == said
