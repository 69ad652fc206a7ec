import json

from bluegreen.check.report import Checked, check_situation, short_plan
from bluegreen.contract.findings import bytes_of, shortened
from bluegreen.contract.state import FindingDocument
from bluegreen.request.request import Request
from builders import GREEN
from situations import canary, count, rolling, situation


def checked(instances: int, batch: int) -> Checked:
    policy = rolling(count(batch), wait=60)
    return check_situation(Request("churn", GREEN, policy), situation(instances=instances))


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


def test_without_a_plan_there_is_none() -> None:
    assert short_plan(Checked([]), 12_000) == {}


def test_findings_are_measured_in_bytes_where_bytes_count() -> None:
    finding = FindingDocument(Id="a", Severity="INFO", Message=400 * "模", Fix=90 * "😀")
    findings = [finding] * 20
    assert shortened(findings, 20_000) == findings
    short = shortened(findings, 20_000, bytes_of)
    assert len(short) == 20
    assert len(json.dumps(short, separators=(",", ":"), ensure_ascii=False).encode()) <= 20_000
