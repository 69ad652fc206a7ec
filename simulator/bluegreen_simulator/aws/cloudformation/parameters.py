"""CloudFormation: the values of a template's parameters, and which of them it takes.

Rules and messages: CloudFormation User Guide, "Parameters section"; the messages as AWS answers.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.intrinsics import parameter as stored
from bluegreen_simulator.aws.cloudformation.templates import Template

LIST: Final = "CommaDelimitedList"
STORED: Final = "AWS::SSM::Parameter::Value<"
HIDDEN: Final = "****"
"""What is shown of a parameter with NoEcho."""


def complete(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """The texts of all parameters, defaults among them; ValidationError for what is not taken."""
    known = template.parameters
    unknown = [name for name in given if name not in known]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts = {
        name: given[name] if name in given else text_of(body["Default"])
        for name, body in known.items()
        if name in given or "Default" in body
    }
    missing = [name for name in known if name not in texts]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, text in texts.items():
        for broken in _broken(known[name], text):
            _refuse(name, known[name], broken)
    return texts


def text_of(default: Any) -> str:  # noqa: ANN401 - any scalar of YAML
    """A default as a text: YAML may have read it as a number or a truth."""
    return str(default).lower() if isinstance(default, bool) else str(default)


def is_taken(body: Mapping[str, Any], text: str) -> bool:
    """Whether CloudFormation takes the text as a value of the parameter."""
    return not [*_broken(body, text)]


def _refuse(name: str, body: Mapping[str, Any], broken: str) -> None:
    described = body.get("ConstraintDescription")
    if described and "must be a number" not in broken:
        raise invalid(f"Parameter '{name}' failed to satisfy constraint: {described}")
    raise invalid(f"Parameter '{name}' {broken}")


def _broken(body: Mapping[str, Any], text: str) -> Iterator[str]:
    """What of the constraints each value breaks; a list's items are looked at one by one."""
    kind = body["Type"]
    for item in items_of(text) if kind == LIST or kind.startswith("List<") else [text]:
        if "Number" in kind and not _is_number(item):
            yield "must be a number"
            return
        if "AllowedValues" in body and item not in [text_of(one) for one in body["AllowedValues"]]:
            yield f"must be one of AllowedValues: {[*map(text_of, body['AllowedValues'])]}".replace(
                "'", ""
            )
        if "AllowedPattern" in body and not re.fullmatch(body["AllowedPattern"], item):
            yield f"must match pattern {body['AllowedPattern']}"
        yield from _out_of_range(body, item)


def _out_of_range(body: Mapping[str, Any], item: str) -> Iterator[str]:
    if "MinLength" in body and len(item) < int(body["MinLength"]):
        yield f"must contain at least {body['MinLength']} characters"
    if "MaxLength" in body and len(item) > int(body["MaxLength"]):
        yield f"must contain at most {body['MaxLength']} characters"
    if "MinValue" in body and _is_number(item) and float(item) < float(body["MinValue"]):
        yield f"must be a number not less than {body['MinValue']}"
    if "MaxValue" in body and _is_number(item) and float(item) > float(body["MaxValue"]):
        yield f"must be a number not greater than {body['MaxValue']}"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", text) is not None


def values_of(template: Template, texts: Mapping[str, str], region: str) -> dict[str, Any]:
    """What Ref gives for each parameter: lists are split, and Parameter Store is asked."""
    return {
        name: _value(template.parameters[name]["Type"], text, region)
        for name, text in texts.items()
    }


def _value(kind: str, text: str, region: str) -> Any:  # noqa: ANN401 - by the type
    if kind.startswith(STORED):
        return _value(kind.removeprefix(STORED).removesuffix(">"), stored(text, region), region)
    if kind == LIST or kind.startswith("List<"):
        return items_of(text)
    if kind == "Number":
        return float(text) if re.search("[.eE]", text) else int(text)
    return text


def items_of(text: str) -> list[str]:
    """The items of a CommaDelimitedList."""
    return [item.strip() for item in text.split(",")]


def shown(template: Template, texts: Mapping[str, str], values: Mapping[str, Any]) -> list[Any]:
    """The parameters as DescribeStacks shows them; of one with NoEcho, that there is a value."""
    return [
        {
            "ParameterKey": name,
            "ParameterValue": HIDDEN if _is_hidden(template.parameters[name]) else text,
            **_resolved(template.parameters[name], values[name]),
        }
        for name, text in texts.items()
    ]


def _is_hidden(body: Mapping[str, Any]) -> bool:
    return str(body.get("NoEcho", False)).lower() == "true"


def _resolved(body: Mapping[str, Any], value: Any) -> dict[str, str]:  # noqa: ANN401 - any value
    if not body["Type"].startswith(STORED):
        return {}
    return {"ResolvedValue": ",".join(value) if isinstance(value, list) else str(value)}


def declared(template_body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters of a template as ValidateTemplate and GetTemplateSummary list them."""
    return [
        {
            "ParameterKey": name,
            **({"DefaultValue": text_of(body["Default"])} if "Default" in body else {}),
            "ParameterType": body["Type"],
            "NoEcho": _is_hidden(body),
            **({"Description": body["Description"]} if "Description" in body else {}),
            "ParameterConstraints": {
                "AllowedValues": [text_of(value) for value in body.get("AllowedValues", [])]
            },
        }
        for name, body in (template_body.get("Parameters") or {}).items()
    ]
