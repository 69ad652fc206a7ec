"""What a request names and what is there of it, and the green fleet that follows."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.forecast import Forecast
from bluegreen.check.rules.presence import (
    check_contents,
    check_presence,
    not_permitted,
)
from bluegreen.check.situation import Config, Situation
from bluegreen.contract.text import SENTENCE_LENGTH
from bluegreen.deployment.live_config import same_config
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation, PendingDeployment, Variant
from builders import BLUE, CANARY, GREEN, PACKAGE, settled
from situations import config, endpoint, situation

REQUEST = Request("churn", GREEN, CANARY)
GONE = Observation("Gone")


def presence(observation: Observation, requested: Config | None) -> list[str]:
    there = Situation(observation, requested=requested)
    return [finding.id for finding in check_presence(REQUEST, there)]


@pytest.mark.parametrize(
    ("observation", "requested", "expected"),
    [
        (settled(BLUE), config(), []),
        (GONE, config(), ["endpoint-will-be-created"]),
        (settled(BLUE), None, ["endpoint-config-missing"]),
        (GONE, None, ["endpoint-missing", "endpoint-config-missing"]),
        (settled(GREEN), config(), ["same-config"]),
        (settled(GREEN), None, ["endpoint-config-missing"]),
        (settled(BLUE), config(instances=2), []),
        (settled(""), config(), ["no-live-config"]),
        (settled(""), None, ["endpoint-config-missing"]),
        (settled(BLUE, status="Failed"), config(), ["endpoint-not-updatable"]),
        (settled(BLUE, status="Deleting"), config(), ["endpoint-not-updatable"]),
        (settled(GREEN, status="Failed"), config(), ["endpoint-not-updatable"]),
    ],
)
def test_findings(observation: Observation, requested: Config | None, expected: list[str]) -> None:
    assert presence(observation, requested) == expected


@pytest.mark.parametrize(
    ("observation", "requested", "expected"),
    [
        (settled(BLUE), config(), []),
        # Its config is yet to be made, and is not when something is amiss with what it is made of.
        (settled(BLUE), None, []),
        (GONE, None, ["endpoint-missing"]),  # there is nothing to clone
        (GONE, config(), ["endpoint-missing"]),
        (settled(""), None, ["no-live-config"]),
        (settled(BLUE, status="Failed"), None, ["endpoint-not-updatable"]),
        (settled(BLUE, status="Deleting"), config(), ["endpoint-not-updatable"]),
        (settled(GREEN), config(), ["same-config"]),
    ],
)
def test_findings_on_a_request_for_a_model_package(
    observation: Observation, requested: Config | None, expected: list[str]
) -> None:
    request = replace(REQUEST, model_package_arn=PACKAGE)
    there = Situation(observation, requested=requested)
    assert [finding.id for finding in check_presence(request, there)] == expected


def test_what_is_missing_is_named() -> None:
    (finding,) = check_presence(REQUEST, Situation(settled(BLUE)))
    assert finding.severity == "ERROR"
    assert finding.message == (
        'There is no endpoint config "churn-green" in this account and Region.'
    )
    assert finding.fix == "Create the endpoint config, or check EndpointConfigName for a typo."


def test_an_endpoint_that_is_missing_is_named() -> None:
    finding, _ = check_presence(REQUEST, Situation(GONE))
    assert finding.severity == "ERROR"
    assert finding.message == 'There is no endpoint "churn" in this account and Region.'
    assert finding.fix == "Check EndpointName for a typo, and the account and the Region."


def test_an_endpoint_that_can_only_be_deleted_is_named_with_its_status() -> None:
    (finding,) = check_presence(REQUEST, Situation(settled(BLUE, status="Failed"), None, config()))
    assert finding.severity == "ERROR"
    assert finding.message == 'The endpoint "churn" is Failed. It can only be deleted, not updated.'
    assert finding.fix == "Delete the endpoint and create it again."
    deleting = Situation(settled(BLUE, status="Deleting"), None, config())
    (finding,) = check_presence(REQUEST, deleting)
    assert finding.fix == "Wait until it is gone, then create it again."


def test_a_config_that_has_no_name_yet_is_not_the_one_that_a_missing_endpoint_serves() -> None:
    unnamed = replace(REQUEST, endpoint_config_name="", model_package_arn=PACKAGE)
    assert [f.id for f in check_presence(unnamed, Situation(GONE))] == ["endpoint-missing"]


def test_an_endpoint_that_would_be_created_is_named() -> None:
    (finding,) = check_presence(REQUEST, Situation(GONE, requested=config()))
    assert finding.severity == "ERROR"
    assert finding.message == (
        'There is no endpoint "churn" in this account and Region. It would be created with'
        ' "churn-green", and no bake and no alarm would guard that.'
    )
    assert finding.fix == (
        "Check EndpointName for a typo. To create the endpoint, add endpoint-will-be-created to"
        " AllowFindings."
    )


def test_the_config_that_is_served_is_named() -> None:
    (finding,) = check_presence(REQUEST, Situation(settled(GREEN), requested=config()))
    assert finding.severity == "ERROR"
    assert finding.message == 'The endpoint already serves the endpoint config "churn-green".'


def test_of_a_mixture_the_finding_says_what_serves_and_how_to_go_back() -> None:
    mixture = settled(GREEN, status="UpdateRollbackFailed")
    finding, _ = check_presence(REQUEST, Situation(mixture, requested=config()))
    assert (finding.id, finding.severity) == ("same-config", "ERROR")
    assert finding.message == (
        'The endpoint is UpdateRollbackFailed, and DescribeEndpoint names "churn-green" before an'
        " update to it as well as after one: bluegreen could not tell success from failure."
    )
    assert finding.fix == (
        "To go back, deploy a copy: `aws sagemaker describe-endpoint-config --endpoint-config-name"
        ' churn-green | jq \'.EndpointConfigName+="-copy" | del(.EndpointConfigArn,'
        " .CreationTime)' > copy.json && aws sagemaker create-endpoint-config --cli-input-json"
        " file://copy.json --tags Key=bluegreen:copy-of,Value=churn-green`"
    )
    assert len(f"{finding.message} {finding.fix}") <= SENTENCE_LENGTH, "a rejection says both"


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("c" * 58, '+="-copy"'),
        ("c" * 59, f'="{"c" * 58}-copy"'),
        ("c" * 63, f'="{"c" * 58}-copy"'),
        ("c" * 57 + "-ccc", f'="{"c" * 57}-copy"'),
    ],
)
def test_what_is_to_be_typed_fits_into_a_finding_and_its_name_into_sagemaker(
    name: str, renamed: str
) -> None:
    fix = same_config(settled(name, status="UpdateRollbackFailed")).fix
    assert len(fix) <= SENTENCE_LENGTH
    assert f".EndpointConfigName{renamed} |" in fix


def test_another_config_is_the_way_out_of_a_mixture_and_what_serves_is_told() -> None:
    mixture = settled(
        BLUE, status="UpdateRollbackFailed", failure_reason="No capacity\x1b[31m for ml.m5.xlarge"
    )
    (finding,) = check_presence(REQUEST, Situation(mixture, requested=config()))
    assert (finding.id, finding.severity) == ("endpoint-rollback-failed", "WARNING")
    assert finding.message == (
        'The endpoint "churn" is UpdateRollbackFailed: a rolling update and its rollback both'
        " failed, and instances of two endpoint configs answer requests, though DescribeEndpoint"
        ' names "churn-blue" alone. Its FailureReason is "No capacity [31m for ml.m5.xlarge". By'
        " AWS's guide a rolling or a blue/green deployment may mend that, or neither does. A"
        " rollback of this one could leave the mixture."
    )
    assert finding.fix == (
        "Deploy a config that is known to be good with a BlueGreenUpdatePolicy, which replaces"
        " every instance. If that fails too, ask AWS Support."
    )


def test_of_an_endpoint_out_of_service_it_is_said_that_nobody_knows_what_an_update_does() -> None:
    there = Situation(settled(BLUE, status="OutOfService"), requested=config())
    (finding,) = check_presence(REQUEST, there)
    assert (finding.id, finding.severity) == ("endpoint-out-of-service", "WARNING")
    assert finding.message == (
        'The endpoint "churn" is OutOfService: it takes no requests. AWS does not document whether'
        " it can be updated then. A rollback would go back to a fleet that serves nothing."
    )


@pytest.mark.parametrize(
    ("status", "doing"),
    [
        ("Creating", "it is still being created"),
        ("Updating", "an update of it runs, or a change of its weights or counts"),
        ("SystemUpdating", "SageMaker maintains it"),
        ("RollingBack", "a change of its weights or counts failed, and is being undone"),
    ],
)
@pytest.mark.parametrize(
    ("on_busy", "then"),
    [
        ("REJECT", "is REJECTED"),
        ("QUEUE", "waits for its turn"),
        ("SUPERSEDE", "waits for its turn"),
    ],
)
def test_what_changes_an_endpoint_now_is_told_and_judged_by_the_lock(
    status: str, doing: str, on_busy: str, then: str
) -> None:
    there = Situation(settled(BLUE, status=status), requested=config())
    (finding,) = check_presence(replace(REQUEST, on_busy=on_busy), there)
    assert (finding.id, finding.severity) == ("endpoint-busy", "INFO")
    assert finding.message == (
        f'The endpoint "churn" is {status}: {doing}. A deployment that starts now {then}. The plan'
        " counts the instances of this moment."
    )
    assert ("set OnBusy to QUEUE" in finding.fix) == (on_busy == "REJECT")


def test_an_endpoint_in_service_with_something_pending_is_not_at_rest() -> None:
    pending = PendingDeployment(GREEN)
    (finding,) = check_presence(
        REQUEST, Situation(settled(BLUE, pending=pending), requested=config())
    )
    assert finding.message.startswith(
        'The endpoint "churn" is InService: an update of it has not ended yet.'
    )


def test_what_the_role_may_not_see_is_told_in_the_words_of_the_refusal() -> None:
    finding = not_permitted("The role may not see it.")
    assert (finding.id, finding.severity) == ("not-permitted", "ERROR")
    assert finding.message == "The role may not see it."


# ---- Models and variants ---------------------------------------------------------------------


def contents(requested: Config, there: Situation | None = None) -> list[tuple[str, str]]:
    forecast = Forecast(REQUEST, there or situation(), requested)
    return [(finding.id, finding.message) for finding in check_contents(forecast)]


def test_a_model_that_is_not_there_is_named_with_its_variant() -> None:
    assert contents(config(model="churn-3", model_exists=False)) == [
        ("model-missing", 'Variant "main" uses the model "churn-3", which does not exist.')
    ]


@pytest.mark.parametrize("exists", [True, None])
def test_a_model_that_is_there_or_that_nobody_knows_of_is_not(exists: bool | None) -> None:
    assert contents(config(model_exists=exists)) == []


def test_a_variant_without_a_model_is_for_inference_components() -> None:
    (found,) = contents(config(model="", model_exists=None))
    assert found == (
        "inference-components",
        (
            'Variant "main" has no model, so it is for inference components. Those are updated by'
            " UpdateInferenceComponent, not by UpdateEndpoint."
        ),
    )


def test_both_fleets_want_the_same_variants() -> None:
    assert contents(config(instances={"main": 4, "new": 2})) == [
        (
            "variants-differ",
            (
                'The variants of the endpoint are "main", and those of the new config are "main",'
                ' "new". Blue/green and rolling updates need the same names in both.'
            ),
        )
    ]


def test_of_many_variants_five_are_named() -> None:
    several = {f"v{number}": 1 for number in range(1, 8)}
    (found,) = contents(config(instances=several))
    assert (
        '"main", and those of the new config are "v1", "v2", "v3", "v4", "v5", 2 more. ' in found[1]
    )
    del several["v6"], several["v7"]
    (found,) = contents(config(instances=several))
    assert '"main", and those of the new config are "v1", "v2", "v3", "v4", "v5". ' in found[1]


def test_variants_in_another_order_are_the_same() -> None:
    there = situation({"main": 4, "second": 2})
    assert contents(config(instances={"second": 2, "main": 4}), there) == []


def test_of_an_endpoint_whose_variants_nobody_knows_none_differ() -> None:
    there = situation(endpoint=settled(BLUE, status="InService"), live=None)
    unknown = replace(there, endpoint=replace(there.endpoint, variants=()))
    assert contents(config(instances={"other": 1}), unknown) == []


# ---- The green fleet -------------------------------------------------------------------------


def green(request: Request, requested: Config, there: Situation) -> dict[str, int]:
    return Forecast(request, there, requested).green


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"main": 4, "new": 3}),
        ({"retain_all_variant_properties": False}, {"main": 2, "new": 3}),
        ({"exclude_retained": ("DesiredInstanceCount",)}, {"main": 2, "new": 3}),
        ({"exclude_retained": ("DesiredWeight",)}, {"main": 4, "new": 3}),
        (
            {"exclude_retained": ("DesiredWeight", "DesiredInstanceCount")},
            {"main": 2, "new": 3},
        ),
    ],
)
def test_the_green_fleet(changes: dict[str, Any], expected: dict[str, int]) -> None:
    request = replace(REQUEST, **changes)
    assert green(request, config(instances={"main": 2, "new": 3}), situation()) == expected


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (Variant("main", current_instances=3, desired_instances=5), 5),  # it is scaling out
        (Variant("main", current_instances=3), 3),
        (Variant("main", desired_instances=5), 5),
        (Variant("main", current_instances=3, desired_instances=0), 3),
    ],
)
def test_the_count_that_is_wanted_counts_before_the_one_that_is_there(
    variant: Variant, expected: int
) -> None:
    there = situation(endpoint=replace(endpoint(), variants=(variant,)))
    assert green(REQUEST, config(instances=2), there) == {"main": expected}


def test_a_count_that_sagemaker_does_not_give_is_that_of_the_live_config() -> None:
    silent = replace(settled(BLUE), variants=(Variant("main"),))
    there = situation(endpoint=silent, live=config(BLUE, 6))
    assert there.live_instances == {"main": 6}
    assert green(REQUEST, config(instances=2), there) == {"main": 6}


def test_a_count_that_nobody_gives_is_that_of_the_requested_config() -> None:
    silent = replace(settled(BLUE), variants=(Variant("main"),))
    there = situation(endpoint=silent, live=None)
    assert green(REQUEST, config(instances=2), there) == {"main": 2}
