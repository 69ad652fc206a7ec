"""The page of the local server: who gets it, its files, and what cannot be done with it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from bluegreen_simulator.run.page.application import FILES, FOLDER, ROUTE
from bluegreen_simulator.run.sample import MODELS, POLICIES
from opened_page import HOSTILE, Opened, opened

POLICY: Final = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
A_PERSON: Final = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def page() -> Iterator[Opened]:
    with opened() as ours:
        yield ours


# ---- Who gets it ---------------------------------------------------------------------------


def test_a_browser_gets_the_page_at_the_root(page: Opened) -> None:
    answer = page.client.get("/", headers=A_PERSON)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.text == (FOLDER / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/", {"Accept": "*/*"}),
        ("GET", "/", {**A_PERSON, "Authorization": "AWS4-HMAC-SHA256 Credential=k/d/r/s3/x"}),
        ("GET", "/?Action=ListTopics", A_PERSON),
        ("POST", "/", A_PERSON),
        ("GET", "/bucket", A_PERSON),
        ("GET", "/_bluegreen/clock", A_PERSON),
    ],
)
def test_what_a_client_of_aws_asks_for_goes_where_it_went_before(
    page: Opened, method: str, path: str, headers: Mapping[str, str]
) -> None:
    assert page.client.open(path, method=method, headers=headers).text == "not the page"


def test_its_files_are_those_that_it_has(page: Opened) -> None:
    for name, kind in FILES.items():
        answer = page.client.get(f"{ROUTE}{name}")
        assert answer.content_type == kind
        assert answer.data == (FOLDER / name).read_bytes()
    for name in ("../local.py", "application.py", "%2e%2e/local.py", ""):
        assert page.client.get(f"{ROUTE}{name}").status_code == 404


def answers(page: Opened) -> Iterator[TestResponse]:
    yield page.client.get("/", headers=A_PERSON)
    yield page.client.get(f"{ROUTE}view")
    yield page.client.get(f"{ROUTE}page.js")
    yield page.client.get(f"{ROUTE}nowhere")
    yield page.client.get(f"{ROUTE}abort")
    yield page.client.post(f"{ROUTE}view")
    yield page.client.post(f"{ROUTE}abort", json={})
    yield page.client.post(f"{ROUTE}abort", data="{}")


def test_no_answer_may_be_framed_kept_guessed_or_run_what_is_not_ours(page: Opened) -> None:
    found = list(answers(page))
    assert [answer.status_code for answer in found] == [200, 200, 200, 404, 405, 405, 400, 415]
    for answer in found:
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


# ---- What cannot be done -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "members", "words"),
    [
        ("abort", {}, "EndpointName is missing."),
        ("abort", {"EndpointName": ""}, 'EndpointName is "". Allowed: a text.'),
        ("abort", {"EndpointName": "churn", "Reason": "x"}, '"Reason" is not known. Allowed: E'),
        ("start", {"policy": "swap", "model": "healthy"}, 'policy is "swap". Allowed: canary, '),
        ("start", {"policy": "canary", "model": "bad"}, 'model is "bad". Allowed: healthy, '),
        ("start", {"policy": "../x", "model": "healthy"}, 'policy is "../x". Allowed: canary, '),
        ("stop", {"ExecutionArn": "arn:aws:states:x"}, "Execution Does Not Exist: "),
        ("approve", {"ModelPackageArn": "arn:aws:sagemaker:x"}, "1 validation error detected"),
        ("make-sample", {"name": "mine"}, '"name" is not known. Allowed: .'),
    ],
)
def test_what_cannot_be_done_is_refused_in_plain_words_and_changes_nothing(
    page: Opened, action: str, members: dict[str, Any], words: str
) -> None:
    said = page.refused(action, **members)
    assert said.startswith(words)
    assert said
    assert "\n" not in said
    assert page.view()["Endpoints"] == page.view()["Deployments"] == []


def test_the_words_of_a_function_that_fails_are_handed_on(page: Opened) -> None:
    said = page.refused("abort", EndpointName=HOSTILE)
    assert "EndpointName" in said


@pytest.mark.parametrize("body", ["{", "[]", '"churn"', "\udcff".encode("utf-8", "replace")])
def test_a_body_that_is_no_object_is_refused(page: Opened, body: Any) -> None:
    answer = page.client.post(f"{ROUTE}abort", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"].startswith(("The request is no JSON: ", "A request is"))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_or_a_plain_text_as_any_page_could_send_it_does_nothing(
    page: Opened, kind: str
) -> None:
    answer = page.client.post(f"{ROUTE}make-sample", data="{}", content_type=kind)
    assert (answer.status_code, answer.content_type) == (415, "application/json")
    assert page.view()["Endpoints"] == []


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({}, 400, 'StartedAt is "". Allowed: a time.'),
        ({"StartedAt": HOSTILE}, 400, f'StartedAt is "{HOSTILE}". Allowed: a time.'),
        (
            {"StartedAt": "2026-01-05T09:00:00Z", "DeploymentId": HOSTILE, "EndpointName": "a#b"},
            404,
            f'404 Not Found: No deployment "{HOSTILE}" of that start has ended.',
        ),
    ],
)
def test_a_report_that_there_is_not_is_refused_in_plain_words(
    page: Opened, query: dict[str, str], status: int, words: str
) -> None:
    answer = page.client.get(f"{ROUTE}report", query_string=query)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert json.loads(answer.text) == {"error": words}


# ---- Its files -----------------------------------------------------------------------------

HTML: Final = (FOLDER / "page.html").read_text("utf-8")
SCRIPT: Final = (FOLDER / "page.js").read_text("utf-8")
LOOK: Final = (FOLDER / "page.css").read_text("utf-8")


def test_the_script_makes_no_markup_and_no_code_of_texts() -> None:
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "createContextualFragment",
        "DOMParser",
        "setHTML",
        "srcdoc",
        "eval(",
        "Function(",
        "import(",
        'setAttribute("style',
        'setAttribute("on',
    ):
        assert way not in SCRIPT


def test_the_page_asks_nobody_else_for_anything_and_has_no_code_of_its_own() -> None:
    assert re.findall(r"<(?:script|style)[^>]*>(?!</)", HTML) == []
    assert re.findall(r'\b(?:on\w+|style|action)="', HTML) == []
    loaded = re.findall(r'\b(?:src|href)="([^"]+)"', HTML)
    assert [one for one in loaded if not one.startswith("data:")] == [
        f"{ROUTE}page.css",
        f"{ROUTE}page.js",
    ]
    assert "url(" not in LOOK
    assert re.findall(r"https?://[^\"]+", SCRIPT) == []


def test_the_script_finds_every_element_that_it_looks_for() -> None:
    there = set(re.findall(r'\bid="([\w-]+)"', HTML))
    wanted = set(re.findall(r'\b(?:at|list|press)\("([\w-]+)"', SCRIPT))
    assert wanted <= there


def test_the_page_offers_every_policy_and_every_model() -> None:
    def options(id_: str) -> list[str]:
        (select,) = re.findall(rf'<select id="{id_}">(.*?)</select>', HTML, re.DOTALL)
        return re.findall(r'value="([^"]+)"', select)

    assert options("policy") == list(POLICIES)
    assert options("model") == list(MODELS)


def test_every_action_that_the_script_asks_for_is_there(page: Opened) -> None:
    asked = set(re.findall(r'"page/([\w-]+)"', SCRIPT)) - {"view", "report"}
    assert asked == {"make-sample", "start", "register", "approve", "stop", "abort"}
    for action in asked:
        assert page.client.get(f"{ROUTE}{action}").status_code == 405


def test_the_folder_has_no_file_that_nobody_is_given() -> None:
    served = {path.name for path in FOLDER.iterdir() if path.suffix in {".html", ".css", ".js"}}
    assert served == set(FILES)
