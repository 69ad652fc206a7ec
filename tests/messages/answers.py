"""The texts that states, actions and AWS's refusals put into notifications, made by their own code.

What stands in <angle brackets> are the words of SageMaker and IAM.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import ClientError, ParamValidationError

from bluegreen.actions.tell_registry import tell_registry
from bluegreen.aws.cloudwatch import AbortAlarms
from bluegreen.aws.dynamodb.locks import Lock
from bluegreen.aws.parameter_store import GroupPolicies
from bluegreen.aws.sagemaker.clones import Clones
from bluegreen.aws.sagemaker.endpoints import Endpoints
from bluegreen.aws.sagemaker.model_packages import Registry
from bluegreen.contract.errors import AbortAlarmRings, BlueGreenError
from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.abort import RUNG_LATELY, still_rings
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.ownership import Execution, Owner
from bluegreen.deployment.queue import Waiter
from bluegreen.registry.clone import Clone
from bluegreen.registry.group_policy import StoredPolicy
from bluegreen.registry.model_package import ModelPackage
from bluegreen.sagemaker.observation import IN_PROGRESS, Observation
from bluegreen.states.acquire_endpoint_lock import acquire_endpoint_lock
from bluegreen.states.start_update import start_update
from builders import BLUE, GREEN, KEY, START, at, canary_request, deployment, settled
from situations import package

REQUESTED: Final = deployment()
OTHER: Final = DeploymentKey("churn", "deploy-0", at(-600))
FREE: Final = Lock()
OURS: Final = Lock(1, Owner(KEY, REQUESTED.execution_arn, 1, START))
OTHERS: Final = Lock(1, Owner(OTHER, "arn:others", 1, at(-600)))
ADOPTED: Final = Lock(2, Owner(OTHER, "arn:others", 2, START, adopter=True))
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
    refusing = Endpoints(_client(""), lambda: _client("<the message of SageMaker>"))
    endpoints = SimpleNamespace(
        look=lambda _name: left.pop(0) if left[1:] else left[0], update=refusing.update
    )
    slept: list[float] = []
    clock = SimpleNamespace(now=lambda: at(sum(slept)), sleep=slept.append)
    return SimpleNamespace(endpoints=endpoints, clock=clock, **services)


# ---- AcquireEndpointLock ---------------------------------------------------------------------


def _busy(
    found: Lock,
    status: str = "InService",
    *,
    asking: Deployment = PREPARED,
    waiting: tuple[Waiter, ...] = (),
    since: str = "",
) -> str:
    """Why a deployment does not get the lock that it finds, in the endpoint's status."""
    locks = SimpleNamespace(
        acquire=lambda *_: OURS,
        give_back=lambda *_: None,
        adopt=lambda *_: True,
    )
    waiter = Waiter(Owner(KEY, asking.execution_arn, 0, START), START)
    account = _account(
        settled(BLUE, status=status),
        locks=locks,
        queue=SimpleNamespace(
            look=lambda _name: (found, list(waiting)),
            join=lambda *_: waiter,
            adopt=lambda *_: True,
        ),
        workflow=SimpleNamespace(look=lambda _arn: Execution("RUNNING")),
    )
    account.clock.sleep(300)
    return acquire_endpoint_lock(asking, account, waits_since=since)["BusyReason"]


QUEUING: Final = replace(
    PREPARED, request=replace(PREPARED.request, on_busy="QUEUE", queue_timeout_seconds=300)
)
WAITER: Final = Waiter(Owner(OTHER, "arn:others", 0, at(-600)), at(-600))
FIVE_MINUTES_AGO: Final = "2026-01-05T09:00:00.000Z"

BUSY: Final = (
    ("another deployment of the endpoint is running", _busy(OTHERS, "Updating")),
    *((f"the endpoint is {status} already", _busy(FREE, status)) for status in sorted(IN_PROGRESS)),
    ("another deployment waits for the endpoint", _busy(FREE, waiting=(WAITER,))),
    ("it waited in the queue for too long", _busy(OTHERS, asking=QUEUING)),
    (
        "it waited for too long, and somebody else updates it",
        _busy(FREE, "Updating", asking=QUEUING),
    ),
    ("a deployment whose execution ended is running", _busy(ADOPTED, "Updating")),
    ("a deployment whose execution ended is concluded", _busy(ADOPTED, since=FIVE_MINUTES_AGO)),
)
"""Why the lock was not acquired: the situation, and the BusyReason."""


# ---- StartUpdate -----------------------------------------------------------------------------


def _start(*looks: Observation, rang: bool = False, rings: bool = False) -> Refusal:
    def request_update(_deployment: Deployment, _now: datetime) -> Deployment:
        if rang:
            raise AbortAlarmRings(still_rings("churn", RUNG_LATELY))
        return REQUESTED

    deployments = SimpleNamespace(
        find_row=lambda _key: None,
        request_update=request_update,
        withdraw_update=lambda _deployment, _words: None,
    )
    abort_alarms = SimpleNamespace(
        make=lambda _name: None,
        publish=lambda _name, _value: "",
        rings=lambda _name: rings,
        name_of=lambda name: f"bluegreen-abort-{name}",
    )
    account = _account(
        *looks,
        deployments=deployments,
        abort_alarms=abort_alarms,
        locks=SimpleNamespace(find=lambda _name: OURS),
        settings=SimpleNamespace(makes_abort_alarms=True),
    )
    return _refusal(lambda: start_update(PREPARED, account))


def _no_abort_alarm() -> Refusal:
    alarms = AbortAlarms(_client("<the message of CloudWatch>"), "bluegreen")
    return _refusal(lambda: alarms.make("churn"))


def _denied() -> Refusal:
    client = _client("<the message of IAM>", "AccessDeniedException")
    return _refusal(lambda: Endpoints(client, lambda: client).look("churn"))


def _unsent() -> Refusal:
    def update_endpoint(**_: object) -> None:
        report = 'Unknown parameter in input: "DeploymentConfig", must be one of: EndpointName'
        raise ParamValidationError(report=report)

    client: Any = SimpleNamespace(update_endpoint=update_endpoint)
    return _refusal(lambda: Endpoints(client, lambda: client).update(REQUESTED.request))


def _create() -> Refusal:
    client = _client("<the message of SageMaker>")
    return _refusal(lambda: Endpoints(client, lambda: client).create(REQUESTED.request))


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
    ("the abort alarm rang just now", *_start(settled(BLUE), rang=True)),
    ("the abort alarm rings", *_start(settled(BLUE), rings=True)),
    ("the abort alarm cannot be made", *_no_abort_alarm()),
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
    stored = StoredPolicy(json.dumps(document | changes))
    return SimpleNamespace(find=lambda _group: stored)


FULL: Final = replace(package(), metadata={f"metric-{n}": "1" for n in range(48)})
NO_ALARM: Final = {"DeploymentConfig": {}, "DeploymentConfigName": "AllAtOnce"}
OBJECTIONS: Final[tuple[tuple[str, Any], ...]] = (
    ("its group has no policy any more", SimpleNamespace(find=lambda _group: None)),
    (
        "the policy of its group is a SecureString by now",
        SimpleNamespace(find=lambda _group: StoredPolicy("AQIC", encrypted=True)),
    ),
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


def _of_registry(**parts: Any) -> Any:
    """As much of an account as updates a model package that an approval has deployed."""
    return SimpleNamespace(
        deployments=SimpleNamespace(keep_registry_answer=lambda _key, words: words),
        approvals=SimpleNamespace(cover=_takes, has_started=lambda _arn, _execution: True),
        settings=SimpleNamespace(model_execution_roles=("any",)),
        **parts,
    )


def registry_answers(record: DeploymentRecord) -> Iterator[tuple[str, str]]:
    """How a model package can be updated after a deployment: the situation, and the words."""
    refusing = Registry(_client("<the message of SageMaker>")).update
    for situation, found, update, policies in (
        ("a model package is rejected", package(), _takes, _policy()),
        ("a model package was rejected before", package(approval="Rejected"), _takes, _policy()),
        ("the model package was deleted", None, _takes, _policy()),
        ("SageMaker refused to update the model package", package(), refusing, _policy()),
        ("the model package has no room", FULL, _takes, _policy()),
        *((situation, package(), _takes, policies) for situation, policies in OBJECTIONS),
    ):
        registry = SimpleNamespace(find=lambda _arn, found=found: found, update=update)
        account = _of_registry(registry=registry, group_policies=policies)
        yield situation, tell_registry(KEY, record, account)


def answer_of(record: DeploymentRecord, found: ModelPackage) -> str:
    """How the package is updated where nothing is in the way."""
    registry = SimpleNamespace(find=lambda _arn: found, update=_takes)
    return tell_registry(KEY, record, _of_registry(registry=registry, group_policies=_policy()))
