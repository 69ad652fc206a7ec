"""Bodies of API calls, drawn by chance so that botocore's own model allows them."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

DEEP: Final = 4
"""From this depth on only what has to be there is."""

NEVER_DEEPER: Final = 30
NOON: Final = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ADDRESS: Final = "http://127.0.0.1:9/nobody"
"""Where nobody listens: a drawn address must reach no one."""

PLAIN: Final = "abcXYZ019-_./:@ ${}%"
LETTERS: Final = f"{PLAIN}é\"'<&\\\n"
STATES: Final = (
    '{"Type": "Pass", "End": true}',
    '{"Type": "Wait", "Seconds": 60, "End": true}',
    '{"Type": "Fail", "ErrorPath": "$.nothing"}',
    '{"Type": "Parallel", "End": true, "Branches": [INNER, INNER]}',
    '{"Type": "Map", "End": true, "ItemsPath": "$.nothing", "ItemProcessor": INNER}',
    '{"Type": "Task", "End": true, "Resource": "arn:aws:states:::sqs:sendMessage"}',
)
INNER: Final = '{"StartAt": "B", "States": {"B": {"Type": "Fail"}}}'
ALL: Final = '{"Effect": "Allow", "Action": "*", "Resource": "*"}'
DOCUMENTS: Final = (
    "{}",
    "[]",
    "null",
    "no JSON",
    f'{{"Version": "2012-10-17", "Statement": [{ALL}]}}',
    *(f'{{"StartAt": "A", "States": {{"A": {one.replace("INNER", INNER)}}}}}' for one in STATES),
    '{"source": ["a.team"], "detail": {"n": [{"numeric": [">", 0]}]}}',
    '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}',
    '{"Resources": {"T": {"Type": "AWS::SQS::Queue", "Properties": {"Odd": 1}}}}',
    '{"widgets": []}',
)
TAKING_DOCUMENTS: Final = (
    "body",
    "cause",
    "definition",
    "detail",
    "document",
    "input",
    "message",
    "output",
    "pattern",
    "policy",
    "rule",
)
"""Ends of the names of members that are JSON, or may be."""


class Draw:
    """One body after the other; `known` are names and ARNs that exist, by what they are of."""

    def __init__(self, seed: object, known: Mapping[str, tuple[str, ...]]) -> None:
        self._random = random.Random(f"{seed}")  # noqa: S311 - nothing secret
        self._known = known

    def body(self, shape: Shape | None) -> dict[str, Any]:
        """A body for an operation's input shape."""
        drawn: dict[str, Any] = {} if shape is None else self._value(shape, "", 0)
        drawn.pop("ContentLength", None)  # which the body itself has
        return drawn

    def _value(self, shape: Shape, name: str, depth: int) -> Any:
        if depth > NEVER_DEEPER:
            raise RecursionError(f"{shape.name} has to hold itself")
        if getattr(shape, "document_type", False) or shape.metadata.get("document"):
            return {"a": [1, "b", None]}
        draw = getattr(self, f"_{shape.type_name}")
        return draw(shape, name, depth)

    def _structure(self, shape: StructureShape, _: str, depth: int) -> dict[str, Any]:
        members = list(shape.members)
        if getattr(shape, "is_tagged_union", False):
            chosen = [self._random.choice(members)]
        else:
            share = 0 if depth >= DEEP else 0.4 / (1 + depth / 2)
            chosen = [
                name
                for name in members
                if name in shape.required_members or self._random.random() < share
            ]
        return {name: self._value(shape.members[name], name, depth + 1) for name in chosen}

    def _list(self, shape: ListShape, name: str, depth: int) -> list[Any]:
        return [self._value(shape.member, name, depth + 1) for _ in range(self._size(shape, depth))]

    def _map(self, shape: MapShape, name: str, depth: int) -> dict[str, Any]:
        drawn = {
            self._string(shape.key, name, depth): self._value(shape.value, name, depth + 1)
            for _ in range(self._size(shape, depth))
        }
        if shape.serialization.get("location") == "headers":
            return {_for_its_name(key): _for_a_header(str(v)) for key, v in drawn.items()}
        return drawn

    def _size(self, shape: Shape, depth: int) -> int:
        least = shape.metadata.get("min", 0)
        more = 0 if depth >= DEEP else self._random.choice((0, 1, 1, 2))
        return int(min(least + more, shape.metadata.get("max", least + more)))

    def _string(self, shape: Shape, name: str, _: int = 0) -> str:
        if isinstance(shape, StringShape) and shape.enum:
            return str(self._random.choice(shape.enum))
        least = max(shape.metadata.get("min", 0), 1)
        drawn = self._text(name.lower() or shape.name.lower())
        if shape.serialization.get("location", "").startswith("header"):
            drawn = _for_a_header(drawn)
        return drawn[: shape.metadata.get("max", 5000)].ljust(least, "x")

    def _text(self, name: str) -> str:
        known = self._of_that_name(name)
        if known and self._random.random() < 0.7:
            return self._random.choice(known)
        if name.endswith(TAKING_DOCUMENTS) and self._random.random() < 0.8:
            return self._random.choice(DOCUMENTS)
        if "url" in name or "uri" in name or "endpoint" in name:
            return ADDRESS
        if self._random.random() < 0.6:
            return self._random.choice(("a", "made-up", "1", "2026-01-05T09:00:00Z", "ml.m5.large"))
        return "".join(self._random.choices(LETTERS, k=self._random.choice((1, 3, 40, 300))))

    def _of_that_name(self, name: str) -> tuple[str, ...]:
        """What exists under the longest end of the member's name."""
        singular = name.removesuffix("s")
        fitting = [of for of in self._known if singular.endswith(of)]
        return self._known[max(fitting, key=len)] if fitting else ()

    def _integer(self, shape: Shape, _: str, __: int) -> int:
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 10**6)
        return int(min(max(self._random.choice((least, most, 1, 2, 10, 60, 300)), least), most))

    _long = _integer

    def _double(self, shape: Shape, name: str, depth: int) -> float:
        return self._integer(shape, name, depth) * self._random.choice((1.0, 0.5))

    _float = _double

    def _boolean(self, *_: Any) -> bool:
        return self._random.random() < 0.5

    def _timestamp(self, *_: Any) -> datetime:
        return NOON + timedelta(hours=self._random.choice((-(10**5), -1, 0, 1, 10**5)))

    def _blob(self, *_: Any) -> bytes:
        return self._random.choice((b"1,2,3", b"{}", b"\x00\xff", json.dumps(["a"]).encode()))


def _for_a_header(text: str) -> str:
    return "".join(letter for letter in text if letter in PLAIN).strip() or "a"


def _for_its_name(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum()) or "a"
