"""CloudFormation: roles and policies of IAM."""

import json
from collections.abc import Iterable
from typing import Any, Final, Self

from moto.iam.models import iam_backends

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    ResourceType,
    changed_names,
    undone_if_it_fails,
    without,
)
from bluegreen_simulator.aws.cloudformation.calls import call

INLINE: Final = ("AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns")


class Role(ResourceType):
    """A role with all of its policies."""

    type_name = "AWS::IAM::Role"
    name_property = "RoleName"
    replaced_by = frozenset({"Path", "RoleName"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateRole and PutRolePolicy; as AttachRolePolicy, of which there are dozens, does."""
        trust = properties["AssumeRolePolicyDocument"]
        own = {**without(properties, *INLINE), "RoleName": name}
        made = call("iam", "CreateRole", region, AssumeRolePolicyDocument=trust, **own)["Role"]
        role = cls(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})
        with undone_if_it_fails() as undo:
            undo.callback(role.delete, {}, region)
            role._put(properties.get("Policies", []), region)
            role._attach(properties.get("ManagedPolicyArns", []))
        return role

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Its trust and its policies; of the rest only MaxSessionDuration and Description."""
        others = without(dict.fromkeys(changed_names(properties, before)), *INLINE)
        if others.keys() - {"Description", "MaxSessionDuration"}:
            return super().update(properties, before, region)
        name, trust = {"RoleName": self.physical_id}, properties["AssumeRolePolicyDocument"]
        call("iam", "UpdateAssumeRolePolicy", region, PolicyDocument=trust, **name)
        if others:
            call("iam", "UpdateRole", region, **name, **{k: properties[k] for k in others})
        kept = {policy["PolicyName"] for policy in properties.get("Policies", [])}
        for policy in before.get("Policies", []):
            if policy["PolicyName"] not in kept:
                call("iam", "DeleteRolePolicy", region, PolicyName=policy["PolicyName"], **name)
        self._put(properties.get("Policies", []), region)
        wanted = properties.get("ManagedPolicyArns", [])
        had = before.get("ManagedPolicyArns", [])
        for arn in set(had) - set(wanted):
            call("iam", "DetachRolePolicy", region, PolicyArn=arn, **name)
        self._attach(arn for arn in wanted if arn not in had)
        return self

    def _put(self, policies: Iterable[Properties], region: str) -> None:
        for policy in policies:
            document = with_version(policy["PolicyDocument"])
            params = {**policy, "PolicyDocument": document, "RoleName": self.physical_id}
            call("iam", "PutRolePolicy", region, **params)

    def _attach(self, arns: Iterable[str]) -> None:
        account = self.attributes["Arn"].split(":")[4]
        for arn in arns:
            iam_backends[account]["aws"].attach_role_policy(arn, self.physical_id)

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteRole, after every policy that it has."""
        del properties
        name = {"RoleName": self.physical_id}
        for policy in call("iam", "ListRolePolicies", region, **name)["PolicyNames"]:
            call("iam", "DeleteRolePolicy", region, PolicyName=policy, **name)
        for policy in call("iam", "ListAttachedRolePolicies", region, **name)["AttachedPolicies"]:
            call("iam", "DetachRolePolicy", region, PolicyArn=policy["PolicyArn"], **name)
        call("iam", "DeleteRole", region, **name)


def with_version(document: Any) -> dict[str, Any]:  # noqa: ANN401 - a policy
    """AWS takes a document without a version, as SAM makes them; moto refuses it."""
    return {"Version": "2012-10-17", **document}


class ManagedPolicy(ResourceType):
    """A managed policy, attached to roles."""

    type_name = "AWS::IAM::ManagedPolicy"
    name_property = "ManagedPolicyName"
    longest_name = 128
    replaced_by = frozenset({"Description", "ManagedPolicyName", "Path"})
    known = frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreatePolicy and AttachRolePolicy."""
        params = {**without(properties, "ManagedPolicyName", "Roles"), "PolicyName": name}
        params["PolicyDocument"] = with_version(properties["PolicyDocument"])
        arn = call("iam", "CreatePolicy", region, **params)["Policy"]["Arn"]
        policy = cls(arn, {"PolicyArn": arn})
        with undone_if_it_fails() as undo:
            undo.callback(policy.delete, {}, region)
            for role in properties.get("Roles", []):
                call("iam", "AttachRolePolicy", region, RoleName=role, PolicyArn=arn)
        return policy

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """CreatePolicyVersion, and whom it is attached to."""
        arn = {"PolicyArn": self.physical_id}
        if "PolicyDocument" in changed_names(properties, before):
            self._forget_old_versions(region)
            document = json.dumps(with_version(properties["PolicyDocument"]))
            params = {"PolicyDocument": document, "SetAsDefault": True}
            call("iam", "CreatePolicyVersion", region, **arn, **params)
        wanted, had = set(properties.get("Roles", [])), set(before.get("Roles", []))
        for role in sorted(wanted - had):
            call("iam", "AttachRolePolicy", region, RoleName=role, **arn)
        for role in sorted(had - wanted):
            call("iam", "DetachRolePolicy", region, RoleName=role, **arn)
        return self

    def _forget_old_versions(self, region: str) -> None:
        versions = call("iam", "ListPolicyVersions", region, PolicyArn=self.physical_id)["Versions"]
        for version in versions:
            if not version["IsDefaultVersion"]:
                named = {"PolicyArn": self.physical_id, "VersionId": version["VersionId"]}
                call("iam", "DeletePolicyVersion", region, **named)

    def delete(self, properties: Properties, region: str) -> None:
        """DeletePolicy, after it is attached to nobody, and with all of its versions."""
        del properties
        arn = {"PolicyArn": self.physical_id}
        for role in call("iam", "ListEntitiesForPolicy", region, **arn)["PolicyRoles"]:
            call("iam", "DetachRolePolicy", region, RoleName=role["RoleName"], **arn)
        self._forget_old_versions(region)
        call("iam", "DeletePolicy", region, **arn)


class Policy(ResourceType):
    """A policy that stands in each of some roles."""

    type_name = "AWS::IAM::Policy"
    replaced_by = frozenset({"PolicyName"})
    known = frozenset({"PolicyDocument", "PolicyName", "Roles"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """PutRolePolicy of each role."""
        policy = cls(properties["PolicyName"])
        policy._put(properties, region)
        del name
        return policy

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """PutRolePolicy, and DeleteRolePolicy of roles that have it no more."""
        self._put(properties, region)
        gone = set(before.get("Roles", [])) - set(properties.get("Roles", []))
        self.delete({"Roles": sorted(gone)}, region)
        return self

    def _put(self, properties: Properties, region: str) -> None:
        document = with_version(properties["PolicyDocument"])
        for role in properties.get("Roles", []):
            params = {"PolicyName": self.physical_id, "PolicyDocument": document}
            call("iam", "PutRolePolicy", region, RoleName=role, **params)

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteRolePolicy of each role."""
        for role in properties.get("Roles", []):
            name = self.physical_id
            call("iam", "DeleteRolePolicy", region, RoleName=role, PolicyName=name)


TYPES: tuple[type[ResourceType], ...] = (Role, ManagedPolicy, Policy)
