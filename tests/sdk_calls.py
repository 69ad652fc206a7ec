"""The calls that a command makes by boto3: which they are, and one that fails."""

from typing import Any

import pytest
from botocore.client import BaseClient

CALL: Any = BaseClient._make_api_call  # type: ignore[attr-defined] # botocore's one way out


def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations that are called from now on."""
    operations: list[str] = []

    def call(self: BaseClient, operation: str, members: Any) -> Any:
        operations.append(operation)
        return CALL(self, operation, members)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return operations


def failing(monkeypatch: pytest.MonkeyPatch, operation: str, error: Exception) -> None:
    """Let every call of an operation fail so."""

    def call(self: BaseClient, called: str, members: Any) -> Any:
        if called == operation:
            raise error
        return CALL(self, called, members)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
