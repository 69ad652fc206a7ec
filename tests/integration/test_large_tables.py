"""A table in which calls look at a few rows only answers as moto's own does, which looks at all."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from bluegreen_simulator.moto.replacements import ORIGINALS
from bluegreen_simulator.run.embedded import EmbeddedAws
from scripted_account import make_table

PARTITIONS, ROWS, CALLS = 3, 4, 80
WANTED = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


@contextmanager
def of_moto() -> Iterator[None]:
    """Let moto do its own work, as slowly as it does."""
    places = [(Table, "query"), (DynamoDBBackend, "transact_write_items")]
    ours = {place: getattr(*place) for place in places}
    for owner, name in places:
        setattr(owner, name, ORIGINALS[owner, name])
    try:
        yield
    finally:
        for (owner, name), function in ours.items():
            setattr(owner, name, function)


def key(chance: random.Random) -> dict[str, Any]:
    pk, sk = chance.randrange(PARTITIONS), chance.randrange(ROWS)
    return {"pk": {"S": f"P#{pk}"}, "sk": {"S": f"ROW#{sk}"}}


def part(chance: random.Random, table: str) -> dict[str, Any]:
    """One part of a transaction: it may well be refused, and so may two of the same row."""
    at, value = key(chance), {":v": {"S": str(chance.random())}}
    there = chance.choice(["attribute_exists(pk)", "attribute_not_exists(pk)"])
    kind = chance.choice(["Update", "Put", "Delete", "ConditionCheck"])
    common: dict[str, Any] = {"TableName": table, **WANTED}
    if kind == "ConditionCheck" or chance.random() < 0.3:
        common["ConditionExpression"] = there
    if kind == "Put":
        return {kind: {**common, "Item": {**at, "V": value[":v"]}}}
    if kind == "Update":
        name = chance.choice(["V", "Open"])
        setting = {"UpdateExpression": f"SET {name} = :v", "ExpressionAttributeValues": value}
        return {kind: {**common, "Key": at, **setting}}
    return {kind: {**common, "Key": at}}


def question(chance: random.Random, table: str) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {
            "TableName": table,
            "IndexName": chance.choice(["Open", "Open", "None"]),
            "KeyConditionExpression": "#o = :o",
            "ExpressionAttributeNames": {"#o": "Open"},
            "ExpressionAttributeValues": {":o": {"S": "OPEN"}},
        }
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
        "ExpressionAttributeValues": {":pk": key(chance)["pk"], ":sk": {"S": "ROW#"}},
        "ScanIndexForward": chance.random() < 0.5,
        "Limit": chance.randrange(1, 5),
    }


def answers(seed: int) -> list[Any]:
    """What a drawn session of calls is answered, and what stands in the table after each."""
    chance, told = random.Random(seed), list[Any]()  # noqa: S311 - repeatable, not secret
    with EmbeddedAws() as aws:
        table, client = make_table(aws)._name, aws.client("dynamodb")
        for _ in range(CALLS):
            told.append(answer(client, chance, table))
            told.append(client.scan(TableName=table)["Items"])
    return told


def answer(client: Any, chance: random.Random, table: str) -> Mapping[str, Any]:
    try:
        draw = chance.random()
        if draw < 0.4:
            parts = [part(chance, table) for _ in range(chance.randrange(1, 4))]
            told: dict[str, Any] = client.transact_write_items(TransactItems=parts)
        elif draw < 0.6:
            told = client.put_item(
                TableName=table, Item={**key(chance), "Open": {"S": chance.choice("ab") * 2}}
            )
        elif draw < 0.7:
            told = client.put_item(TableName=table, Item={**key(chance), "Open": {"S": "OPEN"}})
        else:
            told = client.query(**question(chance, table))
    except ClientError as error:
        told = {**error.response}
    return {name: value for name, value in told.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize("seed", range(2))
def test_it_answers_as_moto_does(seed: int) -> None:
    ours = answers(seed)
    with EmbeddedAws():  # so that everything is in place, which of_moto takes away
        pass
    with of_moto(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("bluegreen_simulator.run.embedded.apply_all", lambda: None)
        assert answers(seed) == ours
    refused = [each for each in ours if isinstance(each, dict) and "Error" in each]
    assert refused
    assert any(isinstance(each, dict) and each.get("Items") for each in ours)


def test_a_transaction_leaves_nothing_behind_in_memory() -> None:
    with EmbeddedAws() as aws:
        table, client = make_table(aws)._name, aws.client("dynamodb")
        for number in range(20):
            client.put_item(TableName=table, Item={"pk": {"S": "P"}, "sk": {"S": str(number)}})
        tables, items = len(Table.instances_tracked), len(Item.instances_tracked)
        at = {"pk": {"S": "P"}, "sk": {"S": "1"}}
        check = {"TableName": table, "Key": at, "ConditionExpression": "attribute_exists(pk)"}
        client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
        client.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": at["pk"]},
        )
        assert (len(Table.instances_tracked), len(Item.instances_tracked)) == (tables, items)
