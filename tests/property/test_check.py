"""The check: never at a loss, sound in what it says, and of one mind with the embedded engine."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from bluegreen.check.report import Checked, check_situation
from bluegreen.check.rules.bakes import bakes_of
from bluegreen.check.situation import (
    Alarm,
    Config,
    ConfigVariant,
    Metric,
    Quota,
    Situation,
    Traffic,
)
from bluegreen.contract.findings import rejecting, to_list
from bluegreen.request.request import Request, check
from bluegreen.request.waivers import WAIVABLE
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import Observation, Variant
from bluegreen.sagemaker.schedule import schedule_of
from bluegreen.sagemaker.traffic_steps import percent_of
from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.phases import SETTLED, Leg, Phase
from bluegreen_simulator.rules.fleet.routes import forward
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest
from builders import BLUE, GREEN
from property.strategies import FOREIGN, JSON, WAITS

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ALARM_NAMES = ("errors", "latency", "third")
VARIANTS = ("main", "second")
TYPES = ("ml.m5.xlarge", "ml.g5.xlarge", "ml.inf1.xlarge", "")

# ---- What it ranges over ---------------------------------------------------------------------

SIZES = st.builds(CapacitySize, st.just("CAPACITY_PERCENT"), st.integers(10, 50)) | st.builds(
    CapacitySize, st.just("INSTANCE_COUNT"), st.integers(1, 12)
)
LENGTHS = st.sampled_from([1, 6, 7, 60, 180, 181, 600]) | st.integers(1, 3600)


@st.composite
def policies(draw: st.DrawFn, waits: st.SearchStrategy[int] = WAITS) -> Policy:
    """Policies of every mode that the request's own check lets through."""
    mode = draw(st.sampled_from(["ALL_AT_ONCE", "CANARY", "LINEAR", "ROLLING"]))
    rolling = mode == "ROLLING"
    return Policy(
        mode=mode,
        wait_seconds=0 if mode == "ALL_AT_ONCE" else draw(waits),
        termination_wait_seconds=0 if rolling else draw(waits),
        size=None if mode == "ALL_AT_ONCE" else draw(SIZES),
        maximum_seconds=draw(st.none() | st.integers(600, 28_800)),
        alarms=tuple(draw(st.lists(st.sampled_from(ALARM_NAMES), unique=True))),
        rollback_size=draw(st.none() | SIZES) if rolling else None,
    )


DIMENSIONS = st.fixed_dictionaries(
    {},
    optional={
        "EndpointName": st.sampled_from(["churn", "churn", "churn", "other"]),
        "VariantName": st.sampled_from(["main", "main", "second", "third"]),
        "EndpointConfigName": st.sampled_from([GREEN, GREEN, BLUE, "older"]),
        "InstanceId": FOREIGN,
    },
)
METRICS = st.builds(
    Metric,
    st.sampled_from(["AWS/SageMaker", "AWS/SageMaker", "/aws/sagemaker/Endpoints", "Churn"]),
    st.sampled_from(
        [
            "Invocation5XXErrors",
            "ModelLatency",
            "OverheadLatency",
            "Invocations",
            "MemoryUtilization",
        ]
    )
    | FOREIGN,
    DIMENSIONS,
    st.sampled_from(
        ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p95", "p99.9", "tm90"]
    ),
    st.sampled_from([10, 30, 60, 120, 300, 3600]),
    st.sampled_from(["", "None", "Count", "Microseconds", "Milliseconds"]),
)
COMPARISONS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "GreaterThanUpperThreshold",
    "",
)


@st.composite
def alarms(draw: st.DrawFn, name: str, metrics: st.SearchStrategy[Metric] = METRICS) -> Alarm:
    kind = draw(st.sampled_from(["metric", "metric", "metric", "expression", "composite"]))
    most = {"metric": 1, "expression": 3, "composite": 0}[kind]
    evaluated = draw(st.integers(1, 5))
    return Alarm(
        name,
        state=draw(st.sampled_from(["OK", "OK", "ALARM", "INSUFFICIENT_DATA"])),
        metrics=tuple(draw(st.lists(metrics, min_size=min(1, most), max_size=most))),
        comparison=draw(st.sampled_from(COMPARISONS)),
        threshold=draw(st.sampled_from([0, 0.02, 0.25, 0.5, 1, 100, 1e5, 6e7]) | st.floats(0, 1e9)),
        evaluation_periods=evaluated,
        datapoints_to_alarm=draw(st.integers(1, evaluated)),
        missing_data=draw(st.sampled_from(["missing", "notBreaching", "breaching", "ignore"])),
        expression=kind == "expression",
        composite=kind == "composite",
    )


@st.composite
def configs(draw: st.DrawFn, name: str) -> Config:
    names = draw(st.lists(st.sampled_from(VARIANTS), unique=True, max_size=2))
    optional = st.none() | st.booleans()
    variants = tuple(
        ConfigVariant(
            variant,
            draw(st.integers(0, 20)),
            draw(st.sampled_from(TYPES)),
            draw(st.sampled_from(["model", "model", ""])),
            serverless=draw(st.booleans()),
            accelerator=draw(st.sampled_from(["", "", "ml.eia2.medium"])),
            marketplace=draw(optional),
            role_arn=draw(st.sampled_from(["", "arn:aws:iam::123456789012:role/model"])),
            model_exists=draw(optional),
        )
        for variant in names
    )
    return Config(name, variants, asynchronous=draw(st.booleans()))


COUNTS = st.none() | st.integers(0, 20)
OBSERVATIONS = st.builds(
    Observation,
    st.sampled_from(["InService", "InService", "Updating", "Failed", "Gone"]),
    st.sampled_from([BLUE, BLUE, GREEN, ""]),
    variants=st.lists(
        st.builds(Variant, st.sampled_from(VARIANTS), COUNTS, COUNTS), max_size=2
    ).map(tuple),
)
RATES = st.floats(0, 1e6)
TRAFFIC = st.dictionaries(st.sampled_from(VARIANTS), st.builds(Traffic, RATES))
QUOTAS = st.dictionaries(
    st.sampled_from(TYPES), st.builds(Quota, st.integers(0, 50), st.integers(0, 50))
)
SITUATIONS = st.builds(
    Situation,
    endpoint=OBSERVATIONS,
    live=st.none() | configs(BLUE),
    requested=st.none() | configs(GREEN) | configs(GREEN) | configs(GREEN),
    alarms=st.none()
    | st.fixed_dictionaries({}, optional={name: alarms(name) for name in ALARM_NAMES}),
    traffic=st.none() | TRAFFIC,
    quotas=st.none() | QUOTAS,
    scalable=st.none() | st.frozensets(st.sampled_from(VARIANTS)),
    roles_may_describe_alarms=st.none()
    | st.dictionaries(st.just("arn:aws:iam::123456789012:role/model"), st.booleans()),
    unknown=st.dictionaries(
        st.sampled_from(["alarms", "roles", "quotas", "scaling", "traffic", "live"]), FOREIGN
    ),
)
REQUESTS = st.builds(
    Request,
    st.sampled_from(["churn", "other"]),
    st.just(GREEN),
    policies(),
    st.booleans(),
    st.lists(st.sampled_from(["DesiredInstanceCount", "DesiredWeight"]), unique=True).map(tuple),
    allow_findings=st.lists(st.sampled_from(WAIVABLE), unique=True, max_size=4).map(tuple),
)

# ---- What holds whatever is asked ------------------------------------------------------------


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A valid request with anything in a few of its places."""
    body = json.loads(json.dumps(draw(REQUESTS).to_json()))
    for _ in range(draw(st.integers(0, 2))):
        place: Any = body
        while isinstance(place, dict) and place:
            name = draw(st.sampled_from(sorted(place)))
            if not isinstance(place[name], dict) or draw(st.booleans()):
                place[name] = draw(JSON | st.integers(-1, 30_000))
                break
            place = place[name]
    return body


@given(JSON | mutated(), SITUATIONS)
def test_no_request_and_no_situation_are_too_much(raw: Any, situation: Situation) -> None:
    found = check(raw)
    if rejecting(found):
        return
    checked = check_situation(Request.from_json(raw), situation, found)
    assert checked.findings[: len(found)] == found
    json.dumps([to_list(checked.findings), checked.plan])


@given(REQUESTS, SITUATIONS)
def test_findings_are_well_formed(request: Request, situation: Situation) -> None:
    for finding in check_situation(request, situation).findings:
        body = finding.to_json()
        assert finding.severity in ("ERROR", "WARNING", "INFO")
        assert finding.id == finding.id.lower().strip("-")
        assert set(body) <= {"Id", "Severity", "Message", "Fix"}
        assert 0 < len(body["Message"]) <= 500
        assert len(body.get("Fix", "")) <= 500
        assert "\n" not in finding.message


@given(REQUESTS, SITUATIONS)
def test_an_error_says_what_to_do(request: Request, situation: Situation) -> None:
    errors = rejecting(check_situation(request, situation).findings)
    assert [error.id for error in errors if not error.fix] == []


@given(REQUESTS, SITUATIONS)
def test_the_same_is_said_twice(request: Request, situation: Situation) -> None:
    once, again = check_situation(request, situation), check_situation(request, situation)
    assert once.findings == again.findings
    assert once.plan == again.plan


@given(REQUESTS, SITUATIONS)
def test_a_plan_is_whole(request: Request, situation: Situation) -> None:
    plan = check_situation(request, situation).plan
    assume(plan is not None)
    assert plan
    stages = plan["Stages"]
    assert [s["StartsAfterSeconds"] for s in stages] == [
        0,
        *(s["StartsAfterSeconds"] + s["Seconds"] for s in stages[:-1]),
    ]
    shares = [stage["TrafficPercent"] for stage in stages]
    assert all(before <= after for before, after in pairwise(shares))
    assert shares[-1] == (100 if situation.exists else 0)  # a creation shifts nothing
    assert all(stage["Seconds"] > 0 for stage in stages)
    assert plan["LeastSeconds"] <= plan["PredictedSeconds"] <= plan["MostSeconds"]
    assert plan["PredictedSeconds"] == sum(stage["Seconds"] for stage in stages)
    if situation.exists:
        assert 600 <= plan["MaximumExecutionTimeoutInSeconds"] <= 28_800
    else:
        assert "MaximumExecutionTimeoutInSeconds" not in plan


@given(REQUESTS, SITUATIONS, st.booleans())
def test_what_is_never_waivable_stays_an_error(
    request: Request, situation: Situation, everything: bool
) -> None:
    strict = check_situation(replace(request, allow_findings=()), situation).findings
    ids = sorted({f.id for f in strict}) if everything else list(WAIVABLE)
    lenient = check_situation(replace(request, allow_findings=tuple(ids)), situation).findings
    kept = [f for f in rejecting(strict) if f.id not in WAIVABLE]
    assert rejecting(lenient) == kept
    assert [f.id for f in lenient if f.id != "waiver-unused"] == [f.id for f in strict]


# ---- Alarms and bakes ------------------------------------------------------------------------

PERCENTS = st.builds(CapacitySize, st.just("CAPACITY_PERCENT"), st.integers(10, 50))
WATCHED = st.builds(
    Metric,
    st.just("AWS/SageMaker"),
    st.sampled_from(["Invocation5XXErrors", "ModelLatency"]),
    st.sampled_from(
        [
            {"EndpointName": "churn", "VariantName": "main"},
            {"EndpointName": "churn", "VariantName": "main", "EndpointConfigName": GREEN},
        ]
    ),
    st.sampled_from(["Average", "Sum", "Minimum", "Maximum", "p95"]),
    st.sampled_from([60, 120, 300, 600]),
)


def watched_by(policy: Policy, alarm: Alarm, fleet: int, traffic: Traffic | None) -> Checked:
    variants = (ConfigVariant("main", fleet, "ml.m5.xlarge", "model", marketplace=False),)
    situation = Situation(
        Observation("InService", BLUE, variants=(Variant("main", fleet, fleet),)),
        live=Config(BLUE, variants),
        requested=Config(GREEN, variants),
        alarms={alarm.name: alarm},
        traffic=None if traffic is None else {"main": traffic},
    )
    request = Request("churn", GREEN, replace(policy, alarms=(alarm.name,)))
    return check_situation(request, situation)


def bakes_that_it_can_trip_in(checked: Checked) -> list[bool]:
    assert checked.forecast
    possible = bakes_of("errors", checked.forecast)
    return [bake in possible for bake in checked.forecast.schedule.bakes]


@given(
    policies(LENGTHS),
    alarms("errors", WATCHED),
    st.integers(2, 10),
    st.none() | st.builds(Traffic, RATES),
)
def test_the_earliest_is_not_after_the_latest_nor_before_the_first_request(
    policy: Policy, alarm: Alarm, fleet: int, traffic: Traffic | None
) -> None:
    forecast = watched_by(policy, alarm, fleet, traffic).forecast
    assert forecast
    reach = forecast.timings["errors"]
    assert reach.earliest is not None or reach.latest is None
    if reach.earliest is not None and reach.latest is not None:
        assert forecast.schedule.first_traffic.ends_after < reach.earliest < reach.latest


@given(
    policies(LENGTHS),
    alarms("errors", WATCHED),
    st.integers(2, 10),
    st.none() | st.builds(Traffic, RATES),
    st.sampled_from([(1, 0), (0, 1), (1, 1)]),
    st.integers(1, 900),
)
def test_a_longer_bake_never_makes_an_alarm_unable_to_trip(
    policy: Policy,
    alarm: Alarm,
    fleet: int,
    traffic: Traffic | None,
    which: tuple[int, int],
    more: int,
) -> None:
    longer = replace(
        policy,
        wait_seconds=policy.wait_seconds + (which[0] * more if policy.wait_seconds else 0),
        termination_wait_seconds=policy.termination_wait_seconds
        + (which[1] * more if policy.termination_wait_seconds else 0),
    )
    before = bakes_that_it_can_trip_in(watched_by(policy, alarm, fleet, traffic))
    after = bakes_that_it_can_trip_in(watched_by(longer, alarm, fleet, traffic))
    assert [could for could, can in zip(before, after, strict=True) if could and not can] == []


@given(policies(LENGTHS), alarms("errors", WATCHED), st.integers(2, 10))
def test_a_bake_has_a_finding_if_and_only_if_its_one_alarm_cannot_trip_in_it(
    policy: Policy, alarm: Alarm, fleet: int
) -> None:
    checked = watched_by(policy, alarm, fleet, Traffic(600))
    ids = {finding.id for finding in checked.findings}
    assert ("bake-unprotected" in ids) == (not all(bakes_that_it_can_trip_in(checked)))


# ---- Against the engine ----------------------------------------------------------------------

STAGES = {
    Phase.CREATING: "PROVISIONING",
    Phase.SHIFTING: "SHIFTING",
    Phase.BAKING: "BAKING",
    Phase.DELETING_BLUE: "TERMINATING",
}


def fleet(name: str, sizes: list[int]) -> FleetConfig:
    variants = (ProductionVariant(f"v{number}", size) for number, size in enumerate(sizes))
    return FleetConfig(name, tuple(variants))


def by_name(config: FleetConfig) -> Mapping[str, int]:
    return {variant.name: variant.instances for variant in config.variants}


def seen(leg: Leg, sizes: list[int]) -> tuple[str, int, int, int, int]:
    """A leg as a plan tells it: what is being made and what is being deleted is there too."""
    assert leg.length is not None
    active = leg.count if leg.phase is Phase.SHIFTING else leg.active
    share = min(percent_of(count, size) for count, size in zip(active, sizes, strict=True))
    blue, green = sum(leg.blue), sum(leg.green)
    blue += sum(leg.count) if leg.phase is Phase.DELETING_BLUE else 0
    green += sum(leg.count) if leg.phase is Phase.CREATING else 0
    return STAGES[leg.phase], share, int(leg.length.total_seconds()), blue, green


@given(policies(), st.data())
def test_plan_and_engine_go_the_same_way(policy: Policy, data: st.DataObject) -> None:
    number = 1 if policy.mode == "ROLLING" else data.draw(st.integers(1, 2))
    sizes = st.lists(st.integers(1, 30), min_size=number, max_size=number)
    blue, green = fleet("blue", data.draw(sizes)), fleet("green", data.draw(sizes))
    order = UpdateRequest(blue, green, policy, START)
    legs = [leg for leg in forward(order) if leg.phase not in SETTLED]
    planned = schedule_of(policy, by_name(blue), by_name(green))
    assert [
        (str(s.stage), s.traffic_percent, s.seconds, s.blue_instances, s.green_instances)
        for s in planned.stages
    ] == [seen(leg, list(green.sizes)) for leg in legs]


PRODUCTION_VARIANTS = st.builds(
    ProductionVariant,
    st.just("main"),
    st.integers(1, 10),
    instance_type=st.sampled_from(
        ["ml.m5.large", "ml.inf1.xlarge", "ml.inf1.24xlarge", "ml.inf2.xlarge", "ml.infinity.x"]
    ),
    serverless=st.none() | st.just({"MemorySizeInMB": 2048, "MaxConcurrency": 5}),
    marketplace=st.booleans(),
)


def told(name: str, made: ProductionVariant) -> Config:
    variant = ConfigVariant(
        made.name,
        0 if made.serverless else made.instances,
        "" if made.serverless else made.instance_type,
        "model",
        serverless=bool(made.serverless),
        marketplace=made.marketplace,
    )
    return Config(name, (variant,))


@given(policies(), PRODUCTION_VARIANTS, PRODUCTION_VARIANTS)
def test_what_the_engine_would_update_without_guardrails_is_refused(
    policy: Policy, blue: ProductionVariant, green: ProductionVariant
) -> None:
    order = UpdateRequest(
        FleetConfig("blue", (blue,)), FleetConfig("green", (green,)), policy, START
    )
    endpoint = Observation("InService", BLUE, variants=(Variant("main", 2, 2),))
    situation = Situation(endpoint, live=told(BLUE, blue), requested=told(GREEN, green))
    request = Request("churn", GREEN, policy, allow_findings=WAIVABLE)
    checked = check_situation(request, situation)
    refused = [f.id for f in rejecting(checked.findings) if f.id.startswith("excluded-")]
    assert bool(refused) == order.unguarded
