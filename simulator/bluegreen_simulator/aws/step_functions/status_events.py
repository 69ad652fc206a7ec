"""Step Functions: an event tells EventBridge of each start and each end of an execution.

Step Functions Developer Guide, "Automating Step Functions event delivery with EventBridge".
"""

import json
from datetime import datetime
from typing import Any, Final

from bluegreen_simulator.aws.events.bus import emit

SOURCE: Final = "aws.states"
STATUS_CHANGE: Final = "Step Functions Execution Status Change"
MOST_OF_DATA: Final = 248 * 1024
"""Bytes of input and output together, escaped; what does not fit is left out."""


def emit_status_change(execution: Any) -> None:  # noqa: ANN401 - moto has no types
    """Send the event of what an execution has become."""
    given, output = execution.execution_input, _as_text(execution.output)
    has_output = output is not None and _escaped(output) <= MOST_OF_DATA
    has_input = _escaped(given) + _escaped(output) <= MOST_OF_DATA
    detail = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": given if has_input else None,
        "inputDetails": {"included": has_input},
        "output": output if has_output else None,
        "outputDetails": None if output is None else {"included": has_output},
        "error": execution.error,
        "cause": execution.cause,
    }
    emit(SOURCE, STATUS_CHANGE, detail, [execution.execution_arn])


def _as_text(output: Any) -> str | None:  # noqa: ANN401 - any JSON
    """A text is JSON already."""
    return output if output is None or isinstance(output, str) else json.dumps(output)


def _escaped(text: str | None) -> int:
    return 0 if text is None else len(json.dumps(text, ensure_ascii=False).encode())


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
