"""The page of one deployment shows a run as it is, and every member that the run has."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, cast

import pytest

from shipped import TASKS
from step_by_step.documents import documents, members_of
from step_by_step.write import ABOVE, PAGE, message, of_functions, page, run

TEXT: Final = PAGE.read_text(encoding="utf-8")
COMMAND: Final = "PYTHONPATH=tests python -m step_by_step.write"


def blocks() -> list[dict[str, Any]]:
    """The blocks of JSON on the page, in order."""
    texts = re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [json.loads(text) for text in texts]


def whole(shown: Any, truth: Any) -> Any:
    """A value as the page shows it, with what it leaves out, which it says where it does."""
    if shown == ABOVE:
        return truth
    if isinstance(shown, dict):
        return {name: whole(value, truth.get(name)) for name, value in shown.items()}
    if isinstance(shown, list) and shown and re.fullmatch(r"and \d+ more", str(shown[-1])):
        assert shown[-1] == f"and {len(truth) - len(shown) + 1} more"
        return [*shown[:-1], *truth[len(shown) - 1 :]]
    return shown


def test_the_page_is_what_a_run_and_the_contract_say() -> None:
    assert page() == TEXT, COMMAND


def test_the_page_can_be_read_at_one_sitting() -> None:
    assert len(TEXT.splitlines()) <= 275


def test_the_blocks_put_together_are_the_document_as_each_function_is_given_it() -> None:
    _, *states = of_functions()
    request, *shown = blocks()
    assert request == of_functions()[0][2]
    document: dict[str, Any] = {}
    for (_, state, truth), block in zip(states, shown[: len(states)], strict=True):
        document |= whole(block, truth)
        assert document == truth, state


def test_the_last_blocks_are_the_record_and_a_message() -> None:
    record, told = blocks()[-2:]
    assert whole(record, run().record) == run().record
    assert told == message() in run().notifications


def test_what_is_left_out_of_a_block_stands_in_an_earlier_one() -> None:
    first = blocks()[1]
    record = run().record
    assert whole(first["Findings"], record["Findings"]) == record["Findings"]
    assert whole(first["Request"], record["Request"]) == record["Request"]
    assert first["Request"]["DeploymentConfig"] == ABOVE
    assert blocks()[0]["DeploymentConfig"] == record["Request"]["DeploymentConfig"]


def test_every_function_of_the_workflow_is_on_the_page_but_the_one_of_those_who_wait() -> None:
    entered = [name for name in TASKS if name != "AwaitTurn"]
    assert re.findall(r"^## \S+ (\w+) is entered$", TEXT, re.MULTILINE) == entered


def test_the_times_of_the_page_go_on() -> None:
    times = re.findall(r"^\| (\d+:\d\d:\d\d) \|", TEXT, re.MULTILINE)
    assert len(times) == len([e for e in run().journal if e.kind == "state_entered"]) > 10
    assert all(before <= after for before, after in pairwise(times))


# ---- Every member ----------------------------------------------------------------------------


def members_in(document: str, shown: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(document, member, value) of all that a document of the run holds, at every depth."""
    for name, value in shown.items():
        yield document, name, value
        member = members_of(document).get(name)
        if member and member.document:
            for item in value if member.is_list else [value]:
                yield from members_in(member.document, item)


def of_the_run() -> Iterator[tuple[str, str, Any]]:
    for _, _, document in of_functions()[1:]:
        yield from members_in("State", document)
    yield from members_in("RequestDocument", of_functions()[0][2])
    yield from members_in("DeploymentRecord", cast("Mapping[str, Any]", run().record))
    for body in run().notifications:
        yield from members_in("MessageBody", cast("Mapping[str, Any]", body))


def test_every_member_of_the_run_is_known_to_the_contract() -> None:
    unknown = {(d, name) for d, name, _ in of_the_run() if name not in members_of(d)}
    assert unknown == set()


def test_every_member_of_the_run_stands_on_the_page() -> None:
    named = {*re.findall(r'"(\w+)": ', TEXT), *re.findall(r"^\| `(\S+)` \|", TEXT, re.MULTILINE)}
    assert {name for _, name, _ in of_the_run()} - named == set()


@pytest.mark.parametrize("document", ["State", "DeploymentRecord"])
def test_every_member_of_document_and_record_is_explained_whether_this_run_has_it_or_not(
    document: str,
) -> None:
    explained = set(re.findall(r"^\| `(\S+)` \|(?: [\w ]+ \|)? (.+) \|$", TEXT, re.MULTILINE))
    wanted = {(name, member.meaning) for name, member in members_of(document).items()}
    left_out = {("Findings", "DeploymentRecord"), ("Request", "DeploymentRecord")}
    missing = {(name, document) for name, meaning in wanted if (name, meaning) not in explained}
    assert missing - left_out == set()


@pytest.mark.parametrize("document", sorted(documents()))
def test_every_member_of_a_document_says_what_it_means(document: str) -> None:
    assert members_of(document)
    silent = [name for name, m in members_of(document).items() if not m.meaning.endswith(".")]
    assert silent == []


def test_the_documents_of_the_contract_are_found() -> None:
    assert {"State", "DeploymentRecord", "MessageBody", "PlanDocument"} < documents()
    assert members_of("MessageBody").keys() > members_of("MessageDetails").keys()
    findings = members_of("State")["Findings"]
    assert (findings.document, findings.is_list) == ("FindingDocument", True)
    fence = members_of("State")["Fence"]
    assert (fence.document, fence.is_list) == ("", False)
    assert fence.meaning.startswith("The number of this acquisition; every later write carries it.")
