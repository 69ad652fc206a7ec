"""CloudFormation: functions, who may invoke them, and what comes to them from queues."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final, Self

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    ResourceType,
    changed_names,
    without,
)
from bluegreen_simulator.aws.cloudformation.calls import call

INLINE_FILE: Final = "index"
"""What CloudFormation names the file with the text in ZipFile."""


class Function(ResourceType):
    """A function with all of its properties; only handlers of the embedded AWS ever run."""

    type_name = "AWS::Lambda::Function"
    name_property = "FunctionName"
    replaced_by = frozenset({"FunctionName", "PackageType", "TenancyConfig"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateFunction; tags have another shape there."""
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        params = {**properties, "FunctionName": name, "Tags": tags, "Code": _code(properties)}
        made = call("lambda", "CreateFunction", region, **params)
        return cls(made["FunctionName"], {"Arn": made["FunctionArn"]})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """UpdateFunctionCode and UpdateFunctionConfiguration; new tags are not modelled."""
        changed = changed_names(properties, before)
        if set(changed) & {"Tags", "Architectures", "ReservedConcurrentExecutions"}:
            return super().update(properties, before, region)
        if "Code" in changed:
            code = _code(properties)
            call("lambda", "UpdateFunctionCode", region, FunctionName=self.physical_id, **code)
        configuration = {name: properties.get(name, _EMPTY.get(name)) for name in changed}
        configuration = {k: v for k, v in without(configuration, "Code").items() if v is not None}
        if configuration:
            params = {**configuration, "FunctionName": self.physical_id}
            call("lambda", "UpdateFunctionConfiguration", region, **params)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteFunction."""
        del properties
        call("lambda", "DeleteFunction", region, FunctionName=self.physical_id)


_EMPTY: Final[Mapping[str, Any]] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}
"""What a property is that a template no longer gives (API, `CreateFunction`)."""


def _code(properties: Properties) -> Mapping[str, Any]:
    """The code as the API takes it: a text in ZipFile is the source of one file."""
    code: Mapping[str, Any] = properties.get("Code", {})
    if "ZipFile" not in code:
        return code
    suffix = ".py" if str(properties.get("Runtime", "")).startswith("python") else ".js"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        # With a date of its own, so that the same source is the same package.
        archive.writestr(zipfile.ZipInfo(INLINE_FILE + suffix), code["ZipFile"])
    return {"ZipFile": package.getvalue()}


class Permission(ResourceType):
    """Who may invoke a function."""

    type_name = "AWS::Lambda::Permission"
    replaced_by = frozenset(
        {
            "Action",
            "EventSourceToken",
            "FunctionName",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
            "Principal",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        }
    )
    longest_name = 100

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """AddPermission."""
        call("lambda", "AddPermission", region, StatementId=name, **properties)
        return cls(name, {"Id": name})

    def delete(self, properties: Properties, region: str) -> None:
        """RemovePermission."""
        function = properties["FunctionName"]
        params = {"FunctionName": function, "StatementId": self.physical_id}
        call("lambda", "RemovePermission", region, **params)


class EventInvokeConfig(ResourceType):
    """Retries and failure destination of asynchronous invocations."""

    type_name = "AWS::Lambda::EventInvokeConfig"
    replaced_by = frozenset({"FunctionName", "Qualifier"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """PutFunctionEventInvokeConfig."""
        call("lambda", "PutFunctionEventInvokeConfig", region, **properties)
        return cls(name)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """The same."""
        del before
        call("lambda", "PutFunctionEventInvokeConfig", region, **properties)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteFunctionEventInvokeConfig."""
        function = properties["FunctionName"]
        call("lambda", "DeleteFunctionEventInvokeConfig", region, FunctionName=function)


class EventSourceMapping(ResourceType):
    """A queue whose messages a function gets."""

    type_name = "AWS::Lambda::EventSourceMapping"
    replaced_by = frozenset({"EventSourceArn", "StartingPosition", "StartingPositionTimestamp"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateEventSourceMapping."""
        del name
        made = call("lambda", "CreateEventSourceMapping", region, **properties)
        return cls(made["UUID"], {"Id": made["UUID"]})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """UpdateEventSourceMapping."""
        changed = {name: properties[name] for name in changed_names(properties, before)}
        call("lambda", "UpdateEventSourceMapping", region, UUID=self.physical_id, **changed)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteEventSourceMapping."""
        del properties
        call("lambda", "DeleteEventSourceMapping", region, UUID=self.physical_id)


TYPES: tuple[type[ResourceType], ...] = (
    Function,
    Permission,
    EventInvokeConfig,
    EventSourceMapping,
)
