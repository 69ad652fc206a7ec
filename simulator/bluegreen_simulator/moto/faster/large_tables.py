"""Lets a call about a few rows of a table cost what these rows cost, however many others it has.

moto sorts every row of the table for each query, and copies every row for each part of a
transaction. Here it does both on a table that has only the rows in question: with the same result.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

Rows = dict[Any, dict[Any, Any]]
"""Items by their hash key and range key, as moto keeps them."""


class _Part(Table):  # type: ignore[misc] # moto has no types
    """A table with some of the rows of another; all else they share.

    It is none of moto's instances, all of which moto keeps until the next reset.
    """

    @classmethod
    def of(cls, table: Any, rows: Rows) -> "_Part":  # noqa: ANN401 - moto has no types
        """The part with these rows, which stay the table's own."""
        part: _Part = object.__new__(cls)
        part.__dict__.update(vars(table), items=rows)
        return part

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Part":
        return _Part.of(self, deepcopy(self.items, memo))


@replaces(
    Table,
    "query",
    restores="nothing of AWS: only the partition in question is sorted, or what the index has",
    original="002b4d00be6d",
)
def _query(self: Any, hash_key: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - moto has no types
    index_name = named.get("index_name", next(iter(more[6:7]), None))
    part = self
    if index_name and self.range_key_attr:
        part = _Part.of(self, _indexed(self, index_name))
    elif not index_name and hash_key is not None:
        part = _Part.of(self, {k: self.items[k] for k in (hash_key,) if k in self.items})
    return ORIGINALS[Table, "query"](part, hash_key, *more, **named)


def _indexed(table: Any, index_name: str) -> Rows:  # noqa: ANN401 - moto has no types
    """The rows with every key of an index; none where there is no such index, which moto says."""
    keys = [each.schema_key_attrs for each in table.all_indexes() if each.name == index_name]
    return {
        hash_key: {
            range_key: item
            for range_key, item in by_range.items()
            if any(all(name in item.attrs for name in names) for names in keys)
        }
        for hash_key, by_range in table.items.items()
    }


@replaces(
    DynamoDBBackend,
    "transact_write_items",
    restores="nothing of AWS: only the rows that a transaction is about are copied",
    original="81db2cb7d94e",
)
def _transact(self: Any, transact_items: list[Any]) -> None:  # noqa: ANN401 - moto has no types
    parts = [part for item in transact_items for part in item.values()]
    whole = {name: self.tables.get(name) for name in {part.get("TableName") for part in parts}}
    if not all(map(_can_be_parted, whole.values())):
        ORIGINALS[DynamoDBBackend, "transact_write_items"](self, transact_items)
        return
    about = {name: list(_keys(whole[name], parts, name)) for name in whole}
    self.tables |= {name: _Part.of(whole[name], _rows(whole[name], about[name])) for name in whole}
    try:
        ORIGINALS[DynamoDBBackend, "transact_write_items"](self, transact_items)
    finally:
        for name, table in whole.items():
            _put_back(table, self.tables[name], about[name])
        self.tables |= whole


def _can_be_parted(table: Any) -> bool:  # noqa: ANN401 - moto has no types
    """Whether it is there, has keys of two members, and no stream, which its rows go with."""
    return table is not None and bool(table.range_key_attr) and table.stream_shard is None


def _keys(table: Any, parts: Iterable[Mapping[str, Any]], name: str) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """Hash key and range key of each row that a transaction is about."""
    for part in parts:
        key = part.get("Key") or part.get("Item") or {}
        if part["TableName"] == name and {table.hash_key_attr, table.range_key_attr} <= key.keys():
            yield DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])


def _rows(table: Any, keys: Iterable[tuple[Any, Any]]) -> Rows:  # noqa: ANN401 - moto has no types
    """Those of the rows that are there."""
    rows: Rows = type(table.items)(table.items.default_factory)
    for hash_key, range_key in keys:
        if hash_key in table.items and range_key in table.items[hash_key]:
            rows[hash_key][range_key] = table.items[hash_key][range_key]
    return rows


def _put_back(table: Any, part: Any, keys: Iterable[tuple[Any, Any]]) -> None:  # noqa: ANN401 - moto
    """Let the rows of the table be what they have become in its part."""
    for hash_key, range_key in keys:
        item = part.items.get(hash_key, {}).get(range_key)
        if item is None:
            table.items[hash_key].pop(range_key, None)
        else:
            table.items[hash_key][range_key] = item
