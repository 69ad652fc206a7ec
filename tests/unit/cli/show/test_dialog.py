"""The keys on the screen of a deployment."""

import pytest

from bluegreen_cli.show.dialog import Dialog


class Aborts:
    """Notes the reasons with which it is asked to abort."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def __call__(self, reason: str) -> str:
        self.reasons.append(reason)
        return "It is to be\x1b[2J aborted."


@pytest.fixture
def aborts() -> Aborts:
    return Aborts()


@pytest.fixture
def dialog(aborts: Aborts) -> Dialog:
    return Dialog(aborts)


def after(dialog: Dialog, keys: str) -> list[str]:
    """The footer after these keys."""
    dialog.type(keys)
    dialog.goes_on()
    return [line.plain for line in dialog.footer]


def test_it_says_what_may_be_typed(dialog: Dialog) -> None:
    assert after(dialog, "") == ["a abort   q quit (it goes on)"]
    assert after(Dialog(None), "a") == ["q quit (it goes on)"]


@pytest.mark.parametrize("key", ["q", "Q"])
def test_q_quits(dialog: Dialog, key: str) -> None:
    dialog.type(key)
    assert not dialog.goes_on()


@pytest.mark.parametrize("yes", ["y", "Y"])
def test_an_abort_takes_a_reason_and_a_yes(dialog: Dialog, aborts: Aborts, yes: str) -> None:
    assert after(dialog, "abad data") == ["Why abort? bad data_  (Enter; Esc: not at all)"]
    assert after(dialog, "\r") == ["Have it rolled back? y: yes, any other key: no"]
    assert aborts.reasons == []
    assert after(dialog, yes) == [
        "It is to be [2J aborted.",
        "a abort   q quit (it goes on)",
    ]
    assert aborts.reasons == ["bad data"]


@pytest.mark.parametrize("keys", ["awhy\x1by", "awhy\rn", "awhy\r\r", "awhy\rq"])
def test_anything_else_aborts_nothing_and_does_not_quit(
    dialog: Dialog, aborts: Aborts, keys: str
) -> None:
    dialog.type(keys)
    assert dialog.goes_on()
    assert aborts.reasons == []


def test_a_reason_is_asked_for_until_there_is_one(dialog: Dialog) -> None:
    assert after(dialog, "a\r  \r") == ["Why abort?   _  (Enter; Esc: not at all)"]


def test_a_q_in_a_reason_is_a_letter_and_a_mistake_can_be_mended(
    dialog: Dialog, aborts: Aborts
) -> None:
    after(dialog, "aquitx\x7f\x08e\x00\ny")
    assert aborts.reasons == ["quie"]


def test_a_reason_is_bounded_and_its_end_is_shown(dialog: Dialog, aborts: Aborts) -> None:
    (shown,) = after(dialog, "a" + "x" * 600 + "end")
    assert shown == f"Why abort? {'x' * 24}_  (Enter; Esc: not at all)"
    after(dialog, "\ry")
    assert aborts.reasons == ["x" * 512]


def test_while_it_asks_it_says_so(dialog: Dialog) -> None:
    dialog.type("awhy\ry")
    assert [line.plain for line in dialog.footer] == ["Asking for the abort ..."]


def test_after_an_abort_another_one_can_be_asked_for(dialog: Dialog, aborts: Aborts) -> None:
    after(dialog, "aone\ry")
    assert after(dialog, "a") == ["Why abort? _  (Enter; Esc: not at all)"]
    after(dialog, "two\ry")
    assert aborts.reasons == ["one", "two"]
