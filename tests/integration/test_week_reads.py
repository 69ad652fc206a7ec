"""Blue's week as it is read from the embedded AWS, and the guardrails that come of it.

The week is put there as SageMaker publishes it. The expected numbers are worked out by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from account import allow
from bluegreen.aws.account import Account as Adapters
from bluegreen.aws.reads import NO_TIME, Unreadable
from bluegreen.aws.situation import situations as situations_module
from bluegreen.check.report import check_situation
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.guardrails.asked import CLIENT_ERRORS, LATENCY, SERVER_ERRORS, Asked
from bluegreen.guardrails.blue import Week
from bluegreen.settings import Settings
from bluegreen.states.validate_policy import validate_policy
from bluegreen_simulator.aws.cloudwatch import metric_data
from bluegreen_simulator.aws.cloudwatch.metrics import publish
from bluegreen_simulator.aws.cloudwatch.requests import page_of
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from builders import KEY, canary_request
from integration.test_situations import NEEDED, in_function, request, situations
from sagemaker_account import Account, running_account

if TYPE_CHECKING:
    from bluegreen.check.situation import Situation
    from bluegreen.guardrails.guardrail import Guardrail
    from bluegreen.request.request import Request

WEEK: Final = 7 * 1440
UNFINISHED: Final = 3
"""Minutes that are not counted."""

REQUESTS: Final = "Invocations"
MAIN: Final = {"EndpointName": "churn-api", "VariantName": "main"}


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as made:
        yield made


def put(
    account: Account,
    name: str,
    minutes_ago: int,
    value: float,
    samples: int = 1,
    dimensions: Mapping[str, str] = MAIN,
) -> None:
    """So many samples of a metric, in the minute that began so many whole minutes ago."""
    now = account.world.clock.now().replace(second=0, microsecond=0)
    at = now - timedelta(minutes=minutes_ago)
    publish("AWS/SageMaker", name, frozenset(dimensions.items()), at, Statistics.of(value, samples))


def put_minute(
    account: Account, minutes_ago: int, requests: int = 60, errors: int = 0, ms: float = 80
) -> None:
    """A minute in which so many of its requests end in a 5XX, and none in a 4XX."""
    put(account, REQUESTS, minutes_ago, 1, requests)
    put(account, SERVER_ERRORS, minutes_ago, 0, requests - errors)
    if errors:
        put(account, SERVER_ERRORS, minutes_ago, 1, errors)
    put(account, CLIENT_ERRORS, minutes_ago, 0, requests)
    put(account, LATENCY, minutes_ago, ms * 1000, requests)


def put_week(account: Account, burst: range = range(0)) -> None:
    """60 requests a minute; of every tenth minute one fails, and 12 in each minute of a burst."""
    for ago in range(UNFINISHED + 1, UNFINISHED + 1 + WEEK):
        put_minute(account, ago, errors=12 if ago in burst else int(ago % 10 == 0))


def asking(guardrails: Any = "Default", **changes: Any) -> "Request":
    return replace(request(alarms=("errors",)), asked=Asked.from_json(guardrails), **changes)


def read(account: Account, asked: "Request | None" = None, **members: Any) -> "Situation":
    reader = replace(situations(account), stack_name="bg", **members)
    return reader.of(asked or asking())


def week_of(account: Account, asked: "Request | None" = None) -> Week:
    found = read(account, asked)
    assert found.weeks is not None, found.unknown
    return found.weeks["main"]


def guardrails(account: Account) -> "dict[str, Guardrail]":
    checked = check_situation(asking(), read(account))
    assert checked.request
    return {guardrail.key: guardrail for guardrail in checked.request.guardrails}


READS_METRICS: Final = allow("cloudwatch:GetMetricData", "*")


# ---- The numbers -----------------------------------------------------------------------------


def test_a_steady_week_comes_to_its_mean_rates(account: Account) -> None:
    """One of 600 fails, and never more than one in the 300 requests of a period: that is chance."""
    put_week(account)
    found = guardrails(account)
    assert list(found) == ["5xx", "4xx", "latency-p90"]
    errors, refused, latency = found.values()
    assert errors.alarm == "bg-guardrail-churn-api/main/5xx"
    assert (errors.expected, errors.blue_rate, errors.limit) == (0.001667, 0.001667, 0.021667)
    assert (errors.period_seconds, errors.by_config) == (300, False)
    assert (refused.expected, refused.limit) == (0, 0.1)
    assert (latency.blue_ms, latency.limit_ms, latency.limit) == (80, 120, 0.1)
    assert (latency.period_seconds, latency.periods) == (120, 3)


def test_a_burst_counts_that_comes_in_more_than_one_of_200_bakes(account: Account) -> None:
    """56 periods of 5 minutes lie wholly in an hour, and 61 of 10,071 bakes hold one; 50 may pass.

    60 errors in such a period are chance at a rate r with 300 r + 3 sqrt(300 r) + 2 = 60, which is
    r = ((sqrt(9 + 4 * 58) - 3) / 2)^2 / 300 = 0.1307. Surely no more fail than on the mean: 1,008
    but 6, and 720.
    """
    put_week(account, burst=range(5000, 5060))
    errors = guardrails(account)["5xx"]
    assert errors.expected == pytest.approx(0.1307, abs=0.0001)
    assert errors.limit == pytest.approx(0.1507, abs=0.0001)
    assert errors.blue_rate == pytest.approx((1008 - 6 + 720) / 604_800, abs=0.000001)


def test_the_guardrails_of_a_request_as_validate_policy_answers_them(account: Account) -> None:
    put_week(account)
    body = canary_request(EndpointName="churn-api", EndpointConfigName="green")
    body["Guardrails"] = "Default"
    with in_function(account, *NEEDED, READS_METRICS, GUARDRAIL_ALARMS="OnRequest"):
        adapters = Adapters(Settings(), account.world.clock, print)
        answer = validate_policy(body, KEY, adapters)
    limits = {row["Key"]: row["Limit"] for row in answer["Request"]["GuardrailAlarms"]}
    assert limits == {"5xx": 0.021667, "4xx": 0.1, "latency-p90": 0.1}
    assert answer["Request"]["Guardrails"] == "Default"
    names = {row["AlarmName"] for row in answer["Request"]["GuardrailAlarms"]}
    assert names == {f"bluegreen-guardrail-churn-api/main/{key}" for key in limits}


# ---- What is read ----------------------------------------------------------------------------


def test_minutes_count_from_the_first_with_a_request_to_the_last_that_is_finished(
    account: Account,
) -> None:
    put(account, SERVER_ERRORS, WEEK + UNFINISHED + 1, 1, 500)
    put(account, REQUESTS, WEEK + UNFINISHED + 1, 1, 900)
    put(account, REQUESTS, UNFINISHED + 4, 1, 7)
    put(account, SERVER_ERRORS, UNFINISHED + 2, 1, 2)
    put(account, CLIENT_ERRORS, UNFINISHED + 1, 1, 3)
    for ago in range(UNFINISHED + 1):
        put_minute(account, ago, errors=60)
    week = week_of(account)
    assert list(week.requests) == [7, 0, 0, 0]
    assert list(week.server_errors) == [0, 0, 2, 0]
    assert list(week.client_errors) == [0, 0, 0, 3]
    assert week.latency_ms == {90: []}


def test_the_first_minute_of_the_seven_days_counts(account: Account) -> None:
    put(account, REQUESTS, WEEK + UNFINISHED, 1, 9)
    week = week_of(account)
    assert (len(week.requests), week.requests[0], sum(week.requests)) == (WEEK, 9, 9)


def test_an_endpoint_without_a_request_has_an_empty_week(account: Account) -> None:
    assert week_of(account) == Week(
        latency_ms={90: []}, requests=[], server_errors=[], client_errors=[]
    )


@pytest.mark.parametrize("metric", [SERVER_ERRORS, CLIENT_ERRORS])
@pytest.mark.parametrize(("config", "known"), [("blue", True), ("older", False)])
def test_errors_that_are_published_by_the_live_config_are_told(
    account: Account, metric: str, config: str, known: bool
) -> None:
    put(account, metric, 3000, 0, dimensions={**MAIN, "EndpointConfigName": config})
    assert week_of(account).by_config == (frozenset({metric}) if known else frozenset())


def test_the_percentiles_that_are_asked_for_are_read_over_a_fifth_of_the_shortest_bake(
    account: Account,
) -> None:
    for ago, ms in ((244, 50), (243, 70), (242, 90), (120, 110)):
        put(account, LATENCY, ago, ms * 1000)
    limits = [{"Metric": LATENCY, "Percentile": p, "MaxRatioToBlue": 2} for p in (50, 99.9)]
    asked = asking(limits)
    assert asked.policy.wait_seconds == 600
    week = week_of(account, asked)
    assert {p: len(values) for p, values in week.latency_ms.items()} == {50: 3, 99.9: 3}
    assert week.latency_ms[99.9][-1] == pytest.approx(110, rel=0.02)
    brief = replace(asked, policy=replace(asked.policy, termination_wait_seconds=299))
    assert week_of(account, brief).latency_ms == {}


def test_pages_are_put_together(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for ago in range(10, 1500):
        put_minute(account, ago, errors=ago % 2)
    whole = week_of(account)
    monkeypatch.setattr(metric_data, "page_of", lambda data, token, _: page_of(data, token, 700))
    assert week_of(account) == whole


# ---- When it is read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "alarms", "parameter", "reads"),
    [
        ("Default", ("errors",), "OnRequest", True),
        ("Default", (), "", True),
        ("None", (), "Default", False),
        (None, (), "Default", True),
        (None, (), "OnRequest", False),
        (None, ("errors",), "Default", False),
        ("Default", (), "Never", False),
    ],
)
def test_the_week_is_read_where_guardrails_are_made_of_it(
    account: Account, asked: str | None, alarms: tuple[str, ...], parameter: str, reads: bool
) -> None:
    wanted = replace(request(alarms=alarms), asked=Asked.named(asked) if asked else None)
    found = read(account, wanted, guardrail_alarms=parameter)
    assert (found.weeks is not None) is reads
    assert found.unknown.get("guardrails") is None
    assert (found.stack_name, found.guardrail_alarms) == ("bg", parameter)


def test_the_bakes_of_a_policy_that_is_retained_count(account: Account) -> None:
    account.update()  # with bakes of 300 and 120 seconds
    account.sleep_until(7200)
    put(account, LATENCY, 100, 1000)
    retaining = replace(request("blue"), asked=Asked.named("Default"), retains_policy=True)
    assert week_of(account, retaining).latency_ms == {}
    assert week_of(account, asking(endpoint_config_name="blue")).latency_ms == {90: [1.0]}


THROTTLED: Final = ClientError({"Error": {"Code": "Throttling"}}, "GetMetricData")
PASSING: Final = (THROTTLED, ConnectTimeoutError(endpoint_url="monitoring"), Unreadable(NO_TIME))


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: type(fault).__name__)
def test_who_asks_for_guardrails_is_not_rejected_for_a_fault_that_passes(
    account: Account, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(situations_module, "weeks", Mock(side_effect=fault))
    for wanted in (asking(), replace(asking(), asked=Asked.named("Strict"))):
        with pytest.raises(ObservationUnavailable):
            read(account, wanted)


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: type(fault).__name__)
def test_guardrails_that_only_the_stack_adds_are_tried_again_too(
    account: Account, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(situations_module, "weeks", Mock(side_effect=fault))
    with pytest.raises(ObservationUnavailable):
        read(account, request(alarms=()), guardrail_alarms="Default")


def test_what_may_not_be_read_is_not_known(account: Account) -> None:
    with in_function(account, *NEEDED):
        adapters = Adapters(Settings(), account.world.clock, print)
        found = adapters.situations.of(asking())
    assert found.weeks is None
    assert found.unknown["guardrails"].startswith("AWS denied access: ")
    checked = check_situation(asking(), found)
    assert "guardrails-not-known" in [f.id for f in checked.findings if f.severity == "ERROR"]
