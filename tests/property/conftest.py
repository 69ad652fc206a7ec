"""Deterministic, whatever else the machine does meanwhile, and without the network."""

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket

settings.register_profile(
    "property",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("property")


@pytest.fixture(autouse=True)
def no_network() -> None:
    disable_socket(allow_unix_socket=True)
