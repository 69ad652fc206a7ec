"""Say in the registry which package an endpoint serves no more, since another one replaced it."""

from functools import cache

from bluegreen.actions.tell_registry import change_package
from bluegreen.aws.account import Account
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.registry.clone import may_be_clone, name_of_clone
from bluegreen.registry.feedback import REPLACED, STAGE, STAGE_STATUS, Feedback, replaced
from bluegreen.registry.feedback import served_again as again
from bluegreen.registry.retention import CreatedResource
from bluegreen.registry.served import MadeBy, change_by, packages_in
from bluegreen.sagemaker.package_name import PackageName

DEPLOYED = STAGE_STATUS[Verdict.SUCCEEDED]


def tell_replaced(record: DeploymentRecord, account: Account) -> None:
    """After a success: what was Deployed is Replaced, where it is known that nobody serves it.

    Going back to the endpoint config of a package that was Replaced makes that Deployed again.
    Only a life cycle that bluegreen has set is changed. The verdict stands and is told already:
    what fails here stands in the log.
    """
    if record["Verdict"] != Verdict.SUCCEEDED or not account.settings.model_execution_roles:
        return
    try:
        _tell(record, account)
    except (ObservationUnavailable, RequestRejected) as error:
        account.log_error("registry not told what was replaced", error=str(error))


def _tell(record: DeploymentRecord, account: Account) -> None:
    endpoint = record["EndpointName"]
    change = change_by(record, _made_by(endpoint, account, record))
    if record.get("Request", {}).get("KeepModelLifeCycle"):
        return
    for arn in sorted(change.gone):
        if not _may_be_served_elsewhere(arn, endpoint, account):
            _change(replaced(arn, record), DEPLOYED, account)
    for arn in sorted(change.served - {record.get("Request", {}).get("ModelPackageArn", "")}):
        _change(again(arn, record), REPLACED, account)


def _made_by(endpoint: str, account: Account, newest: DeploymentRecord | None = None) -> MadeBy:
    """By the name of an endpoint's config the record of who made it; `newest` is one of them."""

    @cache
    def made() -> dict[str, CreatedResource]:
        return {each.name: each for each in account.created.of_endpoint(endpoint)}

    @cache
    def record_of(config: str) -> DeploymentRecord | None:
        if newest is not None and config == _made_in(newest):
            return newest
        found = made().get(config) if may_be_clone(config) else None
        return account.deployments.record_of(found.key) if found else None

    return record_of


def _made_in(record: DeploymentRecord) -> str:
    """The config that a deployment has made of a package; empty where it has made none."""
    made = "ModelPackageArn" in record.get("Request", {})
    return record.get("RequestedEndpointConfigName", "") if made else ""


def _may_be_served_elsewhere(arn: str, endpoint: str, account: Account) -> bool:
    """Whether another endpoint was given the package, unless its last update shows otherwise."""
    others = [
        each
        for each in account.created.all()
        if each.endpoint_name.lower() != endpoint.lower() and _is_made_of(each, arn)
    ]
    return any(_may_serve(each, arn, account) for each in others)


def _is_made_of(made: CreatedResource, arn: str) -> bool:
    package = PackageName.of(arn)
    return package is not None and made.name == name_of_clone(package, made.endpoint_name, made.key)


def _may_serve(made: CreatedResource, arn: str, account: Account) -> bool:
    """Whether the endpoint may serve it; yes where that is not known, or its deployment runs."""
    last = account.deployments.last_update(made.endpoint_name)
    live = last.get("LiveEndpointConfigName") if last else None
    if live is None or account.deployments.record_of(made.key) is None:
        return True
    return arn in packages_in(live, _made_by(made.endpoint_name, account))


def _change(feedback: Feedback, expected: str, account: Account) -> None:
    package = account.registry.find(feedback.arn)
    if package is not None and package.life_cycle == (STAGE, expected):
        change_package(feedback, package, account)
