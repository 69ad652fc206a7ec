"""The AWS account as bluegreen sees it: each adapter and each client is made at its first use.

An adapter is imported then, too, so that a function loads what it uses and nothing else: the
modules of a function are counted (`tests/budgets/test_startup.py`), since each one takes its time
at every cold start. Clients come from botocore, of which boto3 is a layer that they do not need.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from bluegreen.clock import Clock

if TYPE_CHECKING:
    from bluegreen.aws.cloudwatch import AbortAlarms, Alarms
    from bluegreen.aws.dynamodb.approvals import Approvals
    from bluegreen.aws.dynamodb.claims import Claims
    from bluegreen.aws.dynamodb.created_resources import CreatedResources
    from bluegreen.aws.dynamodb.deployments import Deployments
    from bluegreen.aws.dynamodb.history import History
    from bluegreen.aws.dynamodb.locks import Locks
    from bluegreen.aws.dynamodb.open_rows import OpenRows
    from bluegreen.aws.dynamodb.queue import Queue
    from bluegreen.aws.dynamodb.table import Table
    from bluegreen.aws.evidence import EvidenceReader
    from bluegreen.aws.guardrail_alarms import GuardrailAlarms
    from bluegreen.aws.parameter_store import GroupPolicies
    from bluegreen.aws.s3 import ReportsBucket
    from bluegreen.aws.sagemaker.clones import Clones
    from bluegreen.aws.sagemaker.endpoints import Endpoints
    from bluegreen.aws.sagemaker.inventory import Inventory
    from bluegreen.aws.sagemaker.model_packages import Registry
    from bluegreen.aws.situation.situations import Situations
    from bluegreen.aws.sns import ChatTopic, NotificationsTopic, OperationsTopic
    from bluegreen.aws.sqs import WebhookQueue
    from bluegreen.aws.step_functions import Workflow
    from bluegreen.aws.webhook import Webhook

PATIENT: Final = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)
"""Every attempt of a call is over before the function is, which has 25 seconds or more."""

ONCE: Final = PATIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
"""For what creates or updates: botocore would repeat a call that may have had its effect."""

BRIEF: Final = PATIENT.merge(Config(connect_timeout=2, read_timeout=4))
"""For the many reads of a situation: one of them that hangs leaves time for the others."""


class Settings(Protocol):
    """What the account has to be told; each is asked for when it is needed."""

    @property
    def deployments_table_name(self) -> str:
        """The name of the table of locks, deployments and notifications."""

    @property
    def notifications_topic_arn(self) -> str:
        """The ARN of the topic for people and programs."""

    @property
    def chat_topic_arn(self) -> str:
        """The ARN of the topic for chat."""

    @property
    def webhook_parameter(self) -> str:
        """The name of the parameter that holds the address of the incoming webhook."""

    @property
    def webhook_hosts(self) -> tuple[str, ...]:
        """How the hosts of webhooks beside Slack's end."""

    @property
    def webhook_queue_url(self) -> str:
        """The URL of the queue of what is to be posted to the webhook."""

    @property
    def webhook_dead_letter_queue_url(self) -> str:
        """The URL of the queue of what cannot be posted to the webhook."""

    @property
    def reports_bucket(self) -> str:
        """The name of the bucket of reports; empty where they are not stored."""

    @property
    def operations_topic_arn(self) -> str:
        """The ARN of the topic for those who run bluegreen."""

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the workflow."""

    @property
    def claims_hold(self) -> timedelta:
        """How long a claim on a notification holds: longer than the function can live."""

    @property
    def makes_abort_alarms(self) -> bool:
        """Whether deployments carry an abort alarm."""

    @property
    def guardrail_alarms(self) -> str:
        """When alarms are made of guardrails: `Never`, `OnRequest` or `Default`."""

    @property
    def allows_supersede(self) -> bool:
        """Whether a request may abort the deployment that runs before it."""

    @property
    def checks(self) -> frozenset[str]:
        """What a check may ask of the account beyond what it needs: quotas, roles."""

    @property
    def model_execution_roles(self) -> tuple[str, ...]:
        """The roles that SageMaker may be given with a model."""

    @property
    def policy_path(self) -> str:
        """The path under which the deployment policies of model package groups are."""

    @property
    def tells_policy_missing(self) -> bool:
        """Whether it is told that an approved package's group has no deployment policy."""

    @property
    def stack_name(self) -> str:
        """The name of the stack, by which what it created is known again."""


class Account:
    """Each service as one function sees it; `clock` is the time by which it goes.

    `log_error` takes a fixed phrase and its fields, for what goes wrong and must stop nothing.
    """

    def __init__(self, settings: Settings, clock: Clock, log_error: Callable[..., None]) -> None:
        self.settings = settings
        self.clock = clock
        self.log_error = log_error
        self._client: Callable[[str, Config], Any] = cache(_make_client)
        """One for each service and patience: another would build its methods and rules anew."""

    @cached_property
    def endpoints(self) -> "Endpoints":
        """SageMaker endpoints."""
        from bluegreen.aws.sagemaker.endpoints import Endpoints

        updating = partial(self._client, "sagemaker", ONCE)  # made by who updates
        return Endpoints(self._client("sagemaker", PATIENT), updating)

    @cached_property
    def alarms(self) -> "Alarms":
        """CloudWatch alarms."""
        from bluegreen.aws.cloudwatch import Alarms
        from bluegreen.aws.newer_alarms import show_newer_alarms

        return Alarms(show_newer_alarms(self._client("cloudwatch", PATIENT)))

    @cached_property
    def evidence(self) -> "EvidenceReader":
        """What verdicts rest on."""
        from bluegreen.aws.evidence import EvidenceReader
        from bluegreen.aws.newer_alarms import show_newer_alarms

        return EvidenceReader(show_newer_alarms(self._client("cloudwatch", PATIENT)))

    @cached_property
    def abort_alarms(self) -> "AbortAlarms":
        """The alarms by which deployments are aborted."""
        from bluegreen.aws.cloudwatch import AbortAlarms

        return AbortAlarms(self._client("cloudwatch", PATIENT), self.settings.stack_name)

    @cached_property
    def guardrail_alarms(self) -> "GuardrailAlarms":
        """The alarms of guardrails."""
        from bluegreen.aws.guardrail_alarms import GuardrailAlarms

        client = self._client("cloudwatch", PATIENT)
        return GuardrailAlarms(client, self.settings.stack_name, self.clock)

    @cached_property
    def situations(self) -> "Situations":
        """The situations of requests, read with no more than the setting CHECKS asks for."""
        from bluegreen.aws.newer_alarms import show_newer_alarms
        from bluegreen.aws.sagemaker.unknown_members import show_unknown_members
        from bluegreen.aws.situation.situations import Situations

        asked = self.settings.checks
        return Situations(
            clock=self.clock,
            sagemaker=show_unknown_members(self._client("sagemaker", BRIEF)),
            cloudwatch=show_newer_alarms(self._client("cloudwatch", BRIEF)),
            scaling=self._client("application-autoscaling", BRIEF),
            quotas=self._client("service-quotas", BRIEF) if "quotas" in asked else None,
            iam=self._client("iam", BRIEF) if "roles" in asked else None,
            passable_roles=self.settings.model_execution_roles,
            stack_name=self.settings.stack_name,
            guardrail_alarms=self.settings.guardrail_alarms,
            makes_abort_alarm=self.settings.makes_abort_alarms,
        )

    @cached_property
    def clones(self) -> "Clones":
        """What is made from model packages."""
        from bluegreen.aws.sagemaker.clones import Clones
        from bluegreen.aws.sagemaker.unknown_members import show_unknown_members

        client = show_unknown_members(self._client("sagemaker", PATIENT))
        creating = self._client("sagemaker", ONCE)
        return Clones(client, creating, self.settings.model_execution_roles)

    @cached_property
    def inventory(self) -> "Inventory":
        """The endpoint configs and models of the account."""
        from bluegreen.aws.sagemaker.inventory import Inventory

        return Inventory(self._client("sagemaker", PATIENT), self.settings.stack_name)

    @cached_property
    def registry(self) -> "Registry":
        """The model registry."""
        from bluegreen.aws.sagemaker.model_packages import Registry

        return Registry(self._client("sagemaker", PATIENT))

    @cached_property
    def group_policies(self) -> "GroupPolicies":
        """The deployment policies of model package groups."""
        from bluegreen.aws.parameter_store import GroupPolicies

        return GroupPolicies(self._client("ssm", PATIENT), self.settings.policy_path)

    @cached_property
    def workflow(self) -> "Workflow":
        """Step Functions executions that wait."""
        from bluegreen.aws.step_functions import Workflow

        return Workflow(self._client("stepfunctions", PATIENT))

    @cached_property
    def approvals(self) -> "Approvals":
        """The approvals that were acted on."""
        from bluegreen.aws.dynamodb.approvals import Approvals

        return Approvals(self._table)

    @cached_property
    def created(self) -> "CreatedResources":
        """What was made from model packages, for whoever cleans up."""
        from bluegreen.aws.dynamodb.created_resources import CreatedResources

        return CreatedResources(self._table)

    @cached_property
    def topic(self) -> "NotificationsTopic":
        """The topic for people and programs."""
        from bluegreen.aws.sns import NotificationsTopic

        return NotificationsTopic(
            self._client("sns", PATIENT), self.settings.notifications_topic_arn
        )

    @cached_property
    def chat(self) -> "ChatTopic":
        """The topic for chat."""
        from bluegreen.aws.sns import ChatTopic

        return ChatTopic(self._client("sns", PATIENT), self.settings.chat_topic_arn)

    @cached_property
    def webhook(self) -> "Webhook":
        """The incoming webhook."""
        from http.client import HTTPSConnection

        from bluegreen.aws.parameter_store import SecretParameter
        from bluegreen.aws.webhook import Webhook

        settings = self.settings
        secret = SecretParameter(self._client("ssm", BRIEF), settings.webhook_parameter)
        return Webhook(secret, settings.webhook_hosts, self.clock, HTTPSConnection)

    @cached_property
    def webhook_queue(self) -> "WebhookQueue":
        """The queue of what is to be posted there."""
        from bluegreen.aws.sqs import WebhookQueue

        client, settings = self._client("sqs", BRIEF), self.settings
        return WebhookQueue(
            client, settings.webhook_queue_url, settings.webhook_dead_letter_queue_url
        )

    @cached_property
    def reports(self) -> "ReportsBucket":
        """The bucket of reports."""
        from bluegreen.aws.s3 import ReportsBucket

        return ReportsBucket(self._client("s3", PATIENT), self.settings.reports_bucket)

    @cached_property
    def operations(self) -> "OperationsTopic":
        """The topic for those who run bluegreen."""
        from bluegreen.aws.sns import OperationsTopic

        return OperationsTopic(self._client("sns", PATIENT), self.settings.operations_topic_arn)

    @cached_property
    def queue(self) -> "Queue":
        """Who waits for which endpoint."""
        from bluegreen.aws.dynamodb.queue import Queue

        return Queue(self._table)

    @cached_property
    def open_rows(self) -> "OpenRows":
        """What is open: held locks, waiting deployments, unsent notifications."""
        from bluegreen.aws.dynamodb.open_rows import OpenRows

        return OpenRows(self._table)

    @cached_property
    def locks(self) -> "Locks":
        """The locks."""
        from bluegreen.aws.dynamodb.locks import Locks

        return Locks(self._table)

    @cached_property
    def deployments(self) -> "Deployments":
        """The deployments."""
        from bluegreen.aws.dynamodb.deployments import Deployments

        return Deployments(self._table)

    @cached_property
    def history(self) -> "History":
        """The deployments that have ended."""
        from bluegreen.aws.dynamodb.history import History

        return History(self._table)

    @cached_property
    def claims(self) -> "Claims":
        """The claims on notifications."""
        from bluegreen.aws.dynamodb.claims import Claims

        return Claims(self._table, self.settings.claims_hold)

    @cached_property
    def _table(self) -> "Table":
        from bluegreen.aws.dynamodb.table import Table

        client = self._client("dynamodb", PATIENT)
        return Table(client, self.settings.deployments_table_name, self.clock)


class _Models(Loader):
    """Finds services where botocore does, and by the names of their folders alone.

    botocore looks into each of its 400 folders, for each of two kinds of model, before the first
    client is made. A folder without the model that is asked for is found out when that is read.
    """

    def list_available_services(self, type_name: str) -> list[str]:
        """The services with a model, of whatever type."""
        del type_name
        return self._services

    @cached_property
    def _services(self) -> list[str]:
        folders = [Path(path) for path in self.search_paths if Path(path).is_dir()]
        return sorted({each.name for folder in folders for each in os.scandir(folder)})


@cache
def session() -> botocore.session.Session:
    """The session of all clients, which reads each service's model once."""
    made = botocore.session.get_session()
    paths = made.get_component("data_loader").search_paths
    made.register_component("data_loader", _Models(paths, include_default_search_paths=False))
    return made


def _make_client(service: str, config: Config) -> Any:  # noqa: ANN401 - of any service
    return session().create_client(service, config=config)
