"""One DynamoDB table with the keys `pk` and `sk`: conditional writes, consistent reads."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from bluegreen.aws.dynamodb.keys import RowKey
from bluegreen.aws.errors import code_of, passing_faults_as_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]


class ConditionFailedError(Exception):
    """The condition of a write does not hold; `row` is what stands there (empty: nothing)."""

    def __init__(self, row: Row) -> None:
        super().__init__("The condition of a write does not hold.")
        self.row = row


class Table:
    """The table; in expressions `#Name` is an attribute and `:Name` one of the values."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: RowKey) -> Row | None:
        """The row with this key, None when there is none."""
        with passing_faults_as_unavailable():
            answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return _read(answer["Item"]) if "Item" in answer else None

    def query(self, prefix: RowKey) -> list[Row]:
        """Every row of the partition whose `sk` begins so, in the order of `sk`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues=_write({":pk": prefix[0], ":sk": prefix[1]}),
            ConsistentRead=True,
        )
        with passing_faults_as_unavailable():
            return [_read(item) for page in pages for item in page["Items"]]

    def update(
        self,
        key: RowKey,
        expression: str,
        values: Mapping[str, Any],
        *,
        condition: str = "",
        returns: Literal["ALL_NEW", "ALL_OLD"] = "ALL_NEW",
    ) -> Row:
        """Change or make the row; its new or old attributes; ConditionFailedError with the row."""
        call = self._call(key, expression, values, condition)
        wanted: Any = {
            "ReturnValues": returns,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        with passing_faults_as_unavailable():
            try:
                return _read(self._client.update_item(**call, **wanted).get("Attributes", {}))
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                raise ConditionFailedError(_read(_row_in(error))) from error

    def put_if_absent(self, key: RowKey, values: Mapping[str, Any]) -> Row:
        """Make the row unless there is one; the row that stands then."""
        row = {"pk": key[0], "sk": key[1], **values}
        with passing_faults_as_unavailable():
            try:
                self._client.put_item(
                    TableName=self._name,
                    Item=_write(row),
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return _read(_row_in(error))
        return row

    def _call(
        self, key: RowKey, expression: str, values: Mapping[str, Any], condition: str
    ) -> dict[str, Any]:
        names = re.findall(r"#(\w+)", f"{expression} {condition}")
        call = {
            "TableName": self._name,
            "Key": _key(key),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": _write({f":{k}": v for k, v in values.items()}),
        }
        return {member: value for member, value in call.items() if value}

    def delete(self, key: RowKey) -> None:
        """Remove the row; harmless when it is not there."""
        with passing_faults_as_unavailable():
            self._client.delete_item(TableName=self._name, Key=_key(key))


def _row_in(error: ClientError) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = error.response
    row: Mapping[str, Any] = answer.get("Item", {})
    return row


def _key(key: RowKey) -> Row:
    return _write({"pk": key[0], "sk": key[1]})


def _write(values: Mapping[str, Any]) -> Row:
    return {name: TypeSerializer().serialize(value) for name, value in values.items()}


def _read(item: Mapping[str, Any]) -> Row:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
