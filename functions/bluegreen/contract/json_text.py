"""JSON as people write it: read strictly, so that nothing in it is silently passed over."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Final, NoReturn

from bluegreen.contract.text import QUOTE_LENGTH, quoted

_Pairs = list[tuple[str, object]]
TOO_DEEP: Final = "it is nested too deeply"


def read_json(text: str) -> object:
    """The value of a JSON text; ValueError if it is none, says a member twice, or has a NaN.

    Of a member that is there twice, JSON readers take one, and do not agree which. The error names
    it by its path. (RFC 8259, section 4: the names within an object should be unique.) Whole
    numbers are ints, 600.0 too.
    """
    repeated: list[tuple[dict[str, object], str]] = []

    def members(pairs: _Pairs) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated.append((found, _repeated_in(pairs)))
        return found

    try:
        value: object = json.loads(
            text, object_pairs_hook=members, parse_float=_number, parse_constant=_refuse
        )
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    if repeated:
        raise ValueError(_twice(value, *repeated[-1]))  # the last is in none that was dropped
    return value


def _repeated_in(pairs: _Pairs) -> str:
    counted = Counter(name for name, _ in pairs)
    return next(name for name, count in counted.items() if count > 1)


def _number(text: str) -> float:
    """JSON has one kind of number: 600.0 is the whole number 600."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")


def _twice(value: object, owner: dict[str, object], name: str) -> str:
    place = next(path for path, each in _parts_of(value) if each is owner)
    return repetition(f"{place}.{name}" if place else name)


def repetition(path: str) -> str:
    """What is wrong with a text that has a member twice, as part of a sentence."""
    shown = path if len(path) <= QUOTE_LENGTH else f"…{path[1 - QUOTE_LENGTH :]}"
    return f"it has the member {quoted(shown)} twice"


def _parts_of(value: object) -> Iterator[tuple[str, object]]:
    """Every part of a value with its path, without recursion: it may be nested deeply."""
    open_: list[tuple[str, object]] = [("", value)]
    while open_:
        path, part = open_.pop()
        yield path, part
        if isinstance(part, dict):
            open_ += [(f"{path}.{name}" if path else name, each) for name, each in part.items()]
        elif isinstance(part, list):
            open_ += [(f"{path}[{index}]", each) for index, each in enumerate(part)]
