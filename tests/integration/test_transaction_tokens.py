"""A transaction that comes again with the same token, by the API's page on TransactWriteItems."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bluegreen_simulator.run.embedded import EmbeddedAws
from scripted_account import make_table

KEY = {"pk": {"S": "P"}, "sk": {"S": "ROW"}}
MISMATCH = "IdempotentParameterMismatchException"


@dataclass
class Counting:
    """A row that each transaction with effect adds to."""

    aws: EmbeddedAws
    table: str

    def add(self, token: str, by: int = 1, **more: Any) -> None:
        """Add to the row in a transaction, as somebody's client sends it."""
        update: Any = {
            "TableName": self.table,
            "Key": KEY,
            "UpdateExpression": "ADD Added :by",
            "ExpressionAttributeValues": {":by": {"N": str(by)}},
            **more,
        }
        client = self.aws.client("dynamodb")
        client.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)

    @property
    def added(self) -> int:
        found = self.aws.client("dynamodb").get_item(TableName=self.table, Key=KEY)
        return int(found.get("Item", {}).get("Added", {"N": "0"})["N"])


@pytest.fixture
def row() -> Iterator[Counting]:
    with EmbeddedAws() as aws:
        yield Counting(aws, make_table(aws)._name)


def test_the_same_transaction_has_its_effect_once_in_ten_minutes(row: Counting) -> None:
    row.add("one")
    row.aws.clock.sleep(599)
    row.add("one")
    assert row.added == 1
    row.aws.clock.sleep(1)  # a request in between does not let it hold for longer
    row.add("one")
    assert row.added == 2


def test_another_token_is_another_transaction(row: Counting) -> None:
    row.add("one")
    row.add("two")
    assert row.added == 2


def test_other_parameters_with_a_token_are_refused(row: Counting) -> None:
    row.add("one")
    with pytest.raises(ClientError, match=MISMATCH) as refused:
        row.add("one", by=5)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert row.added == 1
    row.aws.clock.sleep(600)
    row.add("one", by=5)
    assert row.added == 6


def test_the_order_of_members_is_no_other_parameter(row: Counting) -> None:
    names = {"#a": "A", "#b": "B"}
    asked: Any = {"ConditionExpression": "attribute_not_exists(#a) OR attribute_exists(#b)"}
    row.add("one", **asked, ExpressionAttributeNames=names)
    row.add("one", **asked, ExpressionAttributeNames=dict(reversed(names.items())))
    assert row.added == 1


def test_what_was_cancelled_may_come_again(row: Counting) -> None:
    forbidden: Any = {"ConditionExpression": "attribute_exists(pk)"}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        row.add("one", **forbidden)
    row.add("two")
    row.add("one", **forbidden)
    assert row.added == 2


def test_a_new_aws_knows_no_token() -> None:
    for _ in range(2):
        with EmbeddedAws() as aws:
            row = Counting(aws, make_table(aws)._name)
            row.add("one")
            assert row.added == 1
