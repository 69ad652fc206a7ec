"""Looks at deployments in the embedded AWS: what is seen, at which cost, and what cannot be."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from click.testing import CliRunner, Result
from moto.moto_api._internal import mock_random

from bluegreen.aws.dynamodb.table import Table
from bluegreen.clock import SystemClock
from bluegreen.sagemaker.observation import Stage
from bluegreen_cli.account import Account
from bluegreen_cli.looks import Looks
from bluegreen_cli.main import main
from bluegreen_cli.moment import AlarmSeen, Moment, ends_of, last
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.onlooker import look_on
from bluegreen_simulator.run.simulation import ENDPOINT, prepare, simulate
from bluegreen_simulator.run.theatre import Fleet, Theatre
from heavy import sampled
from shipped import ROOT

TEMPLATE = ROOT / "template.yaml"
SCENARIOS = ROOT / "events/scenarios"
FAILS = load(SCENARIOS / "canary-rolled-back-in-first-bake.yaml")
SUCCEEDS = load(SCENARIOS / "canary-succeeds.yaml")


class Watched(Account):
    """An account that counts its calls, and in which some fail."""

    def __init__(self, **errors: Exception) -> None:
        super().__init__("bluegreen", keeps_time=False)
        self.calls: Counter[str] = Counter()
        self.errors = errors
        self._registered: list[Any] = []

    def _client(self, *args: Any, **more: Any) -> Any:
        client = super()._client(*args, **more)
        client.meta.events.register("before-call", self._called)
        self._registered.append(client)
        return client

    def _called(self, model: Any, **_: object) -> None:
        self.calls[model.name] += 1
        if model.name in self.errors:
            raise self.errors[model.name]

    def leave(self) -> None:
        for client in self._registered:
            client.meta.events.unregister("before-call", self._called)


def denied(operation: str) -> ClientError:
    error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "You may not look."}}
    return ClientError(error, operation)


def throttled(operation: str) -> ClientError:
    error: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
    return ClientError(error, operation)


@pytest.fixture
def theatre() -> Iterator[Theatre]:
    """The stack, an endpoint that is called ten times a second, and a green that fails."""
    with EmbeddedAws() as aws:
        theatre = Theatre(aws)
        theatre.deploy(TEMPLATE)
        prepare(FAILS, theatre)
        theatre.make_config("churn-fine", Fleet({}, 4))
        theatre.begin_traffic(ENDPOINT, 10)
        theatre.advance(300)
        yield theatre


@pytest.fixture
def account() -> Iterator[Watched]:
    account = Watched()
    yield account
    account.leave()


def start(theatre: Theatre, **members: Any) -> str:
    return theatre.start({**FAILS.request, **members}, members.pop("id", "deploy-1"))


def looks_of(theatre: Theatre, account: Watched, deployment_id: str = "") -> Looks:
    return Looks(account, ENDPOINT, theatre.aws.clock, deployment_id)


def ends(theatre: Theatre, moment: Moment) -> list[float]:
    """The predicted ends of the stage and of the deployment, in seconds after now."""
    found = ends_of(moment)
    assert found is not None
    now = theatre.aws.clock.now()
    return [round((end - now).total_seconds()) for end in (found.stage, found.deployment)]


def test_a_look_shows_stage_fleets_ends_alarms_and_the_values_of_both_fleets(
    theatre: Theatre, account: Watched
) -> None:
    start(theatre, RequestedBy="job 4711", Reason="new features")
    looks = looks_of(theatre, account)
    theatre.advance(100)
    moment = looks.look()
    assert (moment.phase, moment.deployment_id, moment.unknown) == ("PROVISIONING", "deploy-1", {})
    assert ends(theatre, moment) == [200, 1470]
    assert moment.alarms == (
        AlarmSeen("churn-5xx", "OK"),
        AlarmSeen("churn-latency", "OK"),
        AlarmSeen("bluegreen-abort-churn", "OK"),
    )
    assert moment.armed
    theatre.advance(300)
    moment = looks.look()
    assert moment.stage is not None
    assert (moment.stage.stage, moment.stage.traffic_percent) == (Stage.BAKING, 25)
    assert [(f.name, f.config, f.share, f.instances) for f in moment.fleets] == [
        ("blue", "churn-blue", 75, 4),
        ("green", "churn-green", 25, 1),
    ]
    assert moment.gates is not None
    errors, latency = moment.gates
    assert (last(errors.green), last(errors.blue), errors.limit) == (0.5, 0.0, 0.05)
    assert (last(latency.green), last(latency.blue)) == (5000, 5000)
    assert moment.told is not None
    assert [told.event for told in moment.told] == ["DEPLOYMENT_STARTED"] + ["STAGE_CHANGED"] * 3
    theatre.advance(200)
    moment = looks.look()
    assert moment.record is not None
    assert moment.record["Verdict"] == "ROLLED_BACK"
    assert moment.told is not None
    assert moment.told[-1].terminal


def test_a_look_costs_three_calls_and_what_changes_slowly_is_asked_for_every_15_seconds(
    theatre: Theatre, account: Watched
) -> None:
    start(theatre)
    looks = looks_of(theatre, account)
    theatre.advance(400)
    looks.look()
    account.calls.clear()
    for _ in range(7):
        theatre.advance(2)
        looks.look()
    assert account.calls == {"DescribeEndpoint": 7, "GetItem": 7, "Query": 7}
    theatre.advance(2)
    looks.look()
    more = account.calls - Counter({"DescribeEndpoint": 8, "GetItem": 8, "Query": 8})
    assert more == {"Query": 2, "DescribeAlarms": 1, "GetMetricData": 1}


def test_who_waits_is_seen_and_who_has_given_way_is_not(theatre: Theatre, account: Watched) -> None:
    start(theatre, EndpointConfigName="churn-fine")
    looks = looks_of(theatre, account)
    theatre.advance(100)
    for number in (2, 3):
        body = {**FAILS.request, "OnBusy": "QUEUE", "EndpointConfigName": "churn-green"}
        theatre.start(body, f"deploy-{number}")
        theatre.advance(20)
    waiting = looks.look().others_waiting
    assert waiting is not None
    assert {waiter.owner.key.deployment_id for waiter in waiting} == {"deploy-2", "deploy-3"}
    of_waiting = looks_of(theatre, account, "deploy-3").look()
    assert (of_waiting.phase, of_waiting.deployment_id) == ("WAITING", "deploy-3")


def test_what_may_not_be_read_is_not_known_and_the_rest_is_shown(
    theatre: Theatre, account: Watched
) -> None:
    start(theatre)
    theatre.advance(350)
    for operation, what in (
        ("DescribeEndpoint", "the endpoint"),
        ("DescribeAlarms", "the alarms"),
        ("GetMetricData", "the values"),
        ("GetItem", "the deployment"),
    ):
        account.errors[operation] = denied(operation)
        looks = looks_of(theatre, account)
        for _ in range(2):
            moment = looks.look()
            assert list(moment.unknown) == [what]
            assert "You may not look." in moment.unknown[what]
            assert (moment.slowed, looks.seconds) == ("", 2)
        del account.errors[operation]
        theatre.advance(15)
        assert looks.look().unknown == {}


def test_where_nothing_at_all_may_be_read_the_command_ends(
    theatre: Theatre, account: Watched
) -> None:
    for operation in ("DescribeEndpoint", "GetItem", "Query"):
        account.errors[operation] = denied(operation)
    with pytest.raises(Exception, match="You may not look"):
        looks_of(theatre, account).look()


def test_throttling_keeps_what_was_seen_and_lets_looks_come_less_often(
    theatre: Theatre, account: Watched
) -> None:
    start(theatre)
    theatre.advance(350)
    for fault in (throttled("GetItem"), EndpointConnectionError(endpoint_url="https://aws")):
        looks = looks_of(theatre, account)
        before = looks.look()
        account.errors |= dict.fromkeys(("GetItem", "DescribeEndpoint", "DescribeAlarms"), fault)
        seconds = []
        for _ in range(6):
            theatre.advance(3)
            moment = looks.look()
            seconds.append(looks.seconds)
            assert moment.slowed
            assert (moment.deployment, moment.alarms) == (before.deployment, before.alarms)
            assert (moment.observation, moment.unknown) == (before.observation, {})
        assert seconds == [4, 8, 16, 30, 30, 30]
        account.errors.clear()
        assert looks.look().slowed == ""
        assert looks.seconds == 2


def test_the_page_on_security_gives_the_rights_that_looking_takes(
    theatre: Theatre, account: Watched
) -> None:
    start(theatre)
    theatre.advance(350)
    looks_of(theatre, account, "deploy-1").look()
    page = (ROOT / "docs/security.md").read_text("utf-8")
    policy = json.loads(page.partition("```json\n")[2].partition("```")[0])
    given = [one["Action"] for one in policy["Statement"]]
    actions = {each for one in given for each in ([one] if isinstance(one, str) else one)}
    assert {action.partition(":")[2] for action in actions} == {*account.calls, "StartExecution"}


@pytest.mark.parametrize("name", sampled(["throttled-and-every-event-twice", "canary-succeeds"], 2))
def test_whoever_looks_on_changes_nothing(name: str) -> None:
    scenario = load(SCENARIOS / f"{name}.yaml")
    moments: list[Moment] = []

    def onlooker(theatre: Theatre) -> None:
        account = Account("bluegreen", keeps_time=False)
        looks = Looks(account, ENDPOINT, theatre.aws.clock, slowly=timedelta(0))

        def look() -> None:
            random.random()  # noqa: S311 - as botocore does before it tries again
            mock_random.random()
            moments.append(looks.look())

        look_on(theatre, look)

    alone, watched = simulate(scenario, TEMPLATE), simulate(scenario, TEMPLATE, onlooker)
    assert watched.journal == alone.journal
    assert {**watched.to_json(), "WallSeconds": 0} == {**alone.to_json(), "WallSeconds": 0}
    assert len(moments) > 10
    assert {moment.slowed for moment in moments} == {""}


# ---- The commands ----------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, arguments)


def test_where_nothing_runs_it_says_so_and_what_was_last(theatre: Theatre) -> None:
    result = run("watch", "churn")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No deployment runs on endpoint churn. It serves churn-blue.\n"
    start(theatre)
    theatre.await_rest()
    result = run("watch", "churn")
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "No deployment runs on endpoint churn. It serves churn-blue. The last one, deploy-1, ended"
        " ROLLED_BACK (ALARM) at 2026-01-05T09:"
    )
    assert run("watch", "nowhere").stderr == (
        "No deployment runs on endpoint nowhere. There is no such endpoint.\n"
    )


LINES = [
    "notification The update of endpoint churn from churn-blue to churn-green started. Canary: the",
    "PROVISIONING ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green  until 09:15:00",
    "SHIFTING     ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green  until 09:15:20",
    "BAKING       █████░░░░░░░░░░░░░░░  25 % green  4 blue + 1 green  until 09:25:20",
    "alarm        churn-5xx OK → ALARM  green 0.5, blue 0; limit > 0.05",
    "ROLLING_BACK █████░░░░░░░░░░░░░░░  25 % green  4 blue + 1 green",
    'notification The alarm "churn-5xx" of this deployment went into ALARM: it saw 0,',
    "ROLLING_BACK ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green",
    "SETTLED      ░░░░░░░░░░░░░░░░░░░░   0 % green  serves churn-blue",
]


def lines_in(result: Result) -> list[str]:
    """What was logged, without the times."""
    return [line[11:] for line in result.stderr.splitlines() if line[3:4] == ":"]


def printed(result: Result) -> list[str]:
    """What is on standard output but for the metrics that the stack's functions print there."""
    return [line for line in result.stdout.splitlines() if not line.startswith('{"_aws"')]


def held_to(wanted: list[str], found: list[str]) -> list[str]:
    return [line[: len(start)] for line, start in zip(found, wanted, strict=True)]


def test_a_deployment_is_watched_to_its_end_and_its_verdict_is_the_exit_code(
    theatre: Theatre,
) -> None:
    start(theatre)
    theatre.advance(1)
    result = run("watch", "churn")
    assert (result.exit_code, printed(result)) == (10, [])
    assert held_to(LINES, lines_in(result)) == LINES
    assert "ROLLED_BACK (ALARM): SageMaker rolled back because" in result.stderr


@pytest.mark.usefixtures("theatre")
def test_waiting_for_a_deployment_shows_the_same(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(FAILS.request), encoding="utf-8")
    result = run("deploy", str(path), "--wait")
    assert result.exit_code == 10
    assert result.stdout.startswith("churn-20260105T091000Z-")
    assert sorted(held_to(LINES, lines_in(result))) == sorted(LINES)


@pytest.mark.usefixtures("theatre")
def test_as_json_each_change_is_a_line_and_the_last_one_has_the_verdict(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(FAILS.request), encoding="utf-8")
    result = run("deploy", str(path), "--wait", "--json")
    moments = [json.loads(line) for line in printed(result)]
    phases = [name for name, _ in groupby(each.get("Phase", "") for each in moments)]
    assert phases == [
        "",
        "PROVISIONING",
        "SHIFTING",
        "BAKING",
        "ROLLING_BACK",
        "SETTLED",
    ]
    assert (moments[-1]["Verdict"], moments[-1]["Trigger"]) == ("ROLLED_BACK", "ALARM")
    assert moments[-1]["Fleets"] == [
        {
            "Fleet": "blue",
            "EndpointConfigName": "churn-blue",
            "TrafficPercent": 100,
            "Instances": 4,
            "WantedInstances": 4,
        }
    ]


def test_ctrl_c_says_that_the_deployment_goes_on(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(theatre)
    theatre.advance(10)

    def interrupted(_clock: SystemClock, _seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SystemClock, "sleep", interrupted)
    result = run("watch", "churn")
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        "Deployment deploy-1 goes on without this command, and its notifications say how it ends."
        ' To see it again, run "bluegreen watch churn"; to have it rolled back, run "bluegreen'
        ' abort churn --reason TEXT".'
    )


def test_who_may_not_read_the_table_sees_the_endpoint_and_is_told_what_is_missing(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(theatre)
    theatre.advance(10)

    def refused(_table: Table, _key: object) -> None:
        raise denied("GetItem")

    monkeypatch.setattr(Table, "get", refused)
    result = run("watch", "churn")
    assert result.exit_code == 1
    assert "not known    the deployment: AWS denied access: You may not look." in result.stderr
    assert "Updating: Creating" in result.stderr
    assert result.stderr.splitlines()[-1].startswith(
        "What becomes of the deployments of endpoint churn is not known: AWS denied access: You may"
    )
