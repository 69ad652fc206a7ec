"""What an alarm's tags say was asked for, and how it is read again."""

import re
from typing import Any

import pytest

from bluegreen.guardrails.asked import GUARDRAILS, Asked, check_asked
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.tags import STACK_TAG, asked_in, is_ours, tags_of, text_of
from bluegreen.registry import clone

ALLOWED = re.compile(r"[\w\s.:/=+@-]{0,256}")
SERVER, LATENCY = "Invocation5XXErrors", "ModelLatency"


def guardrail(key: str = "5xx") -> Guardrail:
    return Guardrail("an-alarm", "main", SERVER, key, limit=0.02, defect=0.2, period_seconds=300)


@pytest.mark.parametrize(
    ("body", "key", "text"),
    [
        ("Default", "5xx", "Default"),
        ("Strict", "latency-p90", "Strict"),
        ([{"Metric": SERVER, "MaxRate": 0.01}], "5xx", f"Metric={SERVER} MaxRate=0.01"),
        (
            [{"Metric": LATENCY, "MaxMilliseconds": 300}],
            "latency-p90",
            f"Metric={LATENCY} Percentile=90 MaxMilliseconds=300",
        ),
        (
            [{"Metric": LATENCY, "Percentile": 99.9, "MaxRatioToBlue": 1.3}],
            "latency-p99.9",
            f"Metric={LATENCY} Percentile=99.9 MaxRatioToBlue=1.3",
        ),
        (
            [{"Metric": SERVER, "MaxRate": 0.0001234567890123}],
            "5xx",
            f"Metric={SERVER} MaxRate=0.0001234567890123",
        ),
    ],
)
def test_a_text_says_what_was_asked_for_and_is_read_again(body: Any, key: str, text: str) -> None:
    assert not [*GUARDRAILS.check(body, ""), *check_asked(body, "")]
    asked = Asked.from_json(body)
    assert text_of(guardrail(key), asked) == text
    assert ALLOWED.fullmatch(text)
    assert asked_in([text]) == asked


def test_what_the_stack_asks_for_is_default() -> None:
    assert text_of(guardrail(), None) == "Default"


def test_several_of_a_list_are_read_together_each_once_for_all_variants() -> None:
    asked = Asked.from_json(
        [{"Metric": SERVER, "MaxRate": 0.01}, {"Metric": LATENCY, "MaxRatioToBlue": 1.3}]
    )
    texts = [text_of(guardrail(each.key), asked) for each in asked.guardrails]
    assert asked_in([*texts, *texts]) == asked
    assert asked_in(["Default", "Default", "Default"]) == Asked.named("Default")


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["None"],
        ["Default", "Strict"],
        ["Default", f"Metric={SERVER} MaxRate=0.01"],
        [f"Metric={SERVER} MaxRate=0.01", f"Metric={SERVER} MaxRate=0.02"],
        [f"Metric={SERVER}"],
        [f"Metric={SERVER} MaxRate=nan"],
        [f"Metric={SERVER} MaxRate=much"],
        [f"Metric={SERVER} MaxRate=1.5"],
        [f"Metric={SERVER} MaxRate=0.01 Colour=red"],
        ["something else"],
    ],
)
def test_what_is_no_text_of_ours_or_is_of_several_updates_is_not_guessed(texts: list[str]) -> None:
    assert asked_in(texts) is None


def test_an_alarm_is_ours_by_the_stack_and_the_endpoint_in_whatever_case() -> None:
    tags = tags_of(guardrail(), None, "bluegreen", "Churn")
    assert tags == {
        "bluegreen:stack": "bluegreen",
        "bluegreen:endpoint": "churn",
        "bluegreen:guardrail": "Default",
    }
    assert is_ours({**tags, "team": "ml"}, "bluegreen", "cHURN")
    assert not is_ours(tags, "bluegreen", "fraud")
    assert not is_ours(tags, "bluegreen-two", "churn")
    assert not is_ours({"bluegreen:stack": "bluegreen"}, "bluegreen", "churn")
    assert not is_ours({}, "bluegreen", "churn")


def test_the_stack_s_tag_is_that_of_everything_else_it_makes() -> None:
    assert STACK_TAG == clone.STACK_TAG
