"""Approvals that were handled, so that no later edit of a model package deploys it again.

A row says up to which time a package's changes are covered, and by which execution.
"""

from datetime import datetime
from typing import Final

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import ConditionFailedError, Table, Write, setting_once
from bluegreen.contract.times import to_text
from bluegreen.registry.approval import EPOCH, Approval

NONE_STARTED: Final = "-"
"""The ExecutionName of a package of which no approval was acted on."""


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

    def cover(self, package_arn: str) -> None:
        """Note that a package is about to be edited by us.

        The event of an edit may not say what changed, and would then pass for an approval where no
        row says that there was one. Approvals that are named as such still count.
        """
        cover = self.covering(package_arn)
        self._table.update(cover.key, cover.expression, cover.values)

    def covering(self, package_arn: str) -> Write:
        """The same as a part of a transaction."""
        values = {"CoveredUntil": to_text(EPOCH), "ExecutionName": NONE_STARTED}
        return Write(keys.approval(package_arn), values=values, expression=setting_once(values))

    def has_started(self, package_arn: str, execution_name: str) -> bool:
        """Whether the last approval of a package that was acted on started that execution."""
        row = self._table.get(keys.approval(package_arn)) or {}
        return row.get("ExecutionName") == execution_name
