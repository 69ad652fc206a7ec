"""An execution of the workflow ended: store the report on the deployment that it concluded."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.execution_input import adopted_in
from bluegreen.contract.times import from_text
from bluegreen.deployment.console import report_name
from bluegreen.deployment.history import key_of
from bluegreen.observability import about, logger
from bluegreen.report.page import report
from bluegreen.runtime import new_account

CLOCKS: Final = timedelta(minutes=1)
"""By how much an event's times may differ from the workflow's own; an id is used for 90 days."""

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> None:
    """Store it. An execution that concluded nothing has none: a dry run, or one that was stopped.

    It was told, and its endpoint is free, whatever happens here.
    """
    for deployment_id, started_at in _concluded_by(event.get("detail", {})):
        with about(deployment_id):
            name = store_report(deployment_id, started_at, account())
            logger.info("report stored" if name else "nothing was concluded", report=name)


def store_report(deployment_id: str, started_at: datetime, account: Account) -> str:
    """The name under which the report was stored; empty where no such deployment has ended."""
    found = account.history.named(deployment_id)
    if not found or from_text(found[-1]["StartedAt"]) + CLOCKS < started_at:
        return ""
    past = account.history.whole(key_of(found[-1]))
    if past is None:  # its endpoint was forgotten just now
        return ""
    name = report_name(past.key)
    account.reports.store(name, report(past, account.clock.now()))
    return name


def _concluded_by(detail: EventShape) -> Iterator[tuple[str, datetime]]:
    """The deployments that an execution may have concluded: its own, and one that it adopted.

    Whoever starts an execution may write anything into its input, so that it proves nothing.
    """
    began = datetime.fromtimestamp(detail.get("startDate", 0) / 1000, UTC)
    yield str(detail.get("name", "")), began
    adopted = adopted_in(str(detail.get("input", "")))
    if adopted:
        yield adopted
