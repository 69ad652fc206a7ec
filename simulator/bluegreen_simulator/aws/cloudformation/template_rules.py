"""CloudFormation: the Rules of a template, which refuse parameters that do not go together.

Rules: CloudFormation User Guide, "Rules": where the condition of one holds, each of its assertions
has to hold before anything is made.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def broken(template: Mapping[str, Any], parameters: Mapping[str, str]) -> Iterator[str]:
    """What the assertions say that do not hold; NotImplementedError by name of a function."""
    defaults = template.get("Parameters", {}).items()
    values = {name: str(known.get("Default", "")) for name, known in defaults} | {**parameters}
    for rule in template.get("Rules", {}).values():
        if not _holds(rule.get("RuleCondition", True), values):
            continue
        for assertion in rule["Assertions"]:
            if not _holds(assertion["Assert"], values):
                yield assertion["AssertDescription"]


def _holds(condition: Any, values: Mapping[str, str]) -> bool:  # noqa: ANN401 - any JSON
    if isinstance(condition, bool):
        return condition
    ((function, given),) = condition.items()
    match function:
        case "Fn::Equals":
            first, second = (_value(each, values) for each in given)
            return first == second
        case "Fn::Contains":
            texts, sought = given
            return _value(sought, values) in [_value(each, values) for each in texts]
        case "Fn::Not":
            return not _holds(given[0], values)
        case "Fn::And":
            return all(_holds(each, values) for each in given)
        case "Fn::Or":
            return any(_holds(each, values) for each in given)
    raise NotImplementedError(f"{function} in a rule of a template is not modelled.")


def _value(given: str | Mapping[str, str], values: Mapping[str, str]) -> str:
    if isinstance(given, str):
        return given
    ((function, name),) = given.items()
    if function != "Ref" or name not in values:
        raise NotImplementedError(f"{function} of {name} in a rule of a template is not modelled.")
    return values[name]
