"""What guardrails come to: whom they guard, by which alarms, and what stands in the plan."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.guardrails import Wanted, wanted_of
from bluegreen.check.report import Checked, short_plan
from bluegreen.check.situation import LastPolicy, Traffic
from bluegreen.contract.findings import LONGEST_STATE, bytes_of
from bluegreen.guardrails.asked import Asked
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.registry.clone import CONSENT_TAG
from bluegreen.request.request import Request
from builders import BLUE, GREEN, PACKAGE
from situations import (
    ENDPOINT_ARN,
    all_at_once,
    canary,
    checked,
    config,
    endpoint,
    guarded,
    in_words,
    linear,
    live_config,
    live_model,
    live_variant,
    max_latency,
    max_rate,
    rolling,
    situation,
    source,
    variant,
    week,
)

TWO = {"main": 4, "second": 4}
TWO_WEEKS = {"main": week(), "second": week()}


def guardrails(result: Checked) -> tuple[Guardrail, ...]:
    assert result.request is not None
    return result.request.guardrails


def guarded_variants(result: Checked) -> list[str]:
    return list(dict.fromkeys(guardrail.variant for guardrail in guardrails(result)))


def of_two(live: Any = None, requested: Any = None, **knowing: Any) -> Checked:
    """Two variants; `live` and `requested` change those of the second one."""
    changed = (("live", BLUE, live), ("requested", GREEN, requested))
    configs = {
        which: replace(config(name), variants=(variant(), variant("second", **(changes or {}))))
        for which, name, changes in changed
    }
    asked = guarded(blue=TWO_WEEKS, knowing={**configs, **knowing})
    return checked(**asked, instances=TWO, traffic={"main": Traffic(600), "second": Traffic(600)})


# ---- Which variants --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "requested"),
    [
        ({}, {"model": "new"}),
        ({}, {"instance_type": "ml.c5.xlarge", "settings": {"InstanceType": "ml.c5.xlarge"}}),
        ({}, {"settings": {"VolumeSizeInGB": 64}}),
        ({"settings": {"VolumeSizeInGB": 64}}, {}),
        ({"model_network": {}}, {"model_network": {"EnableNetworkIsolation": True}}),
    ],
)
def test_the_variant_that_changes_is_guarded(live: Any, requested: Any) -> None:
    assert guarded_variants(of_two(live, requested)) == ["second"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"settings": {"InitialInstanceCount": 9}},
        {"settings": {"InitialVariantWeight": 2.0}},
    ],
)
def test_where_no_variant_changes_all_are_guarded(changes: Any) -> None:
    assert guarded_variants(of_two(requested=changes)) == ["main", "second"]


def test_where_the_live_config_is_not_known_all_are_guarded() -> None:
    asked = guarded(blue=TWO_WEEKS, knowing={"live": None})
    assert guarded_variants(checked(**asked, instances=TWO)) == ["main", "second"]


def test_a_variant_without_traffic_is_not_guarded() -> None:
    idle = {"settings": {"InitialVariantWeight": 0.0}}
    assert guarded_variants(of_two(idle, idle)) == ["main"]


def test_of_a_model_package_the_variant_is_guarded_that_gets_its_model() -> None:
    blue = live_config(live_variant("main"), live_variant("second"))
    made = source(
        live_model("main"),
        live_model("second"),
        config=blue,
        tags={ENDPOINT_ARN: {CONSENT_TAG: "churn"}},
    )
    asking = {"model_package_arn": PACKAGE, "variant_name": "second"}
    asked = guarded(blue={"second": week()}, asking=asking)
    result = checked(**asked, instances=TWO, source=made, requested=None)
    assert guarded_variants(result) == ["second"]


# ---- What comes of it ------------------------------------------------------------------------


def test_the_names_of_the_alarms_have_stack_endpoint_and_variant() -> None:
    found = guardrails(checked(**guarded(knowing={"stack_name": "prod"})))
    keys = ("5xx", "4xx", "latency-p90")
    assert [guardrail.alarm for guardrail in found] == [
        f"prod-guardrail-churn/main/{k}" for k in keys
    ]


@pytest.mark.parametrize(
    ("own", "taken"), [("Churn", "Churn"), ("", "churn"), ("another", "churn")]
)
def test_metrics_are_asked_for_by_the_endpoints_own_name_whatever_its_case(
    own: str, taken: str
) -> None:
    """A file may tell of another endpoint; the names of alarms never change."""
    knowing = {"endpoint": replace(endpoint(4), name=own)}
    result = checked(canary(), **guarded(knowing=knowing))
    assert result.to_send.endpoint_name == taken
    assert guardrails(result)[0].alarm == "bluegreen-guardrail-churn/main/5xx"


def test_the_alarms_of_guardrails_are_sent_beside_the_requesters_own() -> None:
    result = checked(**guarded("Strict"))
    sent = result.to_send.to_send("abort")
    own = ("latency-main", "errors-main")
    assert sent.policy.alarms == (*own, *(g.alarm for g in guardrails(result)), "abort")
    assert result.to_send.policy.alarms == own
    assert Request.from_json(result.to_send.to_json()) == result.to_send


@pytest.mark.parametrize(
    ("policy", "periods"),
    [
        (canary(), [300, 300, 120]),
        (canary(wait=600, termination=300), [120, 120, 60]),
        (all_at_once(3600), [900, 900, 300]),
        (linear(wait=420, termination=0), [180, 180, 60]),
        (rolling(wait=900), [420, 420, 180]),
    ],
)
def test_periods_go_by_the_shortest_bake(policy: Any, periods: list[int]) -> None:
    found = guardrails(checked(policy, **guarded()))
    assert [guardrail.period_seconds for guardrail in found] == periods


def test_the_bake_of_a_policy_that_is_retained_counts() -> None:
    last = LastPolicy(canary(wait=600, termination=300, alarms=("latency-main",)).to_json())
    asked = guarded(asking={"retains_policy": True}, knowing={"last_policy": last})
    assert [guardrail.period_seconds for guardrail in guardrails(checked(**asked))] == [
        120,
        120,
        60,
    ]


@pytest.mark.parametrize(
    ("parameter", "alarms", "adds"),
    [("Default", (), True), ("Default", None, False), ("OnRequest", (), False), ("", (), False)],
)
def test_the_stack_adds_the_default_where_it_says_so_and_no_alarm_is_named(
    parameter: str, alarms: Any, adds: bool
) -> None:
    asked = guarded(None, knowing={"guardrail_alarms": parameter}, alarms=alarms)
    result = checked(**asked)
    assert result.request
    assert result.request.asked == (Asked.named("Default") if adds else None)
    assert ("INFO guardrails-assumed" in in_words(result.findings)) is adds
    assert bool(guardrails(result)) is adds


def test_what_the_stack_would_add_in_vain_is_not_asked_for() -> None:
    asked = guarded(None, knowing={"guardrail_alarms": "Default"}, alarms=())
    request = checked(all_at_once(0), **asked).request
    assert request
    assert (request.asked, request.guardrails) == (None, ())


def test_an_endpoint_that_is_created_has_no_guardrails() -> None:
    gone = replace(endpoint(), status="Gone", live_config="", variants=())
    result = checked(**guarded(knowing={"endpoint": gone, "live": None}))
    assert guardrails(result) == ()
    assert [w for w in in_words(result.findings) if "guardrail" in w] == []


def test_the_week_of_one_variant_is_not_that_of_another() -> None:
    asked = guarded(blue={"other": week()})
    assert "ERROR guardrails-not-known" in in_words(checked(**asked).findings)


# ---- What has to be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guardrails", "policy", "wanted"),
    [
        ("Default", canary(), Wanted(("main",), (90.0,), 120)),
        (max_rate(0.01), canary(), Wanted(("main",), (), 120)),
        ("Default", canary(termination=299), Wanted(("main",), (), 60)),
        (
            [
                *max_latency(Percentile=99, MaxMilliseconds=300),
                *max_latency(Percentile=50, MaxRatioToBlue=2),
            ],
            canary(),
            Wanted(("main",), (50, 99), 120),
        ),
        ("Default", all_at_once(0), None),
        ("None", canary(), None),
    ],
)
def test_of_blues_week_is_wanted_what_the_guardrails_need(
    guardrails: Any, policy: Any, wanted: Wanted | None
) -> None:
    request = replace(Request("churn", GREEN, policy), asked=Asked.from_json(guardrails))
    assert wanted_of(request, situation()) == wanted


def test_before_there_is_a_config_the_week_of_the_variant_is_wanted_that_gets_the_model() -> None:
    blue = live_config(live_variant("main"), live_variant("second"))
    made = source(live_model("main"), live_model("second"), config=blue)
    asked = Request("churn", "", canary(), model_package_arn=PACKAGE, variant_name="second")
    known = situation(TWO, source=made, requested=None)
    wanted = wanted_of(replace(asked, asked=Asked.named("Default")), known)
    assert wanted == Wanted(("second",), (90.0,), 120)


@pytest.mark.parametrize(
    "knowing",
    [
        {"guardrail_alarms": "Never"},
        {"endpoint": replace(endpoint(), status="Gone")},
        {"endpoint": replace(endpoint(), live_config="")},
        {"requested": config(asynchronous=True)},
        {"requested": None},
    ],
)
def test_nothing_is_wanted_where_no_guardrail_is_made(knowing: dict[str, Any]) -> None:
    request = Request("churn", GREEN, canary(), asked=Asked.named("Default"))
    assert wanted_of(request, situation()) is not None
    assert wanted_of(request, situation(**knowing)) is None


# ---- In the plan -----------------------------------------------------------------------------


def test_the_plan_has_the_numbers_and_the_power() -> None:
    plan = checked(**guarded(blue=week(60, server=0.005)), traffic={"main": Traffic(60)}).plan
    assert plan
    errors, _, latency = plan["Guardrails"]
    assert errors["Limit"] == pytest.approx(0.025)
    assert (errors["ExpectedRate"], errors["BlueRate"]) == (0.005, 0.005)
    assert (errors["RequestsPerMinute"], errors["PlannedPower"]) == (60, 0.9999)
    assert (latency["LimitMilliseconds"], latency["BlueMilliseconds"]) == (120, 80)


def test_the_power_is_not_in_the_plan_where_the_traffic_is_not_known() -> None:
    plan = checked(**guarded(knowing={"traffic": None})).plan
    assert plan
    assert "PlannedPower" not in plan["Guardrails"][0]


def test_a_plan_without_guardrails_does_not_speak_of_them() -> None:
    assert "Guardrails" not in (checked().plan or {})


def test_guardrails_for_which_a_dry_run_has_no_room_are_counted() -> None:
    limits = [
        each
        for percentile in range(50, 58)
        for each in max_latency(Percentile=percentile, MaxMilliseconds=300)
    ]
    names = [f"variant-{number}" for number in range(10)]
    requested = config(instances=dict.fromkeys(names, 4))
    configs = {"live": replace(requested, name=BLUE), "requested": requested}
    asked = guarded([*max_rate(0.01), *limits], dict.fromkeys(names, week()), knowing=configs)
    result = checked(**asked, instances=dict.fromkeys(names, 4))
    plan = short_plan(result, LONGEST_STATE // 2)
    assert len(plan["Guardrails"]) + plan["GuardrailsLeftOut"] == 90
    assert bytes_of(plan["Guardrails"]) <= LONGEST_STATE // 6
    assert bytes_of(plan) < LONGEST_STATE
