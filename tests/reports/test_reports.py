"""Reports: what they say, and that nothing foreign becomes anything but text."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.history import PastDeployment
from bluegreen.deployment.judged import row_of
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen.guardrails.outcome import Bake, Outcome, Result, result_of
from bluegreen.report.page import POLICY, report
from builders import KEY, START, at, canary_request
from guarded_deployments import ERRORS, LATENCY, counts
from hostile import HOSTILE
from reports.structure import Page, read
from reports.write import PAGES, page, past, path_of
from shipped import ROOT

KNOWN: Final = {"Verdict", "Trigger", "Stage", "StartedAt", "EndedAt", "Type", "OnBusy"}
"""Members whose values are ours, or AWS's own words for which the code looks."""


def made(deployment: PastDeployment) -> Page:
    return read(report(deployment, at(20 * 86400)))


def with_everything(text: str) -> PastDeployment:
    """The rollback with the text in place of every string that a person or AWS wrote."""
    usual = past("rolled-back")
    told = tuple(
        replace(each, notification=replace(each.notification, message=text, severity=text))
        for each in usual.told
    )
    series: Any = _replaced(usual.series, text)
    record: Any = _replaced(usual.record, text)
    record["Request"]["ModelPackageArn"] = text
    record["GreenRequests"] = {text: 1}
    record["TrippedAlarms"] = [text]
    return replace(usual, record=record, told=told, registry_answer=text, series=series)


def _replaced(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {k: v if k in KNOWN else _replaced(v, text) for k, v in value.items()}
    if isinstance(value, list):
        return [_replaced(each, text) for each in value]
    return text if isinstance(value, str) else value


@cache
def harmless() -> Page:
    return read(report(with_everything("harmless"), START))


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_is_written_into_a_report_is_text(kind: str) -> None:
    text = HOSTILE[kind]
    html = report(with_everything(text), START)
    found = read(html)
    assert found.shape == harmless().shape
    assert found.comments == []
    assert text.isprintable() is False or found.text.count(" ".join(text.split())) >= 20
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e\u2028]", html)
    html.encode("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_report_runs_nothing_and_needs_nothing_but_itself(name: str) -> None:
    found = read(page(name))
    assert POLICY == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    policies = [e.attributes for e in found.of("meta") if "http-equiv" in e.attributes]
    assert policies == [{"http-equiv": "Content-Security-Policy", "content": POLICY}]
    names = {element.name for element in found.elements}
    assert names.isdisjoint({"script", "iframe", "object", "embed", "link", "base", "form", "img"})
    attributes = {name for element in found.elements for name in element.attributes}
    assert [name for name in attributes if name.startswith("on") or name in {"src", "style"}] == []
    assert "url(" not in page(name)
    links = [element.attributes["href"] for element in found.of("a")]
    assert links
    assert [
        x for x in links if not x.startswith("https://eu-central-1.console.aws.amazon.com/")
    ] == []


@pytest.mark.parametrize(
    "region", ["evil.example/", "x.evil.example?", "eu-central-1@evil.example#", 'a"b', "A"]
)
def test_no_link_leads_anywhere_but_to_the_console(region: str) -> None:
    usual = past("rolled-back")
    arn = usual.record["ExecutionArn"].replace("eu-central-1", region)
    record: Any = {**usual.record, "ExecutionArn": arn}
    assert made(replace(usual, record=record)).of("a") == []


@pytest.mark.parametrize("name", PAGES)
def test_a_sample_report_is_what_the_code_makes(name: str) -> None:
    assert page(name) == path_of(name).read_text(encoding="utf-8")


# ---- What a report says ----------------------------------------------------------------------


def test_the_top_says_what_happened_when_why_and_what_serves() -> None:
    found = read(page("rolled-back")).text
    top = found[: found.index("What happened when")]
    for words in (
        "churn: rolled back (ALARM)",
        'because the alarm "churn-5xx" (it saw 0, 0.08333, 0.125 against a limit of 0.05) tripped.',
        "Green got 250 requests in its bakes.",
        "What to do: look at the alarm in the last bake",
        "Serves now (as last seen) churn-blue Was to be served churn-green",
        "Ended (UTC) 2026-01-05 09:17:46 after 7 min 46 s",
        "Green had traffic at most 25 %, for 1 min 45 s from 09:15:20 on",
        "Asked for by (claimed) team-churn Because (claimed) retrained on the data of this week",
    ):
        assert words in top, words


def test_the_evidence_stands_below() -> None:
    found = read(page("rolled-back")).text
    for words in (
        "2026-01-05 09:15:20 BAKING for 1 min 45 s, 25 % to green",
        '2026-01-05 09:17:06 1 The alarm "churn-5xx" of this deployment went into ALARM',
        "Average of Invocation5XXErrors. It goes off above 0.05.",
        "green: 0.5 blue: 0 limit 0.05",
        "churn-5xx yes ALARM 2 main",
        "Traffic moves CANARY A step 30 % of the fleet Each bake 600 s",
        "share-rounded INFO",
        "DEPLOYMENT_ROLLED_BACK WARNING ROLLED_BACK (ALARM):",
        "About 0.52 instance-hours beyond those of blue.",
        "Made by bluegreen from the deployment's record, 2026-01-25 09:17:46",
    ):
        assert words in found, words


def test_every_picture_has_a_name_and_every_table_a_caption() -> None:
    found = read(page("rolled-back"))
    pictures = [e for e in found.of("svg") if e.attributes.get("role") == "img"]
    assert len(pictures) == 3
    assert all(e.attributes["aria-label"] for e in pictures)
    assert len(found.of("caption")) == len(found.of("table"))
    headings = [e.name for e in found.elements if re.fullmatch("h[1-6]", e.name)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1


def rejected(key: DeploymentKey = KEY, **members: Any) -> DeploymentRecord:
    record = record_of(key, "arn", Decision(Verdict.REJECTED, "It was refused."), [], at(1))
    return {**record, **members}  # type: ignore[typeddict-item] # members of the record


def test_a_request_that_could_not_be_read_changed_nothing() -> None:
    found = made(PastDeployment(KEY, rejected(DeploymentKey("", "d", START)))).text
    assert "no endpoint: request rejected" in found
    assert "Serves now as before: no update was begun" in found
    assert "No stage of an update was seen." in found
    assert "The request could not be read." in found
    assert "No second fleet was seen" in found


def test_a_record_of_release_0_1_says_what_is_not_known() -> None:
    usual = past("rolled-back")
    record: Any = {
        name: value
        for name, value in usual.record.items()
        if name not in {"Watched", "GreenRequests"}
    }
    found = made(PastDeployment(usual.key, record)).text
    assert "Its alarms at the end are not known." in found
    assert "What the alarms saw was not kept, and CloudWatch has one-minute data" in found
    assert "Notifications None is known." in found


RECORDED: Final = sorted((ROOT / "tests/releases").glob("*/*/deployment.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parts[-3]} {path.parts[-2]}")
def test_what_an_earlier_release_recorded_makes_a_report(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))["End"]["Record"]
    endpoint, start = record.get("EndpointName", ""), from_text(record["StartedAt"])
    key = DeploymentKey(endpoint, record["DeploymentId"], start)
    found = made(PastDeployment(key, record))
    assert record["Reason"] in found.text
    assert f"{record['Verdict']} Deployment {record['DeploymentId']}" in found.text
    assert found.text.count("%") >= len(record["Stages"])


VERDICTS: Final[dict[Verdict, Callable[[str], bool]]] = {
    Verdict.ROLLBACK_FAILED: lambda text: "a mixture of both endpoint configs" in text,
    Verdict.TIMED_OUT: lambda text: "as last seen) not known" in text,
    Verdict.FAILED: lambda text: "as last seen) not known" in text,
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_where_no_one_config_serves_it_is_said(verdict: Verdict) -> None:
    usual = past("rolled-back")
    record: Any = {**usual.record, "Verdict": str(verdict)}
    del record["LiveEndpointConfigName"]
    assert VERDICTS[verdict](made(replace(usual, record=record)).text)


def test_a_success_that_says_little_does_not_look_like_one() -> None:
    usual = past("succeeded")
    record: Any = {**usual.record, "GreenRequests": {"main": 0}}
    (badge, *_) = made(replace(usual, record=record)).of("span")
    assert badge.attributes["class"] == "verdict doubtful"
    (badge, *_) = read(page("succeeded")).of("span")
    assert badge.attributes["class"] == "verdict SUCCEEDED"


def test_what_was_not_sent_is_said_and_not_drawn() -> None:
    usual = past("rolled-back")
    unsent = tuple(replace(each, sent_at=None) for each in usual.told)
    found = made(replace(usual, told=unsent))
    assert found.text.count("not known to be sent") == len(unsent)
    assert [e for e in found.elements if e.attributes.get("class") == "badge"] == []


def test_gates_that_are_not_told_apart_or_saw_nothing_say_so() -> None:
    usual = past("rolled-back")
    assert usual.series is not None
    series: Any = {
        **usual.series,
        "Gates": [
            {"AlarmName": "both", "Metric": "drift", "Watched": [(0, 1.0), (60, 3.0)]},
            {"AlarmName": "blind", "Metric": "drift", "Limit": 1.0, "Watched": []},
            {"AlarmName": "composite"},
        ],
    }
    found = made(replace(usual, series=series)).text
    assert "both drift. both: both fleets together: 1 to 3" in found
    assert "blind drift. It saw no data." in found
    assert "composite What it watches cannot be read. It saw no data." in found


def test_a_rolling_update_pays_for_a_batch_and_an_unknown_fleet_for_nothing() -> None:
    usual = past("rolled-back")
    policy = {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 2},
            "WaitIntervalInSeconds": 60,
        }
    }
    record: Any = {**usual.record, "Request": canary_request(DeploymentConfig=policy)}
    assert "2 more instances for" in made(replace(usual, record=record, fleet=8)).text
    assert "A batch 2 instances" in made(replace(usual, record=record)).text
    assert "No second fleet was seen" in made(replace(usual, fleet=0)).text


def test_the_longest_report_is_no_larger_than_a_picture() -> None:
    usual = past("succeeded")
    text = "x<&" * 166
    finding = {"Id": "some-finding", "Severity": "WARNING", "Message": text, "Fix": text}
    stage = usual.record["Stages"][1]
    gate = {"AlarmName": "a" * 255, "Watched": [(60 * n, n / 7) for n in range(480)]}
    record: Any = {**usual.record, "Findings": [finding] * 50, "Stages": [stage] * 40}
    series: Any = {"StartedAt": to_text(START), "Seconds": 60, "Gates": [gate] * 10}
    told = tuple(usual.told[0] for _ in range(100))
    html = report(replace(usual, record=record, series=series, told=told), START)
    assert len(html.encode()) < 600_000


def test_what_became_of_guardrails_stands_in_a_table_and_what_was_asked_in_the_policy() -> None:
    played = past("succeeded")
    healthy = result_of(ERRORS, counts(0, 10, 100), [Bake(at(0), at(600))], tripped=False)
    rows = [row_of(ERRORS, healthy), row_of(LATENCY, Result(Outcome.NOT_ENOUGH_DATA))]
    request: Any = {**played.record["Request"], "Guardrails": "Default", "NotEnoughData": "PASS"}
    record: DeploymentRecord = {**played.record, "Guardrails": rows, "Request": request}
    text = made(replace(played, record=record)).text
    assert ('5XX of variant "main" HEALTHY 0 % 2.5 % (blue: up to 0.5 %) 1,000 99.9 %') in text
    assert (
        'p90 latency of variant "main" NOT_ENOUGH_DATA not known 10 % over 300 ms'
        " not known not known"
    ) in text
    assert "Guardrails Default With too little data PASS" in text
    assert "What became of its guardrails" not in made(played).text


def test_the_chart_of_a_guardrail_is_named_by_what_it_is_about_and_in_percent() -> None:
    played = past("rolled-back")
    assert played.series
    alarm = played.series["Gates"][0]["AlarmName"]
    row = row_of(replace(ERRORS, alarm=alarm), Result(Outcome.TRIPPED))
    text = made(replace(played, record={**played.record, "Guardrails": [row]})).text
    assert '5XX of variant "main" Average of Invocation5XXErrors. It goes off above 5 %.' in text
    assert "green: 50 % blue: 0 % limit 5 %" in text
