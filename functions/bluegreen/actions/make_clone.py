"""Create the green model and endpoint config of a deployment from its model package, once."""

from bluegreen.aws.account import Account
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.findings import rejecting
from bluegreen.deployment.deployment import Deployment
from bluegreen.registry.clone import Clone, clone_of, own_tags
from bluegreen.registry.clone_rules import check_clone_source


def make_clone(deployment: Deployment, account: Account) -> None:
    """Create the model and the endpoint config, unless an earlier attempt did.

    Everything is checked again under the lock, because the approval may have been withdrawn, or
    the endpoint may serve something else by now. RequestRejected if a check fails.
    """
    green = _green(deployment, account)
    account.created.note(deployment.key, deployment.request.endpoint_config_name)
    account.clones.create(green)


def _green(deployment: Deployment, account: Account) -> Clone:
    request, key = deployment.request, deployment.key
    source = account.clones.source(request)
    refusals = rejecting(check_clone_source(request, source))
    if refusals:
        raise RequestRejected(" ".join(f"{each.message} {each.fix}" for each in refusals))
    own = own_tags(account.settings.stack_name, key.endpoint_name, key.deployment_id)
    name, package = request.endpoint_config_name, request.model_package_arn
    return clone_of(source, name, package, request.variant_name, own)
