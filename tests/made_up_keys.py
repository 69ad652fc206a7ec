"""Access keys that open nothing, for clients whose calls are answered before they are sent."""

from typing import Final, TypedDict


class _Keys(TypedDict):
    aws_access_key_id: str
    aws_secret_access_key: str


MADE_UP_KEYS: Final[_Keys] = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
