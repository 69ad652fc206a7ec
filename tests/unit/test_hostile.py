"""Whatever others write, every sink shows it as words."""

import pytest

from hostile import HARMLESS, HOSTILE, SINKS, notifications

SINK = pytest.mark.parametrize("sink", SINKS)


@SINK
@pytest.mark.parametrize("kind", HOSTILE)
def test_what_others_write_is_shown_as_words(sink: str, kind: str) -> None:
    told = notifications(HOSTILE[kind])
    assert [problem for one in told for problem in SINKS[sink](one)] == []


@SINK
def test_harmless_words_are_shown_as_they_are(sink: str) -> None:
    told = notifications(HARMLESS)
    assert [problem for one in told for problem in SINKS[sink](one)] == []
