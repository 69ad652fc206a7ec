"""Check and schema give one answer on a request, however its numbers are written."""

import json
import math
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types

from bluegreen.contract.findings import rejecting
from bluegreen.contract.json_text import read_json
from bluegreen.request.request import STARTED_BY, Request, check
from bluegreen_cli.request_schema import request_schema
from property.faults import places_in
from property.test_request_properties import VALID, WHOLE

SCHEMA = Draft202012Validator(request_schema())
OTHERS = [600.5, 1e-9, True, False, "600", None, [600], 0, 0.0, -0.0, -1.0, 1e6, 1e300, math.inf]
NUMBERS = st.sampled_from(OTHERS) | st.integers(-10, 30_000) | st.integers(-10, 30_000).map(float)
PARENTS = st.text(WHOLE, max_size=300)
DEFAULTS = st.sampled_from([False])
FROM_AWS = st.fixed_dictionaries(
    {}, optional={STARTED_BY: PARENTS, "RetainDeploymentConfig": DEFAULTS}
)


def numbers_of(request: Any) -> list[tuple[Any, Any]]:
    """What holds each number of a request, and by which key."""
    found = [(holder, key) for _, _, holder, key in places_in(request)]
    return [(holder, key) for holder, key in found if type(holder[key]) in {int, float}]


def with_points(request: Any) -> Any:
    """The same request, as tools write it that have one kind of number."""
    copy = deepcopy(request)
    for holder, key in numbers_of(copy):
        holder[key] = float(holder[key])
    return copy


def is_taken(request: Any) -> bool:
    return not rejecting(check(request))


@given(VALID, FROM_AWS)
def test_a_valid_request_is_valid_by_the_schema_and_with_points_the_same(
    raw: Any, more: dict[str, Any]
) -> None:
    raw = {**raw, **more}
    assert is_taken(raw)
    assert is_taken(with_points(raw))
    assert SCHEMA.is_valid(raw)
    assert SCHEMA.is_valid(with_points(raw))
    sent = Request.from_json(with_points(raw)).to_json()
    assert json.dumps(sent) == json.dumps(Request.from_json(raw).to_json())


@settings(max_examples=200)
@given(VALID, NUMBERS, st.data())
def test_any_other_number_gets_one_answer_from_both(raw: Any, other: Any, data: Any) -> None:
    request = deepcopy(raw)
    places = numbers_of(request)
    if not places:
        return
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = other
    assert is_taken(request) == SCHEMA.is_valid(request)


@given(VALID)
def test_and_so_does_the_text_of_a_file(raw: Any) -> None:
    read = read_json(json.dumps(with_points(raw)))
    assert json.dumps(read) == json.dumps(raw)
