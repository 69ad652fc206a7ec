"""From AWS's own shapes to what a green config is made from, and to the situation that follows."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.aws.situation.source_shapes import clone_source_in, situation_for
from bluegreen.registry.clone import CONSENT_TAG, CloneSource
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from builders import BLUE, CANARY, GREEN, PACKAGE, at
from situations import ENDPOINT_ARN, LIVE_PACKAGE, ROLE, live_config, live_model, live_variant

REQUEST = Request("churn", "churn-v7-0", CANARY, model_package_arn=PACKAGE)
FOREIGN = "arn:aws:sagemaker:eu-central-1:999999999999:model-package/other/1"
BODY: dict[str, Any] = {
    "ModelPackageArn": PACKAGE,
    "ModelPackageGroupName": "churn",
    "ModelPackageStatus": "Completed",
    "ModelApprovalStatus": "Approved",
    "InferenceSpecification": {"Containers": [{"Image": "i"}]},
    "LastModifiedTime": at(7).isoformat(),
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
        "PassableRoles": [ROLE],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def test_the_source_with_all_that_was_read() -> None:
    assert clone_source_in(shapes(), REQUEST) == CloneSource(
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


def test_of_nothing_there_is_nothing() -> None:
    assert clone_source_in({}, REQUEST) == CloneSource()


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
        ({"PassableRoles": ...}, {"passable_roles": None}),
        ({"PassableRoles": None}, {"passable_roles": None}),
        ({"PassableRoles": []}, {"passable_roles": ()}),
    ],
)
def test_what_was_not_read_is_not_known(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    found = clone_source_in(shapes(**changes), REQUEST)
    assert found == replace(clone_source_in(shapes(), REQUEST), **expected)


def test_the_config_that_will_be_made_is_the_requested_one() -> None:
    found = situation_for(REQUEST, shapes())
    assert found.source == clone_source_in(shapes(), REQUEST)
    assert found.live
    assert found.requested
    assert (found.live.name, found.requested.name) == (BLUE, "churn-v7-0")
    (variant,) = found.requested.variants
    assert (variant.name, variant.model, variant.instances) == ("main", "churn-v7-0", 4)
    assert variant.model_exists is True
    assert variant.role_arn == ROLE


@pytest.mark.parametrize(
    ("packages", "marketplace"),
    [
        ([BODY], False),
        ([{**BODY, "CertifyForMarketplace": True}], True),
    ],
)
def test_whether_the_package_is_of_marketplace_is_judged_like_any_other(
    packages: list[dict[str, Any]], marketplace: bool
) -> None:
    found = situation_for(REQUEST, shapes(ModelPackages=packages))
    assert found.requested
    assert [variant.marketplace for variant in found.requested.variants] == [marketplace]


def test_the_other_variants_keep_their_models() -> None:
    two = live_config(live_variant(), live_variant("second"))
    given = shapes(EndpointConfigs=[two], Models=[live_model(), live_model("second")])
    found = situation_for(replace(REQUEST, variant_name="second"), given)
    assert found.requested
    assert [v.model for v in found.requested.variants] == ["model-main", "churn-v7-0"]
    assert [v.model_exists for v in found.requested.variants] == [True, True]


@pytest.mark.parametrize(
    "changes",
    [
        {"Endpoint": ...},
        {"Tags": {}},
        {"ModelPackages": []},
        {"ModelPackages": [{**BODY, "ModelApprovalStatus": "Rejected"}]},
        {"EndpointConfigs": []},
        {"Models": []},
        {"PassableRoles": []},
    ],
)
def test_where_something_is_amiss_nothing_is_put_together(changes: dict[str, Any]) -> None:
    found = situation_for(REQUEST, shapes(**changes))
    assert found.requested is None
    assert found.source is not None


def test_the_shapes_are_left_as_they_are() -> None:
    given = shapes()
    situation_for(REQUEST, given)
    assert given == shapes()


def test_a_request_for_a_config_has_no_source() -> None:
    green = live_config(EndpointConfigName=GREEN)
    found = situation_for(
        Request("churn", GREEN, CANARY), shapes(EndpointConfigs=[live_config(), green])
    )
    assert found.source is None
    assert found.requested
    assert found.requested.name == GREEN
