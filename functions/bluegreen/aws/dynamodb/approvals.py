"""Approvals that were handled, so that no later edit of a model package deploys it again.

A row says up to which time a package's changes are covered, and by which execution.
"""

from datetime import datetime

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import ConditionFailedError, Table
from bluegreen.contract.times import to_text
from bluegreen.registry.approval import Approval


class Approvals:
    """The approvals of all model packages."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, approval: Approval, read_until: datetime | None) -> bool:
        """Whether this approval is to be acted on; for the one that was, again and again.

        `read_until` is when the package as it was read was last modified: every event of a change
        until then is about what this approval deploys. An event that does not say what changed
        is an approval only if it is the package's first.
        """
        values = {
            "CoveredUntil": to_text(max(approval.at, read_until or approval.at)),
            "ExecutionName": approval.execution_name,
        }
        condition = "attribute_not_exists(#CoveredUntil) OR #ExecutionName = :ExecutionName"
        setting = "SET #CoveredUntil = :CoveredUntil, #ExecutionName = :ExecutionName"
        if approval.names_the_change:
            condition += " OR #CoveredUntil < :At"
            values["At"] = to_text(approval.at)
        try:
            self._table.update(keys.approval(approval.arn), setting, values, condition=condition)
        except ConditionFailedError:
            return False
        return True
