"""What is told of other people's clients: the page, its results, the lists, the lock."""

import json
import re
import sys
from pathlib import Path

import pytest

from clients.moto_lists import MODULES, Failing, Module, differences, failing
from clients.results import Claim, Outcome, Seen, faults, store, stored, told
from clients.table import CLIENTS, SCRIPTS, Client
from clients.trial import script
from clients.write import PAGE, page
from shipped import ROOT

HELD = Claim("it is made", Outcome.HOLDS)
REFUSED = Claim("it is trained", Outcome.REFUSED)
BROKEN = Claim("it is made", Outcome.BROKEN, "HTTP 500")


def test_the_page_is_what_the_results_and_the_lists_make() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_nothing_on_the_page_is_broken() -> None:
    assert [seen.of(Outcome.BROKEN) for seen in stored().values() if seen.of(Outcome.BROKEN)] == []


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_each_script_says_what_it_runs_and_makes_the_claims_of_the_results(client: Client) -> None:
    assert client.what
    seen = stored().get(client.name)
    script = client.path.read_text("utf-8")
    assert [each.claim for each in seen.claims if each.claim not in script] == [] if seen else True


def test_every_script_is_of_a_client() -> None:
    scripts = {path.name for path in SCRIPTS.glob("with_*")}
    assert scripts - {"with_notebook.py"} == {client.script for client in CLIENTS}


def test_a_run_is_read_from_what_the_script_told() -> None:
    lines = [
        {"version": "1.2"},
        {"claim": "it is made", "outcome": "holds"},
        {"claim": "it is trained", "outcome": "refused", "detail": "NotImplemented"},
    ]
    seen = told(lines)
    assert seen.version == "1.2"
    assert seen.of(Outcome.HOLDS) == ["it is made"]
    assert seen.of(Outcome.REFUSED) == ["it is trained"]


def test_a_script_that_told_no_version_told_nothing() -> None:
    with pytest.raises(ValueError, match="before it told"):
        told([{"claim": "it is made", "outcome": "holds"}])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_why_a_script_ended_is_told_wherever_its_client_prints_it(stream: str) -> None:
    code = f"""if True:
        import sys
        print('{{"version": "1.2"}}')
        sys.{stream}.write("no such module")
        sys.exit(3)
    """
    lines, ending = script([sys.executable, "-c", code], {})
    assert lines == [{"version": "1.2"}]
    assert ending == ["The script ended with 3: no such module"]


def test_results_are_kept_without_the_words_of_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert stored(path) == {}
    refused = Claim("it is trained", Outcome.REFUSED, "NotImplemented")
    store({"boto3": Seen("1.2", (HELD, refused))}, path)
    assert stored(path) == {"boto3": Seen("1.2", (HELD, REFUSED))}


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ((), (HELD, REFUSED), ""),
        ((HELD,), (HELD, REFUSED), ""),
        ((), (BROKEN,), "it is made: HTTP 500"),
        ((HELD,), (BROKEN,), "it is made: HTTP 500"),
        ((HELD,), (), "it is made: it held before, and was not tried any more."),
        (
            (REFUSED,),
            (Claim("it is trained", Outcome.HOLDS),),
            "it is trained: it was refused by its name before, and is otherwise now.",
        ),
    ],
)
def test_what_broke_and_what_no_longer_holds_is_a_fault(
    before: tuple[Claim, ...], now: tuple[Claim, ...], words: str
) -> None:
    assert "\n".join(faults(Seen("1", before), Seen("2", now))) == words


def test_of_a_client_that_was_never_tried_only_what_broke_is_a_fault() -> None:
    assert list(faults(None, Seen("1", (HELD, REFUSED)))) == []
    assert list(faults(None, Seen("1", (BROKEN,)))) == ["it is made: HTTP 500"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.service)
def test_no_test_of_moto_is_listed_twice_and_each_has_its_reason(module: Module) -> None:
    listed = failing(module)
    tests = [each.test for each in listed]
    assert tests == sorted(set(tests))
    assert [each for each in listed if not each.is_well_formed] == []
    assert [test for test in tests if not test.startswith("test_") or "::" not in test] == []
    assert len(listed) < module.passing


@pytest.mark.parametrize(
    ("reason", "is_well_formed"),
    [
        ("AWS's behaviour: a metric is listed once (API, ListMetrics).", True),
        ("Refused by name: periods under 60 s.", True),
        ("As on AWS. Its machine has one state (Amazon States Language).", True),
        ("moto's words are others (API, ListMetrics).", False),
    ],
)
def test_a_reason_is_what_aws_does_or_what_is_refused(reason: str, is_well_formed: bool) -> None:
    assert Failing("test_a.py::test_b", reason).is_well_formed is is_well_formed


@pytest.mark.parametrize(
    ("listed", "plain", "embedded", "words"),
    [
        (set(), {"a"}, {"a"}, []),
        ({"a"}, {"a"}, set(), []),
        (set(), set(), set(), []),
        (
            set(),
            {"a"},
            set(),
            ["a passes on plain moto, fails on the embedded AWS, and is in no list."],
        ),
        ({"a"}, {"a"}, {"a"}, ["a is listed as failing, and passes."]),
        ({"a"}, set(), set(), ["a is listed, and does not pass on plain moto either."]),
    ],
)
def test_what_contradicts_a_list_is_found(
    listed: set[str], plain: set[str], embedded: set[str], words: list[str]
) -> None:
    assert list(differences(listed, plain, embedded)) == words


def test_the_clients_of_javascript_have_exact_versions_and_no_lock_that_holds_addresses() -> None:
    folder = ROOT / "tests/clients/js"
    versions = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    assert versions
    assert [each for each in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", each)] == []
    assert "package-lock=false" in (folder / ".npmrc").read_text("utf-8").splitlines()
