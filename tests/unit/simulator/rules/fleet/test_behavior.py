"""The SIMULATED_* variables: what they mean, and what is said when they mean nothing."""

import pytest

from bluegreen_simulator.rules.fleet.behavior import (
    BadBehavior,
    Behavior,
    ProvisioningError,
    behavior_of,
)


def test_no_variable_means_a_healthy_model() -> None:
    assert behavior_of({"SAGEMAKER_PROGRAM": "serve.py"}) == Behavior(0.0, 5.0, 300, None)


def test_every_variable_is_read() -> None:
    environment = {
        "SIMULATED_ERROR_RATE": "0.25",
        "SIMULATED_LATENCY_MS": "80.5",
        "SIMULATED_PROVISIONING_SECONDS": "420",
        "SIMULATED_PROVISIONING_ERROR": "PingHealthCheckFailed",
        "SIMULATED_CLIENT_ERROR_RATE": "0.05",
        "SIMULATED_LATENCY_SPREAD": "0.5",
        "SIMULATED_SLOW_START_SECONDS": "90",
        "SIMULATED_SLOW_START_FACTOR": "2.5",
    }
    failed = ProvisioningError.PING_HEALTH_CHECK_FAILED
    expected = Behavior(0.25, 80.5, 420, failed, 0.05, 0.5, 90, 2.5)
    assert behavior_of(environment) == expected


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SIMULATED_ERROR_RATE", "1.01", "a number from 0 to 1"),
        ("SIMULATED_ERROR_RATE", "-0.1", "a number from 0 to 1"),
        ("SIMULATED_ERROR_RATE", "nan", "a number from 0 to 1"),
        ("SIMULATED_ERROR_RATE", "high", "a number from 0 to 1"),
        ("SIMULATED_LATENCY_MS", "inf", "milliseconds, a number from 0 to 60000"),
        ("SIMULATED_PROVISIONING_SECONDS", "2.5", "a whole number from 0 to 28800"),
        ("SIMULATED_PROVISIONING_SECONDS", "28801", "a whole number from 0 to 28800"),
        ("SIMULATED_CLIENT_ERROR_RATE", "1.5", "a number from 0 to 1"),
        ("SIMULATED_LATENCY_SPREAD", "2.1", "the sigma of a log-normal, a number from 0 to 2"),
        ("SIMULATED_SLOW_START_SECONDS", "-1", "a number from 0 to 28800"),
        ("SIMULATED_SLOW_START_FACTOR", "0.5", "a number from 1 to 1000"),
        (
            "SIMULATED_PROVISIONING_ERROR",
            "OutOfMemory",
            "InsufficientInstanceCapacity or PingHealthCheckFailed",
        ),
    ],
)
def test_bad_value_is_named_with_what_is_allowed(name: str, value: str, allowed: str) -> None:
    with pytest.raises(BadBehavior) as raised:
        behavior_of({name: value})
    assert str(raised.value) == f"{name} is '{value}'; allowed: {allowed}."


def test_misspelt_variable_is_refused() -> None:
    with pytest.raises(BadBehavior) as raised:
        behavior_of({"SIMULATED_ERRORS": "1"})
    assert str(raised.value) == (
        "There is no variable SIMULATED_ERRORS; allowed are SIMULATED_ERROR_RATE,"
        " SIMULATED_LATENCY_MS, SIMULATED_PROVISIONING_SECONDS, SIMULATED_PROVISIONING_ERROR,"
        " SIMULATED_CLIENT_ERROR_RATE, SIMULATED_LATENCY_SPREAD, SIMULATED_SLOW_START_SECONDS,"
        " SIMULATED_SLOW_START_FACTOR."
    )
