"""The live endpoint config beside the requested one: every member, and what its change comes to."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.model import ListShape, Shape, StructureShape

from bluegreen.aws.situation.situation_shapes import Models, config_of
from bluegreen.check.report import MOST_CONFIG_CHANGES, Checked, short_plan
from bluegreen.check.situation import Config
from bluegreen.contract.findings import Finding
from bluegreen.sagemaker.observation import Variant
from builders import BLUE, GREEN, PACKAGE
from situations import checked, endpoint, in_words, live_config, live_model, live_variant, source

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 50,
    "DestinationS3Uri": "s3://capture/",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
}
VPC = {"SecurityGroupIds": ["sg-1", "sg-2"], "Subnets": ["subnet-1", "subnet-2"]}
NOTHING_RETAINED = {"retain_all_variant_properties": False}


def known_model(**members: Any) -> dict[str, Any]:
    """A model that comes from no package."""
    return live_model(Containers=[{"Image": "churn:1"}], **members)


def config(name: str, *variants: dict[str, Any], **members: Any) -> Config:
    """A config as SageMaker describes it, with models that are known."""
    models = [known_model(), known_model(ModelName="new")]
    return config_of(
        {**live_config(*variants, **members), "EndpointConfigName": name},
        Models.of({"Models": models}),
    )


def update(live: Config, requested: Config, **changes: Any) -> Checked:
    return checked(live=live, requested=replace(requested, name=GREEN), **changes)


def of_configs(live: Mapping[str, Any], requested: Mapping[str, Any], **more: Any) -> Checked:
    return update(config(BLUE, **live), config(GREEN, **requested), **more)


def of_variants(live: Mapping[str, Any], requested: Mapping[str, Any], **more: Any) -> Checked:
    blue, green = live_variant(**live), live_variant(**{"ModelName": "new", **requested})
    return update(config(BLUE, blue), config(GREEN, green), **more)


def rows(found: Checked) -> list[tuple[str, str | None, str | None, bool]]:
    """Member, value of the live and of the requested config, and whether something is lost."""
    assert found.plan
    return [
        (row["Member"], row.get("Live"), row.get("Requested"), row["Loses"])
        for row in found.plan["ConfigChanges"]
    ]


def finding(found: Checked) -> Finding:
    (one,) = [each for each in found.findings if each.id == "config-differs"]
    return one


# ---- Nothing but the model -------------------------------------------------------------------


def test_configs_that_differ_only_in_the_model_give_no_finding_and_no_row() -> None:
    members = {"DataCaptureConfig": CAPTURE, "KmsKeyId": "key", "VpcConfig": VPC}
    found = of_configs(members, members)
    assert found.findings == []
    assert rows(found) == []


@pytest.mark.parametrize(
    ("live", "requested"),
    [
        ({"MetricsConfig": {"EnableDetailedObservability": False}}, {}),
        ({}, {"MetricsConfig": {"EnableDetailedObservability": False}}),
        ({"EnableNetworkIsolation": False}, {}),
        ({"VpcConfig": None, "ShadowProductionVariants": []}, {}),
        ({"KmsKeyId": ""}, {"AsyncInferenceConfig": {}}),
        ({"VpcConfig": VPC}, {"VpcConfig": {name: ids[::-1] for name, ids in VPC.items()}}),
        (
            {"DataCaptureConfig": CAPTURE},
            {"DataCaptureConfig": {k: v for k, v in CAPTURE.items() if k != "EnableCapture"}},
        ),
    ],
)
def test_what_asks_for_the_same_is_the_same(
    live: dict[str, Any], requested: dict[str, Any]
) -> None:
    assert rows(of_configs(live, requested)) == []


def test_counts_have_findings_of_their_own() -> None:
    found = of_variants({}, {"InitialInstanceCount": 6})
    assert in_words(found.findings) == ["WARNING instance-count-retained"]
    assert rows(found) == []


def test_a_clone_has_no_differences_that_it_does_not_have() -> None:
    live = live_config(live_variant(VolumeSizeInGB=64), DataCaptureConfig=CAPTURE, KmsKeyId="key")
    models = Models.of({"Models": [live_model(VpcConfig=VPC)]})
    found = checked(
        live=config_of(live, models),
        requested=None,
        source=source(live_model(VpcConfig=VPC), config=live),
        asking={"model_package_arn": PACKAGE},
    )
    assert rows(found) == []
    assert "config-differs" not in [each.id for each in found.findings]


# ---- What is lost, and what is only other ----------------------------------------------------

OF_CONFIG = [
    ({"KmsKeyId": "key"}, {}, [("KmsKeyId", "key", None, True)]),
    ({}, {"KmsKeyId": "key"}, [("KmsKeyId", None, "key", False)]),
    ({"KmsKeyId": "key"}, {"KmsKeyId": "other"}, [("KmsKeyId", "key", "other", False)]),
    (
        {"EnableNetworkIsolation": True},
        {"EnableNetworkIsolation": False},
        [("EnableNetworkIsolation", "true", "false", True)],
    ),
    ({"EnableNetworkIsolation": True}, {}, [("EnableNetworkIsolation", "true", None, True)]),
    (
        {"DataCaptureConfig": CAPTURE},
        {"DataCaptureConfig": {**CAPTURE, "InitialSamplingPercentage": 10}},
        [("DataCaptureConfig.InitialSamplingPercentage", "50", "10", True)],
    ),
    (
        {"DataCaptureConfig": CAPTURE},
        {"DataCaptureConfig": {**CAPTURE, "InitialSamplingPercentage": 90}},
        [("DataCaptureConfig.InitialSamplingPercentage", "50", "90", False)],
    ),
    (
        {"DataCaptureConfig": CAPTURE},
        {"DataCaptureConfig": {**CAPTURE, "EnableCapture": False}},
        [("DataCaptureConfig.EnableCapture", "true", "false", True)],
    ),
    (
        {"DataCaptureConfig": CAPTURE},
        {"DataCaptureConfig": {**CAPTURE, "CaptureOptions": [{"CaptureMode": "Input"}]}},
        [
            (
                "DataCaptureConfig.CaptureOptions",
                '[{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]',
                '[{"CaptureMode": "Input"}]',
                True,
            )
        ],
    ),
    (
        {"VpcConfig": VPC},
        {"VpcConfig": {**VPC, "Subnets": ["subnet-3"]}},
        [("VpcConfig.Subnets", '["subnet-1", "subnet-2"]', '["subnet-3"]', False)],
    ),
    (
        {"AsyncInferenceConfig": {"ClientConfig": {"MaxConcurrentInvocationsPerInstance": 8}}},
        {"AsyncInferenceConfig": {"ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4}}},
        [
            (
                "AsyncInferenceConfig.ClientConfig.MaxConcurrentInvocationsPerInstance",
                "8",
                "4",
                False,
            )
        ],
    ),
    (
        {},
        {"MetricsConfig": {"EnableDetailedObservability": True}},
        [("MetricsConfig", None, '{"EnableDetailedObservability": true}', False)],
    ),
]


@pytest.mark.parametrize(("live", "requested", "expected"), OF_CONFIG)
def test_members_of_the_config(
    live: dict[str, Any], requested: dict[str, Any], expected: list[Any]
) -> None:
    found = of_configs(live, requested)
    assert rows(found) == expected
    severity = "WARNING" if any(row[3] for row in expected) else "INFO"
    assert in_words(found.findings) == [f"{severity} config-differs"]


def test_a_capture_that_is_off_is_not_lost() -> None:
    found = of_configs({"DataCaptureConfig": {**CAPTURE, "EnableCapture": False}}, {})
    assert [(row[0], row[3]) for row in rows(found)] == [("DataCaptureConfig", False)]


OF_VARIANT = [
    ({"VolumeSizeInGB": 64}, {}, [("VolumeSizeInGB", "64", None, True)]),
    ({"VolumeSizeInGB": 64}, {"VolumeSizeInGB": 32}, [("VolumeSizeInGB", "64", "32", True)]),
    ({"VolumeSizeInGB": 64}, {"VolumeSizeInGB": 96}, [("VolumeSizeInGB", "64", "96", False)]),
    (
        {"ContainerStartupHealthCheckTimeoutInSeconds": 900},
        {"ContainerStartupHealthCheckTimeoutInSeconds": 600},
        [("ContainerStartupHealthCheckTimeoutInSeconds", "900", "600", True)],
    ),
    (
        {"RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}},
        {"RoutingConfig": {"RoutingStrategy": "RANDOM"}},
        [("RoutingConfig.RoutingStrategy", "LEAST_OUTSTANDING_REQUESTS", "RANDOM", False)],
    ),
    (
        {},
        {"InstanceType": "ml.c5.xlarge"},
        [("InstanceType", "ml.m5.xlarge", "ml.c5.xlarge", False)],
    ),
    ({"EnableSSMAccess": True}, {}, [("EnableSSMAccess", "true", None, False)]),
]


@pytest.mark.parametrize(("live", "requested", "expected"), OF_VARIANT)
def test_members_of_a_variant(
    live: dict[str, Any], requested: dict[str, Any], expected: list[Any]
) -> None:
    found = of_variants(live, requested)
    assert rows(found) == expected
    assert found.plan
    assert [row.get("VariantName") for row in found.plan["ConfigChanges"]] == ["main"]


def test_a_model_that_leaves_its_network_is_told_as_that_but_not_one_that_nobody_knows() -> None:
    blue, green = live_config(), live_config(live_variant(ModelName="new"))
    isolated = live_model(VpcConfig=VPC, EnableNetworkIsolation=True)
    open_ = {**live_model(), "ModelName": "new"}
    known = Models.of({"Models": [isolated, open_]})
    assert rows(update(config_of(blue, known), config_of(green, known))) == [
        ("Model.EnableNetworkIsolation", "true", None, True),
        ("Model.VpcConfig", json.dumps(VPC), None, True),
    ]
    unknown = Models.of({"Models": [isolated]})
    assert rows(update(config_of(blue, unknown), config_of(green, unknown))) == []


def test_shadow_variants_are_compared_by_name_without_their_models() -> None:
    shadow = live_variant("shadow", ModelName="a")
    changed = {**shadow, "ModelName": "b", "InstanceType": "ml.c5.xlarge"}
    shadows = "ShadowProductionVariants"
    assert rows(of_configs({shadows: [shadow]}, {shadows: [changed]})) == [
        (f"{shadows}.shadow.InstanceType", "ml.m5.xlarge", "ml.c5.xlarge", False)
    ]
    ((member, _, requested, loses),) = rows(of_configs({shadows: [shadow]}, {}))
    assert (member, requested, loses) == (shadows, None, True)


# ---- Members of today and of tomorrow --------------------------------------------------------

MODEL = boto3.Session().client("sagemaker", "eu-central-1").meta.service_model


def members_of(structure: str) -> Mapping[str, Shape]:
    shape = MODEL.shape_for(structure)
    assert isinstance(shape, StructureShape)
    return shape.members


OF_DESCRIPTION = members_of("DescribeEndpointConfigOutput")
OF_VARIANTS = members_of("ProductionVariant")
NAMES = {"EndpointConfigName", "EndpointConfigArn", "CreationTime", "ProductionVariants"}
OF_ANOTHER_RULE = {"VariantName", "ModelName", "InitialInstanceCount", "InitialVariantWeight"}


def a_value(shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return {name: a_value(member) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        item = a_value(shape.member)
        return [{**item, "VariantName": "shadow"} if "VariantName" in item else item]
    return {"boolean": True, "integer": 7, "float": 7.0, "timestamp": "2026"}.get(
        shape.type_name, "text"
    )


@pytest.mark.parametrize("member", sorted({*OF_DESCRIPTION, "NewOne"} - NAMES))
def test_every_member_of_a_config_is_compared(member: str) -> None:
    shape = OF_DESCRIPTION.get(member)
    value = a_value(shape) if shape else {"Nobody": ["knows"]}
    assert [row[0] for row in rows(of_configs({member: value}, {}))] == [member]


@pytest.mark.parametrize("member", sorted({*OF_VARIANTS, "NewOne"} - OF_ANOTHER_RULE))
def test_every_member_of_a_variant_is_compared(member: str) -> None:
    shape = OF_VARIANTS.get(member)
    value = a_value(shape) if shape else 7
    blue, green = {**live_variant(), member: value}, live_variant()
    green.pop(member, None)
    found = update(config(BLUE, blue), config(GREEN, green))
    assert [row[0] for row in rows(found)] == [member]


def test_a_member_that_the_sdk_does_not_know_is_told_as_not_compared() -> None:
    found = of_configs({"UnknownMembers": ["A.B"]}, {"UnknownMembers": ["A.B"]})
    assert in_words(found.findings) == ["INFO config-differs"]
    assert finding(found).message == (
        'The endpoint config "churn-green" changes more than the model: A.B is not known to the'
        " AWS SDK in use, and was not compared."
    )
    assert in_words(of_configs({"UnknownMembers": ["A"]}, {}).findings) == [
        "WARNING config-differs"
    ]


# ---- Weights ---------------------------------------------------------------------------------

PAIR = {"main": 4, "second": 4}


def of_weights(
    live: tuple[float, float] | None,
    served: tuple[float | None, float | None],
    requested: tuple[float, float] | None,
    **more: Any,
) -> Checked:
    def made(name: str, weights: tuple[float, float] | None) -> Config:
        of_each = zip(PAIR, weights or (None, None), strict=True)
        return config(name, *(live_variant(v, InitialVariantWeight=w) for v, w in of_each))

    variants = tuple(
        Variant(name, 4, 4, weight=weight) for name, weight in zip(PAIR, served, strict=True)
    )
    there = replace(endpoint(PAIR), variants=variants)
    return update(made(BLUE, live), made(GREEN, requested), instances=PAIR, endpoint=there, **more)


EVEN, MOVED = (1.0, 1.0), (0.2, 0.8)
WEIGHT_ROWS = [
    ("InitialVariantWeight", "0.2 (20 %)", "1 (50 %)", True),
    ("InitialVariantWeight", "0.8 (80 %)", "1 (50 %)", True),
]


@pytest.mark.parametrize(
    ("live", "served", "requested", "asking", "expected"),
    [
        (EVEN, MOVED, EVEN, NOTHING_RETAINED, WEIGHT_ROWS),
        (EVEN, MOVED, EVEN, {"exclude_retained": ("DesiredWeight",)}, WEIGHT_ROWS),
        (None, MOVED, None, NOTHING_RETAINED, WEIGHT_ROWS),  # 1.0 by default
        # Kept, or as they are.
        (EVEN, MOVED, EVEN, {}, []),
        (EVEN, MOVED, EVEN, {"exclude_retained": ("DesiredInstanceCount",)}, []),
        (EVEN, MOVED, (2.0, 8.0), NOTHING_RETAINED, []),
        (EVEN, (3.0, 3.0), EVEN, NOTHING_RETAINED, []),
        (EVEN, (None, None), EVEN, NOTHING_RETAINED, []),
        # Nobody moved them: the new config does.
        (
            EVEN,
            EVEN,
            (1.0, 3.0),
            NOTHING_RETAINED,
            [
                ("InitialVariantWeight", "1 (50 %)", "1 (25 %)", False),
                ("InitialVariantWeight", "1 (50 %)", "3 (75 %)", False),
            ],
        ),
        # New weights that are not used, since those of now are kept.
        (
            EVEN,
            MOVED,
            (1.0, 3.0),
            {},
            [
                ("InitialVariantWeight", "0.2 (20 %)", "1 (25 %)", False),
                ("InitialVariantWeight", "0.8 (80 %)", "3 (75 %)", False),
            ],
        ),
    ],
)
def test_weights_are_shares_and_go_back_unless_they_are_kept(
    live: tuple[float, float] | None,
    served: tuple[float | None, float | None],
    requested: tuple[float, float] | None,
    asking: dict[str, Any],
    expected: list[Any],
) -> None:
    assert rows(of_weights(live, served, requested, asking=asking)) == expected


def test_what_is_told_of_weights_and_how_to_keep_or_to_use_them() -> None:
    lost = finding(of_weights(EVEN, MOVED, EVEN, asking=NOTHING_RETAINED))
    assert lost.severity == "WARNING"
    assert lost.message == (
        'The endpoint config "churn-green" changes more than the model: InitialVariantWeight of'
        ' variant "main" goes from 0.2 (20 %) to 1 (50 %); InitialVariantWeight of variant'
        ' "second" goes from 0.8 (80 %) to 1 (50 %).'
    )
    assert lost.fix == (
        "To keep the weights, set RetainAllVariantProperties to true and do not exclude"
        " DesiredWeight."
    )
    unused = finding(of_weights(EVEN, EVEN, (1.0, 3.0)))
    assert unused.severity == "INFO"
    assert unused.message.endswith(
        'InitialVariantWeight of variant "second" stays 1 (50 %), and the 3 (75 %) of the new'
        " config is not used."
    )
    assert unused.fix == (
        "To use the new weights, add DesiredWeight to ExcludeRetainedVariantProperties."
    )
    meant = finding(of_weights(EVEN, EVEN, (1.0, 3.0), asking=NOTHING_RETAINED))
    assert meant.fix == "If that is not meant, write the old weights into the new config."


# ---- Words and bounds ------------------------------------------------------------------------


def test_of_data_capture_it_is_said_that_nobody_knows_whether_it_is_kept() -> None:
    sentence = " AWS does not document that RetainAllVariantProperties keeps data capture."
    found = finding(of_configs({"DataCaptureConfig": CAPTURE}, {}))
    assert found.message == (
        'The endpoint config "churn-green" changes more than the model: DataCaptureConfig is'
        f" dropped.{sentence}"
    )
    assert found.fix == (
        "If that is not meant, make the new config from what `aws sagemaker"
        " describe-endpoint-config --endpoint-config-name churn-blue` shows, with the new"
        " ModelName alone."
    )
    reset = of_configs({"DataCaptureConfig": CAPTURE}, {}, asking=NOTHING_RETAINED)
    assert sentence not in finding(reset).message


def test_of_many_changes_a_handful_is_told_with_what_is_lost_first() -> None:
    live = {f"Setting{number}": "x" * 200 for number in range(40)}
    found = of_configs({**live, "Zeal": 7}, {"Added": "new"})
    message = finding(found).message
    assert message.count(" is dropped (was ") == 4
    assert message.endswith("; 38 more, in the plan.")
    assert "x" * 31 not in message
    assert found.plan
    assert len(found.plan["ConfigChanges"]) == MOST_CONFIG_CHANGES
    assert found.plan["ConfigChangesLeftOut"] == 42 - MOST_CONFIG_CHANGES
    assert max(len(row["Live"]) for row in found.plan["ConfigChanges"]) == 80


def test_of_a_short_plan_the_first_changes_are_kept_and_the_others_are_counted() -> None:
    found = of_configs({f"Setting{number}": "x" * 200 for number in range(40)}, {})
    short = short_plan(found, 3000)
    assert len(short["ConfigChanges"]) == 5
    assert short["ConfigChangesLeftOut"] == 35


def test_control_characters_of_a_value_do_not_reach_the_screen() -> None:
    found = of_configs({"KmsKeyId": "a\x1b[31m\nb"}, {})
    assert [row[1] for row in rows(found)] == ["a [31m b"]
    assert "\x1b" not in finding(found).message


def test_of_a_live_config_that_nobody_knows_no_changes_are_claimed() -> None:
    found = checked(live=None, unknown={"live": "the role may not ask"})
    assert found.plan
    assert "ConfigChanges" not in found.plan
    (told,) = [each for each in found.findings if each.id == "live-config-not-checked"]
    assert "what the update changes besides the model is not known" in told.message
