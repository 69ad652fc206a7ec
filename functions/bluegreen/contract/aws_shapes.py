"""Bodies of AWS's own that we pass on or read as they are, named after their shapes in AWS's APIs.

The members that we do read are checked, or read with a default, where that happens.
"""

from collections.abc import Mapping
from typing import Any

EventShape = Mapping[str, Any]
"""What AWS calls a function with: an event of EventBridge, or the `Records` of a topic or queue."""

QueueMessageShape = Mapping[str, Any]
"""One of the `Records` of a queue: SQS's `body`, `messageId` and `receiptHandle`."""

DeploymentConfigShape = Mapping[str, Any]
"""SageMaker's `DeploymentConfig`, of `UpdateEndpoint`."""

UpdatePolicyShape = Mapping[str, Any]
"""SageMaker's `BlueGreenUpdatePolicy` or `RollingUpdatePolicy`, members of a `DeploymentConfig`."""

TrafficRoutingShape = Mapping[str, Any]
"""SageMaker's `TrafficRoutingConfig`, a member of a `BlueGreenUpdatePolicy`."""

CapacitySizeShape = Mapping[str, Any]
"""SageMaker's `CapacitySize`: a canary, a step or a batch."""

ModelPackageShape = Mapping[str, Any]
"""SageMaker's `DescribeModelPackageOutput`."""

UserContextShape = Mapping[str, Any]
"""SageMaker's `UserContext`: who changed something."""

ModelPackageUpdateShape = Mapping[str, Any]
"""SageMaker's `UpdateModelPackageInput`."""

MetricQueryShape = Mapping[str, Any]
"""CloudWatch's `MetricDataQuery`, of `PutMetricAlarm` and `GetMetricData`."""

MetricAlarmShape = Mapping[str, Any]
"""CloudWatch's `PutMetricAlarmInput`."""
