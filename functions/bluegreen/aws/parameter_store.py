"""Deployment policies of model package groups, in SSM Parameter Store."""

from typing import Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import (
    code_of,
    denials_as_rejections,
    passing_faults_as_unavailable,
)


class GroupPolicies:
    """The documents of one stack, each under its group's name in a path."""

    def __init__(self, client: Any, path: str) -> None:  # noqa: ANN401 - no stubs of it here
        self._client = client
        self._path = path

    def name_of(self, group: str) -> str:
        """The name of the parameter that holds a group's document."""
        return f"{self._path}/{group}"

    def find(self, group: str) -> str | None:
        """The text of a group's document; None where it has none.

        RequestRejected when our role may not read it.
        """
        with denials_as_rejections():
            try:
                found = self._client.get_parameter(Name=self.name_of(group))
            except ClientError as error:
                if code_of(error) == "ParameterNotFound":
                    return None
                raise
        text: str = found["Parameter"]["Value"]
        return text

    def put(self, group: str, document: str) -> int:
        """Write a group's document; the version that it is."""
        with passing_faults_as_unavailable():
            answer = self._client.put_parameter(
                Name=self.name_of(group), Value=document, Type="String", Overwrite=True
            )
        version: int = answer["Version"]
        return version
