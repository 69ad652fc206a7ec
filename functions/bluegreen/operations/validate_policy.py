"""Check a request against what it says itself and what the account knows; change nothing."""

from collections.abc import Sequence
from typing import Any

from bluegreen.adapters.account import Account
from bluegreen.domain.finding import LONGEST_IN_STATE, Finding, rejecting, shortened, to_list
from bluegreen.domain.observation import GONE
from bluegreen.domain.preflight import check_account, green_fleet
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
        state |= {"Request": request.for_fleet(fleet).to_json(), "Fleet": fleet}
    return state | _judged(findings)


def _check_on_account(request: Request, account: Account) -> tuple[list[Finding], int]:
    observation = account.endpoints.look(request.endpoint_name)
    config = account.endpoints.instances_in_config(request.endpoint_config_name)
    findings = list(check_account(request, observation, config))
    if config is None or observation.status == GONE:
        return findings, 0
    return findings, min(green_fleet(request, observation, config).values(), default=0)


def _judged(findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "Findings": shortened(to_list(findings), LONGEST_IN_STATE),
        "WouldBeRejected": bool(rejecting(findings)),
    }
