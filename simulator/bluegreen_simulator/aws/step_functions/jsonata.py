"""JSONata in workflows: moto parses it and leaves its evaluation to a JVM; here Python evaluates.

moto writes the values of `$states` and of variables into each expression as JSON text. Here an
expression only names them, and takes them from a register when it is evaluated, right after:
so its text is the same each time, and parsed once.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import jsonata
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

_VALUES: Final[dict[str, Any]] = {}


def _parse(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Step Functions' own function (Developer Guide, "JSONata functions provided by ...")."""
    return json.loads(text)


@cache
def _parsed(expression: str) -> jsonata.Jsonata:
    parsed = jsonata.Jsonata(expression)
    parsed.register_lambda("bound", lambda name: _VALUES[name])
    parsed.register_lambda("parse", _parse)
    return parsed


@replaces(
    moto_jsonata,
    "_eval_jsonata",
    restores="JSONata expressions are evaluated",
    original="absent",
)
def evaluate(expression: str) -> Any:  # noqa: ANN401 - any JSON
    """The value of an expression whose variables were declared just before."""
    try:
        result = _parsed(expression).evaluate(None)
        return json.loads(json.dumps(result))
    except Exception as error:
        raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error


@replaces(
    StringJSONata,
    "_eval_body",
    restores="an error in an expression is States.QueryEvaluationError; in moto States.Runtime",
    original="277b6f413214",
)
def _evaluate_in_state(self: Any, env: Any) -> None:  # noqa: ANN401 - moto has no types
    try:
        ORIGINALS[StringJSONata, "_eval_body"](self, env)
    except moto_jsonata.JSONataException as error:
        cause = f"The JSONata expression '{self.expression}' failed: {error.details}"
        raise FailureEventException(failure_event=_failure(env, cause)) from error


def _failure(env: Any, cause: str) -> FailureEvent:  # noqa: ANN401 - moto has no types
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EvaluationFailedEventDetails(cause=cause, error=name.error_name)
    return FailureEvent(
        env=env,
        error_name=name,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(evaluationFailedEventDetails=details),
    )


def declare(bindings: Mapping[str, Any]) -> str:
    """Declare variables (`$name` to value) for the expression that follows."""
    _VALUES.update(bindings)
    return "".join(f"{name}:=$bound('{name}');" for name in bindings)


for _module in (moto_jsonata, states, variable_store):
    replaces(
        _module,
        "encode_jsonata_variable_declarations",
        restores="a variable's value may hold quotes and line breaks",
        original="c33b311faa45",
    )(declare)


@replaces(
    variable_store.VariableStore,
    "get_variable_declarations",
    restores="an execution reads its own variables, however many run at the same time",
    original="b14fdf7fe78f",
)
def _declarations(self: Any) -> str:  # noqa: ANN401 - moto has no types
    """Without moto's cache: what is declared holds for the expression that follows, no longer."""
    self._outer_variable_declaration_cache = None
    self._variable_declarations_cache = None
    original: Any = ORIGINALS[variable_store.VariableStore, "get_variable_declarations"]
    declared: str = original(self)
    return declared
