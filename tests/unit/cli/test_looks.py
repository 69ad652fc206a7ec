"""What time a look goes by, and what AWS says of it."""

from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.aws.dynamodb.locks import Lock
from bluegreen_cli.account import Account
from bluegreen_cli.looks import Looks
from builders import BLUE, at, settled


@pytest.mark.parametrize(
    ("theirs", "shown"), [(None, 100), (97, 100), (103, 100), (1000, 1000), (40, 40)]
)
def test_a_look_goes_by_the_clock_of_aws_where_ours_is_another(
    theirs: float | None, shown: float
) -> None:
    account: Any = SimpleNamespace(
        answered_at=None if theirs is None else at(theirs),
        endpoints=SimpleNamespace(look=lambda _: settled(BLUE)),
        locks=SimpleNamespace(find=lambda _: Lock()),
        queue=SimpleNamespace(waiting=lambda _: []),
    )
    clock: Any = SimpleNamespace(now=lambda: at(100))
    assert Looks(account, "churn", clock).look().now == at(shown)


@pytest.mark.parametrize(
    ("headers", "noted"),
    [({"date": "Mon, 05 Jan 2026 09:08:00 GMT"}, at(480)), ({"date": "soon"}, None), ({}, None)],
)
def test_an_answer_of_sagemaker_tells_its_time_if_it_can_be_read(
    headers: dict[str, str], noted: object
) -> None:
    account = Account("bluegreen")
    account._note_time(SimpleNamespace(headers=headers))
    assert account.answered_at == noted


@pytest.mark.parametrize(("theirs", "shown"), [(None, 100), (103, 100), (1000, 1000), (40, 40)])
def test_a_plan_goes_by_the_clock_of_aws_where_ours_is_another(
    theirs: float | None, shown: float
) -> None:
    account = Account("bluegreen")
    account.answered_at = None if theirs is None else at(theirs)
    ours: Any = SimpleNamespace(now=lambda: at(100))
    assert account.clock(ours).now() == at(shown)
