"""The texts that states, actions and AWS's refusals put into notifications, made by their own code.

What stands in <angle brackets> are the words of SageMaker and IAM.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import ClientError, ParamValidationError

from bluegreen.actions.tell_registry import tell_registry
from bluegreen.aws.dynamodb.locks import Lock
from bluegreen.aws.parameter_store import GroupPolicies
from bluegreen.aws.sagemaker.clones import Clones
from bluegreen.aws.sagemaker.endpoints import Endpoints
from bluegreen.aws.sagemaker.model_packages import Registry
from bluegreen.contract.errors import BlueGreenError
from bluegreen.contract.record import DeploymentRecord
from bluegreen.registry.clone import Clone
from bluegreen.sagemaker.observation import IN_PROGRESS, Observation
from bluegreen.states.acquire_endpoint_lock import acquire_endpoint_lock
from bluegreen.states.start_update import start_update
from builders import BLUE, GREEN, KEY, at, canary_request, deployment, settled
from situations import package

OURS: Final = Lock(KEY.deployment_id, "arn:ours", 1)
OTHERS: Final = Lock("deploy-0", "arn:others", 1)
REQUESTED: Final = deployment()
PREPARED: Final = replace(REQUESTED, update_requested_at=None, previous_config="")
CLONE: Final = Clone(
    {"ModelName": "churn-v7-0", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/model"},
    {"EndpointConfigName": "churn-v7-0"},
)
MIXTURE: Final = settled(GREEN, status="UpdateRollbackFailed")
UPDATING: Final = settled("churn-other", status="Updating")

Refusal = tuple[str, str]
"""The name of an error, and its message."""


def _refusal(call: Callable[[], object]) -> Refusal:
    try:
        call()
    except BlueGreenError as error:
        return type(error).__name__, str(error)
    raise AssertionError("Nothing was refused.")


def _client(message: str, code: str = "ValidationException", **answers: object) -> Any:
    """A client of SageMaker that refuses every operation but those with an answer."""

    class Client:
        def __getattr__(self, operation: str) -> Callable[..., object]:
            def call(**_: object) -> object:
                if operation in answers:
                    return answers[operation]
                raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

            return call

    return Client()


def _account(*looks: Observation, **services: Any) -> Any:
    """An account whose endpoint shows one observation after the other; the last one stays."""
    left = list(looks)
    refusing = Endpoints(_client(""), _client("<the message of SageMaker>"))
    endpoints = SimpleNamespace(
        look=lambda _name: left.pop(0) if left[1:] else left[0], update=refusing.update
    )
    minutes = count()
    clock = SimpleNamespace(now=lambda: at(60 * next(minutes)), sleep=lambda _seconds: None)
    return SimpleNamespace(endpoints=endpoints, clock=clock, **services)


# ---- AcquireEndpointLock ---------------------------------------------------------------------


def _busy(lock: Lock, status: str) -> str:
    locks = SimpleNamespace(acquire=lambda *_: lock, release=lambda *_: None)
    account = _account(settled(BLUE, status=status), locks=locks)
    return acquire_endpoint_lock(KEY, OURS.owner_execution_arn, account)["BusyReason"]


BUSY: Final = (
    ("another deployment of the endpoint is running", _busy(OTHERS, "Updating")),
    *((f"the endpoint is {status} already", _busy(OURS, status)) for status in sorted(IN_PROGRESS)),
)
"""Why the lock was not acquired: the situation, and the BusyReason."""


# ---- StartUpdate -----------------------------------------------------------------------------


def _start(*looks: Observation) -> Refusal:
    deployments = SimpleNamespace(
        find=lambda _key: None,
        watch=lambda _deployment: None,
        request_update=lambda _deployment, _now: REQUESTED,
        withdraw_update=lambda _deployment, _words: None,
    )
    account = _account(*looks, deployments=deployments)
    return _refusal(lambda: start_update(PREPARED, account))


def _denied() -> Refusal:
    client = _client("<the message of IAM>", "AccessDeniedException")
    return _refusal(lambda: Endpoints(client, client).look("churn"))


def _unsent() -> Refusal:
    def update_endpoint(**_: object) -> None:
        report = 'Unknown parameter in input: "DeploymentConfig", must be one of: EndpointName'
        raise ParamValidationError(report=report)

    client: Any = SimpleNamespace(update_endpoint=update_endpoint)
    return _refusal(lambda: Endpoints(client, client).update(REQUESTED.request))


def _create() -> Refusal:
    client = _client("<the message of SageMaker>")
    return _refusal(lambda: Endpoints(client, client).create(REQUESTED.request))


REFUSALS: Final = (
    ("someone else updates the endpoint after it was locked", *_start(UPDATING)),
    ("the endpoint serves the requested config already", *_start(settled(GREEN))),
    ("the endpoint serves a mixture of it and another one", *_start(MIXTURE)),
    ("the endpoint shows no endpoint config", *_start(settled(""))),
    ("the endpoint was deleted after the check", *_start(Observation("Gone"))),
    ("SageMaker refused the update", *_start(settled(BLUE))),
    ("SageMaker refused, because someone else was faster", *_start(settled(BLUE), UPDATING)),
    ("SageMaker refused to create the endpoint", *_create()),
    ("the AWS SDK of the functions knows no DeploymentConfig", *_unsent()),
    ("the function's role may not see the endpoint", *_denied()),
)
"""Why the update was not started: the situation, the error and its message."""


def _clone(message: str, **answers: Any) -> Refusal:
    client = _client(message, **answers)
    return _refusal(lambda: Clones(client, client, None).create(CLONE))


TAKEN: Final = "Cannot create already existing model"
CLONE_REFUSALS: Final = (
    ("the model could not be created", *_clone("<the message of SageMaker>")),
    (
        "the endpoint config could not be created",
        *_clone("<the message of SageMaker>", create_model={}),
    ),
    (
        "the name of the model is taken",
        *_clone(TAKEN, describe_model={**CLONE.model, "ExecutionRoleArn": "arn:another"}),
    ),
)
"""Why the clone of a deployment was not made: the situation, the error and its message."""


# ---- ConcludeDeployment ----------------------------------------------------------------------


def _policy(**changes: Any) -> Any:
    """The store of the policies of groups, where this one stands."""
    document = {name: canary_request()[name] for name in ("EndpointName", "DeploymentConfig")}
    text = json.dumps(document | changes)
    return SimpleNamespace(find=lambda _group: text)


NO_ALARM: Final = {"DeploymentConfig": {}, "DeploymentConfigName": "AllAtOnce"}
OBJECTIONS: Final[tuple[tuple[str, Any], ...]] = (
    ("its group has no policy any more", SimpleNamespace(find=lambda _group: None)),
    ("the policy of its group is invalid by now", _policy(EndpointName=5)),
    ("the policy of its group names another endpoint", _policy(EndpointName="churn-2")),
    ("the policy of its group says ANNOTATE", _policy(OnRollback="ANNOTATE")),
    ("the policy of its group names another alarm", _policy(**NO_ALARM)),
    (
        "the policy of its group may not be read",
        GroupPolicies(_client("<the message of IAM>", "AccessDeniedException"), "/path"),
    ),
)
"""Why a package is not rejected, and the store of policies as it is then."""


def _takes(*_: object) -> None:
    """The registry takes the update."""


def registry_answers(record: DeploymentRecord) -> Iterator[tuple[str, str]]:
    """How a model package can be updated after a deployment: the situation, and the words."""
    refusing = Registry(_client("<the message of SageMaker>")).update
    for situation, found, update, policies in (
        ("a model package is rejected", package(), _takes, _policy()),
        ("a model package was rejected before", package(approval="Rejected"), _takes, _policy()),
        ("the model package was deleted", None, _takes, _policy()),
        ("SageMaker refused to update the model package", package(), refusing, _policy()),
        *((situation, package(), _takes, policies) for situation, policies in OBJECTIONS),
    ):
        registry = SimpleNamespace(find=lambda _arn, found=found: found, update=update)
        deployments = SimpleNamespace(keep_registry_answer=lambda _key, words: words)
        account: Any = SimpleNamespace(
            registry=registry, deployments=deployments, group_policies=policies
        )
        yield situation, tell_registry(KEY, record, "", account)
