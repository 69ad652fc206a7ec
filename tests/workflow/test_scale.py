"""Many deployments at once: each as if it were alone, whatever becomes of the events."""

from collections import Counter

import pytest

from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, Window
from pages.blocks import printed
from scale import tables
from scale.crowd import Crowd, Outcome, Quota, run
from scale.figures import RECONCILE, figures_of, transitions, wrong
from scale.run import PAGE, QUOTAS, kept, scaled

UNDISTURBED = {"ROLLED_BACK, 0 timeouts": "13", "SUCCEEDED, 0 timeouts": "15"}
"""State transitions of the canary of two bakes, of the one that its first bake rolls back too."""

MOST_FOR_A_TIMEOUT = 2


def test_the_page_shows_the_figures_that_are_kept_and_no_run_was_wrong() -> None:
    assert printed(PAGE)["scale"] == tables.printed(kept()), "make bench-scale"
    assert [name for name, figures in kept().items() if figures["Wrong"]] == []


def calls_beside_reconcile(outcome: Outcome) -> Counter[str]:
    """What the functions called for the deployments, by function and operation."""
    made = [entry for entry in outcome.journal if entry.kind == "api_call"]
    by_function = [(outcome.function_of(entry), entry.data["operation"]) for entry in made]
    return Counter(f"{function} {call}" for function, call in by_function if function != RECONCILE)


@pytest.fixture(scope="module")
def two() -> Outcome:
    return run(Crowd(2))


@pytest.fixture(scope="module")
def four() -> Outcome:
    return run(Crowd(4))


def test_a_deployment_costs_the_same_among_others_as_alone(two: Outcome, four: Outcome) -> None:
    assert [*wrong(two), *wrong(four)] == []
    assert transitions(two) == {kind: {number: 1} for kind, number in UNDISTURBED.items()}
    assert transitions(four) == {kind: {number: 2} for kind, number in UNDISTURBED.items()}
    alone = calls_beside_reconcile(two)
    assert calls_beside_reconcile(four) == {call: 2 * times for call, times in alone.items()}


def test_a_look_of_the_reconcile_costs_two_calls_however_many_run(
    two: Outcome, four: Outcome
) -> None:
    for outcome in (two, four):
        first, *_, last = figures_of(outcome)["Ticks"]
        assert first["Calls"] == {"Query": 1, "ListExecutions": 1}
        assert last["Calls"] == {"Query": 1}


def test_the_units_of_the_table_are_counted_by_size_and_by_partition(two: Outcome) -> None:
    table = figures_of(two)["Table"]
    assert table["Calls"]["TransactWriteItems"]
    assert table["Writes"]["ENDED"] == 2 * 2  # of two deployments, in a transaction
    assert table["IndexWrites"]["ENDPOINT LOCK"] == 2 * 2  # it is put there, and removed
    assert table["Partitions"] == 2 + 2 * 2 + 1 + 2  # endpoints, alarms, what has ended, ids


def disturbed(deployments: int) -> Crowd:
    return Crowd(deployments, lost=0.1, twice=0.1, late=0.1)


def require_promises(outcome: Outcome) -> None:
    assert list(wrong(outcome)) == []
    for kind, counts in transitions(outcome).items():
        verdict, _, timeouts = kind.partition(", ")
        fewest = int(UNDISTURBED[f"{verdict}, 0 timeouts"])
        most = fewest + MOST_FOR_A_TIMEOUT * int(timeouts.split()[0])
        assert max(map(int, counts)) <= most, (kind, counts)


def test_no_verdict_is_wrong_and_nothing_is_told_twice_when_events_go_astray() -> None:
    outcome = run(disturbed(6))
    assert any(entry.kind == "event" and entry.data["dropped"] for entry in outcome.journal)
    require_promises(outcome)


@pytest.mark.slow
def test_neither_when_there_are_a_hundred() -> None:
    require_promises(run(disturbed(100)))


@pytest.mark.slow
def test_a_minute_without_lambda_delays_the_ends_and_changes_none() -> None:
    minute = Window(420, 480)
    apis = (ApiFault("lambda", ApiError.THROTTLING, window=minute),)
    outcome = run(Crowd(10, apis=apis))
    require_promises(outcome)
    assert figures_of(outcome)["Ends"]["ROLLED_BACK"][1] > 480


@pytest.mark.slow
def test_operators_hear_nothing_of_the_reconcile_where_few_executions_are_described() -> None:
    """One call at once and one a second, for twenty deployments."""
    quota = Quota("stepfunctions", "DescribeExecution", 1, 1)
    outcome = run(Crowd(20, lost=0.1, quotas=(quota,)))
    require_promises(outcome)
    assert [look["Error"] for look in figures_of(outcome)["Ticks"] if look["Error"]] == []
    assert outcome.operators_told == []


@pytest.mark.slow
def test_the_published_quotas_delay_the_ends_and_change_none() -> None:
    outcome = run(scaled(Crowd(20, quotas=QUOTAS)))
    require_promises(outcome)
    assert figures_of(outcome)["Throttled"]["cloudwatch PutMetricAlarm"]
