"""What Lambda itself writes to a function's log, as its LoggingConfig has it: text or JSON.

Lambda Developer Guide, "Viewing CloudWatch logs for Lambda functions" and "Working with Lambda
function logs": START, END and REPORT, or `platform.start` and `platform.report`. How Lambda's
runtime for Python writes an error is observed. Nothing is said of memory in use and of the time
that a start takes, which nobody measures here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bluegreen.contract.times import to_text

INDENT: Final = "\u00a0\u00a0"
"""Before each line of a trace, two spaces that no log viewer takes away."""

MOST_OF_TAIL: Final = 4096
"""Bytes of a log's end that Invoke gives (API reference, `Invoke`)."""

JSON: Final = "JSON"
TIMED_OUT: Final = "Sandbox.Timedout"
EXITED: Final = "Runtime.ExitError"


@dataclass(frozen=True)
class Run:
    """One invocation: of which request, of a function of how much memory (MB), since when."""

    request_id: str
    memory: int
    began: datetime
    log_format: str

    def started(self) -> list[str]:
        """What is written before the handler runs."""
        if self.log_format == JSON:
            return [self._platform("start", self.began, {"version": "$LATEST"})]
        return [f"START RequestId: {self.request_id} Version: $LATEST\n"]

    def failed(self, error: Mapping[str, Any], now: datetime) -> list[str]:
        """What is written of an error, and of a timeout; `error` is what the caller is told."""
        if error["errorType"] in {TIMED_OUT, EXITED}:
            return [] if self.log_format == JSON else [self._killed(error, now)]
        if self.log_format == JSON:
            body = {"timestamp": to_text(now), "log_level": "ERROR", "requestId": self.request_id}
            return [json.dumps(body | dict(error))]
        return [_trace(error)]

    def ended(self, error: Mapping[str, Any] | None, now: datetime) -> list[str]:
        """What is written when it has ended."""
        milliseconds = (now - self.began).total_seconds() * 1000
        if self.log_format == JSON:
            return [self._platform("report", now, self._record(error, milliseconds))]
        billed = -int(-milliseconds // 1)
        told = f"Duration: {milliseconds:.2f} ms\tBilled Duration: {billed} ms"
        status = _status(error)
        return [
            f"END RequestId: {self.request_id}\n",
            f"REPORT RequestId: {self.request_id}\t{told}\tMemory Size: {self.memory} MB\t"
            + (f"Status: {status}" if error else "")
            + "\n",
        ]

    def _killed(self, error: Mapping[str, Any], now: datetime) -> str:
        if error["errorType"] == EXITED:
            return f"{error['errorMessage']}\n{EXITED}\n"
        return f"{to_text(now)} {self.request_id} {error['errorMessage']}\n\n"

    def _platform(self, kind: str, at: datetime, record: Mapping[str, Any]) -> str:
        body = {"requestId": self.request_id, **record}
        return json.dumps({"time": to_text(at), "type": f"platform.{kind}", "record": body})

    def _record(self, error: Mapping[str, Any] | None, milliseconds: float) -> dict[str, Any]:
        metrics = {
            "durationMs": round(milliseconds, 3),
            "billedDurationMs": -int(-milliseconds // 1),
            "memorySizeMB": self.memory,
        }
        kind = {"errorType": error["errorType"]} if error else {}
        return {"metrics": metrics, "status": _status(error), **kind}


def _status(error: Mapping[str, Any] | None) -> str:
    if error is None:
        return "success"
    return "timeout" if error["errorType"] == TIMED_OUT else "error"


def _trace(error: Mapping[str, Any]) -> str:
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}"]
    if "stackTrace" in error:
        lines.append("Traceback (most recent call last):")
        lines += [INDENT + line for frame in error["stackTrace"] for line in frame.splitlines()]
    return "\n".join(lines)


def tail(lines: Sequence[str]) -> bytes:
    """The end of a log, as much of it as Invoke gives."""
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return text.encode()[-MOST_OF_TAIL:]
