"""A deployment in lines, one for each change."""

from dataclasses import replace

import pytest

from bluegreen.sagemaker.observation import Stage
from bluegreen_cli.moment import AlarmSeen, Moment, Told
from bluegreen_cli.show.lines import changes
from bluegreen_cli.show.views import of_day
from builders import BLUE, GREEN, at, seen, settled, updating
from frames.moments import (
    ABORT,
    BAKES_WELL,
    BY_NO_FLEET,
    GUARDED,
    LATENCY,
    NO_TABLE,
    OK,
    QUEUED,
    ROLLS_BACK,
    STARTED,
    UNKNOWN,
    WAITS,
    moment,
    running,
)

QUIET = replace(BAKES_WELL, told=())
IDLE = Moment(at(0), "churn", settled(BLUE))


def said(before: Moment | None, after: Moment) -> list[str]:
    return [line.text.plain for line in changes(before, after, of_day)]


def test_a_stage_is_said_with_share_fleets_and_its_predicted_end() -> None:
    assert said(None, QUIET) == [
        "BAKING       █████░░░░░░░░░░░░░░░  25 % green  4 blue + 1 green  until 09:15:20"
    ]


def test_what_has_not_changed_is_not_said_again() -> None:
    assert said(QUIET, replace(QUIET, now=at(490))) == []


def test_a_rollback_has_no_predicted_end_and_says_what_its_alarm_saw() -> None:
    before = replace(ROLLS_BACK, alarms=OK, told=(), deployment=QUIET.deployment)
    assert said(replace(before, observation=QUIET.observation), replace(ROLLS_BACK, told=())) == [
        "alarm        churn-5xx OK → ALARM  green 0.5, blue 0; limit > 0.05",
        "ROLLING_BACK ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green",
    ]


def test_an_alarm_that_is_in_alarm_at_first_was_not_ok_before() -> None:
    first = [line for line in said(None, ROLLS_BACK) if line.startswith("alarm ")]
    assert first == ["alarm        churn-5xx is in ALARM  green 0.5, blue 0; limit > 0.05"]


def test_an_alarm_that_sees_both_fleets_says_so() -> None:
    rings = replace(BY_NO_FLEET, alarms=(AlarmSeen("churn-5xx", "ALARM"), *OK[1:]), told=())
    assert said(QUIET, rings) == [
        "alarm        churn-5xx OK → ALARM  both fleets 0.047; limit > 0.05"
    ]


def test_a_guardrail_is_said_by_what_it_is_about_and_in_percent() -> None:
    quiet = replace(GUARDED, told=())
    first, *others = quiet.alarms or ()
    rings = replace(quiet, alarms=(AlarmSeen(first.name, "ALARM"), *others))
    assert said(quiet, rings) == ["alarm        5XX of main OK → ALARM  green 2.1 %; limit > 2.5 %"]


def test_an_alarm_that_was_deleted_is_said() -> None:
    assert said(QUIET, replace(QUIET, alarms=(AlarmSeen("churn-5xx"), *OK[1:]))) == [
        "alarm        churn-5xx OK → MISSING"
    ]


def test_of_the_abort_alarm_only_that_it_rings() -> None:
    none_yet = replace(QUIET, alarms=(*OK[:2], AlarmSeen(ABORT, "INSUFFICIENT_DATA")))
    assert said(none_yet, QUIET) == []
    rings = replace(QUIET, alarms=(*OK[:2], AlarmSeen(ABORT, "ALARM")))
    assert said(QUIET, rings) == [f"alarm        {ABORT} OK → ALARM"]


def test_what_people_were_told_is_said_once_but_no_stage_and_no_end() -> None:
    stage = Told(at(321), "STAGE_CHANGED", "INFO", "It bakes.")
    end = Told(at(900), "DEPLOYMENT_SUCCEEDED", "INFO", "SUCCEEDED: ...", terminal=True)
    after = replace(QUIET, told=(STARTED, stage, end))
    assert said(QUIET, after) == [f"notification {STARTED.message}"]
    assert said(after, after) == []


def test_lines_have_the_time_at_which_it_happened() -> None:
    told, *_ = changes(QUIET, BAKES_WELL, of_day)
    assert told.at == STARTED.at
    (stage,) = changes(None, QUIET, of_day)
    assert stage.at == QUIET.now


def test_who_waits_is_said_when_it_changes() -> None:
    queued = replace(QUEUED, told=())
    assert said(QUIET, queued) == ["queue        2 waiting: deploy-3, deploy-2"]
    assert said(queued, QUIET) == ["queue        nobody waits"]


def test_a_deployment_that_waits_itself_says_so() -> None:
    assert said(IDLE, WAITS) == ["WAITING      for its turn"]


def test_nothing_is_said_while_nothing_has_begun() -> None:
    assert said(None, IDLE) == []
    preparing = moment(0, settled(BLUE), running(update_requested_at=None), told=())
    assert said(IDLE, preparing) == []


@pytest.mark.parametrize(("config", "share"), [(GREEN, 100), (BLUE, 0)])
def test_at_the_end_it_is_said_what_is_served(config: str, share: int) -> None:
    stages = (seen(Stage.PROVISIONING, 0, 0), seen(Stage.BAKING, 100, 400))
    after = moment(2000, settled(config), running(*stages), told=())
    (line,) = said(QUIET, after)
    assert line.startswith("SETTLED ")
    assert line.endswith(f" {share:>3} % green  serves {config}")


def test_without_the_table_it_says_what_sagemaker_does() -> None:
    assert said(None, NO_TABLE) == [
        "Updating: Baking  4 blue + 1 green",
        "not known    the deployment: AWS denied access: dynamodb:GetItem",
    ]


def test_what_is_not_known_is_said_once_with_its_reason() -> None:
    quiet = replace(UNKNOWN, told=None)
    assert said(QUIET, quiet) == [
        "not known    the alarms: AWS denied access: cloudwatch:DescribeAlarms",
        "not known    the queue: AWS denied access: dynamodb:Query",
        "not known    what was told: AWS denied access: dynamodb:Query",
        "slower       looks come less often: Rate exceeded",
    ]
    assert said(quiet, quiet) == []


def test_names_and_words_of_strangers_stay_in_their_line() -> None:
    evil = "a\x1b[2J\r\nb"
    after = replace(
        QUIET,
        alarms=(AlarmSeen(evil, "ALARM"), *OK[1:]),
        told=(Told(at(5), "X", "INFO", evil),),
        gates=(),
    )
    assert said(QUIET, after) == ["notification a [2J b", "alarm        a [2J b is in ALARM"]


def test_without_counts_a_fleet_is_shown_all_the_same() -> None:
    unknown = updating("Baking", 320, green_current=1)
    blue = replace(unknown.variants[0], current_instances=None)
    (line,) = said(None, replace(QUIET, observation=replace(unknown, variants=(blue,))))
    assert "? blue + 1 green" in line
    assert LATENCY not in line
