"""What a simulated model can read and write, and how it refuses the rest.

Types: "Common Data Formats for Inference" in the SageMaker Developer Guide. That every model takes
all of them is assumed; the messages are like those of AWS's own containers.
"""

import json
from dataclasses import dataclass
from typing import Final

READABLE: Final = (
    "application/json",
    "application/jsonlines",
    "application/x-image",
    "application/x-npy",
    "application/x-parquet",
    "application/x-recordio-protobuf",
    "image/jpeg",
    "image/png",
    "text/csv",
    "text/libsvm",
    "text/plain",
)
NOT_SAID: Final = "application/octet-stream"
"""The type of a body whose sender names none."""

WRITABLE: Final = ("*/*", "application/*", "application/json")


@dataclass(frozen=True)
class Complaint:
    """The status and the message with which a model refuses a request."""

    status: int
    message: str


def complaint(content_type: str | None, accept: str | None, body: bytes) -> Complaint | None:
    """Why the model cannot read the body or write what is accepted; None if it can do both."""
    kind = _kind(content_type or NOT_SAID)
    if kind not in READABLE:
        return Complaint(415, f"{kind} is not an accepted ContentType: {', '.join(READABLE)}.")
    if not body:
        return Complaint(400, "The body is empty.")
    if kind == "application/json" and not _is_json(body):
        return Complaint(400, "The body is not JSON.")
    if accept and not any(_kind(part) in WRITABLE for part in accept.split(",")):
        return Complaint(406, f"Accept type '{accept}' is not supported.")
    return None


def _kind(content_type: str) -> str:
    """The type without its parameters, such as the charset."""
    return content_type.partition(";")[0].strip().lower()


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
