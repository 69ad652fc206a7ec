"""The environment of the functions, as `template.yaml` sets it; read only here."""

import os


def deployments_table_name() -> str:
    """The name of the table of locks, deployments and notifications."""
    return _required("DEPLOYMENTS_TABLE_NAME")


def notifications_topic_arn() -> str:
    """The ARN of the topic for people and programs."""
    return _required("NOTIFICATIONS_TOPIC_ARN")


def _required(name: str) -> str:
    value = os.environ.get(name, "")  # noqa: TID251 - this is the one reader of the environment
    if not value:
        raise RuntimeError(f"The environment variable {name} is not set; template.yaml sets it.")
    return value
