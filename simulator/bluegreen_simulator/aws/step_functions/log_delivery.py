"""Step Functions: the events of an execution in the log group of its state machine.

By its LoggingConfiguration: Developer Guide, "Using CloudWatch Logs to log execution history";
which events a level has is moto's table, from the guide's. The form of an event and the name of a
stream are observed; that each execution has a stream of its own, and that a task's `parameters` and
assigned variables count as execution data, is assumed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.event.logging import is_logging_enabled_for
from moto.stepfunctions.parser.backend.execution import Execution

from bluegreen.contract.times import from_text
from bluegreen_simulator.aws.logs import streams
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

EXECUTION_DATA: Final = frozenset(
    {
        "input",
        "inputDetails",
        "output",
        "outputDetails",
        "parameters",
        "assignedVariables",
        "assignedVariablesDetails",
    }
)


@dataclass(frozen=True)
class Delivery:
    """To which group and stream an execution's events of which level go; moto asks its members."""

    execution_arn: str
    group: str
    stream: str
    level: str
    include_execution_data: bool

    @property
    def configuration(self) -> SimpleNamespace:
        """What moto asks before it makes a line: here nothing is left out yet."""
        return SimpleNamespace(include_execution_data=True)

    def log_level_filter(self, history_event_type: HistoryEventType) -> bool:
        """Whether an event of this type is of the level."""
        return bool(is_logging_enabled_for(self.level, history_event_type))

    def publish_history_log(self, history_log: Mapping[str, Any]) -> None:
        """Write an event as AWS does."""
        details = history_log.get("details") or {}
        shown = {
            name: value
            for name, value in details.items()
            if self.include_execution_data or name not in EXECUTION_DATA
        }
        body = {
            "id": history_log["id"],
            "type": HistoryEventType(history_log["type"]).value,
            "details": shown,
            "previous_event_id": history_log["previous_event_id"],
            "event_timestamp": _milliseconds(from_text(history_log["event_timestamp"])),
            "execution_arn": self.execution_arn,
            "redrive_count": "0",
        }
        streams.write(self.group, self.stream, [json.dumps(body, default=str)])


def _milliseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


@replaces(
    Execution,
    "__init__",
    restores="an execution's events are in the log of its state machine",
    original="072ed5928123",
)
def _make(self: Any, *args: Any, **members: Any) -> None:  # noqa: ANN401 - moto has no types
    ORIGINALS[Execution, "__init__"](self, *args, **members)
    self._cloud_watch_logging_session = _delivery(self)


def _delivery(execution: Any) -> Delivery | None:  # noqa: ANN401 - moto has no types
    machine = execution.state_machine
    config = getattr(machine, "loggingConfiguration", None) or {}
    destinations = config.get("destinations")
    if not destinations or config.get("level", "OFF") == "OFF":
        return None
    arn = destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    return Delivery(
        execution.exec_arn,
        arn.partition(":log-group:")[2].removesuffix(":*"),
        _stream(machine.name, execution.exec_arn, execution.start_date),
        config["level"],
        config.get("includeExecutionData", False),
    )


def _stream(machine: str, execution_arn: str, began: datetime) -> str:
    return f"states/{machine}/{began:%Y-%m-%d-%H-%M}/{uuid5(NAMESPACE_URL, execution_arn).hex[:8]}"
