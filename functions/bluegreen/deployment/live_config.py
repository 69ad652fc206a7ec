"""Whether the config that an endpoint serves lets a success be told from a rollback.

Also asked under the lock, right before the update: so it stands apart from what needs a situation.
"""

from typing import Final

from bluegreen.contract.findings import Finding
from bluegreen.contract.text import plain, quoted
from bluegreen.sagemaker.observation import Observation


def same_config(endpoint: Observation) -> Finding:
    """The finding on a request for the config that DescribeEndpoint shows as the live one."""
    name = quoted(endpoint.live_config)
    message = f"The endpoint already serves the endpoint config {name}."
    fix = "Name another one. If only the model's data changed, make a config with a new name."
    if endpoint.serves_mixture:
        message = (
            f"The endpoint is {endpoint.status}, and DescribeEndpoint names {name} before an"
            " update to it as well as after one: bluegreen could not tell success from failure."
        )
        fix = _copy_of(plain(endpoint.live_config, LONGEST_NAME))
    return Finding("same-config", "ERROR", message, fix)


def _copy_of(config: str) -> str:
    """How to go back to a config: what to type to have it under a new name, as a request wants it.

    `create-endpoint-config` takes all that `describe-endpoint-config` shows but ARN and time.
    """
    renamed = f'+="{COPY}"'
    if len(config) + len(COPY) > LONGEST_NAME:
        renamed = f'="{config[: LONGEST_NAME - len(COPY)].rstrip("-")}{COPY}"'
    return (
        "To go back, deploy a copy: `aws sagemaker describe-endpoint-config"
        f" --endpoint-config-name {config} | jq '.EndpointConfigName{renamed} |"
        " del(.EndpointConfigArn, .CreationTime)' > copy.json && aws sagemaker"
        " create-endpoint-config --cli-input-json file://copy.json --tags"
        f" Key={COPY_TAG},Value={config}`"
    )


LONGEST_NAME: Final = 63
"""Characters of the name of an endpoint config."""

COPY: Final = "-copy"
COPY_TAG: Final = "bluegreen:copy-of"
"""Says of a config made by hand what it is a copy of."""


def no_live_config(name: str) -> Finding:
    """The finding on an endpoint that no endpoint config stands behind."""
    message = (
        f"DescribeEndpoint shows no endpoint config for {quoted(name)}, as with inference"
        " components. bluegreen could not tell a success from a rollback."
    )
    fix = "Use an endpoint that serves an endpoint config."
    return Finding("no-live-config", "ERROR", message, fix)
