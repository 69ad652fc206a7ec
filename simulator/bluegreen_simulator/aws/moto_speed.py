"""What moto does slowly and we do quickly, with the same result: nothing of AWS is changed here."""

import json
from functools import cache
from typing import Any, Final

from moto.cloudformation.models import Stack
from moto.core import responses
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from bluegreen_simulator.aws.replacements import ORIGINALS, replaces

ABOUT_ITEMS: Final = frozenset({"GetItem", "Query", "UpdateItem", "DeleteItem"})
HEADERS: Final = {"Content-Type": "application/x-amz-json-1.0"}


@cache
def _method_names(clazz: type[object]) -> list[str]:
    names: list[str] = ORIGINALS[responses, "method_names_from_class"](clazz)
    return names


replaces(
    responses,
    "method_names_from_class",
    restores="nothing of AWS: a class is searched for its methods once, not at each call",
    original="9dbac89d082b",
)(_method_names)


@replaces(
    DynamoHandler,
    "serialized",
    restores="nothing of AWS: items are written as they are; moto tries ten names per attribute",
    original="af486a0ef132",
)
def _serialized(self: Any, action_result: Any) -> Any:  # noqa: ANN401 - moto has no types
    result = action_result.result
    if not isinstance(result, dict) or self._get_action() not in ABOUT_ITEMS:
        return ORIGINALS[DynamoHandler, "serialized"](self, action_result)
    body = json.dumps(result, default=DynamoType.to_json)
    return 200, HEADERS | self.response_headers, body


def _parse_template(template: str) -> dict[str, Any]:
    """JSON is YAML, but read as such it takes a tenth of a second."""
    try:
        parsed: dict[str, Any] = json.loads(template)
    except ValueError:
        parsed = ORIGINALS[Stack, "parse_template"].__func__(template)
    return parsed


replaces(
    Stack,
    "parse_template",
    restores="nothing of AWS: a template in JSON is read as JSON",
    original="780e8fac6c67",
)(staticmethod(_parse_template))
