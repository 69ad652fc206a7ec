"""What the functions read of their environment, where a word of it may be wrong."""

import pytest

from bluegreen.settings import Settings


@pytest.mark.parametrize("word", ["Never", "OnRequest", "Default"])
def test_when_alarms_of_guardrails_are_made(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("GUARDRAIL_ALARMS", word)
    assert Settings().guardrail_alarms == word


def test_a_word_that_says_not_when_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAIL_ALARMS", "true")
    with pytest.raises(RuntimeError, match=r"is true\. Allowed: Never, OnRequest, Default"):
        Settings().guardrail_alarms  # noqa: B018 - it is read for its error
