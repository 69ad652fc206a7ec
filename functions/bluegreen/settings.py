"""The environment of the functions, as `template.yaml` sets it; read only here."""

import os
from typing import Final

from bluegreen.registry.retention import Retention

CHECKS: Final = frozenset({"quotas", "roles", "prices"})
"""What a check of a request can ask of the account beyond what it needs."""


def deployments_table_name() -> str:
    """The name of the table of locks, deployments and notifications."""
    return _required("DEPLOYMENTS_TABLE_NAME")


def notifications_topic_arn() -> str:
    """The ARN of the topic for people and programs."""
    return _required("NOTIFICATIONS_TOPIC_ARN")


def checks() -> frozenset[str]:
    """Those of CHECKS that were asked for; none where the variable is empty or absent."""
    named = {word.strip() for word in _optional("CHECKS").split(",")} - {""}
    if not named <= CHECKS:
        raise RuntimeError(
            f"The environment variable CHECKS holds {', '.join(sorted(named - CHECKS))};"
            f" known are {', '.join(sorted(CHECKS))}."
        )
    return frozenset(named)


def instance_prices() -> dict[str, float]:
    """USD an instance-hour by instance type, as the stack's configuration gives them."""
    pairs = [pair.partition("=") for pair in _optional("INSTANCE_PRICES").split(",") if pair]
    return {type_: float(price) for type_, _, price in pairs}


def model_execution_roles() -> tuple[str, ...]:
    """The roles that SageMaker may be given with a model; none where the variable is empty."""
    return tuple(role for role in _optional("MODEL_EXECUTION_ROLE_ARNS").split(",") if role)


def retention() -> Retention:
    """How long what was made from model packages is kept."""
    return Retention(int(_required("CLEAN_UP_AFTER_DAYS")), int(_required("CLEAN_UP_KEEP_LAST")))


def stack_name() -> str:
    """The name of the stack, by which what it created is known again."""
    return _required("STACK_NAME")


def state_machine_arn() -> str:
    """The ARN of the workflow."""
    return _required("STATE_MACHINE_ARN")


def _optional(name: str) -> str:
    return os.environ.get(name, "")  # noqa: TID251 - this module alone reads the environment


def _required(name: str) -> str:
    value = _optional(name)
    if not value:
        raise RuntimeError(f"The environment variable {name} is not set; template.yaml sets it.")
    return value
