"""DynamoDB's attribute values, written from Python's and read back: API, `AttributeValue`.

boto3 has the same, at the price of importing all of it: 60 modules that no function needs.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Attribute = dict[str, Any]


def written(value: object) -> Attribute:
    """The value as DynamoDB takes it; TypeError for what no row of ours holds."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case Mapping():
            return {"M": {name: written(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [written(member) for member in value]}
    raise TypeError(f"A row holds no {type(value).__name__}.")


def read(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any value
    """What DynamoDB shows; numbers as Decimal. TypeError for a type that we never write."""
    ((kind, value),) = attribute.items()
    match kind:
        case "NULL":
            return None
        case "BOOL" | "S":
            return value
        case "N":
            return Decimal(value)
        case "M":
            return {name: read(member) for name, member in value.items()}
        case "L":
            return [read(member) for member in value]
    raise TypeError(f"Rows of ours have no attributes of type {kind}.")
