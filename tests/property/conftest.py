"""Deterministic, whatever else the machine does meanwhile, and without the network.

The gate tries the first of the examples, `make test-all` all of them.
"""

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
settings.register_profile("gate", settings.get_profile("property"), max_examples=30)


def pytest_configure(config: pytest.Config) -> None:
    gate = "not slow" in config.option.markexpr
    settings.load_profile("gate" if gate else "property")


@pytest.fixture(autouse=True)
def no_network() -> None:
    disable_socket(allow_unix_socket=True)
