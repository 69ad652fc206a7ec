"""The environment variables of the functions, which `template.yaml` sets; only read here."""

import os
from datetime import timedelta
from typing import Final

CHECKS: Final = frozenset({"quotas", "roles"})
"""What a check of a request can ask of the account beyond what it needs."""

GUARDRAIL_ALARMS: Final = ("Never", "OnRequest", "Default")
"""When alarms are made: never, for requests that ask for guardrails, or for those, too, that name
no alarm and say nothing of guardrails."""


class Settings:
    """The environment; each variable is read when it is needed."""

    @property
    def deployments_table_name(self) -> str:
        """The name of the table of locks, deployments and notifications."""
        return _required("DEPLOYMENTS_TABLE_NAME")

    @property
    def notifications_topic_arn(self) -> str:
        """The ARN of the topic for people and programs."""
        return _required("NOTIFICATIONS_TOPIC_ARN")

    @property
    def chat_topic_arn(self) -> str:
        """The ARN of the topic for chat."""
        return _required("CHAT_TOPIC_ARN")

    @property
    def webhook_parameter(self) -> str:
        """The name of the parameter that holds the address of the incoming webhook."""
        return _required("WEBHOOK_PARAMETER")

    @property
    def webhook_hosts(self) -> tuple[str, ...]:
        """How the hosts of webhooks beside Slack's end; none where the variable is empty."""
        return tuple(host for host in _optional("WEBHOOK_HOSTS").split(",") if host)

    @property
    def webhook_queue_url(self) -> str:
        """The URL of the queue of what is to be posted to the webhook."""
        return _required("WEBHOOK_QUEUE_URL")

    @property
    def webhook_dead_letter_queue_url(self) -> str:
        """The URL of the queue of what cannot be posted to the webhook."""
        return _required("WEBHOOK_DEAD_LETTER_QUEUE_URL")

    @property
    def reports_bucket(self) -> str:
        """The name of the bucket of reports; empty where they are not stored."""
        return _optional("REPORTS_BUCKET")

    @property
    def operations_topic_arn(self) -> str:
        """The ARN of the topic for those who run bluegreen."""
        return _required("OPERATIONS_TOPIC_ARN")

    @property
    def claims_hold(self) -> timedelta:
        """How long a claim on a notification holds: longer than the function can live."""
        return timedelta(seconds=int(_required("CLAIM_SECONDS")))

    @property
    def makes_abort_alarms(self) -> bool:
        """Whether deployments carry an abort alarm."""
        return _required("ABORT_ALARM") == "true"

    @property
    def guardrail_alarms(self) -> str:
        """When alarms are made of guardrails: one of GUARDRAIL_ALARMS."""
        word = _required("GUARDRAIL_ALARMS")
        if word not in GUARDRAIL_ALARMS:
            raise RuntimeError(
                f"The environment variable GUARDRAIL_ALARMS is {word}."
                f" Allowed: {', '.join(GUARDRAIL_ALARMS)}."
            )
        return word

    @property
    def allows_supersede(self) -> bool:
        """Whether a request may abort the deployment that runs before it."""
        return _required("ALLOW_SUPERSEDE") == "true"

    @property
    def checks(self) -> frozenset[str]:
        """Those of CHECKS that were asked for; none where the variable is empty or absent."""
        named = {word.strip() for word in _optional("CHECKS").split(",")} - {""}
        if not named <= CHECKS:
            raise RuntimeError(
                f"The environment variable CHECKS has unknown values:"
                f" {', '.join(sorted(named - CHECKS))}. Allowed: {', '.join(sorted(CHECKS))}."
            )
        return frozenset(named)

    @property
    def model_execution_roles(self) -> tuple[str, ...]:
        """The roles that SageMaker may be given with a model; none where the variable is empty."""
        return tuple(role for role in _optional("MODEL_EXECUTION_ROLE_ARNS").split(",") if role)

    @property
    def policy_path(self) -> str:
        """The path under which the deployment policies of model package groups are."""
        return _required("POLICY_PATH")

    @property
    def tells_policy_missing(self) -> bool:
        """Whether it is told that an approved package's group has no deployment policy."""
        return _required("TELL_POLICY_MISSING") == "true"

    @property
    def clean_up_after_days(self) -> int:
        """How long what was made from model packages is kept."""
        return int(_required("CLEAN_UP_AFTER_DAYS"))

    @property
    def clean_up_keep_last(self) -> int:
        """How many of each endpoint are kept, however old they are."""
        return int(_required("CLEAN_UP_KEEP_LAST"))

    @property
    def stack_name(self) -> str:
        """The name of the stack, by which what it created is known again."""
        return _required("STACK_NAME")

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the workflow."""
        return _required("STATE_MACHINE_ARN")


def _optional(name: str) -> str:
    return os.environ.get(name, "")  # noqa: TID251 - this module alone reads the environment


def _required(name: str) -> str:
    value = _optional(name)
    if not value:
        raise RuntimeError(f"The environment variable {name} is not set; template.yaml sets it.")
    return value
