"""What an endpoint serves as it is read, strictly or not, and what a green config is made from."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import boto3
import pytest
from botocore.stub import Stubber

from bluegreen.aws.reads import NeededReads, OptionalReads
from bluegreen.aws.sagemaker.live_fleet import FleetReader, clone_source_in
from bluegreen.clock import SystemClock
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.registry.clone import CONSENT_TAG, CloneSource
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from builders import BLUE, CANARY, GREEN, PACKAGE, at
from made_up_keys import MADE_UP_KEYS
from situations import ENDPOINT_ARN, LIVE_PACKAGE, ROLE, live_config, live_model, live_variant

REQUEST = Request("churn", "churn-v7-0", CANARY, model_package_arn=PACKAGE)
FOREIGN = "arn:aws:sagemaker:eu-central-1:999999999999:model-package/other/1"
BODY: dict[str, Any] = {
    "ModelPackageArn": PACKAGE,
    "ModelPackageGroupName": "churn",
    "ModelPackageStatus": "Completed",
    "ModelApprovalStatus": "Approved",
    "InferenceSpecification": {"Containers": [{"Image": "i"}]},
    "LastModifiedTime": at(7),
}


def shapes(**changes: Any) -> dict[str, Any]:
    """All that is read of a sound endpoint and package; a member set to `...` is left out."""
    body = {
        "Endpoint": {
            "EndpointName": "churn",
            "EndpointArn": ENDPOINT_ARN,
            "EndpointStatus": "InService",
            "EndpointConfigName": BLUE,
            "ProductionVariants": [{"VariantName": "main", "CurrentInstanceCount": 4}],
        },
        "EndpointConfigs": [live_config()],
        "Models": [live_model()],
        "ModelPackages": [BODY],
        "Tags": {ENDPOINT_ARN: [{"Key": CONSENT_TAG, "Value": "churn"}]},
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def test_the_source_with_all_that_was_read() -> None:
    assert clone_source_in(shapes(), REQUEST, [ROLE]) == CloneSource(
        endpoint_arn=ENDPOINT_ARN,
        package=ModelPackage(
            PACKAGE,
            group="churn",
            status="Completed",
            approval="Approved",
            containers=1,
            last_modified=at(7),
        ),
        config=live_config(),
        models={"model-main": live_model()},
        tags={ENDPOINT_ARN: {CONSENT_TAG: "churn"}},
        passable_roles=(ROLE,),
    )


def test_after_a_rollback_that_failed_a_mixture_serves() -> None:
    failed = {**shapes()["Endpoint"], "EndpointStatus": "UpdateRollbackFailed"}
    assert not clone_source_in(shapes(), REQUEST).serves_mixture
    assert clone_source_in(shapes(Endpoint=failed), REQUEST).serves_mixture


def test_of_nothing_there_is_nothing() -> None:
    assert clone_source_in({}, REQUEST) == CloneSource()


@pytest.mark.parametrize(("roles", "expected"), [(None, None), ([], ()), ([ROLE], (ROLE,))])
def test_which_roles_may_be_passed_on(roles: Any, expected: Any) -> None:
    assert clone_source_in(shapes(), REQUEST, roles).passable_roles == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Endpoint": ...}, {"endpoint_arn": "", "config": None}),
        ({"EndpointConfigs": [live_config(EndpointConfigName="other")]}, {"config": None}),
        ({"EndpointConfigs": [live_config(EndpointConfigName="z"), live_config()]}, {}),
        ({"Models": []}, {"models": {}}),
        ({"ModelPackages": []}, {"package": None}),
        ({"ModelPackages": [{**BODY, "ModelPackageArn": FOREIGN}]}, {"package": None}),
        ({"ModelPackages": [{**BODY, "ModelPackageArn": LIVE_PACKAGE}, BODY]}, {}),
        ({"Tags": ...}, {"tags": {}}),
        ({"SaysDetailed": False}, {"says_detailed": False}),
    ],
)
def test_what_was_not_read_is_not_known(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    found = clone_source_in(shapes(**changes), REQUEST)
    assert found == replace(clone_source_in(shapes(), REQUEST), **expected)


# ---- As it is read ---------------------------------------------------------------------------

UNKNOWN: Final = f"ModelPackage {PACKAGE} does not exist."
GONE: Final = "Could not find it."
NO: Final = "not authorized to perform it"
ENDPOINT: Final = {
    **shapes()["Endpoint"],
    "CreationTime": at(0),
    "LastModifiedTime": at(0),
}
ANSWERS: Final[dict[str, Any]] = {
    "describe_endpoint": ENDPOINT,
    "describe_endpoint_config": live_config(),
    "describe_model": live_model(),
    "describe_model_package": {**BODY, "ModelPackageName": "churn", "CreationTime": at(0)}
    | {"ModelPackageStatusDetails": {"ValidationStatuses": []}},
}
"""What SageMaker answers, in the order in which it is asked; checked against botocore's model."""

LIVE_ARNS: Final = (
    ENDPOINT_ARN,
    live_config()["EndpointConfigArn"],
    live_model()["ModelArn"],
)


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("sagemaker", region_name="eu-central-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def answers(stub: Stubber, *calls: str, **changes: Any) -> None:
    for call in calls:
        stub.add_response(call, {**ANSWERS, **changes}[call])


def refuses(stub: Stubber, call: str, message: str, code: str = "ValidationException") -> None:
    stub.add_client_error(call, code, message, http_status_code=400)


def tagged(stub: Stubber, *arns: str) -> None:
    for arn in arns:
        stub.add_response("list_tags", {"Tags": []}, {"ResourceArn": arn})


def needed(stub: Stubber, request: Request = REQUEST) -> dict[str, Any]:
    """As StartUpdate reads it."""
    client: Any = stub.client
    return FleetReader(client, NeededReads()).read(request)


def optional(stub: Stubber, request: Request = REQUEST) -> tuple[dict[str, Any], dict[str, str]]:
    """As the check reads it, and what it could not read."""
    client: Any = stub.client
    reads = OptionalReads(SystemClock())
    return FleetReader(client, reads).read(request), reads.unknown


def test_the_live_fleet_with_the_package_and_the_tags_that_count(stub: Stubber) -> None:
    answers(stub, *ANSWERS)
    for arn in LIVE_ARNS:
        first, second = {"Key": "a", "Value": arn[:9]}, {"Key": "b", "Value": ""}
        stub.add_response("list_tags", {"Tags": [first], "NextToken": "t"}, {"ResourceArn": arn})
        stub.add_response("list_tags", {"Tags": [second]}, {"ResourceArn": arn, "NextToken": "t"})
    assert needed(stub) == {
        "Endpoint": ENDPOINT,
        "EndpointConfigs": [live_config()],
        "Models": [live_model()],
        "MissingModels": [],
        "ModelPackages": [ANSWERS["describe_model_package"]],
        "Tags": {
            arn: [{"Key": "a", "Value": arn[:9]}, {"Key": "b", "Value": ""}] for arn in LIVE_ARNS
        },
        "SaysDetailed": True,
    }


def test_an_older_sdk_cannot_say_whether_there_is_detailed_observability(stub: Stubber) -> None:
    client: Any = stub.client
    creation = client.meta.service_model.operation_model("CreateEndpointConfig").input_shape
    del creation.members["MetricsConfig"].members["EnableDetailedObservability"]
    answers(stub, *ANSWERS)
    tagged(stub, *LIVE_ARNS)
    assert not clone_source_in(needed(stub), REQUEST).says_detailed


def test_with_a_config_of_its_own_a_request_wants_no_package_and_no_tags(stub: Stubber) -> None:
    green = live_config(live_variant(ModelName="m2"), EndpointConfigName=GREEN)
    answers(stub, "describe_endpoint")
    stub.add_response("describe_endpoint_config", green, {"EndpointConfigName": GREEN})
    stub.add_response("describe_endpoint_config", live_config(), {"EndpointConfigName": BLUE})
    second = live_model(ModelName="m2")
    stub.add_response("describe_model", second, {"ModelName": "m2"})
    stub.add_response("describe_model", live_model(), {"ModelName": "model-main"})
    found, unknown = optional(stub, Request("churn", GREEN, CANARY))
    assert found["EndpointConfigs"] == [green, live_config()]
    assert found["Models"] == [second, live_model()]
    assert found.keys() == {"Endpoint", "EndpointConfigs", "Models", "MissingModels"}
    assert unknown == {}


def test_two_variants_with_one_model_have_one_model(stub: Stubber) -> None:
    two = live_config(live_variant(), live_variant("second", ModelName="model-main"))
    answers(stub, *ANSWERS, describe_endpoint_config=two)
    tagged(stub, *LIVE_ARNS)
    assert needed(stub)["Models"] == [live_model()]


def test_without_an_endpoint_nothing_else_is_asked(stub: Stubber) -> None:
    refuses(stub, "describe_endpoint", GONE)
    assert needed(stub) == {"EndpointConfigs": [], "Models": [], "MissingModels": []}


def test_a_package_of_another_account_is_not_asked_for(stub: Stubber) -> None:
    foreign = ENDPOINT_ARN.replace("123456789012", "999999999999")
    there = {name: value for name, value in ENDPOINT.items() if name != "EndpointConfigName"}
    answers(stub, "describe_endpoint", describe_endpoint={**there, "EndpointArn": foreign})
    tagged(stub, foreign)
    found = needed(stub)
    assert (found["ModelPackages"], found["Tags"]) == ([], {foreign: []})


def test_a_package_that_is_not_there_is_none_of_the_packages(stub: Stubber) -> None:
    answers(stub, "describe_endpoint", "describe_endpoint_config", "describe_model")
    refuses(stub, "describe_model_package", UNKNOWN)
    tagged(stub, *LIVE_ARNS)
    assert needed(stub)["ModelPackages"] == []


@pytest.mark.parametrize("read", [needed, optional])
def test_tags_that_our_role_may_not_see(stub: Stubber, read: Any) -> None:
    answers(stub, *ANSWERS)
    refuses(stub, "list_tags", NO, "AccessDeniedException")
    with pytest.raises(RequestRejected, match=f"AWS denied access: {NO}"):
        read(stub)


# What is live is needed to make a clone; a check goes on without it, and says why.


def test_a_live_config_that_is_gone_is_not_among_the_configs(stub: Stubber) -> None:
    for _ in range(2):
        answers(stub, "describe_endpoint")
        refuses(stub, "describe_endpoint_config", GONE)
        answers(stub, "describe_model_package")
        tagged(stub, ENDPOINT_ARN)
    assert needed(stub)["EndpointConfigs"] == []
    found, unknown = optional(stub)
    assert found["EndpointConfigs"] == []
    assert unknown == {"live": "the endpoint config no longer exists"}


def test_a_live_config_that_our_role_may_not_see(stub: Stubber) -> None:
    answers(stub, "describe_endpoint")
    refuses(stub, "describe_endpoint_config", NO, "AccessDeniedException")
    with pytest.raises(RequestRejected, match=f"AWS denied access: {NO}"):
        needed(stub)
    answers(stub, "describe_endpoint")
    refuses(stub, "describe_endpoint_config", f"{NO}.", "AccessDeniedException")
    answers(stub, "describe_model_package")
    tagged(stub, ENDPOINT_ARN)
    _, unknown = optional(stub)
    assert unknown == {"live": f"AWS denied access: {NO}"}


@pytest.mark.parametrize("read", [needed, optional])
def test_a_live_config_without_an_answer_is_no_observation(stub: Stubber, read: Any) -> None:
    answers(stub, "describe_endpoint")
    refuses(stub, "describe_endpoint_config", "Rate exceeded", "ThrottlingException")
    with pytest.raises(ObservationUnavailable):
        read(stub)


def test_a_live_model_that_is_gone_is_told(stub: Stubber) -> None:
    answers(stub, "describe_endpoint", "describe_endpoint_config")
    refuses(stub, "describe_model", GONE)
    answers(stub, "describe_model_package")
    tagged(stub, *LIVE_ARNS[:2])
    found = needed(stub)
    assert (found["Models"], found["MissingModels"]) == ([], ["model-main"])


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [
        ("AccessDeniedException", RequestRejected, "AWS denied access: no"),
        ("ThrottlingException", ObservationUnavailable, "AWS answered ThrottlingException: no"),
    ],
)
def test_a_live_model_that_is_not_shown(
    stub: Stubber, code: str, error: type[Exception], reason: str
) -> None:
    answers(stub, "describe_endpoint", "describe_endpoint_config")
    refuses(stub, "describe_model", "no", code)
    with pytest.raises(error):
        needed(stub)
    answers(stub, "describe_endpoint", "describe_endpoint_config")
    refuses(stub, "describe_model", "no", code)
    answers(stub, "describe_model_package")
    tagged(stub, *LIVE_ARNS[:2])
    found, unknown = optional(stub)
    assert (found["Models"], found["MissingModels"]) == ([], [])
    assert unknown == {"models": reason}
