"""What each function imports when it starts, counted: no more than it uses, and few for that.

The floor is boto3 with one small client, in this environment. A function's modules are those that
it has once it has asked its account for every adapter that its code may ask for.
"""

import sys
from collections.abc import Mapping
from typing import Final

import pytest

import startup

MOST: Final = 1.15
"""Of the modules of the floor."""

MORE: Final = {
    "ValidatePolicy": 1.16,  # the whole check, one module of rules for each subject
    "ConcludeDeployment": 1.19,  # it has to do with evidence, verdict and the registry of models
}
NEEDED_BY: Final = {
    "bluegreen.report": {"StoreReport"},
    "bluegreen.drawing": {"StoreReport"},
    "bluegreen.metrics": {"ConcludeDeployment"},
    "bluegreen.check": {"ValidatePolicy"},
    "bluegreen.deployment.chat": {"TellChat", "TellWebhook"},
    "bluegreen.aws.situation": {"ValidatePolicy"},
    "bluegreen.aws.s3": {"StoreReport"},
    "bluegreen.aws.sqs": {"TellWebhook"},
    "bluegreen.aws.webhook": {"TellWebhook"},
    "bluegreen.aws.parameter_store": {"TellWebhook", "RelayApprovalEvent", "ConcludeDeployment"},
    "bluegreen.aws.guardrail_alarms": {"StartUpdate", "ForgetEndpoint"},
    "bluegreen.aws.sagemaker.clones": {"StartUpdate"},
    "bluegreen.aws.sagemaker.inventory": {"CleanUp"},
    "bluegreen.aws.sagemaker.model_packages": {"RelayApprovalEvent", "ConcludeDeployment"},
    "bluegreen.aws.sagemaker.unknown_members": {"ValidatePolicy", "StartUpdate"},
    "bluegreen.registry.clone_rules": {"ValidatePolicy", "StartUpdate"},
}
"""Rooms and modules of ours, with all functions that load them."""

WITHOUT_SAGEMAKER: Final = {
    "AwaitTurn",
    "ForgetEndpoint",
    "RelayExecutionEvent",
    "StoreReport",
    "TellChat",
    "TellWebhook",
}
WITHOUT_TABLE: Final = {"TellChat", "TellWebhook", "ValidatePolicy"}
NEVER: Final = {
    "boto3",  # botocore makes the same clients
    "s3transfer",
    "multiprocessing",
    "concurrent.futures.process",
    "aws_xray_sdk",
    "aws_lambda_powertools.utilities.typing",  # no handler looks at its context
    "pydantic",
    "http.server",
    "asyncio",
    "difflib",  # imported where a metric is misspelt
    "statistics",  # imported where guardrails are made
    "unittest",
    "yaml",
}


@pytest.fixture(scope="module")
def floor() -> int:
    with startup.Starter() as starter:
        return len(starter.start(startup.FLOOR)["used"])


@pytest.fixture(scope="module")
def modules() -> Mapping[str, set[str]]:
    """By function, what is imported with every adapter."""
    starts = startup.starts(startup.adapters())
    with startup.Starter(startup.ROOT, "--warm") as starter:
        return {name: set(starter.start(start)["used"]) for name, start in starts.items()}


def loading(module: str, modules: Mapping[str, set[str]]) -> set[str]:
    """The functions that load a module, or one inside it."""
    inside = f"{module}."
    return {
        name
        for name, loaded in modules.items()
        if any(each == module or each.startswith(inside) for each in loaded)
    }


def test_no_function_has_many_more_modules_than_boto3_with_a_client(
    floor: int, modules: Mapping[str, set[str]]
) -> None:
    shares = {name: len(loaded) / floor for name, loaded in modules.items()}
    assert {n: round(s, 3) for n, s in shares.items() if s > MORE.get(n, MOST)} == {}


def test_what_all_are_started_from_is_what_each_would_have_imported() -> None:
    start = startup.starts({"TellChat": ["chat"]})["TellChat"]
    with startup.Starter() as cold, startup.Starter(startup.ROOT, "--warm") as warm:
        assert cold.start(start)["used"] == warm.start(start)["used"]


@pytest.mark.parametrize("module", NEEDED_BY)
def test_what_only_some_functions_need_is_loaded_by_these_alone(
    module: str, modules: Mapping[str, set[str]]
) -> None:
    assert loading(module, modules) == NEEDED_BY[module]


def test_no_function_loads_sagemakers_adapters_or_the_table_in_vain(
    modules: Mapping[str, set[str]],
) -> None:
    assert modules.keys() - loading("bluegreen.aws.sagemaker", modules) == WITHOUT_SAGEMAKER
    assert modules.keys() - loading("bluegreen.aws.dynamodb", modules) == WITHOUT_TABLE


@pytest.mark.parametrize("module", sorted(NEVER))
def test_no_function_loads_what_none_needs(module: str, modules: Mapping[str, set[str]]) -> None:
    assert loading(module, modules) == set()


def test_the_sources_name_all_that_is_asked_for() -> None:
    named, (_, asked_for) = startup.adapters(), startup.canary()
    for function, asked in asked_for.items():
        assert set(asked) <= set(named[function]), function


def test_only_what_is_deployed_is_counted(modules: Mapping[str, set[str]]) -> None:
    assert loading("bluegreen_simulator", modules) == set()
    assert "pytest" in sys.modules  # which is here, and not there
    assert loading("pytest", modules) == set()
