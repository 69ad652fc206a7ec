"""The search finds what it is there for: without a guard, the thirty histories break a promise."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import Phase

from bluegreen.aws.dynamodb.claims import Claims
from bluegreen.aws.dynamodb.table import Row, Table, Write
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.notification import Notification
from search.test_search import search

THE_FENCE = "#Fence = :Fence"


def take_out_the_claim(patch: pytest.MonkeyPatch) -> None:
    """Whoever wants to send a notification may, though another is about to."""
    claim, claim_together = Claims.claim, Claims.claim_while_it_runs

    def claim_one(self: Claims, notification: Notification, now: datetime) -> bool:
        claim(self, notification, now)
        return True

    def claim_all(
        self: Claims, facts: Sequence[Notification], *args: Any, **more: Any
    ) -> list[Notification]:
        claim_together(self, facts, *args, **more)
        return [*facts]

    patch.setattr(Claims, "claim", claim_one)
    patch.setattr(Claims, "claim_while_it_runs", claim_all)


def take_out_the_fence(patch: pytest.MonkeyPatch) -> None:
    """Whoever was replaced may write, and call UpdateEndpoint, as if it had not been."""
    update, transact = Table.update, Table.transact

    def update_all(self: Table, *args: Any, condition: str = "", **more: Any) -> Row:
        return update(self, *args, condition=unfenced(condition), **more)

    def transact_all(self: Table, *writes: Write) -> None:
        transact(self, *(replace(each, condition=unfenced(each.condition)) for each in writes))

    patch.setattr(Table, "update", update_all)
    patch.setattr(Table, "transact", transact_all)
    patch.setattr("bluegreen.states.start_update._require_the_lock", lambda *_: None)


def unfenced(condition: str) -> str:
    return f"attribute_exists(pk) OR ({condition})" if THE_FENCE in condition else condition


def take_out_the_reserve(patch: pytest.MonkeyPatch) -> None:
    """Who adopts a deployment does not wait for the StartUpdate that it had before."""
    patch.setattr(Deployment, "has_no_orphan", lambda *_: True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("take_out", "words"),
    [
        (take_out_the_claim, "times too often"),
        (take_out_the_fence, "is still locked by"),
        (take_out_the_reserve, "was left"),
    ],
)
def test_the_thirty_histories_break_a_promise_without(
    take_out: Callable[[pytest.MonkeyPatch], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_out(monkeypatch)
    with pytest.raises(AssertionError, match=words):
        search(30, phases=[Phase.generate])
