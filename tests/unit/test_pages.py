"""The pages for people: short where they say so, linked, and in step with the code."""

import json
import re
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from bluegreen.contract.record import Trigger, Verdict
from bluegreen_cli.exit_codes import EXIT_CODES
from messages.notifications import sent
from pages.blocks import all_sessions, pages
from shipped import ROOT, STATES, TEMPLATE, of_type

README: Final = (ROOT / "README.md").read_text("utf-8")
FENCED: Final = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
SHELL: Final = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PYTHON: Final = re.compile(r"<<'PYTHON'.*?^PYTHON$|^python -c '.*?'$", re.DOTALL | re.MULTILINE)
"""Python within a session."""

LOOP: Final = re.compile(r"(?:^|[;&|(]) *(while|until|for)\b", re.MULTILINE)

LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def rows(name: str, heading: str = "") -> list[list[str]]:
    """The cells of the first table after a heading."""
    text = text_of(name)
    lines = text[text.index(heading) :].splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("|---"))
    end = next(i for i, line in enumerate([*lines, ""]) if i > begin and not line.startswith("|"))
    return [re.split(r" *\| *", line.strip("| \n")) for line in lines[begin + 1 : end]]


def code_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]*)`", cell)


# ---- The README ----------------------------------------------------------------------------


def test_the_readme_is_read_in_two_minutes() -> None:
    assert len(README.splitlines()) <= 150


def test_the_first_paragraph_says_that_no_account_has_run_it() -> None:
    paragraph = README.split("\n\n")[1].replace("\n", " ")
    assert "**No real AWS account has run it yet**" in paragraph


def test_the_plan_is_the_first_picture() -> None:
    pictures = ["plan.svg", "watch.svg", "report-rolled-back.png", "workflow.svg"]
    assert re.findall(r"!\[.*?\]\(docs/(.*?)\)", README) == pictures


# ---- Links ---------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = FENCED.sub("", page.read_text("utf-8"))
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(FENCED.sub("", page.read_text("utf-8")))
    assert [link for link in links if "://" not in link and broken(page, link)] == []


def test_the_index_has_every_page() -> None:
    linked = {(ROOT / "docs" / link).resolve() for link in LINK.findall(text_of("README.md"))}
    shown = {page for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"}
    assert shown - linked == set()


# ---- Sessions ------------------------------------------------------------------------------


def test_every_loop_of_a_session_is_bounded() -> None:
    first, *others = [PYTHON.sub("", session.commands) for session in all_sessions()]
    assert LOOP.findall(first) == ["while"]
    assert "end=$((SECONDS + 300))" in first.partition("while")[0]
    assert "[ $SECONDS -lt $end ] || {" in first.partition("while")[2]
    assert [LOOP.findall(commands) for commands in others] == [[]] * len(others)


def test_every_block_of_a_session_is_marked() -> None:
    """A block that looks like one, and is not run, would not stay true."""
    marked = [session.commands for session in all_sessions()]
    written = chain.from_iterable(SHELL.findall(page.read_text("utf-8")) for page in pages())
    assert sorted(written) == sorted(marked)


# ---- In step with the code -----------------------------------------------------------------


def test_the_parameters_are_those_of_the_template() -> None:
    shown = [code_in(row[0])[0] for row in rows("deploy.md", "## Parameters")]
    assert shown == list(TEMPLATE["Parameters"])


def test_the_dead_letter_queues_are_those_of_the_template() -> None:
    assert set(of_type("AWS::SQS::Queue")) <= set(code_in(text_of("operations.md")))


def test_the_alarms_of_the_template_are_those_that_operators_read_of() -> None:
    """By the words that a mail of CloudWatch begins with, since nobody chooses an alarm's name."""
    told = " ".join(" ".join(row) for row in rows("operations.md", "## What the alarms say"))
    words = {
        "UndeliveredEventsAlarm": "did not reach its function",
        "UnprocessedEventsAlarm": "failed on an event",
        "WebhookDeadLettersAlarm": "could not be posted to the webhook",
        "WebhookFailsAlarm": "the function of the webhook failed again and again",
        "ReportsFailAlarm": "a report could not be stored",
        "CleanUpFailsAlarm": "the clean-up failed",
        "ConclusionFailsAlarm": "a deployment cannot be concluded",
        "WorkflowFailsAlarm": "a function of the workflow failed again and again",
        "EventsFailAlarm": "a function that handles events failed",
        "ReconcileFailsAlarm": "something that is open cannot be looked after",
        "CommandsFailAlarm": "somebody asked to abort or to forget, and the function failed",
        "WorkflowStoppedAlarm": "a deployment's execution was stopped",
        "WorkflowTimedOutAlarm": "or ran for two days",
    }
    assert words.keys() == of_type("AWS::CloudWatch::Alarm").keys()
    assert {name for name, part in words.items() if part not in told} == set()


def test_the_exit_codes_are_those_of_the_command() -> None:
    shown = {v: int(row[0]) for row in rows("ci.md") for v in code_in(row[1])}
    assert shown == EXIT_CODES


def test_the_errors_are_those_of_the_workflow() -> None:
    text = text_of("verdicts.md")
    failing = {state["Error"] for state in STATES.values() if state["Type"] == "Fail"}
    table = rows("verdicts.md")
    shown = {error for row in table for error in code_in(row[1])}
    assert failing - shown == {"DeploymentNotConcluded", "LockLost"}
    assert failing - shown <= set(code_in(text))
    assert shown <= failing
    assert {code_in(row[0])[0] for row in table} == set(map(str, Verdict))


def test_the_triggers_are_those_of_the_record() -> None:
    shown = {code_in(row[0])[0] for row in rows("verdicts.md", "## Why it was rolled back")}
    assert shown | {"FOREIGN_UPDATE"} == set(map(str, Trigger))


def test_the_notifications_are_those_that_are_sent() -> None:
    shown = {(code_in(row[0])[0], code_in(row[1])[0]) for row in rows("notifications.md")}
    assert shown == {(one.notification.event, one.notification.severity) for one in sent()}


def test_a_critical_one_names_a_section_of_the_page_on_operations() -> None:
    headings = re.findall(r"^#+ (.+)$", text_of("operations.md"), re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    critical = [one.notification for one in sent() if one.notification.severity == "CRITICAL"]
    named = [re.search(r"docs/operations\.md#([a-z-]+)\.", each.text) for each in critical]
    assert critical
    assert {found and found[1] in anchors for found in named} == {True}


def test_an_e_mail_has_less_than_twenty_lines() -> None:
    longest = max(len(one.notification.text.splitlines()) for one in sent())
    assert 10 < longest < 20


def test_every_member_of_a_body_is_named() -> None:
    members = set(chain.from_iterable(one.notification.body() for one in sent()))
    assert members <= set(code_in(text_of("notifications.md")))


def test_every_member_of_a_request_is_named() -> None:
    schema = json.loads(text_of("request.schema.json"))["properties"]
    section = text_of("start.md").partition("## The request")[2]
    assert set(schema) <= set(code_in(section))
    named = set(chain.from_iterable(code_in(row[0]) for row in rows("start.md", "## The request")))
    assert named <= set(schema)


# ---- Deploy --------------------------------------------------------------------------------


def test_the_policy_of_who_deploys_allows_the_services_of_every_resource() -> None:
    text = text_of("deploy.md")
    document = text[text.index("<!-- deployer -->") :].split("```json\n")[1].split("```")[0]
    actions = [each["Action"] for each in json.loads(document)["Statement"]]
    allowed = {
        one.partition(":")[0]
        for each in actions
        for one in chain(each if isinstance(each, list) else [each])
    }
    kinds = {resource["Type"] for resource in TEMPLATE["Resources"].values()}
    services = {kind.split("::")[1].lower() for kind in kinds} - {"serverless"}
    assert services | {"states", "lambda", "cloudformation", "s3", "ssm"} <= allowed
