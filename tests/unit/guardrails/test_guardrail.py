"""A guardrail in numbers, both ways between JSON and object, and the name of its alarm."""

import json
from dataclasses import replace
from itertools import product
from typing import Final

import pytest

from bluegreen.guardrails.asked import PRESETS
from bluegreen.guardrails.guardrail import (
    LONGEST_ALARM_NAME,
    Guardrail,
    alarm_name,
    alarm_prefix,
)

OF_ERRORS: Final = Guardrail(
    alarm="bluegreen-guardrail-churn/main/5xx",
    variant="main",
    metric="Invocation5XXErrors",
    key="5xx",
    limit=0.025,
    defect=0.2,
    period_seconds=300,
    expected=0.005,
    blue_rate=0.004,
)
OF_LATENCY: Final = Guardrail(
    alarm="bluegreen-guardrail-churn/main/latency-p90",
    variant="main",
    metric="ModelLatency",
    key="latency-p90",
    limit=0.1,
    defect=0.5,
    period_seconds=120,
    periods=3,
    percentile=90,
    limit_ms=180.5,
    blue_ms=120.333,
)
EVERY: Final = [
    OF_ERRORS,
    replace(OF_ERRORS, by_config=True),
    replace(OF_ERRORS, expected=0.0, blue_rate=0.0),
    OF_LATENCY,
    replace(OF_LATENCY, blue_ms=None),
    replace(OF_LATENCY, blue_ms=0.0),
]

LONGEST_STACK: Final = "s" * 128  # CloudFormation, StackName
LONGEST: Final = "v" * 63  # SageMaker, EndpointName and VariantName


# ---- JSON both ways --------------------------------------------------------------------------


@pytest.mark.parametrize("guardrail", EVERY)
def test_it_is_the_same_again_from_its_json(guardrail: Guardrail) -> None:
    assert Guardrail.from_json(json.loads(json.dumps(guardrail.to_json()))) == guardrail


def test_one_of_errors_says_what_is_expected_of_blue() -> None:
    assert OF_ERRORS.to_json() == {
        "AlarmName": "bluegreen-guardrail-churn/main/5xx",
        "VariantName": "main",
        "Metric": "Invocation5XXErrors",
        "Key": "5xx",
        "Limit": 0.025,
        "Defect": 0.2,
        "PeriodSeconds": 300,
        "Periods": 1,
        "ExpectedRate": 0.005,
        "BlueRate": 0.004,
        "ByEndpointConfig": False,
    }


def test_one_of_latency_says_how_slow_is_too_slow() -> None:
    assert OF_LATENCY.to_json() == {
        "AlarmName": "bluegreen-guardrail-churn/main/latency-p90",
        "VariantName": "main",
        "Metric": "ModelLatency",
        "Key": "latency-p90",
        "Limit": 0.1,
        "Defect": 0.5,
        "PeriodSeconds": 120,
        "Periods": 3,
        "Percentile": 90,
        "LimitMilliseconds": 180.5,
        "BlueMilliseconds": 120.333,
    }


def test_what_is_not_known_of_blue_is_absent_and_not_zero() -> None:
    assert "BlueMilliseconds" not in replace(OF_LATENCY, blue_ms=None).to_json()
    assert replace(OF_LATENCY, blue_ms=0.0).to_json()["BlueMilliseconds"] == 0


# ---- The name of its alarm -------------------------------------------------------------------


def test_the_name_says_stack_endpoint_variant_and_guardrail() -> None:
    assert alarm_name("bluegreen", "churn", "main", "5xx") == "bluegreen-guardrail-churn/main/5xx"
    assert alarm_name("b", "churn", "main", "latency-p99.9") == (
        "b-guardrail-churn/main/latency-p99.9"
    )


def test_case_of_an_endpoint_does_not_change_it_and_that_of_a_variant_does() -> None:
    """SageMaker ignores the case of endpoint names, and CloudWatch that of nothing."""
    assert alarm_name("Prod", "Churn", "main", "5xx") == alarm_name("Prod", "churn", "main", "5xx")
    assert alarm_name("Prod", "churn", "Main", "5xx") != alarm_name("Prod", "churn", "main", "5xx")
    assert alarm_prefix("Prod", "CHURN") == "Prod-guardrail-churn/"


def test_no_two_guardrails_share_an_alarm() -> None:
    stacks, variants = ("bluegreen", LONGEST_STACK), ("main", "main-2", LONGEST, f"{LONGEST[1:]}w")
    keys = ["latency-p99.9", *(asked.key for asked in PRESETS["Default"])]
    endpoints = ("churn", "churn-main", "churn-2", LONGEST)
    each = list(product(stacks, endpoints, variants, keys))
    assert len({alarm_name(*parts) for parts in each}) == len(each)


def test_every_name_begins_with_its_endpoints_prefix_and_with_no_others() -> None:
    endpoints = ("churn", "churn-main", "churn-2", "chur", LONGEST, LONGEST[1:])
    for stack, endpoint, variant in product(("b", LONGEST_STACK), endpoints, ("main", LONGEST)):
        name = alarm_name(stack, endpoint, variant, "latency-p90")
        prefixes = [other for other in endpoints if name.startswith(alarm_prefix(stack, other))]
        assert prefixes == [endpoint]


def test_a_name_that_is_too_long_keeps_its_prefix_and_ends_in_a_hash() -> None:
    name = alarm_name(LONGEST_STACK, LONGEST, LONGEST, "latency-p90")
    prefix = alarm_prefix(LONGEST_STACK, LONGEST)
    assert name.startswith(f"{prefix}{'v' * 31}-")
    assert len(name) - len(prefix) == 40
    assert len(name) <= LONGEST_ALARM_NAME


def test_the_longest_names_that_fit_stay_as_they_are() -> None:
    room = LONGEST_ALARM_NAME - len("-guardrail-") - len(f"{LONGEST}/{LONGEST}/5xx")
    fits = alarm_name("s" * room, LONGEST, LONGEST, "5xx")
    assert (len(fits), fits.endswith(f"/{LONGEST}/5xx")) == (LONGEST_ALARM_NAME, True)
    cut = alarm_name("s" * (room + 1), LONGEST, LONGEST, "5xx")
    assert not cut.endswith("/5xx")
    assert len(cut) < LONGEST_ALARM_NAME


def test_a_name_never_changes() -> None:
    """An alarm that stands is found again by a later release: these stay as they are."""
    assert alarm_name(LONGEST_STACK, "churn", LONGEST, "latency-p90") == (
        f"{LONGEST_STACK}-guardrail-churn/{LONGEST}/latency-p90"
    )
    assert alarm_name(LONGEST_STACK, LONGEST, LONGEST, "latency-p90").endswith("-936f6de0")
