"""Step Functions: how many bytes an input, a result or an output may have.

Developer Guide, "Step Functions service quotas": 256 KiB of data as a UTF-8 encoded string.
"""

import json
from typing import Any, Final

from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
)

from bluegreen_simulator.moto.replacements import replaces

LARGEST: Final = 262_144
"""Bytes of an execution's input, and of what a state or a task gets or puts out."""


def size_of(text: str) -> int:
    """Its bytes in UTF-8; half of a pair of surrogates, which JSON may hold, has three."""
    return len(text.encode(errors="surrogatepass"))


def _fits(value: Any) -> bool:  # noqa: ANN401 - any JSON
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return size_of(text) <= LARGEST


for _module in (state, state_task_lambda, state_task_service):
    replaces(
        _module,
        "is_within_size_quota",
        restores="sizes are counted in UTF-8, without escapes and spaces, which moto counts too",
        original="744cc11a3a37",
    )(_fits)
