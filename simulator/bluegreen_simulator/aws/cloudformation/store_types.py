"""CloudFormation: tables, keys and parameters."""

from typing import Any, Final, Self

from moto.kms import models as kms_models

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    Put,
    ResourceType,
    changed_names,
    undone_if_it_fails,
    without,
)
from bluegreen_simulator.aws.cloudformation.calls import call
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

RECOVERY: Final = "PointInTimeRecoverySpecification"


class Table(ResourceType):
    """A table with its backups."""

    type_name = "AWS::DynamoDB::Table"
    name_property = "TableName"
    longest_name = 255
    replaced_by = frozenset({"TableName", "ImportSourceSpecification", "KeySchema"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateTable, and UpdateContinuousBackups."""
        params = {**without(properties, RECOVERY, "TimeToLiveSpecification"), "TableName": name}
        made = call("dynamodb", "CreateTable", region, **params)["TableDescription"]
        table = cls(name, {"Arn": made["TableArn"]})
        with undone_if_it_fails() as undo:
            undo.callback(table.delete, {}, region)
            table._put(properties, region)
        return table

    def _put(self, properties: Properties, region: str) -> None:
        name = {"TableName": self.physical_id}
        if RECOVERY in properties:
            recovery = {RECOVERY: properties[RECOVERY]}
            call("dynamodb", "UpdateContinuousBackups", region, **name, **recovery)
        if "TimeToLiveSpecification" in properties:
            lives = {"TimeToLiveSpecification": properties["TimeToLiveSpecification"]}
            call("dynamodb", "UpdateTimeToLive", region, **name, **lives)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Its backups and how long items live; the rest is not modelled."""
        if set(changed_names(properties, before)) - {RECOVERY, "TimeToLiveSpecification"}:
            return super().update(properties, before, region)
        self._put(properties, region)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteTable."""
        del properties
        call("dynamodb", "DeleteTable", region, TableName=self.physical_id)


class Key(ResourceType):
    """A key with its policy."""

    type_name = "AWS::KMS::Key"

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateKey, and EnableKeyRotation."""
        del name  # a key has none
        own = without(properties, "KeyPolicy", "EnableKeyRotation", "PendingWindowInDays", "Tags")
        tags = [
            {"TagKey": one["Key"], "TagValue": one["Value"]} for one in properties.get("Tags", [])
        ]
        policy = {"Policy": properties["KeyPolicy"]} if "KeyPolicy" in properties else {}
        made = call("kms", "CreateKey", region, Tags=tags, **policy, **own)["KeyMetadata"]
        key = cls(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})
        if str(properties.get("EnableKeyRotation", False)).lower() == "true":
            call("kms", "EnableKeyRotation", region, KeyId=key.physical_id)
        return key

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """PutKeyPolicy; the rest is not modelled."""
        if set(changed_names(properties, before)) - {"KeyPolicy", "PendingWindowInDays"}:
            return super().update(properties, before, region)
        params = {"PolicyName": "default", "Policy": properties["KeyPolicy"]}
        call("kms", "PutKeyPolicy", region, KeyId=self.physical_id, **params)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """ScheduleKeyDeletion."""
        days = properties.get("PendingWindowInDays", 30)
        params = {"KeyId": self.physical_id, "PendingWindowInDays": days}
        call("kms", "ScheduleKeyDeletion", region, **params)


@replaces(
    kms_models,
    "generate_private_key",
    restores="a symmetric key has no private half; making one takes up to half a second",
    original="cdf2b67aac14",
)
def _private_half(key_spec: str) -> Any:  # noqa: ANN401 - moto has no types
    if key_spec == "SYMMETRIC_DEFAULT":
        return None
    return ORIGINALS[kms_models, "generate_private_key"](key_spec)


class Alias(ResourceType):
    """A key's other name."""

    type_name = "AWS::KMS::Alias"
    name_property = "AliasName"
    replaced_by = frozenset({"AliasName"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateAlias."""
        call("kms", "CreateAlias", region, **{**properties, "AliasName": name})
        return cls(name)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """UpdateAlias."""
        del before
        call("kms", "UpdateAlias", region, **properties)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteAlias."""
        del properties
        call("kms", "DeleteAlias", region, AliasName=self.physical_id)


class Parameter(Put):
    """A parameter of Parameter Store; AWS makes no SecureString by a template."""

    type_name = "AWS::SSM::Parameter"
    name_property = "Name"
    longest_name = 1011
    replaced_by = frozenset({"Name"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """PutParameter, which refuses one that is there."""
        tags = [{"Key": k, "Value": v} for k, v in properties.get("Tags", {}).items()]
        params = {**without(properties, "Name", "Tags"), **({"Tags": tags} if tags else {})}
        call("ssm", "PutParameter", region, Name=name, **params)
        return cls(name, {"Type": properties["Type"], "Value": str(properties["Value"])})

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """PutParameter of one that is there."""
        params = without(properties, "Name", "Tags")
        call("ssm", "PutParameter", region, Name=name, Overwrite=True, **params)
        return cls(name, {"Type": properties["Type"], "Value": str(properties["Value"])})

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteParameter."""
        del properties
        call("ssm", "DeleteParameter", region, Name=self.physical_id)


TYPES: tuple[type[ResourceType], ...] = (Table, Key, Alias, Parameter)
