"""What the calls of a table would be billed, and which of its partitions they go to.

Units by the size of items, as DynamoDB counts them (Developer Guide, "DynamoDB read and write
operations" and "Managing complex workflows with transactions"): a read of 4 KiB, half a unit where
it need not be consistent; a write of 1 KiB, two in a transaction, one more in an index that has the
item. Assumed, as the guide does not say it: a check in a transaction costs what a write does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, Final, Self, cast

import boto3
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from bluegreen.aws.account import PATIENT
from bluegreen.aws.dynamodb.table import OPEN_INDEX
from bluegreen_simulator.run.embedded import EmbeddedAws

KIB: Final = 1024
READ_BYTES: Final = 4 * KIB
KINDS: Final = {"UpdateItem": 1, "PutItem": 1, "DeleteItem": 1}
Item = Mapping[str, Any]


@dataclass
class TableMeter:
    """Units by operation and, of writes, by partition and by second, of the table and its index.

    `calls` and `reads` by operation; `writes` by partition key of the table; `index_writes` are of
    the one partition that the index has. In `seconds` and `index_seconds` they are by second.
    """

    calls: Counter[str] = field(default_factory=Counter)
    reads: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    writes: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    seconds: Counter[datetime] = field(default_factory=Counter)
    hottest: Counter[tuple[datetime, str]] = field(default_factory=Counter)
    index_writes: Counter[str] = field(default_factory=Counter)
    index_seconds: Counter[datetime] = field(default_factory=Counter)

    @classmethod
    @contextmanager
    def on(cls, aws: EmbeddedAws, table: str) -> Iterator[Self]:
        """Watch the calls that functions make of a table."""
        meter, events = cls(), cast("Any", boto3.client("dynamodb", config=PATIENT).meta.events)
        watch = _Watch(meter, aws, table)
        hooks = {
            "before-parameter-build.dynamodb": watch.before,
            "after-call.dynamodb": watch.after,
        }
        for name, hook in hooks.items():
            events.register(name, hook)
        try:
            yield meter
        finally:
            for name, hook in hooks.items():
                events.unregister(name, hook)

    @property
    def read_units(self) -> float:
        """Of the table and the index."""
        return sum(self.reads.values())

    @property
    def write_units(self) -> int:
        """Of the table alone."""
        return self.writes.total()

    @property
    def index_write_units(self) -> int:
        """Of the index."""
        return self.index_writes.total()

    def note_write(self, at: datetime, key: Item, before: Item, after: Item, times: int) -> None:
        """A write, or a check, of the item with this key, so many times as much as it would be."""
        units = times * _write_units(max(size(before), size(after)))
        partition, kind = key["pk"]["S"], _kind(key)
        self.writes[partition] += units
        self.by_kind[kind] += units
        self.seconds[at] += units
        self.hottest[at, partition] += units
        if before != after:
            in_index = max(size(each) if "Open" in each else 0 for each in (before, after))
            index_units = _write_units(in_index) if in_index else 0
            self.index_writes[kind] += index_units
            self.index_seconds[at] += index_units


class _Watch:
    """The hooks of one client, which know the item before and after each call."""

    def __init__(self, meter: TableMeter, aws: EmbeddedAws, table: str) -> None:
        self._meter = meter
        self._clock = aws.clock
        self._table = dynamodb_backends[aws.world.account_id][aws.world.region].tables[table]

    def before(self, params: Any, context: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's
        context["metered"] = params, [self._item(key) for key in _keys(params)]

    def after(self, model: Any, parsed: Any, context: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's
        (params, before), name = context["metered"], model.name
        meter, keys = self._meter, _keys(params)
        meter.calls[name] += 1
        if name == "GetItem":
            meter.reads[name] += _read_units(size(parsed.get("Item", {})))
        elif name == "Query":
            whole = sum(map(size, parsed.get("Items", [])))
            index = " of the index" if params.get("IndexName") == OPEN_INDEX else ""
            meter.reads[name + index] += _read_units(whole) * (
                1 if params.get("ConsistentRead") else 0.5
            )
        else:
            times = 1 if name in KINDS else 2
            at = self._clock.now().replace(microsecond=0)
            for key, old in zip(keys, before, strict=True):
                meter.note_write(at, key, old, self._item(key), times)

    def _item(self, key: Mapping[str, Any]) -> Item:
        by_range = self._table.items.get(DynamoType(key["pk"]), {})
        item = by_range.get(DynamoType(key["sk"]))
        return {name: value.to_json() for name, value in item.attrs.items()} if item else {}


def _keys(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keys of the items that a call is about; none for a query."""
    parts = [part for item in params.get("TransactItems", []) for part in item.values()]
    found = [part.get("Key") or part.get("Item") for part in parts or [params]]
    return [{"pk": key["pk"], "sk": key["sk"]} for key in found if key]


def _kind(key: Item) -> str:
    """What kind of row it is: the fixed words of its keys."""
    pk, sk = (key[name]["S"].partition("#") for name in ("pk", "sk"))
    return f"{pk[0]} {sk[0]}" if pk[1] else pk[0]


def _read_units(bytes_: int) -> int:
    return max(1, ceil(bytes_ / READ_BYTES))


def _write_units(bytes_: int) -> int:
    return max(1, ceil(bytes_ / KIB))


def size(item: Item) -> int:
    """The bytes of an item, as DynamoDB counts them: its names and values in UTF-8."""
    return sum(len(name.encode()) + _size_of(value) for name, value in item.items())


def _size_of(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return len(held) // 2 + 2
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size_of(part) for name, part in held.items())
    if kind == "L":
        return 3 + sum(1 + _size_of(part) for part in held)
    return 1
