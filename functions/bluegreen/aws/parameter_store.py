"""Deployment policies of model package groups, and a secret, in SSM Parameter Store."""

from typing import Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import (
    code_of,
    denials_as_rejections,
    passing_faults_as_unavailable,
)
from bluegreen.contract.errors import RequestRejected
from bluegreen.registry.group_policy import StoredPolicy


class GroupPolicies:
    """The documents of one stack, each under its group's name in a path."""

    def __init__(self, client: Any, path: str) -> None:  # noqa: ANN401 - no stubs of it here
        self._client = client
        self._path = path

    def name_of(self, group: str) -> str:
        """The name of the parameter that holds a group's document."""
        return f"{self._path}/{group}"

    def find(self, group: str) -> StoredPolicy | None:
        """What holds a group's document; None where it has none.

        RequestRejected when our role may not read it.
        """
        with denials_as_rejections():
            try:
                found = self._client.get_parameter(Name=self.name_of(group))
            except ClientError as error:
                if code_of(error) == "ParameterNotFound":
                    return None
                raise
        parameter = found["Parameter"]
        return StoredPolicy(parameter["Value"], encrypted=parameter["Type"] == "SecureString")

    def put(self, group: str, document: str) -> int:
        """Write a group's document; the version that it is."""
        with passing_faults_as_unavailable():
            answer = self._client.put_parameter(
                Name=self.name_of(group), Value=document, Type="String", Overwrite=True
            )
        version: int = answer["Version"]
        return version


class SecretParameter:
    """A parameter that only its owner writes, and whose value nothing prints."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 - no stubs of it here
        self._client = client
        self._name = name

    def read(self) -> str:
        """Its value.

        RequestRejected where it is not there, is not a SecureString, or may not be read with its
        key; ObservationUnavailable where it cannot be read just now.
        """
        with denials_as_rejections():
            try:
                found = self._client.get_parameter(Name=self._name, WithDecryption=True)
            except ClientError as error:
                if code_of(error) == "ParameterNotFound":
                    raise RequestRejected(f"There is no parameter {self._name}.") from error
                raise
        if found["Parameter"]["Type"] != "SecureString":
            raise RequestRejected(f"The parameter {self._name} must be a SecureString.")
        value: str = found["Parameter"]["Value"]
        return value
