"""The words of what is amiss with what a green config is made from."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.contract.findings import Finding
from bluegreen.registry.clone import CONSENT_TAG, CloneSource, containers_in
from bluegreen.registry.clone_rules import check_clone_source
from bluegreen.request.request import Request
from bluegreen.request.waivers import WAIVABLE
from builders import CANARY, PACKAGE
from situations import (
    ENDPOINT_ARN,
    ROLE,
    TYPE,
    live_config,
    live_model,
    live_variant,
    package,
    source,
)

REQUEST = Request("churn", "", CANARY, model_package_arn=PACKAGE)
FOREIGN = ENDPOINT_ARN.replace("123456789012", "999999999999")
ABROAD = ENDPOINT_ARN.replace("eu-central-1", "us-east-1")
MODEL_ARN, CONFIG_ARN = live_model()["ModelArn"], live_config()["EndpointConfigArn"]
OTHER_FIX = "Register the model in the endpoint's account and Region."
APPROVE = "Approve the model package, then start the deployment again."
SET_THE_TAG = f"Ask the endpoint's owner to set the tag {CONSENT_TAG} to"
BY_HAND = "Make the endpoint config yourself, and name it in EndpointConfigName."
SET_THEM = "If the model needs them, set them in the model package's InferenceSpecification."
LIST_IT = "Add the role to ModelExecutionRoleArns, or use a role that it lists."


def found(given: CloneSource, **asked: Any) -> list[Finding]:
    return list(check_clone_source(replace(REQUEST, **asked), given))


def environment(*names: str) -> dict[str, Any]:
    return live_model(PrimaryContainer={"Environment": dict.fromkeys(names, "secret")})


def tags(count: int) -> dict[str, str]:
    return {f"k{number}": "v" for number in range(count)}


def variants(*names: str) -> dict[str, Any]:
    return live_config(*map(live_variant, names))


def test_of_a_sound_source_nothing_is_said() -> None:
    assert found(source()) == []


CASES: list[tuple[CloneSource, dict[str, str], tuple[str, str, str, str]]] = [
    (
        source(endpoint_arn=FOREIGN, tags={FOREIGN: {CONSENT_TAG: "churn"}}),
        {},
        (
            "package-of-another-account",
            "ERROR",
            (
                "The model package churn/7 belongs to account 123456789012 in eu-central-1, but"
                " the endpoint belongs to account 999999999999 in eu-central-1."
            ),
            OTHER_FIX,
        ),
    ),
    (
        source(endpoint_arn=ABROAD, tags={ABROAD: {CONSENT_TAG: "churn"}}),
        {},
        (
            "package-of-another-account",
            "ERROR",
            (
                "The model package churn/7 belongs to account 123456789012 in eu-central-1, but"
                " the endpoint belongs to account 123456789012 in us-east-1."
            ),
            OTHER_FIX,
        ),
    ),
    (
        source(package=None),
        {},
        (
            "package-missing",
            "ERROR",
            (f'There is no model package "{PACKAGE}" that bluegreen can see.'),
            "Check the group and the version in ModelPackageArn.",
        ),
    ),
    (
        source(package=package(approval="PendingManualApproval")),
        {},
        (
            "package-not-approved",
            "ERROR",
            "The model package churn/7 is PendingManualApproval, not Approved.",
            APPROVE,
        ),
    ),
    (
        source(package=package(approval="")),
        {},
        (
            "package-not-approved",
            "ERROR",
            "The model package churn/7 is not Approved.",
            APPROVE,
        ),
    ),
    (
        source(package=package(status="InProgress")),
        {},
        (
            "package-not-completed",
            "ERROR",
            "The model package churn/7 is InProgress, not Completed.",
            "Wait until it is Completed, or register the model again.",
        ),
    ),
    (
        source(package=package(registration="Logged")),
        {},
        (
            "package-not-registered",
            "ERROR",
            "The model package churn/7 is only Logged, not Registered.",
            "Register it, then approve it.",
        ),
    ),
    (
        source(package=package(containers=0)),
        {},
        (
            "package-without-containers",
            "ERROR",
            "The model package churn/7 has no containers, so no model can be made from it.",
            "Register the model again, with its image and its data.",
        ),
    ),
    (
        source(tags={ENDPOINT_ARN: {}}),
        {},
        (
            "endpoint-without-consent",
            "ERROR",
            (
                'The endpoint "churn" has no tag bluegreen:model-package-group, so its owner has'
                ' not allowed deployments of the group "churn".'
            ),
            f'{SET_THE_TAG} "churn".',
        ),
    ),
    (
        source(package=package(group="fraud")),
        {"endpoint_name": "shop"},
        (
            "endpoint-without-consent",
            "ERROR",
            (
                'The endpoint "shop" has the tag bluegreen:model-package-group with the value'
                ' "churn", so its owner has not allowed deployments of the group "fraud".'
            ),
            f'{SET_THE_TAG} "fraud".',
        ),
    ),
    (
        source(config=None),
        {},
        (
            "live-config-unknown",
            "ERROR",
            "The live endpoint config, which the new one would copy, could not be read.",
            "It may have been deleted. Deploy an endpoint config of your own first.",
        ),
    ),
    (
        source(live_model("other")),
        {},
        (
            "live-config-unknown",
            "ERROR",
            "The live model, which the new one would copy, could not be read.",
            "It may have been deleted. Deploy an endpoint config of your own first.",
        ),
    ),
    (
        source(config=variants("main", "second")),
        {"variant_name": "third"},
        (
            "variant-missing",
            "ERROR",
            'The endpoint has no variant "third".',
            'Set VariantName. Allowed: "main", "second".',
        ),
    ),
    (
        source(config=variants("main", "second")),
        {},
        (
            "variant-not-named",
            "ERROR",
            (
                "The endpoint has 2 variants, and the request does not say which one gets the"
                " new model."
            ),
            'Set VariantName. Allowed: "main", "second".',
        ),
    ),
    (
        source(config=variants(*"abcde")),
        {},
        (
            "variant-not-named",
            "ERROR",
            (
                "The endpoint has 5 variants, and the request does not say which one gets the"
                " new model."
            ),
            'Set VariantName. Allowed: "a", "b", "c", "d", "e".',
        ),
    ),
    (
        source(config=variants(*"abcdefg")),
        {},
        (
            "variant-not-named",
            "ERROR",
            (
                "The endpoint has 7 variants, and the request does not say which one gets the"
                " new model."
            ),
            'Set VariantName. Allowed: "a", "b", "c", "d", "e", 2 more.',
        ),
    ),
    (
        source(live_model(PrimaryContainer={"ModelPackageName": PACKAGE})),
        {},
        (
            "same-package",
            "ERROR",
            (f'The endpoint already serves "{PACKAGE}".'),
            "Name another version of the package.",
        ),
    ),
    (
        source(environment("B", "A")),
        {},
        (
            "environment-not-kept",
            "WARNING",
            (
                'The live model sets the environment variables "A", "B", but the model package'
                " does not: the new model would not have them."
            ),
            SET_THEM,
        ),
    ),
    (
        source(environment(*"abcdefg"), package=package(environment=frozenset({"b"}))),
        {},
        (
            "environment-not-kept",
            "WARNING",
            (
                'The live model sets the environment variables "a", "c", "d", "e", "f", 1 more,'
                " but the model package does not: the new model would not have them."
            ),
            SET_THEM,
        ),
    ),
    (
        source(environment(*"abcde")),
        {},
        (
            "environment-not-kept",
            "WARNING",
            (
                'The live model sets the environment variables "a", "b", "c", "d", "e", but the'
                " model package does not: the new model would not have them."
            ),
            SET_THEM,
        ),
    ),
    (
        source(says_detailed=False),
        {},
        (
            "observability-differs",
            "WARNING",
            (
                "The live fleet has no detailed observability, but the new one will have it:"
                " SageMaker gives it to every config that does not set EnableDetailedObservability"
                " of MetricsConfig to false, which the AWS SDK in use cannot do."
            ),
            (
                "Expect a collector on each green instance, which reads the container's /metrics."
                " To do without it, make the endpoint config yourself, and name it in"
                " EndpointConfigName."
            ),
        ),
    ),
    (
        source(package=package(instance_types=frozenset(f"ml.c{n}.large" for n in range(7)))),
        {},
        (
            "instance-type-not-supported",
            "WARNING",
            f"The endpoint runs on {TYPE}, which the model package does not list as supported.",
            (
                f"Check that the model runs on {TYPE}. The package lists ml.c0.large,"
                " ml.c1.large, ml.c2.large, ml.c3.large, ml.c4.large."
            ),
        ),
    ),
    (
        source(tags={CONFIG_ARN: tags(48), MODEL_ARN: tags(2)}),
        {},
        (
            "no-room-for-tags",
            "ERROR",
            (
                'The live config or model of "churn" has 48 tags. With the 3 of bluegreen its'
                " copy would have more than 50, which AWS refuses."
            ),
            "Remove tags from it until 47 or fewer are left.",
        ),
    ),
    (
        source(config=live_config(ShadowProductionVariants=[live_variant("shadow")])),
        {},
        (
            "shadow-variants-not-cloned",
            "ERROR",
            "The live endpoint config has shadow variants, which bluegreen does not copy.",
            "Deploy an endpoint config without shadow variants first.",
        ),
    ),
    (
        source(config=live_config(UnknownMembers=["New", "ProductionVariants[0].Newer"])),
        {},
        (
            "members-not-known",
            "ERROR",
            (
                'The live endpoint config has "New", "ProductionVariants[0].Newer", which the'
                " AWS SDK in use does not know: a copy would lose it."
            ),
            BY_HAND,
        ),
    ),
    (
        source(live_model(UnknownMembers=[*"abcdefg"])),
        {},
        (
            "members-not-known",
            "ERROR",
            (
                'The live model has "a", "b", "c", "d", "e", 2 more, which the AWS SDK in use'
                " does not know: a copy would lose it."
            ),
            BY_HAND,
        ),
    ),
    (
        source(config=live_config(UnknownMembers=[*"abcde"])),
        {},
        (
            "members-not-known",
            "ERROR",
            (
                'The live endpoint config has "a", "b", "c", "d", "e", which the AWS SDK in use'
                " does not know: a copy would lose it."
            ),
            BY_HAND,
        ),
    ),
    (
        source(passable_roles=()),
        {},
        (
            "model-packages-not-permitted",
            "ERROR",
            (
                "The stack's parameter ModelExecutionRoleArns is empty, so bluegreen may not"
                " make a model from a model package."
            ),
            "Set ModelExecutionRoleArns to the execution roles that models may have.",
        ),
    ),
    (
        source(passable_roles=("arn:aws:iam::123456789012:role/other",)),
        {},
        (
            "role-not-listed",
            "ERROR",
            (
                f'The stack\'s parameter ModelExecutionRoleArns does not list "{ROLE}", the'
                " execution role of the live fleet."
            ),
            LIST_IT,
        ),
    ),
    (
        source(config=live_config(ExecutionRoleArn="arn:aws:iam::123456789012:role/of-config")),
        {},
        (
            "role-not-listed",
            "ERROR",
            (
                "The stack's parameter ModelExecutionRoleArns does not list"
                ' "arn:aws:iam::123456789012:role/of-config", the execution role of the live'
                " fleet."
            ),
            LIST_IT,
        ),
    ),
]


@pytest.mark.parametrize(
    ("given", "asked", "expected"),
    [pytest.param(*row, id=f"{row[2][0]}-{n}") for n, row in enumerate(CASES)],
)
def test_the_words_of_a_finding(
    given: CloneSource, asked: dict[str, str], expected: tuple[str, str, str, str]
) -> None:
    assert [(f.id, f.severity, f.message, f.fix) for f in found(given, **asked)] == [expected]


def test_every_finding_here_is_in_the_cases_and_none_can_be_waived() -> None:
    ids = {expected[0] for _, _, expected in CASES}
    assert len(ids) == 19
    assert ids & set(WAIVABLE) == set()


def test_values_of_environment_variables_are_never_told() -> None:
    told = found(source(environment("PASSWORD")))
    assert "secret" not in "".join(f"{finding.message}{finding.fix}" for finding in told)


def test_strange_names_are_told_in_one_line_and_cut() -> None:
    name = "a\n\x1b[31m" + "b" * 200
    (told,) = found(source(config=live_config(UnknownMembers=[name])))
    assert f'has "a [31m{"b" * 73}…", which' in told.message
    (told,) = found(source(package=package(group=name)))
    assert told.fix == f'{SET_THE_TAG} "a [31m{"b" * 73}…".'


def test_what_a_person_wrote_in_place_of_an_approval_is_bounded() -> None:
    told = found(source(package=package(approval="x" * 5000, status="y" * 5000)))
    assert [len(finding.to_json()["Message"]) for finding in told] == [500, 500]


def test_the_containers_of_a_model_one_or_several() -> None:
    one, two = {"Image": "a"}, {"Image": "b"}
    assert containers_in({}) == []
    assert containers_in({"PrimaryContainer": None, "Containers": None}) == []
    assert containers_in({"PrimaryContainer": one, "Containers": []}) == [one]
    assert containers_in({"Containers": [one, two]}) == [one, two]
    assert containers_in({"PrimaryContainer": one, "Containers": [two]}) == [one, two]
