"""The search finds what it is there for: without a guard, its histories break a promise."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import Phase

from bluegreen.aws.dynamodb.claims import Claims
from bluegreen.aws.dynamodb.table import Row, Table, Write
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.notification import Notification
from search.test_search import search

HISTORIES: Final = 100
"""Far more than any of them needs: those of seeds 0 and 3 were found within 23."""

FENCE: Final = re.compile(r"#Fence = :Fence|#ExecutionArn = :Mine|#OwnerExecutionArn = :Owner")
"""What a condition says of the execution that writes: the number that it was given, its name."""


def take_out_the_claim(patch: pytest.MonkeyPatch) -> None:
    """Whoever wants to send a notification may, though another is about to."""
    claim, claim_together = Claims.claim, Claims.claim_while_it_runs

    def claim_one(self: Claims, *args: Any, **more: Any) -> bool:
        claim(self, *args, **more)
        return True

    def claim_all(
        self: Claims, facts: Sequence[Notification], *args: Any, **more: Any
    ) -> list[Notification]:
        claim_together(self, facts, *args, **more)
        return [*facts]

    patch.setattr(Claims, "claim", claim_one)
    patch.setattr(Claims, "claim_while_it_runs", claim_all)


def take_out_the_fence(patch: pytest.MonkeyPatch, of: str = "") -> None:
    """Whoever was replaced may write, and call UpdateEndpoint, as if it had not been.

    With `of` only what sets this attribute; and what goes with it in a transaction.
    """
    update, transact = Table.update, Table.transact

    def meant(values: Mapping[str, Any]) -> bool:
        return not of or of in values

    def update_all(
        self: Table, key: Any, expression: str, values: Mapping[str, Any], **more: Any
    ) -> Row:
        if meant(values) and "condition" in more:
            more["condition"] = unfenced(more["condition"])
        return update(self, key, expression, values, **more)

    def transact_all(self: Table, *writes: Write) -> None:
        if any(meant(each.values) for each in writes):
            writes = tuple(replace(each, condition=unfenced(each.condition)) for each in writes)
        transact(self, *writes)

    patch.setattr(Table, "update", update_all)
    patch.setattr(Table, "transact", transact_all)
    patch.setattr("bluegreen.states.start_update._require_the_lock", lambda *_: None)


def unfenced(condition: str) -> str:
    return FENCE.sub(r"(attribute_exists(pk) OR \g<0>)", condition)


def take_out_the_reserve(patch: pytest.MonkeyPatch) -> None:
    """Who adopts a deployment does not wait for the StartUpdate that it had before."""
    patch.setattr(Deployment, "has_no_orphan", lambda *_: True)


CONTROLS: Final = {
    "the claim": (take_out_the_claim, "times too often"),
    "any fence": (take_out_the_fence, "concluded it"),
    "the fence of the request": (
        partial(take_out_the_fence, of="UpdateRequestedAt"),
        "is still locked by",
    ),
    "the reserve": (take_out_the_reserve, "before its update ended"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("take_out", "words"), CONTROLS.values(), ids=CONTROLS)
def test_the_histories_break_a_promise_without(
    take_out: Callable[[pytest.MonkeyPatch], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_out(monkeypatch)
    with pytest.raises(AssertionError, match=words):
        search(HISTORIES, phases=[Phase.generate])
