"""Errors that are ours, read as botocore reads those of each protocol."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from botocore.parsers import create_parser
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from bluegreen_simulator.run.error_answers import (
    error_answer,
    internal_failure,
    refusal,
    service_of,
)

FORM: Final = "application/x-www-form-urlencoded"
CBOR_PATH: Final = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
CBOR: Final = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
NOTE: Final = '"Größe" <1> & more'


def signed(
    service: str, path: str = "/", method: str = "POST", body: str = "", **headers: str
) -> Request:
    scope = f"key/20260105/eu-central-1/{service}/aws4_request"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    all_headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, x", **named}
    builder = EnvironBuilder(path, method=method, headers=[*all_headers.items()], data=body)
    return Request(builder.get_environ())


REQUESTS: Final[Mapping[str, tuple[str, Request, str]]] = {
    "json": (
        "json",
        signed(
            "states",
            X_Amz_Target="AWSStepFunctions.StartExecution",
            Content_Type="application/x-amz-json-1.0",
        ),
        "StartExecution of stepfunctions",
    ),
    "rest-json": (
        "rest-json",
        signed("lambda", "/2015-03-31/functions/f/invocations"),
        "Invoke of lambda",
    ),
    "runtime": (
        "rest-json",
        signed("sagemaker", "/endpoints/churn/invocations"),
        "InvokeEndpoint of sagemaker-runtime",
    ),
    "query": (
        "query",
        signed("sns", body="Action=Publish", Content_Type=f"{FORM}; charset=utf-8"),
        "Publish of sns",
    ),
    "query in the address": (
        "query",
        signed("iam", "/?Action=ListRoles", "GET"),
        "ListRoles of iam",
    ),
    "ec2": (
        "ec2",
        signed("ec2", body="Action=RunInstances", Content_Type=FORM),
        "RunInstances of ec2",
    ),
    "s3": ("rest-xml", signed("s3", "/bucket/key", "PUT"), "PutObject of s3"),
    "s3 by another name": (
        "rest-xml",
        signed("s3express", "/bucket/key", "GET"),
        "GetObject of s3",
    ),
    "rest-xml": (
        "rest-xml",
        signed("route53", "/2013-04-01/hostedzone", "GET"),
        "ListHostedZones of route53",
    ),
    "cbor": ("smithy-rpc-v2-cbor", signed("monitoring", CBOR_PATH, **CBOR), "PutMetricData of"),
}


def read(protocol: str, response: Any) -> Mapping[str, Any]:
    headers = {name.lower(): value for name, value in response.headers}
    answer = {"status_code": response.status_code, "headers": headers, "body": response.get_data()}
    parser: Any = create_parser(protocol)
    error: Mapping[str, Any] = parser.parse(answer, None)["Error"]
    return error


@pytest.mark.parametrize("name", REQUESTS)
def test_a_client_reads_the_code_and_the_message(name: str) -> None:
    protocol, request, _ = REQUESTS[name]
    error = read(protocol, error_answer(request, 400, "Odd", NOTE))
    assert (error["Code"], error["Message"]) == ("Odd", NOTE)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_not_modelled_is_refused_by_its_name(name: str) -> None:
    protocol, request, asked = REQUESTS[name]
    response = refusal(request)
    assert response.status_code == 501
    error = read(protocol, response)
    assert error["Code"] == "NotImplemented"
    assert error["Message"].startswith(asked)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_broke_is_an_internal_failure_with_the_reason(name: str) -> None:
    protocol, request, asked = REQUESTS[name]
    response = internal_failure(request, "KeyError: 'Name'")
    assert response.status_code == 500
    error = read(protocol, response)
    assert error["Code"] in {
        "InternalFailure",
        "InternalError",
        "ServiceException",
        "InternalServiceFault",
    }
    assert error["Message"].startswith(asked)
    assert error["Message"].endswith("KeyError: 'Name'")


@pytest.mark.parametrize(
    ("headers", "path", "service"),
    [
        ({}, "/", "a service"),
        ({"Authorization": "Bearer x"}, "/", "a service"),
        ({}, "/?X-Amz-Credential=key/20260105/eu-central-1/s3/aws4_request", "s3"),
    ],
)
def test_the_service_stands_in_the_signature(
    headers: dict[str, str], path: str, service: str
) -> None:
    request = Request(EnvironBuilder(path, headers=[*headers.items()]).get_environ())
    assert service_of(request) == service


def test_a_call_that_nothing_can_be_read_of_is_named_by_method_and_path() -> None:
    request = signed("no-such-service", "/a\x00b", body="\xff")
    assert "POST /a b of no-such-service" in refusal(request).get_data(as_text=True)
