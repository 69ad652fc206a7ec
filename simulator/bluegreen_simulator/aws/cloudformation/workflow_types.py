"""CloudFormation: state machines, rules of EventBridge, and log groups."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Self

import yaml

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    Put,
    ResourceType,
    changed_names,
    undone_if_it_fails,
    without,
)
from bluegreen_simulator.aws.cloudformation.calls import call, client_of

DEFINITIONS: Final = 16
"""How many definitions are remembered: simulations deploy the same one again and again."""

DEFINITION = ("Definition", "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions")


class StateMachine(ResourceType):
    """Made from a definition in the template or in S3, with its substitutions."""

    type_name = "AWS::StepFunctions::StateMachine"
    name_property = "StateMachineName"
    longest_name = 80
    replaced_by = frozenset({"StateMachineName", "StateMachineType"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateStateMachine."""
        own = without(properties, *DEFINITION, "StateMachineName", "StateMachineType")
        kind = properties.get("StateMachineType", "STANDARD")
        params = {"name": name, "type": kind, "definition": _definition(properties, region)}
        made = call("stepfunctions", "CreateStateMachine", region, **params, **own)
        arn = made["stateMachineArn"]
        return cls(arn, {"Arn": arn, "Name": name})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """UpdateStateMachine; new tags are not modelled."""
        if "Tags" in changed_names(properties, before):
            return super().update(properties, before, region)
        own = without(properties, *DEFINITION, "StateMachineName", "StateMachineType", "Tags")
        definition = _definition(properties, region)
        params = {"stateMachineArn": self.physical_id, "definition": definition}
        call("stepfunctions", "UpdateStateMachine", region, **params, **own)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteStateMachine."""
        del properties
        call("stepfunctions", "DeleteStateMachine", region, stateMachineArn=self.physical_id)


def _definition(properties: Properties, region: str) -> Any:  # noqa: ANN401 - a text or an object
    """The definition, with `${Name}` replaced where a substitution is given."""
    given = properties.get("DefinitionSubstitutions", {})
    if "Definition" in properties:
        return _substituted(properties["Definition"], given)
    if "DefinitionString" in properties:
        return _substituted(properties["DefinitionString"], given)
    location = properties["DefinitionS3Location"]
    place = {"Bucket": location["Bucket"], "Key": location["Key"]}
    if "Version" in location:
        place["VersionId"] = location["Version"]
    stored: str = client_of("s3", region).get_object(**place)["Body"].read().decode()
    return _read(_substituted(stored, given))


@lru_cache(DEFINITIONS)
def _read(text: str) -> Any:  # noqa: ANN401 - an object, which nobody changes
    """The definition in a text of JSON or YAML; the reader in C is six times as quick."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _substituted(value: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _substituted(item, given) for name, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item, given) for item in value]
    if not isinstance(value, str):
        return value
    texts = {f"${{{name}}}": str(text) for name, text in given.items()}
    return re.sub(r"\$\{\w+\}", lambda match: texts.get(match[0], match[0]), value)


class Rule(Put):
    """A rule of EventBridge with its targets."""

    type_name = "AWS::Events::Rule"
    name_property = "Name"
    replaced_by = frozenset({"Name", "EventBusName"})

    @classmethod
    def is_taken(cls, name: str, region: str) -> bool:
        """Whether the default bus has such a rule; PutRule would change it."""
        found = client_of("events", region).list_rules(NamePrefix=name)["Rules"]
        return name in [rule["Name"] for rule in found]

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """PutRule and PutTargets."""
        rule = without(properties, "Name", "Targets")
        bus = {name: properties[name] for name in ("EventBusName",) if name in properties}
        made = call("events", "PutRule", region, Name=name, **rule)
        with undone_if_it_fails() as undo:
            undo.callback(call, "events", "DeleteRule", region, Name=name, **bus)
            targets = properties.get("Targets")
            if targets:
                call("events", "PutTargets", region, Rule=name, Targets=targets, **bus)
        return cls(name, {"Arn": made["RuleArn"]})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Put it there anew, without the targets that it had and has not any more."""
        kept = {target["Id"] for target in properties.get("Targets", [])}
        gone = [one["Id"] for one in before.get("Targets", []) if one["Id"] not in kept]
        if gone:
            call("events", "RemoveTargets", region, Rule=self.name, Ids=gone)
        return super().update(properties, before, region)

    def delete(self, properties: Properties, region: str) -> None:
        """RemoveTargets and DeleteRule."""
        bus = {name: properties[name] for name in ("EventBusName",) if name in properties}
        ids = [target["Id"] for target in properties.get("Targets", [])]
        if ids:
            call("events", "RemoveTargets", region, Rule=self.physical_id, Ids=ids, **bus)
        call("events", "DeleteRule", region, Name=self.physical_id, **bus)


class LogGroup(ResourceType):
    """A log group with its key and its retention."""

    type_name = "AWS::Logs::LogGroup"
    name_property = "LogGroupName"
    longest_name = 512
    replaced_by = frozenset({"LogGroupName"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateLogGroup, and PutRetentionPolicy."""
        params = without(properties, "LogGroupName", "RetentionInDays", "Tags")
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        with_tags = {"tags": tags} if tags else {}
        call("logs", "CreateLogGroup", region, logGroupName=name, **params, **with_tags)
        with undone_if_it_fails() as undo:
            undo.callback(call, "logs", "DeleteLogGroup", region, logGroupName=name)
            if "RetentionInDays" in properties:
                _retain(name, properties["RetentionInDays"], region)
        found = client_of("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        (arn,) = (group["arn"] for group in found if group["logGroupName"] == name)
        return cls(name, {"Arn": arn})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """PutRetentionPolicy and DeleteRetentionPolicy; another key is not modelled."""
        if changed_names(properties, before) != ["RetentionInDays"]:
            return super().update(properties, before, region)
        if "RetentionInDays" in properties:
            _retain(self.physical_id, properties["RetentionInDays"], region)
        else:
            call("logs", "DeleteRetentionPolicy", region, logGroupName=self.physical_id)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteLogGroup."""
        del properties
        call("logs", "DeleteLogGroup", region, logGroupName=self.physical_id)


def _retain(name: str, days: int | str, region: str) -> None:
    call("logs", "PutRetentionPolicy", region, logGroupName=name, retentionInDays=days)


TYPES: tuple[type[ResourceType], ...] = (StateMachine, Rule, LogGroup)
