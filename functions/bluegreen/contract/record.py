"""The deployment record: what an execution ends with, and what the table keeps."""

from enum import StrEnum


class Verdict(StrEnum):
    """How a deployment ended."""

    SUCCEEDED = "SUCCEEDED"
    ROLLED_BACK = "ROLLED_BACK"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    SUPERSEDED = "SUPERSEDED"
    TIMED_OUT = "TIMED_OUT"


class Trigger(StrEnum):
    """What made a deployment end as it did, where there is something to say."""

    ALARM = "ALARM"
    EXECUTION_TIMEOUT = "EXECUTION_TIMEOUT"
    PROVISIONING = "PROVISIONING"
    FOREIGN_UPDATE = "FOREIGN_UPDATE"
    UNKNOWN = "UNKNOWN"
