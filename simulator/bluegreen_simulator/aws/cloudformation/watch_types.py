"""CloudFormation: alarms and dashboards of CloudWatch."""

from functools import partial
from typing import Any, Self

from bluegreen_simulator.aws.cloudformation.base_type import Asked, Properties, Put, ResourceType
from bluegreen_simulator.aws.cloudformation.calls import call, client_of


class Alarm(Put):
    """An alarm, evaluated as every other."""

    type_name = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"
    longest_name = 255
    replaced_by = frozenset({"AlarmName"})

    @classmethod
    def is_taken(cls, name: str, region: str) -> bool:
        """Whether there is one, which PutMetricAlarm would change."""
        return _alarm(name, region) is not None

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """PutMetricAlarm."""
        call("cloudwatch", "PutMetricAlarm", region, **{**properties, "AlarmName": name})
        return cls(name, Asked(partial(_arn, name, region)))

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteAlarms."""
        del properties
        call("cloudwatch", "DeleteAlarms", region, AlarmNames=[self.physical_id])


class CompositeAlarm(Alarm):
    """An alarm on alarms."""

    type_name = "AWS::CloudWatch::CompositeAlarm"

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """PutCompositeAlarm."""
        call("cloudwatch", "PutCompositeAlarm", region, **{**properties, "AlarmName": name})
        return cls(name, Asked(partial(_arn, name, region)))


def _arn(name: str, region: str) -> dict[str, str]:
    return {"Arn": (_alarm(name, region) or {}).get("AlarmArn", "")}


def _alarm(name: str, region: str) -> Any:  # noqa: ANN401 - boto3's
    kinds = ["MetricAlarm", "CompositeAlarm"]
    found = client_of("cloudwatch", region).describe_alarms(AlarmNames=[name], AlarmTypes=kinds)
    return next(iter([*found["MetricAlarms"], *found["CompositeAlarms"]]), None)


class Dashboard(Put):
    """A dashboard."""

    type_name = "AWS::CloudWatch::Dashboard"
    name_property = "DashboardName"
    longest_name = 255
    replaced_by = frozenset({"DashboardName"})

    @classmethod
    def is_taken(cls, name: str, region: str) -> bool:
        """Whether there is one, which PutDashboard would change."""
        found = client_of("cloudwatch", region).list_dashboards(DashboardNamePrefix=name)
        return name in [one["DashboardName"] for one in found["DashboardEntries"]]

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """PutDashboard."""
        call("cloudwatch", "PutDashboard", region, **{**properties, "DashboardName": name})
        return cls(name)

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteDashboards."""
        del properties
        call("cloudwatch", "DeleteDashboards", region, DashboardNames=[self.physical_id])


TYPES: tuple[type[ResourceType], ...] = (Alarm, CompositeAlarm, Dashboard)
