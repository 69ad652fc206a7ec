"""JSON texts: read strictly, and what is wrong with one is named by its place."""

import json
import math
from typing import Any

import pytest

from bluegreen.contract.json_text import read_json

REPEATED = [
    ('{"a": 1, "a": 1}', "a"),
    ('{"a": {"b": 1, "c": 2, "b": 3}}', "a.b"),
    ('{"a": [{}, {"b": {"c": 1, "c": 2}}]}', "a[1].b.c"),
    ('[{"a": 1, "\\u0061": 2}]', "[0].a"),
    ('{"a": {"b": 1, "b": 2}, "a": 3}', "a"),  # what was dropped is not there to be named
    ('{"a": {"": 1, "": 2}}', "a."),
    (f'{{"{"x" * 200}": {{"a": 1, "a": 2}}}}', f"…{'x' * 77}.a"),
]


@pytest.mark.parametrize(("text", "path"), REPEATED)
def test_a_member_that_is_there_twice_is_named_by_its_path(text: str, path: str) -> None:
    with pytest.raises(ValueError, match="twice") as refused:
        read_json(text)
    assert str(refused.value) == f'it has the member "{path}" twice'


@pytest.mark.parametrize("text", ['{"a": {"b": 1}, "c": {"b": 1}}', "[]", '"a"', "null", "1"])
def test_what_is_there_once_is_read_as_it_is(text: str) -> None:
    assert read_json(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("600.0", 600), ("1e3", 1000), ("-2.0", -2), ("0.5", 0.5), ("[1.50]", [1.5]), ("-0.0", 0)],
)
def test_a_whole_number_is_an_int_however_it_is_written(text: str, value: Any) -> None:
    assert repr(read_json(text)) == repr(value)


def test_a_number_that_is_too_large_is_no_whole_one() -> None:
    assert read_json("1e400") == math.inf


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_what_json_has_no_number_for_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number in JSON"):
        read_json(text)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" * 200_000 + "]" * 200_000])
def test_what_is_nested_too_deeply_is_refused_and_no_crash(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json(text)
