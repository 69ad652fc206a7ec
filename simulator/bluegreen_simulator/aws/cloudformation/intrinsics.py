"""CloudFormation: the functions of a template, such as Ref and Fn::Sub, and what they give.

Rules: CloudFormation Template Reference, "Intrinsic functions", "Condition functions" and "Using
dynamic references". A function that is none of these here is refused by its name.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from bluegreen_simulator.aws.cloudformation.base_type import ResourceType
from bluegreen_simulator.aws.cloudformation.calls import client_of
from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.templates import Template

DYNAMIC: Final = re.compile(r"\{\{resolve:([a-z-]+):([^}]+)\}\}")
IN_SUB: Final = re.compile(r"\$\{(!?)([^}]+)\}")
NOTHING: Final = object()
"""What AWS::NoValue gives: the property or the item is left out."""


class Unknown(ResourceType):
    """Stands for a resource that a change set has not made yet: nobody knows what it will be."""

    def __init__(self) -> None:
        super().__init__("{{changeSet:KNOWN_AFTER_APPLY}}")


class Evaluator:
    """Says what a template's values are.

    `names` are the values of parameters and pseudo parameters, `made` gives the resource of a
    logical id or None, `exports` are what other stacks have exported.
    """

    def __init__(
        self,
        template: Template,
        names: Mapping[str, Any],
        made: Callable[[str], ResourceType | None],
        exports: Mapping[str, str],
    ) -> None:
        self._body = template.body
        self._names = names
        self._made = made
        self._exports = exports
        self._conditions: dict[str, bool] = {}
        self._resolved: dict[str, str] = {}
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::If": self._if,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::Sub": self._sub,
            "Fn::FindInMap": self._find,
            "Fn::ImportValue": self._import,
            "Fn::GetAZs": self._zones,
            "Fn::Base64": lambda given: base64.b64encode(self.text(given).encode()).decode(),
        }

    def value(self, given: Any) -> Any:  # noqa: ANN401 - any JSON
        """The value with every function in it replaced by what it gives."""
        if isinstance(given, dict):
            if len(given) == 1:
                ((name, argument),) = given.items()
                if name in self._functions:
                    return self._functions[name](argument)
                if name.startswith("Fn::"):
                    raise NotImplementedError(f"{name} is not modelled in the embedded AWS.")
            found = {name: self.value(item) for name, item in given.items()}
            return {name: item for name, item in found.items() if item is not NOTHING}
        if isinstance(given, list):
            return [item for item in map(self.value, given) if item is not NOTHING]
        if isinstance(given, str) and "{{resolve:" in given:
            return DYNAMIC.sub(lambda match: self._dynamic(match[1], match[2]), given)
        return given

    def text(self, given: Any) -> str:  # noqa: ANN401 - any JSON
        """The value as the text that it is joined as."""
        found = self.value(given)
        return str(found).lower() if isinstance(found, bool) else str(found)

    def holds(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._conditions:
            known = self._body.get("Conditions") or {}
            if name not in known:
                raise invalid(f"Template format error: Unresolved condition dependency {name}")
            self._conditions[name] = self._is_true(known[name])
        return self._conditions[name]

    def _is_true(self, given: Any) -> bool:  # noqa: ANN401 - any JSON
        if not isinstance(given, dict):
            return str(given).lower() == "true"
        ((name, argument),) = given.items()
        match name:
            case "Condition":
                return self.holds(argument)
            case "Fn::Equals":
                return self.text(argument[0]) == self.text(argument[1])
            case "Fn::Not":
                return not self._is_true(argument[0])
            case "Fn::And":
                return all(self._is_true(one) for one in argument)
            case "Fn::Or":
                return any(self._is_true(one) for one in argument)
        raise NotImplementedError(f"{name} in a condition is not modelled in the embedded AWS.")

    def _ref(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        if name == "AWS::NoValue":
            return NOTHING
        return self._names[name] if name in self._names else self._resource(name).physical_id

    def _resource(self, name: str) -> ResourceType:
        made = self._made(name)
        if made is None:
            raise invalid(
                f"Template format error: Unresolved resource dependencies [{name}] in the "
                "Resources block of the template"
            )
        return made

    def _attribute(self, given: str | list[str]) -> str:
        name, attribute = given.split(".", 1) if isinstance(given, str) else given
        resource, attribute = self._resource(name), self.text(attribute)
        if isinstance(resource, Unknown):
            return f"{resource.physical_id}.{name}.{attribute}"
        if attribute not in resource.attributes:
            raise invalid(
                f"Template error: resource {name} does not support attribute type {attribute} in "
                "Fn::GetAtt"
            )
        return resource.attributes[attribute]

    def _if(self, given: list[Any]) -> Any:  # noqa: ANN401 - any JSON
        condition, then, otherwise = given
        return self.value(then if self.holds(condition) else otherwise)

    def _join(self, given: list[Any]) -> str:
        delimiter, parts = given
        joined = self.value(parts)
        if not isinstance(joined, list):
            raise invalid("Template error: every Fn::Join object requires a list of values.")
        return str(delimiter).join(self.text(part) for part in joined)

    def _split(self, given: list[Any]) -> list[str]:
        return self.text(given[1]).split(given[0])

    def _select(self, given: list[Any]) -> Any:  # noqa: ANN401 - any JSON
        index, values = int(self.text(given[0])), self.value(given[1])
        if not 0 <= index < len(values):
            raise invalid("Template error: Fn::Select cannot select nonexistent value at index")
        return values[index]

    def _sub(self, given: str | list[Any]) -> str:
        text, own = (given, {}) if isinstance(given, str) else given
        return IN_SUB.sub(lambda match: self._named(match, own), self.value(text))

    def _named(self, match: re.Match[str], own: Mapping[str, Any]) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        name = match[2].strip()
        if name in own:
            return self.text(own[name])
        return self.text({"Fn::GetAtt": name} if "." in name else {"Ref": name})

    def _find(self, given: list[Any]) -> Any:  # noqa: ANN401 - any JSON
        names = [self.text(part) for part in given[:3]]
        found: Any = self._body.get("Mappings") or {}
        for name in names:
            if name not in found:
                raise invalid(f"Template error: Unable to get mapping for {'::'.join(names)}")
            found = found[name]
        return found

    def _import(self, given: Any) -> str:  # noqa: ANN401 - any JSON
        name = self.text(given)
        if name not in self._exports:
            raise invalid(f"No export named {name} found.")
        return self._exports[name]

    def _zones(self, given: Any) -> list[str]:  # noqa: ANN401 - any JSON
        region = self.text(given) or self._names["AWS::Region"]
        return [f"{region}{letter}" for letter in "abc"]

    def _dynamic(self, service: str, rest: str) -> str:
        if service != "ssm":
            raise NotImplementedError(
                f"A dynamic reference to {service} is not modelled in the embedded AWS."
            )
        if rest not in self._resolved:
            self._resolved[rest] = parameter(rest, self._names["AWS::Region"])
        return self._resolved[rest]


def parameter(name: str, region: str) -> str:
    """The value of a parameter of Parameter Store, `name` or `name:version`."""
    try:
        found = client_of("ssm", region).get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        raise invalid(f"Parameters: [ssm:{name}] cannot be found.") from error
    value: str = found["Value"]
    return value
