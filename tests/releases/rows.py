"""The rows of the deployments table, as plain JSON; read and written through its API."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack

Row = dict[str, Any]
KEY: Final = ("pk", "sk")


def key_of(row: Row) -> tuple[str, str]:
    """The key of a row, by which all of them are sorted."""
    return row["pk"], row["sk"]


def read(aws: EmbeddedAws, stack: Stack) -> list[Row]:
    """Every row, in the order of the keys."""
    found = aws.client("dynamodb").scan(TableName=stack.outputs["DeploymentsTableName"])
    assert "LastEvaluatedKey" not in found
    rows = [{name: _plain(value) for name, value in item.items()} for item in found["Items"]]
    return sorted(rows, key=key_of)


def _plain(value: Any) -> Any:
    found = TypeDeserializer().deserialize(value)
    return int(found) if isinstance(found, Decimal) else found


def replace_all(aws: EmbeddedAws, stack: Stack, rows: Iterable[Row]) -> None:
    """Let these be the rows, and no other."""
    table, dynamodb = stack.outputs["DeploymentsTableName"], aws.client("dynamodb")
    for row in read(aws, stack):
        key = {name: {"S": row[name]} for name in KEY}
        dynamodb.delete_item(TableName=table, Key=key)
    for row in rows:
        item = {name: TypeSerializer().serialize(value) for name, value in row.items()}
        dynamodb.put_item(TableName=table, Item=item)
