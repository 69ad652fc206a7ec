"""Faults as values: when they strike, how often, what they do to an event together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.event_passage import Passage, passage_of, skewed
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FailingModel,
    FaultPlan,
    ForeignUpdate,
    LambdaTimeout,
    Pause,
    Stop,
    Window,
)
from bluegreen_simulator.rules.faults.report import shown

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ENDPOINT_CHANGE = "SageMaker Endpoint State Change"
ALARM_CHANGE = "CloudWatch Alarm State Change"
THROTTLING = ApiFault("sns", ApiError.THROTTLING)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


# ---- When ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "holding"),
    [
        (Window(), [None, 0, 59, 60, 600]),
        (Window(60), [60, 600]),
        (Window(None, 60), [None, 0, 59]),
        (Window(59, 60), [59]),
    ],
)
def test_a_window_holds_from_its_start_to_before_its_end(
    window: Window, holding: list[float | None]
) -> None:
    moments = (None, 0, 59, 60, 600)
    assert [second for second in moments if window.holds(second)] == holding


def test_what_always_holds_does_so_before_the_beginning_and_the_rest_not() -> None:
    plan = FaultPlan(apis=(ApiFault("sns", ApiError.THROTTLING, window=Window(0)), THROTTLING))
    faults = Faults(plan)
    assert faults.on_call("sns", "Publish", "", START) == THROTTLING
    faults.begin(at(300))
    assert faults.on_call("sns", "Publish", "", at(299)) == THROTTLING
    assert faults.on_call("sns", "Publish", "", at(300)) == plan.apis[0]


def test_a_beginning_does_not_move_what_has_begun() -> None:
    faults = Faults()
    faults.add(FaultPlan(apis=(ApiFault("sns", ApiError.TIMEOUT, window=Window(0, 60)),)), START)
    faults.begin(at(59))
    assert faults.on_call("sns", "Publish", "", at(61)) is None


def test_a_fault_with_a_number_of_times_strikes_so_often() -> None:
    fault = EventFault(drop=True, times=2)
    faults = Faults(FaultPlan(events=(fault,)))
    struck = [bool(faults.on_event(ENDPOINT_CHANGE, START)) for _ in range(4)]
    assert struck == [True, True, False, False]


@pytest.mark.parametrize(
    ("times", "struck"),
    [(None, [False, False, True, True, True]), (2, [False, False, True, True, False])],
)
def test_a_fault_with_an_nth_spares_what_comes_before(
    times: int | None, struck: list[bool]
) -> None:
    fault = ApiFault("sns", ApiError.DENIED, "Publish", "One", nth=3, times=times)
    faults = Faults()
    faults.add(FaultPlan(apis=(fault,)), START)
    found = []
    for second in range(5):
        faults.on_call("sns", "Publish", "Two", at(second))
        faults.on_call("sns", "Subscribe", "One", at(second))
        found.append(faults.on_call("sns", "Publish", "One", at(second)) is fault)
    assert found == struck


def test_what_comes_before_the_beginning_or_the_window_does_not_count() -> None:
    fault = EventFault(drop=True, nth=2, window=Window(None, 60))
    faults = Faults(FaultPlan(events=(fault, EventFault(delay=5, nth=2, window=Window(20)))))
    assert faults.on_event(ALARM_CHANGE, START) == []
    faults.begin(START)
    struck = [len(faults.on_event(ALARM_CHANGE, at(second))) for second in (1, 10, 20, 30, 60, 70)]
    assert struck == [0, 1, 1, 2, 1, 1]


# ---- Whom ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detail_type", "hit"),
    [("", True), (ENDPOINT_CHANGE, True), (ALARM_CHANGE, False)],
)
def test_an_event_is_hit_by_its_detail_type(detail_type: str, hit: bool) -> None:
    faults = Faults(FaultPlan(events=(EventFault(detail_type, reorder=True),)))
    assert bool(faults.on_event(ENDPOINT_CHANGE, START)) is hit


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (THROTTLING, True),
        (ApiFault("sns", ApiError.THROTTLING, operation="Publish"), True),
        (ApiFault("sns", ApiError.THROTTLING, operation="Subscribe"), False),
        (ApiFault("sqs", ApiError.THROTTLING), False),
        (ApiFault("sns", ApiError.THROTTLING, function="StartUpdate"), True),
        (ApiFault("sns", ApiError.THROTTLING, function="AwaitStage"), False),
    ],
)
def test_a_call_is_hit_by_service_operation_and_function(fault: ApiFault, hit: bool) -> None:
    faults = Faults(FaultPlan(apis=(fault,)))
    found = faults.on_call("sns", "Publish", "bluegreen-StartUpdateFunction-X", START)
    assert (found is fault) is hit


def test_drop_events_drops_every_event() -> None:
    assert Faults(FaultPlan(drop_events=True)).on_event(ALARM_CHANGE, START) == [
        EventFault(drop=True)
    ]


def begun(*deaths: Death) -> Faults:
    faults = Faults(FaultPlan(deaths=deaths))
    faults.begin(START)
    return faults


def test_a_death_comes_once_after_the_nth_call() -> None:
    faults = begun(Death("Writer", "PutItem", 2))
    calls = [("Writer", "GetItem"), ("Reader", "PutItem"), *[("Writer", "PutItem")] * 3]
    assert [faults.strike(*call) for call in calls] == [False, False, False, True, False]


def test_two_deaths_after_the_same_call_count_the_same_calls() -> None:
    faults = begun(Death("W", "PutItem", 1), Death("W", "PutItem", 2))
    assert [faults.strike("W", "PutItem") for _ in range(3)] == [True, True, False]


def test_a_function_hangs_before_it_does_anything_or_after_a_call() -> None:
    timeouts = (LambdaTimeout("One", nth=2), LambdaTimeout("Two", "Publish"))
    faults = Faults(FaultPlan(lambda_timeouts=timeouts))
    faults.begin(START)
    assert [faults.hangs("One") for _ in range(3)] == [False, True, False]
    assert [faults.hangs("Two"), faults.hangs("Two", "Publish")] == [False, True]


def test_what_comes_before_a_call_does_not_come_after_it() -> None:
    faults = Faults()
    deaths = (Death("One", "Publish", before=True, nth=2),)
    timeouts = (LambdaTimeout("One", "Publish", before=True),)
    faults.add(FaultPlan(deaths=deaths, lambda_timeouts=timeouts), START)
    for fault, expected in ((faults.strike, [False, True]), (faults.hangs, [True, False])):
        found = []
        for _ in range(2):
            assert not fault("One", "Publish")
            found.append(fault("One", "Publish", before=True))
        assert found == expected


def test_pauses_at_the_same_call_add_up() -> None:
    pauses = (
        Pause("One", "Publish", 30),
        Pause("One", "Publish", 5, nth=2),
        Pause("One", "Get", 1),
    )
    faults = Faults()
    faults.add(FaultPlan(pauses=(*pauses, Pause("One", "Publish", 60))), START)
    assert [faults.pause("One", "Publish") for _ in range(3)] == [90, 5, 0]
    assert faults.pause("One", "Publish", before=True) == 0


ENTERS = Stop(state="AwaitStage")
CALLS = Stop(function="bluegreen-StartUpdateFunction-X", operation="UpdateEndpoint")


@pytest.mark.parametrize(
    ("stop", "point", "stopped"),
    [
        (Stop("AwaitStage"), ENTERS, [True, False, False]),
        (Stop("AwaitStage", nth=2), ENTERS, [False, True, False]),
        (Stop("AwaitStag"), ENTERS, [False, False, False]),
        (Stop(function="StartUpdate", operation="UpdateEndpoint"), CALLS, [True, False, False]),
        (Stop(function="StartUpdate", operation="GetItem"), CALLS, [False, False, False]),
        (Stop(function="AwaitStage", operation="UpdateEndpoint"), CALLS, [False, False, False]),
        (
            Stop(function="StartUpdate", operation="UpdateEndpoint", before=True),
            CALLS,
            [False, False, False],
        ),
    ],
)
def test_an_execution_is_stopped_once_where_it_comes_to_the_point(
    stop: Stop, point: Stop, stopped: list[bool]
) -> None:
    faults = Faults(FaultPlan(stops=(stop,)))
    assert not faults.stops_at("first", point)  # before the beginning
    faults.begin(START)
    assert [faults.stops_at("first", point) for _ in range(3)] == stopped


def test_so_many_executions_are_stopped_each_when_it_comes_so_far_itself() -> None:
    faults = Faults()
    faults.add(FaultPlan(stops=(Stop("AwaitStage", nth=2, executions=2),)), START)
    came = ["a", "b", "b", "a", "a", "c", "c"]
    stopped = [name for name in came if faults.stops_at(name, ENTERS)]
    assert stopped == ["b", "a"]


def test_runs_and_calls_before_the_beginning_do_not_count() -> None:
    plan = FaultPlan(lambda_timeouts=(LambdaTimeout("One"),), deaths=(Death("One", "Publish"),))
    faults = Faults(plan)
    assert not faults.hangs("One")
    assert not faults.strike("One", "Publish")
    faults.begin(START)
    assert faults.hangs("One")
    assert faults.strike("One", "Publish")


def test_a_fault_to_come_is_withdrawn_once() -> None:
    faults, update = Faults(), ForeignUpdate(5, "other")
    faults.pending.append(update)
    assert [faults.withdraw(update), faults.withdraw(update)] == [True, False]


def test_cleared_nothing_strikes() -> None:
    plan = FaultPlan(drop_events=True, apis=(THROTTLING,), lambda_timeouts=(LambdaTimeout("One"),))
    faults = begun(Death("One", "Publish"))
    faults.add(plan, START)
    faults.pending.append(ForeignUpdate(5, "other"))
    faults.clear()
    assert faults.on_event(ALARM_CHANGE, START) == []
    assert faults.on_call("sns", "Publish", "", START) is None
    assert not faults.strike("One", "Publish")
    assert not faults.hangs("One")
    assert not faults.withdraw(ForeignUpdate(5, "other"))


# ---- What becomes of an event --------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "passage"),
    [
        ([], Passage(1, 0, overtaken=False, skew=0)),
        ([EventFault(duplicate=3), EventFault(delay=60)], Passage(3, 60, overtaken=False, skew=0)),
        ([EventFault(delay=60), EventFault(delay=5)], Passage(1, 65, overtaken=False, skew=0)),
        ([EventFault(drop=True), EventFault(duplicate=3)], Passage(0, 0, overtaken=False, skew=0)),
        ([EventFault(reorder=True), EventFault(skew=-5)], Passage(1, 0, overtaken=True, skew=-5)),
    ],
)
def test_the_faults_of_one_event_add_up(faults: list[EventFault], passage: Passage) -> None:
    assert passage_of(faults) == passage


def test_an_event_of_a_clock_that_is_off_has_all_its_times_off_and_nothing_else() -> None:
    event = {
        "time": "2026-01-05T09:00:00Z",
        "detail": {
            "LastModifiedTime": 1767603600000,
            "TimeoutSeconds": 60,
            "state": {
                "timestamp": "2026-01-05T09:00:00.250+0000",
                "reasonData": '{"queryDate": "2026-01-05T08:59:59.100+0000", "threshold": 0.05}',
            },
            "variants": [{"StartTime": 1767603600000.5, "CurrentWeight": 1.0}],
            "stopDate": 1767603600000,
            "startDate": None,
        },
    }
    assert skewed(event, -90) == {
        "time": "2026-01-05T08:58:30Z",
        "detail": {
            "LastModifiedTime": 1767603510000,
            "TimeoutSeconds": 60,
            "state": {
                "timestamp": "2026-01-05T08:58:30.250+0000",
                "reasonData": '{"queryDate": "2026-01-05T08:58:29.100+0000", "threshold": 0.05}',
            },
            "variants": [{"StartTime": 1767603510000.5, "CurrentWeight": 1.0}],
            "stopDate": 1767603510000,
            "startDate": None,
        },
    }


# ---- What is shown -------------------------------------------------------------------------

NOTHING: dict[str, Any] = {
    "events": [],
    "apis": [],
    "deaths": [],
    "lambda_timeouts": [],
    "pauses": [],
    "stops": [],
    "foreign_update": [],
    "system_updating": [],
    "failing_model": [],
}


def test_the_faults_that_may_strike_yet_are_shown_as_they_were_asked_for() -> None:
    faults = Faults()
    plan = FaultPlan(
        events=(EventFault(ALARM_CHANGE, delay=60),),
        apis=(ApiFault("sns", ApiError.TIMEOUT, carried_out=True, window=Window(5, 60)),),
        deaths=(Death("StartUpdate", "Publish"),),
        lambda_timeouts=(LambdaTimeout("AwaitStage"),),
        pauses=(Pause("StartUpdate", "UpdateEndpoint", 90, before=True),),
        stops=(Stop(state="AwaitStage", nth=2),),
    )
    faults.add(plan, START)
    faults.on_event(ALARM_CHANGE, at(1))
    faults.pending.append(ForeignUpdate(400, "other"))
    faults.pending.append(FailingModel(500, "green", 0.5))
    since = "2026-01-05T09:00:00.000Z"
    assert shown(faults, at(30)) == {
        "events": [{"detail_type": ALARM_CHANGE, "delay": 60, "since": since, "struck": 1}],
        "apis": [
            {
                "service": "sns",
                "error": "timeout",
                "carried_out": True,
                "from": 5,
                "to": 60,
                "since": since,
                "struck": 0,
            }
        ],
        "deaths": ["StartUpdate after Publish"],
        "lambda_timeouts": ["AwaitStage"],
        "pauses": ["StartUpdate before UpdateEndpoint for 90"],
        "stops": [{"state": "AwaitStage", "nth": 2, "struck": 0}],
        "foreign_update": [{"at": 400, "config": "other"}],
        "system_updating": [],
        "failing_model": [{"at": 500, "config": "green", "error_rate": 0.5}],
    }


def test_what_is_over_is_not_shown() -> None:
    faults = Faults()
    plan = FaultPlan(
        events=(EventFault(drop=True, times=1),),
        apis=(ApiFault("sns", ApiError.TIMEOUT, window=Window(0, 60)),),
        deaths=(Death("One", "Publish"),),
        lambda_timeouts=(LambdaTimeout("One"),),
        pauses=(Pause("One", "Publish", 5),),
        stops=(Stop(state="Two"),),
    )
    faults.add(plan, START)
    faults.pause("One", "Publish")
    faults.stops_at("any", Stop(state="Two"))
    faults.on_event(ALARM_CHANGE, at(1))
    faults.strike("One", "Publish")
    faults.hangs("One")
    assert shown(faults, at(60)) == NOTHING
