"""YAML texts: read strictly, as JSON is."""

from typing import Any

import pytest

from bluegreen_simulator.inputs.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: 1\na: 2", "a"),
        ("given: {alarms: [{}, {Period: 60, Period: 300}]}", "given.alarms[1].Period"),
        ("- {a: 1, 'a': 1}", "[0].a"),
        ("? [1]\n: {b: 1, b: 2}\n", None),
    ],
)
def test_a_member_that_is_there_twice_is_named_by_its_path(text: str, path: str | None) -> None:
    with pytest.raises(ValueError, match="twice") as refused:
        read_yaml(text)
    assert path is None or str(refused.value) == f'it has the member "{path}" twice'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {b: 600.0, c: [2.0, 0.5, 1.0e+3]}", {"a": {"b": 600, "c": [2, 0.5, 1000]}}),
        ("base: &b {a: 1}\nmore: {<<: *b, a: 2}", {"base": {"a": 1}, "more": {"a": 2}}),
        ("one: &o {a: 1}\ntwo: *o", {"one": {"a": 1}, "two": {"a": 1}}),
        ("", None),
        ("a: .inf", {"a": float("inf")}),
    ],
)
def test_what_is_there_once_is_read_and_whole_numbers_are_ints(text: str, value: Any) -> None:
    assert repr(read_yaml(text)) == repr(value)


@pytest.mark.parametrize("text", ["&a [*a]", "a: &a {b: *a}", "[" * 2_000, "a: [", "%x", "a: \x00"])
def test_what_cannot_be_read_is_no_crash(text: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        read_yaml(text)
