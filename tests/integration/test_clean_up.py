"""One clean-up in SageMaker's embedded API: what it deletes, and why the rest stays."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bluegreen.aws.sagemaker.inventory import Inventory
from bluegreen.events.clean_up import clean_up
from bluegreen.registry.clone import STACK_TAG
from bluegreen.registry.retention import CreatedResource, Retention
from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.run.embedded import EmbeddedAws

ONE_DAY = Retention(1, 1)


class Account:
    """Three days ago `old` and then `new` were made for churn, each a model and a config."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.sagemaker, self.clock = aws.client("sagemaker"), aws.clock
        self.inventory = Inventory(self.sagemaker, "bluegreen")
        self.created = self.deployments = self
        self.needed: set[str] = set()
        self.made, self.asked_for, self.forgotten = (
            list[CreatedResource](),
            list[str](),
            list[str](),
        )
        for age, name in ((4, "old"), (3, "new")):
            self.makes(name, name)
            started_at = self.clock.now() - timedelta(days=age)
            self.made.append(CreatedResource(name, "churn", f"deploy-{name}", started_at))

    def makes(self, config: str, model: str, *, of: str = "bluegreen", **more: Any) -> None:
        """A config, and its model if it is not there yet."""
        tags = [{"Key": STACK_TAG, "Value": of}]
        if model not in self.models:
            container = {"Image": "registry/model:1"}
            role = "arn:aws:iam::123456789012:role/model"
            self.sagemaker.create_model(
                ModelName=model, PrimaryContainer=container, ExecutionRoleArn=role, Tags=tags
            )
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=config,
            ProductionVariants=[_variant("main", model)],
            Tags=tags,
            **more,
        )

    @property
    def models(self) -> set[str]:
        return {each["ModelName"] for each in self.sagemaker.list_models()["Models"]}

    @property
    def configs(self) -> set[str]:
        found = self.sagemaker.list_endpoint_configs()["EndpointConfigs"]
        return {each["EndpointConfigName"] for each in found}

    def all(self) -> list[CreatedResource]:
        return self.made

    def forget(self, made: CreatedResource) -> None:
        self.forgotten.append(made.name)

    def configs_needed(self, endpoint: str) -> set[str]:
        self.asked_for.append(endpoint)
        return self.needed


def _variant(name: str, model: str) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.xlarge",
    }


@pytest.fixture
def account() -> Iterator[Any]:
    with EmbeddedAws() as aws:
        yield Account(aws)


def test_what_is_old_goes_and_the_note_of_it_and_the_last_one_stays(account: Any) -> None:
    assert clean_up(ONE_DAY, account) == account.forgotten == ["old"]
    assert account.configs == account.models == {"new"}
    assert account.asked_for == ["churn"]


def test_where_nothing_is_old_nothing_is_asked_for(account: Any) -> None:
    assert clean_up(Retention(30, 1), account) == account.asked_for == []
    assert account.configs == account.models == {"new", "old"}


def test_what_a_deployment_needs_stays(account: Any) -> None:
    account.needed = {"old"}
    assert clean_up(ONE_DAY, account) == account.forgotten == []
    assert account.configs == account.models == {"new", "old"}


def test_what_any_endpoint_serves_stays(account: Any) -> None:
    account.sagemaker.create_endpoint(EndpointName="copy", EndpointConfigName="old")
    assert clean_up(ONE_DAY, account) == account.forgotten == []
    assert account.configs == account.models == {"new", "old"}


def test_what_any_endpoint_goes_to_stays(account: Any) -> None:
    account.sagemaker.create_endpoint(EndpointName="copy", EndpointConfigName="new")
    service.settle("copy")
    account.sagemaker.update_endpoint(EndpointName="copy", EndpointConfigName="old")
    assert clean_up(ONE_DAY, account) == account.forgotten == []
    assert account.configs == account.models == {"new", "old"}


@pytest.mark.parametrize(
    "more",
    [{}, {"ShadowProductionVariants": [_variant("shadow", "old")]}],
    ids=["in production", "as a shadow"],
)
def test_a_model_that_another_config_names_stays_until_that_is_gone(
    account: Any, more: dict[str, Any]
) -> None:
    account.makes("by-hand", "of-somebody" if more else "old", **more)
    assert clean_up(ONE_DAY, account) == account.forgotten == []
    assert account.configs == {"by-hand", "new"}
    assert "old" in account.models
    account.sagemaker.delete_endpoint_config(EndpointConfigName="by-hand")
    assert clean_up(ONE_DAY, account) == account.forgotten == ["old"]
    assert "old" not in account.models


@pytest.mark.parametrize("tags", [[], [{"Key": STACK_TAG, "Value": "other"}]])
def test_a_config_without_our_tag_is_not_ours_to_delete(
    account: Any, tags: list[dict[str, str]]
) -> None:
    arn = account.sagemaker.describe_endpoint_config(EndpointConfigName="old")["EndpointConfigArn"]
    account.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[STACK_TAG])
    account.sagemaker.add_tags(ResourceArn=arn, Tags=tags)
    assert clean_up(ONE_DAY, account) == account.forgotten == []
    assert account.configs == account.models == {"new", "old"}


def test_a_model_without_our_tag_is_not_ours_to_delete(account: Any) -> None:
    arn = account.sagemaker.describe_model(ModelName="old")["ModelArn"]
    account.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[STACK_TAG])
    assert clean_up(ONE_DAY, account) == account.forgotten == []
    assert (account.configs, account.models) == ({"new"}, {"new", "old"})


def test_who_died_between_the_two_is_followed_by_who_goes_on(account: Any) -> None:
    account.sagemaker.delete_endpoint_config(EndpointConfigName="old")
    assert clean_up(ONE_DAY, account) == account.forgotten == ["old"]
    assert account.models == {"new"}


def test_what_somebody_else_deleted_is_gone(account: Any) -> None:
    account.sagemaker.delete_endpoint_config(EndpointConfigName="old")
    account.sagemaker.delete_model(ModelName="old")
    assert clean_up(ONE_DAY, account) == account.forgotten == ["old"]
