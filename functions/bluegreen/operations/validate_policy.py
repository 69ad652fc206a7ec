"""Check a request against what it says itself and what the account knows; change nothing."""

from collections.abc import Sequence
from typing import Any

from bluegreen.adapters.account import Account
from bluegreen.domain.errors import RequestRejected
from bluegreen.domain.finding import LONGEST_IN_STATE, Finding, rejecting, shortened, to_list
from bluegreen.domain.observation import GONE
from bluegreen.domain.preflight import check_account, green_fleet, not_permitted
from bluegreen.domain.request import Request, check, name_in
from bluegreen.domain.waiting import SCHEMA_VERSION


def validate_policy(raw: object, account: Account) -> dict[str, Any]:
    """The workflow's first state: EndpointName, Findings, WouldBeRejected; Request and Fleet.

    Request and Fleet (instances of the smallest variant of the green fleet) are there unless
    the request is malformed or names things that are not there.
    """
    findings = check(raw)
    state = {"SchemaVersion": SCHEMA_VERSION, "EndpointName": name_in(raw) or ""}
    if isinstance(raw, dict) and not rejecting(findings):
        request = Request.from_json(raw)
        more, fleet = _check_on_account(request, account)
        findings += more
        state |= {
            "Request": request.for_fleet(fleet).to_json(),
            "Fleet": min(fleet, default=0),
        }
    return state | _judged(findings)


def _check_on_account(request: Request, account: Account) -> tuple[list[Finding], list[int]]:
    """What the account tells, and the instances of each variant of the green fleet."""
    try:
        observation = account.endpoints.look(request.endpoint_name)
        config = account.endpoints.instances_in_config(request.endpoint_config_name)
    except RequestRejected as refusal:
        return [not_permitted(str(refusal))], []
    findings = list(check_account(request, observation, config))
    if config is None or observation.status == GONE:
        return findings, []
    return findings, list(green_fleet(request, observation, config).values())


def _judged(findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "Findings": shortened(to_list(findings), LONGEST_IN_STATE),
        "WouldBeRejected": bool(rejecting(findings)),
    }
