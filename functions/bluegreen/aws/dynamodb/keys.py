"""The keys of every row of the table; they must not change, because tables outlive their stacks.

| Row | pk | sk |
|---|---|---|
| lock | `ENDPOINT#<name>` | `LOCK` |
| deployment | `ENDPOINT#<name>` | `DEPLOYMENT#<start>#<id>` |
| fact, with its stage and its notification | `ENDPOINT#<name>` | `FACT#<start>#<id>#<fact>` |
| place in the queue | `ENDPOINT#<name>` | `WAITING#<start>#<id>` |
| alarm that watches a deployment | `ALARM#<alarm>` | `DEPLOYMENT#<name>#<start>#<id>` |
| approval that was handled | `PACKAGE#<arn>` | `APPROVAL` |
| package that a deployment deploys | `PACKAGE#<arn>` | `DEPLOYMENT#<name>#<start>#<id>` |
| deployment that has ended | `ENDED` | `<start>#<id>#<name>` |
| deployment that has ended, by its id | `ID#<id>` | `ENDED#<start>#<name>` |
| model and config made from a package | `CREATED` | `ENDPOINT#<name>#<start>#<id>` |

Names of endpoints are in lower case: SageMaker ignores their case. The lock and the places in the
queue are the last rows of an endpoint, so that one query reads them all and nothing else.
"""

from typing import Final

from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import DeploymentKey

RowKey = tuple[str, str]
"""`pk` and `sk`; in a prefix, `sk` is what the keys of several rows begin with."""

CREATED_PREFIX: Final[RowKey] = ("CREATED", "ENDPOINT#")
ENDED_PREFIX: Final[RowKey] = ("ENDED", "")


def lock(endpoint_name: str) -> RowKey:
    """Who holds the endpoint."""
    return _endpoint(endpoint_name), "LOCK"


def deployment(key: DeploymentKey) -> RowKey:
    """What is known of a deployment."""
    return _endpoint(key.endpoint_name), f"DEPLOYMENT#{_name(key)}"


def deployments_prefix(endpoint_name: str) -> RowKey:
    """The deployments of an endpoint, oldest first."""
    return _endpoint(endpoint_name), "DEPLOYMENT#"


def fact(key: DeploymentKey, name: str) -> RowKey:
    """A fact of a deployment; without a name the prefix of all of its facts."""
    return _endpoint(key.endpoint_name), f"FACT#{_name(key)}#{name}"


def waiting(key: DeploymentKey) -> RowKey:
    """A deployment's place in the queue of its endpoint."""
    return _endpoint(key.endpoint_name), f"WAITING#{_name(key)}"


def waiting_prefix(endpoint_name: str) -> RowKey:
    """The places in the queue of an endpoint."""
    return _endpoint(endpoint_name), "WAITING#"


def alarm(name: str, key: DeploymentKey) -> RowKey:
    """That an alarm watches a deployment."""
    return f"ALARM#{name}", f"DEPLOYMENT#{key.endpoint_name.lower()}#{_name(key)}"


def alarm_prefix(name: str) -> RowKey:
    """The deployments that an alarm watches."""
    return f"ALARM#{name}", "DEPLOYMENT#"


def approval(package_arn: str) -> RowKey:
    """Until when the approvals of a model package are acted on."""
    return f"PACKAGE#{package_arn}", "APPROVAL"


def package(arn: str, key: DeploymentKey) -> RowKey:
    """That a deployment deploys a model package."""
    return f"PACKAGE#{arn}", f"DEPLOYMENT#{key.endpoint_name.lower()}#{_name(key)}"


def package_prefix(arn: str) -> RowKey:
    """The deployments that deploy a model package now."""
    return f"PACKAGE#{arn}", "DEPLOYMENT#"


def created(key: DeploymentKey) -> RowKey:
    """What a deployment made from a model package."""
    return "CREATED", f"ENDPOINT#{key.endpoint_name.lower()}#{_name(key)}"


def created_prefix(endpoint_name: str) -> RowKey:
    """What was made for an endpoint, oldest first."""
    return "CREATED", f"ENDPOINT#{endpoint_name.lower()}#"


def ended(key: DeploymentKey) -> RowKey:
    """That a deployment has ended, among those of all endpoints, oldest first."""
    return "ENDED", f"{_name(key)}#{key.endpoint_name.lower()}"


def named(key: DeploymentKey) -> RowKey:
    """The same by the deployment's id."""
    start = to_text(key.started_at)
    return f"ID#{key.deployment_id}", f"ENDED#{start}#{key.endpoint_name.lower()}"


def named_prefix(deployment_id: str) -> RowKey:
    """The deployments that have ended under an id, oldest first."""
    return f"ID#{deployment_id}", "ENDED#"


def _endpoint(name: str) -> str:
    return f"ENDPOINT#{name.lower()}"


def _name(key: DeploymentKey) -> str:
    return f"{to_text(key.started_at)}#{key.deployment_id}"
