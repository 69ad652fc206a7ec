"""One DynamoDB table with the keys `pk` and `sk`: conditional writes, consistent reads.

What is open (held locks, waiting requests, unsent notifications) has the attribute `Open`, by
which a sparse index finds it: an idle table has an empty index, however many records it holds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from botocore.exceptions import ClientError

from bluegreen.aws.dynamodb.attributes import read, written
from bluegreen.aws.dynamodb.keys import RowKey
from bluegreen.aws.errors import code_of, passing_faults_as_unavailable
from bluegreen.clock import Clock
from bluegreen.contract.errors import ObservationUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]

OPEN: Final = "OPEN"
"""The one value of the attribute `Open`, which is the key of the index."""

OPEN_INDEX: Final = "Open"

LAST: Final = "~"
"""Comes after every time."""

PAGE: Final = 50
"""How many rows are read at a time where not all are wanted."""

PAUSES: Final = (0.05, 0.2)
"""Seconds before each further try of a write, while somebody else's transaction is in its way.

That is over in some milliseconds: tries without a pause might all meet the same one.
"""


@dataclass(frozen=True)
class Write:
    """One part of a transaction: an update of a row; without an expression, a check of it.

    With `removes` the row is removed, which is harmless where there is none.
    """

    key: RowKey
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    expression: str = ""
    removes: bool = False


def setting(names: Iterable[str]) -> str:
    """The expression that sets each attribute to the value of its name."""
    return f"SET {', '.join(f'#{name} = :{name}' for name in names)}"


def setting_once(names: Iterable[str]) -> str:
    """The same for each attribute that the row does not have yet."""
    return f"SET {', '.join(f'#{name} = if_not_exists(#{name}, :{name})' for name in names)}"


class ConditionFailedError(Exception):
    """The condition of a write does not hold; `row` is what stands there (empty: nothing).

    `refused` has, of a transaction, each part that forbids it, by its place, and its row.
    """

    def __init__(self, refused: Mapping[int, Row]) -> None:
        super().__init__("The condition of a write does not hold.")
        self.refused = refused
        self.row = next(iter(refused.values()))


class Table:
    """The table; in expressions `#Name` is an attribute and `:Name` one of the values."""

    def __init__(self, client: "DynamoDBClient", name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock

    def get(self, key: RowKey) -> Row | None:
        """The row with this key, None when there is none."""
        with passing_faults_as_unavailable():
            answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return _read(answer["Item"]) if "Item" in answer else None

    def query(self, prefix: RowKey) -> list[Row]:
        """Every row of the partition whose `sk` begins so, in the order of `sk`."""
        return self._rows("begins_with(sk, :sk)", prefix)

    def query_from(self, first: RowKey) -> list[Row]:
        """Every row of the partition from a key on, whether or not it is there, in their order."""
        return self._rows("sk >= :sk", first)

    def _rows(self, which: str, key: RowKey) -> list[Row]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression=f"pk = :pk AND {which}",
            ExpressionAttributeValues=_write({":pk": key[0], ":sk": key[1]}),
            ConsistentRead=True,
        )
        with passing_faults_as_unavailable():
            return [_read(item) for page in pages for item in page["Items"]]

    def newest(self, prefix: RowKey, since: str = "", rows: int | None = None) -> Iterator[Row]:
        """The rows of the partition whose `sk` begins so, from the last one to `since`.

        They are read as they are asked for, so many `rows` at a time.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=_write(
                {":pk": prefix[0], ":first": prefix[1] + since, ":last": prefix[1] + LAST}
            ),
            ScanIndexForward=False,
            PaginationConfig={"PageSize": rows or PAGE},
        )
        with passing_faults_as_unavailable():
            for page in pages:
                yield from map(_read, page["Items"])

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
                answer = self._past_conflicts(lambda: self._client.update_item(**call, **wanted))
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                raise ConditionFailedError({0: _read(_row_in(error))}) from error
        return _read(answer.get("Attributes", {}))

    def transact(self, *writes: Write) -> None:
        """All of the writes or none; ConditionFailedError with the rows that forbid it.

        Two transactions on the same row at once: one of them is tried again, and in the end is
        ObservationUnavailable. botocore's own tries of a call have one ClientRequestToken, so that
        they have their effect once; after an answer that was lost for good, a caller reads what
        stands there, as after any other failure.
        """
        items: Any = [self._part(write) for write in writes]
        with passing_faults_as_unavailable():
            try:
                self._past_conflicts(lambda: self._client.transact_write_items(TransactItems=items))
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                raise _why_cancelled(error) from error

    def _part(self, write: Write) -> Mapping[str, Any]:
        call = self._call(write.key, write.expression, write.values, write.condition)
        call["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if write.removes:
            return {"Delete": call}
        return {"Update" if write.expression else "ConditionCheck": call}

    def open_rows(self) -> list[Row]:
        """Every row that is open; the index may be some seconds behind the table."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#Open = :Open",
            ExpressionAttributeNames={"#Open": "Open"},
            ExpressionAttributeValues=_write({":Open": OPEN}),
        )
        with passing_faults_as_unavailable():
            return [_read(item) for page in pages for item in page["Items"]]

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
        row = _key(key)
        with passing_faults_as_unavailable():
            self._past_conflicts(lambda: self._client.delete_item(TableName=self._name, Key=row))

    def delete_if(self, key: RowKey, condition: str) -> bool:
        """Remove the row if the condition holds; whether it is gone."""
        call = self._call(key, "", {}, condition)
        with passing_faults_as_unavailable():
            try:
                self._past_conflicts(lambda: self._client.delete_item(**call))
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def _past_conflicts[T](self, call: Callable[[], T]) -> T:
        """What a call answers, which is made again if another's transaction stands in its way.

        botocore does not try it again: it does so for TransactionInProgressException, which is
        about a transaction with the same token, and for no conflict.
        """
        for pause in PAUSES:
            try:
                return call()
            except ClientError as error:
                if not _is_conflict(error):
                    raise
            self._clock.sleep(pause)
        return call()


def _is_conflict(error: ClientError) -> bool:
    """Whether a transaction of somebody else is all that forbids a write (API, TransactWriteItems).

    The same fault has one name where a single row is written, another within a transaction.
    """
    codes = {each["Code"] for each in _reasons_in(error).values()}
    return code_of(error) == "TransactionConflictException" or codes == {"TransactionConflict"}


def _why_cancelled(error: ClientError) -> Exception:
    reasons = _reasons_in(error)
    refused = {n: r for n, r in reasons.items() if r["Code"] == "ConditionalCheckFailed"}
    if refused:
        return ConditionFailedError({n: _read(r.get("Item", {})) for n, r in refused.items()})
    passing = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    if any(each["Code"] in passing for each in reasons.values()):
        return ObservationUnavailable(
            "DynamoDB throttles the table, or another transaction is changing the same row."
        )
    return error


def _reasons_in(error: ClientError) -> Mapping[int, Mapping[str, Any]]:
    """What forbids a transaction, by the place of the part that it forbids."""
    answer: Mapping[str, Any] = error.response
    reasons: Iterable[Mapping[str, Any]] = answer.get("CancellationReasons", [])
    return {n: each for n, each in enumerate(reasons) if each.get("Code") not in ("None", None)}


def _row_in(error: ClientError) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = error.response
    row: Mapping[str, Any] = answer.get("Item", {})
    return row


def _key(key: RowKey) -> Row:
    return _write({"pk": key[0], "sk": key[1]})


def _write(values: Mapping[str, Any]) -> Row:
    return {name: written(value) for name, value in values.items()}


def _read(item: Mapping[str, Any]) -> Row:
    return {name: read(value) for name, value in item.items()}
