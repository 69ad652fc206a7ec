"""What moto's interpreter of workflows does for each expression: it copies the state's input."""

from copy import deepcopy

from jsonata.jsonata import Jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.states import States

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import replaces

PLAIN = frozenset({str, int, float, bool, type(None)})


def _extract(query: str | None, data: Untyped) -> Untyped:
    return _copied(data if query is None else states.extract_json(query, data))


def _copied(value: Untyped) -> Untyped:
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is dict:
        return {
            name: each if type(each) in PLAIN else _copied(each) for name, each in value.items()
        }
    if kind is list:
        return [each if type(each) in PLAIN else _copied(each) for each in value]
    return deepcopy(value)


@replaces(
    States,
    "reset",
    restores="nothing of AWS: likewise",
    original="3026ea3d7689",
)
def _reset(self: Untyped, input_value: Untyped) -> None:
    self._states_data.update(input=_copied(input_value), result=None, errorOutput=None)


@replaces(
    States,
    "set_result",
    restores="nothing of AWS: likewise",
    original="29f5a51aba33",
)
def _set_result(self: Untyped, result: Untyped) -> None:
    self._states_data["result"] = _copied(result)


@replaces(
    Jsonata.Frame,
    "lookup",
    restores="nothing of AWS: a variable is looked for outwards without a call for each frame",
    original="0abb2bf33e68",
)
def _lookup(self: Untyped, name: str) -> Untyped:
    frame = self
    while frame is not None:
        if name in frame.bindings and frame.bindings[name] is not Utils.NONE:
            return frame.bindings[name]
        frame = frame.parent
    return None


replaces(
    States,
    "_extract",
    restores="nothing of AWS: JSON is copied as JSON",
    original="9ab6dac771c5",
)(staticmethod(_extract))
