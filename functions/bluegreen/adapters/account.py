"""The AWS account as bluegreen sees it: every adapter, its client made when first used."""

from functools import cached_property

import boto3

from bluegreen.adapters.alarms import Alarms
from bluegreen.adapters.deployments import Deployments
from bluegreen.adapters.endpoints import Endpoints
from bluegreen.adapters.locks import Locks
from bluegreen.adapters.outbox import Outbox
from bluegreen.adapters.table import Table
from bluegreen.adapters.topics import NotificationsTopic
from bluegreen.adapters.workflow import Workflow
from bluegreen.clock import Clock, SystemClock
from bluegreen.settings import deployments_table_name, notifications_topic_arn


class Account:
    """The adapters of one function; `clock` is the time by which it goes."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()

    @cached_property
    def endpoints(self) -> Endpoints:
        """SageMaker endpoints."""
        return Endpoints(boto3.client("sagemaker"))

    @cached_property
    def alarms(self) -> Alarms:
        """CloudWatch alarms."""
        return Alarms(boto3.client("cloudwatch"))

    @cached_property
    def workflow(self) -> Workflow:
        """Step Functions executions that wait."""
        return Workflow(boto3.client("stepfunctions"))

    @cached_property
    def topic(self) -> NotificationsTopic:
        """The topic for people and programs."""
        return NotificationsTopic(boto3.client("sns"), notifications_topic_arn())

    @cached_property
    def locks(self) -> Locks:
        """The locks."""
        return Locks(self._table)

    @cached_property
    def deployments(self) -> Deployments:
        """The deployments."""
        return Deployments(self._table)

    @cached_property
    def outbox(self) -> Outbox:
        """The claims on notifications."""
        return Outbox(self._table)

    @cached_property
    def _table(self) -> Table:
        return Table(boto3.client("dynamodb"), deployments_table_name())
