"""The order in a queue: the newest request goes first, whatever its execution's name."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.ownership import Owner
from bluegreen.deployment.queue import LONGEST_SLEEP, Waiter, newest_first, seconds_to_wait
from bluegreen.request.request import Request
from builders import CANARY, GREEN, START, at, deployment


def waiter(id_: str, ordered: float, *, adopted: bool = False, gave_way_to: str = "") -> Waiter:
    """One that waits, by a place in seconds after the start."""
    owner = Owner(DeploymentKey("churn", id_, START), f"arn:{id_}", 0, START, adopter=adopted)
    return Waiter(owner, at(ordered), superseded_by=gave_way_to)


def ids(waiters: list[Waiter]) -> list[str]:
    return [each.owner.key.deployment_id for each in waiters]


def test_the_newest_goes_first_and_at_one_time_the_last_name() -> None:
    waiting = [waiter("b", 10), waiter("a", 10), waiter("c", 5), waiter("d", 20)]
    for order in permutations(waiting):
        assert ids(newest_first(order)) == ["d", "b", "a", "c"]


@pytest.mark.parametrize(
    "out", [waiter("new", 99, gave_way_to="newer"), waiter("new", 99, adopted=True)]
)
def test_who_gave_way_or_was_adopted_goes_no_more(out: Waiter) -> None:
    assert not out.waits
    assert ids(newest_first([out, waiter("old", 1)])) == ["old"]
    assert newest_first([]) == []


@pytest.mark.parametrize(
    ("approved", "place"), [(None, START), (at(-50), at(-50)), (START, START), (at(3600), START)]
)
def test_an_approval_gives_a_deployment_its_place_but_none_in_the_future(
    approved: datetime | None, place: datetime
) -> None:
    given = deployment(request=Request("churn", GREEN, CANARY, approved_at=approved))
    assert given.ordered_at == place
    assert given.approved_at == (approved and place)


@pytest.mark.parametrize(
    ("waited", "longest", "seconds"),
    [
        (0, LONGEST_SLEEP, 900),
        (0, 120, 120),
        (27_900, LONGEST_SLEEP, 900),
        (27_901, LONGEST_SLEEP, 899),
        (28_799.5, LONGEST_SLEEP, 1),
        (28_799.999, 120, 1),
        (28_800, LONGEST_SLEEP, 0),
        (90_000, LONGEST_SLEEP, 0),
    ],
)
def test_a_waiter_sleeps_until_its_next_look_or_its_timeout(
    waited: float, longest: int, seconds: int
) -> None:
    timeout = timedelta(seconds=28_800)
    assert seconds_to_wait(START, timeout, at(waited), longest) == seconds
