"""Whose endpoint an execution's input names: a request's or an adoption's, or nobody's."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bluegreen.contract.execution_input import adopted_in, target_in
from bluegreen.request.request import name_in
from builders import canary_request, package_request

ADOPTION = {"EndpointName": "churn", "DeploymentId": "d", "StartedAt": "t", "Fence": 2}


@pytest.mark.parametrize(
    "body",
    [
        canary_request(),
        package_request(),
        {"Adopt": ADOPTION},
        {"EndpointName": "churn"},
        {"Adopt": 5, "EndpointName": "churn"},
        {"Adopt": ADOPTION, "EndpointName": "other"},
    ],
)
def test_a_request_and_an_adoption_name_their_endpoint(body: Any) -> None:
    assert name_in(target_in(json.dumps(body))) == "churn"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        5,
        "churn",
        {"EndpointName": 5},
        {"EndpointName": ["churn"]},
        {"EndpointName": "c" * 64},  # a key of the table would be too long with 2,048 of them
        {"Adopt": {}},
        {"Adopt": {"EndpointName": None}},
        {"Adopt": {}, "EndpointName": "churn"},
    ],
)
def test_an_input_without_an_endpoints_name_names_none(body: Any) -> None:
    assert name_in(target_in(json.dumps(body))) is None


@pytest.mark.parametrize("text", ["", "{", '{"EndpointName": "churn"', "churn", "[" * 100_000])
def test_an_input_that_is_cut_or_no_json_names_none(text: str) -> None:
    """An event leaves out an input that is too long, and says so elsewhere."""
    assert name_in(target_in(text)) is None


def test_an_adoption_names_the_deployment_that_it_concludes() -> None:
    adoption = {**ADOPTION, "StartedAt": "2026-01-05T09:00:00.123Z"}
    began = datetime(2026, 1, 5, 9, 0, 0, 123_000, UTC)
    assert adopted_in(json.dumps({"Adopt": adoption})) == ("d", began)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        canary_request(),
        {"Adopt": None},
        {"Adopt": {}},
        {"Adopt": ADOPTION},
        {"Adopt": {"DeploymentId": "d"}},
        {"Adopt": {"DeploymentId": "d", "StartedAt": None}},
        {"Adopt": {"DeploymentId": "", "StartedAt": "2026-01-05T09:00:00.123Z"}},
        {"Adopt": {"DeploymentId": "d" * 81, "StartedAt": "2026-01-05T09:00:00.123Z"}},
        {"Adopt": {"DeploymentId": ["d"], "StartedAt": "2026-01-05T09:00:00.123Z"}},
        {"Adopt": {"DeploymentId": "d", "StartedAt": "9999-12-31T23:59:59-23:00"}},
    ],
)
def test_what_is_no_adoption_names_none(body: Any) -> None:
    assert adopted_in(json.dumps(body)) is None


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_an_input_that_is_cut_adopts_nothing(text: str) -> None:
    assert adopted_in(text) is None
