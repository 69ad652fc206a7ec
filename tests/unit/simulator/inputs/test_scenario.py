"""A scenario file: what it may hold, and what is said of one that cannot be run."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.validate import ParamValidator
from moto.core.utils import get_service_model

from bluegreen_simulator.inputs.alarms import as_request
from bluegreen_simulator.inputs.scenario import BluesPast, Scenario, ScenarioError, load
from bluegreen_simulator.rules.alarms.evaluation import NewestMinute
from bluegreen_simulator.rules.faults.kinds import Death, FaultPlan, Stop
from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead, MetricsByConfig
from bluegreen_simulator.rules.metrics.math.values import MissingBesideScalar
from bluegreen_simulator.run.simulation import check_faults

ROOT = Path(__file__).parents[4]
SCENARIOS = sorted((ROOT / "events" / "scenarios").glob("*.yaml"))
PUT_METRIC_ALARM = get_service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
REQUEST = {"request": {"EndpointName": "churn"}}
ALARM = {
    "AlarmName": "churn-5xx",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation5XXErrors",
    "Statistic": "Average",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 0.05,
    "Period": 60,
    "EvaluationPeriods": 3,
}


def read(folder: Path, body: Any) -> Scenario:
    path = folder / "scenario.yaml"
    path.write_text(body if isinstance(body, str) else yaml.safe_dump(body), encoding="utf-8")
    return load(path)


def refusal(folder: Path, body: Any) -> str:
    with pytest.raises(ScenarioError) as refused:
        read(folder, body)
    return str(refused.value)


def given(**members: Any) -> dict[str, Any]:
    return {"given": members, "when": REQUEST}


def alarm(**members: Any) -> dict[str, Any]:
    whole = {**ALARM, **members}
    return given(alarms=[{name: value for name, value in whole.items() if value is not None}])


def expect(**members: Any) -> dict[str, Any]:
    return {"when": REQUEST, "expect": members}


A_SCENARIO = "A scenario is a mapping with the members name, given, when, expect."
A_DEATH = (
    "Allowed: a function and an operation, as in StartUpdate after (or before) UpdateEndpoint."
)
A_STAGE = "Allowed: a stage, green's share in percent and seconds, as in BAKING 25 600."
BEHAVIORS = (
    "error_rate, latency_ms, provisioning_seconds, provisioning_error, client_error_rate,"
    " latency_spread, slow_start_seconds, slow_start_factor"
)
REFUSALS: list[tuple[Any, str]] = [
    ("- name: x", A_SCENARIO),
    ("", A_SCENARIO),
    ("text", A_SCENARIO),
    (
        {"nmae": "x", "when": REQUEST},
        '"nmae" is not known. Allowed: name, given, when, expect.',
    ),
    ({1: "x", "when": REQUEST}, '"1" is not known. Allowed: name, given, when, expect.'),
    ({"name": 5, "when": REQUEST}, "name is 5. Allowed: a text."),
    ({"given": None, "when": REQUEST}, "given is empty. Allowed: a mapping."),
    ({"given": ["instances"]}, "given is ['instances']. Allowed: a mapping."),
    (
        given(instance=4),
        (
            '"given.instance" is not known. Allowed: instances, blue, green, past, alarms,'
            " alarms_read, requests_per_second, seed, metrics_by_config, missing_beside_scalar,"
            " newest_minute, faults."
        ),
    ),
    (
        given(instances="four"),
        'given.instances is "four". Allowed: a whole number from 1 to 1000.',
    ),
    (given(instances=0), "given.instances is 0. Allowed: a whole number from 1 to 1000."),
    (given(instances=2.5), "given.instances is 2.5. Allowed: a whole number from 1 to 1000."),
    (given(instances=True), "given.instances is True. Allowed: a whole number from 1 to 1000."),
    (
        given(alarms_read="change"),
        'given.alarms_read is "change". Allowed: level, edge.',
    ),
    (
        given(metrics_by_config="some"),
        'given.metrics_by_config is "some". Allowed: all, documented, none.',
    ),
    (
        given(missing_beside_scalar=0),
        "given.missing_beside_scalar is 0. Allowed: missing, zero.",
    ),
    (
        given(newest_minute="soon"),
        'given.newest_minute is "soon". Allowed: seen, late.',
    ),
    (given(seed=-1), "given.seed is -1. Allowed: a whole number from 0 to 4294967295."),
    (given(seed="x"), 'given.seed is "x". Allowed: a whole number from 0 to 4294967295.'),
    (
        given(green={"client_error_rate": 2}),
        "given.green.client_error_rate is 2. Allowed: a number from 0 to 1.",
    ),
    (
        given(green={"latency_spread": 3}),
        "given.green.latency_spread is 3. Allowed: a number from 0 to 2.",
    ),
    (
        given(blue={"slow_start_factor": 0}),
        "given.blue.slow_start_factor is 0. Allowed: a number from 1 to 1000.",
    ),
    (
        given(requests_per_second=-1),
        "given.requests_per_second is -1. Allowed: a number from 0 to 1000000.",
    ),
    (
        given(requests_per_second="ten"),
        'given.requests_per_second is "ten". Allowed: a number from 0 to 1000000.',
    ),
    (
        "given: {requests_per_second: .nan}",
        "given.requests_per_second is nan. Allowed: a number from 0 to 1000000.",
    ),
    (given(blue="slow"), 'given.blue is "slow". Allowed: a mapping.'),
    (
        given(blue={"instances": 4}),
        f'"given.blue.instances" is not known. Allowed: {BEHAVIORS}.',
    ),
    (
        given(green={"errors": 1}),
        f'"given.green.errors" is not known. Allowed: {BEHAVIORS}, instances.',
    ),
    (
        given(green={"error_rate": 1.5}),
        "given.green.error_rate is 1.5. Allowed: a number from 0 to 1.",
    ),
    (
        given(green={"error_rate": "half"}),
        'given.green.error_rate is "half". Allowed: a number from 0 to 1.',
    ),
    (
        given(blue={"latency_ms": -5}),
        "given.blue.latency_ms is -5. Allowed: a number from 0 to 60000.",
    ),
    (
        given(green={"provisioning_seconds": 28801}),
        "given.green.provisioning_seconds is 28801. Allowed: a whole number from 0 to 28800.",
    ),
    (
        given(green={"provisioning_error": "OutOfLuck"}),
        (
            'given.green.provisioning_error is "OutOfLuck".'
            " Allowed: InsufficientInstanceCapacity, PingHealthCheckFailed."
        ),
    ),
    (
        given(green={"instances": -1}),
        "given.green.instances is -1. Allowed: a whole number from 1 to 1000.",
    ),
    (given(past=7), "given.past is 7. Allowed: a mapping."),
    (
        given(past={"weeks": 1}),
        '"given.past.weeks" is not known. Allowed: days, error_rate, changed_minutes.',
    ),
    (given(past={"days": 15.1}), "given.past.days is 15.1. Allowed: a number from 0 to 15."),
    (
        given(past={"days": 1, "error_rate": 30}),
        "given.past.error_rate is 30. Allowed: a number from 0 to 1.",
    ),
    (
        given(past={"days": 1, "changed_minutes": 0.5}),
        "given.past.changed_minutes is 0.5. Allowed: a whole number from 0 to 21600.",
    ),
    (given(alarms="none"), 'given.alarms is "none". Allowed: a list of alarms.'),
    (given(alarms=["churn-5xx"]), 'given.alarms[0] is "churn-5xx". Allowed: a mapping.'),
    (alarm(AlarmName=None), "given.alarms[0].AlarmName is missing."),
    (alarm(Period=None), "given.alarms[0].Period is missing."),
    (alarm(AlarmActions=[5]), "given.alarms[0].AlarmActions[0] is 5. Allowed: a text."),
    (alarm(Threshold="high"), 'given.alarms[0].Threshold is "high". Allowed: a number.'),
    (alarm(Period="60"), 'given.alarms[0].Period is "60". Allowed: a whole number.'),
    (
        alarm(Dimensions=["churn"]),
        "given.alarms[0].Dimensions is ['churn']. Allowed: a mapping of names to texts.",
    ),
    (
        alarm(Dimensions={"EndpointName": 5}),
        "given.alarms[0].Dimensions is {'EndpointName': 5}. Allowed: a mapping of names to texts.",
    ),
    (
        alarm(Statistic="Median"),
        (
            "given.alarms[0]: 1 validation error detected: Value 'Median' at 'statistic' failed to"
            " satisfy constraint: Member must satisfy enum value set:"
            " [SampleCount, Average, Sum, Minimum, Maximum]"
        ),
    ),
    (
        alarm(TreatMissingData="never"),
        (
            "given.alarms[0]: Option never is not supported. Supported options for parameter"
            " TreatMissingData are missing, notBreaching, breaching, ignore."
        ),
    ),
    (alarm(Period=61), "given.alarms[0]: Period must be 10, 20, 30 or a multiple of 60."),
    (given(faults=["drop_events"]), "given.faults is ['drop_events']. Allowed: a mapping."),
    (
        given(faults={"drop": True}),
        (
            '"given.faults.drop" is not known. Allowed: drop_events, deaths, lambda_timeouts,'
            " pauses, stops, events, apis, endpoint, foreign_update, provisioning, rollback_fails,"
            " system_updating, failing_model."
        ),
    ),
    (
        given(faults={"drop_events": "yes please"}),
        'given.faults.drop_events is "yes please". Allowed: true or false.',
    ),
    (
        given(faults={"deaths": "StartUpdate after UpdateEndpoint"}),
        'given.faults.deaths is "StartUpdate after UpdateEndpoint". Allowed: a list of deaths.',
    ),
    (
        given(faults={"deaths": ["StartUpdate"]}),
        f'given.faults.deaths[0] is "StartUpdate". {A_DEATH}',
    ),
    (
        given(faults={"deaths": ["after UpdateEndpoint"]}),
        f'given.faults.deaths[0] is "after UpdateEndpoint". {A_DEATH}',
    ),
    (given(faults={"deaths": [5]}), f"given.faults.deaths[0] is 5. {A_DEATH}"),
    (
        {"name": "x"},
        "when.request is missing. Give a request, or the path of a JSON file.",
    ),
    (
        {"when": {"changes": {}}},
        "when.request is missing. Give a request, or the path of a JSON file.",
    ),
    ({"when": "now"}, 'when is "now". Allowed: a mapping.'),
    (
        {"when": {"requests": []}},
        '"when.requests" is not known. Allowed: request, changes.',
    ),
    (
        {"when": {"request": {}, "changes": "all"}},
        'when.changes is "all". Allowed: a mapping.',
    ),
    (
        "when: {request: {Reason: 2026-01-05}}",
        "when.request.Reason has datetime.date(2026, 1, 5). Allowed: what JSON can hold.",
    ),
    (
        "when: {request: {Steps: [.inf]}}",
        "when.request.Steps[0] has inf. Allowed: what JSON can hold.",
    ),
    (
        "when: {request: {5: x}}",
        "when.request has 5. Allowed: what JSON can hold.",
    ),
    (
        expect(Outcome="SUCCEEDED"),
        (
            '"expect.Outcome" is not known. Allowed: Verdict, Trigger, LiveEndpointConfigName,'
            " TrippedAlarms, Stages, Notifications, Reason."
        ),
    ),
    (
        expect(Verdict="SUCCESS"),
        (
            'expect.Verdict is "SUCCESS". Allowed: SUCCEEDED, ROLLED_BACK, REJECTED, FAILED,'
            " ROLLBACK_FAILED, SUPERSEDED, TIMED_OUT."
        ),
    ),
    (expect(TrippedAlarms="none"), 'expect.TrippedAlarms is "none". Allowed: a list of texts.'),
    (expect(Notifications=[5]), "expect.Notifications[0] is 5. Allowed: a text."),
    (expect(Stages=["BAKING 25"]), f'expect.Stages[0] is "BAKING 25". {A_STAGE}'),
    (expect(Stages=["BAKED 25 600"]), f'expect.Stages[0] is "BAKED 25 600". {A_STAGE}'),
]


@pytest.mark.parametrize(("body", "message"), REFUSALS, ids=[case[1][:60] for case in REFUSALS])
def test_a_scenario_that_cannot_be_run_is_refused_by_member_value_and_what_is_allowed(
    body: Any, message: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, body) == message


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ({}, BluesPast()),
        ({"days": 7}, BluesPast(10080)),
        ({"days": 0.01}, BluesPast(14)),
        (
            {"days": 1, "error_rate": 0, "changed_minutes": 30},
            BluesPast(1440, error_rate=0, changed_minutes=30),
        ),
        ({"days": 0.01, "changed_minutes": 30}, BluesPast(14, changed_minutes=14)),
    ],
)
def test_the_past_of_blue(past: dict[str, Any], expected: BluesPast, tmp_path: Path) -> None:
    assert read(tmp_path, given(past=past)).past == expected
    assert read(tmp_path, given()).past == BluesPast()


def test_a_member_that_put_metric_alarm_does_not_have_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, alarm(Treshold=1))
    assert message.startswith('"given.alarms[0].Treshold" is not known. Allowed: ')
    allowed = set(re.split("[, .]+", message))
    assert {"Threshold", "AlarmName", "Dimensions", "ExtendedStatistic", "Metrics"} <= allowed


OF_ONE_METRIC = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
STAT: dict[str, Any] = {
    "Metric": {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": {"EndpointName": "churn", "VariantName": "main"},
    },
    "Period": 60,
    "Stat": "Sum",
}
RATE = [
    {"Id": "rate", "Expression": "100 * m", "ReturnData": True},
    {"Id": "m", "MetricStat": STAT, "ReturnData": False},
]
LISTED = [{"Name": "EndpointName", "Value": "churn"}, {"Name": "VariantName", "Value": "main"}]
TAKEN: list[dict[str, Any]] = [
    {"Statistic": None, "ExtendedStatistic": "p99"},
    {
        "Statistic": None,
        "ExtendedStatistic": "p99.9",
        "EvaluateLowSampleCountPercentile": "ignore",
        "Dimensions": {"EndpointName": "churn", "VariantName": "main"},
    },
    {"Unit": "None", "Tags": [{"Key": "team", "Value": "risk"}], "ActionsEnabled": False},
    {**OF_ONE_METRIC, "Metrics": RATE},
    {"OKActions": [], "AlarmDescription": "a text", "DatapointsToAlarm": 2},
]


@pytest.mark.parametrize("members", TAKEN)
def test_an_alarm_has_the_members_that_the_embedded_cloudwatch_takes(
    tmp_path: Path, members: dict[str, Any]
) -> None:
    (found,) = read(tmp_path, alarm(**members)).alarms
    assert not ParamValidator().validate(as_request(found), PUT_METRIC_ALARM).has_errors()


def test_dimensions_are_mappings_wherever_they_stand_and_may_be_lists_in_metrics() -> None:
    one = as_request({"Dimensions": STAT["Metric"]["Dimensions"], "Metrics": RATE})
    assert one["Dimensions"] == LISTED
    assert one["Metrics"][0] == RATE[0]
    assert one["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"] == LISTED
    assert as_request(one) == one


@pytest.mark.parametrize("member", sorted(PUT_METRIC_ALARM.members))
def test_a_member_of_put_metric_alarm_is_taken_or_refused_by_name(
    tmp_path: Path, member: str
) -> None:
    message = refusal(tmp_path, alarm(**{member: {"Some": ["thing"]}}))
    assert message.startswith("given.alarms[0]")
    assert member in message


NOT_AN_ALARM: list[tuple[dict[str, Any], str]] = [
    ({"Statistic": None}, "given.alarms[0].Statistic is missing."),
    ({"ComparisonOperator": None}, "given.alarms[0].ComparisonOperator is missing."),
    ({"EvaluationPeriods": None}, "given.alarms[0].EvaluationPeriods is missing."),
    (
        {"Statistic": None, "ExtendedStatistic": "p99", "Threshold": None},
        "given.alarms[0].Threshold is missing.",
    ),
    (
        {"ExtendedStatistic": "p99"},
        (
            "given.alarms[0]: An alarm on a single metric requires Statistic or ExtendedStatistic,"
            " not both."
        ),
    ),
    (
        {"Metrics": RATE},
        (
            "given.alarms[0]: An alarm with Metrics cannot have Namespace, MetricName, Period,"
            " Statistic."
        ),
    ),
    (
        {**OF_ONE_METRIC, "Metrics": [{"Id": "m", "MetricStat": "Sum"}]},
        "given.alarms[0]: Invalid type for parameter Metrics[0].MetricStat, value: Sum,",
    ),
    (
        {**OF_ONE_METRIC, "Metrics": [{"Id": "m", "Expresion": "1"}]},
        'given.alarms[0]: Unknown parameter in Metrics[0]: "Expresion", must be one of: ',
    ),
    ({"Tags": ["risk"]}, 'given.alarms[0].Tags[0] is "risk". Allowed: a mapping.'),
]


@pytest.mark.parametrize(("members", "message"), NOT_AN_ALARM)
def test_what_is_no_alarm_is_refused_by_name(
    tmp_path: Path, members: dict[str, Any], message: str
) -> None:
    assert refusal(tmp_path, alarm(**members)).startswith(message)


def test_what_is_no_yaml_is_refused_in_one_line_that_names_the_place(tmp_path: Path) -> None:
    message = refusal(tmp_path, "given: {instances: 4\nwhen: [")
    assert message.startswith("scenario.yaml cannot be read: while parsing a flow mapping")
    assert "line 2, column 5" in message
    assert "\n" not in message


def test_a_member_that_is_there_twice_is_refused_by_its_path(tmp_path: Path) -> None:
    twice = "given: {instances: 4, green: {instances: 1, instances: 2}}\nwhen: {request: {}}"
    where = "scenario.yaml cannot be read: it has the member"
    assert refusal(tmp_path, twice) == f'{where} "given.green.instances" twice'
    in_request = "when: {request: {EndpointName: a, EndpointName: b}}"
    assert refusal(tmp_path, in_request) == f'{where} "when.request.EndpointName" twice'


def test_and_so_is_one_in_the_file_of_a_request(tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text('{"Reason": 1, "Reason": 2}', encoding="utf-8")
    message = refusal(tmp_path, {"when": {"request": "it.json"}})
    assert message.endswith('it.json": it has the member "Reason" twice.')


def test_a_whole_number_may_have_a_point(tmp_path: Path) -> None:
    whole = given(instances=4.0, green={"provisioning_seconds": 600.0}, faults={})
    scenario = read(tmp_path, {**whole, "when": {"request": {"QueueTimeoutSeconds": 600.0}}})
    told = (scenario.instances, scenario.green, scenario.request)
    assert repr(told) == "(4, {'provisioning_seconds': 600}, {'QueueTimeoutSeconds': 600})"


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes(b"name: \xff")
    with pytest.raises(ScenarioError, match=r"scenario\.yaml cannot be read: 'utf-8' codec"):
        load(path)


def test_a_request_that_is_not_there_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, {"when": {"request": "nowhere.json"}})
    assert message.startswith('when.request is "')
    assert message.endswith(": No such file or directory.")


def test_a_request_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{'EndpointName'", encoding="utf-8")
    message = refusal(tmp_path, {"when": {"request": "bad.json"}})
    assert message.startswith('when.request is "')
    assert "Expecting property name enclosed in double quotes: line 1 column 2" in message


@pytest.mark.parametrize(
    ("death", "message"),
    [
        (
            Death("Start", "UpdateEndpoint"),
            (
                'given.faults.deaths names the function "Start". Allowed: ValidatePolicy,'
                " AcquireEndpointLock, AwaitTurn, StartUpdate, "
            ),
        ),
        (
            Death("StartUpdate", "UpdateEndpont"),
            (
                'given.faults.deaths names the operation "UpdateEndpont". Allowed: one of'
                " sagemaker, sagemaker-runtime, cloudwatch, dynamodb, sns, sqs, stepfunctions,"
                " lambda, events, ssm."
            ),
        ),
    ],
)
def test_a_death_of_a_function_or_after_an_operation_that_does_not_exist_is_refused(
    death: Death, message: str
) -> None:
    scenario = Scenario("x", "x", {}, plan=FaultPlan(deaths=(death,)))
    with pytest.raises(ScenarioError) as refused:
        check_faults(scenario, ROOT / "template.yaml")
    assert str(refused.value).startswith(message)


STATE_AND_NONE = ("AwaitStage", "Await")


def test_a_stop_at_a_state_that_the_workflow_does_not_have_is_refused() -> None:
    right, wrong = (
        Scenario("x", "x", {}, plan=FaultPlan(stops=(Stop(state),))) for state in STATE_AND_NONE
    )
    check_faults(right, ROOT / "template.yaml")
    with pytest.raises(ScenarioError) as refused:
        check_faults(wrong, ROOT / "template.yaml")
    message = 'given.faults.stops names the state "Await". Allowed: '
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_of_the_project_can_be_run(path: Path) -> None:
    check_faults(load(path), ROOT / "template.yaml")


def test_a_scenario_is_read_with_its_defaults(tmp_path: Path) -> None:
    scenario = read(tmp_path, {"when": {"request": {"EndpointName": "churn"}}})
    assert scenario == Scenario("scenario", "scenario", {"EndpointName": "churn"})
    assert (scenario.instances, scenario.green_instances) == (3, 3)
    assert scenario.requests_per_second == 10
    assert scenario.alarms_read is AlarmsRead.LEVEL


def test_a_scenario_may_say_how_sagemaker_reads_alarms(tmp_path: Path) -> None:
    assert read(tmp_path, given(alarms_read="edge")).alarms_read is AlarmsRead.EDGE


def test_a_scenario_may_have_chance_and_say_what_is_published_by_config(tmp_path: Path) -> None:
    assert read(tmp_path, given()).seed is None
    assert read(tmp_path, given()).metrics_by_config is MetricsByConfig.ALL
    scenario = read(tmp_path, given(seed=0, metrics_by_config="documented"))
    assert (scenario.seed, scenario.metrics_by_config) == (0, MetricsByConfig.DOCUMENTED)


def test_a_scenario_may_say_how_metric_math_reads_what_is_missing(tmp_path: Path) -> None:
    assert read(tmp_path, given()).missing_beside_scalar is MissingBesideScalar.MISSING
    scenario = read(tmp_path, given(missing_beside_scalar="zero"))
    assert scenario.missing_beside_scalar is MissingBesideScalar.ZERO


def test_a_scenario_may_say_whether_alarms_see_the_newest_minute(tmp_path: Path) -> None:
    assert read(tmp_path, given()).newest_minute is NewestMinute.SEEN
    assert read(tmp_path, given(newest_minute="late")).newest_minute is NewestMinute.LATE


def test_green_has_as_many_instances_as_blue_unless_the_scenario_says_otherwise(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, given(instances=4)).green_instances == 4
    other = read(tmp_path, given(instances=4, green={"instances": 6, "error_rate": 0.1}))
    assert (other.instances, other.green_instances) == (4, 6)
    assert other.green == {"error_rate": 0.1}


def test_a_death_is_read_as_function_and_operation(tmp_path: Path) -> None:
    faults = {"deaths": ["StartUpdate after UpdateEndpoint"], "drop_events": True}
    deaths = (Death("StartUpdate", "UpdateEndpoint"),)
    assert read(tmp_path, given(faults=faults)).plan == FaultPlan(drop_events=True, deaths=deaths)


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({}, {"A": {"B": 1, "C": [2]}, "D": "x"}),
        ({"A": {"B": 5}}, {"A": {"B": 5, "C": [2]}, "D": "x"}),
        ({"A": {"B": None}}, {"A": {"C": [2]}, "D": "x"}),
        ({"A": {"C": [3, 4]}}, {"A": {"B": 1, "C": [3, 4]}, "D": "x"}),
        ({"A": None}, {"D": "x"}),
        ({"A": 7}, {"A": 7, "D": "x"}),
        ({"D": {"E": 1}}, {"A": {"B": 1, "C": [2]}, "D": {"E": 1}}),
        ({"F": {"G": 1}}, {"A": {"B": 1, "C": [2]}, "D": "x", "F": {"G": 1}}),
    ],
)
def test_changes_are_laid_over_the_request_member_by_member(
    changes: dict[str, Any], changed: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "request.json").write_text('{"A": {"B": 1, "C": [2]}, "D": "x"}', encoding="utf-8")
    body = {"when": {"request": "request.json", "changes": changes}}
    assert read(tmp_path, body).request == changed


@pytest.mark.parametrize("request_", ["text", 5, None, [], ["churn"], {}])
def test_any_json_may_be_the_request(request_: Any, tmp_path: Path) -> None:
    assert read(tmp_path, {"when": {"request": request_}}).request == request_
