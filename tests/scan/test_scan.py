"""A scanner of templates finds nothing in ours but what is suppressed, and would find faults."""

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen_simulator.run.stack import transformed
from scan.scanner import CHECKOV, Finding, everything_in, scan
from scan.suppressions import SUPPRESSIONS, Suppression
from shipped import ROOT

Resources = dict[str, Any]


def open_queue(resources: Resources) -> None:
    (statement,) = _document(resources["UndeliveredEventsQueuePolicy"])
    statement["Principal"] = "*"


def all_allowed(resources: Resources) -> None:
    (policy,) = resources["StartUpdateFunctionRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"] += [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def open_key(resources: Resources) -> None:
    key = resources["Key"]["Properties"]["KeyPolicy"]
    key["Statement"][0]["Principal"] = "*"


def plain_topic(resources: Resources) -> None:
    del resources["NotificationsTopic"]["Properties"]["KmsMasterKeyId"]


def plain_queue(resources: Resources) -> None:
    del resources["UnprocessedEventsQueue"]["Properties"]["KmsMasterKeyId"]


def open_bucket(resources: Resources) -> None:
    del resources["ReportsBucket"]["Properties"]["PublicAccessBlockConfiguration"]


def plain_logs(resources: Resources) -> None:
    del resources["FunctionsLogGroup"]["Properties"]["KmsKeyId"]


def secret_in_the_environment(resources: Resources) -> None:
    variables = resources["AwaitStageFunction"]["Properties"]["Environment"]["Variables"]
    variables["KEY"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # AWS's own example


def _document(resource: Mapping[str, Any]) -> list[Any]:
    statements: list[Any] = resource["Properties"]["PolicyDocument"]["Statement"]
    return statements


PLANTED: Final[Mapping[tuple[str, str], Callable[[Resources], None]]] = {
    ("CKV2_BLUEGREEN_1", "UndeliveredEventsQueuePolicy"): open_queue,
    ("CKV_AWS_107", "StartUpdateFunctionRole"): all_allowed,
    ("CKV_AWS_33", "Key"): open_key,
    ("CKV_AWS_53", "ReportsBucket"): open_bucket,
    ("CKV_AWS_26", "NotificationsTopic"): plain_topic,
    ("CKV_AWS_27", "UnprocessedEventsQueue"): plain_queue,
    ("CKV_AWS_158", "FunctionsLogGroup"): plain_logs,
    ("CKV_AWS_45", "AwaitStageFunction"): secret_in_the_environment,
}
"""Faults, by the check that sees them and the resource at which it does."""


def template_with(plants: Iterable[Callable[[Resources], None]]) -> dict[str, Any]:
    """What our template becomes, with every condition met and these faults in it."""
    body: dict[str, Any] = everything_in(copy.deepcopy(transformed(ROOT / "template.yaml")))
    for plant in plants:
        plant(body["Resources"])
    return body


def is_suppressed(finding: Finding, by: Suppression) -> bool:
    return finding.check == by.check and fnmatchcase(finding.resource, by.resource)


@pytest.mark.slow
def test_the_scanner_finds_what_is_suppressed_and_what_is_planted_and_nothing_else(
    tmp_path: Path,
) -> None:
    assert CHECKOV.exists(), "`make test-all` sets it up"
    templates = {"ours": template_with([]), "faulty": template_with(PLANTED.values())}
    found = scan(templates, tmp_path)
    ours = sorted(found["ours"])
    unused = [by for by in SUPPRESSIONS if not any(is_suppressed(one, by) for one in ours)]
    left = [one for one in ours if not any(is_suppressed(one, by) for by in SUPPRESSIONS)]
    assert (left, unused) == ([], [])
    seen = {(one.check, one.resource.rpartition(".")[2]) for one in found["faulty"] - found["ours"]}
    assert set(PLANTED) - seen == set()


def test_a_template_is_scanned_with_every_condition_met() -> None:
    choice = {"Fn::If": ["Yes", {"Action": "sns:*"}, {"Ref": "AWS::NoValue"}]}
    nothing = {"Fn::If": ["Yes", {"Ref": "AWS::NoValue"}, 1]}
    body = {"Statement": [choice, nothing, 2], "Left": 3, "Out": nothing, "Condition": "Yes"}
    assert everything_in(body) == {"Statement": [{"Action": "sns:*"}, 2], "Left": 3}
    assert "Fn::If" not in json.dumps(template_with([]))
