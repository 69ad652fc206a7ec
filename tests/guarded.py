"""Deployments with guardrails whose numbers a test gives, as if the check had come to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from bluegreen.check.report import Checked
from bluegreen.guardrails.asked import SERVER_ERRORS, Asked
from bluegreen.guardrails.guardrail import Guardrail, alarm_name
from bluegreen.request.request import Request

CLIENT_ERRORS: Final = "Invocation4XXErrors"
METRICS: Final = {"5xx": SERVER_ERRORS, "4xx": CLIENT_ERRORS}


def guardrail(
    key: str = "5xx", *, endpoint: str = "churn", variant: str = "main", **changes: Any
) -> Guardrail:
    """At most 2 % of errors, counted over 300 seconds in both fleets."""
    name = alarm_name("bluegreen", endpoint, variant, key)
    made = Guardrail(name, variant, METRICS[key], key, limit=0.02, defect=0.2, period_seconds=300)
    return replace(made, **changes)


@contextmanager
def guarded(guardrails: Sequence[Guardrail], asked: str = "Default") -> Iterator[None]:
    """Let every request that passes the check have these; the list may change meanwhile."""
    to_send: Any = Checked.to_send

    def with_guardrails(checked: Checked) -> Request:
        request: Request = to_send.fget(checked)
        return replace(request, asked=Asked.named(asked), guardrails=tuple(guardrails))

    with patch.object(Checked, "to_send", property(with_guardrails)):
        yield
