"""What the check of a request takes from the stack's own settings."""

from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.states.validate_policy import validate_policy
from builders import KEY, canary_request
from situations import alarm, situation


def account(*, allows_supersede: bool) -> Any:
    """A stack, and the healthy case of its endpoint."""
    settings = SimpleNamespace(allows_supersede=allows_supersede)
    situations = SimpleNamespace(of=lambda _request: situation(alarms=[alarm("churn-5xx")]))
    return SimpleNamespace(settings=settings, situations=situations)


@pytest.mark.parametrize("on_busy", ["REJECT", "QUEUE", "SUPERSEDE"])
def test_a_request_that_aborts_another_needs_a_stack_that_allows_it(on_busy: str) -> None:
    for allows in (True, False):
        checked = validate_policy(
            canary_request(OnBusy=on_busy), KEY, account(allows_supersede=allows)
        )
        refused = on_busy == "SUPERSEDE" and not allows
        assert checked["WouldBeRejected"] is refused
        found = [finding["Id"] for finding in checked["Findings"]]
        assert ("supersede-not-allowed" in found) is refused
