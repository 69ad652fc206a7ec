import json
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.report import Checked, check_situation, short_plan
from bluegreen.check.situation import NOT_ASKED, Config
from bluegreen.contract.findings import shortened
from bluegreen.contract.state import FindingDocument
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation
from builders import GREEN
from situations import canary, config, count, rolling, situation, variant
from situations import checked as in_case


def checked(instances: int, batch: int) -> Checked:
    policy = rolling(count(batch), wait=60)
    return check_situation(Request("churn", GREEN, policy), situation(instances=instances))


def in_situation(**changes: Any) -> Checked:
    """The healthy case, with other things known or unknown."""
    return in_case(knowing=changes)


def test_a_plan_that_is_short_enough_is_whole() -> None:
    short = check_situation(Request("churn", GREEN, canary()), situation())
    assert short_plan(short, 12_000) == short.plan


def test_of_a_long_plan_the_first_stages_are_kept_and_the_others_are_counted() -> None:
    long = checked(1000, 1)
    plan = short_plan(long, 12_000)
    assert len(json.dumps(plan["Stages"])) <= 12_000
    assert long.plan is not None
    assert plan["Stages"] == long.plan["Stages"][: len(plan["Stages"])]
    assert len(plan["Stages"]) + plan["StagesLeftOut"] == 4000
    assert plan["PredictedSeconds"] == long.plan["PredictedSeconds"]


HOW_TO_ASK = {
    "roles_may_describe_alarms": (
        "whether the model's role may read the alarms (stack parameter CheckRoles, or"
        " RolesMayDescribeAlarms in a --world file)"
    ),
    "quotas": (
        "instance quotas for 4 more ml.m5.xlarge at the same time (stack parameter CheckQuotas, or"
        " Quotas in a --world file)"
    ),
    "scalable": "auto scaling (ScalableTargets in a --world file)",
    "traffic": "traffic of the last day (Traffic in a --world file)",
}
UNKNOWN_AS = {"roles_may_describe_alarms": "roles", "scalable": "scaling"}


@pytest.mark.parametrize("what", HOW_TO_ASK)
def test_what_nobody_asked_for_is_not_found_but_told_in_the_plan(what: str) -> None:
    healthy = in_situation(**{what: None})
    assert healthy.findings == []
    assert healthy.plan is not None
    assert healthy.plan["NotChecked"] == [HOW_TO_ASK[what]]


@pytest.mark.parametrize("what", HOW_TO_ASK)
def test_what_was_asked_for_and_could_not_be_read_is_found(what: str) -> None:
    refused = in_situation(**{what: None}, unknown={UNKNOWN_AS.get(what, what): "no answer"})
    assert len(refused.findings) == 1
    assert "not known: no answer." in refused.findings[0].message
    assert refused.plan is not None
    assert refused.plan["NotChecked"] == []


def test_what_the_stack_does_not_ask_is_said_once_and_in_the_order_of_the_check() -> None:
    unasked = dict.fromkeys(("roles", "quotas", "scaling"), NOT_ASKED)
    roles = Config(GREEN, (variant("main"), variant("second", role_arn="arn:aws:iam::1:role/b")))
    plan = in_situation(
        requested=roles,
        live=replace(roles, name="churn-blue"),
        **dict.fromkeys(HOW_TO_ASK),
        unknown=unasked,
    ).plan
    assert plan is not None
    quotas = HOW_TO_ASK["quotas"].replace("4", "8")
    told = [HOW_TO_ASK["traffic"], HOW_TO_ASK["roles_may_describe_alarms"]]
    assert plan["NotChecked"] == [*told, quotas, HOW_TO_ASK["scalable"]]


def test_everything_was_checked_in_the_healthy_case() -> None:
    plan = in_situation().plan
    assert plan is not None
    assert plan["NotChecked"] == []


def test_of_a_creation_only_the_quotas_are_worth_asking_for() -> None:
    gone = in_situation(**dict.fromkeys(HOW_TO_ASK), endpoint=Observation("Gone"), live=None)
    assert gone.not_checked == (HOW_TO_ASK["quotas"],)


@pytest.mark.parametrize(
    ("changes", "creates"),
    [
        ({"endpoint": Observation("Gone"), "live": None}, True),
        ({"endpoint": Observation("Gone"), "live": None, "requested": None}, False),
        (
            {
                "endpoint": Observation("Gone"),
                "live": None,
                "requested": config(model_exists=False),
            },
            False,
        ),
        ({}, False),
    ],
)
def test_an_endpoint_is_created_where_there_is_none_and_that_was_accepted(
    changes: dict[str, Any], creates: bool
) -> None:
    accepting = {"allow_findings": ("endpoint-will-be-created",)}
    assert in_case(knowing=changes, asking=accepting).creates is creates
    assert in_case(knowing=changes).creates is False


def test_without_an_alarm_neither_roles_nor_traffic_are_worth_asking_for() -> None:
    unasked: dict[str, Any] = dict.fromkeys(HOW_TO_ASK)
    alone = in_case(alarms=(), **unasked)
    assert alone.not_checked == (HOW_TO_ASK["quotas"], HOW_TO_ASK["scalable"])


def test_without_a_plan_there_is_none() -> None:
    assert short_plan(Checked([]), 12_000) == {}


def test_findings_are_measured_in_bytes() -> None:
    finding = FindingDocument(Id="a", Severity="INFO", Message=400 * "模", Fix=90 * "😀")
    findings = [finding] * 20
    assert len(json.dumps(findings, ensure_ascii=False)) <= 20_000
    short = shortened(findings, 20_000)
    assert len(short) == 20
    assert len(json.dumps(short, separators=(",", ":"), ensure_ascii=False).encode()) <= 20_000
