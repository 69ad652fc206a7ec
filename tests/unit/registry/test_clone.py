"""The clone of the live config and model: nothing lost, nothing of another's, one name a time."""

import re
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import validate_parameters

from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.clone import (
    CONSENT_TAG,
    FROM_THE_LIVE_MODEL,
    Clone,
    CloneSource,
    clone_of,
    differences,
    foreign_tags,
    named,
    not_copied,
    own_tags,
    tags_of,
    without_empty,
)
from bluegreen.request.request import NAME_PATTERN, Request
from bluegreen_simulator.moto.constraints import violations
from builders import CANARY, GREEN, KEY, PACKAGE, at
from situations import (
    ENDPOINT_ARN,
    ROLE,
    live_config,
    live_model,
    live_variant,
    source,
)

NAME = "churn-v7-0123456789"
REQUEST = Request("churn", "", CANARY, model_package_arn=PACKAGE)
OWN = {"bluegreen:stack": "s"}
OF_SAGEMAKER = ("EndpointConfigArn", "CreationTime")
"""What only SageMaker says: DescribeEndpointConfigOutput beside CreateEndpointConfigInput."""


@cache
def operation(name: str) -> OperationModel:
    return botocore.session.get_session().get_service_model("sagemaker").operation_model(name)


def whole(shape: Shape | None, path: str = "") -> Any:
    """A value of a shape with every member in it, at every depth, and two items in every list."""
    if isinstance(shape, StructureShape):
        return {name: whole(member, f"{path}{name}") for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [whole(shape.member, f"{path}{number}") for number in range(2)]
    if isinstance(shape, MapShape):
        return {f"{path}K": whole(shape.value, f"{path}V")}
    assert shape is not None
    least = shape.metadata.get("min", 1)
    numbers = {"integer": least, "long": least, "float": 0.5, "double": 0.5, "boolean": True}
    return {"timestamp": at(0), **numbers}.get(shape.type_name, path.ljust(least, "_"))


def everything() -> dict[str, Any]:
    """A live config with all that DescribeEndpointConfig may ever show."""
    body: dict[str, Any] = whole(operation("DescribeEndpointConfig").output_shape)
    for name, variant in zip(("main", "second"), body["ProductionVariants"], strict=True):
        variant |= {"VariantName": name, "ModelName": f"model-{name}"}
    return body


def made(given: CloneSource, variant: str = "", own: dict[str, str] | None = None) -> Clone:
    return clone_of(given, NAME, PACKAGE, variant, own)


def config_of(given: CloneSource, variant: str = "") -> dict[str, Any]:
    config = dict(made(given, variant).config)
    assert config.pop("Tags") == []
    return config


# ---- What is cloned --------------------------------------------------------------------------


def test_all_that_can_be_created_is_kept_at_every_depth() -> None:
    body = everything()
    expected = {name: value for name, value in body.items() if name not in OF_SAGEMAKER}
    expected |= {"EndpointConfigName": NAME}
    expected["ProductionVariants"] = deepcopy(expected["ProductionVariants"])
    expected["ProductionVariants"][0]["ModelName"] = NAME
    assert config_of(source(config=body), "main") == expected
    assert len(expected) > 10
    assert len(expected["ProductionVariants"][0]) > 15


def test_a_clone_has_every_member_that_create_takes_and_none_that_it_does_not() -> None:
    clone = made(source(config=everything()), "main").config
    shape = operation("CreateEndpointConfig").input_shape
    assert isinstance(shape, StructureShape)
    assert clone.keys() == shape.members.keys()
    validate_parameters(clone, shape)


def test_the_live_config_is_left_as_it_was() -> None:
    body = everything()
    before = deepcopy(body)
    made(source(config=body), "main")
    assert body == before


def test_a_simple_clone_word_by_word() -> None:
    green = made(source(), own=OWN)
    assert green.config == {
        "EndpointConfigName": NAME,
        "ProductionVariants": [live_variant(ModelName=NAME)],
        "MetricsConfig": {"EnableDetailedObservability": False},
        "Tags": [{"Key": "bluegreen:stack", "Value": "s"}],
    }
    assert green.model == {
        "ModelName": NAME,
        "Containers": [{"ModelPackageName": PACKAGE}],
        "ExecutionRoleArn": ROLE,
        "Tags": [{"Key": "bluegreen:stack", "Value": "s"}],
    }


@pytest.mark.parametrize("nothing", [None, [], {}, ""])
def test_what_is_empty_is_not_sent(nothing: Any) -> None:
    variant = live_variant(InstancePools=nothing, RoutingConfig=nothing)
    body = live_config(variant, ShadowProductionVariants=nothing, KmsKeyId=nothing)
    clone = config_of(source(config=body))
    assert clone.keys() == {"EndpointConfigName", "ProductionVariants", "MetricsConfig"}
    assert clone["ProductionVariants"] == [live_variant(ModelName=NAME)]


def test_empty_lists_and_nulls_are_dropped_at_every_depth() -> None:
    header = {"CsvContentTypes": [], "JsonContentTypes": ["application/json"]}
    capture = {"EnableCapture": False, "CaptureContentTypeHeader": header, "KmsKeyId": None}
    body = live_config(DataCaptureConfig={**capture, "CaptureOptions": [{"CaptureMode": None}]})
    assert config_of(source(config=body))["DataCaptureConfig"] == {
        "EnableCapture": False,
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
        "CaptureOptions": [{}],
    }


def test_an_empty_structure_within_a_member_may_be_required_and_stays() -> None:
    shap = {"ShapBaselineConfig": {}, "NumberOfSamples": 0}
    explainer = {"ClarifyExplainerConfig": {"ShapConfig": shap, "EnableExplanations": ""}}
    body = live_config(ExplainerConfig=explainer)
    assert config_of(source(config=body))["ExplainerConfig"] == explainer


@pytest.mark.parametrize("value", [False, 0, 0.0])
def test_what_says_no_or_none_is_kept(value: Any) -> None:
    variant = live_variant(InitialVariantWeight=value)
    body = live_config(variant, EnableNetworkIsolation=value)
    clone = config_of(source(config=body))
    assert clone["EnableNetworkIsolation"] == value
    assert clone["ProductionVariants"][0]["InitialVariantWeight"] == value


@pytest.mark.parametrize("name", [*OF_SAGEMAKER, "ResponseMetadata", "UnknownMembers"])
def test_what_is_not_of_the_config_is_not_sent(name: str) -> None:
    assert name not in made(source(config=live_config(**{name: "x"}))).config


# ---- Detailed observability ------------------------------------------------------------------

FREQUENT = {"MetricPublishFrequencyInSeconds": 10}
HAS, HAS_NOT = {"EnableDetailedObservability": True}, {"EnableDetailedObservability": False}


@pytest.mark.parametrize(
    ("live", "cloned"),
    [
        (..., HAS_NOT),
        (None, HAS_NOT),
        ({}, HAS_NOT),
        ({"EnableDetailedObservability": None}, HAS_NOT),
        (FREQUENT, {**FREQUENT, **HAS_NOT}),
        (HAS_NOT, HAS_NOT),
        ({**FREQUENT, **HAS_NOT}, {**FREQUENT, **HAS_NOT}),
        (HAS, HAS),
        ({**FREQUENT, **HAS}, {**FREQUENT, **HAS}),
    ],
)
def test_a_clone_says_what_the_live_config_has_and_keeps_the_rest(live: Any, cloned: Any) -> None:
    body = live_config() if live is ... else live_config(MetricsConfig=live)
    assert config_of(source(config=body))["MetricsConfig"] == cloned


@pytest.mark.parametrize(
    ("live", "cloned"),
    [
        (..., None),
        ({}, None),
        (HAS, None),
        (HAS_NOT, None),
        (FREQUENT, FREQUENT),
        ({**FREQUENT, **HAS}, FREQUENT),
    ],
)
def test_what_the_sdk_cannot_say_a_clone_does_not_say(live: Any, cloned: Any) -> None:
    body = live_config() if live is ... else live_config(MetricsConfig=live)
    clone = config_of(source(config=body, says_detailed=False))
    assert clone.get("MetricsConfig") == cloned


@pytest.mark.parametrize(
    ("wanted", "found", "told"),
    [
        (HAS_NOT, HAS_NOT, False),
        (HAS_NOT, {**HAS_NOT, "EnableEnhancedMetrics": False}, False),
        (HAS_NOT, HAS, True),
        (HAS_NOT, None, True),
        (HAS, HAS, False),
        ({**FREQUENT, **HAS}, {**HAS, "MetricPublishFrequencyInSeconds": 60}, True),
        # What SageMaker gives every config by itself, where the SDK cannot say what it wants.
        (None, None, False),
        (None, HAS, False),
        (None, {**HAS, "EnableEnhancedMetrics": False}, False),
        (None, {**HAS, "MetricPublishFrequencyInSeconds": 60}, False),
        (None, HAS_NOT, True),
        (None, {**HAS, "EnableEnhancedMetrics": True}, True),
        (None, FREQUENT, True),
        (None, {"NewOne": 1}, True),
    ],
)
def test_the_metrics_of_what_is_there_already(wanted: Any, found: Any, *, told: bool) -> None:
    asked = {name: value for name, value in WANTED.items() if name != "Tags"}
    if wanted is not None:
        asked = {**asked, "MetricsConfig": wanted}
    expected = ["MetricsConfig"] if told else []
    assert differences(asked, {**WANTED, "MetricsConfig": found}) == expected


def test_what_a_later_api_shows_of_a_model_is_not_copied_and_told() -> None:
    body: dict[str, Any] = whole(operation("DescribeModel").output_shape)
    today = not_copied(body)
    later = {**body, "Zeal": {"On": True}, "Zest": 1, "Zone": None, "Zoo": []}
    assert not_copied(later) == [*today, "Zeal", "Zest"]
    assert (
        not_copied({**live_model(), "UnknownMembers": ["New"], "ResponseMetadata": {"a": 1}}) == []
    )


# ---- The variant whose model is replaced -----------------------------------------------------


@pytest.mark.parametrize("chosen", ["main", "second", "third"])
def test_the_model_of_the_named_variant_is_replaced_and_no_other(chosen: str) -> None:
    names = ["main", "second", "third"]
    given = source(
        *map(live_model, names), config=live_config(*(live_variant(name) for name in names))
    )
    models = {
        v["VariantName"]: v["ModelName"] for v in config_of(given, chosen)["ProductionVariants"]
    }
    assert models == {name: NAME if name == chosen else f"model-{name}" for name in names}
    assert list(models) == names


def test_of_variants_that_share_a_model_one_is_replaced() -> None:
    shared = [live_variant(name, ModelName="model-main") for name in ("main", "second")]
    clone = config_of(source(config=live_config(*shared)), "second")
    assert [v["ModelName"] for v in clone["ProductionVariants"]] == ["model-main", NAME]


def test_without_a_name_it_is_the_only_variant() -> None:
    one, two = source(), source(config=live_config(live_variant(), live_variant("second")))
    assert one.variant("") == live_variant()
    assert two.variant("") is None
    assert source(config=None).variant("") is None
    assert two.variant("second") == live_variant("second")
    assert two.variant("third") is None
    assert one.variant("Main") is None


def test_the_model_of_a_variant() -> None:
    given = source(config=live_config(live_variant(), {"VariantName": "components"}))
    assert given.model("main") == live_model()
    assert given.model("components") is None
    assert given.model("other") is None
    assert given.model("") is None


# ---- The model -------------------------------------------------------------------------------


def test_the_model_keeps_what_the_account_gives_it_and_takes_the_rest_from_the_package() -> None:
    body: dict[str, Any] = whole(operation("DescribeModel").output_shape)
    body |= {"ModelName": "model-main", "UnknownMembers": []}
    model = made(source(body)).model
    kept = {name: body[name] for name in FROM_THE_LIVE_MODEL}
    containers = [{"ModelPackageName": PACKAGE}]
    assert model == {"ModelName": NAME, "Containers": containers, **kept, "Tags": []}
    shape = operation("CreateModel").input_shape
    assert isinstance(shape, StructureShape)
    lost = shape.members.keys() - model.keys() - {"PrimaryContainer"}
    assert lost == set(not_copied(body)) & shape.members.keys()  # empty, until an SDK knows more
    validate_parameters(model, shape)


@pytest.mark.parametrize("nothing", [None, [], {}, "", False])
def test_what_the_live_model_does_not_have_the_new_one_has_not(nothing: Any) -> None:
    live = live_model(**dict.fromkeys(FROM_THE_LIVE_MODEL, nothing))
    assert made(source(live)).model.keys() == {"ModelName", "Containers", "Tags"}


# ---- Tags ------------------------------------------------------------------------------------

LIVE_TAGS = {
    "team": "risk",
    "aws:cloudformation:stack-name": "theirs",
    "bluegreen:stack": "another",
    "bluegreen:deployment-id": "before",
    CONSENT_TAG: "churn",
    "AWS:not-reserved": "kept",
    "of-aws:": "kept",
    "empty": "",
}
KEPT_TAGS = {"team": "risk", "AWS:not-reserved": "kept", "of-aws:": "kept", "empty": ""}


def test_tags_are_those_of_the_live_one_and_ours() -> None:
    given = source(
        tags={
            live_model()["ModelArn"]: LIVE_TAGS,
            live_config()["EndpointConfigArn"]: {"cost": "centre"},
            ENDPOINT_ARN: {"not": "cloned"},
        }
    )
    own = own_tags("stack", "churn", "deploy-1")
    green = made(given, own=own)
    assert {t["Key"]: t["Value"] for t in green.model["Tags"]} == {**KEPT_TAGS, **own}
    assert {t["Key"]: t["Value"] for t in green.config["Tags"]} == {"cost": "centre", **own}
    assert len(green.model["Tags"]) == len(KEPT_TAGS) + 3


def test_which_tags_are_cloned() -> None:
    assert foreign_tags(LIVE_TAGS) == KEPT_TAGS


def test_the_tag_of_consent_is_one_of_ours_and_has_the_name_that_owners_know() -> None:
    assert CONSENT_TAG == "bluegreen:model-package-group"


def test_our_own_tags_win() -> None:
    assert tags_of({"a": "theirs", "b": "theirs"}, {"a": "ours"}) == [
        {"Key": "a", "Value": "ours"},
        {"Key": "b", "Value": "theirs"},
    ]


def test_our_own_tags_tell_stack_endpoint_and_deployment() -> None:
    assert own_tags("stack", "churn", "deploy-1") == {
        "bluegreen:stack": "stack",
        "bluegreen:endpoint": "churn",
        "bluegreen:deployment-id": "deploy-1",
    }
    assert foreign_tags(own_tags("a", "b", "c")) == {}


# ---- Whose it is -----------------------------------------------------------------------------


def test_of_an_endpoint_that_is_not_there_nothing_is_known() -> None:
    nothing = CloneSource()
    assert (nothing.account, nothing.region, nothing.consent) == ("", "", "")
    assert (nothing.variants, nothing.variant("main"), nothing.model("main")) == ([], None, None)
    assert nothing.roles("main") == []


def test_account_region_and_consent_are_the_endpoints() -> None:
    given = source()
    assert (given.account, given.region) == ("123456789012", "eu-central-1")
    assert given.consent == "churn"
    assert source(tags={ENDPOINT_ARN: {}}).consent == ""


def test_the_roles_are_those_of_the_model_and_of_the_config() -> None:
    other = f"{ROLE}-2"
    two = live_config(live_variant(), live_variant("second"), ExecutionRoleArn=other)
    given = source(live_model(), live_model("second", ExecutionRoleArn=""), config=two)
    assert given.roles("main") == [ROLE, other]
    assert given.roles("second") == [other]
    assert source(config=None).roles("") == []


# ---- Names -----------------------------------------------------------------------------------


def name_for(request: Request = REQUEST, key: DeploymentKey | None = KEY) -> str:
    return named(request, key).endpoint_config_name


@pytest.mark.parametrize(
    "endpoint",
    ["a", "churn", "a" * 63, "A1" * 31, "a" + "-" * 61 + "b", "a" * 39 + "-b", "a" * 40 + "-b"],
)
@pytest.mark.parametrize("version", ["1", "999999999"])
def test_a_name_is_one_that_sagemaker_takes(endpoint: str, version: str) -> None:
    arn = PACKAGE.replace("/7", f"/{version}")
    request = replace(REQUEST, endpoint_name=endpoint, model_package_arn=arn)
    name = name_for(request)
    assert re.fullmatch(NAME_PATTERN, name)
    assert len(name) <= 63
    assert name.startswith(f"{endpoint[:40].rstrip('-')}-v{version}-")
    config = {"EndpointConfigName": name, "ProductionVariants": [live_variant(ModelName=name)]}
    assert violations("sagemaker", "CreateEndpointConfig", config) == []
    assert violations("sagemaker", "CreateModel", {"ModelName": name}) == []


def test_a_name_as_it_is_read() -> None:
    assert re.fullmatch(r"churn-v7-[0-9a-f]{10}", name_for())


def test_every_attempt_of_a_deployment_has_the_same_name() -> None:
    again = replace(KEY, started_at=KEY.started_at.astimezone())
    assert name_for() == name_for(key=again) == name_for(replace(REQUEST, reason="another"))


def test_every_deployment_has_another_name() -> None:
    later = replace(KEY, started_at=KEY.started_at + timedelta(milliseconds=1))
    other = REQUEST.model_package_arn.replace("churn/7", "churn/8")
    names = {
        name_for(),
        name_for(key=replace(KEY, deployment_id="deploy-2")),
        name_for(key=later),
        name_for(key=None),
        name_for(replace(REQUEST, endpoint_name="churn-2")),
        name_for(replace(REQUEST, model_package_arn=other)),
        name_for(replace(REQUEST, model_package_arn=PACKAGE.replace("churn/", "fraud/"))),
    }
    assert len(names) == 7


def test_endpoints_whose_names_begin_alike_do_not_share_a_name() -> None:
    names = {name_for(replace(REQUEST, endpoint_name="a" * 50 + end)) for end in "bcd"}
    assert len(names) == 3


def test_nothing_else_of_the_request_changes() -> None:
    request = named(REQUEST, KEY)
    assert request == replace(REQUEST, endpoint_config_name=request.endpoint_config_name)


def test_a_request_that_names_its_config_is_left_alone() -> None:
    request = Request("churn", GREEN, CANARY)
    assert named(request, KEY) is request


# ---- What is there already -------------------------------------------------------------------

WANTED: dict[str, Any] = {
    "EndpointConfigName": NAME,
    "ProductionVariants": [
        {
            "VariantName": "main",
            "ModelName": NAME,
            "InitialInstanceCount": 4,
            "RoutingConfig": {"RoutingStrategy": "RANDOM"},
            "EnableSSMAccess": False,
        }
    ],
    "DataCaptureConfig": {"EnableCapture": False, "CaptureOptions": [{"CaptureMode": "Input"}]},
    "KmsKeyId": "key",
    "Tags": [{"Key": "a", "Value": "b"}],
}


def with_change(path: str, value: Any) -> dict[str, Any]:
    """What was wanted with another value at a path, or without it if the value is `...`."""
    found: dict[str, Any] = deepcopy(WANTED)
    place: Any = found
    *parents, last = path.split(".")
    for name in parents:
        place = place[int(name) if name.isdigit() else name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "member"),
    [
        ("EndpointConfigName", "other", "EndpointConfigName"),
        ("KmsKeyId", "other", "KmsKeyId"),
        ("KmsKeyId", ..., "KmsKeyId"),
        ("KmsKeyId", None, "KmsKeyId"),
        ("ProductionVariants", [], "ProductionVariants"),
        ("ProductionVariants", WANTED["ProductionVariants"] * 2, "ProductionVariants"),
        ("ProductionVariants", None, "ProductionVariants"),
        ("ProductionVariants", "text", "ProductionVariants"),
        ("ProductionVariants.0.ModelName", "model-main", "ProductionVariants"),
        ("ProductionVariants.0.ModelName", ..., "ProductionVariants"),
        ("ProductionVariants.0.InitialInstanceCount", 5, "ProductionVariants"),
        ("ProductionVariants.0.EnableSSMAccess", True, "ProductionVariants"),
        (
            "ProductionVariants.0.RoutingConfig.RoutingStrategy",
            "LEAST_OUTSTANDING_REQUESTS",
            "ProductionVariants",
        ),
        ("ProductionVariants.0.RoutingConfig", "RANDOM", "ProductionVariants"),
        ("DataCaptureConfig.EnableCapture", True, "DataCaptureConfig"),
        ("DataCaptureConfig.CaptureOptions.0.CaptureMode", "Output", "DataCaptureConfig"),
        ("DataCaptureConfig", ..., "DataCaptureConfig"),
        ("ExecutionRoleArn", ROLE, "ExecutionRoleArn"),
        ("VpcConfig", {"Subnets": ["a"]}, "VpcConfig"),
        ("EnableNetworkIsolation", True, "EnableNetworkIsolation"),
        ("NewOne", {"Of": "AWS"}, "NewOne"),
        ("ShadowProductionVariants", [{"VariantName": "shadow"}], "ShadowProductionVariants"),
        ("DataCaptureConfig", [{"EnableCapture": False}], "DataCaptureConfig"),
    ],
)
def test_a_member_that_is_not_as_wanted_is_told(path: str, value: Any, member: str) -> None:
    assert differences(WANTED, with_change(path, value)) == [member]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("EndpointConfigArn", "arn"),
        ("CreationTime", at(0)),
        ("ResponseMetadata", {"HTTPStatusCode": 200}),
        ("UnknownMembers", ["New"]),
        ("Tags", ...),
        ("Tags", [{"Key": "other", "Value": "tag"}]),
        ("EnableNetworkIsolation", False),
        ("ShadowProductionVariants", []),
        ("ExplainerConfig", None),
        ("ProductionVariants.0.EnableSSMAccess", ...),
        ("ProductionVariants.0.EnableSSMAccess", None),
        # What SageMaker fills in by itself.
        ("ProductionVariants.0.InitialVariantWeight", 1.0),
        ("ProductionVariants.0.RoutingConfig.Filled", "in"),
        ("DataCaptureConfig.CaptureOptions.0.Filled", "in"),
        ("DataCaptureConfig.CaptureContentTypeHeader", {"CsvContentTypes": ["text/csv"]}),
    ],
)
def test_what_sagemaker_adds_is_no_difference(path: str, value: Any) -> None:
    assert differences(WANTED, with_change(path, value)) == []


def test_all_differences_are_told_in_order() -> None:
    found = {**WANTED, "KmsKeyId": "other", "DataCaptureConfig": None, "A": 1}
    assert differences(WANTED, found) == ["A", "DataCaptureConfig", "KmsKeyId"]


def test_a_clone_is_no_other_than_what_sagemaker_shows_of_it() -> None:
    green = made(source(config=everything()), "main")
    shown = {**green.config, "EndpointConfigArn": "arn", "CreationTime": at(0)}
    del shown["Tags"]
    assert differences(green.config, shown) == []
    for member in green.config.keys() - {"Tags"}:
        assert differences(green.config, {**shown, member: "other"}) == [member]


def test_a_model_is_no_other_than_what_sagemaker_shows_of_it() -> None:
    model = made(source()).model
    shown = {
        **model,
        "ModelArn": "arn",
        "CreationTime": at(0),
        "DeploymentRecommendation": {"A": 1},
    }
    del shown["Tags"]
    shown["EnableNetworkIsolation"] = False
    shown["Containers"] = [{"ModelPackageName": PACKAGE, "Mode": "SingleModel"}]
    assert differences(model, shown) == []
    shown["Containers"] = [{"ModelPackageName": PACKAGE}, {"Image": "other"}]
    assert differences(model, shown) == ["Containers"]
    del shown["Containers"]
    shown["PrimaryContainer"] = {"ModelPackageName": PACKAGE}
    assert differences(model, shown) == ["Containers", "PrimaryContainer"]


def test_what_can_be_given_of_a_body() -> None:
    assert without_empty({"A": 1, "B": None, "CreationTime": at(0)}) == {"A": 1}
