"""Attribute values are those that boto3 writes and reads, and nothing that no row of ours holds."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.aws.dynamodb.attributes import read, written
from bluegreen.contract.record import Verdict

NUMBERS = st.integers(-(10**37), 10**37)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text() | NUMBERS.map(Decimal),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_values_are_written_and_read_as_by_boto3(value: Any) -> None:
    attribute = TypeSerializer().serialize(value)
    assert written(value) == attribute
    assert read(attribute) == TypeDeserializer().deserialize(attribute) == value


@pytest.mark.parametrize("value", [True, False, 0, 1, Decimal("0.5"), "", (), ("a", 1), {}])
def test_what_is_equal_in_python_is_told_apart(value: Any) -> None:
    assert written(value) == TypeSerializer().serialize(value)


def test_a_word_of_an_enumeration_is_a_text() -> None:
    assert written(Verdict.SUCCEEDED) == {"S": "SUCCEEDED"}


def test_numbers_are_read_exactly() -> None:
    assert type(read({"N": "3"})) is Decimal


@pytest.mark.parametrize("value", [0.5, b"bytes", {"a", "b"}, object()])
def test_what_no_row_holds_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="A row holds no"):
        written(value)


@pytest.mark.parametrize("kind", ["B", "SS", "NS", "BS"])
def test_a_type_that_is_never_written_is_refused(kind: str) -> None:
    with pytest.raises(TypeError, match=kind):
        read({kind: []})
