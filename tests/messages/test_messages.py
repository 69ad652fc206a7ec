"""The pages of all messages are what the code says, and they have all of them."""

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.record import Trigger, Verdict
from messages.findings import ROWS
from messages.notifications import sent
from messages.write import CHAT_PAGE, PAGE, chat_page, page


def test_the_page_is_what_the_code_says() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "PYTHONPATH=tests python -m messages.write"


def test_the_page_of_chat_is_what_the_code_says() -> None:
    assert chat_page() == CHAT_PAGE.read_text("utf-8"), "PYTHONPATH=tests python -m messages.write"


def test_every_finding_of_the_catalogue_is_on_the_page_in_each_of_its_severities() -> None:
    made = {(f.id, f.severity) for row in ROWS for f in row.findings() if not f.is_accepted}
    assert made == {(kind.id, each) for kind in CATALOGUE.values() for each in kind.severities}


def test_every_row_makes_its_finding_in_words_of_its_own() -> None:
    made = [finding for row in ROWS for finding in row.findings()]
    assert len(set(made)) == len(made)


def test_every_event_verdict_and_trigger_is_on_the_page() -> None:
    bodies = [one.notification.body() for one in sent()]
    ends = {body["Verdict"] for body in bodies if "Verdict" in body}
    assert ends == set(map(str, Verdict))
    assert {body["Trigger"] for body in bodies if "Trigger" in body} == set(map(str, Trigger))
    started = {"DEPLOYMENT_STARTED", "STAGE_CHANGED", "ALARM_TRIPPED", "DEPLOYMENT_ABORTED"}
    approvals = {"POLICY_MISSING", "POLICY_INVALID", "DRY_RUN_ENDED", "APPROVAL_FOREIGN"}
    others = {"PACKAGE_REJECTED", "GUARDRAIL_BLIND"}
    events = {body["Event"] for body in bodies if "Verdict" not in body}
    assert events == started | approvals | others
