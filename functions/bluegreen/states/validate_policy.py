"""ValidatePolicy: check a request against itself and against the account, and change nothing."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.check.report import Checked, check_situation, short_plan
from bluegreen.check.rules.presence import not_permitted
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.findings import LONGEST_STATE, bytes_of, rejecting, shortened, to_list
from bluegreen.contract.times import from_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.next_look import SCHEMA_VERSION
from bluegreen.observability import logger
from bluegreen.registry.clone import named
from bluegreen.request.request import Request, check, name_in
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Check the execution's own input."""
    request = event["Request"]
    started_at = from_text(event["StartedAt"])
    key = DeploymentKey(name_in(request) or "", event["DeploymentId"], started_at)
    checked = validate_policy(request, key, account())
    logger.info("policy validated", rejected=checked["WouldBeRejected"])
    return checked


def validate_policy(raw: object, key: DeploymentKey, account: Account) -> dict[str, Any]:
    """The workflow's first state: EndpointName, Findings, WouldBeRejected; Request and Fleet.

    Request and Fleet (instances of the smallest variant of the green fleet) are there unless
    the request is malformed or names things that are not there. A dry run has DryRun, and the
    Plan in their place. `key` is the deployment that the request is for.
    """
    checked = _checked(raw, key, account)
    state = {
        "SchemaVersion": SCHEMA_VERSION,
        "EndpointName": name_in(raw) or "",
        "WouldBeRejected": checked.would_be_rejected,
    }
    if isinstance(raw, dict) and raw.get("DryRun") is True:
        state |= {"DryRun": True, "Plan": short_plan(checked, LONGEST_STATE // 2)}
    else:
        state |= _prepared(checked)
    findings = shortened(to_list(checked.findings), LONGEST_STATE - bytes_of(state), bytes_of)
    return state | {"Findings": findings}


def _prepared(checked: Checked) -> dict[str, Any]:
    if checked.request is None:
        return {}
    request = checked.request.for_fleet(checked.fleet)
    return {"Request": request.to_json(), "Fleet": min(checked.fleet, default=0)}


def _checked(raw: object, key: DeploymentKey, account: Account) -> Checked:
    findings = check(raw)
    if not isinstance(raw, dict) or rejecting(findings):
        return Checked(findings)
    request = named(Request.from_json(raw), key)
    try:
        situation = account.situations.of(request)
    except RequestRejected as refusal:
        return Checked([*findings, not_permitted(str(refusal))], request)
    return check_situation(request, situation, findings)
