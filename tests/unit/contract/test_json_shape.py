"""Shapes of JSON that are numbers in a range, or a word or a list, and what is wrong with one."""

import math
from typing import Any, Final

import pytest

from bluegreen.contract.json_shape import (
    Choice,
    ListOf,
    Number,
    Shape,
    Structure,
    Whole,
    WordOrList,
    with_whole_numbers,
)

RATE: Final = Number(0.0001, 0.99)
RATIO: Final = Number(1, 100)
MILLISECONDS: Final = Number(1, 900_000, "milliseconds")
SIZES: Final = WordOrList(
    Choice(("Small", "Large")), ListOf(Structure({"Size": Whole(1, 9)}, required=("Size",)), 1, 2)
)


def told(shape: Shape, value: object) -> list[tuple[str, str, str]]:
    findings = list(shape.check(value, "Place"))
    assert {finding.severity for finding in findings} <= {"ERROR"}
    return [(finding.id, finding.message, finding.fix) for finding in findings]


# ---- Numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (RATE, 0.99),
        (RATE, 0.0001),
        (RATIO, 1),
        (RATIO, 1.0),
        (RATIO, 1.25),
        (RATIO, 100),
        (MILLISECONDS, 900_000),
    ],
)
def test_a_number_in_its_range_is_taken(shape: Shape, value: float) -> None:
    assert told(shape, value) == []


@pytest.mark.parametrize(
    ("shape", "allowed"),
    [
        (RATE, "a number from 0.0001 to 0.99"),
        (RATIO, "a number from 1 to 100"),
        (MILLISECONDS, "a number from 1 to 900000 milliseconds"),
    ],
)
@pytest.mark.parametrize("value", [0, 0.0, -1, 900_001, 1e300, math.inf, -math.inf, math.nan])
def test_one_outside_of_it_is_refused_with_what_is_allowed(
    shape: Shape, allowed: str, value: float
) -> None:
    message = f"Place is {value}, which is not allowed."
    assert told(shape, value) == [("value-not-allowed", message, f"Allowed: {allowed}.")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "True"), (False, "False"), ("1", '"1"'), (None, "None"), ([1], "[1]")],
)
def test_what_is_no_number_is_named_as_that(value: object, shown: str) -> None:
    message = f"Place is {shown}, which has the wrong type."
    assert told(RATIO, value) == [("wrong-type", message, "Allowed: a number from 1 to 100.")]


def test_an_int_as_long_as_json_can_hold_is_refused_in_few_words() -> None:
    ((id_, message, _),) = told(RATIO, int("9" * 4300))
    assert id_ == "value-not-allowed"
    assert len(message) < 150


# ---- A word, or a list -----------------------------------------------------------------------

ALLOWED: Final = "Allowed: Small, Large, or a list of 1 to 2 items."


@pytest.mark.parametrize("value", ["Small", "Large", [{"Size": 1}], [{"Size": 1}, {"Size": 9.0}]])
def test_a_word_or_a_list_is_taken(value: object) -> None:
    assert told(SIZES, value) == []


@pytest.mark.parametrize("value", ["small", "", "Small ", "Size"])
def test_another_word_is_refused(value: str) -> None:
    shown = value.strip()
    message = f'Place is "{shown}", which is not allowed.'
    assert told(SIZES, value) == [("value-not-allowed", message, ALLOWED)]


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "None"), (1, "1"), (True, "True"), ({"Size": 1}, "{'Size': 1}")]
)
def test_what_is_neither_is_named_as_that(value: object, shown: str) -> None:
    message = f"Place is {shown}, which has the wrong type."
    assert told(SIZES, value) == [("wrong-type", message, ALLOWED)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "Place has 0 items, which is not allowed."),
        ([{"Size": 1}] * 3, "Place has 3 items, which is not allowed."),
        (["Small"], 'Place[0] is "Small", which has the wrong type.'),
        ([{"Size": 1}, {}], "Place[1].Size is missing."),
        ([{"Size": 1, "Colour": 2}], 'Unknown member "Place[0].Colour".'),
        ([{"Size": 0}], "Place[0].Size is 0, which is not allowed."),
    ],
)
def test_what_is_wrong_in_a_list_is_named_by_its_place(value: Any, message: str) -> None:
    assert [text for _, text, _ in told(SIZES, value)] == [message]


# ---- Whole numbers ---------------------------------------------------------------------------


def test_only_where_a_whole_number_is_wanted_one_becomes_an_int() -> None:
    shape = Structure({"Sizes": SIZES, "Ratio": RATIO, "Seconds": Whole(0)})
    value = {"Sizes": [{"Size": 2.0}], "Ratio": 2.0, "Seconds": 60.0, "Other": 1.0}
    assert repr(with_whole_numbers(value, shape)) == (
        "{'Sizes': [{'Size': 2}], 'Ratio': 2.0, 'Seconds': 60, 'Other': 1.0}"
    )
    assert with_whole_numbers("Small", SIZES) == "Small"
