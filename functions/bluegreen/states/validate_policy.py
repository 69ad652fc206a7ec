"""ValidatePolicy: check a request by itself and against the account, without changing anything."""

from dataclasses import replace
from functools import cache

from bluegreen.aws.account import Account
from bluegreen.check.report import Checked, check_situation, short_plan
from bluegreen.check.rules.presence import not_permitted, supersede_not_allowed
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.findings import LONGEST_STATE, bytes_of, rejecting, shortened, to_list
from bluegreen.contract.state import SCHEMA_VERSION, PolicyChecked, ValidatePolicyInput
from bluegreen.contract.times import from_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.observability import about, logger
from bluegreen.registry.clone import named
from bluegreen.request.request import Request, check, document_in, name_in
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: ValidatePolicyInput, _context: object) -> PolicyChecked:
    """Check the execution's own input."""
    request = event["Request"]
    started_at = from_text(event["StartedAt"])
    key = DeploymentKey(name_in(request) or "", event["DeploymentId"], started_at)
    with about(key.deployment_id):
        checked = validate_policy(request, key, account())
        logger.info("policy validated", rejected=checked["WouldBeRejected"])
        return checked


def validate_policy(raw: object, key: DeploymentKey, account: Account) -> PolicyChecked:
    """What the document begins with: EndpointName, Findings, WouldBeRejected; Request and Fleet.

    Request and Fleet (the instances of the smallest variant of the green fleet) are absent if the
    request is malformed. Creates is there if the endpoint is to be created. A dry run has DryRun
    and Plan instead of them, and Request too if an approval started it. `key` is the deployment
    that the request is for.
    """
    checked = _checked(raw, key, account)
    answer = PolicyChecked(
        SchemaVersion=SCHEMA_VERSION,
        EndpointName=name_in(raw) or "",
        WouldBeRejected=checked.would_be_rejected,
        Findings=[],
    )
    if isinstance(raw, dict) and raw.get("DryRun") is True:
        answer["DryRun"], answer["Plan"] = True, short_plan(checked, LONGEST_STATE // 2)
        if checked.request is not None and checked.request.approved_at:
            answer["Request"] = checked.request.to_json()
    elif checked.request is not None:
        answer["Request"] = _to_send(checked).to_json()
        answer["Fleet"] = min(checked.fleet, default=0)
        if checked.creates:
            answer["Creates"] = True
    room = LONGEST_STATE - bytes_of(answer)
    answer["Findings"] = shortened(to_list(checked.findings), room)
    return answer


def _to_send(checked: Checked) -> Request:
    """The normalised request; one that is rejected makes no alarms, however many it asked for."""
    request = checked.to_send
    return replace(request, guardrails=()) if checked.would_be_rejected else request


def _checked(raw: object, key: DeploymentKey, account: Account) -> Checked:
    findings, document = check(raw), document_in(raw)
    if document is None or rejecting(findings):
        return Checked(findings)
    request = named(Request.from_json(document), key)
    if request.on_busy == "SUPERSEDE" and not account.settings.allows_supersede:
        findings = [*findings, supersede_not_allowed()]
    try:
        situation = account.situations.of(request)
    except RequestRejected as refusal:
        return Checked([*findings, not_permitted(str(refusal))], request)
    return check_situation(request, situation, findings)
